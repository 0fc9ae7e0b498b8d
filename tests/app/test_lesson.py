"""The lesson in one file: its numbers are those of `rumorsim.run`, packed and read again; what cannot be is refused."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.app.lesson import Lesson, write_lesson
from rumorsim.app.lesson.layout import ARRAYS, SHARES, pack, unpack
from rumorsim.app.lesson.levers import combined, levers_of, settings_of
from rumorsim.app.lesson.steps import KEYS, checked_steps
from rumorsim.app.lesson.study import lesson_study
from rumorsim.app.lesson.write import MOST_BYTES, languages, texts_of
from rumorsim.archive.compare import order_statistics
from rumorsim.cli.main import main
from rumorsim.ensemble import Ensemble
from rumorsim.errors import RumorsimError
from rumorsim.scenario import load_scenario
from tests.app.conftest import STEPS, small_scenario

RUMOR, RUNS = "tirana_conference", 6


def embedded(lesson: Lesson) -> dict[str, Any]:
    """Return the data of a file as a browser finds them."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', lesson.path.read_text("utf-8"), re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def arrays(data: dict[str, Any]) -> dict[str, Any]:
    places, days = len(data["places"]), data["days"]
    settings = int(np.prod([len(one["choices"]) for one in data["levers"]]))
    shapes = {"aware": (3, places), "change": (3, places), "reported": (places - 1,), "districts": (3,), "moved": (3,)}
    assert tuple(data["arrays"]) == ARRAYS
    return {name: unpack(text, (settings, *shapes[name], days)) for name, text in data["arrays"].items()}


@pytest.mark.parametrize("spread", [0, 1, 63, 64, 70_000])
def test_what_is_packed_is_unpacked(spread: int) -> None:
    numbers = np.random.default_rng(spread).integers(-spread, spread + 1, (3, 2, 7))
    assert unpack(pack(numbers), numbers.shape).tolist() == numbers.tolist()


def test_counts_that_grow_slowly_take_a_byte_each() -> None:
    numbers = np.cumsum(np.full((4, 50), 60), axis=1)
    assert len(pack(numbers)) <= 4 * 50 * 4 / 3 + 4


class Runs:
    """`rumorsim.run` at the settings of a lesson, each run once; what a file should hold of it."""

    def __init__(self, lesson: Lesson) -> None:
        self.levers, self.settings = lesson.levers, settings_of(lesson.levers)
        self.base = self.settings.index(tuple(one.base for one in lesson.levers))
        self.made: dict[int, Ensemble] = {}

    def at(self, setting: int) -> Ensemble:
        if setting not in self.made:
            scenario = small_scenario().replace(combined(self.levers, self.settings[setting]))
            self.made[setting] = rs.run(scenario, RUNS, seed=1956, parameters="prior")
        return self.made[setting]

    def persons(self, setting: int, place: str | None, day: dt.date, size: int) -> Any:
        return np.rint(self.at(setting).share_aware(RUMOR, on=day, place=place) * size).astype(int)

    def districts(self, setting: int, names: list[str], day: dt.date) -> Any:
        run, end = self.at(setting), np.datetime64(day.isoformat()) + np.timedelta64(1, "D")
        return np.sum([run.first_report(RUMOR, name) < end for name in names], axis=0)


def test_ten_numbers_picked_at_random_are_those_of_a_run(lesson: Lesson) -> None:
    data, picked = embedded(lesson), random.Random(1956)
    held, runs = arrays(data), Runs(lesson)
    first, names = dt.date.fromisoformat(data["start"]), data["places"]
    settings = picked.sample([one for one in range(len(runs.settings)) if one != runs.base], 3)
    assert data["base"] == runs.base
    seen: list[int] = []
    for kind in ("aware", "change", "reported", "districts", "moved") * 2:
        # Days on which something moves: an early one would be zero everywhere.
        setting, place, number = (
            picked.choice(settings),
            picked.randrange(len(names)),
            picked.randrange(16, data["days"]),
        )
        day, share = first + dt.timedelta(number), picked.randrange(3)
        where = None if place == len(names) - 1 else names[place]
        size = data["people"][place]
        if kind == "reported":
            place %= len(names) - 1
            expected = round(RUNS * runs.at(setting).report_probability(RUMOR, names[place], by=day))
            found = held[kind][setting, place, number]
        elif kind in ("districts", "moved"):
            values = runs.districts(setting, names[:-1], day)
            values = values - (runs.districts(runs.base, names[:-1], day) if kind == "moved" else 0)
            expected, found = order_statistics(values, SHARES)[share], held[kind][setting, share, number]
        else:
            values = runs.persons(setting, where, day, size)
            values = values - (runs.persons(runs.base, where, day, size) if kind == "change" else 0)
            expected, found = order_statistics(values, SHARES)[share], held[kind][setting, share, place, number]
        assert found == expected, (kind, setting, where, day, share)
        seen.append(int(found))
    assert len(set(seen)) > 4, "numbers that are all alike would be right by chance"


