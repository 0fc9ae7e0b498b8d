"""The Mesa model is the core: same ticks, same bytes, and what a Mesa user expects around them."""

from __future__ import annotations

import gc
import time
import warnings
import weakref
from collections.abc import Callable

import mesa
import numpy as np
import pytest

import rumorsim as rs
from rumorsim.abm import (
    Inhabitant,
    Leader,
    Member,
    Officer,
    PartyCell,
    PartyCommittee,
    PartyModel,
    ProvincialMember,
    StudentAbroad,
    TiranaFunctionary,
    TiranaMember,
    posting_to,
    reporter,
)
from rumorsim.core import NEVER, Action, Hear, Hush, Silence, Simulation, Streams
from rumorsim.ensemble.fingerprint import RECORD_FIELDS, combined
from rumorsim.ensemble.reduce import Reducer
from rumorsim.errors import CoreError, PartyError, QueryError, RunError, ScenarioError
from rumorsim.model import assemble
from rumorsim.scenario import Scenario

#: A week of the secret speech among 2,000 people.
WEEK = {"scenario": "secret-speech", "stop": "1956-03-02", "party.scale": 0.041}
VERSION = tuple(int(part) for part in mesa.__version__.split(".")[:2])
SPEECH, CONFERENCE = "secret_speech", "tirana_conference"


@pytest.fixture(scope="module")
def short() -> Scenario:
    """The classroom over the conference: 240 ticks and every kind of event."""
    return rs.load_scenario("classroom").replace({"start": "1956-04-08", "stop": "1956-04-25"})


@pytest.fixture(scope="module")
def finished() -> PartyModel:
    model = PartyModel("classroom", seed=1956)
    model.run_model()
    return model


def state_of(sim: Simulation) -> list[np.ndarray]:
    arrays = [sim.mute, sim.afraid_tick, sim.climate, sim.bar]
    for block in sim.blocks:
        arrays += [block.remaining, block.heard_tick, block.stopped_tick, block.telling, block.pressures.flat]
    return arrays


def same(one: Simulation, two: Simulation) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(state_of(one), state_of(two), strict=True))


# -------------------------------------------------------------------- the same run


@pytest.mark.parametrize("seed", [0, 1956])
def test_same_fingerprint_as_a_run(seed: int) -> None:
    model = PartyModel("classroom", seed=seed)
    model.run_model()
    assert model.fingerprint() == rs.run("classroom", replicates=1, seed=seed, parameters="mode").fingerprint()
    assert model.steps == model.simulation.ticks.n_ticks


@pytest.mark.parametrize("key", ["maki-thompson", "daley-kendall"])
def test_classic_models_too(key: str) -> None:
    scenario = rs.load_scenario(key).replace({"population.size": 200, "stop": "1956-01-20"})
    model = PartyModel(scenario, seed=3)
    model.run_model()
    assert model.fingerprint() == rs.run(scenario, replicates=1, seed=3).fingerprint()
    someone = model.member(0)
    assert isinstance(someone, Member)
    assert (someone.cell, someone.trips, len(model.cells)) == (None, (), 0)


def a_spreader(model: PartyModel) -> Action:
    return Hear(rumor=model.rumor_number(CONFERENCE), persons=np.array([7, 900]), tells=True)


def interventions(model: PartyModel) -> dict[int, list[Action]]:
    """Every kind of intervention, some while somebody is away."""
    away = model.assembly.absences()
    early = int(np.flatnonzero((away.leave > 20) & (away.leave < 60))[0])
    under_way = int(np.flatnonzero((away.leave < 90) & (away.back > 95) & (away.person != away.person[early]))[0])
    traveler = int(np.flatnonzero((away.leave < 40) & (away.back > 45))[-1])
    return {
        0: [Hear(rumor=0, persons=np.array([11]), channel="telephone", tells=None)],
        10: [a_spreader(model), model.cancellation(early)],
        43: [posting_to(model.party, int(away.person[traveler]), "Fier"), Silence(persons=np.arange(20, 40))],
        70: [Hush(layer="cell", groups=np.arange(0, 200, 3))],
        93: [model.cancellation(under_way)],
    }


