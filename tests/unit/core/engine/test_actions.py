"""What actions refuse: replicates, rumors and numbers, also those of actions of one's own and of the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    Action,
    Contacts,
    GroupLayer,
    MakiThompson,
    Network,
    Silence,
    Simulation,
    simulate,
)
from rumorsim.errors import CoreError
from rumorsim.model.actions import Election, Known, Punishment

PATH = Network.from_edges(3, [0, 1], [1, 2])


@dataclass(frozen=True, kw_only=True, eq=False)
class Own(Action):
    """An action of one's own."""

    act: Callable[[Simulation], Any]
    rumor: int = 0

    def apply(self, sim: Simulation, replicates: Any) -> None:
        self.act(sim)


def run(action: Action, contacts: Any = PATH) -> Any:
    return simulate(contacts, MakiThompson(1.0), initial_spreaders=[0], stop_days=3.0, actions=[action])


@pytest.mark.parametrize("only", [(), [], np.empty(0, dtype=np.int64)])
def test_an_action_in_no_replicate_is_refused(only: Any) -> None:
    with pytest.raises(CoreError, match=r"actions\[0\] \(Silence\).only: an action that never acts"):
        run(Silence(persons=[1], only=only))
    with pytest.raises(CoreError, match=r"Silence\.only"):
        Simulation(PATH, MakiThompson(1.0), stop_days=3.0).intervene(Silence(persons=[1], only=only))


@pytest.mark.parametrize(
    "act",
    [
        lambda sim: sim.hear(1, np.array([1]), None),
        lambda sim: sim.hear("x", np.array([1]), None),
        lambda sim: sim.hear(True, np.empty(0, dtype=np.int64), None),
        lambda sim: sim.scale_interest(1, np.array([1]), 2.0),
        lambda sim: sim.set_fear_of_news(1, {None: 0.5}, np.arange(1)),
    ],
)
def test_an_action_of_ones_own_that_speaks_of_a_wrong_rumor_is_told(act: Callable[[Simulation], Any]) -> None:
    with pytest.raises(CoreError, match=r"rumor.*whole number, 0 to 0"):
        run(Own(act=act))


def test_fields_of_ones_own_are_checked_like_those_of_the_core() -> None:
    with pytest.raises(CoreError, match=r"actions\[0\] \(Own\).rumor"):
        run(Own(act=lambda sim: None, rumor=3))


NOBODY: Any = np.empty(0, dtype=np.int64)


@pytest.mark.parametrize(
    ("action", "path"),
    [
        (Known(rumor=0, prob=np.array([0.0, 1.5, 0.0]), teller_share=0.5), "Known.*prob"),
        (Known(rumor=0, prob=np.zeros(2), teller_share=0.5), "Known.*prob"),
        (Known(rumor=0, prob=np.zeros(3), teller_share=-0.5), "Known.*teller_share"),
        (Known(rumor=2, prob=np.zeros(3), teller_share=0.5), "Known.*rumor"),
        (Punishment(count=-1, penalty="expelled"), "Punishment.*count"),
        (Punishment(count=1, penalty="expelled", fright={"cell": 2.0}), "Punishment.*fright"),
        (Punishment(count=1, penalty="expelled", fright={"cels": 0.5}), "Punishment.*fright.*cell"),
        *(
            (
                Election(persons=NOBODY, cell=NOBODY, seats=NOBODY, boldness=NOBODY, **{**fine, **wrong}),
                f"Election.*{next(iter(wrong))}",
            )
            for fine in ({"rumors": (0,), "odds": 1.0, "bar": 0.5},)
            for wrong in ({"rumors": (1,)}, {"odds": -1.0}, {"bar": float("nan")})
        ),
    ],
)
def test_the_own_numbers_of_the_models_actions_are_checked(action: Action, path: str) -> None:
    contacts = Contacts(3, [GroupLayer.of("cell", [0, 0, 1])])
    with pytest.raises(CoreError, match=path):
        run(action, contacts)


@pytest.mark.parametrize("stacked", [True, False])
def test_couplings_let_nobody_hear_from_nobody(stacked: bool) -> None:
    """Whoever hears the first two rumors hears the third 1e60 times as easily, and there is nobody to hear it from."""
    couplings = np.ones((3, 3))
    couplings[:2, 2] = 1e30
    everybody = {0: range(3), 1: range(3)}
    options: dict[str, Any] = {"stop_days": 3.0, "couplings": couplings, "stacked": stacked}
    sim = Simulation(PATH, [MakiThompson(1.0) for _ in range(3)], initial_spreaders=everybody, **options)
    sim.run()
    assert not sim.knows(2, np.arange(3)).any()
