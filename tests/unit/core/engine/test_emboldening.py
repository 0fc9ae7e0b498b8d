"""A willingness that learns: by hand on three people, fading, from the next tick on, the same bytes in any layout."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    NEVER,
    Briefing,
    Broadcast,
    Contacts,
    Emboldening,
    Encourage,
    Fright,
    GroupLayer,
    Hear,
    MakiThompson,
    Meeting,
    Network,
    Runs,
    Silence,
    Simulation,
    TieLayer,
    Traits,
    simulate,
)
from rumorsim.core.contacts.edge_sums import BACK_ENDS
from rumorsim.errors import CoreError
from tests.agreement import test_same_bytes as bytes_world
from tests.reference.emboldening import BAR, BOLDNESS, GAIN, enumerated

LEARNS = Emboldening(gain=GAIN)
CHANNELS = ["meeting", "conversation", "radio", "hall", "briefing"]


def meeting(tick: int, prob: float = 1.0, **changes: Any) -> Meeting:
    given: dict[str, Any] = {"layer": "cell", "groups": np.array([0]), "occasion": "meeting", "channel": "meeting"}
    return Meeting(**{**given, "tick": tick, "voiced": {0: prob}, **changes})


def started(*actions: Any, cells: tuple[int, ...] = (0, 0, 0), n_rumors: int = 1, **options: Any) -> Simulation:
    """Start people who all know every rumor, tell nothing and meet in cells; the bar is .7."""
    n = len(cells)
    given: dict[str, Any] = {
        "stop_days": 8.0,
        "occasions": ["meeting"],
        "channels": CHANNELS,
        "initial_aware": {rumor: np.arange(n) for rumor in range(n_rumors)},
        "traits": Traits(boldness=np.resize(BOLDNESS, n)),
        "emboldening": LEARNS,
    }
    sim = Simulation(
        options.pop("contacts", Contacts(n, [GroupLayer.of("cell", np.array(cells), rate=0.0)])),
        [MakiThompson(1.0) for _ in range(n_rumors)],
        actions=actions,
        **{**given, **options},
    )
    sim.set_bar(BAR)
    return sim


def stepped(sim: Simulation, ticks: int = 1) -> Simulation:
    for _ in range(ticks):
        sim.step()
    return sim


def willing(sim: Simulation) -> list[bool]:
    return [bool(one) for one in sim.willing(np.arange(sim.n_rows))]


# ------------------------------------------------------------------ by hand


def test_three_people_and_three_meetings() -> None:
    """The second speaks at meetings 2 and 3 with probability 1/4 and 3/8, the third never; and all other ways too."""
    law = enumerated(3, 0.5)
    for position, expected in enumerate([0.0, 1 / 4, 3 / 8]):
        assert sum(p for way, p in law.items() if way[position][1]) == pytest.approx(expected)
    replicates = 20_000
    runs = stepped(started(*(meeting(day, 0.5) for day in range(3)), replicates=replicates, seed=5), 3).results()
    said = np.zeros((replicates, 3, 3), dtype=bool)
    spoken = runs.voicings
    said[spoken["row"] // 3, spoken["tick"], spoken["row"] % 3] = True
    shares = said.mean(axis=0)
    for day, expected in enumerate([0.0, 1 / 4, 3 / 8]):
        # Four standard errors.
        assert shares[day, 1] == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / replicates))
    assert not said[:, :, 2].any()
    counts: defaultdict[Any, int] = defaultdict(int)
    for replicate in said.tolist():
        counts[tuple(tuple(day) for day in replicate)] += 1
    assert set(counts) <= {way for way, p in law.items() if p > 0}
    for way, p in law.items():
        assert counts[way] / replicates == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / replicates)), way


def test_exposure_counts_others_once_however_many_rumors() -> None:
    sim = started(*(meeting(day, voiced={0: 1.0, 1: 1.0, 2: 1.0}) for day in range(2)), n_rumors=3)
    assert stepped(sim).exposure.tolist() == [0.0, 1.0, 1.0]
    assert len(sim.voicings) == 3
    assert stepped(sim).exposure.tolist() == [1.0, 2.0, 3.0]


def test_only_who_attends_learns() -> None:
    absent = started(meeting(0), cells=(0, 0, 1))
    assert stepped(absent).exposure.tolist() == [0.0, 1.0, 0.0]
    sim = stepped(started(meeting(0, attendance=0.5), replicates=2000))
    first = sim.exposure.reshape(-1, 3)
    assert 0.2 < (first[:, 1] == 1).mean() < 0.3  # the first attends and so does the second
    assert set(np.unique(first)) == {0.0, 1.0}


def test_from_the_next_tick_on() -> None:
    """Whoever sits in two meetings of a tick has learned nothing yet in the second."""
    layers = [GroupLayer.of(name, np.zeros(3, np.int32), rate=0.0) for name in ("cell", "club")]
    sim = started(meeting(0), meeting(0, layer="club"), meeting(1), contacts=Contacts(3, layers))
    assert willing(sim) == [True, False, False]
    stepped(sim)
    assert sim.voicings["row"].tolist() == [0, 0]
    assert sim.exposure.tolist() == [0.0, 2.0, 2.0]
    assert willing(sim) == [True, True, False]
    assert stepped(sim).voicings["row"].tolist() == [0, 0, 0, 1]


def test_an_intervention_counts_from_the_coming_tick_on() -> None:
    sim = started(meeting(0))
    sim.intervene(Encourage(persons=np.array([1, 1]), amount=1.0))
    assert sim.exposure.tolist() == [0.0, 1.0, 0.0]
    assert stepped(sim).voicings["row"].tolist() == [0, 1]


def test_the_silenced_and_the_frightened_never() -> None:
    cells = (0, 0, 0)
    boldness = Traits(boldness=np.array([0.9, 0.6, 0.6]))
    acts = [Silence(tick=0, persons=np.array([1])), Fright(tick=0, persons=np.array([2]), prob=1.0)]
    sim = stepped(started(*acts, *(meeting(day) for day in range(6)), cells=cells, traits=boldness), 6)
    assert sim.exposure.tolist() == [0.0, 6.0, 6.0]  # they see it, but dare not
    assert set(sim.voicings["row"].tolist()) == {0}
    sim.intervene(Silence(persons=np.array([1]), lift=True))
    assert willing(sim) == [True, True, False]


# ------------------------------------------------------------------ fading


@pytest.mark.parametrize("step", [1.0, 0.25])
def test_exposure_halves_day_by_day(step: float) -> None:
    """By the day, whatever the tick, and only to the grid of 2**-30."""
    late = round(3 / step)
    acts = [
        Encourage(tick=0, persons=np.array([0, 1]), amount=1.0),
        Encourage(tick=late, persons=np.array([0]), amount=0.25),
    ]
    sim = started(*acts, time_step_days=step, emboldening=Emboldening(gain=GAIN, half_life_days=2.0))
    for day in range(7):
        left = 2.0 ** (-day / 2)
        first = left + (0.25 * 2.0 ** (-(day - 3) / 2) if day > 3 else 0.0)
        expected = [first, left, 0.0] if day else [0.0, 0.0, 0.0]
        assert sim.exposure.tolist() == pytest.approx(expected, abs=3e-9)
        assert (sim.exposure * 2**30 == np.rint(sim.exposure * 2**30)).all()
        stepped(sim, round(1 / step))


def test_what_fades_away_makes_nobody_willing() -> None:
    """With E = 1 the bar for the second is .5; a half-life later E/(1+E) is 1/3, and one more 1/5: too little."""
    fading = Emboldening(gain=GAIN, half_life_days=1.0)
    sim = started(Encourage(tick=0, persons=np.array([1]), amount=1.0), emboldening=fading)
    dares = [willing(stepped(sim))[1] for _ in range(4)]
    assert dares == [True, False, False, False]
    dares = [
        willing(stepped(started(Encourage(tick=0, persons=np.array([1]), amount=1.0)), days))[1] for days in (1, 2, 8)
    ]
    assert dares == [True, True, True]


def test_asking_changes_nothing() -> None:
    """Exposure is faded only where it grows: who is asked in between has the same bytes."""
    fading = Emboldening(gain=GAIN, half_life_days=3.3)

    def ended(ask: bool) -> list[float]:
        sim = started(*(Encourage(tick=t, persons=np.array([0, 1, 2]), amount=0.3) for t in (0, 4)), emboldening=fading)
        while not sim.finished:
            stepped(sim)
            if ask:
                willing(sim)
        return sim.exposure.tolist()  # type: ignore[no-any-return]

    assert ended(True) == ended(False)


# ------------------------------------------------------------------ news


def test_news_by_channel_and_only_at_first() -> None:
    worth = Emboldening(gain=GAIN, news={0: {None: 0.5, "hall": 0.0}, 1: {"briefing": 2.0}})
    hears = [
        Hear(tick=0, rumor=0, persons=np.array([0]), channel="briefing"),
        Hear(tick=0, rumor=0, persons=np.array([1]), channel="hall"),
        Hear(tick=1, rumor=0, persons=np.array([0, 1]), channel="briefing"),
        Hear(tick=1, rumor=1, persons=np.array([0]), channel="briefing"),
        Hear(tick=1, rumor=1, persons=np.array([2]), channel="hall"),
    ]
    sim = started(*hears, initial_aware={0: [2]}, n_rumors=2, emboldening=worth)
    assert stepped(sim).exposure.tolist() == [0.5, 0.0, 0.0]
    assert stepped(sim).exposure.tolist() == [2.5, 0.0, 0.0]


def test_hearing_in_talk_is_told_from_hearing_on_the_radio() -> None:
    """Both are worked out only when somebody asks; who had it from the radio is not emboldened."""
    n = 400
    ties = TieLayer("ties", Network.from_edges(n, np.zeros(n - 1, int), np.arange(1, n)), "conversation", rate=0.3)
    worth = Emboldening(gain=GAIN, news={0: {"conversation": 1.0}})
    radio = Broadcast(0, "radio", np.arange(1, n), np.ones(n - 1), 0.3)
    for stacked in (True, False):
        sim = Simulation(
            Contacts(n, [ties]),
            [MakiThompson(1.0, 0.0), MakiThompson(1.0, 0.0)],
            initial_spreaders=[0],
            broadcasts=[radio],
            stop_days=4.0,
            emboldening=worth,
            stacked=stacked,
        )
        stepped(sim, 4)
        talk = (sim.channel_number(0) == sim.channel("conversation")) & (sim.heard_tick(0) >= 0)
        assert 80 < talk.sum() < 300
        assert (sim.heard_tick(0) < NEVER).sum() > talk.sum() + 80
        assert sim.exposure.tolist() == talk.astype(float).tolist()


@pytest.mark.parametrize("asks", [True, False])
def test_what_was_known_before_is_not_heard_in_talk(asks: bool) -> None:
    """Whether or not the channel has to be worked out: only who hears in talk is emboldened, by what that is worth."""
    ties = TieLayer("ties", Network.from_edges(4, [0], [1]), "conversation", rate=1e3)
    radio = [Broadcast(0, "radio", np.array([3]), np.ones(1), 1e3)] if asks else []
    worth = Emboldening(gain=GAIN, news={0: {"conversation": 0.75}})
    sim = Simulation(
        Contacts(4, [ties]),
        MakiThompson(1.0, 0.0),
        broadcasts=radio,
        stop_days=3.0,
        emboldening=worth,
        channels=CHANNELS,
    )
    sim.intervene(Hear(rumor=0, persons=np.array([0]), channel="conversation", tells=True))
    before = sim.exposure.tolist()
    sim.hear(0, np.array([2]), None)
    stepped(sim, 2)
    assert sim.people.asks_who.tolist() == [asks]
    assert before == [0.75, 0.0, 0.0, 0.0]
    assert sim.exposure.tolist() == [0.75, 0.75, 0.0, 0.0]
    assert sim.knows(0, np.arange(4)).tolist() == [True, True, True, asks]


def test_that_somebody_spoke_is_news_of_its_own() -> None:
    """Rumor 1 is born where rumor 0 is raised: voicers know it, the others present hear it from one of them."""
    twice = Traits(boldness=np.array([0.9, 0.9, 0.2, 0.2, 0.9]))
    sim = started(
        meeting(1, groups=np.array([0, 1]), precedent=1, voiced={0: 1.0}),
        cells=(0, 0, 0, 1, 1),
        n_rumors=2,
        initial_aware={0: [0, 1, 2, 3]},
        traits=twice,
    )
    stepped(sim, 2)
    assert sim.heard_tick(1).tolist() == [1, 1, 1, NEVER, NEVER]
    assert sim.teller(1)[:2].tolist() == [-1, -1]
    assert sim.teller(1)[2] in (0, 1)
    assert (sim.channel_number(1)[:3] == sim.channel("meeting")).all()
    assert sim.exposure.tolist() == [1.0, 1.0, 2.0, 0.0, 0.0]


def test_the_others_hear_of_it_by_chance_from_each_voicer_alike() -> None:
    half = meeting(0, precedent=1, hearing_prob=0.5)
    twice = Traits(boldness=np.array([0.9, 0.9, 0.2]))
    sim = stepped(started(half, n_rumors=2, initial_aware={0: [0, 1, 2]}, traits=twice, replicates=4000))
    heard, teller = sim.heard_tick(1).reshape(-1, 3) == 0, sim.teller(1).reshape(-1, 3) % 3
    assert heard[:, :2].all()
    for share in (heard[:, 2].mean(), (teller[heard[:, 2], 2] == 0).mean()):
        assert share == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 1900))


# ------------------------------------------------------------------ the same bytes


def rich(kind: str = "maki_thompson", **more: Any) -> Runs:
    """Run the world of the golden fingerprints with everything that emboldens."""
    contacts, runs, options = rich_world(kind, **more)
    return simulate(contacts, runs, **options)


def rich_world(kind: str = "maki_thompson", **more: Any) -> tuple[Any, Any, dict[str, Any]]:
    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    changes: dict[str, Any] = {"emboldening": more.pop("emboldening", EVERYTHING)}
    if more.pop("acts", True):
        options["actions"] = [
            *[
                act if not isinstance(act, Meeting) else Meeting(**{**vars(act), "voiced": {0: 0.3}, "precedent": 2})
                for act in options["actions"]
            ],
            Encourage(tick=20, persons=np.arange(0, 240, 3), amount=0.4),
            Briefing(tick=20, rumor=2, persons=np.arange(90, 120), prob=0.6, channel="briefing"),
        ]
    return contacts, bytes_world.rules(kind), {"replicates": 6, **options, **changes, **more}


EVERYTHING = Emboldening(0.5, 3.7, {0: {"workplace": 0.31, "kin": 0.17}, 2: {None: 0.57, "cell": 0.0}})


def test_one_fingerprint_in_any_layout() -> None:
    plain = rich(batch=1).fingerprint()
    ways: list[dict[str, Any]] = [{"batch": 2}, {"batch": 6}, {"stacked": False}, {"stacked": True, "batch": 3}]
    ways += [{"back_end": name} for name in BACK_ENDS]
    for way in ways:
        assert rich(**way).fingerprint() == plain, way
    parts = [rich(first_replicate=first, replicates=count) for first, count in ((0, 1), (1, 3), (4, 2))]
    assert Runs.joined(parts).fingerprint() == plain
    assert rich(emboldening=None).fingerprint() != plain
    assert rich(emboldening=Emboldening(0.5, 3.7)).fingerprint() != plain, "news counts"


@pytest.mark.parametrize("stacked", [True, False])
def test_who_is_asked_when_changes_nothing(stacked: bool) -> None:
    """What emboldens is worked out on demand: the same whether everybody is asked in the end, or some before."""
    asked, silent = (
        Simulation(contacts, rules, **options, stacked=stacked)
        for contacts, rules, options in (rich_world(replicates=2), rich_world(replicates=2))
    )
    drawn = np.random.default_rng(4)
    while not silent.finished:
        silent.step()
        asked.step()
        rows = drawn.integers(0, asked.n_rows, 40)
        daring = asked.willing(rows)
        assert daring.tolist() == asked.copy().willing(np.arange(asked.n_rows))[rows].tolist()
        assert not (daring & ~asked.may_be_willing(rows)).any()
    assert len(silent.voicings) > 30
    assert asked.voicings.tolist() == silent.voicings.tolist()
    assert asked.exposure.tolist() == silent.exposure.tolist()
    assert (silent.exposure > 0).mean() > 0.2


@pytest.mark.parametrize("acts", [True, False])
def test_a_gain_of_zero_is_the_switch_off(acts: bool) -> None:
    off = rich(emboldening=None, acts=acts)
    assert rich(emboldening=Emboldening(0.0, 3.7, EVERYTHING.news), acts=acts).fingerprint() == off.fingerprint()
    if not acts:
        assert off.fingerprint() == bytes_world.ran("maki_thompson").fingerprint()


def test_a_gain_of_zero_allocates_nothing() -> None:
    sim = stepped(
        started(meeting(0), Encourage(tick=0, persons=np.array([1]), amount=1.0), emboldening=Emboldening(0.0))
    )
    assert not hasattr(sim.people, "_exposure")
    assert sim.exposure.tolist() == [0.0, 0.0, 0.0]


def test_a_copy_learns_by_itself() -> None:
    sim = stepped(started(*(meeting(day) for day in range(4))), 2)
    other = sim.copy()
    other.intervene(Encourage(persons=np.array([2]), amount=5.0))
    stepped(other)
    assert sim.exposure.tolist() == [1.0, 2.0, 3.0]
    assert stepped(sim).exposure.tolist() == [2.0, 3.0, 5.0]
    assert other.exposure.tolist() == [2.0, 3.0, 10.0]


# ------------------------------------------------------------------ wrong input


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"gain": -0.1}, "emboldening.gain"),
        ({"gain": math.nan}, "emboldening.gain"),
        ({"half_life_days": 0.0}, "emboldening.half_life_days"),
        ({"half_life_days": 1e6}, "emboldening.half_life_days"),
        ({"news": [1]}, "emboldening.news"),
        ({"news": {4: {None: 1.0}}}, "emboldening.news"),
        ({"news": {0: 1.0}}, r"emboldening.news\[0\]"),
        ({"news": {0: {"raido": 1.0}}}, r"emboldening.news\[0\].*radio"),
        ({"news": {0: {None: -1.0}}}, r"emboldening.news\[0\]\[None\]"),
    ],
)
def test_what_is_refused(given: dict[str, Any], path: str) -> None:
    with pytest.raises(CoreError, match=path):
        started(emboldening=Emboldening(**given))


def test_actions_that_are_refused() -> None:
    with pytest.raises(CoreError, match="emboldening: not Emboldening"):
        started(emboldening=0.4)
    with pytest.raises(CoreError, match=r"Encourage.*amount"):
        started(Encourage(persons=np.array([0]), amount=-1.0))
    with pytest.raises(CoreError, match=r"precedent.*not in voiced"):
        started(meeting(0, precedent=0))
    with pytest.raises(CoreError, match="precedent"):
        started(meeting(0, precedent=3))
