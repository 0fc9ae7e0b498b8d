"""Collecting what is wrong with a scenario, each problem with its place, and raising all of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from rumorsim.errors import RumorsimError, ScenarioError, nearest
from rumorsim.scenario.fields import said
from rumorsim.scenario.positions import (
    KeyPath,
    Position,
    json_positions,
    nearest_position,
    path_text,
    toml_positions,
)

__all__ = ["Origin", "Problems", "Source", "quoted_line"]

_WIDTH: Final = 110
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")


@dataclass
class Source:
    """A text that was read: what it is called in messages, what it says, and (worked out when needed) where.

    Parameters
    ----------
    name : path of the file as the user knows it, None for settings that do not come from a file.
    text : the text, with ``\\n`` line ends.
    data : what the text says.
    is_json : whether it is JSON.
    """

    name: str | None
    text: str
    data: dict[str, Any] = field(default_factory=dict)
    is_json: bool = False

    @cached_property
    def positions(self) -> Mapping[KeyPath, Position]:
        """Key path -> place in the text."""
        if not self.text:
            return {}
        return json_positions(self.text) if self.is_json else toml_positions(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")


class Origin(NamedTuple):
    """Where a value of a scenario was written: a source and the key path in it."""

    source: Source
    path: KeyPath

    def inside(self, *parts: str | int) -> Origin:
        """Return the origin of something within this value."""
        return Origin(self.source, self.path + parts)


def quoted_line(line: str, number: int, column: int) -> str:
    """Return a source line the way messages show it: numbered, indented, cut around the column if it is long.

    Examples
    --------
    >>> quoted_line("stop = 1956-02-30", 4, 8)
    '     4 | stop = 1956-02-30'
    """
    plain = _UNPRINTABLE.sub(lambda found: "    " if found.group() == "\t" else "\ufffd", line)
    if len(plain) > _WIDTH:
        start = max(0, min(column - _WIDTH // 2, len(plain) - _WIDTH))
        head, tail = "..." if start > 0 else "", "..." if start + _WIDTH < len(plain) else ""
        plain = head + plain[start : start + _WIDTH] + tail
    return f"{number:>6} | {plain}"


class Problems:
    """The problems found so far; nothing is raised before :meth:`raise_if_any`."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, int, int]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        origin: Origin,
        what: str,
        *,
        allowed: Iterable[object] | str | None = None,
        near: str | None = None,
        place: Position | None = None,
    ) -> None:
        """Note one problem.

        Parameters
        ----------
        origin : where the wrong value was written.
        what : what was given and why it is wrong.
        allowed : the allowed words, or a phrase.
        near : the nearest right word.
        place : line and column, where they are known better than from the key path.
        """
        source = origin.source
        place = place or nearest_position(source.positions, origin.path)
        quoted = place is not None
        if place is None and source.text.strip():
            place = Position(1, 1)  # it concerns the file as a whole
        message = str(
            RumorsimError(
                what,
                file=source.name,
                line=place.line if place is not None else None,
                column=place.column if place is not None else None,
                path=path_text(origin.path) if origin.path else None,
                allowed=allowed,
                nearest=near,
            )
        )
        if quoted and place is not None and place.line <= len(source.lines):
            message += "\n" + quoted_line(source.lines[place.line - 1], place.line, place.column)
        rank = (source.name or "", place.line if place is not None else 0, place.column if place is not None else 0)
        self._found.setdefault(message, rank)

    def add_validation(
        self, error: ValidationError, origin: Origin, fields: Iterable[str], origins: Mapping[str, Origin]
    ) -> None:
        """Note every problem pydantic found in one table.

        Parameters
        ----------
        error : what pydantic raised.
        origin : where the table was written.
        fields : names of the fields the table may have.
        origins : field -> where it was written, for fields that come from elsewhere (a file this one extends).
        """
        for one in error.errors(include_url=False):
            location = tuple(part for part in one["loc"])
            first = location[0] if location else None
            base = origins.get(str(first)) if first is not None else None
            at = base.inside(*location[1:]) if base is not None else origin.inside(*location)
            context: Mapping[str, Any] = one.get("ctx") or {}
            kind = one["type"]
            if kind == "scenario":
                self.add(at, context["what"], allowed=context["allowed"], near=context["nearest"])
            elif kind == "missing":
                self.add(Origin(at.source, at.path[:-1]), f"no {location[-1]}")
            elif kind == "extra_forbidden":
                words = tuple(fields) if len(location) == 1 else None
                word = str(location[-1])
                near = nearest(word, words) if words else None
                self.add(at, f"unknown key {said(word)}", allowed=words, near=near)
            elif kind in ("model_type", "dict_type", "model_attributes_type"):
                self.add(at, f"{said(one['input'])} is not a table")
            elif kind in ("tuple_type", "list_type"):
                self.add(at, f"{said(one['input'])} is not a list")
            else:
                self.add(at, f"{one['msg']} (given: {said(one['input'])})")

    def raise_if_any(self, error: type[ScenarioError] = ScenarioError) -> None:
        """Raise one error with every problem, in the order of files and lines."""
        if self._found:
            ordered = sorted(self._found, key=lambda message: self._found[message])
            raise error(f"{len(ordered)} problems" if len(ordered) > 1 else "one problem", problems=ordered)
