"""Reading a tour: everything that is wrong is told together, with its place.

A finding may say no number and no date that its sources do not: digits, dates and counted things are looked for in
the facts and targets it names.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from rumorsim import catalog
from rumorsim.app.levers import levers_of, read_value, same
from rumorsim.app.link import link_of
from rumorsim.app.measures import MEASURES, Asked
from rumorsim.app.stories import titles
from rumorsim.app.tour import DEFAULT_TOUR, Choice, Finding, Guess, Step, Tour
from rumorsim.catalog.words import CHANNELS
from rumorsim.ensemble.draws import at_mode
from rumorsim.errors import RumorsimError, ScenarioError, nearest
from rumorsim.model import cited
from rumorsim.plot.marks import leading_rumors
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.fields import FactRule, MomentRule, TextRule, WordRule, complaint, said
from rumorsim.scenario.problems import Origin, Problems, Source
from rumorsim.scenario.read import read_text, source_from_text
from rumorsim.text import MONTHS, day

__all__ = ["WORDS", "read_tour"]

#: Words of the panel; a tour that leaves one out takes it from the shipped English one.
WORDS: Final = (
    *("tour", "step", "minutes", "back", "next", "leave", "board", "guess", "show", "our_guess", "answer"),
    *("right", "evidence", "ignorant", "spreaders", "stiflers", "days", "working", "end"),
)
_MOST_STEPS: Final = 40
_EPOCH: Final = dt.date(1970, 1, 1)
_DATES: Final = ("date_start", "date_end", "report_date", "not_before")
_BRACE: Final = re.compile(r"\{([^{}]*)\}")
_DAY: Final = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)})")
_COUNTED: Final = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?)\b"
)


def _whole(low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise complaint(f"{said(value)} is not such a number", allowed=f"a whole number, {low} to {high}")
        return value

    return BeforeValidator(check)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise complaint(f"{said(value)} is not a number", allowed="a number")
    return float(value)


def _number_or_day(value: Any) -> float | dt.date:
    return value if type(value) is dt.date else _number(value)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Text = Annotated[str, TextRule(longest=1500)]
_Day = Annotated[dt.date, MomentRule(day_only=True)]


class _Choice(_Table):
    text: _Text
    up_to: Annotated[float | None, BeforeValidator(_number)] = None


class _Guess(_Table):
    question: _Text
    measure: Annotated[str, WordRule("measure", tuple(MEASURES))]
    news: _Text | None = None
    place: _Text | None = None
    channels: tuple[Annotated[str, WordRule("channel", CHANNELS)], ...] = ()
    by: _Day | None = None
    fact: Annotated[str, FactRule()] = ""
    slider: tuple[Annotated[Any, BeforeValidator(_number_or_day)], ...] | None = None
    unit: Annotated[str, TextRule(longest=60, may_be_empty=True)] = ""
    choices: tuple[_Choice, ...] = ()
    said: _Text


class _Finding(_Table):
    text: _Text
    facts: tuple[Annotated[str, FactRule()], ...] = ()
    targets: tuple[Annotated[str, WordRule("target", tuple(catalog.targets()))], ...] = ()
    citations: tuple[Annotated[str, WordRule("citation", tuple(catalog.citations()))], ...] = ()


class _Board(_Table):
    scenario: _Text
    seed: Annotated[int, _whole(0, 2**64 - 1)] = 1956
    news: _Text | None = None
    date: _Day | None = None
    place: _Text | None = None
    world: Annotated[str, WordRule("world", ("a", "b"))] = "a"
    levers: dict[str, Any] = {}


class _Figure(_Table):
    people: Annotated[int, _whole(10, 5000)]
    seed: Annotated[int, _whole(0, 2**64 - 1)] = 1956


class _Step(_Table):
    title: _Text
    minutes: Annotated[int, _whole(1, 90)]
    text: Annotated[str, TextRule(lines=True)]
    facts: tuple[Annotated[str, FactRule()], ...] = ()
    board: _Board | None = None
    figure: _Figure | None = None
    guess: _Guess
    finding: _Finding


class _TourFile(_Table):
    title: _Text
    language: Annotated[str, TextRule(longest=20)] = DEFAULT_TOUR
    words: dict[str, Annotated[str, TextRule(longest=200)]] = {}
    steps: tuple[Any, ...]


@cache
def _english() -> Mapping[str, str]:
    path = Path(__file__).parent / "tours" / f"{DEFAULT_TOUR}.toml"
    return MappingProxyType(source_from_text(read_text(path), name=path.name).data["words"])


def read_tour(source: Source) -> Tour:
    """Check what a file says and return the tour, or raise everything that is wrong."""
    problems, origin = Problems(), Origin(source, ())
    try:
        given: _TourFile | None = _TourFile.model_validate(source.data)
    except ValidationError as error:
        problems.add_validation(error, origin, tuple(_TourFile.model_fields), {})
        given = None
    words = source.data.get("words")
    for word in words if isinstance(words, dict) else ():
        if word not in WORDS:
            problems.add(origin.inside("words", word), "unknown word", allowed=WORDS, near=nearest(word, WORDS))
    listed = source.data.get("steps")
    steps = []
    if isinstance(listed, list):
        if not 1 <= len(listed) <= _MOST_STEPS:
            problems.add(origin.inside("steps"), f"{len(listed)} steps", allowed=f"1 to {_MOST_STEPS} [[steps]]")
        for number, one in enumerate(listed[:_MOST_STEPS]):
            steps.append(_step(one, origin.inside("steps", number), problems))
    problems.raise_if_any()
    if given is None:
        raise ScenarioError("invalid tour", file=source.name)
    done = tuple(step for step in steps if step is not None)
    return Tour(given.title, given.language, MappingProxyType({**_english(), **given.words}), done)


def _step(given: Any, at: Origin, problems: Problems) -> Step | None:
    try:
        step = _Step.model_validate(given)
    except ValidationError as error:
        problems.add_validation(error, at, tuple(_Step.model_fields), {})
        return None
    before = len(problems)
    if (step.board is None) == (step.figure is None):
        problems.add(at, "a step has one of a board and a figure", allowed="[steps.board] or [steps.figure]")
        return None
    scenario, link, changes = None, "", {}
    if step.board is not None:
        scenario = _scenario(step.board.scenario, at.inside("board", "scenario"), problems)
        if scenario is None:
            return None
        changes = _levers(step.board.levers, scenario, at.inside("board", "levers"), problems)
        link = _link(step.board, scenario, changes, at.inside("board"), problems)
    known = _known(step.facts) | {day(one) for one in _own_days(step)}
    for name, text in (("text", step.text), ("guess", f"{step.guess.question} {step.guess.said}")):
        _check_days(text, known, at.inside(name), problems)
    guess = _guess(step, scenario, at.inside("guess"), problems)
    finding = _finding(step.finding, at.inside("finding"), problems)
    if len(problems) > before or guess is None or finding is None:
        return None
    figure = None if step.figure is None else {"people": step.figure.people, "seed": step.figure.seed}
    return Step(step.title, step.text, step.minutes, step.facts, link, figure, guess, finding)


def _known(facts: Iterable[str]) -> set[str]:
    """Return the dates of facts, in words."""
    return {day(value) for one in facts for name in _DATES if (value := getattr(catalog.facts()[one], name))}


def _own_days(step: _Step) -> Iterable[dt.date]:
    """Yield the dates a step itself sets."""
    board = step.board
    found = [step.guess.by, None if board is None else board.date]
    found += [] if board is None else [value for *_, value in _flat(board.levers) if type(value) is dt.date]
    return (one for one in found if one is not None)


def _check_days(text: str, known: set[str], at: Origin, problems: Problems) -> None:
    for said_day in (found.group(0) for found in _DAY.finditer(text)):
        if said_day not in known:
            problems.add(at, f"{said_day} is no date of the facts named", allowed=sorted(known) or "facts = [...]")


def _scenario(word: str, at: Origin, problems: Problems) -> Scenario | None:
    names = tuple(titles())
    if word not in names:
        problems.add(at, f"unknown scenario {said(word)}", allowed=names, near=nearest(word, names))
        return None
    return at_mode(load_scenario(word))


def _flat(table: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, tuple[str, ...], Any]]:
    for key, value in table.items():
        whole = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            for name, path, inner in _flat(value, whole):
                yield name, (key, *path), inner
        else:
            yield whole, (key,), value


def _levers(table: Mapping[str, Any], scenario: Scenario, at: Origin, problems: Problems) -> dict[str, Any]:
    levers, found = {lever.key: lever for lever in levers_of(scenario)}, {}
    for key, path, value in _flat(table):
        if key not in levers:
            problems.add(at.inside(*path), f"unknown lever {said(key)}", allowed=levers, near=nearest(key, levers))
            continue
        try:
            found[key] = read_value(levers[key], value)
            scenario.replace({key: found[key]})
            if same(found[key], levers[key].value):
                problems.add(at.inside(*path), f"{said(value)} is what the scenario has", allowed="another value")
        except RumorsimError as error:
            problems.add(at.inside(*path), f"{error.what}: {said(value)}", allowed=error.allowed)
    return found


def _link(board: _Board, scenario: Scenario, changes: Mapping[str, Any], at: Origin, problems: Problems) -> str:
    """Return the link of the page that shows the board: the one way in which a step sets it."""
    rumor = _news(board.news, scenario, at.inside("news"), problems)
    moment = scenario.start if board.date is None else board.date
    _within(moment, scenario, at.inside("date"), problems)
    if board.place is not None:
        _district(board.place, at.inside("place"), problems)
    if board.world == "b" and not board.levers:
        problems.add(
            at.inside("world"), "there is no other world without a lever", allowed='"a", or [steps.board.levers]'
        )
    place = board.place or ""
    return link_of(board.scenario, board.seed, changes, rumor, f"{moment}T00:00", place, board.world)


def _news(word: str | None, scenario: Scenario, at: Origin, problems: Problems) -> str:
    if word is None:
        return leading_rumors(scenario)[0]
    if word not in scenario.rumors:
        near = nearest(word, scenario.rumors)
        problems.add(at, f"unknown rumor of this scenario {said(word)}", allowed=scenario.rumors, near=near)
    return word


def _within(moment: dt.date, scenario: Scenario, at: Origin, problems: Problems) -> None:
    if not scenario.start <= moment <= scenario.stop:
        problems.add(at, f"{moment} is not within the run", allowed=f"{scenario.start} to {scenario.stop}")


def _district(word: str, at: Origin, problems: Problems) -> None:
    names = tuple(catalog.districts())
    if word not in names:
        problems.add(at, f"unknown district {said(word)}", allowed=names, near=nearest(word, names))


def _guess(step: _Step, scenario: Scenario | None, at: Origin, problems: Problems) -> Guess | None:
    given, measure = step.guess, MEASURES[step.guess.measure]
    # What the measure has to be told, and what the step has to have.
    has = {"by": given.by is not None, "place": given.place is not None, "channels": bool(given.channels)}
    has |= {
        "fact": bool(given.fact),
        "levers": bool(step.board and step.board.levers),
        "figure": step.figure is not None,
    }
    for need in measure.needs:
        if not has[need]:
            problems.add(at, f"the measure {said(given.measure)} needs {need}", allowed=f"a step with {need}")
    if scenario is None and "figure" not in measure.needs:
        problems.add(at.inside("measure"), f"the measure {said(given.measure)} needs a board", allowed="[steps.board]")
        return None
    rumor = (step.board.news if step.board else "") or ""
    if scenario is not None and (given.news or not rumor):
        rumor = _news(given.news, scenario, at.inside("news"), problems)
    if scenario is not None and given.by is not None:
        _within(given.by, scenario, at.inside("by"), problems)
    if given.place is not None:
        _district(given.place, at.inside("place"), problems)
    if given.fact and catalog.facts()[given.fact].report_date is None:
        problems.add(at.inside("fact"), f"{given.fact} has no dated document", allowed="a fact with a report_date")
    low, high = _slider(given, measure.kind, at, problems)
    for word in _BRACE.findall(given.said):
        if word != "answer" and word not in MEASURES:
            near = nearest(word, ["answer", *MEASURES])
            problems.add(at.inside("said"), f"unknown number {{{word}}}", allowed=["answer", *MEASURES], near=near)
        elif word != "answer" and (lacks := [need for need in MEASURES[word].needs if not has[need]]):
            needs = ", ".join(lacks)
            problems.add(at.inside("said"), f"{{{word}}} needs {needs}", allowed=f"a step with {needs}")
    if _typed(given.said):
        problems.add(at.inside("said"), "a number is typed in", allowed="numbers of the run, such as {answer}")
    asked = Asked(given.measure, rumor, given.place or "", given.channels, given.by, given.fact)
    choices = tuple(Choice(one.text, one.up_to) for one in given.choices)
    return Guess(given.question, asked, low, high, given.unit, choices, given.said)


def _without_dates(text: str) -> str:
    return re.sub(r"\b1956\b", "", _DAY.sub("", text))


def _typed(text: str) -> bool:
    """Whether a sentence about a run has a number of its own; "of 100" is what others are out of."""
    return bool(re.search(r"\d", _without_dates(_BRACE.sub("", text)).replace("of 100", "")))


def _slider(given: _Guess, kind: str, at: Origin, problems: Problems) -> tuple[float, float]:
    if (given.slider is None) == (not given.choices):
        problems.add(at, "a guess has one of a slider and choices", allowed="slider = [low, high], or choices")
        return 0.0, 0.0
    if given.slider is not None:
        dates = {type(one) is dt.date for one in given.slider}
        ends = [float((one - _EPOCH).days) if type(one) is dt.date else one for one in given.slider]
        if dates != {kind == "date"}:
            what = f"the answer is a {kind}"
            problems.add(at.inside("slider"), what, allowed="two " + ("dates" if kind == "date" else "numbers"))
        elif len(ends) != 2 or not ends[0] < ends[1]:
            problems.add(at.inside("slider"), "a slider with its ends turned or missing", allowed="[low, high]")
        else:
            return ends[0], ends[1]
        return 0.0, 0.0
    bounds = [one.up_to for one in given.choices]
    inner = [one for one in bounds[:-1] if one is not None]
    if len(bounds) < 2 or bounds[-1] is not None or len(inner) < len(bounds) - 1 or inner != sorted(set(inner)):
        allowed = "up_to rising from one choice to the next, none in the last"
        problems.add(at.inside("choices"), "the choices leave gaps", allowed=allowed)
    return 0.0, 0.0


def _finding(given: _Finding, at: Origin, problems: Problems) -> Finding | None:
    facts = [catalog.facts()[one] for one in given.facts]
    targets = [catalog.targets()[one] for one in given.targets]
    facts += [catalog.facts()[one.fact] for one in targets if one.fact and one.fact not in given.facts]
    works = [catalog.citations()[one] for one in given.citations]
    if not (facts or targets or works):
        problems.add(at, "a finding without a source", allowed="facts, targets or citations")
        return None

    def filled(found: re.Match[str]) -> str:
        name, _, field = found.group(1).partition(".")
        if name in given.facts and field in _DATES:
            value = getattr(catalog.facts()[name], field)
            if value is not None:
                return day(value)
        allowed = [f"{one}.{key}" for one in given.facts for key in _DATES if getattr(catalog.facts()[one], key)]
        near = nearest(found.group(1), allowed)
        problems.add(at.inside("text"), f"unknown date {{{found.group(1)}}}", allowed=allowed, near=near)
        return ""

    text = _BRACE.sub(filled, given.text)
    sources = " ".join([*(one.claim for one in facts), *(str(one.value) for one in targets)]).lower()
    known = _known(one.id for one in facts) | {day(one.value) for one in targets if isinstance(one.value, dt.date)}
    _check_days(text, known, at.inside("text"), problems)
    numbers = re.findall(r"\d+(?:[.,]\d+)?", _without_dates(text))
    for word in (*numbers, *_COUNTED.findall(text.lower())):
        if not re.search(rf"(?<![\w.,]){re.escape(word)}(?!\w|[.,]\d)", sources):
            what = f"the number {word} is not in its sources"
            problems.add(at.inside("text"), what, allowed="numbers of the facts named")
    where = [cited(source) for one in facts for source in one.source[:1]] + [one.text() for one in works]
    ids = (*given.facts, *given.targets, *given.citations)
    return Finding(text, ids, tuple(dict.fromkeys(where)))
