"""A posterior: its file, what it refuses, and runs whose numbers are drawn from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.abm import PartyModel
from rumorsim.ensemble.draws import Draws, StoredDraws, at_mode, calibrated, default_parameters
from rumorsim.ensemble.posterior import RUN_FACTS, Posterior, read_posterior
from rumorsim.ensemble.run import RunPlan
from rumorsim.errors import RunError, StoreError
from rumorsim.scenario import loads_scenario
from tests.unit.ensemble.conftest import World

NAMES = ["conference.delegates", "spread.pass_on_rate", "archive.lag_mean_days"]
ROWS = [(3, 0, 700, [450, 1.5, 0.8]), (9, 5, 300, [610, 4.25, 2.5])]
ABOUT = {"scenario": "classroom", "evidence": {"party": {"dates": -2.5, "constraints": -4.0, "all": -12.0}}}


@pytest.fixture
def made() -> Posterior:
    return Posterior(ABOUT, NAMES, ROWS)


@pytest.fixture
def shipped(made: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A posterior that is shipped for the classroom."""
    path = tmp_path / "classroom.json"
    made.write(path)
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"classroom": path}))
    return path


def test_a_posterior_is_read_as_it_was_written(made: Posterior, tmp_path: Path) -> None:
    made.write(tmp_path / "posterior.json")
    found = rs.posterior(tmp_path)
    assert found.digest == made.digest
    assert (len(found), found.size) == (2, 1000)
    assert found.weights.tolist() == [0.7, 0.3]
    assert found["spread.pass_on_rate"].tolist() == [1.5, 4.25]
    assert found.evidence["party"]["all"] == -12.0
    assert rs.posterior(tmp_path / "posterior.json").to_json() == made.to_json()
    with pytest.raises(RunError, match=r"spread\.pass_on_rat.*did you mean 'spread\.pass_on_rate'"):
        found["spread.pass_on_rat"]


def test_where_none_is_shipped_that_is_said(shipped: Path) -> None:
    assert len(rs.posterior("classroom")) == 2
    with pytest.raises(RunError, match=r"no posterior is shipped.*secret-speech.*allowed: classroom"):
        rs.posterior("secret-speech")
    with pytest.raises(RunError, match=r"parameters: no posterior is shipped for secret-speech.*allowed: mode, prior"):
        Draws(rs.load_scenario("secret-speech"), "posterior", 1)
    with pytest.raises(rs.RumorsimError, match="did you mean 'classroom'"):
        rs.posterior("clasroom")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held.update(format=9), "another format of posteriors"),
        (lambda held: held.pop("names"), "not a posterior: KeyError"),
        (lambda held: held["draws"].clear(), "no draws"),
        (lambda held: held["draws"][0].__setitem__(2, 0), "never drawn"),
        (lambda held: held["draws"][0][3].__setitem__(1, -4.0), r"spread\.pass_on_rate: out of bounds"),
        (lambda held: held["names"].__setitem__(1, "spread.pas_on_rate"), r"did you mean 'spread\.pass_on_rate'"),
        (lambda held: held["draws"][0][3].pop(), "not a posterior: ValueError"),
    ],
)
def test_a_wrong_file_is_refused(made: Posterior, tmp_path: Path, change: Callable[[Any], Any], message: str) -> None:
    held = json.loads(made.to_json())
    change(held)
    path = tmp_path / "posterior.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(RunError, match=message) as caught:
        read_posterior(path)
    assert "posterior.json" in str(caught.value)


def test_replicates_take_draws(world: World, shipped: Path) -> None:
    draws = Draws(world.scenario, "posterior", 5)
    prior = Draws(world.scenario, "prior", 5)
    assert draws.drawn == prior.drawn
    values = [draws.values(k) for k in range(400)]
    taken = np.array([one["spread.pass_on_rate"] for one in values])
    assert set(taken) == {1.5, 4.25}
    assert abs((taken == 1.5).mean() - 0.7) < 4 * np.sqrt(0.21 / 400)
    for k, one in enumerate(values[:20]):  # a draw is taken as a whole; what it does not know comes from the prior
        assert one["conference.delegates"] == (450 if one["spread.pass_on_rate"] == 1.5 else 610)
        assert type(one["conference.delegates"]) is int
        assert {name for name, value in prior.values(k).items() if one[name] != value} <= set(NAMES)
    other = [Draws(world.scenario, "posterior", 6).values(k)["spread.pass_on_rate"] for k in range(400)]
    assert other != taken.tolist()


def test_what_is_set_is_not_drawn(world: World, shipped: Path) -> None:
    changed = world.scenario.replace({"spread.pass_on_rate": 3.0})
    draws = Draws(changed, "posterior", 5)
    assert "spread.pass_on_rate" not in draws.drawn
    assert {draws.values(k)["spread.pass_on_rate"] for k in range(20)} == {3.0}


