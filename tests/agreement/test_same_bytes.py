"""The same bytes: a result does not depend on how it was computed, by whom, or on which Python.

    python -m tests.agreement.test_same_bytes --write

writes tests/golden/core.json anew. That is right only when a change is meant to change results.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rumorsim.core import (
    NEVER,
    Boldness,
    Briefing,
    Broadcast,
    Condition,
    Contacts,
    DaleyKendall,
    Fear,
    FearOfNews,
    Fright,
    GroupLayer,
    IndependentCascade,
    MakiThompson,
    Meeting,
    MembershipChange,
    Network,
    Outbreak,
    Rule,
    Runs,
    Silence,
    Streams,
    ThresholdMemory,
    TieLayer,
    Traits,
    simulate,
)
from rumorsim.core.contacts.edge_sums import BACK_ENDS

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "core.json"
N, TICKS, REPLICATES, SEED = 240, 80, 6, 20
RULES = ("maki_thompson", "daley_kendall", "independent_cascade", "threshold_memory")


def whole(question: int, count: int, below: int) -> NDArray[np.int64]:
    """Return whole numbers by chance that no release of NumPy can change."""
    return (Streams(7).bits("test", np.arange(count), question) >> np.uint64(20)).astype(np.int64) % below


def world(name: list[int] | NDArray[np.int64], shuffled: bool = False) -> tuple[Contacts, dict[str, Any]]:
    """Return contacts and options in which person i goes by the number ``name[i]``.

    One-way ties, workplaces that people leave and enter for a time (some with two at once), quarters with another
    clock, and cells that meet; talk, receptivity, boldness, fear, broadcasts, couplings, conditions.
    """
    name = np.asarray(name)
    source, target = whole(1, 900, N), whole(2, 900, N)
    apart = source != target
    kin = Network.from_edges(N, name[source[apart]], name[target[apart]], 0.25 + whole(3, 900, 7)[apart] / 5.0)
    guests = np.unique(whole(4, 60, N))
    away = whole(5, len(guests), TICKS - 20)
    back = away + 1 + whole(6, len(guests), 15)
    person = np.concatenate([np.arange(N), guests, guests])
    place = np.concatenate([whole(7, N, 12), whole(8, len(guests), 12), whole(9, len(guests), 12)])
    present = np.arange(len(person)) < N
    first, second = np.arange(len(guests)) + N, np.arange(len(guests)) + N + len(guests)
    tick = np.concatenate([away, back, away, back, away + 1, back + 3])
    entry = np.concatenate([guests, guests, first, first, second, second])
    begins = np.repeat([False, True, True, False, True, False], len(guests))
    if shuffled:
        # The order in which a layer lists its memberships says nothing either.
        order = np.argsort(whole(10, len(person), 1 << 30), kind="stable")
        where = np.argsort(order, kind="stable")
        person, place, present, entry = person[order], place[order], present[order], where[entry]
    when = np.argsort(tick, kind="stable")
    changes = MembershipChange(tick[when].astype(np.int32), entry[when].astype(np.int32), begins[when])
    size = np.bincount(whole(7, N, 12), minlength=12).astype(np.float64)
    mine = name[person].astype(np.int32)
    work = GroupLayer("work", mine, place.astype(np.int32), 12, size, "workplace", "day", 0.6, 1.0, present, changes)
    quarter = np.empty(N, dtype=np.int64)
    quarter[name] = whole(11, N, 9)
    cell = np.empty(N, dtype=np.int64)
    cell[name] = whole(12, N, 20)
    layers = [
        TieLayer("kin", kin, "kin", "night", 0.08),
        work,
        GroupLayer.of("quarter", quarter, channel="quarter", clock="night", rate=0.3, exponent=0.7),
        GroupLayer.of("cells", cell, channel="cell", clock="cells", rate=0.0),
    ]

    def column(values: NDArray[Any]) -> NDArray[Any]:
        moved = np.empty_like(values)
        moved[..., name] = values
        return moved

    traits = Traits(
        talk=column(1 + whole(13, N, 40)),
        receptivity=column(np.stack([whole(14 + k, N, 24) / 16.0 for k in range(3)])),
        tell_prob=column(whole(20, N, 100) / 100.0),
        boldness=column(whole(21, N, 100) / 100.0),
        zone=column(whole(22, N, 3)),
    )
    heard = Condition(rumor=0, occasion="cell", zones=(0, 1), detected=True, at_least=2)
    actions = [
        Briefing(tick=2, rumor=1, persons=name[:40], prob=0.5, channel="briefing", tell_factor=0.8, teller=-1),
        Boldness(tick=0, bar=0.5),
        *[
            Meeting(
                tick=t,
                layer="cells",
                groups=np.arange(t % 5, 20, 5),
                occasion="cell",
                channel="cell",
                told={1: 0.1},
                voiced={0: 0.3, 2: 0.2},
                hearing_prob=0.7,
                attendance=0.8,
                label=f"meeting {t}",
            )
            for t in range(8, TICKS, 6)
        ],
        FearOfNews(tick=15, rumor=0, prob={None: 0.1, "workplace": 0.3}),
        Fright(tick=1, when=heard, delay_ticks=2, persons=name[:120], prob=0.4, label="fright"),
        Outbreak(tick=30, rumor=2, persons=name[60:120], count=4, channel="briefing", label="born"),
        Silence(tick=50, persons=name[200:]),
    ]
    hours = np.arange(TICKS) % 4
    options: dict[str, Any] = {
        "time_step_days": 0.25,
        "stop_days": TICKS / 4,
        "initial_spreaders": {0: name[[3, 77]], 1: name[[5]]},
        "initial_aware": {1: name[[9, 10]]},
        "clock_factors": {"day": np.array([0.2, 1.0, 0.7, 0.1])[hours], "night": np.array([1.0, 0.1, 0.5, 1.5])[hours]},
        "traits": traits,
        "fear": Fear(0.3, 2.0),
        "broadcasts": [Broadcast(2, "radio", name[::7], np.linspace(0.25, 1.0, len(name[::7])), 0.02)],
        "actions": actions,
        "couplings": np.array([[1.0, 2.0, 0.5], [1.3, 1.0, 1.0], [1.0, 0.75, 1.0]]),
        "channels": ("kin", "workplace", "quarter", "cell", "briefing", "radio"),
        "occasions": ("cell",),
        "detect_prob": {"cell": 0.6},
        "labels": np.argsort(name, kind="stable"),
        "seed": SEED,
    }
    return Contacts(N, layers), options


def rules(kind: str) -> list[Rule]:
    """Return three rules of a kind, one a rumor."""
    made: dict[str, Any] = {
        "maki_thompson": lambda: MakiThompson(1.0, 0.4, 0.05),
        "daley_kendall": lambda: DaleyKendall(1.0, 0.4, 0.05),
        "independent_cascade": lambda: IndependentCascade(0.3),
        "threshold_memory": lambda: ThresholdMemory(0.3, memory_ticks=3),
    }
    return [made[kind]() for _ in range(3)]


def ran(kind: str, *, name: Any = None, shuffled: bool = False, **more: Any) -> Runs:
    """Run the world under a rule."""
    contacts, options = world(np.arange(N) if name is None else name, shuffled)
    return simulate(contacts, rules(kind), replicates=more.pop("replicates", REPLICATES), **options, **more)


@pytest.fixture(scope="module")
def prints() -> dict[str, str]:
    return {kind: ran(kind, batch=1).fingerprint() for kind in RULES}


def test_enough_happens_to_tell_results_apart() -> None:
    runs = ran("maki_thompson")
    aware = runs.n_aware / N
    assert (aware.min(axis=0) > 0.02).all()
    assert (aware.max(axis=0) < 0.98).all()
    stopped = (runs.stopped_tick < NEVER).sum(axis=(0, 2))
    assert (stopped > 50).all()
    used = np.bincount(runs.channel_number[runs.channel_number >= 0], minlength=len(runs.channels))
    assert (used > 10).all(), dict(zip(runs.channels, used.tolist(), strict=True))
    assert len(runs.voicings) > 50
    assert (runs.afraid_tick < NEVER).sum() > 50
    assert sum(label == "fright" for label, _, _ in runs.fired) >= 2
    assert len({ran("maki_thompson", first_replicate=k, replicates=1).fingerprint() for k in range(3)}) == 3


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("batch", [2, 5, REPLICATES])
def test_batch_size(kind: str, batch: int, prints: dict[str, str]) -> None:
    assert ran(kind, batch=batch).fingerprint() == prints[kind]


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("stacked", [True, False])
def test_layout_of_rumors(kind: str, stacked: bool, prints: dict[str, str]) -> None:
    assert ran(kind, stacked=stacked, batch=3).fingerprint() == prints[kind]


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("back_end", ["matvec", "csc_array", "add_at"])
def test_push_back_end(kind: str, back_end: str, prints: dict[str, str]) -> None:
    if back_end not in BACK_ENDS:
        pytest.skip("not with this SciPy")
    assert ran(kind, back_end=back_end).fingerprint() == prints[kind]


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("order", ["backward", "by chance"])
def test_numbering_of_people_and_order_of_memberships(kind: str, order: str, prints: dict[str, str]) -> None:
    name = np.arange(N)[::-1] if order == "backward" else np.argsort(whole(40, N, 1 << 30), kind="stable")
    assert ran(kind, name=name, shuffled=order == "by chance").fingerprint() == prints[kind]


@pytest.mark.parametrize("kind", RULES)
def test_split_among_workers(kind: str, prints: dict[str, str]) -> None:
    parts = [ran(kind, first_replicate=first, replicates=count) for first, count in ((0, 1), (1, 3), (4, 2))]
    assert Runs.joined(parts).fingerprint() == prints[kind]


def test_names_alone_do_not_do_it() -> None:
    """Without the labels another numbering is another run: the test above has something to lose."""
    contacts, options = world(np.arange(N)[::-1])
    del options["labels"]
    runs = simulate(contacts, rules("maki_thompson"), replicates=REPLICATES, **options)
    assert runs.fingerprint() != ran("maki_thompson").fingerprint()


def test_golden(prints: dict[str, str]) -> None:
    """The bytes of tests/golden/core.json, on every Python, NumPy and SciPy."""
    assert prints == json.loads(GOLDEN.read_text(encoding="utf-8"))["fingerprints"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    found = {kind: ran(kind, batch=1).fingerprint() for kind in RULES}
    if parser.parse_args().write:
        what = "Fingerprints of the world of tests/agreement/test_same_bytes.py, by rule; that file says how to renew."
        GOLDEN.write_text(json.dumps({"what": what, "fingerprints": found}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
