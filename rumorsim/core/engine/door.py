"""What a simulation is about, and the check of everything it is given against that, the same for both engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import MOST, listed, number, numbers, people, whole, wholes, word
from rumorsim.core.contacts.layers import Contacts, GroupLayer
from rumorsim.core.engine.rates import Ticks, per_tick
from rumorsim.core.rules.base import Rule
from rumorsim.errors import CoreError

__all__ = ["Door", "check_replicates", "of_class", "rules_of", "ticks_of", "words_of"]

_MOST_LABEL = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Door:
    """The people, rumors, ticks and words of a simulation.

    Attributes
    ----------
    contacts : Contacts
    ticks : Ticks
    n_rumors, n_zones : int
    channels, occasions : tuple of str
    """

    contacts: Contacts
    ticks: Ticks
    n_rumors: int = 1
    n_zones: int = 1
    channels: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()

    def people(self, given: Any, path: str, *, once: bool = True) -> NDArray[np.int64]:
        """Return people as their numbers."""
        return people(given, self.contacts.n, path, self.contacts.numbers, once=once)

    def person(self, given: Any, path: str) -> int:
        """Return one person as a number."""
        return int(self.people([given], path)[0])

    def rumor(self, given: Any, path: str) -> int:
        """Return the number of a rumor."""
        return whole(given, path, 0, self.n_rumors - 1, what="rumor")

    def groups(self, layer: Any, groups: Any, path: str) -> None:
        """Check the name of a group layer and numbers of its groups."""
        sizes = {one.name: one.n_groups for one in self.contacts.layers if isinstance(one, GroupLayer)}
        word(layer, sizes, "group layer", f"{path}.layer")
        wholes(groups, f"{path}.groups", 0, sizes[layer] - 1)

    def occasion(self, given: Any, path: str) -> None:
        """Check the name of an occasion."""
        word(given, self.occasions, "occasion", path)

    def channel(self, given: Any, path: str) -> None:
        """Check the name of a channel."""
        word(given, self.channels, "channel", path)

    def zones(self, given: Any, path: str) -> None:
        """Check numbers of zones; None for all."""
        if given is not None:
            wholes(given, path, 0, self.n_zones - 1)

    def vocabulary(self, channels: Any, broadcasts: Any, actions: Any) -> tuple[str, ...]:
        """Return the channels, each once: those given, which must hold all that are in use, or those in use."""
        used = [*self.contacts.channels, *(one.channel for one in broadcasts)]
        used += [action.channel for action in actions if hasattr(action, "channel")]
        if channels is None:
            return tuple(dict.fromkeys(name for name in used if isinstance(name, str)))
        names = words_of(channels, "channels")
        for name in used:
            word(name, names, "channel", "channels")
        return names

    def started(self, given: Any, path: str) -> dict[int, NDArray[np.int64]]:
        """Return who knows at the start, by rumor: a plain list means rumor 0."""
        table = given if isinstance(given, Mapping) else {0: given}
        return {self.rumor(rumor, path): self.people(persons, path) for rumor, persons in table.items()}

    def clock_factors(self, given: Any) -> dict[str, NDArray[np.float64]]:
        """Return calendar factors by clock, (n_rumors, n_ticks) or (n_ticks,)."""
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise CoreError("clock factors", path="clock_factors", given=given, allowed="a mapping clock -> factors")
        shapes = ((self.ticks.n_ticks,), (self.n_rumors, self.ticks.n_ticks))
        found = {}
        for name, column in given.items():
            word(name, self.contacts.clocks, "clock", "clock_factors")
            if isinstance(column, np.ndarray) and column.dtype.kind == "b":  # hours in which a clock runs
                column = column.astype(np.float64)
            found[name] = numbers(column, f"clock_factors.{name}", shapes)
        return found

    def labels(self, given: Any) -> NDArray[Any]:
        """Return the addresses of people for random numbers."""
        n = self.contacts.n
        if given is None:
            return np.arange(n)
        labels = wholes(given, "labels", -_MOST_LABEL, _MOST_LABEL, n)
        if len(np.unique(labels)) != n:
            raise CoreError("labels", path="labels", given="repeated", allowed=f"{n} different numbers")
        return labels

    def detect_prob(self, given: Any) -> dict[str, float]:
        """Return chances of being noticed by occasion."""
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise CoreError("chances", path="detect_prob", given=given, allowed="a mapping occasion -> probability")
        for name in given:
            self.occasion(name, "detect_prob")
        return {name: number(value, f"detect_prob.{name}", 0, 1) for name, value in given.items()}

    def broadcasts(self, given: Any, kind: type) -> tuple[Any, ...]:
        """Return broadcasts with persons as numbers and access as a column beside them."""
        return tuple(
            self._broadcast(one, f"broadcasts[{k}] ({one.channel})")
            for k, one in enumerate(listed(given, "broadcasts", kind, "broadcasts"))
        )

    def _broadcast(self, one: Any, path: str) -> Any:
        if not isinstance(one.channel, str):
            raise CoreError("channel", path=f"{path}.channel", given=one.channel, allowed="a word")
        persons = self.people(one.persons, f"{path}.persons", once=False)
        if len(np.unique(persons)) != len(persons):
            raise CoreError("person listed twice", path=f"{path}.persons", given=len(persons), allowed="each once")
        access = numbers(one.access, f"{path}.access", ((len(persons),),))
        hazard = per_tick(one.rate, self.ticks, f"{path}.rate")
        most = float(access.max(initial=0.0) * hazard.max(initial=0.0))
        if most > MOST:
            raise CoreError("access times rate times tick", path=f"{path}.rate", given=most, allowed=f"up to {MOST:g}")
        rumor = self.rumor(one.rumor, f"{path}.rumor")
        return replace(one, rumor=rumor, persons=persons, access=access)

    def actions(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return actions, checked, with people as numbers."""
        return tuple(
            action.checked(self, f"actions[{k}] ({type(action).__name__})", self.ticks.n_ticks)
            for k, action in enumerate(given)
        )