@pytest.mark.usefixtures("faked")
def test_a_run_has_the_same_bytes_in_pieces_and_is_opened_without_the_posterior(
    world: World, shipped: Path, tmp_path: Path, made: Posterior
) -> None:
    whole = rs.run(world.scenario, replicates=6, seed=5, parameters="posterior")
    out = tmp_path / "run"
    rs.run(world.scenario, replicates=3, seed=5, parameters="posterior", out=out)
    stored = rs.run(world.scenario, replicates=6, seed=5, parameters="posterior", out=out)
    assert stored.fingerprint() == whole.fingerprint()
    piece = rs.run(world.scenario, replicates=range(4, 6), seed=5, parameters="posterior")
    assert piece.table("runs")["digest"].tolist() == whole.table("runs")["digest"][4:].tolist()
    values = [Draws(world.scenario, "posterior", 5).values(k) for k in range(6)]
    name = "archive.lag_mean_days"
    assert whole.values(name).tolist() == [one[name] for one in values]
    # Another fit is shipped: what was stored stays what it was, and is not gone on with.
    Posterior(ABOUT, NAMES, [(1, 0, 1, [500, 2.0, 1.0])]).write(shipped)
    opened = rs.open_run(out)
    assert opened.values(name).tolist() == whole.values(name).tolist()
    assert opened.redraw_archive(5).table("reports").tobytes() == whole.table("reports").tobytes()
    with pytest.raises(StoreError, match=r"posterior .* there"):
        rs.run(world.scenario, replicates=8, seed=5, parameters="posterior", out=out)


def test_stored_draws_have_the_types_of_their_numbers(world: World) -> None:
    runs = np.array([(2, 450.0, 1.5)], dtype=[("replicate", "i4"), *((name, "f8") for name in NAMES[:2])])
    values = StoredDraws(world.scenario, runs, [7]).values(7)
    assert (values["conference.delegates"], type(values["conference.delegates"])) == (450, int)
    assert values["spread.pass_on_rate"] == 1.5


@pytest.mark.slow
def test_two_workers_take_the_same_draws(world: World, shipped: Path, tmp_path: Path) -> None:
    scenario = world.scenario.replace({"stop": "1956-04-16"})
    one = rs.run(scenario, replicates=4, seed=5, parameters="posterior")
    two = rs.run(scenario, replicates=4, seed=5, parameters="posterior", workers=2, out=tmp_path / "two")
    assert one.fingerprint() == two.fingerprint()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's file that extends what a posterior is shipped for."""
    path = tmp_path / "mine.toml"
    path.write_text('title = "mine"\nextends = "classroom"\n[archive]\nlag_mean_days = 1.25\n', encoding="utf-8")
    return path


def test_a_scenario_that_extends_another_inherits_its_posterior(shipped: Path, own: Path) -> None:
    scenario = rs.load_scenario(own)
    assert scenario.extends[0] == "classroom"
    assert scenario.posterior == "classroom"
    changed = scenario.replace({"spread.pass_on_rate": 3.0})
    assert changed.posterior == "classroom"
    assert rs.posterior(scenario).digest == rs.posterior(own).digest == rs.posterior("classroom").digest
    values = [Draws(changed, "posterior", 5).values(k) for k in range(40)]
    assert {one["spread.pass_on_rate"] for one in values} == {3.0}
    assert {one["archive.lag_mean_days"] for one in values} == {1.25}, "what the file sets is not drawn"
    assert {one["conference.delegates"] for one in values} == {450, 610}
    assert rs.load_scenario("secret-speech").posterior is None


def test_the_resolved_form_keeps_whose_fit_it_is_and_the_fingerprint_does_not(
    shipped: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = rs.load_scenario(own)
    again = loads_scenario(scenario.to_json(), is_json=True)
    assert again.posterior == "classroom"
    assert again == scenario
    text, fingerprint = scenario.to_json(), scenario.fingerprint()
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({}))
    without = rs.load_scenario(own)
    assert without.posterior is None
    assert without.fingerprint() == fingerprint
    assert without.to_json() == text.replace(' "posterior": "classroom",\n', "")
    with pytest.raises(rs.RumorsimError, match="posterior: 3 is not a name"):
        loads_scenario(text.replace('"posterior": "classroom"', '"posterior": 3'), is_json=True)


