"""Who is away when, and where: trips on duty, visits to family and friends, and transfers for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import GroupLayer, MembershipChange
from rumorsim.core.contacts.edge_sums import in_joint_order
from rumorsim.errors import RunError
from rumorsim.model.calendar import Calendar
from rumorsim.party import Party
from rumorsim.party.far_ties import VISIT
from rumorsim.party.vocabulary import PURPOSES, TRIP_MAX_RATE

__all__ = ["REACH", "Absences", "trips_taken"]

_RATES: Final = {
    "duty": "travel.duty_rate",
    "officer": "travel.officer_rate",
    "correspondent": "travel.correspondent_rate",
    "inspection": "travel.inspection_rate",
}
#: Whom ties reach, where those across districts act on dates.
REACH: Final = "reach"


def trips_taken(party: Party, values: Mapping[str, Any], calendar: Calendar) -> NDArray[np.int32]:
    """Return the rows of ``party.trips`` that take place within the run at the given rates.

    A candidate trip happens if its mark is below its rate over the largest rate, so a higher rate keeps every trip
    of a lower one.

    Raises
    ------
    RunError
        When a rate is above what the candidate trips allow.
    """
    trips = party.trips
    top = np.empty(len(PURPOSES))
    for number, purpose in enumerate(PURPOSES):
        rate = float(values[_RATES[purpose]])
        if rate > TRIP_MAX_RATE[purpose]:
            most = f"0 to {TRIP_MAX_RATE[purpose]:.4f} a day"
            raise RunError("rate of trips out of range", path=_RATES[purpose], given=rate, allowed=most)
        top[number] = rate / TRIP_MAX_RATE[purpose]
    happens = trips["mark"] < top[trips["purpose"]]
    happens &= (trips["end_minute"] > calendar.first_minute) & (trips["start_minute"] < calendar.last_minute)
    return np.flatnonzero(happens).astype(np.int32)


class Absences:
    """When people are away from their own groups, and where they move for good.

    Parameters
    ----------
    party : Party
    calendar : Calendar
    trips : (m,) integers
        Rows of ``party.trips`` that happen.
    moves : (k,) integers
        Rows of ``party.moves`` that happen, with ``move_minutes`` (k,) int64.
    visits : (v,) `VISIT`, optional
        Visits to family and friends in other districts. One does not take place if it would meet a duty trip of either,
        or if either is transferred before it is over.

    Attributes
    ----------
    trips, person, host, leave, back : arrays of one length
        The trips: row of ``party.trips``, who, host group, tick of leaving and of coming back.
    guest, visited, arrives, leaves : arrays of one length
        The visits: who, whom, tick of arrival and of leaving.
    """

    def __init__(
        self,
        party: Party,
        calendar: Calendar,
        trips: NDArray[np.int32],
        moves: NDArray[Any],
        move_minutes: NDArray[np.int64],
        visits: NDArray[Any] | None = None,
    ) -> None:
        taken = party.trips[trips]
        leave = calendar.tick_of_minutes(taken["start_minute"])
        back = calendar.tick_of_minutes(taken["end_minute"])
        self.move_rows = moves
        self.move_person = party.moves["person"][moves]
        self.move_tick = calendar.tick_of_minutes(move_minutes)
        gone = np.full(len(party.people), calendar.n_ticks + 1, dtype=np.int64)
        gone[self.move_person] = self.move_tick
        # Whoever has been transferred makes no trips from the old post; a trip under way is cut short.
        back = np.minimum(back, gone[taken["person"]])
        kept = back > leave
        self.trips = trips[kept]
        self.person = taken["person"][kept].astype(np.int32)
        self.host = taken["host"][kept].astype(np.int32)
        self.leave, self.back = leave[kept], back[kept]
        self._gone = gone
        # The trips by person and time, for `on_duty`; every tick asked for is below the span.
        self._span = calendar.n_ticks + 2
        key = self.person.astype(np.int64) * self._span + self.leave
        self._by_person = np.argsort(key, kind="stable")
        self._key = key[self._by_person]
        wished = np.zeros(0, dtype=VISIT) if visits is None else visits
        arrives = calendar.tick_of_minutes(wished["start_minute"])
        leaves = calendar.tick_of_minutes(wished["end_minute"])
        possible = leaves > arrives
        for who in (wished["person"], wished["visited"]):
            possible &= (leaves <= gone[who]) & ~self.on_duty(who, arrives, leaves)
        self.guest, self.visited = wished["person"][possible], wished["visited"][possible]
        self.arrives, self.leaves = arrives[possible], leaves[possible]

    def on_duty(self, who: NDArray[Any], begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return who of some people is on a duty trip at some time from a tick to before another."""
        if not len(self._key):
            return np.zeros(len(who), dtype=np.bool_)
        # Trips of a person never overlap: the last one that begins before the end is the last one to come back.
        last = np.searchsorted(self._key, who.astype(np.int64) * self._span + end, side="left") - 1
        trip = self._by_person[last]
        return np.asarray((last >= 0) & (self.person[trip] == who) & (self.back[trip] > begin))

    def on_a_journey(self, begin: int, end: int) -> NDArray[np.bool_]:
        """Return who is on a trip or a visit from a tick to before another, or has been transferred by then, (n,)."""
        gone = self._gone < end
        for who, leave, back in ((self.person, self.leave, self.back), (self.guest, self.arrives, self.leaves)):
            gone[who[(leave < end) & (back > begin)]] = True
        return np.asarray(gone)

    def at_home(
        self, layer: str, group_of: NDArray[Any], party: Party, target: NDArray[Any] | None = None, **options: Any
    ) -> GroupLayer:
        """Build a layer of home groups, with absences on trips and permanent moves.

        `target`, (n_moves,), says to which group each of ``party.moves`` would lead, -1 for none; as the party has it
        by default.
        """
        to = party.moves[layer] if target is None else target
        home = GroupLayer.of(layer, group_of, **options)
        n_groups = max(home.n_groups, int(to.max()) + 1 if len(to) else 0)
        entry_of = np.full(len(party.people), -1, dtype=np.int64)
        entry_of[home.person] = np.arange(len(home.person))
        traveler = np.concatenate([self.person, self.guest])
        away = np.flatnonzero(entry_of[traveler] >= 0)
        entry = entry_of[traveler[away]]
        leave, back = np.concatenate([self.leave, self.arrives])[away], np.concatenate([self.back, self.leaves])[away]
        stays = back < self._gone[traveler[away]]
        person, group, present = home.person, home.group, home.present.copy()
        tick = [leave, back[stays]]
        where = [entry, entry[stays]]
        begins = [np.zeros(len(leave), np.bool_), np.ones(int(stays.sum()), np.bool_)]
        mover = self.move_person
        goal = to[self.move_rows].astype(np.int32)
        goes = goal >= 0
        new_entry = len(person) + np.arange(int(goes.sum()))
        person = np.concatenate([person, mover[goes].astype(np.int32)])
        group = np.concatenate([group, goal[goes]])
        present = np.concatenate([present, np.zeros(int(goes.sum()), np.bool_)])
        had = np.flatnonzero(entry_of[mover] >= 0)
        tick += [self.move_tick[goes], self.move_tick[had]]
        where += [new_entry, entry_of[mover[had]]]
        begins += [np.ones(int(goes.sum()), np.bool_), np.zeros(len(had), np.bool_)]
        changes, present = _settled(np.concatenate(tick), np.concatenate(where), np.concatenate(begins), present)
        size = np.maximum(np.bincount(home.group, minlength=n_groups), 1).astype(np.float64)
        return GroupLayer(
            home.name,
            person,
            group,
            n_groups,
            size,
            home.channel,
            home.clock,
            home.rate,
            home.exponent,
            present,
            changes,
        )

    def stays(self, party: Party, at_home: bool = True, **options: Any) -> GroupLayer:
        """Build the layer of those who receive travelers on duty, and of the travelers for their trips.

        `at_home` lets hosts receive nobody while they are on a journey themselves, or once they are transferred.
        """
        if at_home:
            hosts = self.at_home("travel", party.people["host"], party, np.full(len(party.moves), -1), **options)
        else:
            hosts = GroupLayer.of("travel", party.people["host"], **options)
        n_groups = max(hosts.n_groups, len(party.hosts))
        return _with_guests(hosts, n_groups, self.person, self.host, self.leave, self.back)

    def reach(self, party: Party) -> GroupLayer:
        """Build a layer without weight of whom their ties reach: nobody on a journey or transferred.

        A transfer always leads to another district.
        """
        everybody, nowhere = np.zeros(len(party.people), dtype=np.int32), np.full(len(party.moves), -1)
        return self.at_home(REACH, everybody, party, nowhere, clock="rooms", rate=0.0)

    def visits(self, party: Party, **options: Any) -> GroupLayer:
        """Build the layer of visits to family and friends: a group for as long as somebody has guests, then another's.

        Groups are lent again, so that there are as many as there are hosts at one time and not as ever have a guest.
        """
        order = np.lexsort((self.arrives, self.visited))
        host, comes, goes = self.visited[order], self.arrives[order], self.leaves[order]
        # Guests of one host whose times touch sit together; the last to leave of those before is known host by host.
        span = np.int64(goes.max(initial=0) + 1)
        until = np.maximum.accumulate(host * span + goes) - host * span
        starts = np.append(True, (host[1:] != host[:-1]) | (comes[1:] >= until[:-1]))[: len(host)].nonzero()[0]
        ends = np.append(starts[1:], len(host))[: len(starts)]
        begin, end = comes[starts], until[ends - 1]
        in_turn = np.argsort(begin, kind="stable")
        # In the order of arrival, all are over when it is the turn of the next who gets the same group.
        n_groups = int((np.searchsorted(begin[in_turn], end[in_turn]) - np.arange(len(begin))).max(initial=0))
        lent = np.empty(len(begin), dtype=np.int32)
        lent[in_turn] = np.arange(len(begin)) % max(n_groups, 1)
        nobody = GroupLayer.of("visit", np.full(len(party.people), -1), **options)
        return _with_guests(
            nobody,
            n_groups,
            np.concatenate([host[starts], self.guest[order]]).astype(np.int32),
            np.concatenate([lent, np.repeat(lent, ends - starts)]),
            np.concatenate([begin, comes]),
            np.concatenate([end, goes]),
        )


