"""Tasks on the workers of Dask: those of a running scheduler on any number of machines, or some started here.

The work is packed once and handed to the scheduler as a task of its own. So it reaches each worker once, whenever
that joins, and comes again if every worker that held it is lost; Dask's scattered data would be gone then.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import hashlib
import logging
import os
import queue
import signal
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rumorsim import __version__
from rumorsim.errors import RumorsimError, RunError
from rumorsim.runs.pool import pack_bytes, unpack_bytes, without_main
from rumorsim.runs.provenance import code_digest

__all__ = ["LOCAL", "run_tasks_dask"]

#: The address that stands for a cluster started here.
LOCAL: Final = "local"
_ALLOWED: Final = f"{LOCAL}, or the address of a running scheduler such as tcp://10.0.0.1:8786"
_CONNECT_SECONDS: Final = 5.0
#: Give up when the scheduler has had no worker for so long.
_NO_WORKER_SECONDS: Final = 120.0
#: How often the number of workers is asked for.
_LOOK_SECONDS: Final = 1.0
#: Tasks in the hands of the scheduler for each worker thread: one is done while the next one waits beside it.
_FLYING: Final = 2

#: What a call raises when the scheduler is gone: closed connections are errors of the operating system, and what waits
#: for an answer is given up or canceled, by one of two classes of that name.
_GONE: Final = (OSError, TimeoutError, concurrent.futures.CancelledError, asyncio.CancelledError)

_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)

#: In a worker: the work unpacked last, by its digest. It may keep scratch space, so one task runs at a time.
_UNPACKED: dict[str, Any] = {}
_ONE_AT_A_TIME: Final = threading.Lock()


def _hold(packed: bytes) -> bytes:
    return packed


def _own_code(module: str) -> str:
    """Return version and digest of the code in this process: two states of one version are two programs."""
    return f"{__version__}, code {code_digest(module)}"


def _do(packed: bytes, digest: str, module: str, code: str, task: Any) -> Any:
    own = _own_code(module)
    if code != own:
        raise RunError("the workers run a different state of the code of rumorsim", given=own, allowed=code)
    with _ONE_AT_A_TIME:
        if digest not in _UNPACKED:
            _UNPACKED.clear()
            _UNPACKED[digest] = unpack_bytes(packed)
        return _UNPACKED[digest](task)


def run_tasks_dask(
    work: Callable[[Any], Any],
    tasks: Sequence[Any],
    address: str,
    workers: int | None = None,
    folder: Path | None = None,
) -> Iterator[tuple[Any, Any]]:
    """Do tasks on the workers of Dask in any order and yield (task, result) as they finish.

    The results are those of `rumorsim.runs.pool.run_tasks`, whatever workers are lost or join on the way. The
    scheduler and the workers need this version of rumorsim; a worker does one task at a time whatever the number of
    its threads, so ``--nthreads 1`` is right for them.

    Parameters
    ----------
    work : callable of one task
        Must be picklable.
    tasks : sequence
        Must be picklable, and may be done more than once: a task is done again if the worker doing it dies.
    address : str
        Of a running scheduler; or "local" for workers on this machine, which end with the iteration, and with this
        process, however it ends.
    workers : int, optional
        Number of processes of a local cluster, one a core by default. A running scheduler has the workers it has.
    folder : Path
        Where the local workers keep temporary files; a temporary folder by default.

    Raises
    ------
    RumorsimError
        When Dask is not installed.
    RunError
        When the scheduler cannot be reached or is lost, when it has no worker for two minutes, and when a task has
        lost its worker more often than the scheduler allows (``distributed.scheduler.allowed-failures``).

    Examples
    --------
    >>> list(run_tasks_dask(abs, [], "local"))
    []
    """
    try:
        import distributed
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("distributed", "dask"):
            raise
        raise RumorsimError(
            "running on Dask needs dask.distributed", path="dask", allowed="pip install 'rumorsim[dask]'"
        ) from None
    if not tasks:
        return
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        if address == LOCAL:
            scheduler: Any = stack.enter_context(_local_cluster(distributed, workers, folder))
        else:
            scheduler = address
        client = stack.enter_context(_client(distributed, scheduler, address))
        yield from _results(distributed, client, address, work, tasks)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from writing about lost workers on standard error: what matters becomes a result or an error."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _local_cluster(distributed: Any, workers: int | None, folder: Path | None) -> Iterator[Any]:
    """Start workers on this machine that none but this machine can reach, and end them whatever happens."""

    leaving = threading.Event()

    class Nanny(distributed.Nanny):  # type: ignore[misc]
        """Starts its worker, and each one that follows a lost one, without the user's script."""

        async def instantiate(self) -> Any:
            if leaving.is_set():
                return self.status
            with without_main():
                return await super().instantiate()

    environment = dict(os.environ)
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-", ignore_cleanup_errors=True) as temporary:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address="127.0.0.1:0",  # without it older versions listen on every address of the machine
            worker_class=Nanny,
            memory_limit=0,
            local_directory=temporary,
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        )
        meant_for_workers = {name for nanny in cluster.workers.values() for name in nanny.pre_spawn_env}
        try:
            yield cluster
        except BaseException:  # interrupted, or a task failed: do not wait for what the others are doing
            leaving.set()
            for nanny in cluster.workers.values():
                if nanny.pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(nanny.pid, _KILL)
            raise
        finally:
            cluster.close()
            for name in meant_for_workers:  # Dask has set these in this process too
                os.environ.pop(name, None)
                os.environ.update({name: environment[name]} if name in environment else {})


