"""One tab of the page: what its buttons ask for, what is made of it, and what goes back to the browser."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from rumorsim import __version__
from rumorsim.app import export, payload
from rumorsim.app.answers import answer_of
from rumorsim.app.levers import TRAVEL, levers_of, read_changes, read_value, said_of, same
from rumorsim.app.link import LONGEST, link_of, read_link
from rumorsim.app.run import Interval, Stopped, World, as_seed, changed, explain, pairs, run_world
from rumorsim.app.stories import supposed_in, titles
from rumorsim.app.tour import DEFAULT_TOUR, Tour, load_tour
from rumorsim.ensemble.draws import at_mode
from rumorsim.errors import RumorsimError, unknown
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["Session"]

_PAIRS: Final = 20


class Session:
    """The state of one tab. Work is done one piece after the other in a thread; of two alike only the last is done.

    Parameters
    ----------
    publish : callable (name, value)
        Takes what the browser is given: "says", "world_a", "world_b", "answer", "interval", "file", "tour".
    first : name or path of the scenario of the command line.
    seed : int
    query : the address the tab was opened with.
    tour : Tour, optional
        The guided tour; the shipped English one by default.
    """

    def __init__(
        self, publish: Callable[[str, Any], None], first: str, seed: int, query: str = "", tour: Tour | None = None
    ) -> None:
        self._publish = publish
        self._first = first
        self._wish: Mapping[str, Any] = read_link(query)
        self._wishes = 1
        self._tour = tour or load_tour(DEFAULT_TOUR)
        self.name, self.seed = first, seed
        self.a: World | None = None
        self.b: World | None = None
        self.changes: dict[str, Any] = {}
        self._good: dict[str, Any] = {}
        self.interval: Interval | None = None
        self.problem = self.notice = ""
        self.busy = "building the party"
        self.closed = False
        self._runs = self._answers = 0
        self._done_pairs = 0
        self._lock = threading.Lock()
        self._waiting: dict[str, Callable[[], None]] = {}
        self._working = False
        self._wanted_pairs = 0

    # ---------------------------------------------------------------- life

    def begin(self) -> None:
        """Make the first worlds, as the address or else the command line wants them."""
        wish = self._wish
        if wish["version"] not in ("", __version__):
            self.notice = f"This link was made with rumorsim {wish['version']}; this is {__version__}."
        self._publish("tour", self._tour.form())
        self._say()
        self._do("reset", lambda: self._begin(wish))

    def _begin(self, wish: Mapping[str, Any]) -> None:
        try:
            # An address with a step and no scenario means the board of the step.
            if wish["tour"] and not wish["scenario"]:
                link = self._tour.step(wish["tour"]).link
                self._wish = wish = {**read_link(link), "tour": wish["tour"]} if link else wish
                self._say()
            self._reset(wish["scenario"] or self._first, wish["seed"] or self.seed, wish["changes"], 1)
        except RumorsimError:
            # What the address asks for cannot be shown: say so over what the command line asked for.
            self._wish = {**wish, "place": "", "tour": ""}
            self._say()
            self._reset(self._first, self.seed, {}, 1)
            raise

    def close(self) -> None:
        """Let go of everything; a step under way is the last."""
        self.closed = True
        self._waiting.clear()
        self.a = self.b = self.interval = None
        threading.Thread(target=gc.collect, daemon=True).start()

    def _going(self) -> bool:
        return not self.closed

    def _do(self, name: str, job: Callable[[], None]) -> None:
        with self._lock:
            if self.closed:
                return
            self._waiting[name] = job
            if name == "reset":
                # It goes first: after a lever asked for later, it would stop what already plays from there.
                self._waiting = {name: job, **self._waiting}
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if self.closed or not self._waiting:
                    self._working = False
                    return
                job = self._waiting.pop(next(iter(self._waiting)))
            try:
                job()
            except Stopped:
                continue
            except Exception as error:
                # The board says what happened and keeps the last good run.
                self.problem = explain(error)
            self.busy = ""
            self._say()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until nothing is left to do; for tests and scripts."""
        tick = threading.Event()
        for _ in range(int(seconds / 0.01)):
            if not self._working:
                return
            tick.wait(0.01)
        raise TimeoutError("still at work")

    # ---------------------------------------------------------------- what the browser asks for

    def ask(self, message: Mapping[str, Any]) -> None:
        """Do what a button or a click asks for; what is wrong with it is said on the board.

        Parameters
        ----------
        message : "what" and its arguments: reset (scenario, seed), lever (key, value), no_travel, levers_back,
            pairs (rumor), pairs_stop, chain (world, group, tick, rumor), members (world, cell, tick, rumor),
            export (form, tick, rumor, and of a chain world and group), step (number), guessed (number).
        """
        what, self.problem = str(message.get("what", "")), ""
        try:
            if what == "reset":
                self._later("reset", "running both worlds", lambda: self._reset(message["scenario"], message["seed"]))
            elif what == "lever":
                self._set_levers({str(message["key"]): message["value"]})
            elif what == "no_travel":
                self._set_levers(dict.fromkeys(TRAVEL, 0))
            elif what == "levers_back":
                self.changes = {}
                self._second()
            elif what == "pairs":
                self._run_pairs(str(message["rumor"]))
            elif what == "pairs_stop":
                self._wanted_pairs += 1
            elif what == "step":
                self._set_board(message["number"])
            elif what in ("chain", "members", "export", "guessed"):
                self._do(what, lambda: getattr(self, f"_{what}")(message))
        except Exception as error:
            self.problem = explain(error)
            self._say()

    def _set_board(self, number: Any) -> None:
        """Set the board of a step, as opening its link would."""
        step = self._tour.step(number)
        if step.link:
            wish = self._wish = {**read_link(step.link), "tour": str(number)}
            self._wishes += 1
            wanted = wish["scenario"], wish["seed"], wish["changes"], self._wishes
            self._later("reset", "setting the board", lambda: self._reset(*wanted))

    def _guessed(self, message: Mapping[str, Any]) -> None:
        step = self._tour.step(message["number"])
        self._answer("guessed", message, number=int(message["number"]), **answer_of(step, self._going))

    def _later(self, name: str, said: str, job: Callable[[], None]) -> None:
        self.busy = said
        self._say()
        self._do(name, job)

    def _reset(self, name: str, seed: Any, changes: Mapping[str, Any] | None = None, wish: int = 0) -> None:
        allowed = self.names()
        if name not in allowed:
            raise unknown("scenario", name, allowed)
        number = as_seed(seed)
        scenario = at_mode(load_scenario(name))
        # Levers stay where they are as long as the scenario does.
        before = dict(self.changes)
        kept = changes if changes is not None else self.changes if name == self.name else {}
        read = read_changes(scenario, kept)
        other = changed(scenario, read)
        # Pairs that are being run would only slow this down; those asked for meanwhile are of the worlds of before.
        self._forget_pairs()
        a = run_world(scenario, number, self._going)
        b = run_world(other, number, self._going) if read else None
        if self.closed:
            return
        # A lever moved while this ran stays moved; its run waits already.
        if self.changes == before or name != self.name:
            self.changes = read
        self.name, self.seed, self.a, self.b = name, number, a, b
        self._good = dict(read)
        self._forget_pairs()
        self._runs += 1
        self._publish("world_b", {})
        self._publish("world_a", {**payload.world_of(a, f"a{self._runs}"), "wish": wish})
        self._show_b()
        gc.collect()

    def _set_levers(self, given: Mapping[str, Any]) -> None:
        scenario = self._shown().scenario
        levers = {lever.key: lever for lever in levers_of(scenario)}
        for key, value in given.items():
            if key not in levers:
                raise unknown("lever", key, levers)
            read = read_value(levers[key], value)
            if same(read, levers[key].value):
                self.changes.pop(key, None)
            else:
                changed(scenario, {key: read})
                self.changes[key] = read
        self._second()

    def _second(self) -> None:
        """Run the second world anew, for the changes of now."""
        self._forget_pairs()
        self._later("second", "running the other world", self._run_second)

    def _run_second(self) -> None:
        changes, a = dict(self.changes), self._shown()
        try:
            b = run_world(changed(a.scenario, changes), a.seed, self._going) if changes else None
        except Exception:
            # What cannot be built is taken back, or every later lever would fail with it.
            if changes == self.changes:
                self.changes = dict(self._good)
            raise
        if self.closed or changes != self.changes or a is not self.a:
            return
        self.b, self._good = b, changes
        self._runs += 1
        self._show_b()

    def _show_b(self) -> None:
        if self.b is None:
            self._publish("world_b", {})
            return
        # What was changed in this world, which is not what has been changed since.
        levers, changes = levers_of(self._shown().scenario), self._good
        said = {
            "changes": said_of(levers, changes),
            "other_people": any(lever.other_people for lever in levers if lever.key in changes),
        }
        self._publish("world_b", {**payload.world_of(self.b, f"b{self._runs}"), **said})

    def _chain(self, message: Mapping[str, Any]) -> None:
        world, rumor, tick = self._asked(message)
        group = int(message["group"])
        links = world.chain(rumor, group, tick)
        self._answer("chain", message, place=world.groups[group], links=payload.link_lines(world, links))

    def _members(self, message: Mapping[str, Any]) -> None:
        world, rumor, tick = self._asked(message)
        cell = int(message["cell"])
        row = world.party.cells[cell]
        found = world.members(rumor, cell, tick)
        place = world.party.place_names[int(row["place"])]
        lines = payload.member_lines(world, found)
        self._answer(
            "members",
            message,
            name=payload.cell_text(world.party.name_of(row)),
            place=place,
            count=len(found),
            lines=lines,
        )

    def _asked(self, message: Mapping[str, Any]) -> tuple[World, str, int]:
        world = self.b if message.get("world") == "b" and self.b is not None else self._shown()
        rumor = str(message["rumor"])
        if rumor not in world.record.rumors:
            raise unknown("rumor of this run", rumor, world.record.rumors)
        return world, rumor, min(max(int(message["tick"]), 0), world.n_ticks)

    def _answer(self, what: str, message: Mapping[str, Any], **found: Any) -> None:
        self._answers += 1
        asked = {key: message.get(key) for key in ("world", "group", "cell", "tick", "rumor")}
        self._publish("answer", {"n": self._answers, "what": what, **asked, **found})

    def _export(self, message: Mapping[str, Any]) -> None:
        _, rumor, tick = self._asked(message)
        a, form = self._shown(), str(message["form"])
        group = message.get("group")
        chosen = None if group is None else (str(message.get("world")), range(len(a.groups))[int(group)])
        made = export.FORMS[form](a, self.b, rumor, tick, self.interval, chosen)
        self._answers += 1
        self._publish("file", {"n": self._answers, "name": made.name, "mime": made.mime, "data": made.base64})

    # ---------------------------------------------------------------- twenty pairs

    def _forget_pairs(self) -> None:
        self._wanted_pairs += 1
        self.interval = None
        self._publish("interval", {})

    def _run_pairs(self, rumor: str) -> None:
        a, b = self._shown(), self.b
        if b is None:
            raise RumorsimError("there is no other world yet", allowed="move a lever first")
        self._forget_pairs()
        wanted = self._wanted_pairs

        def going() -> bool:
            return not self.closed and wanted == self._wanted_pairs

        def told(done: int) -> bool:
            if going():
                self._publish("interval", {"done": done, "of": _PAIRS, "rumor": rumor})
            return going()

        def work() -> None:
            try:
                found = pairs(a.scenario, b.scenario, a.seed, rumor, _PAIRS, told, going)
            except Stopped:
                return
            except Exception as error:
                self.problem = explain(error)
                self._say()
                return
            if going():
                self.interval = found
                rows = {key: np.round(getattr(found, key), 6).tolist() for key in ("mean", "low", "high")}
                self._publish("interval", {"done": _PAIRS, "of": _PAIRS, "rumor": rumor, **rows})

        self._publish("interval", {"done": 0, "of": _PAIRS, "rumor": rumor})
        threading.Thread(target=work, daemon=True).start()

    # ---------------------------------------------------------------- what is said

    def names(self) -> list[str]:
        """Return the scenarios that can be chosen: the shipped ones with a party, and that of the command line."""
        return list(dict.fromkeys([*titles(), self._first]))

    def _shown(self) -> World:
        if self.a is None:
            raise RumorsimError("no world has been run yet")
        return self.a

    def link(self, rumor: str, tick: int) -> str:
        """Return the address of what is shown, "" where it would be longer than `LONGEST`."""
        a = self._shown()
        moment = str(a.record.tick_start[tick].astype("M8[m]"))
        found = link_of(self.name, self.seed, self.changes, rumor, moment)
        return found if len(found) <= LONGEST else ""

    def _say(self) -> None:
        if not self.closed:
            self._publish("says", self.state())

    def state(self) -> dict[str, Any]:
        """Return what the board says of the run: names, levers, what is under way, what went wrong."""
        scenario: Scenario | None = None if self.a is None else self.a.scenario
        found = () if scenario is None else levers_of(scenario)
        levers = [asdict(lever) for lever in found]
        for lever in levers:
            now = self.changes.get(lever["key"], lever["value"])
            lever["now"] = now.isoformat() if hasattr(now, "isoformat") else now
        return {
            "version": __version__,
            "busy": self.busy,
            "problem": self.problem,
            "notice": self.notice,
            "scenario": self.name,
            "scenarios": self.names(),
            "titles": dict(titles()),
            "supposed": supposed_in(self.name, "" if scenario is None else scenario.title),
            "seed": str(self.seed),
            "levers": levers,
            "changes": said_of(found, self.changes),
            "rumor": self._wish["rumor"],
            "moment": self._wish["moment"],
            "place": self._wish["place"],
            "world": self._wish["world"],
            "step": self._wish["tour"],
            "link": link_of(self.name, self.seed, self.changes, "RUMOR", "MOMENT", "PLACE"),
        }
