"""What all agents of the party model have in common: they are views, and own nothing but their number."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import mesa

if TYPE_CHECKING:
    from rumorsim.abm.model import PartyModel

__all__ = ["View"]


class _NoCount:
    """Stands in for the counters of Mesa up to 3.4.1, which keep every model alive that ever had an agent."""

    def __getitem__(self, model: Any) -> itertools.repeat[int]:
        return itertools.repeat(0)


class View(mesa.Agent):  # type: ignore[misc]
    """An agent that holds no state: it reads and changes the arrays of the simulation under its number.

    Views are made when somebody looks at them; `PartyModel.agents` makes all of them. Their `unique_id` depends on
    their number alone.

    Attributes
    ----------
    model : PartyModel
    number : int
        Row in the party's table of people, cells or committees.
    """

    model: PartyModel
    unique_id: int
    _ids = _NoCount()

    def __init__(self, model: PartyModel, number: int) -> None:
        super().__init__(model)
        self.number = number

    def remove(self) -> None:
        """Take the view out of ``model.agents``; the person stays in the simulation."""
        self.model.enter_all()
        super().remove()
