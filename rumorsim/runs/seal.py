"""The seal of a folder: what every file was when the folder was complete.

The provenance names every file that the result stands on with its size and SHA-256, and carries a SHA-256 of itself.
The seal is a checksum, not a signature: it finds what was changed by accident or by hand, and not who changed the seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rumorsim.errors import StoreError
from rumorsim.runs.files import AGAIN
from rumorsim.runs.store import read_table

__all__ = [
    "FORMAT",
    "PROVENANCE",
    "SEAL",
    "Altered",
    "Damaged",
    "check_files",
    "part_files",
    "record_digest",
    "sealed",
    "undone",
    "unsealed",
]

#: The format of folders written now.
FORMAT: Final = 4
PROVENANCE: Final = "provenance.json"
#: Key of the seal in the provenance.
SEAL: Final = "seal"
_NOTE: Final = "size and SHA-256 of the files this stands on, and of this record: a checksum, not a signature"
#: Tables of a sealed folder; one more of them would be read with the others.
_TABLES: Final = (".parquet", ".csv")


class Altered(StoreError):
    """A file can be read and is not the one that was stored."""


class Damaged(StoreError):
    """A file is missing, cut short, or cannot be read."""


def sealed(folder: Path, record: Mapping[str, Any], files: Iterable[str]) -> dict[str, Any]:
    """Return a provenance record with the seal of a folder that is complete.

    Parameters
    ----------
    folder : Path
    record : what the provenance holds otherwise.
    files : paths in the folder; those that are not there are left out.
    """
    record = {name: value for name, value in record.items() if name != SEAL} | {"format": FORMAT}
    named = {name: _content(folder / name) for name in sorted(files) if (folder / name).is_file()}
    return record | {SEAL: {"note": _NOTE, "files": named, "record": record_digest(record)}}


def unsealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provenance record without what says that the folder is complete."""
    return {name: value for name, value in record.items() if name not in (SEAL, "finished", "fingerprint")}


def part_files(folder: Path, tables: Iterable[str]) -> Iterator[str]:
    """Yield the paths of all parts of some tables, relative to their folder."""
    for table in tables:
        for path in sorted((folder / table).glob("part-*.parquet")):
            yield f"{table}/{path.name}"


def record_digest(held: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a provenance record without its seal."""
    bare = {name: value for name, value in held.items() if name != SEAL}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _content(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{file.tell()} {digest}"


def undone(path: Path) -> str:
    """Return what to do about a file that was altered."""
    return f"the file as it was; or delete {path.name or path}, and {AGAIN}"


def check_files(folder: Path, files: Mapping[str, Any], fingerprint: str) -> None:
    """Check the files of a folder against its seal; `Altered` or `Damaged` with the first that is not as it was."""
    for name, expected in files.items():
        path = folder / name
        try:
            found = _content(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Damaged(f"damaged: {reason}", file=path, allowed=AGAIN) from None
        if found != expected:
            size = str(expected).partition(" ")[0]  # no number where the seal itself was changed by hand
            if _unreadable(path, int(size) if size.isdecimal() else 0, fingerprint):
                raise Damaged("damaged: cut short, or not to be read", file=path, allowed=AGAIN)
            raise Altered("altered since it was stored", file=path, allowed=undone(path))
    tables = sorted({Path(name).parent.as_posix() for name in files if name.endswith(_TABLES)} - {"."})
    for path in (path for table in tables for path in sorted((folder / table).iterdir())):
        if path.suffix in _TABLES and path.relative_to(folder).as_posix() not in files:
            raise Altered(
                "altered: it was not there when the folder was sealed", file=path, allowed="without this file"
            )


def _unreadable(path: Path, size: int, fingerprint: str) -> bool:
    """Return whether a file that differs from what was stored is damaged, not changed by hand."""
    content = path.read_bytes()
    if not content.strip(b"\0 \r\n\t"):
        return True
    if path.suffix == ".parquet":
        try:
            read_table(path)
        except (StoreError, ValueError):
            return True
        return False
    try:
        text = content.decode("utf-8")
        if path.suffix == ".json":
            json.loads(text)
            return False
    except (ValueError, RecursionError):
        return True
    if path.name == "fingerprint":
        return fingerprint.startswith(text.strip())
    return len(content) < size and not text.endswith("\n")
