"""Pressures on the rows of one block: what those who tell add up to at each person, over ties and within groups.

A switch of a teller, a knower or a membership goes along its own edges and groups only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.compiled import CompiledContacts, EdgeRows
from rumorsim.core.contacts.edge_sums import Push, expand, in_order
from rumorsim.core.contacts.membership_calendar import Changes
from rumorsim.core.contacts.memberships import Memberships

__all__ = ["Pressures"]

#: Of some ties: where their edges lie, from whom they come, and to which of some rows.
Ties = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


class Pressures:
    """What tellers, and if need be those who know, add up to at every row, in whole numbers; the only writer of them.

    Parameters
    ----------
    contacts : CompiledContacts
    memberships : Memberships or None
    push : Push
        A back end of `rumorsim.core.contacts.edge_sums`.
    talk : (n_rows,) float32 or None
        Talkativeness in sixteenths; None where pressures count heads.
    n_rows : int
    needs : frozenset of str
        "knowing" or "both", as in `Rule.needs`.

    Attributes
    ----------
    flat : (n_clocks * n_rows,) float32
        The pressures of tellers, clock by clock.
    of_tellers : list of (n_rows,) float32
        Per clock, weight of those who tell toward each row, by ties and in groups; stretches of `flat`.
    of_knowers : list of (n_rows,) float32
        Per clock, weight of each row's outgoing ties to people who know; empty unless needed.
    tellers_both, knowers_both : list of (n_rows,) float32
        The same over both directions of ties; empty unless needed.
    group_talk, group_knowers, group_tellers : (n_loud + 1,) float32
        Talk of the tellers, heads of those who know, heads of the tellers in each group.
    absent : (n_rows,) bool or None
        Rows that put nothing on others, and on which nothing is put; None while nobody is absent.
    absent_rows : (m,) int64, ascending
        The same as a list.
    """

    def __init__(
        self,
        contacts: CompiledContacts,
        memberships: Memberships | None,
        push: Push,
        talk: NDArray[np.float32] | None,
        n_rows: int,
        needs: frozenset[str] = frozenset(),
    ) -> None:
        self.contacts = contacts
        self.memberships = memberships
        self.talk = talk
        self._push = push
        clocks = contacts.clocks
        self.flat = np.zeros(n_rows * len(clocks), dtype=np.float32)
        self.of_tellers = list(self.flat.reshape(-1, n_rows))
        one_way, both = "knowing" in needs, "both" in needs
        self.of_knowers = [np.zeros(n_rows, dtype=np.float32) for _ in clocks if one_way]
        self.tellers_both = [np.zeros(n_rows, dtype=np.float32) for _ in clocks if both]
        self.knowers_both = [np.zeros(n_rows, dtype=np.float32) for _ in clocks if both]
        counters = 0 if memberships is None else memberships.n_loud + 1
        self.group_talk = np.zeros(counters, dtype=np.float32)
        self.group_knowers = np.zeros(counters if needs else 0, dtype=np.float32)
        self.group_tellers = np.zeros(counters if both else 0, dtype=np.float32)
        self.absent: NDArray[np.bool_] | None = None
        self.absent_rows = np.empty(0, dtype=np.int64)

    @property
    def away(self) -> dict[int, NDArray[np.bool_]]:
        """Who is out of reach of the ties of a clock now, for the clocks whose ties have a home."""
        return {} if self.memberships is None else self.memberships.away

    def copy(self, memberships: Memberships | None) -> Pressures:
        """Return the same pressures to go on by themselves, under a copy of the memberships."""
        other = Pressures(
            self.contacts, memberships, self._push, self.talk, len(self.of_tellers[0]) if self.of_tellers else 0
        )
        other.flat = self.flat.copy()
        other.of_tellers = list(other.flat.reshape(len(self.of_tellers), -1)) if self.of_tellers else []
        other.of_knowers, other.tellers_both, other.knowers_both = (
            [column.copy() for column in columns] for columns in (self.of_knowers, self.tellers_both, self.knowers_both)
        )
        other.group_talk, other.group_knowers, other.group_tellers = (
            counter.copy() for counter in (self.group_talk, self.group_knowers, self.group_tellers)
        )
        other.absent, other.absent_rows = None if self.absent is None else self.absent.copy(), self.absent_rows
        return other

    def switch(self, heard: NDArray[Any], starting: NDArray[Any], stopped: NDArray[Any]) -> None:
        """Push who now knows (ascending), who starts telling and who stops; of the absent only once they return."""
        if self.absent is not None:
            heard, starting, stopped = (rows[~self.absent.take(rows)] for rows in (heard, starting, stopped))
        switching = np.concatenate([starting, stopped]) if len(stopped) else starting
        if len(switching):
            signs = np.ones(len(switching), dtype=np.float32)
            signs[len(starting) :] = -1
            order = switching.argsort(kind="stable")
            self._tell(switching.take(order), signs.take(order))
        if len(heard) and (self.of_knowers or self.knowers_both):
            self._know(heard)

    def _tell(self, rows: NDArray[Any], signs: NDArray[np.float32]) -> None:
        """Push rows (ascending) that start to tell (sign 1) or stop (sign -1)."""
        values = signs if self.talk is None else signs * self.talk.take(rows)
        for number, clock in enumerate(self.contacts.clocks):
            if clock.outgoing is None or clock.quiet:
                continue
            near = values
            if number in self.away:
                near = values * ~self.away[number].take(rows)
            self._along(clock.outgoing, rows, near, self.of_tellers[number])
            if self.tellers_both and clock.incoming is not None:
                self._along(clock.outgoing, rows, signs, self.tellers_both[number])
                if not clock.symmetric:
                    self._along(clock.incoming, rows, signs, self.tellers_both[number])
        groups = self.memberships
        if groups is not None and groups.slots.shape[1]:
            slots = groups.slots.take(rows, axis=0).ravel()
            self._through_groups(*_summed(slots, np.repeat(values, groups.slots.shape[1]), groups.n_loud))
            if len(self.group_tellers):
                np.add.at(self.group_tellers, slots, np.repeat(signs, groups.slots.shape[1]))
                self.group_tellers[-1] = 0

    def _know(self, rows: NDArray[Any], sign: int = 1) -> None:
        """Push rows (ascending) that now know, or (sign -1) do so no more for others."""
        ones = np.full(len(rows), sign, dtype=np.float32)
        for number, clock in enumerate(self.contacts.clocks):
            if clock.outgoing is None or clock.incoming is None or clock.quiet:
                continue
            if self.of_knowers:
                self._along(clock.incoming, rows, ones, self.of_knowers[number])
            if self.knowers_both:
                self._along(clock.outgoing, rows, ones, self.knowers_both[number])
                if not clock.symmetric:
                    self._along(clock.incoming, rows, ones, self.knowers_both[number])
        groups = self.memberships
        if groups is not None and groups.slots.shape[1]:
            np.add.at(self.group_knowers, groups.slots.take(rows, axis=0).ravel(), np.float32(sign))
            self.group_knowers[-1] = 0

    def _along(
        self, edges: EdgeRows, rows: NDArray[Any], values: NDArray[np.float32], out: NDArray[np.float32]
    ) -> None:
        """Push values of rows (ascending) along their edges."""
        starts, ends = edges.pointer.take(rows), edges.pointer[1:].take(rows)
        if 2 * len(edges.other) < len(edges.pointer):  # few have any edge at all
            some = (ends > starts).nonzero()[0]
            if not len(some):
                return
            starts, ends, values = starts[some], ends[some], values[some]
        self._push(starts, ends, edges.other, edges.weight, values, out)

    def _through_groups(self, changed: NDArray[Any], change: NDArray[np.float32]) -> None:
        """Add changes of talk in some groups to the counters and to the pressure of everybody present."""
        groups = self.memberships
        if groups is None or not len(changed):
            return
        self.group_talk[changed] += change
        change = change * groups.weight.take(changed)
        starts, ends = groups.members(changed)
        self._push(starts, ends, groups.target, groups.present, change, self.flat)

    # ------------------------------------------------------------------ memberships

    def carry_along(
        self, changes: Changes, telling: NDArray[np.bool_], knows: Callable[[NDArray[np.int64]], NDArray[np.bool_]]
    ) -> None:
        """Follow memberships that have begun or ended, none of which found a membership already as it wanted it.

        `knows` says which rows have been pushed as those who know.
        """
        groups = self.memberships
        if groups is None:
            return
        rows, place, sign = changes.rows, changes.place, changes.sign
        gained = self.group_talk.take(place)
        some = gained.nonzero()[0]
        if len(some):
            gained = gained.take(some) * groups.weight.take(place.take(some)) * sign.take(some)
            np.add.at(self.flat, changes.target.take(some), gained)
        loud = self.here(telling.take(rows), rows).nonzero()[0]
        if len(loud):
            heads = sign.take(loud)
            talk = heads if self.talk is None else heads * self.talk.take(rows.take(loud))
            self._through_groups(*_summed(place.take(loud), talk.astype(np.float32), groups.n_loud))
            if len(self.group_tellers):
                np.add.at(self.group_tellers, place.take(loud), heads)
        if len(self.group_knowers):
            aware = self.here(knows(rows), rows).nonzero()[0]
            np.add.at(self.group_knowers, place.take(aware), sign.take(aware))
        for number, (leaving, coming, _) in changes.crossings.items():
            if number not in changes.ties:  # which they are follows from the calendar, as all the changes do
                changes.ties[number] = self._ties_into(number, coming)
            self._come_and_go(number, leaving, coming, telling, changes.ties[number])

    # ------------------------------------------------------------------ out of reach

    def _come_and_go(
        self, number: int, leaving: NDArray[Any], coming: NDArray[Any], telling: NDArray[np.bool_], ties: Ties
    ) -> None:
        """Cut off those who leave from the ties of a clock, and join those who come back."""
        outgoing = self.contacts.clocks[number].outgoing
        for who, sign in ((leaving, -1), (coming, 1)):
            tellers = who[self.here(telling.take(who), who)]
            if len(tellers) and outgoing is not None:
                talk = np.ones(len(tellers), np.float32) if self.talk is None else self.talk[tellers]
                self._along(outgoing, tellers, talk * np.float32(sign), self.of_tellers[number])
        if len(coming):
            self.of_tellers[number][coming] = self._recounted(number, coming, telling, ties)

    def _ties_into(self, number: int, rows: NDArray[Any]) -> Ties:
        """Return the ties of a clock into rows: where their edges lie, from whom, and to which of the rows."""
        incoming = self.contacts.clocks[number].incoming
        if incoming is None:
            nothing = np.empty(0, dtype=np.int32)
            return nothing, nothing, nothing
        starts, ends = incoming.pointer.take(rows), incoming.pointer[1:].take(rows)
        edges = expand(starts, ends).astype(np.int32)
        return edges, incoming.other.take(edges), np.repeat(np.arange(len(rows), dtype=np.int32), ends - starts)

    def _recounted(
        self, number: int, rows: NDArray[Any], telling: NDArray[np.bool_], ties: Ties
    ) -> NDArray[np.float32]:
        """Return the pressure of a clock on rows, counted from everybody who tells now over the `_ties_into` them."""
        clock = self.contacts.clocks[number]
        total = self._in_groups_of(number, rows)
        edges, other, owner = ties
        loud = self.here(telling.take(other), other).nonzero()[0]
        if clock.incoming is not None and len(loud):
            other = other[loud]
            weight = clock.incoming.weight.take(edges[loud])
            if number in self.away:
                weight = weight * ~self.away[number].take(other)
            if self.talk is not None:
                weight = weight * self.talk.take(other)
            np.add.at(total, owner[loud], weight)
        return total

    def _in_groups_of(self, number: int, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return what the groups of a clock put on rows, their own telling included."""
        groups = self.memberships
        total = np.zeros(len(rows), dtype=np.float32)
        columns = () if groups is None else (groups.slot_clock() == number).nonzero()[0].tolist()
        if groups is not None and columns:
            total += self._in([groups.slots[rows, column] for column in columns])
        return total

    def _in(self, places: Sequence[NDArray[np.int32]]) -> NDArray[np.float32] | int:
        """Return what groups put on those present in them, one array of groups a slot."""
        weight = self.memberships.weight if self.memberships is not None else np.empty(0, dtype=np.float32)
        return sum((self.group_talk.take(place) * weight.take(place) for place in places), 0)

    def keep_away(self) -> None:
        """Let nothing that was pushed reach those who are away or absent; they count anew when they come back."""
        away_rows = {} if self.memberships is None else self.memberships.away_rows
        for number, (rows, among, places) in away_rows.items():
            self.of_tellers[number][rows] = 0
            if len(among):
                self.of_tellers[number][among] = self._in(places)
        if len(self.absent_rows):
            for pressure in self.of_tellers:
                pressure[self.absent_rows] = 0

    # ------------------------------------------------------------------ absent

    def here(self, which: NDArray[np.bool_], rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which of the rows that are picked out, (m,) bool, are not absent."""
        return which if self.absent is None else which & ~self.absent.take(rows)

    def withdraw(self, rows: NDArray[np.int64], tells: NDArray[np.bool_], knows: NDArray[np.bool_]) -> None:
        """Take back what rows (ascending) put on others, until they are restored; nothing reaches them meanwhile.

        `tells` and `knows` (m,) say which of them have been pushed as tellers and as those who know.
        """
        self._push_all(rows[tells], rows[knows], -1)
        if self.absent is None:
            self.absent = np.zeros(len(self.of_tellers[0]) if self.of_tellers else 0, dtype=np.bool_)
        self.absent[rows] = True
        self.absent_rows = self.absent.nonzero()[0]

    def restore(
        self, rows: NDArray[np.int64], telling: NDArray[np.bool_], tells: NDArray[np.bool_], knows: NDArray[np.bool_]
    ) -> None:
        """Put rows back among the others, and count for every clock what others put on them; see `withdraw`."""
        if self.absent is None:
            return
        self.absent[rows] = False
        self.absent_rows = self.absent.nonzero()[0]
        if not len(self.absent_rows):
            self.absent = None
        self._push_all(rows[tells], rows[knows], 1)
        for number, pressure in enumerate(self.of_tellers):
            pressure[rows] = self._recounted(number, rows, telling, self._ties_into(number, rows))

    def _push_all(self, tellers: NDArray[np.int64], knowers: NDArray[np.int64], sign: int) -> None:
        if len(tellers):
            self._tell(tellers, np.full(len(tellers), sign, dtype=np.float32))
        if len(knowers) and (self.of_knowers or self.knowers_both):
            self._know(knowers, sign)


def _summed(
    groups: NDArray[Any], values: NDArray[np.float32], n_loud: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the groups below n_loud whose values do not sum to 0, ascending, and the sums (whole numbers)."""
    if n_loud < 50 * len(groups):
        total = np.zeros(n_loud + 1, dtype=np.float32)
        np.add.at(total, groups, values)
        changed = (total[:-1] != 0).nonzero()[0]
        return changed, total[changed]
    different = in_order(groups)
    total = np.zeros(len(different), dtype=np.float32)
    np.add.at(total, np.searchsorted(different, groups), values)
    keep = ((total != 0) & (different < n_loud)).nonzero()[0]
    return different[keep].astype(np.int64), total[keep]
