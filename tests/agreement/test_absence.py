"""Absence over drawn calendars, against plain Python: the absent neither tell nor hear, and tell again afterwards.

At a rate at which every contact tells in the first tick nothing is left to chance but from whom: who hears when follows
from the calendar alone, tick by tick and person by person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rumorsim.core import NEVER, Absence, Contacts, DaleyKendall, GroupLayer, MakiThompson, Network, TieLayer, simulate

SURE = 1e6

Span = tuple[int, int, int, int]


@st.composite
def calendars(draw: Any) -> dict[str, Any]:
    """Draw ties, rooms, first spreaders, and absences: (replicate, person, from, until)."""
    n, ticks, replicates = draw(st.integers(2, 6)), draw(st.integers(2, 10)), draw(st.integers(1, 3))
    person = st.integers(0, n - 1)
    edge = st.tuples(person, person).filter(lambda e: e[0] != e[1])
    spans = st.tuples(st.integers(0, replicates - 1), person, st.integers(0, ticks - 1), st.integers(1, 6))
    return {
        "n": n,
        "ticks": ticks,
        "replicates": replicates,
        "ties": draw(st.lists(edge, min_size=4, max_size=14)),
        "rooms": draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)),
        "first": draw(st.lists(person, min_size=1, max_size=3, unique=True)),
        "absences": [(r, p, a, a + k) for r, p, a, k in draw(st.lists(spans, max_size=12))],
    }


def expected(drawn: dict[str, Any], replicate: int) -> tuple[list[int], list[set[int]]]:
    """Return when each person hears (as `heard_tick`), and from whom it may have been."""
    n, rooms = drawn["n"], drawn["rooms"]
    heard = [-1 if p in drawn["first"] else int(NEVER) for p in range(n)]
    tellers: list[set[int]] = [set() for _ in range(n)]
    for tick in range(drawn["ticks"]):
        there = [
            not any(r == replicate and who == p and a <= tick < b for r, who, a, b in drawn["absences"])
            for p in range(n)
        ]
        telling = [p for p in range(n) if heard[p] < tick and there[p]]
        for p in range(n):
            if heard[p] == NEVER and there[p]:
                tellers[p] = {q for q in telling if (q, p) in drawn["ties"] or rooms[p] == rooms[q] >= 0}
                heard[p] = tick if tellers[p] else heard[p]
    return heard, tellers


@settings(derandomize=True, max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(calendars())
def test_no_teller_is_absent_and_who_told_before_tells_again(drawn: dict[str, Any]) -> None:
    n = drawn["n"]
    ends = np.array(drawn["ties"], dtype=np.int64).reshape(-1, 2)
    ties = TieLayer("kin", Network.from_edges(n, ends[:, 0], ends[:, 1]), "kin", "night")
    contacts = Contacts(n, [ties, GroupLayer.of("room", drawn["rooms"], channel="room")])
    absences = [Absence(persons=[p], tick=a, back_tick=b, only=(r,)) for r, p, a, b in drawn["absences"]]
    prints = set()
    for rule, batch in ((MakiThompson(SURE), 1), (MakiThompson(SURE), 3), (DaleyKendall(SURE), 2)):
        options = {"initial_spreaders": drawn["first"], "stop_days": float(drawn["ticks"]), "batch": batch}
        runs = simulate(contacts, rule, actions=absences, replicates=drawn["replicates"], **options)
        prints.add(runs.fingerprint())
        for replicate in range(drawn["replicates"]):
            heard, tellers = expected(drawn, replicate)
            assert runs.heard_tick[replicate, 0].tolist() == heard
            for p, teller in enumerate(runs.teller[replicate, 0].tolist()):
                assert teller in tellers[p] or (teller == -1 and heard[p] in (-1, NEVER))
    assert len(prints) == 1
