"""Workers of Dask: real schedulers and worker processes, some of them killed; the results stay the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.work import Side, Work, World, decoded, layout_of
from rumorsim.errors import RumorsimError, RunError
from rumorsim.model import assemble
from rumorsim.party import build_party
from rumorsim.runs import dask_pool
from rumorsim.runs.dask_pool import run_tasks_dask
from rumorsim.runs.machine import tasks_of
from rumorsim.runs.pool import pack_bytes, run_tasks, unpack_bytes
from rumorsim.scenario import load_scenario
from tests.unit.runs.test_pool import Squares, alive, environment, script, wait_for_pids

distributed = pytest.importorskip("distributed")

#: Long enough on a busy machine; nothing here waits for it unless it fails.
PATIENCE = 60.0


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)


class Marks:
    """A task squares a number and leaves a mark; unpacking the work leaves one too, and changes nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = np.arange(1000) ** 2
        self.values = MappingProxyType({"seconds": 0.03})

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        (self.folder / f"unpacked-{os.getpid()}-{uuid.uuid4().hex}").touch()

    def __call__(self, task: int) -> tuple[int, int]:
        (self.folder / f"task-{task}-{uuid.uuid4().hex}").touch()
        time.sleep(self.values["seconds"])
        self.numbers[task] += 0  # the arrays can be written to
        return int(self.numbers[task]), os.getpid()

    def times_done(self, task: int) -> int:
        """Return how often a task was begun."""
        return len(list(self.folder.glob(f"task-{task}-*")))

    def times_unpacked(self, pid: int) -> int:
        """Return how often the work was unpacked in a process."""
        return len(list(self.folder.glob(f"unpacked-{pid}-*")))


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        wait_until(lambda: self.file.exists() and bool(self.file.read_text()))
        self.address: str = json.loads(self.file.read_text())["address"]

    def _start(self, kind: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(self.file), *words]
        with (self.folder / f"{kind}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment(), cwd=self.folder, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny: nobody replaces it."""
        words = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        return self._start("worker", *words, "--local-directory", str(self.folder))

    def workers(self, number: int) -> list[subprocess.Popen[bytes]]:
        """Start workers and wait until the scheduler has so many."""
        started = [self.worker() for _ in range(number)]
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=PATIENCE)
        return started

    def close(self) -> None:
        """End all processes."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers that nobody kills."""
    with contextlib.closing(Cluster(tmp_path_factory.mktemp("cluster"))) as cluster:
        cluster.workers(2)
        yield cluster


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers, for one test."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with contextlib.closing(Cluster(folder)) as cluster:
        yield cluster


def squares(found: dict[int, tuple[int, int]]) -> dict[int, int]:
    return {task: square for task, (square, _) in found.items()}


def test_packed_bytes_keep_read_only_mappings_and_arrays_can_be_written() -> None:
    packed = pack_bytes({"array": np.arange(5), "values": MappingProxyType({"a": 1})})
    one, two = unpack_bytes(packed), unpack_bytes(packed)
    assert isinstance(one["values"], MappingProxyType)
    one["array"][0] = 99
    assert two["array"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_results_are_those_of_the_pool_and_the_work_reaches_each_worker_once(shared: Cluster, tmp_path: Path) -> None:
    work = Marks(tmp_path)
    found = dict(run_tasks_dask(work, range(40), shared.address))
    assert squares(found) == squares(dict(run_tasks(work, range(40), 1))) == {task: task**2 for task in range(40)}
    pids = {pid for _, pid in found.values()}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert [work.times_unpacked(pid) for pid in pids] == [1, 1]


def test_a_run_has_the_same_digests(shared: Cluster) -> None:
    scenario = load_scenario("classroom").replace({"stop": "1956-03-10"})
    party = build_party(scenario)
    draws = Draws(scenario, "mode", 0)
    work = Work([Side(scenario, draws, 0, World(party, assemble(scenario, party), Reducer(scenario, party)))])
    todo = tasks_of([(0, range(4))], 1)

    def digests(results: Iterator[tuple[Any, Any]]) -> dict[Any, Any]:
        layout = layout_of(draws)
        return {
            task: decoded([row.content for row in done.rows], layout)["runs"]["digest"].tolist()
            for task, done in results
        }

    alone = work.alone()
    assert alone.sides[0].world is None
    assert digests(run_tasks_dask(alone, todo, shared.address)) == digests(run_tasks(work, todo, 1))


def test_few_tasks_are_with_the_scheduler_at_a_time(shared: Cluster, tmp_path: Path) -> None:
    with distributed.Client(shared.address, set_as_default=False) as client:
        known = []
        for done, _ in enumerate(run_tasks_dask(Marks(tmp_path), range(60), shared.address)):
            if done % 10 == 5:
                known.append(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))
        assert max(known) <= 2 * 2 + 1 + 2, "in flight, the work, and what is being forgotten"
        assert min(known) >= 2
        wait_until(lambda: client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0)