def test_everybody_in_a_setting_is_as_in_the_run_to_the_last_person(lesson: Lesson) -> None:
    data, runs = embedded(lesson), Runs(lesson)
    held, run = arrays(data), runs.at(runs.base)
    curve = np.rint(run.curve(RUMOR) * data["people"][-1]).astype(int)
    assert held["aware"][runs.base, :, -1].T.tolist() == [order_statistics(day, SHARES) for day in curve.T]
    assert data["people"][-1] == run.frame.class_sizes.sum() > sum(data["people"][:-1])  # some are abroad


def test_the_base_differs_from_itself_nowhere_and_others_do(lesson: Lesson) -> None:
    data = embedded(lesson)
    held = arrays(data)
    assert not held["change"][data["base"]].any()
    assert not held["moved"][data["base"]].any()
    assert all(held["change"][one].any() for one in range(len(held["change"])) if one != data["base"])


def test_the_file_asks_nobody_for_anything_and_is_small(lesson: Lesson) -> None:
    text = lesson.path.read_text("utf-8")
    assert lesson.size == len(text.encode()) < MOST_BYTES
    assert "default-src 'none'" in text
    without_data = re.sub(r'<script type="application/json".*?</script>', "", text, flags=re.S)
    assert (
        re.findall(r"(?:src|href)=|url\((?!#)|@import|https?://|\bfetch\(|XMLHttpRequest|import\(", without_data) == []
    )
    assert "{{" not in text
    assert "<the>" not in text, "a text must not become an element"


def test_the_file_says_what_stands_behind_it(lesson: Lesson) -> None:
    data = embedded(lesson)
    assert (data["runs"], data["seed"], data["parameters"]) == (RUNS, 1956, "prior")
    assert data["fingerprint"] == lesson.sweep.fingerprint()
    assert data["chances"][0][0] == 0 < data["chances"][0][1] < data["chances"][RUNS][0] < data["chances"][RUNS][1] == 1
    assert [one["day"] for one in data["events"]] == sorted(one["day"] for one in data["events"])
    assert next(one for one in data["events"] if one["day"] == 20)["label"] == "letter to all members"


def test_the_same_call_runs_nothing_and_writes_the_same_bytes(lesson: Lesson) -> None:
    before, told = lesson.path.read_bytes(), []
    again = write_lesson(small_scenario(), lesson.path, small=True, steps=STEPS, progress=lambda *one: told.append(one))
    assert told == [(54, 54)]
    assert again.path.read_bytes() == before


def test_another_lesson_in_the_same_place_is_refused(lesson: Lesson) -> None:
    with pytest.raises(RumorsimError, match="another study"):
        write_lesson(small_scenario().replace({"radio.rate": 0.1}), lesson.path, small=True)


def test_a_language_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RumorsimError, match="did you mean 'en'"):
        write_lesson(small_scenario(), tmp_path / "lesson.html", small=True, language="enn")
    assert list(tmp_path.iterdir()) == []


def test_levers_have_values_of_the_catalog_and_the_large_lesson_is_what_forty_minutes_allow() -> None:
    scenario = load_scenario("tirana-conference")
    levers = levers_of(scenario, 4)
    assert [one.name for one in levers] == ["talk", "letter", "travel", "ban"]
    assert len(settings_of(levers)) == 81
    known = catalog.parameters()
    for lever in levers:
        for choice in lever.choices:
            for key, value in choice.values.items():
                if key in known:
                    assert value in (scenario.values[key], known[key].at(0.05), known[key].at(0.95)), key
    assert levers[1].choices[levers[1].base].values["events.letter.enabled"] is True


