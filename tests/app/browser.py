"""Debian's Chromium, headless, with every host but this machine out of reach; and the page served beside it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
#: Only what never comes should fail: on a machine with ten times as much to do, all takes ten times as long.
PATIENCE = 180.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def needed() -> None:
    """Skip the module that calls this where there is no Chromium; in CI fail."""
    if CHROMIUM is None or DRIVER is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium: apt-get install chromium chromium-driver", pytrace=False)
        pytest.skip("no Chromium here (apt-get install chromium chromium-driver)", allow_module_level=True)


class Server:
    """The page on a free port."""

    def __init__(self, scenario: str, folder: Path, cull: str = "3s") -> None:
        self.log, self.broken, self.outside = folder / "ticks", folder / "break", folder / "outside"
        self.log.touch()
        environment = {**os.environ, "PAGE_LOG": str(self.log), "PAGE_BREAK": str(self.broken)}
        environment |= {"PAGE_OUTSIDE": str(self.outside)}
        environment |= {"SOLARA_KERNEL_CULL_TIMEOUT": cull, "PYTHONWARNINGS": "ignore"}
        # Chromium's clock and the server's log share this machine; proxies would take requests elsewhere.
        self.errors = (folder / "server").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.server", scenario], cwd=ROOT, env=environment, stderr=self.errors
        )
        self.address = self._address()
        # It answers once all is imported, and the driver of the browser would not wait for that longer than 120 s.
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.address, timeout=PATIENCE).close()

    def _address(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(r"http://\S+", Path(self.errors.name).read_text())
            if found:
                return found.group(0)
            assert self.process.poll() is None, Path(self.errors.name).read_text()
            time.sleep(0.05)
        raise AssertionError("the server does not come up")

    def last_tick(self) -> float:
        """Return when the last tick was run, seconds since 1970."""
        lines = self.log.read_text().split()
        return float(lines[-1]) if lines else 0.0

    def memory(self) -> float:
        """Return the resident memory of the server, in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.errors.close()


class Tab:
    """A window of the browser, asked by the marks of the page."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, address: str, status: str = "ready") -> None:
        self.driver.get(address)
        self.until(lambda: self.status() == status, f"status {status}")

    def script(self, text: str, *given: Any) -> Any:
        return self.driver.execute_script(text, *given)

    def part(self, mark: str) -> Any:
        return self.script("return document.querySelector(`[data-test='${arguments[0]}']`)", mark)

    def text(self, mark: str) -> str:
        found = self.script(
            "const e = document.querySelector(`[data-test='${arguments[0]}']`); return e ? e.textContent : ''", mark
        )
        return " ".join(str(found).split())

    def status(self) -> str:
        return self.text("status")

    def tick(self) -> int:
        said = self.script("const e = document.querySelector('[data-test=status]'); return e ? e.dataset.tick : -1")
        return int(said)

    def click(self, mark: str) -> None:
        self.script("document.querySelector(`[data-test='${arguments[0]}']`).click()", mark)

    def seek(self, tick: int) -> None:
        self.script(
            "const s = document.querySelector('[data-test=slider]'); s.value = arguments[0];"
            "s.dispatchEvent(new Event('input', {bubbles: true}))",
            tick,
        )
        self.until(lambda: self.tick() == tick, f"tick {tick}")

    def place(self, name: str) -> None:
        self.script(
            "document.querySelector(`[data-place='${arguments[0]}']`).dispatchEvent("
            "new MouseEvent('click', {bubbles: true}))",
            name,
        )

    def cell(self, right: int, down: int = 32) -> None:
        """Click the picture of the party so many pixels from its corner."""
        self.script(
            "const c = document.querySelector('canvas'), b = c.getBoundingClientRect(), [x, y] = arguments;"
            "c.dispatchEvent(new MouseEvent('click', {clientX: b.left + x, clientY: b.top + y, bubbles: true}))",
            right,
            down,
        )

    def type_lever(self, key: str, value: str) -> None:
        self.script(
            "const i = document.querySelector(`[data-test='lever-${arguments[0]}'] .rs-typed`); i.value = arguments[1];"
            "for (const e of ['input', 'change']) i.dispatchEvent(new Event(e, {bubbles: true}))",
            key,
            value,
        )

    def choose(self, mark: str, value: str) -> None:
        self.script(
            "const s = document.querySelector(`[data-test='${arguments[0]}']`); s.value = arguments[1];"
            "for (const e of ['input', 'change']) s.dispatchEvent(new Event(e, {bubbles: true}))",
            mark,
            value,
        )

    def key(self, key: str) -> None:
        self.script(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], bubbles: true}))", key
        )

    def drawn(self) -> str:
        """Return all that is drawn of a date: maps and curves, without what only moves."""
        return str(
            self.script(
                "return ['map', 'curves'].map(m => document.querySelector(`[data-test=${m}]`).innerHTML).join('')"
                ".replace(/rs[a-z0-9]{6}/g, '')"
            )
        )

    def until(self, met: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if met():
                return
            time.sleep(0.03)
        raise AssertionError(f"not within {seconds:.0f} s: {what}; status {self.status()!r}, {self.problem()!r}")

    def problem(self) -> str:
        return str(self.script("const e = document.querySelector('.rs-problem'); return e ? e.textContent : ''"))

    def complaints(self) -> list[str]:
        """Return console errors, and requests that failed or went to another machine, since the last time."""
        found = [one["message"] for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            params = message["params"]
            if message["method"] == "Network.loadingFailed" and not params.get("canceled"):
                found.append(f"failed: {params}")
            elif message["method"] == "Network.responseReceived" and params["response"]["status"] >= 400:
                found.append(f"{params['response']['status']}: {params['response']['url']}")
            elif message["method"] == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if not url.startswith(("http://127.0.0.1", "data:", "blob:", "about:", "chrome:")):
                    found.append(f"outside: {url}")
        return found


@contextlib.contextmanager
def chromium(wide: int = 1280, high: int = 800, downloads: Path | None = None) -> Iterator[Tab]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={wide},{high}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        try:
            size = {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            if downloads is not None:
                driver.execute_cdp_cmd(
                    "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
                )
            yield Tab(driver)
        finally:
            driver.quit()


@contextlib.contextmanager
def solara_run(script: Path) -> Iterator[str]:
    """Serve a page of a user's own as its docs say, and return where."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "solara", "run", str(script), "--no-open", "--production"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(address, timeout=2).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
