"""Errors that say what was wrong, where, what was given and what is allowed.

Every error the package raises on bad input is a :class:`RumorsimError`. Its message is put together from named
parts, so that a program can read the parts and a person can read the sentence.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Final

__all__ = [
    "CatalogError",
    "CoreError",
    "PartyError",
    "PlotError",
    "QueryError",
    "RumorsimError",
    "RunError",
    "ScenarioError",
    "StoreError",
    "StudyError",
    "fold",
    "nearest",
    "unknown",
]

#: How alike two folded words must be (difflib ratio) before one is offered for the other.
_LIKENESS: Final = 0.6
#: Longest list of allowed words that is written out in a message.
_WRITTEN_OUT: Final = 12


class RumorsimError(Exception):
    """Wrong input, with the place it was found and what would have been right.

    Parameters
    ----------
    what : what is wrong, as a short phrase.
    file : name or path of the file the input came from.
    line, column : position in that file, counted from 1.
    path : path of keys to the field, for example ``events[2].kind``.
    given : the value that was given.
    allowed : the allowed words, or a phrase that describes them.
    nearest : the right word that looks most like the given one.

    Examples
    --------
    >>> str(RumorsimError("unknown kind", file="a.toml", line=3, path="events[0].kind", given="bal",
    ...                   allowed=["ball", "wall"], nearest="ball"))
    "a.toml:3: events[0].kind: unknown kind (given: 'bal'); allowed: ball, wall - did you mean 'ball'?"
    """

    def __init__(
        self,
        what: str,
        *,
        file: object = None,
        line: int | None = None,
        column: int | None = None,
        path: str | None = None,
        given: object = None,
        allowed: Iterable[object] | str | None = None,
        nearest: str | None = None,
    ) -> None:
        self.what = what
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        self.path = path
        self.given = given
        self.allowed: str | tuple[object, ...] | None
        self.allowed = allowed if allowed is None or isinstance(allowed, str) else tuple(allowed)
        self.nearest = nearest
        super().__init__(self._message())

    def _message(self) -> str:
        where = [part for part in (self.file, self.line, self.column) if part is not None]
        parts = []
        if where:
            parts.append(":".join(str(part) for part in where))
        if self.path is not None:
            parts.append(self.path)
        text = self.what
        if self.given is not None:
            text += f" (given: {self.given!r})"
        if self.allowed is not None:
            text += f"; allowed: {_written(self.allowed)}"
        if self.nearest is not None:
            text += f" - did you mean {self.nearest!r}?"
        return ": ".join([*parts, text])

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with every part, so that an error keeps its message on the way back from a worker process."""
        return _rebuild, (type(self), self.what, dict(self.__dict__))


def _rebuild(kind: type[RumorsimError], what: str, state: dict[str, object]) -> RumorsimError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (error._message(),)
    return error


def _written(allowed: str | tuple[object, ...]) -> str:
    if isinstance(allowed, str):
        return allowed
    words = [str(word) for word in allowed]
    if len(words) > _WRITTEN_OUT:
        return ", ".join(words[:_WRITTEN_OUT]) + f", ... ({len(words)} in all)"
    return ", ".join(words) if words else "nothing"


class CatalogError(RumorsimError):
    """A table of the catalog is broken, or an entry is asked for that does not exist."""


class ScenarioError(RumorsimError):
    """One or more problems in a scenario; all of those found are reported together.

    Parameters
    ----------
    what : what is wrong, when there is one problem.
    problems : finished messages, one for each problem found; overrides ``what`` in the text.
    **parts : the parts of :class:`RumorsimError`.

    Examples
    --------
    >>> error = ScenarioError(problems=["a.toml:1:1: title: missing", "a.toml:4:1: stop: before start"])
    >>> print(error)
    a.toml:1:1: title: missing
    a.toml:4:1: stop: before start
    >>> len(error.problems)
    2
    """

    def __init__(
        self,
        what: str = "invalid scenario",
        *,
        problems: Iterable[str] = (),
        file: object = None,
        line: int | None = None,
        column: int | None = None,
        path: str | None = None,
        given: object = None,
        allowed: Iterable[object] | str | None = None,
        nearest: str | None = None,
    ) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__(
            what, file=file, line=line, column=column, path=path, given=given, allowed=allowed, nearest=nearest
        )
        if not self.problems:
            self.problems = (self.args[0],)

    def _message(self) -> str:
        return "\n".join(self.problems) if self.problems else super()._message()


class StudyError(ScenarioError):
    """One or more problems in a study; all of those found are reported together, as for a scenario."""


class PartyError(RumorsimError):
    """The party cannot be built as asked, or a place or person in it is unknown."""


class CoreError(RumorsimError, ValueError):
    """Arrays or numbers given to the core are outside what it accepts."""


class RunError(RumorsimError):
    """A run cannot start or go on as asked."""


class StoreError(RumorsimError):
    """A run folder is missing, damaged, or made by another version."""


class QueryError(RumorsimError):
    """A result is asked for that the run does not hold."""


class PlotError(RumorsimError):
    """A figure cannot be drawn from the result given."""


def fold(word: str) -> str:
    """Return a word without accents, apostrophes and case, with spaces and underscores as hyphens.

    Examples
    --------
    >>> fold("Tiranë"), fold("Secret_Speech"), fold("People's Defense")
    ('tirane', 'secret-speech', 'peoples-defense')
    """
    plain = unicodedata.normalize("NFKD", word.replace("'", "").replace("’", ""))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return plain.casefold().replace("_", "-").replace(" ", "-").strip("-")


def nearest(word: object, allowed: Iterable[object]) -> str | None:
    """Return the allowed word that looks most like the given one, or None if none does.

    Accents, case, hyphens and underscores are forgiven before the comparison.

    Examples
    --------
    >>> nearest("Tirana", ["Fier", "Tiranë"])
    'Tiranë'
    >>> nearest("xyz", ["Fier", "Tiranë"]) is None
    True
    """
    by_fold: dict[str, str] = {}
    for candidate in allowed:
        by_fold.setdefault(fold(str(candidate)), str(candidate))
    found = difflib.get_close_matches(fold(str(word)), list(by_fold), n=1, cutoff=_LIKENESS)
    return by_fold[found[0]] if found else None


def unknown(
    kind: str,
    word: object,
    allowed: Iterable[object],
    *,
    error: type[RumorsimError] = RumorsimError,
    file: object = None,
    line: int | None = None,
    column: int | None = None,
    path: str | None = None,
) -> RumorsimError:
    """Return (not raise) the error for a word that is not among the allowed ones.

    Parameters
    ----------
    kind : what the word should have named, for example ``"rumor"``.
    word : the word given.
    allowed : the right words.
    error : class of the error.
    file, line, column, path : where the word was found.

    Examples
    --------
    >>> print(unknown("place", "Tirana", ["Fier", "Tiranë"], error=QueryError))
    unknown place 'Tirana'; allowed: Fier, Tiranë - did you mean 'Tiranë'?
    """
    words = tuple(allowed)
    return error(
        f"unknown {kind} {word!r}",
        file=file,
        line=line,
        column=column,
        path=path,
        allowed=words,
        nearest=nearest(word, words),
    )