@pytest.mark.slow
def test_a_killed_worker_changes_nothing_and_a_late_one_helps(own: Cluster, tmp_path: Path) -> None:
    work = Marks(tmp_path)
    first, _ = own.workers(2)
    results = run_tasks_dask(work, range(150), own.address)
    found: dict[int, tuple[int, int]] = {}
    while [pid for _, pid in found.values()].count(first.pid) < 3:
        found |= [next(results)]
    os.kill(first.pid, signal.SIGKILL)
    safe = set(found)
    found |= dict(next(results) for _ in range(10))
    late = own.workers(1)[0]
    found |= dict(results)
    assert squares(found) == {task: task**2 for task in range(150)}
    assert late.pid in {pid for _, pid in found.values()}
    assert {work.times_done(task) for task in safe} == {1}, "what is finished is not done again"
    assert sum(work.times_done(task) for task in range(150)) <= 150 + 2, "nor what the killed one had not begun"
    assert work.times_unpacked(late.pid) == 1


@pytest.mark.slow
def test_all_workers_may_be_lost(own: Cluster, tmp_path: Path) -> None:
    work = Marks(tmp_path)
    pair = own.workers(2)
    results = run_tasks_dask(work, range(30), own.address)
    found = dict(next(results) for _ in range(5))
    for process in pair:
        os.kill(process.pid, signal.SIGKILL)
    own.worker()
    found |= dict(results)
    assert squares(found) == {task: task**2 for task in range(30)}


def test_a_lost_scheduler_is_told(own: Cluster, tmp_path: Path) -> None:
    own.workers(1)
    results = run_tasks_dask(Marks(tmp_path), range(1000), own.address)
    next(results)
    os.kill(own.scheduler.pid, signal.SIGKILL)
    with pytest.raises(RunError, match="dask: the Dask scheduler is gone, or has dropped the work") as raised:
        list(results)
    assert raised.value.given == own.address


class Dying:
    """A client whose scheduler dies at the n-th call of one of its methods, and whatever is then raised."""

    def __init__(self, client: Any, method: str, at: int, kill: Callable[[], None]) -> None:
        self._client, self._method, self._at, self._kill = client, method, at, kill
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name != self._method:
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            self._calls += 1
            if self._calls == self._at:
                self._kill()
            return found(*arguments, **options)

        return call


def killed(cluster: Cluster) -> None:
    """Kill a scheduler and wait until it is gone."""
    cluster.scheduler.kill()
    cluster.scheduler.wait()


#: Where the scheduler is killed, by method of the client and number of the call; nthreads is asked at every look.
MOMENTS = [("nthreads", 1), ("nthreads", 2), ("nthreads", 4), ("submit", 1), ("submit", 2), ("submit", 5), ("close", 1)]


@pytest.mark.slow
@pytest.mark.fault("4.2")
@pytest.mark.parametrize(("method", "at"), MOMENTS)
def test_a_scheduler_killed_during_a_call_is_told(
    own: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, at: int
) -> None:
    monkeypatch.setattr(dask_pool, "_LOOK_SECONDS", 0.0 if method == "nthreads" else 0.1)
    own.workers(1)
    real = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda *a, **k: Dying(real(*a, **k), method, at, lambda: killed(own)))
    if method == "close":  # everything is done by then
        assert len(list(run_tasks_dask(Squares(), range(3), own.address))) == 3
        return
    with pytest.raises(RunError, match="dask: the Dask scheduler is gone, or has dropped the work") as raised:
        list(run_tasks_dask(Marks(tmp_path), range(1000), own.address))
    assert raised.value.given == own.address


@pytest.mark.fault("4.2")
def test_a_scheduler_killed_before_anybody_connects_is_told(own: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_pool, "_CONNECT_SECONDS", 0.3)
    killed(own)
    with pytest.raises(RunError, match="no Dask scheduler answers"):
        list(run_tasks_dask(Squares(), [1], own.address))


@pytest.mark.slow
@pytest.mark.fault("4.2")
@pytest.mark.parametrize("done", [1, 5])
def test_a_scheduler_killed_between_two_results_is_told(own: Cluster, tmp_path: Path, done: int) -> None:
    own.workers(1)
    results = run_tasks_dask(Marks(tmp_path), range(1000), own.address)
    for _ in range(done):
        next(results)
    killed(own)
    with pytest.raises(RunError, match="dask: the Dask scheduler is gone, or has dropped the work"):
        list(results)


