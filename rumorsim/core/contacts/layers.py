"""Contact layers: pairwise ties, and groups whose s (s - 1) pairs are never written out.

A layer belongs to a clock. Layers of one clock share a calendar factor and are summed before anything is computed
every tick; a layer that follows hours of its own gets a clock of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.checks import MOST_INDEX, listed, number, numbers, truth, whole, wholes
from rumorsim.core.contacts.network import Network
from rumorsim.errors import CoreError

__all__ = ["Contacts", "GroupLayer", "MembershipChange", "TieLayer"]

#: Share of a weight that rounding may change unless a layer says otherwise.
ROUNDING = 0.01
#: Layers are numbered in int8.
_MOST_LAYERS = 127
_MOST_EXPONENT = 20.0


def _not_contacts(given: Any, path: str, allowed: str) -> CoreError:
    """Return the error for something else than contacts; a networkx graph is told how it becomes a network."""
    if hasattr(given, "nodes") and hasattr(given, "edges"):
        allowed = f"{allowed}: write Network.from_networkx(graph)"
    return CoreError("not contacts", path=path, given=type(given).__name__, allowed=allowed)


@dataclass(frozen=True, eq=False)
class TieLayer:
    """Pairwise contacts that follow one clock.

    Attributes
    ----------
    name : str
        Layer name, unique within `Contacts`.
    network : Network
    channel : str
        What a first hearing over this layer is called.
    clock : str
    rate : float
        Transmission hazard a day over an edge of weight 1, before the rule's own rate.
    home : str or None
        Name of a group layer. Whoever belongs to its groups but is present in none of them at the time, for example
        on a journey, is out of reach of the ties of this clock, in both directions.
    """

    name: str
    network: Network
    channel: str = "conversation"
    clock: str = "always"
    rate: float = 1.0
    home: str | None = None
    rounding: float = ROUNDING


@dataclass(frozen=True, eq=False)
class MembershipChange:
    """Memberships that begin or end at the start of a tick.

    Attributes
    ----------
    tick : (s,) int32
        Tick at whose start the change takes effect.
    entry : (s,) int32
        Position in the layer's `person` and `group` arrays.
    present : (s,) bool
        True where the membership begins, False where it ends.
    """

    tick: NDArray[np.int32]
    entry: NDArray[np.int32]
    present: NDArray[np.bool_]

    @classmethod
    def none(cls) -> MembershipChange:
        """Return an empty list of changes."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.bool_))


