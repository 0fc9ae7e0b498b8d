"""Pictures of the page, every panel at both sizes; the one of the README among them.

    python -m tests.app.screenshots                  docs/figures/page.png
    python -m tests.app.screenshots --all FOLDER     every panel at 1280 x 800 and at 1920 x 1080

Needs Debian's chromium and chromium-driver.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.app import browser
from tests.app.browser import Server, Tab


def shoot(tab: Tab, path: Path) -> None:
    time.sleep(0.8)
    path.parent.mkdir(parents=True, exist_ok=True)
    tab.driver.save_screenshot(str(path))


def prepare(tab: Tab, address: str) -> None:
    """Show two worlds after the conference: as it was, and without duty travel."""
    tab.open(address)
    tab.click("no-travel")
    tab.until(lambda: "nobody travels" in tab.text("world-b"), "the other world")
    tab.seek(108)


def chain(tab: Tab) -> None:
    tab.place("Gjirokastër")
    tab.until(lambda: "How did it get to" in tab.text("path"), "a chain")


def readme(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        server = Server("tirana-conference", Path(made), "60s")
        try:
            with browser.chromium() as tab:
                prepare(tab, server.address)
                shoot(tab, folder / "page.png")
        finally:
            server.stop()


def everything(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        server = Server("tirana-conference", Path(made), "60s")
        try:
            for wide, high in ((1280, 800), (1920, 1080)):
                with browser.chromium(wide, high) as tab:

                    def take(name: str, tab: Tab = tab, size: str = f"{wide}x{high}") -> None:
                        shoot(tab, folder / f"{size}-{name}.png")

                    tab.open(server.address)
                    tab.seek(100)
                    take("1-one-world")
                    prepare(tab, server.address)
                    take("2-two-worlds")
                    chain(tab)
                    take("3-path")
                    tab.key("Escape")
                    tab.click("more")
                    take("4-more")
                    tab.script("document.querySelector('.rs-drawer').scrollTo(0, 1e6)")
                    take("5-more-below")
                    tab.key("Escape")
                    tab.script("document.querySelector('.rs-world-b').scrollIntoView()")
                    tab.cell(6, 36)
                    tab.until(lambda tab=tab: " members" in tab.text("party"), "members")  # type: ignore[misc]
                    take("6-party")
                    tab.key("?")
                    take("7-keys")
                    tab.key("?")
                    tab.open(server.address + "/?projector")
                    tab.seek(100)
                    take("8-projector")
                    prepare(tab, server.address + "/?projector")
                    take("9-projector-two-worlds")
                    chain(tab)
                    take("10-projector-path")
                    tab.key("Escape")
                    tab.click("more")
                    take("11-projector-more")
                    tab.key("Escape")
                    tab.open(server.address + "/?projector&s=secret-speech")
                    take("12-projector-longest-date")
                    prepare(tab, server.address)
                    tab.key("End")
                    tab.click("pairs")
                    tab.until(lambda tab=tab: "20 pairs:" in tab.text("interval"), "the interval", 600)  # type: ignore[misc]
                    take("13-interval-at-the-end")
        finally:
            server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    wanted = parser.parse_args().all
    if wanted is None:
        readme(browser.ROOT / "docs" / "figures")
    else:
        everything(wanted)
