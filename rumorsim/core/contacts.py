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

from rumorsim.core.network import Network
from rumorsim.errors import CoreError

__all__ = ["Contacts", "GroupLayer", "MembershipChange", "TieLayer"]


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
        groups = np.asarray(group_of)
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

    def __init__(self, n: int, layers: Sequence[TieLayer | GroupLayer]) -> None:
        object.__setattr__(self, "n", int(n))
        object.__setattr__(self, "layers", tuple(layers))
        names = [layer.name for layer in self.layers]
        if len(set(names)) != len(names):
            raise CoreError("layer names repeat", path="layers", given=", ".join(names), allowed="each name once")
        for layer in self.layers:
            if not layer.rate >= 0:
                raise CoreError("rate", path=f"{layer.name}.rate", given=layer.rate, allowed="0 or more a day")
            if isinstance(layer, TieLayer):
                self._check_home(layer)
                if layer.network.n != self.n:
                    raise CoreError("people in a layer", path=layer.name, given=layer.network.n, allowed=str(self.n))
                continue
            lengths = {len(layer.person), len(layer.group), len(layer.present)}
            if len(lengths) != 1:
                raise CoreError("memberships", path=layer.name, given=sorted(lengths), allowed="columns of one length")
            for column, top in ((layer.person, self.n), (layer.group, layer.n_groups)):
                if len(column) and not (column.min() >= 0 and column.max() < top):
                    raise CoreError("membership", path=layer.name, given=int(column.max()), allowed=f"0 to {top - 1}")
            if len(layer.size) != layer.n_groups or (layer.size <= 0).any():
                raise CoreError("group sizes", path=f"{layer.name}.size", given="0 or missing", allowed="above 0")

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