@pytest.mark.usefixtures("faked")
def test_runs_draw_from_the_posterior_unless_told_otherwise(world: World, shipped: Path, own: Path) -> None:
    run = rs.run(world.scenario, replicates=4, seed=5)
    assert run.parameters == "posterior"
    assert run.fingerprint() == rs.run(world.scenario, replicates=4, seed=5, parameters="posterior").fingerprint()
    mode = RunPlan(world.scenario, range(4), 5, "mode")
    assert mode.draws.drawn == ()
    assert mode.scenario.values["spread.pass_on_rate"] == 1.5, "the draw that represents the fit"
    assert mode.scenario.overrides == world.scenario.overrides
    assert RunPlan(rs.load_scenario(own), range(4), 5, "mode").scenario.values["archive.lag_mean_days"] == 1.25
    assert RunPlan(world.scenario, range(4), 5, "prior").scenario == world.scenario


def test_without_a_posterior_nothing_changes(world: World) -> None:
    assert world.scenario.posterior is None
    assert default_parameters(world.scenario) == "mode"
    assert at_mode(world.scenario) is world.scenario
    assert calibrated(world.scenario) == {}
    assert "posterior" not in world.scenario.resolved()
    variant = rs.load_scenario("tirana-conference-no-letter")
    assert variant.extends[0] == "tirana-conference"
    assert "posterior" not in variant.resolved()


def test_the_representative_draw_is_nearest_to_all_medians_at_once() -> None:
    table = [[1.0, 30.0], [2.0, 10.0], [3.0, 20.0], [4.0, 40.0], [5.0, 50.0]]
    names = ["spread.pass_on_rate", "archive.lag_mean_days"]

    def chosen(times: list[int], table: list[list[float]] = table) -> int:
        return Posterior({}, names, [(k, 0, times[k], row) for k, row in enumerate(table)]).representative

    # Ranks by hand, off from 1/2 by: (-.4, 0) (-.2, -.4) (0, -.2) (.2, .2) (.4, .4).
    assert chosen([1, 1, 1, 1, 1]) == 2
    assert chosen([1, 1, 1, 1, 9]) == 4, "weights count"
    assert chosen([1, 1, 1, 1, 1], [[10.0**a, b] for a, b in table]) == 2, "on any scale"
    assert chosen([1, 1, 1, 1, 1], [[7.0, 7.0]] * 5) == 0, "of equals the first"


def test_what_was_not_learned_does_not_choose_the_representative_draw() -> None:
    """What the fit learned, and what the runs of the draws do; the rest would only add chance."""
    names = ["spread.pass_on_rate", "archive.lag_mean_days"]
    rows = [(k, 0, times, row) for k, times, row in ((0, 1, [1.0, 2.0]), (1, 2, [2.0, 3.0]), (2, 1, [3.0, 1.0]))]
    assert Posterior({"learned": {"spread.pass_on_rate": "learned"}}, names, rows).representative == 1
    assert Posterior({"learned": {"archive.lag_mean_days": "hardly learned"}}, names, rows).representative == 0
    # Ranks by hand, off from 1/2 by (-.125, .25, -.375) for the lag, and by (-.375, .25, -.125) for who knew: squares
    # of .16, .12, .16. The second draw was drawn twice and has two rows.
    known = [[9, 0, share, 0, 0, 0, 0] for share in (0.5, 0.9, 0.9, 0.6)]
    facts = {"columns": ["documents", *RUN_FACTS], "posterior": known}
    assert Posterior({"learned": {"archive.lag_mean_days": "learned"}}, names, rows, facts).representative == 1


def test_sweeps_use_the_representative_draw(shipped: Path) -> None:
    study = rs.Study.loads(
        'title = "t"\nscenario = "classroom"\nreplicates = 1\n[design]\nkind = "grid"\n[vary]\n'
        '"travel.duty_rate" = [0.01, 0.02]\n[[outputs]]\nname = "aware"\nobservable = "share_aware"\n'
        'rumor = "secret_speech"\non = "1956-05-01"\n'
    )
    assert study.base.values["spread.pass_on_rate"] == 1.5
    assert study.base.posterior == "classroom"


def test_secret_speech_takes_the_numbers_that_it_shares(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fit for several scenarios: a row of posteriors.csv each, with the same file."""
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"secret-speech": shipped}))
    scenario = rs.load_scenario("secret-speech")
    assert set(calibrated(scenario)) == set(NAMES)
    assert rs.load_scenario("secret-speech-no-radio").posterior == "secret-speech"
    taken = {Draws(scenario, "posterior", 5).values(k)["spread.pass_on_rate"] for k in range(40)}
    assert taken == {1.5, 4.25}


@pytest.mark.slow
def test_the_mesa_model_is_the_first_replicate_at_the_representative_draw(shipped: Path, own: Path) -> None:
    model = PartyModel(own, seed=5)
    assert model.simulation.rules[0].transmission_rate == 1.5
    model.run_model()
    run = rs.run(own, replicates=1, seed=5, parameters="mode")
    assert model.fingerprint() == run.fingerprint()
    assert run.fingerprint() != rs.run(own, replicates=1, seed=5).fingerprint()