@contextlib.contextmanager
def _client(distributed: Any, scheduler: Any, address: str) -> Iterator[Any]:
    try:
        if scheduler is address:
            distributed.comm.get_address_host_port(address)
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (*_GONE, ValueError, RuntimeError) as error:
        raise RunError(f"no Dask scheduler answers: {error}", path="dask", given=address, allowed=_ALLOWED) from None
    try:
        yield client
    finally:
        with contextlib.suppress(*_GONE, RuntimeError):
            client.close()


def _lost(address: str) -> RunError:
    return RunError("the Dask scheduler is gone, or has dropped the work", path="dask", given=address)


@contextlib.contextmanager
def _asking(client: Any, address: str) -> Iterator[None]:
    """Turn whatever a call to the scheduler raises, when that has died at any moment, into the clear error.

    A task's own errors do not come this way: they are kept in its future.
    """
    try:
        yield
    except _GONE as error:
        raise _lost(address) from error
    except (RumorsimError, KeyboardInterrupt):
        raise
    except Exception as error:
        if client.status == "running":
            raise
        raise _lost(address) from error


class _Workers:
    """The number of worker threads, asked for now and then."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._asked = -_LOOK_SECONDS
        self._there = time.monotonic()
        self.threads = 0

    def look(self) -> None:
        now = time.monotonic()
        if now - self._asked < _LOOK_SECONDS:
            return
        with _asking(self._client, self._address):
            self.threads = sum(self._client.nthreads().values())
        self._asked = now
        if self.threads:
            self._there = now
        elif now - self._there > _NO_WORKER_SECONDS:
            raise RunError(
                f"the Dask scheduler has had no worker for {_NO_WORKER_SECONDS:.0f} s; "
                "start some with `dask worker ADDRESS --nthreads 1`",
                path="dask",
                given=self._address,
            )


def _results(distributed: Any, client: Any, address: str, work: Any, tasks: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    packed = pack_bytes(work)
    with warnings.catch_warnings():
        # The work is larger than what a graph should carry, and goes into it all the same: see the top of this module.
        warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
        with _asking(client, address):
            held = client.submit(_hold, packed, pure=False)
    module = type(work).__module__
    digest, code = hashlib.sha256(packed).hexdigest(), _own_code(module)
    todo = deque(tasks)
    flying: dict[str, Any] = {}
    finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
    pool = _Workers(client, address)
    while todo or flying:
        pool.look()
        while todo and len(flying) < _FLYING * max(pool.threads, 1):
            task = todo.popleft()
            with _asking(client, address):
                future = client.submit(_do, held, digest, module, code, task, pure=False)
                flying[future.key] = task
                future.add_done_callback(finished.put)
        try:
            future = finished.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            continue
        result = _result(distributed, future, address)
        task = flying.pop(future.key)
        # Dask does finished tasks again when their worker is lost, for as long as somebody holds them.
        with _asking(client, address):
            future.release()
        del future
        yield task, result


def _result(distributed: Any, future: Any, address: str) -> Any:
    try:
        return future.result()
    except distributed.KilledWorker as error:
        raise RunError(
            "the workers running a task died repeatedly; not enough memory?", path="dask", given=address
        ) from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rumorsim":
            raise
        raise RunError("rumorsim is not installed on the Dask workers", path="dask", given=address) from error
    except _GONE as error:
        if future.status == "error":  # the task's own error, which may be of the same class
            raise
        raise _lost(address) from error
