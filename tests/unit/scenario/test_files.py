"""The folders of valid and invalid scenarios: each invalid file causes the message it names, each valid one loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rumorsim.errors import ScenarioError
from rumorsim.scenario import load_scenario, loads_scenario
from rumorsim.scenario.events import EVENT_KINDS

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
INVALID = sorted(path for path in (FOLDER / "invalid").iterdir() if path.suffix != ".expect")
VALID = sorted(path for path in (FOLDER / "valid").glob("*.toml") if not path.name.startswith("_"))

#: Files about which nothing can be said of a line: empty, of another kind, or nested beyond reading.
NO_LINE = {"empty.toml", "only-space.toml", "wrong-ending.yaml", "no-ending", "deep.json", "toml-nested-too-deep.toml"}


def expectation(path: Path) -> str:
    beside = path.parent / f"{path.stem}.expect"
    if beside.exists():
        return beside.read_text(encoding="utf-8").strip()
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# expect: ")
    return first.removeprefix("# expect: ")


def complaint(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert type(caught.value) is ScenarioError
    return str(caught.value)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.name)
def test_invalid_file_causes_its_message(path: Path) -> None:
    message = complaint(path)
    assert expectation(path) in message
    assert path.parent.name in message
    located = re.search(r"invalid/[\w.-]+:(\d+)(:\d+)?: ", message)
    assert (located is not None) or path.name in NO_LINE, message


def test_messages_are_many_and_differ() -> None:
    expected = {expectation(path) for path in INVALID}
    first_lines = {complaint(path).split("\n")[0].split(": ", 1)[1] for path in INVALID}
    assert len(INVALID) >= 60
    assert len(expected) >= 40
    assert len(first_lines) >= 40


def test_no_expectation_is_left_without_its_file() -> None:
    files = {path.stem for path in INVALID}
    assert [path.name for path in (FOLDER / "invalid").glob("*.expect") if path.stem not in files] == []


def test_all_problems_of_a_file_are_reported_with_their_lines() -> None:
    path = FOLDER / "invalid" / "many-problems.toml"
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    problems = caught.value.problems
    keys = [re.match(rf"{re.escape(str(path))}:\d+:\d+: ([\w.\[\]]+): ", problem) for problem in problems[1:]]
    assert [found.group(1) for found in keys if found] == [
        "titel",
        "stop",
        "rumors[0]",
        "rumors[1]",
        "travel.dutty_rate",
        "travel.officer_rate",
        "events[0].audience.place",
        "events[0].audience.role",
        "events[0].prob",
        "events[1].kind",
    ]
    lines = path.read_text(encoding="utf-8").splitlines()
    for problem in problems[1:]:
        head, shown = problem.split("\n")
        number = int(head.split(":")[1])
        assert shown == f"{number:>6} | {lines[number - 1]}"


def test_message_has_the_agreed_form() -> None:
    text = 'title = "A"\nstart = 1956-04-01\nstop = 1956-04-02\nrumors = ["secret_speech"]\n[travel]\n duty_rat = 1\n'
    with pytest.raises(ScenarioError) as caught:
        loads_scenario(text, name="bad.toml")
    assert str(caught.value) == (
        "bad.toml:6:2: travel.duty_rat: unknown key 'travel.duty_rat' - did you mean 'travel.duty_rate'?\n"
        "     6 |  duty_rat = 1"
    )


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
def test_valid_file_loads_and_its_resolved_form_says_the_same(path: Path) -> None:
    scenario = load_scenario(path)
    again = loads_scenario(scenario.to_json(), is_json=True)
    assert again == scenario
    assert again.to_json() == scenario.to_json()
    assert again.fingerprint() == scenario.fingerprint()
    assert again.structural_key() == scenario.structural_key()


def test_the_same_scenario_in_other_words_has_the_same_fingerprint() -> None:
    prints = {path.name: load_scenario(path).fingerprint() for path in VALID if path.name.startswith("one-event")}
    assert len(prints) == 5
    assert len(set(prints.values())) == 1, prints


def test_every_kind_of_event_is_among_the_valid_files() -> None:
    scenario = load_scenario(FOLDER / "valid" / "every-kind.toml")
    assert {event.kind for event in scenario.events} == set(EVENT_KINDS)


def test_layers_lie_over_each_other() -> None:
    scenario = load_scenario(FOLDER / "valid" / "one-event-extending.toml")
    assert [event.id for event in scenario.events] == ["told"]
    assert [event.id for event in scenario.all_events] == ["told", "of-another-rumor", "too-late"]
    assert scenario.events[0].rumors_named() == ("secret_speech",)
    assert "rumor.reform_hopes.interest" not in scenario.values
    assert set(scenario.overrides) == {"travel.duty_rate", "rumor.secret_speech.interest"}


def test_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text("# " + "x" * 1_000_000, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"large.toml: has 1000002 bytes; allowed: at most 1000000"):
        load_scenario(path)


def test_folder_and_unreadable_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ScenarioError, match="is a folder, not a scenario"):
        load_scenario(tmp_path)
    path = tmp_path / "a.toml"
    path.write_text("", encoding="utf-8")

    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rumorsim.scenario.read.os.open", refuse)
    with pytest.raises(ScenarioError, match=r"a\.toml: cannot be read: Permission denied"):
        load_scenario(path)


def test_base_alone_is_not_a_scenario() -> None:
    with pytest.raises(ScenarioError, match="no title"):
        load_scenario(FOLDER / "valid" / "_base.toml")


def test_long_line_is_cut_around_the_problem() -> None:
    text = '{"format": "rumorsim-scenario/1", "title": "' + "x" * 500 + '", "stop": 7}'
    with pytest.raises(ScenarioError) as caught:
        loads_scenario(text, is_json=True)
    shown = [line for line in str(caught.value).split("\n") if " | " in line]
    assert shown
    assert all(len(line) < 130 for line in shown)
    assert any('"stop": 7' in line for line in shown)


def test_base_reached_twice_is_laid_down_once(tmp_path: Path) -> None:
    start = 'start = 1956-04-01\nstop = 1956-04-02\nrumors = ["secret_speech"]\n'
    (tmp_path / "base.toml").write_text(start + "[travel]\nduty_rate = 0.01\n", encoding="utf-8")
    (tmp_path / "one.toml").write_text('extends = "base"\n[travel]\nduty_rate = 0.02\n', encoding="utf-8")
    (tmp_path / "two.toml").write_text('extends = "base"\n[travel]\nofficer_rate = 0.03\n', encoding="utf-8")
    path = tmp_path / "both.toml"
    path.write_text('title = "Both"\nextends = ["one", "two"]\n', encoding="utf-8")
    assert dict(load_scenario(path).overrides) == {"travel.duty_rate": 0.02, "travel.officer_rate": 0.03}
    path.write_text('title = "Both"\nextends = ["base", "one", "two"]\n', encoding="utf-8")
    assert load_scenario(path).value("travel.duty_rate") == 0.02
    path.write_text('title = "Both"\nextends = ["one", "base"]\n', encoding="utf-8")
    assert load_scenario(path).value("travel.duty_rate") == 0.02
