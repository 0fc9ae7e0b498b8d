"""The 1956 model: one scenario and one party, ready to be simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Contacts, Fear, GroupLayer, MakiThompson, Network, Simulation, Streams, Traits
from rumorsim.core.rules import DaleyKendall
from rumorsim.errors import RunError
from rumorsim.model.absences import Absences, trips_taken
from rumorsim.model.actions import Memory
from rumorsim.model.agenda import Agenda, write_agenda, zone_masks
from rumorsim.model.audience import Zones, audience_mask
from rumorsim.model.calendar import Calendar, calendar_of, people_at_scale
from rumorsim.model.contacts import clock_factors, layers_of, networks_of, reasons_to_call
from rumorsim.model.emboldening import emboldening_of
from rumorsim.model.far_ties import FarTies, are_dated, post, visits_taken
from rumorsim.model.meetings import letter_meetings, ordinary_meetings
from rumorsim.model.record import CHANNELS, MEETING, VOICING, VOICING_KINDS, RunRecord
from rumorsim.party import Party
from rumorsim.party.vocabulary import ROLES
from rumorsim.scenario import Scenario
from rumorsim.scenario import events as kinds

__all__ = ["Assembly", "assemble"]

_TRAVEL, _WORKPLACE = CHANNELS.index("travel"), CHANNELS.index("workplace")
_TELL = {
    "leader": "tell.prob_leader",
    "tirana_functionary": "tell.prob_functionary",
    "provincial_member": "tell.prob_member",
    "tirana_member": "tell.prob_member",
    "inhabitant": "tell.prob_member",
    "officer": "tell.prob_officer",
    "student_abroad": "tell.prob_student",
}
_COUPLINGS = {
    ("missing_name", "secret_speech"): "coupling.missing_name_to_speech",
    ("secret_speech", "tirana_conference"): "coupling.speech_to_conference",
    ("tirana_conference", "unequal_punishment"): "coupling.conference_to_punishment",
    ("elite_privileges", "unequal_punishment"): "coupling.privileges_to_punishment",
    ("tirana_conference", "elite_privileges"): "coupling.conference_to_privileges",
}


#: Rows (people, rumors and replicates) up to which replicates are run side by side; beyond, they crowd the caches.
_ROWS_AT_ONCE = 100_000
#: Replicates of one well-mixed group that are run side by side.
_MANY_AT_ONCE = 64


class _Plan:
    """Everything that depends on the values but not on the replicate.

    `uses` counts the batches that were run with it; with `once` no more than one is expected.
    """

    def __init__(self, assembly: Assembly, values: Mapping[str, Any], *, once: bool = False) -> None:
        scenario, party, calendar = assembly.scenario, assembly.party, assembly.calendar
        self.values, self.uses = dict(values), 0
        self.pass_on = float(values["spread.pass_on_rate"])
        self.trips = trips_taken(party, values, calendar)
        moves = _moves(scenario, party, values, calendar)
        self.absences = Absences(
            party, calendar, self.trips, *moves, visits_taken(party, values, calendar, assembly.far)
        )
        self.contacts = layers_of(
            party, values, self.absences, assembly.networks_for(values), assembly.far, keeps_changes=not once
        )
        self.factors = clock_factors(calendar, values, self.pass_on, reasons_to_call(scenario, values, calendar))
        self.agenda: Agenda = write_agenda(scenario, party, values, calendar, assembly.zones, self.absences)
        self.post = post(party, values, calendar, assembly.far)
        self.meetings = ordinary_meetings(scenario, party, values, calendar, assembly.rumor)
        self.traits = _traits(scenario, party, values, assembly.zones)
        self.couplings = np.ones((len(scenario.rumors), len(scenario.rumors)))
        for (first, second), name in _COUPLINGS.items():
            if first in assembly.rumor and second in assembly.rumor:
                self.couplings[assembly.rumor[first], assembly.rumor[second]] = float(values[name])


class Assembly:
    """A scenario and its party, ready to run replicate after replicate.

    Attributes
    ----------
    scenario : Scenario
    party : Party
    calendar : Calendar
    rumor : dict rumor -> row

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("classroom")
    >>> assembly = assemble(scenario, build_party(scenario))
    >>> record = assembly.simulate(seed=1956, replicate=0)
    >>> record.heard_tick.shape == (len(scenario.rumors), len(assembly.party.people))
    True
    """

    def __init__(self, scenario: Scenario, party: Party) -> None:
        self.scenario = scenario
        self.party = party
        self.calendar: Calendar = calendar_of(scenario, scenario.values)
        self.rumor = {name: number for number, name in enumerate(scenario.rumors)}
        self.zones = Zones(zone_masks(scenario, party), len(party.people))
        self.far = FarTies(party, self.calendar)
        self._networks: dict[bool, dict[str, Network]] = {}
        rows = len(party.people) * len(scenario.rumors)
        #: How many replicates are best run side by side: a small party costs mostly overhead, which they share.
        self.at_once = max(_ROWS_AT_ONCE // rows, 1) if scenario.population == "party" else _MANY_AT_ONCE
        self._plan: _Plan | None = None

    def simulate(self, seed: int, replicate: int = 0, values: Mapping[str, Any] | None = None) -> RunRecord:
        """Run one replicate and return what it leaves behind.

        Parameters
        ----------
        seed, replicate : int
        values : mapping catalog id -> value, optional
            Values of this replicate; the scenario's own (the modes of the catalog) by default.
        """
        sim = self.start(seed, [replicate], values)
        while not sim.finished:
            sim.step()
        return self.records(sim)[0]

    def start(self, seed: int, replicates: Sequence[int] = (0,), values: Mapping[str, Any] | None = None) -> Simulation:
        """Return a simulation at its start, for a batch of consecutive replicates."""
        values = self.scenario.values if values is None else values
        if self.scenario.population == "complete":
            return self._start_classic(seed, replicates, values)
        return self.begin(self.inputs(seed, replicates, values), values)

    def inputs(self, seed: int, replicates: Sequence[int], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `rumorsim.core.Simulation` takes for a batch of consecutive replicates, by name."""
        plan = self._plan_for(values)
        plan.uses += 1
        actions = [*plan.agenda.actions, *plan.post, *plan.meetings]
        number = self._number(values)
        for letter in plan.agenda.letters:
            for replicate in replicates:
                streams = Streams(seed, replicate)
                actions += letter_meetings(letter, self.party, values, self.calendar, self.rumor, streams, number)
        return {
            "contacts": plan.contacts,
            "rules": [
                MakiThompson(
                    plan.pass_on if plan.pass_on > 0 else 1.0,
                    float(values["tell.stifling_rate"]),
                    float(values["tell.forgetting_rate"]),
                )
                for _ in self.scenario.rumors
            ],
            "ticks": self.calendar.ticks,
            "clock_factors": plan.factors,
            "traits": plan.traits,
            "fear": Fear(float(values["tell.fear_factor"]), float(values["fear.stop_factor"])),
            "emboldening": emboldening_of(values, self.rumor),
            "broadcasts": plan.agenda.broadcasts,
            "actions": [action for action in actions if action.tick < self.calendar.n_ticks],
            "couplings": plan.couplings,
            "channels": CHANNELS,
            "occasions": VOICING_KINDS,
            "detect_prob": dict.fromkeys(VOICING_KINDS, float(values["control.detect_prob"])),
            "replicates": len(replicates),
            "first_replicate": replicates[0],
            "seed": seed,
            "memory": Memory(),
        }

    def begin(
        self, inputs: Mapping[str, Any], values: Mapping[str, Any], engine: Callable[..., Simulation] = Simulation
    ) -> Simulation:
        """Return a simulation of some inputs at its start: the bar is set, and known is what is known by then."""
        sim = engine(**inputs)
        sim.set_bar(float(values["voice.bar"]))
        for action in self._plan_for(values).agenda.initial:
            sim.intervene(action)
        return sim

    def _start_classic(self, seed: int, replicates: Sequence[int], values: Mapping[str, Any]) -> Simulation:
        n = len(self.party.people)
        rule_class = DaleyKendall if self.scenario.rule == "daley_kendall" else MakiThompson
        everybody = GroupLayer.of("everybody", np.zeros(n, dtype=np.int32))
        return Simulation(
            Contacts(n, [everybody]),
            [
                rule_class(float(values["classic.transmission_rate"]), float(values["classic.stifling_rate"]))
                for _ in self.scenario.rumors
            ],
            ticks=self.calendar.ticks,
            initial_spreaders=np.arange(int(values["classic.initial_spreaders"])),
            channels=CHANNELS,
            occasions=VOICING_KINDS,
            replicates=len(replicates),
            first_replicate=replicates[0],
            seed=seed,
        )

    def check(self) -> None:
        """Lay a run out without running it.

        Raises
        ------
        RunError
            For what this party cannot do: an audience that is nobody, more delegates, transfers or first spreaders
            than there are people for.
        """
        if self.scenario.population == "party":
            self._plan_for(self.scenario.values)

    def absences(self, values: Mapping[str, Any] | None = None) -> Absences:
        """Return who is away when, and who is transferred, for some values (the scenario's own by default).

        Raises
        ------
        RunError
            For one well-mixed group, where nobody travels.
        """
        if self.scenario.population == "complete":
            raise RunError("no travel", path="population", given="complete", allowed="party")
        return self._plan_for(self.scenario.values if values is None else values).absences

    def networks_for(self, values: Mapping[str, Any]) -> dict[str, Network]:
        """Return the ties that act by daily talk; they are the same for most values, so they are built once."""
        across = not are_dated(values)
        if across not in self._networks:
            self._networks[across] = networks_of(self.party, across)
        return self._networks[across]

    def _number(self, values: Mapping[str, Any]) -> Any:
        return lambda given: float(self.scenario.number(given, values))

    def _plan_for(self, values: Mapping[str, Any]) -> _Plan:
        if self._plan is None or self._plan.values != dict(values):
            # Where numbers were used once and are others now, each replicate draws its own.
            once = self._plan is not None and self._plan.uses == 1
            self._plan = _Plan(self, values, once=once)
        return self._plan

    def channels_told(
        self, channel: NDArray[np.int8], teller: NDArray[np.int32], heard_tick: NDArray[np.int16]
    ) -> NDArray[np.int8]:
        """Return the channels of a replicate, in which only what a visitor hears or tells came by duty travel.

        The engine has visitors and those who receive them in one group; what the latter tell each other is talk at
        work. Where ties act daily all of it counts as travel, as it did at first.

        Parameters
        ----------
        channel, teller, heard_tick : (n_rumors, n) or (n,)
        """
        if self._plan is None or not are_dated(self._plan.values):
            return channel
        at = (channel == _TRAVEL).nonzero()
        when = heard_tick[at].astype(np.int64)
        visit = np.zeros(len(when), dtype=np.bool_)
        for who in (at[-1], teller[at]):
            visit |= self._plan.absences.on_duty(who, when, when + 1)
        found = channel.copy()
        found[tuple(index[~visit] for index in at)] = _WORKPLACE
        return found

    def records(self, sim: Simulation) -> list[RunRecord]:
        """Return what each replicate of a batch has left behind so far."""
        runs = sim.results()
        memory = Memory() if sim.memory is None else sim.memory
        trips = (
            np.empty(0, np.int32) if self._plan is None or self.scenario.population == "complete" else self._plan.trips
        )
        records = []
        voicings = runs.voicings
        for k in range(sim.replicates):
            mine = voicings[voicings["row"] // sim.n == k]
            spoken = np.zeros(len(mine), dtype=VOICING)
            for name in ("tick", "rumor", "detected"):
                spoken[name] = mine[name]
            spoken["kind"] = mine["occasion"]
            spoken["person"] = mine["row"] % sim.n
            spoken["cell"] = np.where(mine["occasion"] == VOICING_KINDS.index("hall"), -1, mine["group"])
            number = sim.first_replicate + k
            records.append(
                RunRecord(
                    seed=sim.streams.by_replicate[k].seed,
                    replicate=number,
                    rumors=self.scenario.rumors,
                    tick_start=self.calendar.tick_start,
                    heard_tick=runs.heard_tick[k],
                    stopped_tick=runs.stopped_tick[k],
                    tells=runs.told[k],
                    channel=self.channels_told(runs.channel_number[k], runs.teller[k], runs.heard_tick[k]),
                    teller=runs.teller[k],
                    afraid_tick=runs.afraid_tick[k],
                    voicings=spoken,
                    meetings=_meetings_held(memory, k),
                    trips_taken=trips,
                    delegates=_people_of(sim, memory.delegates, k),
                    expelled=_people_of(sim, memory.punished_in(k, "expelled"), k),
                    penalized=_people_of(sim, memory.punished_in(k, "penalized"), k),
                    fired=tuple((label, tick) for label, replicate, tick in runs.fired if replicate == number),
                )
            )
        return records


def _moves(
    scenario: Scenario, party: Party, values: Mapping[str, Any], calendar: Calendar
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the transfers that happen: rows of ``party.moves`` with the lowest marks, and their minutes."""
    rows: list[NDArray[Any]] = []
    minutes: list[NDArray[Any]] = []
    order = np.argsort(party.moves["mark"], kind="stable")
    used = 0
    for event in scenario.events_of("move"):
        if not isinstance(event, kinds.Move) or not event.enabled:
            continue
        count = people_at_scale(float(scenario.number(event.count, values)), values)
        mask = audience_mask(party, event.audience)
        free = order[used:]
        chosen = free[mask[party.moves["person"][free]]]
        if count > len(chosen):
            allowed = f"at most {len(chosen)}, who can be moved in this party"
            raise RunError("more transfers than people who can be moved", path=event.id, given=count, allowed=allowed)
        chosen = chosen[:count]
        used += len(chosen)
        begin = calendar.minute(event.begin) - round(float(scenario.number(event.lead, values)) * 1440)
        end = calendar.last_minute if event.end is None else calendar.minute(event.end)
        when = begin + np.floor(party.moves["when"][chosen].astype(np.float64) * (end - begin))
        # Transfers before the run starts have happened on its first tick.
        rows.append(chosen)
        minutes.append(when.astype(np.int64))
    if not rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(rows), np.concatenate(minutes)


def _traits(scenario: Scenario, party: Party, values: Mapping[str, Any], zones: Zones) -> Traits:
    people = party.people
    tell = np.array([float(values[_TELL[role]]) for role in ROLES])[people["role"]]
    receptivity = np.empty((len(scenario.rumors), len(people)))
    for number, name in enumerate(scenario.rumors):
        receptivity[number] = people["receptivity"].astype(np.float64) * float(values[f"rumor.{name}.interest"])
        if name == "elite_privileges":
            receptivity[number] *= people["visibility"]
    return Traits(
        talk=people["talk"],
        receptivity=receptivity,
        tell_prob=tell,
        boldness=np.clip(people["boldness"], 0.0, 1.0),
        zone=zones.of,
    )


def _people_of(sim: Simulation, rows: NDArray[np.int64], position: int) -> NDArray[np.int32]:
    return np.asarray(rows[rows // sim.n == position] % sim.n, dtype=np.int32)


def _meetings_held(memory: Memory, position: int) -> NDArray[Any]:
    held = [(tick, groups) for tick, groups, replicates in memory.letter_meetings if position in replicates]
    record = np.zeros(sum(len(groups) for _, groups in held), dtype=MEETING)
    if held:
        record["tick"] = np.concatenate([np.full(len(groups), tick) for tick, groups in held])
        record["cell"] = np.concatenate([groups for _, groups in held])
        record["kind"] = VOICING_KINDS.index("letter_meeting")
    return record


def assemble(scenario: Scenario, party: Party) -> Assembly:
    """Bring a scenario and its party together; see `Assembly`.

    Raises
    ------
    RunError
        When the scenario asks for something the party or the engine does not have.
    """
    return Assembly(scenario, party)
