"""What the mechanisms of spring 1956 do: who carries the news, and what happens without them.

    python -m benchmarks.spring [--replicates 20] [--parts isolation,delay,roots,carriers]

* isolation: without journeys, visits, post, telephone and transfers, how many outside the district of Tirana hear of
  the conference before the letter (nobody may), and without any source, how many hear of the speech (nobody may);
* delay: how many days later a district hears of the conference without duty travel, the same people and luck;
* roots: where the chains begin along which people had heard of the speech before foreign radio took it up;
* carriers: by whom the first in each district heard of the conference before the letter.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from scipy.stats import t as student

import rumorsim as rs
from rumorsim.model import RunRecord
from rumorsim.plot.chains import ancestry
from rumorsim.scenario.words import CHANNELS

__all__ = ["ALONE", "CARRIERS", "SILENT", "SPEECH", "carriers", "heard_before", "roots"]

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
CARRIERS: Final = ("travel", "visit", "post", "telephone", "briefing", "conversation", "hall")
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


def carriers(record: RunRecord, party: rs.Party, rumor: str, date: str) -> Iterator[tuple[int, int, str]]:
    """Yield the first hearer, the teller and the channel of each district but that of Tirana, before a date."""
    row = record.rumors.index(rumor)
    early, district = heard_before(record, rumor, date), party.people["district"]
    for number in range(len(party.districts)):
        there = np.flatnonzero(early & (district == number))
        if number == party.geography.tirana_district or not there.size:
            continue
        first = int(there[np.argmin(record.heard_tick[row][there])])
        yield first, int(record.teller[row][first]), CHANNELS[int(record.channel[row][first])]


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
    party, run = rs.build_party(scenario), rs.run(scenario, replicates, seed=1956, prior_replicates=0)
    found: Counter[str] = Counter()
    for k in range(replicates):
        found += Counter(word for _, _, word in carriers(run.replay(k), party, "tirana_conference", _LETTER))
    print(f"how the first of each district heard of the conference before {_LETTER}, {replicates} replicates:")
    for word, number in found.most_common():
        print(f"  {word:<20} {number:>8}")


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
