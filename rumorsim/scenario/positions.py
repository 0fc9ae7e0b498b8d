"""Where a key stands in a file: key path -> line and column.

``tomllib`` and ``json`` give values without places. The two scanners here walk a text that has already been read
without error and note where each key and each item stands, so that every message about a scenario can name line and
column. They understand what TOML 1.0 and JSON allow, not more.

Examples
--------
>>> places = toml_positions('title = "A"\\n[travel]\\nduty_rate = 2\\n')
>>> places[("travel", "duty_rate")]
Position(line=3, column=1)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["KeyPath", "Position", "json_positions", "json_repeats", "nearest_position", "path_text", "toml_positions"]

#: Path to a value: names of keys and numbers of list items, from the top of the file.
KeyPath = tuple[str | int, ...]

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOML_SPACE: Final = re.compile(r"[ \t]*")
_TOML_FILLER: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_TOML_SCALAR: Final = re.compile(r"[^,\]}#\n]*")
_JSON_SPACE: Final = re.compile(r"[ \t\n\r]*")
_JSON_SCALAR: Final = re.compile(r"[^,\]}\s]*")
_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "/": "/"}


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; ``line`` and ``column`` count from 1, columns in characters."""

    line: int
    column: int


def path_text(path: KeyPath) -> str:
    """Return a key path the way messages write it.

    Examples
    --------
    >>> path_text(("events", 3, "rumors", 0))
    'events[3].rumors[0]'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            word = part if part != "" and re.fullmatch(r"[\w.:-]+", part) else repr(part)
            text += f".{word}" if text else word
    return text


def nearest_position(places: Mapping[KeyPath, Position], path: KeyPath) -> Position | None:
    """Return the place of ``path``, or of the closest enclosing key that has one, or None.

    Examples
    --------
    >>> nearest_position({("a",): Position(1, 1)}, ("a", 0, "b"))
    Position(line=1, column=1)
    """
    for length in range(len(path), 0, -1):
        place = places.get(path[:length])
        if place is not None:
            return place
    return None


class _Scanner:
    """Shared bookkeeping: the text, where we are in it, and what was found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[KeyPath, Position] = {}
        self._line_starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def position(self, offset: int) -> Position:
        low, high = 0, len(self._line_starts) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._line_starts[middle] <= offset:
                low = middle
            else:
                high = middle - 1
        return Position(low + 1, offset - self._line_starts[low] + 1)

    def mark(self, path: KeyPath, offset: int) -> None:
        self.places.setdefault(path, self.position(offset))

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def quoted(self) -> str:
        """Read a one-line string in double quotes with escapes and return what it says."""
        self.at += 1
        out: list[str] = []
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.text[self.at] != "\\":
                out.append(self.text[self.at])
                self.at += 1
                continue
            letter = self.text[self.at + 1 : self.at + 2]
            digits = {"u": 4, "U": 8}.get(letter, 0)
            if digits:
                out.append(chr(int(self.text[self.at + 2 : self.at + 2 + digits], 16)))
            else:
                out.append(_ESCAPES.get(letter, letter))
            self.at += 2 + digits
        self.at += 1
        return "".join(out)


