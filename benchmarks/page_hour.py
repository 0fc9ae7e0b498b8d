"""An hour of play in Chromium: does memory grow, does play slow down, does the page complain?

    python -m benchmarks.page_hour --minutes 60

Plays two whole-party worlds to the end, rewinds and plays on; on the way it moves levers, clicks places and cells, and
opens panels. Every third minute a reset with another seed, every tenth 20 pairs and a file. Prints a line every half
minute: memory of the server and of all processes of the browser, what the page itself holds after a collection
(JavaScript, elements, listeners), ticks a second while playing, complaints, and the load of the machine.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.page import served
from tests.app import browser
from tests.app.browser import Tab

ROUND = 30.0
#: A machine at work on other things is slow, not broken.
PATIENCE = 600.0
PLACES = ("Gjirokastër", "Shkodër", "Korçë", "Vlorë", "Tiranë")


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and all it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from descendants(int(child))


def megabytes(pid: int) -> float:
    """Return the memory of a process and all it has started, shared pages counted once."""
    total = 0
    for one in descendants(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended meanwhile
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def held(tab: Tab) -> tuple[float, int, int]:
    """Return what the page holds once it has been collected: MB of JavaScript, elements, listeners."""
    tab.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    found = {one["name"]: one["value"] for one in tab.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
    return found["JSHeapUsedSize"] / 2**20, int(found["Nodes"]), int(found["JSEventListeners"])


def play(tab: Tab, until: float) -> float:
    """Play until a moment, from the first date again after the end; return the ticks a second while it played."""
    ticks, seconds, last = 0, 0.0, None
    while time.monotonic() < until:
        status, tick, now = tab.status(), tab.tick(), time.monotonic()
        if status == "playing":
            if last is not None and tick >= last[0]:
                ticks, seconds = ticks + tick - last[0], seconds + now - last[1]
            last = (tick, now)
        else:
            last = None
            if status == "end":
                tab.seek(0)
            tab.click("play")
        time.sleep(0.5)
    return ticks / seconds if seconds else 0.0


def disturb(tab: Tab, number: int) -> None:
    """Do one of the things a class does while it plays."""
    tab.place(PLACES[number % len(PLACES)])
    tab.type_lever("travel.duty_rate", f"{0.001 * (number % 40):g}")
    if number % 3 == 0:
        tab.type_lever("radio.rate", f"{0.01 * (number % 17):g}")
    tab.click("more")
    tab.key("?")
    tab.cell(6 + 13 * (number % 20))


def rest(tab: Tab, number: int) -> None:
    """Between two rounds: close what is open; now and then a reset, 20 pairs, a file."""
    for _ in range(3):
        tab.key("Escape")
    if number % 6 == 5:
        tab.choose("seed", str(number))
        tab.click("reset")
        tab.until(lambda: f"seed={number}&" in str(tab.part("link").get_attribute("value")), "a reset", PATIENCE)
    if number % 20 == 10:
        tab.type_lever("travel.duty_rate", "0")
        tab.until(lambda: "0 instead of" in tab.text("world-b"), "the other world", PATIENCE)
        tab.click("pairs")
        tab.click("export-png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    lines: list[tuple[float, ...]] = []
    with served() as (server, address), browser.chromium() as tab:
        tab.driver.execute_cdp_cmd("Performance.enable", {})
        tab.complaints()  # of the empty window Chromium opens first
        tab.open(address)
        print("minute  server MB  browser MB  page MB  elements  listeners  ticks/s  complaints  load", flush=True)
        start = time.monotonic()
        for number in itertools.count():
            begun = time.monotonic()
            if begun - start >= 60 * minutes:
                break
            first = play(tab, begun + ROUND / 2 - 3)
            disturb(tab, number)
            second = play(tab, begun + ROUND - 3)
            rest(tab, number)
            complaints = [*tab.complaints(), *filter(None, [tab.problem()])]
            page, elements, listeners = held(tab)
            memory = (megabytes(server.pid), megabytes(tab.driver.service.process.pid))
            rate = (first + second) / 2
            lines.append((*memory, page, elements, listeners, rate, len(complaints)))
            print(
                f"{(time.monotonic() - start) / 60:6.1f} {memory[0]:10.0f} {memory[1]:11.0f} {page:8.1f} {elements:9d}"
                f" {listeners:10d} {rate:8.1f} {len(complaints):11d} {os.getloadavg()[0]:5.1f}",
                *complaints[:3],
                flush=True,
            )
            time.sleep(max(0.0, begun + ROUND - time.monotonic()))
    tenth = max(1, len(lines) // 10)
    for name, column in (("server MB", 0), ("browser MB", 1), ("page MB", 2), ("elements", 3), ("listeners", 4)):
        # The first tenth fills caches of fixed size.
        early = statistics.median(one[column] for one in lines[tenth : 2 * tenth] or lines)
        late = statistics.median(one[column] for one in lines[-tenth:])
        print(f"{name}: median of the second tenth {early:.1f}, of the last {late:.1f}, growth {late - early:+.1f}")
    print(f"ticks/s: median {statistics.median(one[5] for one in lines):.1f}, least {min(one[5] for one in lines):.1f}")
    print(f"complaints: {sum(one[6] for one in lines):.0f}")


if __name__ == "__main__":
    main()
