"""The guided tour of the page: steps that set the board, ask for a guess, show what a run gives and what is known.

A tour is a TOML file, a language a file: ``tours/en.toml`` is shipped, and a teacher can write another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from rumorsim.app.measures import Asked
from rumorsim.errors import ScenarioError, nearest, unknown
from rumorsim.scenario.read import file_kind, read_source, read_text, source_from_text

__all__ = [
    *("DEFAULT_TOUR", "Choice", "Finding", "Guess", "Step", "Tour"),
    *("load_tour", "loads_tour", "looks_like_a_tour", "tour_names"),
]

DEFAULT_TOUR: Final = "en"


@dataclass(frozen=True)
class Choice:
    """One answer to choose from: the right one for what is measured up to a bound, None for no bound."""

    text: str
    up_to: float | None = None


@dataclass(frozen=True)
class Guess:
    """What the class is asked before anything is shown.

    Attributes
    ----------
    question : str
    asked : Asked
        What is measured, in which news, place and channels, and by the end of which day.
    low, high : bounds of the slider; days since 1970 for a date.
    unit : str
    choices : tuple of Choice, empty where a number is asked for.
    said : what is said with the answer; ``{answer}`` and the names of other measures stand for numbers of the run.
    """

    question: str
    asked: Asked
    low: float
    high: float
    unit: str
    choices: tuple[Choice, ...]
    said: str


@dataclass(frozen=True)
class Finding:
    """The one sentence a step ends with: its text, the ids it rests on, and where these are written, in words."""

    text: str
    ids: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    title, text : str
    minutes : int
    facts : ids of the facts its text tells of.
    link : the board as a link of the page holds it; "" where the step has a figure of its own.
    figure : mapping or None
        Of a classic model: "people" and "seed".
    guess, finding
    """

    title: str
    text: str
    minutes: int
    facts: tuple[str, ...]
    link: str
    figure: Mapping[str, int] | None
    guess: Guess
    finding: Finding


@dataclass(frozen=True)
class Tour:
    """A guided tour: its language, the words of its panel, and its steps."""

    title: str
    language: str
    words: Mapping[str, str]
    steps: tuple[Step, ...]

    def step(self, number: Any) -> Step:
        """Return a step by its number, counted from 1.

        Raises
        ------
        RumorsimError
            If there is none.
        """
        numbers = [str(one) for one in range(1, len(self.steps) + 1)]
        if str(number) not in numbers:
            raise unknown("step of the tour", str(number), numbers, path="tour")
        return self.steps[int(number) - 1]

    def form(self) -> dict[str, Any]:
        """Return what the browser is given: all texts, without any answer."""
        return {
            "title": self.title,
            "language": self.language,
            "words": dict(self.words),
            "steps": [
                {
                    "title": one.title,
                    "text": one.text.strip().split("\n\n"),
                    "minutes": one.minutes,
                    "facts": list(one.facts),
                    "figure": one.figure is not None,
                    "question": one.guess.question,
                    "choices": [choice.text for choice in one.guess.choices],
                    "low": one.guess.low,
                    "high": one.guess.high,
                    "unit": one.guess.unit,
                    "date": one.guess.asked.kind == "date",
                }
                for one in self.steps
            ],
        }


def looks_like_a_tour(path: Path) -> bool:
    """Return whether a TOML file has what only tours have; False if it cannot be read."""
    try:
        return path.suffix == ".toml" and file_kind(read_source(path).data) == "tour"
    except ScenarioError:
        return False


def _shipped() -> Path:
    return Path(str(files("rumorsim.app"))) / "tours"


def tour_names() -> tuple[str, ...]:
    """Return the languages of the shipped tours.

    Examples
    --------
    >>> tour_names()
    ('en',)
    """
    return tuple(sorted(path.stem for path in _shipped().glob("*.toml")))


def load_tour(name_or_path: str) -> Tour:
    """Return a shipped tour by its language, or a tour from a file.

    Raises
    ------
    ScenarioError
        If there is no such tour, or with everything that is wrong in the file.

    Examples
    --------
    >>> len(load_tour("en").steps)
    8
    """
    if not any(sign in name_or_path for sign in "/\\") and not name_or_path.endswith(".toml"):
        names = tour_names()
        if name_or_path not in names:
            raise ScenarioError(
                f"unknown tour {name_or_path!r}",
                path="--tour",
                allowed=f"{', '.join(names)}, or the path of a .toml file",
                nearest=nearest(name_or_path, names),
            )
        return _of_language(name_or_path)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        raise ScenarioError(f"has the ending {path.suffix!r}", file=path, allowed="a tour in a .toml file")
    return loads_tour(read_text(path), name=str(path))


@cache
def _of_language(name: str) -> Tour:
    path = _shipped() / f"{name}.toml"
    return loads_tour(read_text(path), name=path.name)


def loads_tour(text: str, *, name: str = "tour") -> Tour:
    """Return a tour from its text.

    Raises
    ------
    ScenarioError
        With everything that is wrong in it.
    """
    from rumorsim.app.tour_file import read_tour  # it makes tours

    return read_tour(source_from_text(text, name=name))
