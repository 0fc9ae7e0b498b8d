"""Commands that read and print: list, explain, cite, party, diff, new, check, schema."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rumorsim import __version__, catalog
from rumorsim.cli.main import app
from rumorsim.scenario import load_scenario, loads_scenario, scenario_names

ROOT = Path(__file__).resolve().parents[3]
Call = Callable[..., Any]


def test_version(call: Call) -> None:
    assert call("--version").out == f"rumorsim {__version__}\n"


def test_without_words_the_help_is_printed(call: Call) -> None:
    assert call().out == call("--help").out == call("-h").out
    assert call().status == 0


def test_help_names_every_command_in_full(call: Call) -> None:
    out = call("--help").out
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert set(re.findall(r"^  ([a-z]+)  +\w", out, re.M)) >= commands
    assert "..." not in out.replace("[ARGS]...", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["runn"], "unknown command 'runn'"),
        (["runn"], "did you mean 'run'?"),
        (["new", "scenari"], "did you mean 'scenario'?"),
        (["run", "classroom", "--replicate-number", "3"], "did you mean '--replicates'?"),
        (["run", "classroom", "--replicates", "0"], "--replicates"),
        (["run", "classroom", "--replicates", "ten"], "(given: 'ten')"),
        (["run", "classroom", "--replicates=ten"], "(given: 'ten')"),
        (["run", "classroom", "--seed", "-1"], "--seed"),
        (["run", "classroom", "--workers", "0"], "--workers"),
        (["run", "classroom", "--parameters", "mod"], "did you mean 'mode'?"),
        (["run", "classroom", "again"], "unexpected argument"),
        (["run", "classroom", "--set", "travel.duty_rat=1"], "did you mean 'travel.duty_rate'?"),
        (["run", "classroom", "--set", "travel.duty_rate=-1"], "travel.duty_rate"),
        (["run", "classroom", "--set", "travel.duty_rate"], "not of the form key=value"),
        (["run", "clasroom"], "did you mean 'classroom'?"),
        (["run"], "SCENARIO"),
        (["explain", "classroom", "travl"], "did you mean 'travel'?"),
        (["explain", "classroom", "travel.duty_rat"], "did you mean 'travel.duty_rate'?"),
        (["cite", "classrom"], "did you mean 'classroom'?"),
        (["diff", "classroom"], "B"),
        (["plot", "nowhere"], "not a run folder"),
        (["check", "nowhere.toml"], "no such file"),
        (["check"], "FILE"),
        (["new", "scenario", "--extends", "clasroom"], "did you mean 'classroom'?"),
    ],
)
def test_wrong_input_is_status_2_with_a_message_on_standard_error(call: Call, words: list[str], message: str) -> None:
    answer = call(*words)
    assert answer.status == 2
    assert message in answer.err
    assert answer.err.count("rumorsim: ") >= 1
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_unexpected_error_is_status_1_and_says_how_to_look(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("rumorsim.scenario.scenario_names", broken)
    answer = call("list")
    assert answer.status == 1
    assert "ZeroDivisionError: a fault" in answer.err
    assert "RUMORSIM_TRACEBACK" in answer.err
    monkeypatch.setenv("RUMORSIM_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        call("list")


def test_full_disk_is_status_1(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device", "runs/x")

    monkeypatch.setattr("rumorsim.scenario.scenario_names", full)
    answer = call("list")
    assert (answer.status, answer.err) == (1, "rumorsim: runs/x: No space left on device\n")


def test_list_names_every_scenario(call: Call) -> None:
    out = call("list").out
    assert [line for line in out.splitlines() if not line.startswith(" ")] == list(scenario_names())
    assert "The Tirana conference, April and May 1956 (1 April to 31 May 1956)" in out
    found = json.loads(call("list", "--json").out)
    assert [one["name"] for one in found] == list(scenario_names())


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "words",
    [["list"], ["explain", "tirana-conference"], ["cite", "tirana-conference"], ["party", "classroom"]],
    ids=lambda words: words[0],
)
def test_output_fits_the_columns_and_cuts_nothing_off(call: Call, words: list[str], columns: int) -> None:
    out = call(*words, columns=columns).out
    lines = out.splitlines()
    assert [line for line in lines if len(line) > columns] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert "…" not in out
    assert "..." not in out.replace("[[events]]...", "")


def test_explain_gives_value_status_reason_and_prior(call: Call) -> None:
    out = call("explain", "tirana-conference").out
    lines = out.splitlines()
    parameter = catalog.parameter("travel.duty_rate")
    start = lines.index(f"travel.duty_rate = {parameter.value} per day [{parameter.status}]")
    entry = "\n".join(lines[start : start + 8])
    assert parameter.meaning in entry
    assert parameter.reason.split()[0] in entry
    assert f"prior: {parameter.prior}" in entry
    assert "evidence: F122" in entry
    for key in load_scenario("tirana-conference").values:
        assert f"\n{key} = " in out
    assert "F125: " not in out.split("facts that numbers and events rest on")[0]


def test_explain_some_keys(call: Call) -> None:
    out = call("explain", "tirana-conference", "travel", "letter.first_delay_days").out
    keys = re.findall(r"^(\S+) = ", out, re.M)
    assert "letter.first_delay_days" in keys
    assert {key.split(".")[0] for key in keys} == {"travel", "letter"}
    assert len(keys) == 1 + sum(key.startswith("travel.") for key in catalog.parameters())


def test_explain_says_what_was_set(call: Call) -> None:
    answer = call("explain", "classroom", "travel.duty_rate", "party.scale", "--set", "travel.duty_rate=0", "--json")
    rows = {row["key"]: row for row in json.loads(answer.out)["numbers"]}
    assert rows["travel.duty_rate"]["status"] == "set"
    assert rows["travel.duty_rate"]["value"] == 0
    assert rows["travel.duty_rate"]["catalog_value"] == catalog.parameter("travel.duty_rate").value
    assert "2,000 people" in rows["party.scale"]["reason"]


def test_explain_json_is_the_same_list(call: Call) -> None:
    found = json.loads(call("explain", "secret-speech", "--json").out)
    text = call("explain", "secret-speech").out
    assert [row["key"] for row in found["numbers"]] == list(load_scenario("secret-speech").values)
    assert set(found["numbers"][0]) >= {"key", "value", "unit", "status", "source", "reason", "prior"}
    assert f"{len(found['numbers'])} numbers" in text
    assert [event["id"] for event in found["events"]] == [one.id for one in load_scenario("secret-speech").events]


def test_cite_names_sources_with_reasons(call: Call) -> None:
    out = call("cite", "tirana-conference").out
    assert "[mehilli-2011] Mëhilli, Elidor (2011)" in out
    assert "Békés" not in out, "cited by nothing in this scenario"
    classic = call("cite", "daley-kendall").out
    assert "daley-kendall-1965" in classic
    assert "mehilli-2011" not in classic
    for found in json.loads(call("cite", "tirana-conference", "--json").out):
        assert found["reasons"]
        assert all(reason.strip() for reason in found["reasons"])


def test_cite_follows_what_is_used(call: Call) -> None:
    def citations(*words: str) -> set[str]:
        return {found["id"] for found in json.loads(call("cite", *words, "--json").out)}

    assert "natural-earth" in citations("tirana-conference")
    assert "natural-earth" not in citations("maki-thompson")


def test_bibtex_is_well_formed(call: Call) -> None:
    out = call("cite", "tirana-conference", "--bibtex").out
    assert out.count("{") == out.count("}")
    keys = re.findall(r"^@(\w+)\{([\w-]+),$", out, re.M)
    assert ("article", "mehilli-2011") in keys
    assert len({key for _, key in keys}) == len(keys)
    assert "assumed" not in {key for _, key in keys}
    assert "journal = {Journal of Cold War Studies}" in out
    assert "pages = {4--56}" in out
    for entry in out.split("\n\n"):
        assert re.search(r"annote = \{.+\}", entry)
        assert not re.search(r",\n\}", entry)


def test_party_shows_counts_beside_evidence(call: Call) -> None:
    out = call("party", "classroom").out
    assert re.search(r"^full members +[\d,]+ +[\d,.]+ +assumed +assumed$", out, re.M)
    rows = json.loads(call("party", "classroom", "--json").out)["rows"]
    for row in rows:
        head = row["what"].split()[0]
        assert head in out
    assert {row["verdict"] for row in rows} - {"differs"} == {row["verdict"] for row in rows}


def test_party_verdicts_are_explained(call: Call) -> None:
    from rumorsim.cli.party import _WORDS
    from rumorsim.party.table import VERDICTS

    assert set(VERDICTS) <= set(_WORDS)


def test_diff(call: Call) -> None:
    out = call("diff", "tirana-conference", "tirana-conference-no-travelers").out
    value = catalog.parameter("travel.duty_rate").value
    assert f"travel.duty_rate: {value} -> 0.0 per day" in out
    assert "title" not in out
    assert "title" in call("diff", "tirana-conference", "tirana-conference-no-travelers", "--all").out
    assert "no difference that can change a result" in call("diff", "classroom", "classroom").out
    found = json.loads(call("diff", "tirana-conference", "tirana-conference-no-travelers", "--json").out)
    assert {"travel.duty_rate", "travel.officer_rate"} <= {one["path"] for one in found}


@pytest.mark.parametrize("words", [[], ["--extends", "tirana-conference"], ["--extends", "maki-thompson"]])
def test_new_scenario_is_valid_as_printed(call: Call, words: list[str], tmp_path: Path) -> None:
    answer = call("new", "scenario", *words)
    assert answer.status == 0
    assert "#" in answer.out
    loads_scenario(answer.out)
    (tmp_path / "mine.toml").write_text(answer.out, encoding="utf-8")
    assert call("check", "mine.toml").out.splitlines()[0] == "1 file, all valid"


def test_schema_is_json(call: Call) -> None:
    assert json.loads(call("schema").out)["title"] == "rumorsim scenario"
    assert json.loads(call("schema", "--resolved").out)["title"] == "resolved rumorsim scenario"


def test_check_shipped_folder(call: Call) -> None:
    number = len(list((ROOT / "scenarios").glob("*.toml")))
    assert call("check", str(ROOT / "scenarios")).out == f"{number} files, all valid\n"


def test_check_counts_a_file_once_and_takes_names(call: Call) -> None:
    assert call("check", "classroom", "classroom").out == "1 file, all valid\n"


def test_check_prints_every_problem_with_its_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        'title = "bad"\nextends = "classroom"\n\n[travel]\nduty_rat = 0.02\nofficer_rate = -1\n', encoding="utf-8"
    )
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    (tmp_path / "good.toml").write_text('title = "good"\nextends = "classroom"\n', encoding="utf-8")
    answer = call("check", ".")
    assert answer.status == 2
    assert answer.out == ""
    assert "bad.toml:5:1: travel.duty_rat" in answer.err
    assert "bad.toml:6:1: travel.officer_rate" in answer.err
    assert "no title" in answer.err
    assert "good.toml" not in answer.err
    assert answer.err.splitlines()[-1].startswith("3 files, 2 invalid")
    found = json.loads(call("check", ".", "--json").out)
    assert (found["files"], found["valid"]) == (3, 1)
    assert len(found["problems"]["bad.toml"]) == 2


def test_check_finds_what_is_wrong_in_a_base(call: Call, tmp_path: Path) -> None:
    (tmp_path / "_base.toml").write_text("[travel]\nduty_rate = 7\n", encoding="utf-8")
    (tmp_path / "_right.toml").write_text("[travel]\nduty_rate = 0.01\n", encoding="utf-8")
    answer = call("check", ".")
    assert answer.status == 2
    assert "_base.toml:2:1: travel.duty_rate" in answer.err
    assert "2 files, 1 invalid" in answer.err


def test_check_of_a_folder_without_scenarios(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = call("check", "empty")
    assert answer.status == 2
    assert "no scenario file in the folder" in answer.err


def test_check_takes_resolved_json(call: Call, tmp_path: Path) -> None:
    (tmp_path / "scenario.resolved.json").write_text(load_scenario("classroom").to_json(), encoding="utf-8")
    (tmp_path / "provenance.json").write_text("{}", encoding="utf-8")
    assert call("check", ".").out == "1 file, all valid\n"


def test_readme_example_of_a_scenario_is_toml() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.S):
        assert tomllib.loads(block)
        loads_scenario(block)


@pytest.mark.slow
def test_readme_example_in_python_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, section = text.partition("\n## In Python\n")
    block = re.findall(r"```python\n(.*?)```", section, re.S)[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(block.replace("replicates=10", "replicates=1").replace("workers=2", "workers=1"), names)
    assert names["ensemble"].share_aware("tirana_conference", on="1956-04-20", place="Fier").shape == (1,)
    assert set(names["scenario"].overrides) >= {"travel.duty_rate"}


def test_readme_shows_no_figure_that_is_missing() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"!?\[[^\]]*\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
