"""A point of a study is the scenario with the point's values: the same runs, whatever is shared on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble.draws import is_drawn
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.study import Study
from rumorsim.study.points import Plan, with_values
from rumorsim.study.results import Sweep
from rumorsim.study.tables import decoded, layout_of, record_of
from rumorsim.study.work import Work

Make = Callable[..., Study]


def changes(study: Study, point: int) -> dict[str, object]:
    return {one.name: column.tolist()[point] for one, column in zip(study.vary, study.columns, strict=True)}


def digests(sweep: Sweep) -> list[list[str]]:
    ledger: list[list[str]] = sweep._ledger.digests.tolist()
    return ledger


def assert_like_single_runs(study: Study, sweep: Sweep) -> None:
    """Compare digests and outputs with those of ``rs.run`` on the scenario of each point."""
    seen = set()
    for point in range(len(study.points)):
        scenario = study.base.replace(changes(study, point))
        run = rs.run(scenario, replicates=study.replicates, seed=study.seed)
        expected = run.table("runs")["digest"].tolist()
        assert digests(sweep)[point] == expected, changes(study, point)
        for output in study.outputs:
            wanted = output.numbers(run)
            got = sweep.curve(output.name)[point] if output.is_curve else sweep.values(output.name)[point]
            np.testing.assert_allclose(got, wanted, rtol=1e-7 if output.is_curve else 1e-12)
        seen.add(expected[0])
    assert len(seen) == len(study.points), "the points are to differ, or the test says nothing"


def test_points_on_one_assembly_are_the_runs_of_the_changed_scenario(make: Make, tmp_path: Path) -> None:
    study = make('travel.duty_rate = [0.0, 0.05]\n"conference.eruption_count" = [2, 9]', replicates=2)
    sweep = rs.sweep(study, tmp_path / "out")
    # The count of voicings that make an eruption changes no run, only what is asked of it.
    assert digests(sweep)[0] == digests(sweep)[1]
    only = make("travel.duty_rate = [0.0, 0.05]\nspread.pass_on_rate = [1.0, 3.0]", replicates=2)
    assert_like_single_runs(only, rs.sweep(only, tmp_path / "other"))


def test_an_output_uses_the_values_of_its_point(make: Make, tmp_path: Path) -> None:
    asked = '[[outputs]]\nname = "eruptions"\nobservable = "eruptions"\n'
    study = make('"conference.eruption_count" = [1, 40]', outputs=asked)
    values = rs.sweep(study, tmp_path / "out").values("eruptions")
    assert (values[0] > values[1]).all()
    for point, count in enumerate((1, 40)):
        run = rs.run(study.base.replace({"conference.eruption_count": count}), replicates=2)
        assert values[point].tolist() == run.eruptions().tolist()


def test_points_with_parties_assemblies_and_events_of_their_own_are_the_runs_of_the_changed_scenario(
    make: Make, tmp_path: Path
) -> None:
    vary = """
