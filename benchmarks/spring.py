"""What the mechanisms of spring 1956 do: who carries the news, and what happens without them.

    python -m benchmarks.spring [--replicates 20] [--parts isolation,delay,roots,carriers]

* isolation: without journeys, visits, post, telephone and transfers, how many outside the district of Tirana hear of
  the conference before the letter (nobody may), and without any source, how many hear of the speech (nobody may);
* delay: how many days later a district hears of the conference without duty travel, the same people and luck;
* roots: where the chains begin along which people had heard of the speech before foreign radio took it up;
* carriers: by whom the first in each district heard of the conference before the letter, and whether the teller knew
  earlier, told then, and could: was where the hearer was, or had a line or a letter, and did not sit in the hall.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

import rumorsim as rs
from rumorsim.model import RunRecord, assemble
from rumorsim.model.absences import Absences
from rumorsim.model.actions import HallSession
from rumorsim.model.agenda import write_agenda
from rumorsim.party.vocabulary import TIE_KINDS
from rumorsim.plot.chains import ancestry
from rumorsim.scenario.words import CHANNELS

__all__ = ["ALONE", "CARRIERS", "SILENT", "SPEECH", "Whereabouts", "carriers", "doubts", "heard_before", "roots"]

#: Nothing moves between districts.
ALONE: Final[dict[str, Any]] = {
    "travel.duty_rate": 0.0,
    "travel.inspection_rate": 0.0,
    "travel.officer_rate": 0.0,
    "travel.correspondent_rate": 0.0,
    "visit.rate": 0.0,
    "post.letter_rate": 0.0,
    "post.students_letter_rate": 0.0,
    "spread.telephone_rate": 0.0,
    "control.officers_moved": 0,
}
NO_TRAVEL: Final = {name: value for name, value in ALONE.items() if name.startswith("travel.")}
#: The speech has no source.
SILENT: Final[dict[str, Any]] = {
    f"events.{name}.enabled": False
    for name in ("politburo", "plenum", "foreign-radio", "editors-of-the-daily", "editors-of-the-radio",
                 "soviet-university-meetings")
}  # fmt: skip
SPEECH: Final = "secret-speech"
#: By what the first in a district may hear of the conference before the letter.
CARRIERS: Final = ("travel", "visit", "post", "telephone", "briefing", "conversation", "workplace", "hall")
_RADIO: Final = "1956-03-16"
_LETTER: Final = "1956-04-21"


def heard_before(record: RunRecord, rumor: str, date: str) -> Any:
    """Return who had heard a rumor before a date, (n,) bool."""
    ticks = record.heard_tick[record.rumors.index(rumor)].astype(np.int64)
    first = int(np.searchsorted(record.tick_start, np.datetime64(date)))
    return ticks < first


def roots(record: RunRecord, rumor: str, date: str) -> Counter[str]:
    """Return through what the first of each chain had heard, over all who had heard before a date."""
    row = record.rumors.index(rumor)
    source, _ = ancestry(record, row)
    through = record.channel[row][source[heard_before(record, rumor, date)]]
    return Counter(CHANNELS[number] if number >= 0 else "known at the start" for number in through.tolist())


class Whereabouts:
    """Where everybody is at every tick, and who sits in the hall: the same in all replicates of a scenario."""

    def __init__(self, scenario: rs.Scenario, party: rs.Party) -> None:
        assembly = assemble(scenario, party)
        self.party = party
        self.absences: Absences = assembly.absences()
        agenda = write_agenda(scenario, party, scenario.values, assembly.calendar, assembly.zones, self.absences)
        self.sessions = [one for one in agenda.actions if isinstance(one, HallSession)]
        ties = (party.ties[name].tolist() for name in ("source", "target", "kind"))
        self.ties = {(source, target, TIE_KINDS[kind]) for source, target, kind in zip(*ties, strict=True)}

    def lives_in(self, ticks: NDArray[Any]) -> NDArray[np.int64]:
        """Return the district in which everybody lives at a tick of its own, transfers included, (n,) int64."""
        home = self.party.people["district"].astype(np.int64)
        moves, gone = self.party.moves, self.absences
        there = gone.move_tick <= ticks[gone.move_person]
        home[gone.move_person[there]] = moves["district"][gone.move_rows[there]]
        return home

    def trip(self, person: int, tick: int) -> int:
        """Return the place of the duty trip a person is on, -1 for none."""
        gone = self.absences
        there = np.flatnonzero((gone.person == person) & (gone.leave <= tick) & (tick < gone.back))
        return int(self.party.hosts["place"][gone.host[there[0]]]) if len(there) else -1

    def visits(self, person: int, tick: int) -> int:
        """Return whom a person visits, -1 for nobody."""
        gone = self.absences
        there = np.flatnonzero((gone.guest == person) & (gone.arrives <= tick) & (tick < gone.leaves))
        return int(gone.visited[there[0]]) if len(there) else -1

    def meet_on_a_visit(self, one: int, other: int, tick: int) -> bool:
        """Return whether one is the guest of the other, or both are guests of a third."""
        hosts = self.visits(one, tick), self.visits(other, tick)
        return other == hosts[0] or one == hosts[1] or hosts[0] == hosts[1] >= 0

    def district(self, person: int, tick: int) -> int:
        """Return the district a person is in."""
        trip, visited = self.trip(person, tick), self.visits(person, tick)
        if trip >= 0:
            return int(self.party.geography.district[trip])
        whose = visited if visited >= 0 else person
        return int(self.lives_in(np.full(len(self.party.people), tick))[whose])

    def sits(self, record: RunRecord, person: int, tick: int) -> bool:
        """Return whether a delegate sits in the hall."""
        if person not in record.delegates:
            return False
        return any(
            one.tick <= tick < max(one.back_tick, one.tick + 1)
            and not (one.stays_away is not None and one.stays_away[person])
            for one in self.sessions
        )


def carriers(record: RunRecord, where: Whereabouts, rumor: str, date: str) -> Iterator[tuple[int, int, str]]:
    """Yield the first hearer, the teller and the channel of each district but that of Tirana, before a date.

    Whoever has been transferred counts where he lived when he heard.
    """
    row, party = record.rumors.index(rumor), where.party
    early, district = heard_before(record, rumor, date), where.lives_in(record.heard_tick[row])
    for number in range(len(party.districts)):
        there = np.flatnonzero(early & (district == number))
        if number == party.geography.tirana_district or not there.size:
            continue
        first = int(there[np.argmin(record.heard_tick[row][there])])
        yield first, int(record.teller[row][first]), CHANNELS[int(record.channel[row][first])]


def doubts(where: Whereabouts, record: RunRecord, row: int, hearer: int) -> list[str]:
    """Return what speaks against the hop by which somebody heard a rumor: nothing, it is to be hoped."""
    tick, teller = int(record.heard_tick[row][hearer]), int(record.teller[row][hearer])
    word = CHANNELS[int(record.channel[row][hearer])]
    found = [] if word in CARRIERS else [f"came by {word}"]
    if word == "hall":
        return found if where.sits(record, hearer, tick) else [*found, "heard in the hall without sitting there"]
    if word == "briefing":
        return found
    if teller < 0:
        return [*found, "nobody told"]
    pair = (hearer, teller)
    if record.heard_tick[row][teller] >= tick:
        found.append("the teller did not know earlier")
    if word != "post" and not (record.tells[row][teller] and record.stopped_tick[row][teller] >= tick):
        found.append("the teller had fallen silent")
    if word != "post" and any(where.sits(record, one, tick) for one in pair):
        found.append("one of the two sat in the hall")
    trips = [where.trip(one, tick) for one in pair]
    if word == "telephone" and ((*pair, "telephone") not in where.ties or max(trips) >= 0):
        found.append("no line, or nobody at the desk")
    elif word == "post" and not any((*pair, kind) in where.ties for kind in ("kin", "friend", "letters_home")):
        found.append("no letters between the two")
    elif word == "visit" and not where.meet_on_a_visit(hearer, teller, tick):
        found.append("no visit brings the two together")
    elif word in ("travel", "conversation", "workplace") and where.district(hearer, tick) != where.district(
        teller, tick
    ):
        found.append("they were in different districts")
    if word == "travel" and max(trips) < 0:
        found.append("neither is on a trip")
    return found


def _isolation(replicates: int) -> None:
    scenario = rs.load_scenario("tirana-conference").replace(ALONE)
    party, run = rs.build_party(scenario), rs.run(scenario, replicates, seed=1956, prior_replicates=0)
    outside = party.people["district"] != party.geography.tirana_district
    found = [
        int((heard_before(run.replay(k), "tirana_conference", _LETTER) & outside).sum()) for k in range(replicates)
    ]
    print(f"outside the district of Tirana, nothing moving, by {replicates} replicates: {sum(found)} heard")
    speech = rs.load_scenario(SPEECH).replace(SILENT)
    run = rs.run(speech, replicates, seed=1956, prior_replicates=0)
    print(f"the speech without a source: {run.share_aware('secret_speech', on='1956-04-13').max():g} know")


def _delay(replicates: int) -> None:
    scenario = rs.load_scenario("tirana-conference")
    runs = [rs.run(one, replicates, seed=1956, prior_replicates=0) for one in (scenario, scenario.replace(NO_TRAVEL))]
    party = rs.build_party(scenario)
    end = np.datetime64(f"{scenario.stop}") + np.timedelta64(1, "D")
    places = [name for k, name in enumerate(party.districts) if k != party.geography.tirana_district]
    median = []
    for run in runs:
        first = np.stack([run.first_aware("tirana_conference", place=place) for place in places])
        median.append(np.median(np.where(np.isnat(first), end, first).astype("i8"), axis=0) / 86400.0)
    later = median[1] - median[0]
    half = student.ppf(0.975, replicates - 1) * later.std(ddof=1) / np.sqrt(replicates)
    print(f"without duty travel the median district hears {later.mean():.2f} days later, 95% interval "
          f"{later.mean() - half:.2f} to {later.mean() + half:.2f}, {replicates} pairs")  # fmt: skip


def _roots(replicates: int) -> None:
    run = rs.run(rs.load_scenario(SPEECH), replicates, seed=1956, prior_replicates=0)
    found: Counter[str] = Counter()
    for k in range(replicates):
        found += roots(run.replay(k), "secret_speech", _RADIO)
    print(f"who knew the speech before {_RADIO}, by where their chain begins, {replicates} replicates:")
    for word, number in found.most_common():
        print(f"  {word:<20} {number:>8}")


def _carriers(replicates: int) -> None:
    scenario = rs.load_scenario("tirana-conference")
    run = rs.run(scenario, replicates, seed=1956, prior_replicates=0)
    where, row = Whereabouts(scenario, rs.build_party(scenario)), scenario.rumors.index("tirana_conference")
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for k in range(replicates):
        record = run.replay(k)
        for hearer, _, word in carriers(record, where, "tirana_conference", _LETTER):
            found[word] += 1
            wrong += Counter(doubts(where, record, row, hearer))
    print(f"how the first of each district heard of the conference before {_LETTER}, {replicates} replicates:")
    for word, number in found.most_common():
        print(f"  {word:<20} {number:>8}")
    print("impossible: " + (", ".join(f"{word} {number}" for word, number in wrong.most_common()) or "none"))


PARTS: Final[dict[str, Callable[[int], None]]] = {
    "isolation": _isolation,
    "delay": _delay,
    "roots": _roots,
    "carriers": _carriers,
}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--parts", default=",".join(PARTS))
    given = parser.parse_args()
    for name in given.parts.split(","):
        PARTS[name](given.replicates)


if __name__ == "__main__":
    main()