class Broken:
    """A client that raises, at the call of one method, what a lost scheduler makes it raise."""

    status = "running"

    def __init__(self, method: str, error: BaseException) -> None:
        self._method, self._error = method, error

    def _may(self, method: str) -> None:
        if method == self._method:
            raise self._error

    def nthreads(self) -> dict[str, int]:
        self._may("nthreads")
        return {"tcp://worker": 1}

    def submit(self, *arguments: Any, **options: Any) -> Any:
        self._may("submit")
        return self if arguments[0] is dask_pool._do else None

    key = "a task"

    def add_done_callback(self, told: Callable[[Any], None]) -> None:
        self._may("callback")
        told(self)

    def result(self) -> int:
        self._may("result")
        return 1

    def release(self) -> None:
        self._may("release")


def losses() -> list[BaseException]:
    """Return what a lost scheduler has been seen to raise, by Dask, by tornado, by asyncio, by the system."""
    import asyncio
    import concurrent.futures

    from tornado.iostream import StreamClosedError

    return [
        distributed.comm.CommClosedError("in <TCP (closed)>"),
        StreamClosedError(),
        distributed.CancelledError("task"),
        asyncio.CancelledError(),
        concurrent.futures.CancelledError(),
        TimeoutError("no answer"),
        ConnectionRefusedError(111, "refused"),
        OSError("Timed out trying to connect"),
    ]


@pytest.mark.fault("4.2")
@pytest.mark.parametrize("method", ["nthreads", "submit", "callback", "result", "release"])
@pytest.mark.parametrize("error", losses(), ids=lambda error: f"{type(error).__module__}.{type(error).__name__}")
def test_whatever_a_lost_scheduler_raises_is_told(method: str, error: BaseException) -> None:
    broken = Broken(method, error)
    broken.status = "cancelled" if method == "result" else "running"
    with pytest.raises(RunError, match="dask: the Dask scheduler is gone") as raised:
        list(dask_pool._results(distributed, broken, "tcp://there:1", abs, [1]))
    assert raised.value.given == "tcp://there:1"
    assert raised.value.__cause__ is error


@pytest.mark.fault("4.2")
def test_what_a_closed_client_raises_is_told_and_a_fault_of_ours_is_not_hidden() -> None:
    broken = Broken("submit", RuntimeError("Event loop is closed"))
    broken.status = "closed"
    with pytest.raises(RunError, match="dask: the Dask scheduler is gone"):
        list(dask_pool._results(distributed, broken, "tcp://there:1", abs, [1]))
    with pytest.raises(AttributeError, match="ours"):
        list(dask_pool._results(distributed, Broken("submit", AttributeError("ours")), "tcp://there:1", abs, [1]))
    own_error = Broken("result", FileNotFoundError(2, "of the task"))
    own_error.status = "error"
    with pytest.raises(FileNotFoundError):
        list(dask_pool._results(distributed, own_error, "tcp://there:1", abs, [1]))


def test_a_scheduler_without_workers_is_told(own: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_pool, "_NO_WORKER_SECONDS", 0.5)
    with pytest.raises(RunError, match="has had no worker for 0 s; start some with `dask worker"):
        list(run_tasks_dask(Marks(tmp_path), range(3), own.address))


def test_what_goes_wrong_in_a_task_is_told(shared: Cluster) -> None:
    with pytest.raises(RunError, match=r"an unlucky number \(given: 13\); allowed: others"):
        list(run_tasks_dask(Squares(), [1, 13, 2], shared.address))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "Timed out trying to connect"),
        ("lokal", "missing port number"),
        ("tcp://", "missing port number"),
        ("smoke://here:1", "unknown address scheme 'smoke'"),
    ],
)
def test_a_scheduler_that_is_not_there_is_told(address: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_pool, "_CONNECT_SECONDS", 0.3)
    with pytest.raises(RunError, match=message) as raised:
        list(run_tasks_dask(Squares(), [1], address))
    assert raised.value.given == address
    assert "local, or the address of a running scheduler" in str(raised.value)


