"""The folders of valid and invalid studies: each invalid file causes the message it names, each valid one loads."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from rumorsim.ensemble import observables
from rumorsim.errors import ScenarioError, StudyError
from rumorsim.study import Study, looks_like_a_study, new_study

FOLDER = Path(__file__).resolve().parents[2] / "studies"
INVALID = sorted((FOLDER / "invalid").glob("*.toml"))
VALID = sorted((FOLDER / "valid").glob("*.toml"))


def complaint(path: Path) -> StudyError:
    with pytest.raises(ScenarioError) as caught:
        Study.load(path)
    assert isinstance(caught.value, StudyError) or path.name == "not-toml.toml"
    return caught.value  # type: ignore[return-value]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_file_causes_its_message(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# expect: ")
    error = complaint(path)
    assert first.removeprefix("# expect: ") in str(error)
    assert re.search(r"invalid/[\w.-]+:(\d+):\d+: ", str(error)), str(error)
    if path.stem != "many-problems":
        assert len(error.problems) == 1 or path.stem in ("misspelled-key", "range-unknown-key"), (
            "one mistake, one message"
        )


def test_messages_are_many_and_differ() -> None:
    messages = {str(complaint(path)).split("\n")[0].split(": ", 1)[1] for path in INVALID}
    assert len(INVALID) >= 80
    assert len(messages) >= 75


def test_all_problems_are_told_with_their_lines() -> None:
    path = FOLDER / "invalid" / "many-problems.toml"
    problems = complaint(path).problems
    keys = [re.match(rf"{re.escape(str(path))}:\d+:\d+: ([\w.\[\]]+): ", problem) for problem in problems]
    assert [found.group(1) for found in keys if found] == [
        "replicates",
        "design.kind",
        "outputs[0].observable",
    ]
    lines = path.read_text(encoding="utf-8").splitlines()
    for problem in problems:
        head, shown = problem.split("\n")
        number = int(head.split(":")[1])
        assert shown == f"{number:>6} | {lines[number - 1]}"


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_file_loads_and_has_its_points(path: Path) -> None:
    study = Study.load(path)
    assert looks_like_a_study(path)
    assert study.points.dtype.names == ("point", *study.names)
    assert study.points["point"].tolist() == list(range(study.design.points))
    assert study.unit_points.shape == (len(study.points), len(study.names))
    assert (study.unit_points >= 0).all()
    assert (study.unit_points <= 1).all()
    again = Study.load(path)
    assert again == study
    assert again.points.tobytes() == study.points.tobytes()


def test_a_grid_is_the_product_in_the_order_of_the_file() -> None:
    study = Study.load(FOLDER / "valid" / "grid.toml")
    assert study.names == ("travel.duty_rate", "spread.pass_on_rate", "party.tirana_share")
    assert len(study.points) == 2 * 3 * 2
    assert study.points["travel.duty_rate"].tolist() == [0.0] * 6 + [0.02] * 6
    assert study.points["spread.pass_on_rate"].tolist() == [1.0, 1.0, 2.0, 2.0, 4.0, 4.0] * 2
    assert study.points["party.tirana_share"].tolist() == [0.2, 0.25] * 6


def test_points_have_the_types_of_what_varies() -> None:
    study = Study.load(FOLDER / "valid" / "latin-hypercube.toml")
    kinds = {name: study.points.dtype[name].kind for name in study.names}
    assert kinds == {
        "party.politburo": "i",
        "events.letter.enabled": "b",
        "events.letter.date": "M",
        "party.scope": "U",
    }
    assert set(study.points["party.politburo"].tolist()) <= set(range(9, 19))


def test_a_table_is_taken_as_it_is() -> None:
    study = Study.load(FOLDER / "valid" / "table.toml")
    assert study.points.tolist() == [(0, 0.01, True, "party"), (1, 0.02, False, "party"), (2, 0.0, True, "country")]
    assert study.unit_points.tolist() == [[0.5, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]


def test_prior_is_the_quantile_of_the_catalog() -> None:
    from rumorsim import catalog

    study = Study.load(FOLDER / "valid" / "random.toml")
    expected = [catalog.parameter("travel.duty_rate").at(u) for u in study.unit_points[:, 0]]
    assert study.points["travel.duty_rate"].tolist() == expected


def test_whole_numbers_of_a_range_are_equally_likely() -> None:
    text = (FOLDER / "valid" / "random.toml").read_text(encoding="utf-8")
    text = text.replace('travel.duty_rate = "prior"', "party.politburo = { low = 10, high = 13 }")
    study = Study.loads(text.replace("points = 5", "points = 4000"))
    counts = np.bincount(study.points["party.politburo"])[10:]
    assert len(counts) == 4
    # 4000 draws of four: standard error of a count 27
    assert np.abs(counts - 1000).max() < 4 * 27


def test_every_observable_with_a_value_for_each_replicate_is_in_a_valid_file() -> None:
    study = Study.load(FOLDER / "valid" / "every-observable.toml")
    assert {one.observable for one in study.outputs} == {name for name, one in observables.items() if one.per_replicate}
    assert study.outputs[0].name == "share_aware_tirana_conference_1956_04_20_vlore_officer"


@pytest.mark.parametrize("scenario", [None, "tirana-conference", "maki-thompson", "secret-speech"])
def test_the_starting_file_is_right(scenario: str | None) -> None:
    study = Study.loads(new_study(scenario))
    assert study.scenario == (scenario or "classroom")
    assert len(study.names) == 2


@pytest.mark.parametrize("row", ["T01", "T02", "T05", "T09", "T11", "T12", "T15", "T29", "C3", "C4", "C8"])
def test_a_study_of_a_row_keeps_what_the_row_asks(row: str) -> None:
    study = Study.loads(new_study("tirana-conference", ["travel.duty_rate", "spread.visit_rate"], row))
    assert study.names == ("travel.duty_rate", "spread.visit_rate")
    assert [one.how for one in study.vary] == ["prior", "prior"]
    (output,) = study.outputs
    kinds = {"T05": "introductions", "C3": "share_aware", "C4": "meetings_voicing", "C8": "reports", "T15": "reports"}
    dated = {"T01": "first_report", "T02": "first_report", "T11": "first_voiced", "T12": "first_voiced"}
    assert output.observable == {**kinds, **dated}.get(row, "hall_critics")
    if row == "T29":
        assert {key: str(value) for key, value in output.arguments} == dict.fromkeys(("start", "stop"), "1956-04-16")


def test_what_cannot_vary_or_be_kept_is_said() -> None:
    with pytest.raises(StudyError, match=r"vary: unknown number with a prior 'travel\.duty_rat'.*did you mean"):
        new_study(vary=["travel.duty_rat"])
    with pytest.raises(StudyError, match="row: unknown row 'T13'; allowed: C3, C4"):
        new_study(row="T13")


def test_what_a_starting_file_suggests_is_right_too() -> None:
    text = new_study()
    for line in ("# seed = ", "# common_random_numbers = ", "# events."):
        assert line in text
        text = text.replace(line, line.removeprefix("# "))
    study = Study.loads(text)
    assert len(study.names) == 3
    assert study.common_random_numbers


def test_scenarios_do_not_look_like_studies() -> None:
    folder = FOLDER.parent / "scenarios" / "valid"
    assert [path.name for path in folder.glob("*.toml") if looks_like_a_study(path)] == []
    assert all(looks_like_a_study(path) for path in INVALID if path.stem not in ("not-toml",))


def test_missing_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no such file"):
        Study.load(tmp_path / "a.toml")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StudyError, match=r"has the ending '.json'; allowed: a study in a .toml file"):
        Study.load(tmp_path / "a.json")


CLASSIC_WITH = """
title = "a"
scenario = "maki-thompson"
replicates = 1
[design]
kind = "grid"
[vary]
classic.stifling_rate = [0.5, 1.0]
[[outputs]]
observable = "{}"
{}
"""


@pytest.mark.parametrize(
    ("observable", "rest"),
    [
        ("first_report", 'rumor = "secret_speech"'),
        ("first_voiced", 'rumor = "secret_speech"'),
        ("alarm", ""),
        ("reports", "by = 1956-01-20"),
        ("voicings", 'rumor = "secret_speech"'),
        ("heard_through", 'rumor = "secret_speech"\nchannel = "travel"'),
    ],
)
def test_what_cannot_act_in_a_complete_population_is_refused(observable: str, rest: str) -> None:
    with pytest.raises(StudyError, match=r"in a complete population (nobody writes|everybody hears in conversation)"):
        Study.loads(CLASSIC_WITH.format(observable, rest))


def test_what_can_be_asked_of_a_complete_population_is() -> None:
    for observable, rest in {
        "heard_through": 'channel = "conversation"',
        "first_aware": "",
        "share_aware": "on = 1956-01-20",
        "curve": "",
    }.items():
        assert Study.loads(CLASSIC_WITH.format(observable, 'rumor = "secret_speech"\n' + rest)).outputs