@dataclass(frozen=True, eq=False)
class GroupLayer:
    """Groups in which everybody meets everybody; a person may hold several memberships, some of them for a time.

    A teller exposes each other member of a group of size s to the hazard ``rate / s**exponent`` a day.

    Attributes
    ----------
    name : str
    person, group : (m,) int32
        One row a membership.
    n_groups : int
    size : (n_groups,) float64
        Nominal sizes used in the hazard; guests do not change them.
    channel, clock : str
    rate : float
        Contacts a teller makes in a day when exponent is 1. A layer of rate 0 only lends its groups to meetings.
    exponent : float
        0 for contacts with everybody, 1 for a fixed number of contacts a day.
    present : (m,) bool
        Memberships in force at the start.
    changes : MembershipChange
    rounding : float
        As in `TieLayer`.
    """

    name: str
    person: NDArray[np.int32]
    group: NDArray[np.int32]
    n_groups: int
    size: NDArray[np.float64]
    channel: str = "conversation"
    clock: str = "always"
    rate: float = 1.0
    exponent: float = 1.0
    present: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    changes: MembershipChange = field(default_factory=MembershipChange.none)
    rounding: float = ROUNDING

    @classmethod
    def of(
        cls,
        name: str,
        group_of: ArrayLike,
        *,
        channel: str = "conversation",
        clock: str = "always",
        rate: float = 1.0,
        exponent: float = 1.0,
    ) -> GroupLayer:
        """Build a layer in which person i is a member of group ``group_of[i]``; -1 for none.

        Examples
        --------
        >>> layer = GroupLayer.of("cell", [0, 0, 1, -1], rate=2.0)
        >>> layer.size.tolist()
        [2.0, 1.0]
        """
        groups = wholes(group_of, f"{name}.group_of", -1, MOST_INDEX - 1)
        person = np.flatnonzero(groups >= 0).astype(np.int32)
        group = groups[person].astype(np.int32)
        n_groups = int(group.max()) + 1 if len(group) else 0
        size = np.maximum(np.bincount(group, minlength=n_groups), 1).astype(np.float64)
        return cls(name, person, group, n_groups, size, channel, clock, rate, exponent, np.ones(len(person), np.bool_))

    @property
    def hazard(self) -> NDArray[np.float64]:
        """Hazard a day that one teller adds for each other member, a group (n_groups,)."""
        return np.asarray(self.rate / self.size**self.exponent, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Contacts:
    """All contact layers of n people.

    Parameters
    ----------
    n : int
        Number of people.
    layers : sequence of TieLayer or GroupLayer
    keeps_changes : bool
        Whether what begins and ends at each tick stays in memory for the next simulation on the same contacts. What is
        simulated only once is faster without.

    Raises
    ------
    CoreError
        When names repeat, a layer speaks of somebody outside 0..n-1, or a rate is negative.

    Examples
    --------
    >>> pair = Contacts(2, [TieLayer("kin", Network.from_edges(2, [0], [1]))])
    >>> pair.clocks
    ('always',)
    """

    n: int
    layers: tuple[TieLayer | GroupLayer, ...]
    keeps_changes: bool

    def __init__(self, n: int, layers: Sequence[TieLayer | GroupLayer], *, keeps_changes: bool = True) -> None:
        object.__setattr__(self, "n", whole(n, "n", 1, MOST_INDEX, what="number of people"))
        object.__setattr__(self, "layers", listed(layers, "layers", (TieLayer, GroupLayer), "TieLayer or GroupLayer"))
        object.__setattr__(self, "keeps_changes", truth(keeps_changes, "keeps_changes"))
        names = [layer.name for layer in self.layers]
        if len(self.layers) > _MOST_LAYERS or not all(isinstance(name, str) for name in names):
            raise CoreError("layers", path="layers", given=names, allowed=f"up to {_MOST_LAYERS}, named by words")
        if len(set(names)) != len(names):
            raise CoreError("layer names repeat", path="layers", given=", ".join(names), allowed="each name once")
        for layer in self.layers:
            number(layer.rate, f"{layer.name}.rate")
            number(layer.rounding, f"{layer.name}.rounding")
            for name, given in (("channel", layer.channel), ("clock", layer.clock)):
                if not isinstance(given, str):
                    raise CoreError(name, path=f"{layer.name}.{name}", given=given, allowed="a word")
            if isinstance(layer, TieLayer):
                self._check_ties(layer)
            else:
                self._check_groups(layer)

    def _check_ties(self, layer: TieLayer) -> None:
        if not isinstance(layer.network, Network):
            raise _not_contacts(layer.network, f"{layer.name}.network", "a Network")
        if layer.network.n != self.n:
            raise CoreError("people in a layer", path=layer.name, given=layer.network.n, allowed=str(self.n))
        if layer.network.names not in (None, self.names):
            allowed = "the names of the other layers, in the same order"
            raise CoreError("names of people", path=layer.name, given="others", allowed=allowed)
        numbers(layer.rate * layer.network.weight.max(initial=0.0), f"{layer.name}.rate times weight")
        self._check_home(layer)

    def _check_groups(self, layer: GroupLayer) -> None:
        path = layer.name
        n_groups = whole(layer.n_groups, f"{path}.n_groups", 0, MOST_INDEX)
        person = wholes(layer.person, f"{path}.person", 0, self.n - 1)
        m = len(person)
        columns = {"person": person, "group": wholes(layer.group, f"{path}.group", 0, n_groups - 1, m)}
        columns["size"] = numbers(layer.size, f"{path}.size", ((n_groups,),))
        columns["present"] = self._mask(layer.present, m, f"{path}.present")
        changes = layer.changes
        if not isinstance(changes, MembershipChange):
            raise CoreError("changes", path=f"{path}.changes", given=changes, allowed="a MembershipChange")
        tick = wholes(changes.tick, f"{path}.changes.tick", 0, MOST_INDEX)
        entry = wholes(changes.entry, f"{path}.changes.entry", 0, m - 1, len(tick))
        begins = self._mask(changes.present, len(tick), f"{path}.changes.present")
        for name, column in columns.items():
            object.__setattr__(layer, name, column)
        object.__setattr__(layer, "changes", MembershipChange(tick, entry, begins))
        if (layer.size <= 0).any():
            raise CoreError("group sizes", path=f"{path}.size", given=float(layer.size.min()), allowed="above 0")
        number(layer.exponent, f"{path}.exponent", -_MOST_EXPONENT, _MOST_EXPONENT)
        with np.errstate(all="ignore"):
            hazard = layer.hazard
        numbers(hazard, f"{path}.rate / size**exponent", None)

    @staticmethod
    def _mask(given: Any, length: int, path: str) -> NDArray[np.bool_]:
        mask = np.asarray(given)
        if mask.shape != (length,) or (length and mask.dtype.kind != "b"):
            raise CoreError("mask", path=path, given=f"{mask.dtype} {mask.shape}", allowed=f"{length} truth values")
        return mask.astype(np.bool_, copy=False)

    def _check_home(self, layer: TieLayer) -> None:
        groups = [other.name for other in self.layers if isinstance(other, GroupLayer)]
        if layer.home is not None and layer.home not in groups:
            raise CoreError("home of ties", path=f"{layer.name}.home", given=layer.home, allowed=groups)
        homes = {other.home for other in self.layers if isinstance(other, TieLayer) and other.clock == layer.clock}
        if len(homes) > 1:
            given = sorted(str(home) for home in homes)
            raise CoreError("ties of one clock", path=f"{layer.name}.home", given=given, allowed="one home for all")

    @classmethod
    def of(cls, contacts: Network | Contacts) -> Contacts:
        """Return contacts as they are, or a bare network as one layer of rate 1, the same one each time."""
        if not isinstance(contacts, Network):
            if not isinstance(contacts, cls):
                raise _not_contacts(contacts, "contacts", "a Network or Contacts")
            return contacts
        if "_contacts" not in contacts.__dict__:
            contacts.__dict__["_contacts"] = cls(contacts.n, [TieLayer("network", contacts)])
        alone: Contacts = contacts.__dict__["_contacts"]
        return alone

    @property
    def names(self) -> tuple[Hashable, ...] | None:
        """Names of the people, as the networks of the tie layers give them; None where they have only numbers."""
        given = (layer.network.names for layer in self.layers if isinstance(layer, TieLayer))
        return next((names for names in given if names is not None), None)

    @property
    def numbers(self) -> dict[Hashable, int] | None:
        """The number of each name; None where people have only numbers."""
        given = (layer.network.numbers for layer in self.layers if isinstance(layer, TieLayer))
        return next((numbers for numbers in given if numbers is not None), None)

    @property
    def clocks(self) -> tuple[str, ...]:
        """Names of the clocks in order of first use."""
        return tuple(dict.fromkeys(layer.clock for layer in self.layers))

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels in order of first use."""
        return tuple(dict.fromkeys(layer.channel for layer in self.layers))

    def layer(self, name: str) -> Any:
        """Return the layer of that name; CoreError if there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise CoreError("unknown layer", given=name, allowed=[layer.name for layer in self.layers])