def test_workers_with_another_state_of_the_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = Squares.__module__
    here = dask_pool._own_code("rumorsim.ensemble.work")
    assert dask_pool._do(pack_bytes(abs), "digest", "rumorsim.ensemble.work", here, -1) == 1
    assert dask_pool._own_code(module) != here
    monkeypatch.setattr(dask_pool, "code_digest", lambda module: "0" * 64)  # a worker of the same version
    with pytest.raises(
        RunError, match=r"a different state of the code of rumorsim \(given: '.*, code 0{64}'\)"
    ) as raised:
        dask_pool._do(pack_bytes(abs), "digest", "rumorsim.ensemble.work", here, -1)
    assert raised.value.allowed == here


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RumorsimError, match=r"dask: running on Dask needs .*pip install 'rumorsim\[dask\]'"):
        list(run_tasks_dask(Squares(), [1], "local"))


@pytest.mark.slow
def test_local_workers_are_replaced_and_leave_nothing(tmp_path: Path) -> None:
    before = dict(os.environ)
    folder = tmp_path / "work"
    folder.mkdir()
    found: dict[int, tuple[int, int]] = {}
    for one in run_tasks_dask(Squares(tmp_path, deadly=(2,)), range(8), "local", workers=2, folder=folder):
        found |= [one]
        with pytest.raises(ValueError, match="No client"):
            distributed.default_client()
    assert squares(found) == {task: task**2 for task in range(8)}
    assert (tmp_path / "died-2").exists()
    wait_until(lambda: not any(alive(pid) for _, pid in found.values()))
    assert list(folder.iterdir()) == []
    added = set(os.environ) - set(before)
    assert all("DASK_PARENT" in name for name in added), "its own mark says nothing to anybody but Dask"
    assert {name: value for name, value in os.environ.items() if name not in added} == before


@pytest.mark.slow
def test_a_task_that_always_kills_is_given_up(tmp_path: Path) -> None:
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        pytest.raises(RunError, match="the workers running a task died repeatedly"),
    ):
        list(run_tasks_dask(Squares(tmp_path, deadly=(0,), always=True), [0, 1], "local", workers=1))


LOCAL_SCRIPT = """
import pathlib
from rumorsim.runs import dask_pool
from rumorsim.runs.dask_pool import run_tasks_dask
from rumorsim.runs.machine import tasks_of
from tests.unit.runs.test_pool import Sleeps
print("script runs")
try:
    list(run_tasks_dask(Sleeps(pathlib.Path({folder!r})), range(4), "local", workers=2))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A script without a guard that keeps two workers busy for minutes, in a process group of its own."""
    path = script(tmp_path, LOCAL_SCRIPT.format(folder=str(tmp_path)))
    process = subprocess.Popen(
        [sys.executable, "-u", str(path)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def addresses(pids: list[int]) -> set[str]:
    """Return the local addresses, as in /proc/net/tcp, on which any of the processes listens."""
    sockets = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                sockets.add(os.readlink(link))
    found = set()
    for table in ("tcp", "tcp6"):
        rows = [line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        found |= {row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_no_local_worker_outlives_its_parent(parent: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = wait_for_pids(tmp_path, 2)
    assert addresses([parent.pid, *pids]) == {"0100007F"}, "127.0.0.1 and nothing else"
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_an_interrupt_ends_the_local_workers_without_waiting(parent: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = wait_for_pids(tmp_path, 2)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    printed, errors = parent.communicate(timeout=20)
    assert (printed, errors) == ("script runs\ninterrupted\n", "")
    assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("kind", ["run", "comparison", "sweep"])
def test_a_stored_result_survives_a_killed_worker(kind: str, tmp_path: Path) -> None:
    import rumorsim as rs
    from tests.unit.study.test_kill import workers_of

    scenario = load_scenario("maki-thompson").replace({"stop": "1956-01-31"})
    study = rs.Study.loads(
        'title = "a"\nscenario = "maki-thompson"\nreplicates = 3\n[design]\nkind = "grid"\n'
        "[vary]\nclassic.transmission_rate = { low = 0.5, high = 3.0, points = 16 }\n"
        '[[outputs]]\nobservable = "first_aware"\nrumor = "secret_speech"\n'
    )
    slow = scenario.replace({"classic.transmission_rate": 0.5})
    make: dict[str, Callable[..., Any]] = {
        "run": lambda out, **words: rs.run(scenario, 60, seed=0, out=out, **words),
        "comparison": lambda out, **words: rs.compare(scenario, slow, 30, seed=0, replays=0, out=out, **words),
        "sweep": lambda out, **words: rs.sweep(study, out, **words),
    }
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        found = workers_of(os.getpid())
        if not killed and done < total and len(found) == 2:
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])

    result = make[kind](tmp_path / "dask", dask="local", workers=2, progress=kill)
    assert killed, "a worker was to be killed"
    assert result.fingerprint() == make[kind](tmp_path / "plain").fingerprint()
