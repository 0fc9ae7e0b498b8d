"""``rumorsim selftest``: recorded fingerprints, and what is said of one that differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rumorsim.cli import main
from rumorsim.core.contacts.edge_sums import BACK_ENDS
from rumorsim.ensemble import selftest
from rumorsim.errors import RunError
from tests.unit.cli.conftest import Call

SHIPPED = Path(selftest.__file__).with_name("selftest.json")


def test_all_that_is_recorded_is_found_here(call: Call) -> None:
    answer = call("selftest")
    *lines, last = answer.out.splitlines()
    assert (answer.status, answer.err) == (0, "")
    assert last == f"all {len(lines)} fingerprints are equal to the recorded ones"
    for rule in ("maki_thompson", "daley_kendall", "independent_cascade", "threshold_memory"):
        assert sum(f"core, {rule}, " in line for line in lines) >= len(BACK_ENDS)
    for word in ("maki_thompson, exact", "daley_kendall, exact", "maki-thompson, 8", "classroom, 2", ", prior"):
        assert sum(word in line for line in lines) == 1, word


@pytest.mark.parametrize(
    "key", ["core, threshold_memory", "core, daley_kendall, exact", "classroom, 1 replicate, prior"]
)
def test_one_altered_value_is_named(key: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = json.loads(SHIPPED.read_text(encoding="utf-8"))
    right = table["fingerprints"][key]
    table["fingerprints"][key] = "0" + right[1:] if right[0] != "0" else "1" + right[1:]
    (tmp_path / "selftest.json").write_text(json.dumps(table), encoding="utf-8")
    monkeypatch.setattr(selftest.resources, "files", lambda package: tmp_path)
    # Only the runs of this value, and one beside: the others have their own test.
    wanted = [one for one in selftest._runs() if one[1] in (key, "core, independent_cascade")]
    monkeypatch.setattr(selftest, "_runs", lambda: iter(wanted))

    answer = call("selftest")
    assert answer.status == 1
    wrong = [line for line in answer.out.splitlines() if line.startswith("DIFFERENT")]
    assert len(wrong) == sum(one[1] == key for one in wanted)
    assert all(key in line and right[:12] in line for line in wrong)
    assert answer.out.splitlines()[-1].startswith(f"{len(wrong)} of {len(wanted)} fingerprints differ")

    answer = call("selftest", "--json")
    found = json.loads(answer.out)
    assert (answer.status, found["equal"]) == (1, False)
    assert {one["name"] for one in found["runs"] if not one["equal"]} == {one[0] for one in wanted if one[1] == key}
    assert {one["found"] for one in found["runs"] if not one["equal"]} == {right}
    assert found["versions"]["libraries"]["numpy"]


def test_a_missing_value_is_a_difference_and_a_broken_file_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest.resources, "files", lambda package: tmp_path)
    monkeypatch.setattr(selftest, "_runs", lambda: iter([("core, x", "core, x", lambda: "ab" * 32)]))
    (tmp_path / "selftest.json").write_text('{"fingerprints": {}}', encoding="utf-8")
    answer = call("selftest")
    assert (answer.status, "(recorded: nothing)" in answer.out) == (1, True)
    (tmp_path / "selftest.json").write_text("{", encoding="utf-8")
    answer = call("selftest")
    assert (answer.status, answer.out) == (1, "")
    assert "selftest.json" in answer.err
    assert "cannot be read" in answer.err


def test_recording_writes_what_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [one for one in selftest._runs() if one[1].startswith("core, maki_thompson")]
    monkeypatch.setattr(selftest, "_runs", lambda: iter(few))
    assert main(["selftest", "--record", str(tmp_path / "new.json")]) == 0
    made = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))["fingerprints"]
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))["fingerprints"]
    assert made == {key: shipped[key] for key in ("core, maki_thompson", "core, maki_thompson, exact")}
    assert not any(line.equal and line.recorded is None for line in selftest.compared())

    monkeypatch.setattr(selftest, "_runs", lambda: iter([("a", "k", lambda: "1"), ("b", "k", lambda: "2")]))
    with pytest.raises(RunError, match="another way to push"):
        selftest.recording()