def _with_guests(
    hosts: GroupLayer,
    n_groups: int,
    guest: NDArray[np.int32],
    group: NDArray[np.int32],
    comes: NDArray[np.int64],
    goes: NDArray[np.int64],
) -> GroupLayer:
    """Return a layer of hosts with guests in their groups from one tick to another; its sizes count the hosts."""
    entry = len(hosts.person) + np.arange(len(guest))
    present = np.concatenate([hosts.present, np.zeros(len(guest), np.bool_)])
    begins = np.concatenate([np.ones(len(entry), np.bool_), np.zeros(len(entry), np.bool_)])
    own = hosts.changes
    tick, where = np.concatenate([own.tick, comes, goes]), np.concatenate([own.entry, entry, entry])
    changes, present = _settled(tick, where, np.concatenate([own.present, begins]), present)
    return GroupLayer(
        hosts.name,
        np.concatenate([hosts.person, guest]),
        np.concatenate([hosts.group, group]),
        n_groups,
        np.maximum(np.bincount(hosts.group, minlength=n_groups), 1).astype(np.float64),
        hosts.channel,
        hosts.clock,
        hosts.rate,
        hosts.exponent,
        present,
        changes,
    )


def _settled(
    tick: NDArray[np.int64], entry: NDArray[np.int64], begins: NDArray[np.bool_], present: NDArray[np.bool_]
) -> tuple[MembershipChange, NDArray[np.bool_]]:
    """Put changes in order of time; a membership that ends and begins at one tick stays as it was."""
    tick, entry, begins = in_joint_order(tick, entry, begins)
    twin = np.zeros(len(tick), np.bool_)
    same = (tick[1:] == tick[:-1]) & (entry[1:] == entry[:-1])
    twin[1:] |= same
    twin[:-1] |= same
    tick, entry, begins = tick[~twin], entry[~twin], begins[~twin]
    return MembershipChange(tick.astype(np.int32), entry.astype(np.int32), begins), present