@pytest.mark.parametrize("acts", [False, True])
def test_same_ticks_as_the_core(short: Scenario, acts: bool) -> None:
    model = PartyModel(short, seed=8)
    assembly = assemble(short, rs.build_party(short))
    sim = assembly.start(8, [0])
    plan = interventions(model) if acts else {}
    while model.running:
        for action in plan.get(sim.tick, []):
            model.intervene(action)
            sim.intervene(action)
            assert same(model.simulation, sim)
        model.step()
        sim.step()
        assert same(model.simulation, sim), f"tick {sim.tick}"
    record = assembly.records(sim)[0]
    for name in RECORD_FIELDS:
        np.testing.assert_array_equal(getattr(model.record(), name), getattr(record, name), err_msg=name)
    tables = Reducer(short, model.party)(record, 0, short.values, Streams(8, 0))
    assert model.fingerprint() == combined(tables["runs"]["digest"].tolist())
    plain = rs.run(short, replicates=1, seed=8).fingerprint()
    assert (model.fingerprint() == plain) != acts


def test_interventions_of_one_model_do_not_reach_another(short: Scenario) -> None:
    models = [PartyModel(short, seed=8) for _ in range(2)]
    models[0].cells.do("silence")
    models[0].member(3).move_to("Fier")
    assert models[1].member(3).place != "Fier"
    assert not models[1].cell(0).is_silenced


# -------------------------------------------------------------------- agents


def test_agents_are_views_of_the_party(finished: PartyModel) -> None:
    people = finished.party.people
    classes = [Leader, TiranaFunctionary, ProvincialMember, Officer, StudentAbroad, Inhabitant, TiranaMember]
    for number, kind in enumerate(classes):
        found = finished.agents_by_type.get(kind, ())
        assert len(found) == int((people["role"] == number).sum())
    assert len(finished.members) == len(people)
    assert len(finished.cells) == len(finished.agents_by_type[PartyCell]) == len(finished.party.cells)
    assert len(finished.committees) == len(finished.agents_by_type[PartyCommittee])
    assert set(finished.agent_types) == set(finished.agents_by_type)
    assert [agent.unique_id for agent in finished.agents] == list(range(1, len(finished.agents) + 1))
    assert finished.member(5) is finished.member(5)
    assert finished.members.select(lambda member: member.number == 5).get("number") == [5]


def test_agents_answer_as_the_record_says(finished: PartyModel) -> None:
    record = finished.record()
    names = finished.simulation.channels
    row = finished.rumors.index(CONFERENCE)
    for number in range(0, len(finished.party), 37):
        member, heard = finished.member(number), int(record.heard_tick[row][number])
        assert member.has_heard(CONFERENCE) == (heard != NEVER)
        when = np.datetime64("NaT", "s") if heard == NEVER else record.tick_start[heard + 1]
        assert str(member.heard_at(CONFERENCE)) == str(when)
        channel, teller = int(record.channel[row][number]), int(record.teller[row][number])
        assert member.heard_through(CONFERENCE) == (None if channel < 0 else names[channel])
        told_by = member.heard_from(CONFERENCE)
        assert (None if told_by is None else told_by.number) == (None if teller < 0 else teller)
        assert told_by is None or member in told_by.told(CONFERENCE)
        bold = member.boldness >= 0.7 and not member.is_afraid and not member.is_silenced
        assert member.would_voice(CONFERENCE) == (bold and member.has_heard(CONFERENCE))
        assert (CONFERENCE in member.rumors) == member.has_heard(CONFERENCE)
        assert member.cell is None or member in member.cell.members
    told = finished.members.select(lambda member: member.tells(CONFERENCE))
    assert len(told) == int(finished.simulation.telling(row).sum())


