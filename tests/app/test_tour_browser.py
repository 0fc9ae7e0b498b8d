"""The lesson in a real browser: by keyboard alone, left and taken up again, and what axe says of it."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from rumorsim.app.answers import answer_of
from rumorsim.app.link import read_link
from rumorsim.app.tour import load_tour
from rumorsim.text import day
from tests.app import browser
from tests.app.browser import Server, Tab

browser.needed()

pytestmark = pytest.mark.filterwarnings("ignore")
FOCUS = "const e = document.activeElement; return e.closest('[data-test]') ? e.closest('[data-test]').dataset.test : ''"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server("classroom", tmp_path_factory.mktemp("page"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def window() -> Iterator[Tab]:
    with browser.chromium() as made:
        yield made


@pytest.fixture
def tab(server: Server, window: Tab) -> Iterator[Tab]:
    window.complaints()
    window.open(server.address)
    yield window
    assert window.complaints() == []
    assert not server.outside.exists()


def press(tab: Tab, *keys: str) -> None:
    """Press keys as a hand does, whatever has the focus."""
    from selenium.webdriver import ActionChains

    actions = ActionChains(tab.driver)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def board_is_set(tab: Tab, number: int) -> None:
    tab.until(lambda: tab.text("tour-step").startswith(f"Step {number} / "), f"step {number}")
    says = "return document.querySelector('.rs-status').textContent"
    tab.until(lambda: "…" not in tab.script(says), f"the board of step {number}")


def test_the_lesson_is_given_from_first_to_last_step_by_keyboard_alone(tab: Tab) -> None:
    from selenium.webdriver.common.keys import Keys

    tour = load_tour("en")
    assert not tab.part("tour").is_displayed()
    press(tab, "l")
    tab.until(lambda: tab.part("tour").is_displayed(), "the lesson")
    for number, step in enumerate(tour.steps, start=1):
        board_is_set(tab, number)
        if step.link:
            moment = dt.datetime.fromisoformat(read_link(step.link)["moment"])
            tab.until(lambda moment=moment: tab.text("date") == f"{day(moment.date())} 1956, 00:00", "its date")
        assert tab.text("tour-title") == step.title
        assert tab.script(FOCUS) == "tour-title"
        # Nothing is shown before the guess.
        assert tab.part("tour-answer") is None
        assert tab.part("tour-show").get_attribute("disabled")
        before = tab.tick()
        for _ in range(6):
            press(tab, Keys.TAB)
            if tab.script(FOCUS) == "tour-guess":
                break
        # On a slider an arrow moves the guess and not the date; of choices Space takes the one in focus.
        press(tab, Keys.SPACE if step.guess.choices else Keys.ARROW_RIGHT)
        tab.until(lambda: not tab.part("tour-show").get_attribute("disabled"), "a guess")
        assert tab.tick() == before
        assert tab.status() != "playing"
        guess = tab.text("tour-guess")
        press(tab, Keys.ENTER)
        tab.until(lambda: tab.part("tour-answer") is not None, f"the answer of step {number}")
        expected = answer_of(step)
        assert expected["said"] in tab.text("tour-answer")
        assert expected["finding"] in tab.text("tour-finding")
        assert all(one in tab.text("tour-finding") for one in step.finding.ids)
        # The guess stays beside the answer; the board has gone to the day that was asked for.
        if step.guess.choices:
            assert "Our guess" in tab.text("tour-guess")
        else:
            shown = tab.script("return document.querySelector('[data-test=tour-guess] output').textContent")
            assert shown.strip() in guess
            assert f"Our guess{shown.strip()}" in tab.text("tour-answer").replace("Our guess ", "Our guess")
        if expected["minute"] is not None:
            assert tab.tick() > before
        if step.figure is not None:
            assert len(tab.driver.find_elements("css selector", "[data-test=classic] path[stroke-width='4']")) == 3
            assert not tab.part("map").is_displayed()
        else:
            assert tab.part("map").is_displayed()
        tab.until(lambda: tab.script(FOCUS) == "tour-next", "the way on under the finger")
        press(tab, Keys.ENTER)
    tab.until(lambda: not tab.part("tour").is_displayed(), "the end of the lesson")


def test_the_lesson_is_left_and_taken_up_again(tab: Tab, server: Server) -> None:
    tab.open(server.address + "/?tour=7", status="paused")
    board_is_set(tab, 7)
    tab.until(lambda: tab.text("date") == "20 April 1956, 00:00", "the date of the board")
    tab.until(lambda: "1956-05-12" in tab.text("world-b"), "the second world")
    address = tab.part("link").get_attribute("value")
    assert address.endswith("&tour=7")
    set_guess = (
        "const i = document.querySelector('[data-test=tour-guess] input'); i.value = 33;"
        "i.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    tab.script(set_guess)
    tab.until(lambda: "33 of 100" in tab.text("tour-guess"), "a guess")
    tab.click("tour-leave")
    tab.until(lambda: not tab.part("tour").is_displayed(), "left")
    assert "tour=" not in tab.part("link").get_attribute("value")
    tab.seek(3)
    press(tab, "l")
    tab.until(lambda: tab.part("tour").is_displayed(), "taken up again")
    board_is_set(tab, 7)
    # The guess is still there, and the board is set anew.
    assert "33 of 100" in tab.text("tour-guess")
    tab.until(lambda: tab.text("date") == "20 April 1956, 00:00", "the date of the board again")
    # A link with a board of its own shows that board beside the step.
    tab.open(address.replace("at=1956-04-20", "at=1956-05-02"), status="paused")
    board_is_set(tab, 7)
    assert tab.text("date") == "2 May 1956, 00:00"
    assert tab.text("tour-title") == "The letter"
    # A step that is not there leaves the page as it is and says so.
    tab.open(server.address + "/?tour=99", status="error")
    assert "unknown step of the tour" in tab.problem()
    assert not tab.part("tour").is_displayed()


@pytest.mark.skipif(importlib.util.find_spec("axe_core_python") is None, reason="needs axe-core-python")
def test_axe_finds_nothing_on_the_page_and_in_the_lesson(tab: Tab) -> None:
    axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    def found() -> list[Any]:
        tab.driver.set_script_timeout(120)
        tab.script(axe)
        result = tab.driver.execute_async_script(
            "const done = arguments[0]; axe.run('.rs').then(done, e => done({violations: [String(e)]}))"
        )
        assert len(result["passes"]) > 10
        return [
            (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"]]) for one in result["violations"]
        ]

    assert found() == []
    tab.click("more")
    assert found() == []
    tab.key("Escape")
    tab.click("tour-open")
    board_is_set(tab, 1)
    assert found() == []
    tab.script("document.querySelector('[data-test=tour-guess] input').dispatchEvent(new Event('input'))")
    tab.until(lambda: not tab.part("tour-show").get_attribute("disabled"), "a guess")
    tab.click("tour-show")
    tab.until(lambda: tab.part("tour-answer") is not None, "the answer")
    assert found() == []
