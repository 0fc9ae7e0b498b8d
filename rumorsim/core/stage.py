"""What actions and users may do to a running simulation, and ask of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.groups import Groups
from rumorsim.core.plans import at_home, layer_entries, planned
from rumorsim.core.push import in_order
from rumorsim.core.state import NEVER, NOBODY
from rumorsim.core.switches import Switches
from rumorsim.core.voicing import VOICING_DTYPE
from rumorsim.errors import CoreError

if TYPE_CHECKING:
    from rumorsim.core.exposures import Action

__all__ = ["Stage"]


class Stage(Switches):
    """The side of `Simulation` that actions see.

    Rows count person by person and replicate by replicate within the batch. Within a step, what is done here acts in
    the tick under way; at a boundary it has acted by the coming tick.

    Attributes
    ----------
    bar : (replicates, n_zones) float64
        Boldness needed to be willing to voice.
    climate : (replicates, n_occasions, n_zones) float64
        Factor on the chance of voicing.
    voiced_counts, detected_counts : (replicates, n_rumors, n_occasions, n_zones) int64
    """

    n_zones: int
    channels: tuple[str, ...]
    occasions: tuple[str, ...]
    bar: NDArray[np.float64]
    climate: NDArray[np.float64]
    voiced_counts: NDArray[np.int64]
    detected_counts: NDArray[np.int64]
    memory: dict[str, Any]
    _zone: NDArray[Any]
    _boldness: NDArray[np.float64]
    _detect: NDArray[np.float64]
    _voicings: list[NDArray[Any]]
    _stepping: bool
    _hushed: NDArray[np.bool_] | None = None
    #: Channels of contacts and broadcasts, which are worked out only when somebody asks.
    _worked_out_later: frozenset[str | None] = frozenset()

    # ---------------------------------------------------------------- asking

    def rows(self, persons: Any, replicates: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return the rows of persons in some replicates of the batch (all by default), ascending by replicate."""
        people = np.asarray(persons, dtype=np.int64)
        if self.replicates == 1:
            return people
        which = np.arange(self.replicates) if replicates is None else np.asarray(replicates)
        return (people[None, :] + (which * self.n)[:, None]).ravel()

    def state_rows(self, rumor: int, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Return where rows of the batch lie in the state that holds a rumor."""
        return np.asarray(rows, dtype=np.int64) + self._state_of[rumor].rumors.index(rumor) * self.n_rows

    def _of_rumor(self, rumor: int, name: str) -> NDArray[Any]:
        state = self._state_of[rumor]
        first = state.rumors.index(rumor) * self.n_rows
        column: NDArray[Any] = getattr(state, name)[first : first + self.n_rows]
        return column

    def heard_tick(self, rumor: int) -> NDArray[np.int16]:
        """Return the tick in which each row heard a rumor, (n_rows,), a view; 32767 for never."""
        return self._of_rumor(rumor, "heard_tick")

    def telling(self, rumor: int) -> NDArray[np.bool_]:
        """Return who tells a rumor now, (n_rows,), a view."""
        return self._of_rumor(rumor, "telling")

    def channel_number(self, rumor: int) -> NDArray[np.int8]:
        """Return the number of the channel through which each row heard, (n_rows,); -1 for none."""
        self.attribute()
        return self._of_rumor(rumor, "channel")

    def teller(self, rumor: int) -> NDArray[np.int64]:
        """Return the row that told each row, (n_rows,); -1 for none."""
        self.attribute()
        teller = self._of_rumor(rumor, "teller").astype(np.int64)
        return np.where(teller >= 0, teller % self.n_rows, teller)

    def channel(self, name: str) -> int:
        """Return the number of a channel; CoreError for an unknown name."""
        if name not in self.channels:
            raise CoreError("unknown channel", given=name, allowed=self.channels)
        return self.channels.index(name)

    def knows(self, rumor: int, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows knows a rumor by now."""
        return np.asarray(self.heard_tick(rumor)[rows] != NEVER)

    def knew_before(self, rumor: int, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows knew a rumor before the tick under way."""
        return np.asarray(self.heard_tick(rumor)[rows] < self.tick)

    def when_heard(self, rumors: Sequence[int], rows: NDArray[Any]) -> NDArray[np.int16]:
        """Return the tick in which each of the rows heard each rumor, (rumors, rows); 32767 for never."""
        if len(self.states) > 1:
            return np.stack([self.heard_tick(rumor).take(rows) for rumor in rumors])
        first = self.n_rows * np.array([self.states[0].rumors.index(rumor) for rumor in rumors], dtype=np.int64)
        return np.asarray(self.states[0].heard_tick.take(first[:, None] + rows))

    def follows(self, what: Hashable, work_out: Callable[[], Any]) -> Any:
        """Return what follows, at the tick under way, from the calendar of memberships alone.

        It is worked out once for all replicates that follow the calendar.
        """
        groups = self._crowd.fabric.groups
        if groups is None or not self._stepping:
            return work_out()
        return groups.keep((what, self.tick), work_out)

    def willing(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows would speak up: bold enough for the zone, not afraid, not silenced."""
        bar = self._by_zone(self.bar, rows)
        willing = self._boldness.take(rows) >= bar
        willing &= ~self.mute.take(rows)
        willing &= self.afraid_tick.take(rows) == NEVER
        return willing

    def climate_at(self, occasion: str, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return the factor on the chance of voicing on an occasion, a row."""
        return self._by_zone(self.climate[:, self.occasions.index(occasion)], rows)

    def _by_zone(self, table: NDArray[np.float64], rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return what a table (replicates, n_zones) says for the replicate and zone of each row."""
        place = self._zone.take(rows)
        if self.replicates > 1:
            place = place + rows // self.n * self.n_zones
        return table.ravel().take(place)

    @property
    def voicings(self) -> NDArray[Any]:
        """All voicings so far, VOICING_DTYPE, in order of time."""
        return np.concatenate(self._voicings) if self._voicings else np.zeros(0, dtype=VOICING_DTYPE)

    def occasion_number(self, action: Action, part: int = 0) -> int:
        """Return a number that tells an action's draws apart; the same action at the same tick keeps its luck."""
        word = f"{type(action).__name__}:{action.label}".encode()
        return (zlib.crc32(word) << 28) | (self.tick << 8) | (part + 1)

    def meeting_groups(
        self, layer: str, groups: Any, replicates: NDArray[np.int64]
    ) -> tuple[Groups, NDArray[np.int64]]:
        """Return the compiled groups, and the numbers of a layer's groups in the replicates (first rumor's copy)."""
        compiled = self._crowd.fabric.groups
        if compiled is None:
            raise CoreError("unknown group layer", given=layer, allowed="a layer of groups; there is none")
        return compiled, compiled.numbers(layer, groups, np.asarray(replicates, dtype=np.int64))

    def hushed(self, groups: NDArray[Any]) -> NDArray[np.bool_]:
        """Return in which groups (numbers as `meeting_groups` gives them) nobody speaks up any more."""
        return np.zeros(len(groups), dtype=np.bool_) if self._hushed is None else self._hushed[groups]

    def home_groups(self, layer: str) -> NDArray[np.int32]:
        """Return the group of a layer that each person belongs to, (n,) int32; -1 for none.

        Whoever is away for a time belongs to the group of the return; of several groups one is given. A batch of
        several replicates answers for the first, since all share one calendar of memberships.
        """
        groups, entries = layer_entries(self._crowd.fabric.groups, layer)
        return at_home(groups, entries, int(groups.first_group[layer][0]), self.n, self.tick)

    def present_groups(self, layer: str, person: int) -> NDArray[np.int64]:
        """Return the groups of a layer in which a person is present now, ascending."""
        groups, entries = layer_entries(self._crowd.fabric.groups, layer)
        position = groups.entry_position[0, entries]
        here = position[(groups.person[position] == person) & (groups.present[position] > 0)]
        return np.unique(groups.group[here] - groups.first_group[layer][0])

    def is_planned(self, person: int, layer: str, tick: int, begins: bool, group: int | None = None) -> bool:
        """Return whether a membership of a person in a layer is to begin (or end) at a tick."""
        groups, entries = layer_entries(self._crowd.fabric.groups, layer)
        number = None if group is None else int(groups.first_group[layer][0]) + group
        return len(planned(groups, entries, person, number, tick, begins)) > 0

    # ---------------------------------------------------------------- doing

    def hear(
        self,
        rumor: int,
        rows: NDArray[Any],
        channel: str | None,
        *,
        teller: Any = NOBODY,
        tells: bool | None = None,
        tell_factor: float = 1.0,
    ) -> None:
        """Let those of the rows who do not know a rumor hear it.

        Parameters
        ----------
        rumor : int
        rows : (m,) integers
        channel : str or None
            None for what was known before the run.
        teller : int or (m,) integers
            Rows; -1 for nobody.
        tells : bool, optional
            Whether they pass it on for certain, or not; by their own chance where left out.
        tell_factor : float
            Factor on that chance.
        """
        state = self._state_of[rumor]
        fresh = (self.heard_tick(rumor).take(rows) == NEVER).nonzero()[0]
        if not len(fresh):
            return
        base = np.asarray(rows)[fresh]
        first = base.argsort(kind="stable")
        base = base[first]
        if (base[1:] == base[:-1]).any():  # whoever is listed twice hears from the first
            once = np.append(True, base[1:] != base[:-1])
            base, first = base[once], first[once]
        here = self.state_rows(rumor, base)
        state.channel[here] = NOBODY if channel is None else self.channel(channel)
        tellers = np.asarray(teller)
        state.teller[here] = tellers if tellers.ndim == 0 else tellers[fresh][first]
        self._take_hold(state, here, self.tick if self._stepping else self.tick - 1)
        chance = None if tells is None else np.full(len(here), float(tells))
        if tells is None and tell_factor != 1.0:
            prob = state.extra["tell_prob"]
            chance = np.full(len(here), tell_factor) if prob is None else prob[here] * tell_factor
        self._heard_now.setdefault(id(state), []).append((here, chance))

    def silence(self, rows: NDArray[Any]) -> None:
        """Let rows fall silent about everything, from the coming or present tick on."""
        self.mute[rows] = True
        self._held_back = True
        for state in self.states:
            every = in_order(np.concatenate([np.asarray(rows) + k * self.n_rows for k in range(len(state.rumors))]))
            talking = every[state.telling[every]]
            if len(talking):
                state.tellers.remove(talking)
                self._settle(state, talking[:0], np.empty(0, dtype=np.bool_), talking, self.tick - 1)

    def set_fear_of_news(self, rumor: int, prob: Mapping[str | None, float], replicates: NDArray[np.int64]) -> None:
        """Set with what probability hearing a rumor frightens, by channel; None is every channel not named."""
        self._news_frightens = True
        usual = prob.get(None, 0.0)
        self._fear_asks_who |= any(name in self._worked_out_later and prob[name] != usual for name in prob)
        if None in prob:
            self._fear_of_news[replicates, rumor, :] = prob[None]
        for name, value in prob.items():
            if name is not None:
                self._fear_of_news[replicates, rumor, self.channel(name) + 1] = value

    def scale_interest(self, rumor: int, rows: NDArray[Any], factor: float) -> None:
        """Multiply the receptivity of rows for a rumor."""
        remaining, rows = self._state_of[rumor].remaining, self.state_rows(rumor, rows)
        with np.errstate(divide="ignore", over="ignore"):
            left = remaining[rows] * (np.float32(1.0) / np.float32(factor))
        # A threshold that has shrunk to 0 would be crossed without any contact.
        remaining[rows] = np.where(remaining[rows] > 0, np.maximum(left, np.float32(1e-38)), left)

    def record_voicings(
        self, rumors: NDArray[Any], rows: NDArray[Any], groups: NDArray[Any], layer: str, occasion: str
    ) -> None:
        """Record that rows voiced rumors in groups (numbers as `meeting_groups` gives them), and who noticed."""
        number = self.occasions.index(occasion)
        compiled, _ = self.meeting_groups(layer, [0], np.array([0]))
        replicate = np.asarray(rows) // self.n
        record = np.zeros(len(rows), dtype=VOICING_DTYPE)
        record["tick"], record["rumor"], record["row"], record["occasion"] = self.tick, rumors, rows, number
        record["group"] = compiled.own_number(layer, groups, replicate)
        luck = self.luck.uniform("detect", rows, rumors, (self.tick << 8) | (number + 1))
        record["detected"] = luck < self._detect[number]
        self._voicings.append(record)
        n_rumors = self.voiced_counts.shape[1]
        cell = (replicate * n_rumors + rumors) * self.n_zones + self._zone[rows]
        for counts, some in ((self.voiced_counts, cell), (self.detected_counts, cell[record["detected"]])):
            added = np.bincount(some, minlength=self.replicates * n_rumors * self.n_zones)
            counts[:, :, number] += added.reshape(self.replicates, n_rumors, self.n_zones)

    def move(self, row: int, layer: str, group: int) -> None:
        """Move a row within a group layer, now; CoreError in a batch of several replicates."""
        if self.replicates != 1:
            raise CoreError("moves by hand", path="replicates", given=self.replicates, allowed="a single replicate")
        self.attribute()
        self._crowd.move(self.states, row, layer, group, self.tick)

    def hush(self, layer: str, groups: Any, replicates: NDArray[np.int64], *, lift: bool = False) -> None:
        """Let nobody speak up in the meetings of some groups any more, or (`lift`) let them speak again.

        Members go on telling in private, and voice elsewhere; what is told by order is heard as before.
        """
        compiled, numbers = self.meeting_groups(layer, groups, replicates)
        if self._hushed is None:
            self._hushed = np.zeros(compiled.n_groups, dtype=np.bool_)
        self._hushed[numbers] = not lift

    def replan(
        self, row: int, layer: str, tick: int, begins: bool, group: int | None = None, *, now: bool = False
    ) -> int:
        """Cancel what is planned for a row's memberships at a tick, or (`now`) let it take place at once.

        Parameters
        ----------
        row : int
        layer : str
        tick : int
            Tick at whose start the change was to take effect; not in the past.
        begins : bool
            Whether it is a beginning or an end.
        group : int, optional
            Only changes in this group of the layer.

        Returns
        -------
        int
            How many changes it concerned.

        Raises
        ------
        CoreError
            For an unknown layer, a tick that is past, or a batch of several replicates.
        """
        if self.replicates != 1:
            raise CoreError("plans changed by hand", path="replicates", given=self.replicates, allowed="1 replicate")
        if tick < self.tick + self._stepping:
            raise CoreError("planned change", path="tick", given=tick, allowed=f"{self.tick + self._stepping} or later")
        groups, entries = layer_entries(self._crowd.fabric.groups, layer)
        number = None if group is None else int(groups.first_group[layer][0]) + group
        found = planned(groups, entries, row, number, tick, begins)
        concerned = groups.change_entry[found]
        groups.cancel(found)
        if now and len(found):
            switch = np.full(len(found), begins)
            groups.write_changes(concerned, switch, self.tick, concerned[:0])
            self._crowd.set_present(self.states, concerned, switch)
        return len(found)
