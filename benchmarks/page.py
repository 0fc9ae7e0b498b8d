"""How soon the page stands and how many ticks it draws a second, with two whole-party worlds in Chromium.

    python -m benchmarks.page

Prints the seconds from the command to the board and to the first world, ticks a second as frames drawn in the browser
(median of five plays of 8 s), and the load of the machine before and after.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.app import browser


@contextlib.contextmanager
def served() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command as a teacher does, and give the process and its address."""
    command = [sys.executable, "-m", "rumorsim", "app", "--no-browser", "--port", "0"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=browser.ROOT)
    try:
        assert server.stderr is not None
        line = next(line for line in server.stderr if "http://" in line)
        yield server, "http://" + line.split("http://")[1].split()[0]
    finally:
        server.terminate()


def main() -> None:
    print("load before", os.getloadavg())
    with browser.chromium() as tab:
        begun = time.monotonic()
        with served() as (_, address):
            tab.driver.get(address)
            tab.until(lambda: tab.part("map") is not None, "the board")
            print(f"board after {time.monotonic() - begun:.1f} s")
            tab.until(lambda: tab.status() == "ready", "the first world")
            print(f"first world after {time.monotonic() - begun:.1f} s")
            tab.type_lever("travel.duty_rate", "0")
            asked = time.monotonic()
            tab.until(lambda: "instead of 0.025" in tab.text("world-b"), "the other world")
            print(f"other world {time.monotonic() - asked:.1f} s after the lever")
            rates = []
            tab.choose("speed", "70")  # as fast as the page goes
            for _ in range(5):
                tab.seek(60)
                before, start = tab.script("return window.rumorsimFrames"), time.monotonic()
                tab.click("play")
                time.sleep(8)
                ticks, frames = tab.tick() - 60, tab.script("return window.rumorsimFrames") - before
                rates.append(min(ticks, frames) / (time.monotonic() - start))
                tab.click("play")
            print(
                f"ticks a second, drawn: median {statistics.median(rates):.1f} of", [round(rate, 1) for rate in rates]
            )
    print("load after", os.getloadavg())


if __name__ == "__main__":
    main()