def test_what_a_scenario_lacks_is_no_lever() -> None:
    assert "letter" not in [one.name for one in levers_of(load_scenario("tirana-conference-no-letter"), 9)]
    assert [one.name for one in levers_of(load_scenario("secret-speech"), 4)] == ["talk", "travel", "secrecy", "radio"]
    assert "radio" not in [one.name for one in levers_of(load_scenario("secret-speech-no-radio"), 9)]
    assert "secrecy" not in [one.name for one in levers_of(load_scenario("tirana-conference"), 9)]


def test_a_lever_that_stands_at_its_end_has_two_values() -> None:
    low = levers_of(small_scenario(), 1)[0].choices[0].values["spread.pass_on_rate"]
    lever = levers_of(small_scenario().replace({"spread.pass_on_rate": low}), 1)[0]
    assert [one.name for one in lever.choices] == ["base", "high"]


def test_every_combination_is_checked_before_it_is_run() -> None:
    scenario = small_scenario().replace({"letter.last_delay_days": 9.0, "letter.mean_delay_days": 6.0})
    broken = levers_of(scenario, 2)
    object.__setattr__(broken[1].choices[2], "values", {**broken[1].choices[2].values, "letter.first_delay_days": 40.0})
    with pytest.raises(RumorsimError, match=r"letter\."):
        lesson_study(scenario, broken, RUMOR, RUNS, 1956)


def test_every_lever_and_choice_has_its_words_in_every_language() -> None:
    english = texts_of("en")
    named = {
        name
        for names in (load_scenario(one) for one in ("tirana-conference", "secret-speech"))
        for name in [(lever.name, choice.name) for lever in levers_of(names, 9) for choice in lever.choices]
    }
    for language in languages():
        texts = texts_of(language)
        assert {key: set(part) for key, part in texts["levers"].items()} == {
            key: set(part) for key, part in english["levers"].items()
        }
        assert set(texts["page"]) == set(english["page"])
        assert len(texts["months"]) == 12
        for lever, choice in named:
            assert texts["levers"][lever][choice]
            assert texts["levers"][lever]["title"]


def test_every_text_is_used_and_every_text_asked_for_is_there() -> None:
    here = Path(rs.__file__).parent / "app" / "lesson"
    script, page = ((here / name).read_text("utf-8") for name in ("lesson.js", "lesson.html"))
    asked = set(re.findall(r"\bt\('([a-z_]+)'", script)) | set(re.findall(r"text\.([a-z_]+)\}\}", page)) | {"title"}
    asked |= set(re.findall(r"'(about_[a-z]+)'", script)) | {f"behind_{one}" for one in ("prior", "posterior")}
    asked |= {f"number_{one}" for one in ("unit", "meaning", "source")} | {"base", "changed"}
    asked |= {"base_small", "changed_small"}
    assert set(texts_of("en")["page"]) == {one for one in asked if not one.endswith("_")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"titel": "x"}, "did you mean 'title'"),
        ({"title": " "}, r"steps\[0\]\.title: no text"),
        ({"source": None}, r"steps\[0\]\.source"),
        ({"setting": {"lettr": "never"}}, "did you mean 'letter'"),
        ({"setting": {"letter": "nevr"}}, "did you mean 'never'"),
        ({"setting": "never"}, "not a setting"),
        ({"date": "1957-01-01"}, "not within the run"),
        ({"date": "soon"}, "not a date"),
        ({"place": "Girokaster"}, "unknown place"),
        ({"choices": ["one"]}, "not choices"),
        ({"choices": 3}, "not choices"),
        ({"answer": 3}, "no such choice"),
        ({"answer": True}, "no such choice"),
    ],
)
def test_a_wrong_step_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    scenario = small_scenario()
    with pytest.raises(RumorsimError, match=said):
        checked_steps([STEPS[0] | change], levers_of(scenario, 2), scenario)
    assert {key for step in STEPS for key in step} == set(KEYS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["maki-thompson"], 'population = "party"'),
        (["tirana-conferenc"], "did you mean 'tirana-conference'"),
        (["tirana-conference", "--out", "lesson.htm"], "the ending .html"),
        (["tirana-conference", "--out", "none/lesson.html"], "no such folder"),
        (["tirana-conference", "--out", ""], "an empty path"),
        (["tirana-conference", "--seed", str(2**64)], "not a usable seed"),
        (["tirana-conference", "--set", "travel.duty_rat=1"], "did you mean 'travel.duty_rate'"),
    ],
)
def test_wrong_input_is_one_error_and_no_work(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lesson", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
