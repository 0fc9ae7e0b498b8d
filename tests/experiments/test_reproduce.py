"""Every experiment: its page is made from its tables, its small form comes out as committed."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rumorsim.study import Experiment, Plan
from rumorsim.study.experiments.reproduce import reproduce

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2] / "experiments"
FOLDERS = sorted(path.parent for path in ROOT.glob("*/experiment.toml"))


def script_of(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"experiment_{folder.name}".replace("-", "_"), folder / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # data classes look it up there
    spec.loader.exec_module(module)
    return module


def plan_of(folder: Path) -> Plan:
    plan = script_of(folder).PLAN
    assert isinstance(plan, Plan)
    return plan


def test_there_are_experiments() -> None:
    assert {path.name for path in FOLDERS} >= {"travelers-or-radio", "secrecy", "emboldening"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_page_is_made_from_the_committed_tables(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert page == Experiment.read(folder).readme(plan_of(folder))
    assert not re.search(r"\{\{|\}\}", page)
    assert "assumed" in page.lower()
    assert "What this does not show" in page


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_small_form_comes_out_as_committed(folder: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}
    found = reproduce(folder, "small", tmp_path / "again", quiet=True)
    assert found.differences == ()
    assert found.equal
    assert list((tmp_path / "again" / "figures").glob("*.png"))
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_cells_of_both_forms_are_valid_and_share_their_people(folder: Path) -> None:
    experiment, plan = Experiment.read(folder), plan_of(folder)
    for form in ("full", "small"):
        cells = plan.cells(experiment, form)
        assert len({cell.scenario.structural_key() for cell in cells.values()}) == 1
        together = [(cell.scenario.fingerprint(), cell.parameters) for cell in cells.values()]
        assert len(set(together)) == len(together), "two cells are the same"


def test_the_gain_of_the_crossing_by_hand() -> None:
    import numpy as np

    crossing = script_of(ROOT / "secrecy").crossing
    gains = (1.0, 1.1, 1.5)
    assert crossing(np.array([-1.0, 1.0, 3.0]), gains) == pytest.approx(1.05)
    assert crossing(np.array([-3.0, -1.0, 1.0]), gains) == pytest.approx(1.3)
    assert crossing(np.array([0.5, 1.0, 3.0]), gains) == 1.0
    assert crossing(np.array([-3.0, -2.0, -1.0]), gains) == float("inf")


def test_days_to_half_by_hand() -> None:
    import numpy as np

    class Run:
        """Four days in two replicates: half after 2.5 days, and never."""

        def curve(self, rumor: str) -> np.ndarray:
            return np.array([[0.0, 0.4, 0.6, 0.9], [0.0, 0.1, 0.2, 0.3]])

        def share_aware(self, rumor: str, on: str) -> np.ndarray:
            return np.zeros(2)

        def voicings(self, rumor: str, stop: str) -> np.ndarray:
            return np.zeros(2, dtype=np.int64)

    assert script_of(ROOT / "secrecy").measure(Run())["half"].tolist() == pytest.approx([2.5, 4.0])


def test_lags_of_a_run_by_the_slow_way() -> None:
    import numpy as np

    import rumorsim as rs

    lags = script_of(ROOT / "travelers-or-radio").lags
    scenario = rs.load_scenario("tirana-conference-no-letter").replace({"party.scale": 0.041, "stop": "1956-04-22"})
    run = rs.run(scenario, replicates=2, seed=0)
    first, earnest = lags(run, "tirana_conference", "1956-04-14T09:00")
    assert first.shape == earnest.shape == (2, 25)
    place = script_of(ROOT / "travelers-or-radio").districts().index("berat")
    for k in range(2):
        when = run.first_aware("tirana_conference", "Berat")[k]
        wanted = 9 - 0.375 if np.isnat(when) else (when - np.datetime64("1956-04-14T09:00")) / np.timedelta64(1, "D")
        assert first[k, place] == pytest.approx(wanted)
        shares = {day: run.share_aware("tirana_conference", on=day, place="Berat")[k] for day in run.days}
        known = [day for day, share in shares.items() if share >= 0.05]
        if known:
            before = shares[known[0] - np.timedelta64(1, "D")]
            within = (0.05 - before) / (shares[known[0]] - before)
            wanted = (known[0] - np.datetime64("1956-04-14T09:00")) / np.timedelta64(1, "D") + within
        else:
            wanted = 9 - 0.375
        assert earnest[k, place] == pytest.approx(wanted)
    assert "figure" not in sys.modules, "figures are drawn only when asked for"
