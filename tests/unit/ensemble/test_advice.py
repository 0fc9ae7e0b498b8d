"""What moves a row that is unlikely: from the shipped posterior, in the table, as text, and nowhere else."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import MappingProxyType

import pytest

from rumorsim import catalog
from rumorsim.ensemble import Ensemble, verdict_rows
from rumorsim.ensemble.posterior import Posterior
from rumorsim.ensemble.verdict import verdict_csv
from rumorsim.ensemble.verdict_text import verdict_text
from tests.unit.ensemble.test_verdict import row

NAMED = {"travel.duty_rate": 0.52, "spread.visit_rate": -0.31, "rumor.of_yesterday": 0.3}
MOVED = "travel.duty_rate (+), spread.visit_rate (-)"


def ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, advice: dict[str, dict[str, float]] | None) -> None:
    """Ship a posterior for the classroom that says what moves some rows."""
    about = {} if advice is None else {"advice": {"runs": 9, "level": 0.1, "rows": advice}}
    path = tmp_path / "classroom.json"
    Posterior({"scenario": "classroom", **about}, ["travel.duty_rate"], [(3, 0, 1, [0.02])]).write(path)
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"classroom": path}))


@pytest.fixture
def unlikely(ensemble: Ensemble) -> list[str]:
    """Rows of a target and of a constraint."""
    found = [one.id for one in verdict_rows(ensemble) if one.verdict == "unlikely"]
    return [next(name for name in found if name[0] == first) for first in "TC"]


def test_rows_that_are_unlikely_name_what_moves_them(
    ensemble: Ensemble, unlikely: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = next(one.id for one in verdict_rows(ensemble) if one.verdict == "expected")
    before = verdict_text(ensemble, verdict_rows(ensemble)).splitlines()
    ship(tmp_path, monkeypatch, dict.fromkeys((*unlikely, fine), NAMED))
    rows = verdict_rows(ensemble)
    assert {one.id for one in rows if one.moved_by or one.vary_with} == set(unlikely)
    held = {one["id"]: one for one in csv.DictReader(io.StringIO(verdict_csv(rows)))}
    text = verdict_text(ensemble, rows).splitlines()
    for name in unlikely:
        one = row(ensemble, name)
        assert one.moved_by == held[name]["moved_by"] == MOVED
        assert one.vary_with == held[name]["vary_with"]
        assert one.vary_with.startswith("rumorsim new study --scenario classroom --row ")
    below = [k for k, line in enumerate(text) if line == f"    most moved by {MOVED}"]
    assert len(below) == 2
    assert all(" unlikely " in text[k - 1] for k in below[:1])
    assert [text[k + 1] for k in below] == [f"    {row(ensemble, name).vary_with}" for name in unlikely]
    assert sum("Most moved by: " in line for line in text) == 2
    assert [line for line in text if line in before] == before
    assert max(map(len, text)) <= 100


@pytest.mark.parametrize("advice", [None, {}, {"T05": {}}])
def test_nothing_is_said_where_nothing_is_known(
    ensemble: Ensemble,
    unlikely: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    advice: dict[str, dict[str, float]] | None,
) -> None:
    """By an older file, of a row that the fit cannot answer, and where nothing stands out."""
    bare = verdict_rows(ensemble)
    ship(tmp_path, monkeypatch, advice)
    assert verdict_rows(ensemble) == bare
    assert "moved by" not in verdict_text(ensemble, bare)


def test_nor_in_a_null_world(
    ensemble: Ensemble, unlikely: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(tmp_path, monkeypatch, dict.fromkeys(unlikely, NAMED))
    monkeypatch.setattr(ensemble, "model", "letter_only")
    assert not any(one.moved_by for one in verdict_rows(ensemble))