def ticks_of(ticks: Any, time_step_days: Any, stop_days: Any) -> Ticks:
    """Return the ticks given, or equal ones up to the end."""
    if ticks is not None:
        if not isinstance(ticks, Ticks):
            raise CoreError("ticks", path="ticks", given=type(ticks).__name__, allowed="Ticks.of or Ticks.uniform")
        return ticks
    if stop_days is None:
        raise CoreError("no end", path="stop_days", given="None", allowed="days above 0, or ticks")
    return Ticks.uniform(stop_days if time_step_days is None else time_step_days, stop_days)


def rules_of(given: Any) -> tuple[Rule, ...]:
    """Return rules as a tuple, one a rumor; a class in place of a rule is told what to write."""
    given = (given,) if isinstance(given, (Rule, type)) else given
    if isinstance(given, (list, tuple)):
        for rule in given:
            if isinstance(rule, type) and issubclass(rule, Rule):
                way = f"an object of the class: write {rule.__name__}(...) with its rates"
                raise CoreError("a class in place of a rule", path="rule", given=rule.__name__, allowed=way)
    return listed(given, "rule", Rule, "rules")


def words_of(given: Any, path: str) -> tuple[str, ...]:
    """Return the words of a vocabulary, each of which has one number."""
    words: tuple[str, ...] = listed(given, path, str, "words")
    if len(set(words)) != len(words):
        raise CoreError("words repeat", path=path, given=words, allowed="each word once")
    return words


def of_class(given: Any, path: str, kind: type[Any]) -> Any:
    """Return an object of a class, the default one for None."""
    given = kind() if given is None else given
    if not isinstance(given, kind):
        raise CoreError(f"not {kind.__name__}", path=path, given=type(given).__name__, allowed=f"{kind.__name__}(...)")
    return given


def check_replicates(replicates: Any, first_replicate: Any) -> tuple[int, int]:
    """Return the number of replicates and that of the first one."""
    count = whole(replicates, "replicates", 1, what="number of replicates")
    return count, whole(first_replicate, "first_replicate", 0, 2**63 - 1 - count)