class _TomlScanner(_Scanner):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._list_lengths: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, Position]:
        table: KeyPath = ()
        while True:
            self.skip(_TOML_FILLER)
            if self.at >= len(self.text):
                return self.places
            if self.peek() == "[":
                table = self._header()
            else:
                self._key_value(table)

    def _header(self) -> KeyPath:
        start = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        words = self._key()
        self.at += 2 if is_list else 1
        path = (*self._inside(words[:-1], start), words[-1])
        self.mark(path, start)
        if not is_list:
            return self._inside(words, start)
        count = self._list_lengths.get(path, 0)
        self._list_lengths[path] = count + 1
        self.mark((*path, count), start)
        return (*path, count)

    def _inside(self, words: tuple[str, ...], start: int) -> KeyPath:
        """Path of a table named by ``words``; a list of tables on the way stands for its last item."""
        path: KeyPath = ()
        for word in words:
            path = (*path, word)
            self.mark(path, start)
            count = self._list_lengths.get(path, 0)
            if count:
                path = (*path, count - 1)
        return path

    def _key(self) -> tuple[str, ...]:
        words: list[str] = []
        while True:
            self.skip(_TOML_SPACE)
            if self.peek() == '"':
                words.append(self.quoted())
            elif self.peek() == "'":
                end = self.text.index("'", self.at + 1)
                words.append(self.text[self.at + 1 : end])
                self.at = end + 1
            else:
                match = _BARE_KEY.match(self.text, self.at)
                words.append(match.group() if match is not None else "")
                self.at = match.end() if match is not None else self.at + 1
            self.skip(_TOML_SPACE)
            if self.peek() != ".":
                return tuple(words)
            self.at += 1

    def _key_value(self, table: KeyPath) -> None:
        start = self.at
        path: KeyPath = table
        for word in self._key():
            path = (*path, word)
            self.mark(path, start)
        self.at += 1  # the equals sign
        self.skip(_TOML_SPACE)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        first = self.peek()
        if self.text.startswith('"""', self.at):
            self._long_string('"""')
        elif self.text.startswith("'''", self.at):
            self._long_string("'''")
        elif first == '"':
            self.quoted()
        elif first == "'":
            self.at = self.text.index("'", self.at + 1) + 1
        elif first == "[":
            self._list(path)
        elif first == "{":
            self.at += 1
            while True:
                self.skip(_TOML_FILLER)
                if self.peek() in ("}", ""):
                    break
                self._key_value(path)
                self.skip(_TOML_FILLER)
                if self.peek() == ",":
                    self.at += 1
            self.at += 1
        else:
            self.skip(_TOML_SCALAR)

    def _list(self, path: KeyPath) -> None:
        self.at += 1
        count = 0
        while True:
            self.skip(_TOML_FILLER)
            if self.peek() in ("]", ""):
                break
            if self.peek() == ",":
                self.at += 1
                continue
            self.mark((*path, count), self.at)
            before = self.at
            self._value((*path, count))
            if self.at == before:
                break
            count += 1
        self.at += 1

    def _long_string(self, quotes: str) -> None:
        self.at += 3
        while self.at < len(self.text):
            if quotes == '"""' and self.text[self.at] == "\\":
                self.at += 2
            elif self.text.startswith(quotes, self.at):
                self.at += 3
                while self.peek() == quotes[0]:  # up to two quotation marks may belong to the string
                    self.at += 1
                return
            else:
                self.at += 1


class _JsonScanner(_Scanner):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeats: list[tuple[KeyPath, Position]] = []

    def scan(self) -> dict[KeyPath, Position]:
        self.skip(_JSON_SPACE)
        self._value(())
        return self.places

    def _value(self, path: KeyPath) -> None:
        first = self.peek()
        if first == '"':
            self.quoted()
        elif first in ("{", "["):
            self._members(path, first)
        else:
            self.skip(_JSON_SCALAR)

    def _members(self, path: KeyPath, bracket: str) -> None:
        self.at += 1
        count = 0
        while True:
            self.skip(_JSON_SPACE)
            if self.peek() in ("}", "]", ""):
                break
            if self.peek() == ",":
                self.at += 1
                continue
            start = self.at
            part: str | int = count
            if bracket == "{":
                part = self.quoted()
                self.skip(_JSON_SPACE)
                self.at += 1  # the colon
                self.skip(_JSON_SPACE)
                if (*path, part) in self.places:
                    self.repeats.append(((*path, part), self.position(start)))
            self.mark((*path, part), start)
            self._value((*path, part))
            if self.at == start:
                break
            count += 1
        self.at += 1


def toml_positions(text: str) -> dict[KeyPath, Position]:
    """Return the place of every key, table header and list item of a TOML text.

    Parameters
    ----------
    text : str
        A text ``tomllib.loads`` accepts, with line ends already turned into ``\\n``.

    Returns
    -------
    dict
        Key path -> :class:`Position` of the key (for a table its header, for a list item its first character).

    Examples
    --------
    >>> toml_positions('rumors = ["a",\\n  "b"]')[("rumors", 1)]
    Position(line=2, column=3)
    """
    return _TomlScanner(text).scan()


def json_positions(text: str) -> dict[KeyPath, Position]:
    """Return the place of every key and list item of a JSON text that ``json.loads`` accepts.

    Examples
    --------
    >>> json_positions('{"events": [{"id": "a"}]}')[("events", 0, "id")]
    Position(line=1, column=14)
    """
    return _JsonScanner(text).scan()


def json_repeats(text: str) -> list[tuple[KeyPath, Position]]:
    """Return the keys a JSON text gives more than once in one object, with the place of each repetition.

    Examples
    --------
    >>> json_repeats('{"a": 1, "a": 2}')
    [(('a',), Position(line=1, column=10))]
    """
    scanner = _JsonScanner(text)
    scanner.scan()
    return scanner.repeats