"party.tirana_share" = [0.15, 0.3]
"time.tick_hours" = [6.0, 12.0]
events.crackdown.enabled = [true, false]
travel.duty_rate = [0.01, 0.1]
"""
    study = make(vary, replicates=2)
    assert len(study.points) == 16
    sweep = rs.sweep(study, tmp_path / "out")
    keep = [0, 5, 10, 15]
    for point in keep:
        run = rs.run(study.base.replace(changes(study, point)), replicates=2)
        assert digests(sweep)[point] == run.table("runs")["digest"].tolist()
    assert len({row[0] for row in digests(sweep)}) == 16


def test_classic_points_run_side_by_side_are_the_runs_of_the_changed_scenario(make: Make, tmp_path: Path) -> None:
    vary = "classic.transmission_rate = [0.5, 2.0]\n'population.size' = [300, 500]"
    study = make(vary, classic=True, replicates=5)
    assert_like_single_runs(study, rs.sweep(study, tmp_path / "out"))


@pytest.mark.parametrize("common", [True, False])
def test_common_random_numbers(make: Make, tmp_path: Path, common: bool) -> None:
    top = f"seed = 0\ncommon_random_numbers = {str(common).lower()}"
    study = make("'archive.read_delay_days' = [1.0, 1.000001]", top=top, replicates=3)
    plan = Plan(study)
    assert (plan.seed_of(0) == plan.seed_of(1)) == common
    assert not common or plan.seed_of(0) == 0
    sweep = rs.sweep(study, tmp_path / "out")
    # The two points hardly differ: with the same luck their runs are the same but for a document's date.
    assert (sweep.curve("share")[0].tolist() == sweep.curve("share")[1].tolist()) == common


def test_seeds_of_points_are_their_own_and_stay(make: Make) -> None:
    plan = Plan(make("travel.duty_rate = [0.0, 0.05]", top="common_random_numbers = false"))
    assert [plan.seed_of(point) for point in (0, 1)] == [5035456631632478955, 7012197300810829975]


def test_values_laid_over_a_scenario_are_a_replaced_scenario(short_scenario: Scenario) -> None:
    for change in ({"party.tirana_share": 0.25}, {"party.scale": 0.05, "travel.duty_rate": 0.0}):
        quick, careful = with_values(short_scenario, change), short_scenario.replace(change)
        assert quick == careful
        assert list(quick.values) == list(careful.values)
        assert dict(quick.reasons) == dict(careful.reasons)
        assert quick.fingerprint() == careful.fingerprint()
    assert with_values(short_scenario, {}) is short_scenario


def test_points_that_share_a_party_and_an_assembly_come_together(make: Make) -> None:
    vary = "travel.duty_rate = [0.01, 0.02]\n'time.tick_hours' = [6.0, 12.0]\n'party.kin_ties' = [2.0, 3.0]"
    study = make(vary)
    plan = Plan(study)
    order = plan.ordered()
    assert sorted(order) == list(range(8))
    parties = [plan.party(point) for point in order]
    assert len(set(parties)) == 2
    assert parties == sorted(parties, key=parties.index)
    worlds = [plan.world(point) for point in order]
    assert len(set(worlds)) == 4
    assert worlds == sorted(worlds, key=worlds.index)


def test_each_party_is_built_once(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rumorsim.study import work

    built = []
    build = work.build_party
    monkeypatch.setattr(work, "build_party", lambda scenario: built.append(1) or build(scenario))
    vary = "travel.duty_rate = [0.01, 0.02]\n'party.kin_ties' = [2.0, 3.0]\n'time.tick_hours' = [6.0, 12.0]"
    rs.sweep(make(vary, replicates=1), tmp_path / "out")
    assert len(built) == 4, (
        "each of the two once for the forecast, which looks all over the study, and once for the runs"
    )


ORDINARY = sorted(
    name
    for name, entry in catalog.parameters().items()
    if name in load_scenario("classroom").values and is_drawn(name) and entry.prior is not None
)


def test_there_are_many_ordinary_numbers() -> None:
    assert len(ORDINARY) > 60
    assert "travel.duty_rate" in ORDINARY
    assert "party.tirana_share" not in ORDINARY


@pytest.mark.slow
def test_every_number_a_run_may_draw_can_vary_on_one_assembly(short_scenario: Scenario) -> None:
    for name in ORDINARY:
        entry = catalog.parameter(name)
        value = next(one for one in (entry.at(0.9), entry.at(0.05)) if one != short_scenario.values[name])
        study = Study.loads(
            f'title = "a"\nscenario = "classroom"\nreplicates = 1\n[design]\nkind = "grid"\n'
            f"[vary]\n'{name}' = [{short_scenario.values[name]}, {value}]\n"
            '[[outputs]]\nobservable = "alarm"\n'
        )
        object.__setattr__(study, "base", short_scenario)
        work = Work(Plan(study), study.outputs, record_of(study))
        rows = [work.point(work.world(point), point, (0,)) for point in (0, 1)]
        tables = [decoded(study, layout_of(study), one) for one in rows]
        run = rs.run(short_scenario.replace({name: value}), replicates=1)
        assert tables[1]["runs"]["digest"].tolist() == run.table("runs")["digest"].tolist(), name