def test_answers_follow_every_step_and_intervention() -> None:
    """What has been asked once is not what is answered later."""
    model = PartyModel(**WEEK, seed=1)
    by_telephone = {"rumor": SPEECH, "channel": "telephone"}
    for count, number in enumerate((9, 10)):
        member = model.member(number)
        assert member.heard_through(SPEECH) is None
        assert model.measure("heard_through", **by_telephone) == count
        member.hear(SPEECH, through="telephone")
        assert member.heard_through(SPEECH) == "telephone"
        assert model.measure("heard_through", **by_telephone) == count + 1
    seen = set()
    while model.running:
        model.step()
        seen.add(float(model.ensemble().share_aware(SPEECH, on="1956-03-02")[0]))
        through = [model.ensemble().heard_through(SPEECH, channel)[0] for channel in model.simulation.channels]
        assert (model.column("channel", SPEECH) >= 0).sum() == sum(through)
    assert len(seen) > 3


def test_cells_and_committees_answer(finished: PartyModel) -> None:
    record = finished.record()
    raised = {int(cell) for cell in record.voicings["cell"] if cell >= 0}
    assert raised
    for cell in finished.cells:
        assert (len(cell.voicings()) > 0) == (cell.number in raised)
    cell = finished.cell(min(raised))
    first = cell.voicings()[0]
    assert cell.raised(first.rumor)
    assert cell.raised_at(first.rumor) == first.when
    assert first.member.has_voiced(first.rumor)
    assert 0.0 < cell.share_aware(first.rumor) <= 1.0
    reports = finished.ensemble().table("reports")
    assert sum(len(committee.reports()) for committee in finished.committees) == len(reports)
    tirana = finished.committee("Tirana")
    assert (tirana.level, tirana.place) == ("city", "Tiranë")
    dates = finished.ensemble().first_report(CONFERENCE, "Fier")
    offices = [one for one in finished.committees if one.place == "Fier"]
    found = [when for when in (one.first_report(CONFERENCE) for one in offices) if not np.isnat(when)]
    assert str(min(found, default=np.datetime64("NaT", "s"))) == str(dates[0])
    assert {member.committee for member in tirana.staff} == {tirana}
    assert all(one.committee is tirana for one in tirana.cells)


def test_reports_do_not_come_from_the_future() -> None:
    model = PartyModel("classroom", seed=1956)
    model.run_until("1956-04-20")
    early = [(one.number, *report) for one in model.committees for report in one.reports(SPEECH)]
    assert all(signed <= model.date for _, signed, _, _ in early)
    model.run_model()
    late = {(one.number, *report) for one in model.committees for report in one.reports(SPEECH)}
    before_the_letter = [row for row in early if row[3] != "letter_report"]
    assert len(set(before_the_letter) - late) <= len(before_the_letter) // 5


# -------------------------------------------------------------------- interventions


def test_hearing_silencing(short: Scenario) -> None:
    model = PartyModel(short, seed=2)
    model.step()
    teller, member = model.member(4), model.member(1500)
    member.hear(CONFERENCE, through="telephone", teller=teller, tells=True)
    assert member.has_heard(CONFERENCE)
    assert member.tells(CONFERENCE)
    assert member.heard_at(CONFERENCE) == model.date
    assert member.heard_from(CONFERENCE) is teller
    assert member.heard_through(CONFERENCE) == "telephone"
    member.silence()
    assert not member.tells(CONFERENCE)
    assert not member.would_voice(CONFERENCE)
    assert member.is_silenced
    cell = model.cell(6)
    cell.silence()
    assert cell.is_silenced
    assert not any(one.is_silenced for one in cell.members)
    cell.silence(members=True)
    assert all(one.is_silenced for one in cell.members)


def test_silenced_cells_raise_nothing(short: Scenario) -> None:
    loud = short.replace({"voice.meeting_prob": 1.0, "voice.bar": 0.0, "letter.first_delay_days": 1.0})
    models = [PartyModel(loud, seed=2) for _ in range(2)]
    models[1].cells.do("silence")
    for model in models:
        model.run_model()
    assert sum(len(cell.voicings()) for cell in models[0].cells) > 20
    assert sum(len(cell.voicings()) for cell in models[1].cells) == 0


