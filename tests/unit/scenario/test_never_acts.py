# ruff: noqa: E501
"""Things that never act, without a word: each is refused with a reason, or named in one line."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

import rumorsim as rs
from rumorsim.catalog import words
from rumorsim.cli.main import main
from rumorsim.errors import RumorsimError, RunError, ScenarioError, StudyError
from rumorsim.party import vocabulary
from rumorsim.scenario import load_scenario, loads_scenario
from rumorsim.scenario import words as scenario_words
from rumorsim.scenario.read import read_text
from rumorsim.study import Experiment, Study

fault = pytest.mark.fault
HEAD = 'title = "A"\nstart = 1956-04-01\nstop = 1956-05-31\nrumors = ["secret_speech", "tirana_conference"]\n'
RUMORS = 'rumors = ["tirana_conference"]\nassumed = "a test"\nsource = "a test"\n'


def event(kind: str, fields: str, *, rumors: bool = True) -> str:
    told = RUMORS if rumors else 'assumed = "a test"\nsource = "a test"\n'
    return f'[[events]]\nid = "x"\nkind = "{kind}"\ndate = 1956-04-14\n{told}{fields}\n'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(
            event("hall", 'audience = "everybody"\nsession_start = 8\nsession_end = 8'),
            "a session from 8 to 8 o'clock has no length",
            marks=fault("2.1"),
        ),
        (event("hall", 'audience = "everybody"\nsession_start = 20'), "from 20 to"),
        (event("hall", 'audience = "everybody"\nsession_start = 8\nsession_end = 8.0001'), "from 8 to 8.0001 o'clock"),
        (event("letter", "first_delay = 30\nmean_delay = 5\nlast_delay = 1"), "out of order: first 30, mean 5, last 1"),
        pytest.param(event("letter", "first_delay = 30\nmean_delay = 5\nlast_delay = 1"), "out", marks=fault("2.3")),
        pytest.param(event("outbreak", 'audience = "everybody"\ncount = 0'), "among 0 people", marks=fault("2.4")),
        pytest.param(
            event("outbreak", 'audience = "everybody"\ncount = 900000'), "at most the members", marks=fault("2.5")
        ),
        pytest.param(
            event("broadcast", 'channel = "press"\naudience = "everybody"\nrate = 1e39'),
            "1e+39 is out of range; allowed: a rate per day from 0 to 10000",
            marks=fault("1.25"),
        ),
        (event("letter", "when = { first_voicing = 'center' }"), "cannot wait for a condition"),
        (event("request", "when = { first_voicing = 'center' }"), "cannot wait for a condition"),
        (event("request", 'audience = "officers"'), "a request goes to committees"),
        (event("fear", 'audience = "delegates"', rumors=False), "told apart only in the hall"),
        (event("alarm", "at_least = 0", rumors=False), "waits for nothing"),
        (event("climate", "factor = 0.0\nuntil = 1956-04-20", rumors=False), "cannot be undone"),
        (event("silence", "until = 1956-04-20\nwhen = { first_voicing = 'center' }", rumors=False), "has no effect"),
        (event("fear", "when = { first_voicing = 'center', at_least = 0 }", rumors=False), "waits for nothing"),
    ],
)
def test_what_cannot_act_is_refused(body: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(said)):
        loads_scenario(HEAD + body)


@fault("2.2")
def test_an_alarm_without_a_later_hall_is_named() -> None:
    assert any(
        "x (no hall sits while it watches)" in one
        for one in loads_scenario(HEAD + event("alarm", "", rumors=False)).idle()
    )


@fault("2.5")
def test_an_outbreak_of_more_people_than_its_audience_is_refused() -> None:
    scenario = loads_scenario(
        HEAD + event("outbreak", 'audience = "politburo"\ncount = 9000') + "[party]\nscale = 0.041\n"
    )
    with pytest.raises(RunError, match="more people than there are"):
        rs.run(scenario, replicates=1)


@fault("2.6")
def test_an_event_that_changes_nothing_is_refused() -> None:
    for fields in ("", 'kind = "letter"', "date = 1956-04-21"):
        text = f'title = "A"\nextends = "tirana-conference"\n[[events]]\nid = "letter"\n{fields}\n'
        with pytest.raises(ScenarioError, match="changes nothing"):
            loads_scenario(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["run", "maki-thompson", "--parameters", "prior"], "no priors", marks=fault("2.7")),
        pytest.param(["run", "classroom", "--out", ""], "an empty name of a folder", marks=fault("2.8")),
        (["compare", "classroom", "classroom", "--out", ""], "an empty name of a folder"),
        pytest.param(
            ["run", "classroom", "--set", "run.replicates=5", "--replicates", "1"],
            "say the same thing",
            marks=fault("2.9"),
        ),
        pytest.param(["compare", "maki-thompson", "daley-kendall", "--rumor", "WRONG"], "'WRONG'", marks=fault("2.15")),
        (["compare", "maki-thompson", "daley-kendall", "--date", "1957-01-01"], "outside the comparison"),
        pytest.param(["run", "tests/studies/valid/none.toml"], "no such file"),
    ],
)
def test_a_command_line_that_cannot_act_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = sys.modules["rumorsim.study.pairs.compare"]
    monkeypatch.setattr(work, "execute", lambda *_, **__: pytest.fail("work was done first"))
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@fault("2.10")
def test_events_outside_the_run_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = load_scenario("tirana-conference").replace({"start": "1956-05-20"})
    assert any(line.startswith("Left out, over before the run starts on 1956-05-20") for line in scenario.idle())
    assert main(["check", "tirana-conference"]) == 0
    assert "over before the run starts on 1956-04-01" in capsys.readouterr().out


@fault("2.11")
def test_roles_stand_in_one_table() -> None:
    assert vocabulary.ROLES is scenario_words.ROLES is words.ROLES
    assert vocabulary.KINDS is scenario_words.KINDS is words.KINDS
    assert scenario_words.COUNTRIES == tuple(vocabulary.COUNTRIES) == tuple(words.COUNTRIES)
    for role in words.ROLES:
        assert loads_scenario(HEAD + event("fear", f'audience = {{ role = "{role}" }}', rumors=False)).events
    root = Path(rs.__file__).parent
    for last in ('"tirana_functionary",\n', '"police_unit",\n'):
        assert [one.name for one in root.rglob("*.py") if last in one.read_text(encoding="utf-8")] == ["words.py"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("seed = 1956", "seed = -1", "seed: -1 is out of range", marks=fault("2.12")),
        pytest.param("replicates = 2", "replicates = 2.5", "2.5 is not a whole number", marks=fault("2.13")),
        pytest.param("replicates = 2", "replicates = 0.4", "0.4 is not a whole number", marks=fault("2.14")),
        ("replicates = 2", "replicates = true", "true is not a whole number"),
        ("replicates = 2", "replicate = 2", "did you mean 'replicates'"),
        ("scale = 0.1", "scale = 0", "0 is not a scale"),
    ],
)
def test_an_experiment_is_checked_like_a_scenario(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = 'title = "A"\nquestion = 1\nasks = "B"\nevidence = ["F034"]\nseed = 1956\n'
    text += "[full]\nreplicates = 2\nscale = 0.1\n[small]\nreplicates = 2\nscale = 0.1\n"
    (tmp_path / "experiment.toml").write_text(text, encoding="utf-8")
    assert Experiment.read(tmp_path).seed == 1956
    (tmp_path / "experiment.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RumorsimError, match=re.escape(said)):
        Experiment.read(tmp_path)


STUDY = 'title = "A"\nscenario = "{}"\nreplicates = 1\n[design]\nkind = "grid"\n[vary]\n{}\n[[outputs]]\nobservable = "share_aware"\nrumor = "secret_speech"\non = 1956-02-26\n{}\n'


@fault("2.16")
def test_a_key_both_quoted_and_dotted_is_refused() -> None:
    both = 'travel.duty_rate = [0.01, 0.02]\n"travel.duty_rate" = [0.01, 0.03]'
    with pytest.raises(StudyError, match=r"study:8:1.*given twice"):
        Study.loads(STUDY.format("classroom", both, ""))


@fault("2.17")
def test_a_place_over_a_complete_population_is_refused_by_check() -> None:
    with pytest.raises(StudyError, match="neither places nor roles"):
        Study.loads(STUDY.format("maki-thompson", "classic.transmission_rate = [0.5, 1.0]", 'place = "Fier"'))


@fault("2.18")
def test_a_counterfactual_that_says_so_is_judged() -> None:
    text = (
        'extends = "classroom"\n'
        + HEAD.replace("05-31", "04-20")
        + event("broadcast", 'channel = "foreign_radio"\naudience = "radio"\nrate = 5.0')
    )
    with pytest.raises(ScenarioError, match="counterfactual: why"):
        loads_scenario(text)
    scenario = loads_scenario(text.replace('"a test"', '"counterfactual: a station hears of it"', 1))
    from rumorsim.ensemble.constraints import CONSTRAINTS

    judge = CONSTRAINTS["C5"].function
    assert judge is not None
    violated = judge(rs.run(scenario, replicates=2))
    assert violated is not None
    assert violated.all()


@fault("3.11")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    zero, pipe = tmp_path / "zero.toml", tmp_path / "pipe.toml"
    zero.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (zero, pipe):
        for door in (load_scenario, Study.load):
            with pytest.raises(ScenarioError, match="not a file; allowed: a regular file"):
                door(path)
        (tmp_path / "experiment.toml").unlink(missing_ok=True)
    long = tmp_path / "long.csv"
    long.write_text("x" * 11)
    with pytest.raises(StudyError, match="has 11 bytes; allowed: at most 10"):
        read_text(long, 10, error=StudyError)
    with pytest.raises(StudyError, match="is a device, not a file"):
        Study.loads(
            STUDY.format("classroom", "", "").replace('"grid"', f'"table"\nfile = "{zero}"').replace("[vary]\n", "")
        )


@fault("3.12")
def test_keys_have_a_bounded_number_of_parts() -> None:
    for text in ("a." * 100_000 + "b = 1", "[" + "'a'." * 200 + "b]", "x = {" + "a . " * 200 + "b = 1}"):
        with pytest.raises(ScenarioError, match="more than 100 parts"):
            loads_scenario(text)
    with pytest.raises(ScenarioError, match="more than 100 parts"):
        load_scenario("classroom").replace({"events." + "a." * 200 + "b": 1})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["run", "STUDY"], "is a study, not a scenario", marks=fault("5.19")),
        (["sweep", "SCENARIO"], "is a scenario, not a study"),
        (["sweep", "FOLDER"], "is the folder of an experiment"),
        pytest.param(["run", "BASE"], "is a base that other scenarios extend", marks=fault("5.20")),
        (["compare", "BASE", "classroom"], "is a base that other scenarios extend"),
    ],
)
def test_a_wrong_file_is_told_what_it_is(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY.format("classroom", "travel.duty_rate = [0.01, 0.02]", ""), encoding="utf-8")
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "experiment.toml").write_text("", encoding="utf-8")
    root = Path(__file__).parents[3] / "scenarios"
    found = {"STUDY": study, "SCENARIO": root / "classroom.toml", "BASE": root / "_conference-1956.toml"}
    found["FOLDER"] = tmp_path / "e"
    assert main([str(found.get(word, word)) for word in arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_hall_sits_every_day_and_fear_with_news_ends() -> None:
    base = loads_scenario(
        HEAD.replace("05-31", "04-24")
        + event("hall", 'audience = "everybody"\nhearing_prob = 0.1')
        + event("fear_with_news", "prob = 0.9").replace('"x"', '"y"')
        + "[party]\nscale = 0.041\n"
    )
    first = rs.run(base, replicates=1).fingerprint()
    for key in ("events.x.until", "events.y.until"):
        assert rs.run(base.replace({key: "1956-04-16"}), replicates=1).fingerprint() != first, key


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (event("election", 'audience = "everybody"\ndelegates = 99999', rumors=False), "more delegates than there are"),
        (event("fear", 'audience = { role = "student_abroad", place = "Fier" }', rumors=False), "nobody is in the"),
        (
            event("broadcast", 'channel = "press"\nrate = 0.1\naudience = { group = "students", place = "Fier" }'),
            "nobody",
        ),
        (event("outbreak", 'audience = "politburo"\ncount = 900'), "more people than there are"),
        (event("move", "until = 1956-04-20\ncount = 90000", rumors=False), "more transfers than people"),
    ],
)
def test_check_refuses_what_the_party_cannot_do(
    body: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + body + "[party]\nscale = 0.041\n", encoding="utf-8")
    assert main(["check", str(path)]) == 2
    found = capsys.readouterr().err
    assert said in found
    assert f"{path}: x: " in found
    with pytest.raises(RunError, match=said):
        rs.run(loads_scenario(path.read_text(encoding="utf-8")), replicates=1)


def test_what_waits_beyond_the_end_and_fine_ticks_outside_are_named() -> None:
    waits = event("fear", "when = { first_voicing = 'center', delay_days = 90.0 }", rumors=False)
    fine = "[[fine]]\nfrom = 1956-06-02\nuntil = 1956-06-03\n[[fine]]\nfrom = 1956-05-30\nuntil = 1956-06-01\n"
    lines = loads_scenario(HEAD + fine + waits).idle()
    assert any("x (it waits 90 days, which is beyond the end)" in line for line in lines)
    assert [line for line in lines if "fine ticks" in line] == [
        "Left out, outside the run from 1956-04-01 to 1956-05-31: fine ticks 1956-06-02 to 1956-06-03."
    ]
