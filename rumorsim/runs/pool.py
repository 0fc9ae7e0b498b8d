"""Worker processes that share the party, survive the death of one of them and never outlive their parent.

The work is pickled once into a file with its arrays laid out beside the pickle; each worker maps that file, so that
the party lies in memory once however many workers there are. With one worker nothing is started at all.
"""

from __future__ import annotations

import copyreg
import io
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import RunError
from rumorsim.runs.files import storing

__all__ = ["pack", "pack_bytes", "run_tasks", "unpack", "unpack_bytes", "without_main"]

#: Give up when so many pools in a row broke without finishing a single task.
_MOST_BREAKS: Final = 3
_ALIGNMENT: Final = 64

_WORK: Any = None

#: The user's script while it is hidden, and by how many blocks.
_MAIN: Any = None
_HIDDEN = 0
_HIDING: Final = threading.Lock()


def _read_only(mapping: dict[Any, Any]) -> types.MappingProxyType[Any, Any]:
    return types.MappingProxyType(mapping)


class _Pickler(pickle.Pickler):
    """A pickler that knows read-only mappings, in which frozen objects keep their values."""

    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[types.MappingProxyType] = lambda mapping: (_read_only, (dict(mapping),))


def _write(work: Any, file: IO[bytes]) -> None:
    buffers: list[pickle.PickleBuffer] = []
    stream = io.BytesIO()
    _Pickler(stream, protocol=5, buffer_callback=buffers.append).dump(work)
    pieces: list[Any] = [stream.getbuffer(), *(buffer.raw() for buffer in buffers)]
    lengths = [len(piece) for piece in pieces]
    file.write(np.array([len(pieces), *lengths], dtype="<i8").tobytes())
    for piece in pieces:
        file.write(b"\0" * (-file.tell() % _ALIGNMENT))
        file.write(piece)


def _read(packed: NDArray[np.uint8]) -> Any:
    number = int(packed[:8].view("<i8")[0])
    lengths = packed[8 : 8 * (number + 1)].view("<i8").tolist()
    pieces, offset = [], 8 * (number + 1)
    for length in lengths:
        offset += -offset % _ALIGNMENT
        pieces.append(packed[offset : offset + length].data)
        offset += length
    return pickle.loads(pieces[0], buffers=pieces[1:])


def pack(work: Any, path: Path) -> None:
    """Pickle an object into a file, its arrays as plain bytes that can be mapped.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pack({"a": np.arange(3)}, Path(folder) / "work")
    ...     unpack(Path(folder) / "work")["a"].tolist()
    [0, 1, 2]
    """
    with path.open("wb") as file:
        _write(work, file)


def unpack(path: Path) -> Any:
    """Return the object of `pack`; its arrays are mapped, and a change to them stays in this process."""
    return _read(np.memmap(path, dtype=np.uint8, mode="c"))


def pack_bytes(work: Any) -> bytes:
    """Pickle an object as `pack` does, to be sent to other machines.

    Examples
    --------
    >>> unpack_bytes(pack_bytes({"a": np.arange(3)}))["a"].tolist()
    [0, 1, 2]
    """
    stream = io.BytesIO()
    _write(work, stream)
    return stream.getvalue()


def unpack_bytes(packed: bytes) -> Any:
    """Return the object of `pack_bytes`; its arrays can be changed, and are in no one else's hands."""
    return _read(np.frombuffer(packed, dtype=np.uint8).copy())


def _leave_with_the_parent() -> None:
    """End this process as soon as the parent is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="leave with the parent").start()


def _start(path: str) -> None:
    global _WORK
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's business
    _leave_with_the_parent()
    _WORK = unpack(Path(path))


def _do(task: Any) -> Any:
    return _WORK(task)


@contextmanager
def without_main() -> Iterator[None]:
    """Hide the user's script while workers start: they need only this package, and must not run the script again.

    Blocks may overlap, in one thread or several; the script is back when the last of them ends.
    """
    global _HIDDEN, _MAIN
    with _HIDING:
        if not _HIDDEN:
            _MAIN = sys.modules.get("__main__")
            stand_in = types.ModuleType("__main__")
            stand_in.__spec__ = None
            sys.modules["__main__"] = stand_in
        _HIDDEN += 1
    try:
        yield
    finally:
        with _HIDING:
            _HIDDEN -= 1
            if not _HIDDEN and _MAIN is not None:
                sys.modules["__main__"] = _MAIN


def run_tasks(
    work: Callable[[Any], Any], tasks: Sequence[Any], workers: int, folder: Path | None = None
) -> Iterator[tuple[Any, Any]]:
    """Do tasks in any order and yield (task, result) as they finish.

    Parameters
    ----------
    work : callable of one task
        Must be picklable if there is more than one worker.
    tasks : sequence
        Must be picklable, and may be done twice: a task is done again if the worker doing it dies.
    workers : int
        With 1 everything happens in this process.
    folder : Path
        Where the mapped file lies; a temporary folder by default.

    Raises
    ------
    RunError
        When workers die again and again without finishing anything.
    """
    if workers == 1 or len(tasks) == 1:
        for task in tasks:
            yield task, work(task)
        return
    try:
        os.getcwd()
    except OSError:
        raise RunError(
            "the working directory has been deleted, and worker processes cannot start in it",
            path="workers",
            given=workers,
            allowed="1 worker, or cd to another folder",
        ) from None
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-", ignore_cleanup_errors=True) as temporary:
        path = Path(temporary) / "work"
        with storing(Path(temporary) if folder is None else folder):
            pack(work, path)
        todo, breaks = dict(enumerate(tasks)), 0
        while todo:
            others = set(multiprocessing.active_children())
            context = multiprocessing.get_context("spawn")
            executor = ProcessPoolExecutor(min(workers, len(todo)), context, _start, (str(path),))
            try:
                with without_main():  # the first submission starts all processes
                    futures = {executor.submit(_do, task): number for number, task in todo.items()}
                waiting = set(futures)
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        breaks = 0
                        yield todo.pop(futures[future]), result
            except BrokenProcessPool as error:
                breaks += 1
                if breaks >= _MOST_BREAKS:
                    raise RunError(
                        f"worker processes died {breaks} times in a row without finishing anything; "
                        "not enough memory for so many workers?",
                        path="workers",
                        given=workers,
                    ) from error
            finally:
                if todo:  # interrupted, or a task failed: do not wait for what the others are doing
                    for process in set(multiprocessing.active_children()) - others:
                        process.terminate()
                executor.shutdown(wait=True, cancel_futures=True)
