"""The party's contacts as the engine takes them: groups at work and at home, ties, guests, and who is away when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Contacts, GroupLayer, MembershipChange, Network, TieLayer
from rumorsim.core.contacts.edge_sums import in_joint_order
from rumorsim.errors import RunError
from rumorsim.model.calendar import Calendar, hours_of_week
from rumorsim.model.far_ties import are_dated
from rumorsim.party import Party
from rumorsim.party.far_ties import VISIT, is_far
from rumorsim.party.vocabulary import PURPOSES, TIE_KINDS, TRIP_MAX_RATE
from rumorsim.scenario import Scenario

__all__ = ["Absences", "clock_factors", "layers_of", "networks_of", "reasons_to_call", "trips_taken"]

_RATES: Final = {
    "duty": "travel.duty_rate",
    "officer": "travel.officer_rate",
    "correspondent": "travel.correspondent_rate",
    "inspection": "travel.inspection_rate",
}
#: Share of a weight that rounding may change in a layer. The rates of one clock differ by a thousand in draws from
#: the priors, and letters home weigh least: at their lowest they may be rounded to twice their weight, or to nothing.
_ROUNDING: Final = {"letters_home": 1.0}
_ROUNDING_ELSEWHERE: Final = 0.25
_HOME_LAYERS: Final = ("workplace", "neighborhood", "cell")


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
        wished = np.zeros(0, dtype=VISIT) if visits is None else visits
        arrives = calendar.tick_of_minutes(wished["start_minute"])
        leaves = calendar.tick_of_minutes(wished["end_minute"])
        possible = leaves > arrives
        for who in (wished["person"], wished["visited"]):
            possible &= (leaves <= gone[who]) & ~self._on_duty(who, arrives, leaves)
        self.guest, self.visited = wished["person"][possible], wished["visited"][possible]
        self.arrives, self.leaves = arrives[possible], leaves[possible]

    def _on_duty(self, who: NDArray[np.int32], begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return who of some people is on a duty trip at some time from a tick to before another."""
        span = 1 + max(int(self.leave.max(initial=0)), int(end.max(initial=0)))
        order = np.argsort(self.person * span + self.leave, kind="stable")
        key = (self.person.astype(np.int64) * span + self.leave)[order]
        # Trips of a person never overlap: the last one that begins before the end is the last one to come back.
        last = np.searchsorted(key, who.astype(np.int64) * span + end, side="left") - 1
        trip = np.append(order, 0)[last]
        if not len(order):
            return np.zeros(len(who), dtype=np.bool_)
        return np.asarray((last >= 0) & (self.person[trip] == who) & (self.back[trip] > begin))

    def on_a_journey(self, begin: int, end: int) -> NDArray[np.bool_]:
        """Return who is on a trip or a visit from a tick to before another, or has been transferred by then, (n,)."""
        gone = self._gone < end
        for who, leave, back in ((self.person, self.leave, self.back), (self.guest, self.arrives, self.leaves)):
            gone[who[(leave < end) & (back > begin)]] = True
        return np.asarray(gone)

    def at_home(self, layer: str, group_of: NDArray[Any], party: Party, **options: Any) -> GroupLayer:
        """Build a layer of home groups, with absences on trips and permanent moves."""
        home = GroupLayer.of(layer, group_of, **options)
        n_groups = max(home.n_groups, int(party.moves[layer].max()) + 1 if len(party.moves) else 0)
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
        target = party.moves[layer][self.move_rows].astype(np.int32)
        goes = target >= 0
        new_entry = len(person) + np.arange(int(goes.sum()))
        person = np.concatenate([person, mover[goes].astype(np.int32)])
        group = np.concatenate([group, target[goes]])
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

    def stays(self, party: Party, **options: Any) -> GroupLayer:
        """Build the layer of those who receive travelers on duty: hosts for good, travelers for their trips."""
        hosts = GroupLayer.of("travel", party.people["host"], **options)
        n_groups = max(hosts.n_groups, len(party.hosts))
        return _with_guests(hosts, n_groups, self.person, self.host, self.leave, self.back)

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
    changes, present = _settled(np.concatenate([comes, goes]), np.concatenate([entry, entry]), begins, present)
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


def networks_of(party: Party, across: bool = True) -> dict[str, Network]:
    """Return the ties of each kind as a network, with or without kin and friends in different districts."""
    networks = {}
    kept = np.ones(len(party.ties), np.bool_) if across else ~is_far(party)
    for number, kind in enumerate(TIE_KINDS):
        chosen = party.ties[(party.ties["kind"] == number) & kept]
        ends = chosen["source"].astype(np.int32), chosen["target"].astype(np.int32)
        networks[kind] = Network(len(party.people), *ends, chosen["weight"].astype(np.float64), keeps_order=True)
    return networks


