"""Reading tables: the only module of the catalog that opens files. An error names the file and the line."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rumorsim.errors import CatalogError, RumorsimError, unknown

__all__ = ["DATA", "Row", "read_json", "read_table", "read_toml"]

#: The folder of the shipped tables.
DATA: Final = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, with typed access to its cells. Every complaint names file, line and column."""

    file: str
    line: int
    cells: Mapping[str, str]

    def text(self, column: str, *, required: bool = False) -> str:
        """Return a cell as it stands; an empty one only where it is not required."""
        value = self.cells[column]
        if required and value == "":
            raise self.error("is empty", column)
        return value

    def word(self, column: str, allowed: Iterable[str]) -> str:
        """Return a cell that must be one of the allowed words."""
        value, words = self.cells[column], tuple(allowed)
        if value not in words:
            raise unknown(column, value, words, error=CatalogError, file=self.file, line=self.line, path=column)
        return value

    def words(self, column: str, allowed: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return a cell as words separated by spaces, each among the allowed ones."""
        found = tuple(self.cells[column].split())
        if allowed is not None:
            words = frozenset(allowed)
            for word in found:
                if word not in words:
                    raise unknown(
                        column, word, sorted(words), error=CatalogError, file=self.file, line=self.line, path=column
                    )
        return found

    def number(self, column: str) -> float:
        """Return a cell as a finite number."""
        try:
            value = float(self.cells[column])
        except ValueError:
            value = float("nan")
        if value - value != 0.0:
            raise self.error("is not a number", column)
        return value

    def number_or_none(self, column: str) -> float | None:
        """Return a cell as a number, None if it is empty."""
        return self.number(column) if self.cells[column] else None

    def whole(self, column: str) -> int:
        """Return a cell as a whole number."""
        try:
            return int(self.cells[column])
        except ValueError:
            raise self.error("is not a whole number", column) from None

    def whole_or_none(self, column: str) -> int | None:
        """Return a cell as a whole number, None if it is empty."""
        return self.whole(column) if self.cells[column] else None

    def day(self, column: str) -> date:
        """Return a cell as a date."""
        try:
            return date.fromisoformat(self.cells[column])
        except ValueError:
            raise self.error("is not a date such as 1956-04-14", column) from None

    def day_or_none(self, column: str) -> date | None:
        """Return a cell as a date, None if it is empty."""
        return self.day(column) if self.cells[column] else None

    def yes(self, column: str) -> bool:
        """Return whether a cell says yes."""
        return self.word(column, ("yes", "no")) == "yes"

    def error(self, what: str, column: str | None = None) -> CatalogError:
        """Return the error that something in this line, or in one of its cells, is wrong."""
        given = None if column is None else self.cells.get(column)
        return CatalogError(what, file=self.file, line=self.line, path=column, given=given)

    def wrapped(self, error: RumorsimError, column: str) -> CatalogError:
        """Return an error raised while reading a cell, with the place of the cell added."""
        return CatalogError(
            error.what,
            file=self.file,
            line=self.line,
            path=column,
            given=error.given,
            allowed=error.allowed,
            nearest=error.nearest,
        )


def read_table(folder: Path, name: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the lines of a CSV table that must have exactly the given columns.

    Raises
    ------
    CatalogError
        If the file is missing, has other columns, or a line has too few or too many cells.
    """
    path = folder / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = tuple(next(reader, ()))
            if header != columns:
                raise CatalogError(
                    "wrong columns", file=name, line=1, given=",".join(header), allowed=",".join(columns)
                )
            for cells in reader:
                if len(cells) != len(columns):
                    raise CatalogError(
                        "wrong number of cells",
                        file=name,
                        line=reader.line_num,
                        given=len(cells),
                        allowed=str(len(columns)),
                    )
                yield Row(name, reader.line_num, dict(zip(columns, cells, strict=True)))
    except OSError as error:
        raise CatalogError("cannot be read", file=path, given=error.strerror) from None
    except UnicodeDecodeError:
        raise CatalogError("is not UTF-8", file=path) from None


def read_toml(folder: Path, name: str) -> dict[str, Any]:
    """Return a TOML file as a dict.

    Raises
    ------
    CatalogError
        If the file is missing or not valid TOML.
    """
    try:
        with (folder / name).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise CatalogError("cannot be read", file=folder / name, given=error.strerror) from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"not valid TOML: {error}", file=name) from None


def read_json(folder: Path, name: str) -> Any:
    """Return a JSON file as read-only mappings and tuples.

    Raises
    ------
    CatalogError
        If the file is missing or not valid JSON.
    """
    try:
        with (folder / name).open(encoding="utf-8") as file:
            return _frozen(json.load(file))
    except OSError as error:
        raise CatalogError("cannot be read", file=folder / name, given=error.strerror) from None
    except json.JSONDecodeError as error:
        raise CatalogError(f"not valid JSON: {error.msg}", file=name, line=error.lineno, column=error.colno) from None


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
