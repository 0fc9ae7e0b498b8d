"""The party as a `mesa.Model`: one step is one tick of the core's simulation."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from rumorsim.abm.batch import warn_of_equal_iterations
from rumorsim.abm.interventions import HOME_LAYERS, CancelTrip, has_reach
from rumorsim.abm.looking_back import LookingBack
from rumorsim.abm.members import CLASS_OF_ROLE, Member, Trip
from rumorsim.abm.mesa_scenario import mesa_scenario, story_of
from rumorsim.abm.organizations import PartyCell, PartyCommittee
from rumorsim.abm.reporters import default_reporters
from rumorsim.abm.views import View
from rumorsim.core import NEVER, Action, Silence, Simulation, Streams
from rumorsim.core.checks import seed as check_seed
from rumorsim.ensemble import Ensemble, observables
from rumorsim.ensemble.draws import at_mode
from rumorsim.ensemble.frame import sites
from rumorsim.ensemble.places import places_within, word_in
from rumorsim.ensemble.reduce import Reducer
from rumorsim.errors import PartyError, QueryError, RunError
from rumorsim.model import Assembly, RunRecord, assemble
from rumorsim.model.absences import REACH
from rumorsim.party import Party, build_party
from rumorsim.party.vocabulary import LEVELS, ROLES
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["PartyModel"]

#: Levels in the order in which a committee is meant by the name of its place.
_BY_PLACE = ("city", "district", "central", "embassy", "army", "region")
_NAT = np.datetime64("NaT", "s")
_SEED = 1956


class PartyModel(LookingBack, mesa.Model):  # type: ignore[misc]
    """The party of 1956 in Mesa: agents to ask and to act upon, over the arrays of the fast core.

    ``step()`` advances one tick of the core and never goes through agents; agents are views that are made when
    somebody looks. The model runs the same replicate as ``rumorsim.run(scenario, seed=seed, parameters="mode")`` has
    as its first, tick by tick.

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
    seed : int, optional
        0 to 2**64 - 1, a text of digits is allowed; 1956 where it is left out. Iterations of `mesa.batch_run` that
        have no seed of their own would be the same run again: a UserWarning says so.
    rng : int, optional
        Another word for `seed`: the one that Mesa 3.4 and later uses, and the one for `mesa.batch_run` parameters.
    party : Party, optional
        A party built before from the same structural values, to save the second or so it takes.
    reporters : mapping name -> model reporter, optional
        What ``datacollector`` collects at the start and after every step; `default_reporters` where left out, nothing
        for an empty mapping. See `rumorsim.abm.reporter`.
    story : as `scenario`, optional
        Another word for `scenario`, for the parameters of a SolaraViz page: Mesa keeps ``scenario`` to itself there.
    **kwargs
        Changes of the scenario by key, as in ``scenario.replace``: ``PartyModel("classroom", **{"travel.duty_rate":
        0.05})``.

    Attributes
    ----------
    scenario_key : str
        Name of the scenario (Mesa itself owns ``model.scenario``).
    rumors : tuple of str
    party : Party
    simulation : rumorsim.core.Simulation
    datacollector : mesa.DataCollector
    running : bool
        False once the last tick has been run.

    Raises
    ------
    RunError
        For a seed out of range, or a party that is not the scenario's.
    ScenarioError
        For a wrong scenario, or a wrong key or value among `kwargs`.

    Examples
    --------
    >>> model = PartyModel("classroom", seed=1956)
    >>> model.step()
    >>> str(model.date), model.steps, len(model.agents_by_type[PartyCell])
    ('1956-02-25T12:00:00', 1, 263)
    """

    def __init__(
        self,
        scenario: Scenario | str | os.PathLike[str] = "classroom",
        seed: int | str | None = None,
        *,
        rng: int | str | None = None,
        party: Party | None = None,
        reporters: Mapping[str, Any] | None = None,
        story: Scenario | str | os.PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None:
        warn_of_equal_iterations()
        self.seed = _as_seed(seed, rng)
        given: Any = story_of(scenario) if story is None else story
        chosen = given if isinstance(given, Scenario) else load_scenario(given)
        self._story = at_mode(chosen.replace(kwargs) if kwargs else chosen)
        super().__init__(rng=self.seed, **mesa_scenario(self._story, self.seed))
        self.party = build_party(self._story) if party is None else _checked(party, self._story)
        self.assembly: Assembly = assemble(self._story, self.party)
        self.simulation: Simulation = self.assembly.start(self.seed)
        self.rumors: tuple[str, ...] = self._story.rumors
        self._numbers = {rumor: number for number, rumor in enumerate(self.rumors)}
        self._tick_start = self.assembly.calendar.tick_start
        self._views: dict[tuple[str, int], View] = {}
        self._next_id = 0
        self._others = 0
        self._fresh: dict[Any, Any] = {}
        self._masks: dict[tuple[str | None, str | None], NDArray[np.int64]] = {}
        self._reducer: Reducer | None = None
        if reporters is None:
            reporters = default_reporters(self.rumors)
        self.datacollector = mesa.DataCollector(model_reporters=dict(reporters))
        self.running = not self.simulation.finished
        self.datacollector.collect(self)

    # ---------------------------------------------------------------- time

    def step(self) -> None:
        """Run one tick of the core and collect; CoreError after the last one."""
        self.simulation.step()
        self._fresh.clear()
        self.running = not self.simulation.finished
        self.datacollector.collect(self)

    def run_until(self, date: str | np.datetime64) -> None:
        """Step until `date` (datetime64 or text) has been reached, or the run has ended."""
        moment = np.datetime64(str(date), "s")
        while self.running and self.date < moment:
            self.step()

    @property
    def scenario_key(self) -> str:
        """Name of the scenario."""
        return self._story.name

    @property
    def date(self) -> np.datetime64:
        """Start of the coming tick, datetime64[s]; the end of the run after the last one."""
        return self.moment(self.simulation.tick)

    def moment(self, tick: int) -> np.datetime64:
        """Return the start of a tick, datetime64[s]."""
        moment: np.datetime64 = self._tick_start[tick]
        return moment

    def moment_after(self, tick: int) -> np.datetime64:
        """Return the end of a tick, the start of the run for tick -1; NaT for `rumorsim.core.NEVER`."""
        return _NAT if tick == NEVER else self.moment(tick + 1)

    # ---------------------------------------------------------------- agents

    def member(self, number: int) -> Member:
        """Return the view of a person; PartyError when there is none of that number."""
        return self._view("people", number, len(self.party.people))

    def cell(self, number: int) -> PartyCell:
        """Return the view of a cell; PartyError when there is none of that number."""
        return self._view("cells", number, len(self.party.cells))

    def committee(self, number_or_place: int | str) -> PartyCommittee:
        """Return the view of a committee, by number or by the place it sits in; PartyError when there is none."""
        number = number_or_place
        if isinstance(number, str):
            committees, geography = self.party.committees, self.party.geography
            inside = np.flatnonzero(geography.inside(geography.find(number))[committees["place"]])
            if not len(inside):
                raise PartyError(
                    "no committee has its seat there", path="place", given=number, allowed="the seat of one"
                )
            rank = [_BY_PLACE.index(LEVELS[level]) for level in committees["level"][inside]]
            number = int(inside[np.argmin(rank)])
        return self._view("committees", number, len(self.party.committees))

    def _view(self, table: str, number: int, size: int) -> View:
        number = int(number)
        if not 0 <= number < size:
            raise PartyError(f"no such number among the {table}", given=number, allowed=f"0 to {size - 1}")
        view = self._views.get((table, number))
        if view is None:
            made: type[View] = PartyCell if table == "cells" else PartyCommittee
            if table == "people":
                made = CLASS_OF_ROLE[ROLES[self.party.people["role"][number]]]
            view = self._views[table, number] = made(self, number)
        return view

    def enter_all(self) -> None:
        """Make the views that nobody has looked at yet, and enter all of them with Mesa."""
        if self._next_id:
            return
        self._next_id = 1
        classes = [CLASS_OF_ROLE[role] for role in ROLES]
        kinds: list[tuple[str, list[type[View]]]] = [
            ("people", [classes[role] for role in self.party.people["role"].tolist()]),
            ("cells", [PartyCell] * len(self.party.cells)),
            ("committees", [PartyCommittee] * len(self.party.committees)),
        ]
        views, enter = self._views, super().register_agent
        for table, wanted in kinds:
            for number, made in enumerate(wanted):
                view = views.get((table, number))
                if view is None:
                    view = views[table, number] = made(self, number)
                enter(view)
                view.unique_id = self._next_id
                self._next_id += 1

    def register_agent(self, agent: Any) -> None:
        """Register an agent with Mesa; views wait until somebody looks at all of them (Mesa calls this)."""
        if isinstance(agent, View):
            return
        super().register_agent(agent)
        self._others += 1
        agent.unique_id = len(self.party.people) + len(self.party.cells) + len(self.party.committees) + self._others
        # Up to Mesa 3.4.1 a class attribute counts agents by model and so keeps every model alive.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    @property
    def agents(self) -> Any:
        """All agents as an AgentSet: people, then cells, then committees, and agents of your own."""
        self.enter_all()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """AgentSets by the exact class of agents."""
        self.enter_all()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """The classes of agents."""
        self.enter_all()
        return list(super().agent_types)

    @property
    def members(self) -> Any:
        """All people as an AgentSet."""
        return self.agents.select(agent_type=Member)

    @property
    def cells(self) -> Any:
        """All cells as an AgentSet."""
        return self.agents.select(agent_type=PartyCell)

    @property
    def committees(self) -> Any:
        """All committees as an AgentSet."""
        return self.agents.select(agent_type=PartyCommittee)

    # ---------------------------------------------------------------- asking

    def rumor_number(self, rumor: str) -> int:
        """Return the row of a rumor; QueryError for an unknown name, with the nearest right one."""
        number = self._numbers.get(rumor)
        return self._numbers[word_in("rumor of this run", rumor, self.rumors)] if number is None else number

    def column(self, name: str, rumor: str) -> NDArray[Any]:
        """Return what holds of everybody for a rumor now, (n,): "heard_tick", "telling", "channel" or "teller"."""
        number = self.rumor_number(rumor)
        if name == "heard_tick":
            return self.simulation.heard_tick(number)
        if name == "telling":
            return self.simulation.telling(number)
        key = (name, number)
        if key not in self._fresh:
            if name not in ("channel", "teller"):
                raise QueryError("unknown column", given=name, allowed=("heard_tick", "telling", "channel", "teller"))
            found = self.simulation.channel_number if name == "channel" else self.simulation.teller
            self._fresh[key] = found(number)
            if name == "channel" and self._story.population == "party":
                teller, heard = self.column("teller", rumor), self.simulation.heard_tick(number)
                self._fresh[key] = self.assembly.channels_told(self._fresh[key], teller, heard)
        column: NDArray[Any] = self._fresh[key]
        return column

    def _homes(self, layer: str) -> NDArray[np.int32]:
        if layer not in self._fresh:
            if self._story.population == "complete":
                self._fresh[layer] = np.full(len(self.party.people), -1, dtype=np.int32)
            else:
                self._fresh[layer] = self.simulation.home_groups(layer)
        homes: NDArray[np.int32] = self._fresh[layer]
        return homes

    def home_of(self, layer: str, number: int) -> int:
        """Return the group of a layer to which a person belongs at present, trips apart; -1 for none."""
        return int(self._homes(layer)[number])

    def in_group(self, layer: str, group: int) -> NDArray[np.int64]:
        """Return the people who belong to a group of a layer at present, ascending."""
        return np.flatnonzero(self._homes(layer) == group)

    def trips_of(self, number: int) -> tuple[Trip, ...]:
        """Return the trips of a person that are under way or lie ahead, in order of time."""
        if self._story.population == "complete":
            return ()
        away, now, sim = self.assembly.absences(), self.simulation.tick, self.simulation
        hosts, found = self.party.hosts, []
        for row in np.flatnonzero((away.person == number) & (away.back > now)):
            host, leave = int(away.host[row]), int(away.leave[row])
            if leave >= now:
                still = sim.is_planned(number, "travel", leave, True, host)
            else:
                still = host in sim.present_groups("travel", number)
            if still:
                back = min(int(away.back[row]), sim.ticks.n_ticks)
                place = self.party.place_names[hosts["place"][host]]
                found.append(Trip(int(row), place, self.moment(leave), self.moment(back)))
        return tuple(sorted(found, key=lambda trip: trip.leaves))

    def cancellation(self, trip: int) -> CancelTrip:
        """Return the action that cancels a trip (its number is in `Member.trips`)."""
        away, people = self.assembly.absences(), self.party.people
        person = int(away.person[trip])
        homes = {layer: int(people[layer][person]) for layer in HOME_LAYERS}
        homes["travel"] = int(people["host"][person])
        if has_reach(self.simulation):
            homes[REACH] = 0
        host, leave, back = (int(column[trip]) for column in (away.host, away.leave, away.back))
        return CancelTrip(person=person, host=host, leave=leave, back=back, homes=homes)

    # ---------------------------------------------------------------- acting

    def intervene(self, action: Action) -> None:
        """Let an action of `rumorsim.core`, `rumorsim.abm` or your own take place now, before the coming tick.

        A bare `rumorsim.core.Simulation` that is given the same action at the same tick goes the same way.
        """
        self.simulation.intervene(action)
        self._fresh.clear()

    def silence_all(self, numbers: Iterable[int]) -> None:
        """Silence several people at once."""
        self.intervene(Silence(persons=np.asarray(list(numbers), dtype=np.int64)))

    # ---------------------------------------------------------------- results

    def record(self) -> RunRecord:
        """Return what the run has left behind so far, with the tick starts of the whole run."""
        return self.assembly.records(self.simulation)[0]

    def ensemble(self) -> Ensemble:
        """Return the run so far as an `rumorsim.ensemble.Ensemble` of one replicate, to be asked like any other.

        Days that lie ahead show the state of now. Worked out once a tick: about a tenth of a second for a classroom.
        """
        if "ensemble" not in self._fresh:
            if self._reducer is None:
                self._reducer = Reducer(self._story, self.party)
            record = self.record()
            # Up to now and no further: who tells now has not told tomorrow.
            past = dataclasses.replace(record, tick_start=record.tick_start[: max(self.simulation.tick, 1) + 1])
            tables = self._reducer(past, 0, self._story.values, Streams(self.seed, 0))
            self._fresh["ensemble"] = Ensemble(self._story, self._reducer.frame, self.seed, "mode", tables.__getitem__)
        ensemble: Ensemble = self._fresh["ensemble"]
        return ensemble

    def fingerprint(self) -> str:
        """Return the SHA-256 of the run so far; after the last step that of ``rumorsim.run(..., replicates=1)``."""
        return self.ensemble().fingerprint()

    def measure(self, name: str, **arguments: Any) -> Any:
        """Return a quantity of ``rumorsim.observables`` for the run so far.

        Parameters
        ----------
        name : str
        **arguments
            As in the registry; ``on`` and ``by`` are the day of the model where they are needed and left out.

        Raises
        ------
        QueryError
            For an unknown name, argument or word.
        """
        observable = observables[name]
        if name == "share_aware" and set(arguments) <= {"rumor", "place", "role"} and "rumor" in arguments:
            rows = self._class(arguments.get("place"), arguments.get("role"))
            heard = self.column("heard_tick", arguments["rumor"])
            return int(np.count_nonzero((heard if rows is None else heard[rows]) != NEVER)) / (
                len(heard) if rows is None else len(rows)
            )
        for moment in ("on", "by"):
            if moment in observable.required:
                arguments.setdefault(moment, self._today)
        value = observable.measure(self.ensemble(), **arguments)
        return value[0] if observable.per_replicate else value

    @property
    def _today(self) -> np.datetime64:
        """The day of which everything that has happened is part: midnight belongs to the day before."""
        today: np.datetime64 = (self.date - np.timedelta64(1, "s")).astype("M8[D]")
        return today

    def _class(self, place: str | None, role: str | None) -> NDArray[np.int64] | None:
        """Return the people of a place and role as the observables count them; None is everybody."""
        if place is None and role is None:
            return None
        key = (place, role)
        if key not in self._masks:
            chosen = np.ones(len(self.party.people), dtype=np.bool_)
            if place is not None:
                chosen &= places_within(place, self.party.places)[sites(self.party.people, self.party.institutions)]
            if role is not None:
                chosen &= self.party.people["role"] == ROLES.index(word_in("role", role, ROLES))
            if not chosen.any():
                raise QueryError(f"nobody of role {role or 'any'} in {place or 'the party'}", given=(place, role))
            self._masks[key] = np.flatnonzero(chosen)
        return self._masks[key]

    def __repr__(self) -> str:
        return f"<PartyModel: {self.scenario_key}, seed {self.seed}, {self.date}, {len(self.party):,} people>"


def _as_seed(seed: int | str | None, rng: int | str | None) -> int:
    if seed is not None and rng is not None and seed != rng:
        raise RunError("two seeds", path="rng", given=rng, allowed="seed or rng, not both")
    given: Any = rng if seed is None else seed
    if given is None:
        return _SEED
    if isinstance(given, str) and given.strip().isdecimal():
        given = int(given)
    return check_seed(given, error=RunError)


def _checked(party: Party, scenario: Scenario) -> Party:
    for key, value in party.values.items():
        if key in scenario.values and scenario.values[key] != value:
            raise RunError(
                "the party was built from other values", path=key, given=value, allowed=f"{scenario.values[key]}"
            )
    return party