def test_an_officer_is_sent_to_fier(short: Scenario) -> None:
    model = PartyModel(short, seed=2)
    officer = next(one for one in model.agents_by_type[Officer] if one.place != "Fier" and one.trips)
    old = officer.cell
    assert old is not None
    officer.move_to("Fier")
    new = officer.cell
    assert new is not None
    assert (officer.place, officer.trips) == ("Fier", ())
    assert (new.kind, new.place) == (old.kind, "Fier")
    assert officer in new.members
    assert officer not in old.members
    model.run_until("1956-04-20")
    assert model.simulation.present_groups("cell", officer.number).tolist() == [new.number]
    with pytest.raises(PartyError, match="did you mean"):
        officer.move_to("Fjer")


@pytest.mark.parametrize("under_way", [False, True])
def test_a_trip_is_canceled(short: Scenario, under_way: bool) -> None:
    model = PartyModel(short, seed=2)
    away = model.assembly.absences()
    lasting = np.flatnonzero((away.leave > 2) & (away.back - away.leave > 6) & (away.back < 150))
    number = int(away.person[lasting[0]])
    member = model.member(number)
    trip = next(one for one in member.trips if one.number == int(lasting[0]))
    home = model.simulation.present_groups("workplace", number).tolist()
    if under_way:
        model.run_until(trip.leaves + np.timedelta64(6, "h"))
        assert member.visiting == trip.place
        assert model.simulation.present_groups("workplace", number).tolist() == []
    later = [one.number for one in member.trips if one.number != trip.number]
    member.cancel_trip(trip)
    assert [one.number for one in member.trips] == later
    model.run_until(trip.leaves + np.timedelta64(12, "h"))
    assert member.visiting is None
    assert model.simulation.present_groups("workplace", number).tolist() == home
    with pytest.raises(RunError, match="no such trip"):
        member.cancel_trip(trip)


def test_a_trip_that_outlasts_the_run_is_cut_short() -> None:
    model = PartyModel(**WEEK)
    away = model.assembly.absences()
    end = model.simulation.ticks.n_ticks
    number = int(away.person[np.flatnonzero((away.leave < end - 2) & (away.back >= end))[0]])
    while model.member(number).visiting is None and model.running:
        model.step()
    model.member(number).cancel_trip()
    assert model.member(number).visiting is None
    home = int(model.party.people["workplace"][number])
    assert model.simulation.present_groups("workplace", number).tolist() == [home]


# -------------------------------------------------------------------- what Mesa users expect


def test_collected_shares_are_those_of_the_registry(finished: PartyModel) -> None:
    table = finished.datacollector.get_model_vars_dataframe()
    assert list(table.columns) == ["date", *finished.rumors]
    assert len(table) == finished.steps + 1
    ensemble = finished.ensemble()
    midnight = table[[str(date).endswith("00:00:00") for date in table["date"]]]
    for rumor in finished.rumors:
        assert midnight[rumor].tolist()[1:] == ensemble.curve(rumor)[0].tolist()


@pytest.mark.parametrize("place", [None, "Fier", "Tirana", "Ministry of Industry"])
@pytest.mark.parametrize("role", [None, "officer"])
def test_the_short_way_to_a_share_is_the_registry(place: str | None, role: str | None) -> None:
    model = PartyModel("classroom", seed=1956, reporters={})
    model.run_until("1956-04-19")
    arguments = {"rumor": CONFERENCE, "place": place, "role": role}
    day = np.datetime64("1956-04-18")
    if (place, role) == ("Ministry of Industry", "officer"):
        for ask in (
            lambda: model.measure("share_aware", **arguments),
            lambda: model.ensemble().share_aware(on=day, **arguments),
        ):
            with pytest.raises(QueryError, match="nobody of role officer in Ministry of Industry"):
                ask()
        return
    expected = model.ensemble().share_aware(on=day, **arguments)[0]
    assert model.measure("share_aware", **arguments) == expected
    assert model.measure("share_aware", on=day, **arguments) == expected


