"""Meetings: a rumor is raised by those who knew it before, and heard by the others who are there."""

from __future__ import annotations

import numpy as np

from rumorsim.core import GroupLayer, MakiThompson, Meeting, Simulation
from rumorsim.core.contacts.layers import Contacts


def test_who_is_told_at_a_meeting_does_not_raise_it_there() -> None:
    """Everybody is told by order and would speak up for certain: only the one who knew before does."""
    n = 50
    cells = Contacts(n, [GroupLayer.of("cell", np.repeat([0, 1], n // 2), rate=0.0)])
    meeting = Meeting(
        tick=2,
        layer="cell",
        groups=np.arange(2),
        occasion="letter_meeting",
        channel="letter_meeting",
        told={0: 1.0},
        voiced={0: 1.0},
    )
    sim = Simulation(
        cells,
        MakiThompson(1.0),
        stop_days=5.0,
        initial_spreaders=[3],
        actions=[meeting],
        occasions=["letter_meeting"],
    )
    runs = sim.run()
    assert runs.voicings["row"].tolist() == [3]
    assert (runs.time_heard[0] == np.where(np.arange(n) == 3, 0.0, 3.0)).all()


def test_a_meeting_keeps_rumors_apart() -> None:
    cell = GroupLayer.of("cell", [0, 0, 0, 0, 1], clock="rooms", rate=0.0)
    meeting = Meeting(
        tick=1, layer="cell", groups=np.array([0, 1]), occasion="meeting", channel="meeting", voiced={0: 1.0, 1: 1.0}
    )
    sim = Simulation(
        Contacts(5, [cell]),
        [MakiThompson(1.0), MakiThompson(1.0)],
        stop_days=4.0,
        initial_aware={0: [0], 1: [1]},
        actions=[meeting],
        occasions=["meeting"],
    )
    runs = sim.run()
    assert sorted(zip(runs.voicings["rumor"].tolist(), runs.voicings["row"].tolist(), strict=True)) == [(0, 0), (1, 1)]
    assert runs.teller[0].tolist() == [[-1, 0, 0, 0, -1], [1, -1, 1, 1, -1]]
    assert (runs.heard_tick[0, :, 4] == runs.heard_tick.max()).all(), "nobody knew in the other cell"
    assert sim.voiced_counts.tolist() == [[[[1]], [[1]]]]
