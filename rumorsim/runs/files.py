"""Files of folders of results: written in full or not at all; what the operating system says of them becomes words."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rumorsim.errors import StoreError

__all__ = [
    "AGAIN",
    "check_tables",
    "folder_path",
    "locked",
    "read_text",
    "remove_work",
    "replace_file",
    "storing",
    "sync",
    "usable",
    "work_folder",
    "write_json",
    "write_text",
]

#: What to do about a file that is damaged and can be made again.
AGAIN: Final = "the command that made the folder makes it again"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
#: The folder for unfinished work in a folder of results.
_WORK: Final = ".work"
#: In it: who is writing.
_WRITER: Final = "writer"


@contextlib.contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn whatever the operating system says while a folder is written into one error that names the file.

    Raises
    ------
    StoreError
        For a full disk with what is safe, for anything else with what is in the way.
    """
    try:
        yield
    except OSError as error:
        file = folder if error.filename is None else os.fsdecode(error.filename)
        if error.errno in _FULL:
            raise StoreError(
                f"no space left to write ({error.strerror}); what is finished is kept in {folder}, and the same "
                "command resumes it once there is space",
                file=file,
            ) from error
        raise StoreError(
            f"cannot be written: {error.strerror or error}", file=file, allowed="a folder that can be written to"
        ) from error


def work_folder(folder: Path, *, make: bool = True) -> Path:
    """Return the folder for unfinished work of a folder of results, made if it is not there."""
    work = folder / _WORK
    if make:
        with storing(folder):
            work.mkdir(parents=True, exist_ok=True)
    return work


def remove_work(folder: Path) -> None:
    """Remove the unfinished work of a folder of results."""
    shutil.rmtree(folder / _WORK, ignore_errors=True)


def folder_path(value: Any, path: str = "out") -> Path:
    """Return the path of a folder that an argument names.

    Raises
    ------
    StoreError
        When it is no text and no path, or an empty text, which would mean the working directory.

    Examples
    --------
    >>> folder_path("runs/first").name
    'first'
    """
    fine = isinstance(value, (str, os.PathLike)) and not isinstance(os.fspath(value), bytes)
    if not fine or not os.fspath(value):
        given = value if isinstance(value, (str, bytes)) else repr(value)[:80]
        allowed = "a path, as an object or as text that is not empty"
        raise StoreError("not the path of a folder", path=path, given=given, allowed=allowed)
    return Path(value)


def usable(folder: Path) -> None:
    """Check the name of a folder before any work is done for it.

    Raises
    ------
    StoreError
        When it is no text, holds a zero byte, is too long, lies where nothing may be read, or is relative to a working
        directory that has been deleted.
    """
    try:
        name = str(folder).encode()
    except UnicodeEncodeError:
        raise StoreError("the name of the folder is not UTF-8", given=os.fsencode(folder), allowed="UTF-8") from None
    if b"\0" in name:
        raise StoreError("the name of the folder holds a zero byte", given=str(folder), allowed="any other character")
    try:
        folder.absolute()
    except OSError:
        raise StoreError(
            "the working directory has been deleted", file=folder, allowed="an absolute path, or cd to another folder"
        ) from None
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StoreError(
            f"the folder cannot be used: {error.strerror}", file=folder, allowed="a folder that can be read and written"
        ) from error


def check_tables(folder: Path, tables: Iterable[str]) -> None:
    """Check that nothing stands where the tables of a folder belong; StoreError with the file that does."""
    for name in tables:
        path = folder / name
        if (path.exists() or path.is_symlink()) and not path.is_dir():
            raise StoreError(
                "damaged: a file is where the folder of a table should be", file=path, allowed="move it away"
            )


def replace_file(path: Path, content: bytes | memoryview, temporary: Path | None = None, *, safe: bool = False) -> None:
    """Write a file beside its place and move it there; `safe` waits until a power cut cannot take it back."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}") if temporary is None else temporary
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if safe:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        error.filename = error.filename or str(path)
        raise


def sync(folder: Path) -> None:
    """Wait until a power cut cannot take back which files are in a folder."""
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a small file of a folder of results, all of it or nothing."""
    temporary = work_folder(path.parent) / f"{path.name}-{os.getpid()}"
    with storing(path.parent):
        replace_file(path, text.encode(), temporary, safe=True)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a small file of JSON, all of it or nothing."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_text(path: Path) -> str:
    """Return the text of a file of a folder; StoreError if it is not there or no text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"damaged: {error.strerror}", file=path, allowed=AGAIN) from error
    except ValueError as error:
        raise StoreError("damaged: it is not text", file=path, allowed=AGAIN) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder for writing; a second writer is refused, and the hold ends with the process.

    Raises
    ------
    StoreError
        When another process is writing there, or the folder cannot be made.
    """
    usable(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder cannot be made: {error.strerror}", file=folder, allowed="the name of a new or empty folder"
        ) from error
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with storing(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"another run is writing this folder{_writer(folder)}",
                file=folder,
                allowed="another folder, or wait until it is done",
            ) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP):  # a file system without locks
                raise StoreError(f"cannot be locked: {error.strerror}", file=folder) from error
        with storing(folder):
            (work_folder(folder) / _WRITER).write_text(f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        try:
            with contextlib.suppress(OSError):
                (folder / _WORK / _WRITER).unlink(missing_ok=True)
                (folder / _WORK).rmdir()  # nothing but an empty one
        finally:
            os.close(handle)


def _writer(folder: Path) -> str:
    try:
        return f": {(folder / _WORK / _WRITER).read_text(encoding='utf-8')}"
    except (OSError, ValueError):
        return ""