def layers_of(
    party: Party, values: Mapping[str, Any], absences: Absences, networks: Mapping[str, Network] | None = None
) -> Contacts:
    """Build the contact layers of the party for one set of values, on `networks_of` the party.

    Clocks: "work" (workplaces), "free" (neighborhoods, friends, kin), "visit" (whatever has a rate of its own and
    goes on through the waking day: travelers and hosts, the telephone, hostels, letters home), "rooms" (cells and the
    hall, which only meet), and "telephone" where calls are official: then only who is not on a journey is at the line.

    Where ties across districts act at dates, kin and friends there visit each other instead, and letters home go by the
    post (`rumorsim.model.far_ties`); what is told to kin and friends of the same district stays as much as it was.
    """
    people = party.people
    n = len(people)
    dated = are_dated(values)
    tied = networks_of(party, across=not dated) if networks is None else networks
    far = is_far(party) if dated else None
    exponent = float(values["spread.group_size_exponent"])
    names = ("workplace", "neighborhood", "friends", "kin")
    shares = {name: float(values[f"spread.share_{name}"]) for name in names}
    total = sum(shares.values())
    shares = {name: value / total if total > 0 else 0.0 for name, value in shares.items()}

    def leveled(rate: float, sizes: NDArray[Any]) -> float:
        mean = float(sizes.mean()) if len(sizes) else 1.0
        return float(rate * mean ** (exponent - 1.0))

    def tie_layer(name: str, kind: str, channel: str, clock: str, rate: float, mean_ties: float | None) -> TieLayer:
        network = tied[kind]
        if mean_ties is not None:
            weight = float(network.weight.sum())
            if far is not None:
                apart = far & (party.ties["kind"] == TIE_KINDS.index(kind))
                weight += float(party.ties["weight"][apart].sum(dtype=np.float64))
            rate = rate / max(weight / n, 1e-9)
        # Friends and kin meet at home and lines end at a desk, if at all; letters reach people wherever they are.
        home = {"free": "neighborhood", "telephone": "workplace"}.get(clock)
        return TieLayer(name, network, channel, clock, rate, home)

    lines = "telephone" if _calls_are_official(values) else "visit"
    # What shares the pass-on rate comes first, then what has a rate of its own, then rooms that only meet.
    at_work = {"channel": "workplace", "clock": "work", "exponent": exponent}
    at_home = {"channel": "conversation", "clock": "free", "exponent": exponent}
    layers: list[TieLayer | GroupLayer] = [
        absences.at_home(
            "workplace",
            people["workplace"],
            party,
            rate=leveled(shares["workplace"], party.workplaces["size"]),
            **at_work,
        ),
        absences.at_home(
            "neighborhood",
            people["neighborhood"],
            party,
            rate=leveled(shares["neighborhood"], party.neighborhoods["size"]),
            **at_home,
        ),
        tie_layer("friends", "friend", "conversation", "free", shares["friends"], 1.0),
        tie_layer("kin", "kin", "kin", "free", shares["kin"], 1.0),
        absences.stays(party, channel="travel", clock="visit", rate=float(values["spread.visit_rate"])),
        tie_layer("telephone", "telephone", "telephone", lines, float(values["spread.telephone_rate"]), None),
        absences.visits(party, channel="visit", clock="visit", rate=float(values["visit.telling_rate"]))
        if dated
        else tie_layer("letters_home", "letters_home", "kin", "visit", float(values["spread.letters_home_rate"]), None),
        GroupLayer.of(
            "hostel",
            people["hostel"],
            channel="conversation",
            clock="visit",
            rate=leveled(float(values["spread.hostel_rate"]), party.hostels["size"]),
            exponent=exponent,
        ),
        absences.at_home("cell", people["cell"], party, channel="cell_meeting", clock="rooms", rate=0.0),
        GroupLayer("hall", *_nobody(), 1, np.ones(1), "hall", "rooms", 0.0, 1.0, np.empty(0, np.bool_)),
    ]
    return Contacts(n, [replace(layer, rounding=_ROUNDING.get(layer.name, _ROUNDING_ELSEWHERE)) for layer in layers])


def _nobody() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return np.empty(0, np.int32), np.empty(0, np.int32)


def _calls_are_official(values: Mapping[str, Any]) -> bool:
    return str(values["telephone.use"]) == "official"


def reasons_to_call(scenario: Scenario, values: Mapping[str, Any], calendar: Calendar) -> NDArray[np.float64] | None:
    """Return how freely each rumor is told over the telephone, (n_rumors, n_ticks); None where it needs no reason.

    Where calls are official, the news of the conference is a reason from the moment on at which the scenario has the
    top watch the hall (its first alarm); everything else, and all before, is told at `telephone.idle_factor`.
    """
    if not _calls_are_official(values):
        return None
    freely = np.full((len(scenario.rumors), calendar.n_ticks), float(values["telephone.idle_factor"]))
    for event in scenario.events_of("alarm")[:1]:
        for row, rumor in enumerate(scenario.rumors):
            if rumor == "tirana_conference":
                freely[row, calendar.tick_at(event.begin) :] = 1.0
    return freely


def clock_factors(
    calendar: Calendar, values: Mapping[str, Any], pass_on_rate: float, reasons: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return the calendar factor of each clock, (n_ticks,), relative to a transmission rate of pass_on_rate.

    Talk at work, at home and in free time follows the pass-on rate; visits and the telephone have rates of their
    own, so their factors are divided by it. With `reasons_to_call` the telephone has a clock, (n_rumors, n_ticks).
    """
    talk = 1.0 if pass_on_rate > 0 else 0.0
    own = 1.0 / pass_on_rate if pass_on_rate > 0 else 1.0
    factors = {
        "work": talk * calendar.profile(hours_of_week(values, "work")),
        "free": talk * calendar.profile(hours_of_week(values, "free")),
        "visit": own * calendar.profile(hours_of_week(values, "visit")),
    }
    if reasons is not None:
        factors["telephone"] = own * calendar.profile(hours_of_week(values, "telephone")) * reasons
    return factors
