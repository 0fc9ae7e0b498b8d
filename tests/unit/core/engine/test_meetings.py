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