def test_reporters_from_the_registry(short: Scenario) -> None:
    wanted = {
        "hall": reporter("heard_through", rumor=CONFERENCE, channel="hall"),
        "reports": reporter("reports"),
        "first": reporter("first_aware", rumor=CONFERENCE, place="Fier"),
        "agents": lambda model: len(model.party),
    }
    model = PartyModel(short, seed=1, reporters=wanted)
    model.run_until("1956-04-09")
    table = model.datacollector.get_model_vars_dataframe()
    assert list(table.columns) == list(wanted)
    assert table["agents"].tolist() == [2007] * 4
    with pytest.raises(QueryError, match="share_aware"):
        reporter("share_awar", rumor=CONFERENCE)
    with pytest.raises(QueryError, match="argument"):
        reporter("share_aware", rumour=CONFERENCE)


def test_batch_run() -> None:
    keys = {**WEEK, "rng": [0, 5], "spread.pass_on_rate": [0.0, 8.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        rows = mesa.batch_run(PartyModel, keys, max_steps=100, display_progress=False)
    assert [(row["rng"], row["spread.pass_on_rate"]) for row in rows] == [(0, 0.0), (0, 8.0), (5, 0.0), (5, 8.0)]
    # Mesa 3.3 gives the state before the last step, later versions the last one.
    steps = 80 if VERSION < (3, 4) else 81
    assert {row["Step"] for row in rows} == {steps}
    for row in rows:
        model = PartyModel(**{**WEEK, "seed": row["rng"], "spread.pass_on_rate": row["spread.pass_on_rate"]})
        for _ in range(steps):
            model.step()
        assert row[SPEECH] == model.measure("share_aware", rumor=SPEECH)


def test_the_extra_step_of_batch_run() -> None:
    rows = mesa.batch_run(PartyModel, WEEK, max_steps=3, data_collection_period=1, display_progress=False)
    assert max(row["Step"] for row in rows) == 3


class Heir(PartyModel):
    """A model of a user's own."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]


@pytest.mark.fault("5.25")
@pytest.mark.parametrize("made", [PartyModel, Heir])
@pytest.mark.parametrize("seed", [{}, {"rng": 4}])
def test_iterations_of_one_seed_are_warned_of(made: type[PartyModel], seed: dict[str, int]) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        mesa.batch_run(made, {**WEEK, **seed}, iterations=2, max_steps=1, display_progress=False)
    # From version 3.5 on Mesa adds a word of its own, that `iterations` is deprecated.
    [ours] = [one for one in told if not issubclass(one.category, DeprecationWarning)]
    assert ours.category is UserWarning
    assert '"rng": range(3)' in str(ours.message)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        mesa.batch_run(made, {**WEEK, "rng": [0, 1]}, max_steps=1, display_progress=False)
        made(**WEEK)
        made(**WEEK)


@pytest.mark.skipif(VERSION < (3, 4), reason="batch_run(rng=) came with Mesa 3.4")
def test_batch_run_with_rng() -> None:
    rows = mesa.batch_run(PartyModel, WEEK, rng=[3, 4], max_steps=5, display_progress=False)
    assert [row["seed"] for row in rows] == [3, 4]


def test_own_agents_live_beside_the_views(short: Scenario) -> None:
    class Historian(mesa.Agent):
        def step(self) -> None:
            self.noted = self.model.measure("share_aware", rumor=SPEECH)

    model = PartyModel(short, seed=2)
    historians = [Historian(model) for _ in range(2)]
    ids = [agent.unique_id for agent in model.agents]
    assert len(set(ids)) == len(ids)
    assert list(model.agents_by_type[Historian]) == historians
    model.agents.select(agent_type=Historian).do("step")
    assert historians[0].noted == historians[1].noted
    model.member(3).remove()
    assert len(model.members) == len(model.party) - 1


def test_step_never_goes_through_agents(short: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a view was made")

    monkeypatch.setattr("rumorsim.abm.views.View.__init__", made)
    model = PartyModel(short, seed=2)
    for _ in range(30):
        model.step()


def test_end_of_the_run() -> None:
    model = PartyModel(**WEEK)
    model.run_model()
    assert not model.running
    assert str(model.date) == "1956-03-03T00:00:00"
    with pytest.raises(CoreError, match="no tick left"):
        model.step()


@pytest.mark.parametrize(
    ("make", "error", "word"),
    [
        (lambda: PartyModel("classroom", seed=-1), RunError, "seed"),
        (lambda: PartyModel("classroom", seed="abc"), RunError, "seed"),
        (lambda: PartyModel("classroom", seed=1.5), RunError, "seed"),
        (lambda: PartyModel("classroom", seed=True), RunError, "seed"),
        (lambda: PartyModel("classroom", seed=1, rng=2), RunError, "not both"),
        (lambda: PartyModel("clasroom"), ScenarioError, "classroom"),
        (lambda: PartyModel("classroom", **{"travel.duty_rat": 1}), ScenarioError, "travel.duty_rate"),
        (lambda: PartyModel("classroom").member(9999), PartyError, "0 to 2006"),
        (lambda: PartyModel("classroom").cell(-1), PartyError, "0 to"),
        (lambda: PartyModel("classroom").committee("Budapset"), PartyError, "Budapest"),
        (lambda: PartyModel("classroom").member(1).has_heard("secret_speach"), QueryError, "secret_speech"),
        (lambda: PartyModel("classroom").column("tellers", SPEECH), QueryError, "column"),
    ],
)
def test_wrong_input_is_refused(make: Callable[[], object], error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        make()


def test_a_party_of_other_values_is_refused() -> None:
    party = rs.build_party(rs.load_scenario("classroom"))
    assert PartyModel("classroom", party=party).party is party
    with pytest.raises(RunError, match=r"party\.seed"):
        PartyModel(rs.load_scenario("classroom").replace({"party.seed": 2}), party=party)


def test_seeds_as_mesa_passes_them() -> None:
    assert PartyModel("classroom", seed=None).seed == 1956
    assert PartyModel("classroom", seed="42").seed == PartyModel("classroom", rng=np.int64(42)).seed == 42
    assert PartyModel("classroom", seed=0).seed == 0
    assert PartyModel("classroom").scenario_key == "classroom"


# -------------------------------------------------------------------- costs


def test_twenty_dropped_models_free_their_memory() -> None:
    """Mesa up to 3.4.1 keeps every model that ever had an agent; these must go all the same."""
    party = rs.build_party(rs.load_scenario("classroom"))
    dropped: list[weakref.ref[object]] = []
    for seed in range(20):
        model = PartyModel("classroom", seed=seed, party=party)
        assert len(model.agents) == 2307
        if seed % 2:
            mesa.Agent(model)
        model.step()
        heavy = model.simulation.blocks[0].remaining
        dropped += [weakref.ref(thing) for thing in (model, model.simulation, model.member(7), heavy)]
        del model, heavy
    gc.collect()
    assert sum(one() is not None for one in dropped) == 0


@pytest.mark.slow
def test_views_and_steps_of_the_whole_party_are_cheap() -> None:
    scenario = rs.load_scenario("tirana-conference")
    begin = time.process_time()
    party = rs.build_party(scenario)
    model = PartyModel(scenario, seed=1, party=party)
    middle = time.process_time()
    assert len(model.agents) > 50_000
    assert time.process_time() - middle < middle - begin, "views are made faster than party and model"
    sim = assemble(scenario, party).start(1)
    spent: dict[str, list[float]] = {"model": [], "core": []}
    for _ in range(100):
        for name, stepper in (("model", model), ("core", sim)):
            begin = time.process_time()
            stepper.step()
            spent[name].append(time.process_time() - begin)
    more = np.subtract(spent["model"], spent["core"])
    assert np.median(more) < 0.5 * np.median(spent["core"])
