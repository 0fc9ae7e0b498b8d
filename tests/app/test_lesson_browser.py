"""The lesson in a real browser with the network off: opened from disk, every lever moved, by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rumorsim.app.lesson import Lesson
from rumorsim.app.lesson.levers import settings_of
from tests.app import browser
from tests.app.browser import Tab
from tests.app.test_lesson import arrays, embedded

browser.needed()

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def window() -> Iterator[Tab]:
    with browser.chromium() as made:
        made.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        made.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        yield made


@pytest.fixture
def tab(window: Tab, lesson: Lesson) -> Iterator[Tab]:
    window.driver.get("about:blank")
    window.complaints()
    opened(window, lesson)
    yield window
    # All that is asked for is the file itself, from disk.
    found = [one for one in window.complaints() if not one.startswith(f"outside: {lesson.path.as_uri()}")]
    assert found == []


def opened(tab: Tab, lesson: Lesson, more: str = "") -> None:
    tab.driver.get("about:blank")
    tab.driver.get(lesson.path.as_uri() + more)


def requests(tab: Tab) -> list[str]:
    lines = [json.loads(line["message"])["message"] for line in tab.driver.get_log("performance")]
    return [one["params"]["request"]["url"] for one in lines if one["method"] == "Network.requestWillBeSent"]


def key(tab: Tab, name: str, **more: Any) -> None:
    """Press a key where the focus is."""
    tab.script(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', Object.assign("
        "{key: arguments[0], bubbles: true, cancelable: true}, arguments[1])))",
        name,
        more,
    )


def board(tab: Tab) -> Any:
    return tab.script("return [state.day, state.choices, state.place]")


def test_the_browser_reads_what_was_packed(tab: Tab, lesson: Lesson) -> None:
    held = arrays(embedded(lesson))
    for name, numbers in held.items():
        assert tab.script("return Array.from(ARRAYS[arguments[0]])", name) == numbers.ravel().tolist()


def test_every_lever_is_moved_and_what_is_shown_is_what_the_file_holds(tab: Tab, lesson: Lesson) -> None:
    data = embedded(lesson)
    held, days, settings = arrays(data), data["days"], settings_of(lesson.levers)
    place = data["places"].index("Gjirokastër")
    tab.place("Gjirokastër")
    shown = set()
    for number, setting in enumerate(settings):
        for lever, choice in enumerate(setting):
            tab.script("document.getElementById(`l${arguments[0]}-${arguments[1]}`).click()", lever, choice)
        tab.script(
            "const s = document.querySelector('[data-test=slider]'); s.value = arguments[0];"
            "s.dispatchEvent(new Event('input', {bubbles: true}))",
            days - 1 - number,
        )
        day = days - 1 - number
        assert board(tab) == [day, list(setting), place]
        low, middle, high = (held["aware"][number, :, place, day] / data["people"][place]).tolist()
        said = [said_share(one) for one in (middle, low, high)]
        text = tab.text("readout")
        assert f"{said[0]} {said[1]} to {said[2]}" in text, (setting, text)
        shown.add(tab.drawn())
    assert len(shown) == len(settings), "each setting must look different"
    assert tab.script("return getComputedStyle(document.querySelectorAll('.map')[1]).display") != "none"
    tab.click("reset")
    assert board(tab)[1] == [one.base for one in lesson.levers]
    assert tab.script("return getComputedStyle(document.querySelectorAll('.map')[1]).display") == "none"


def said_share(value: float) -> str:
    if 0 < value < 0.005:
        return "below 1%"
    return "above 99%" if 0.995 < value < 1 else f"{int(100 * value + 0.5)}%"


def test_opening_asks_for_nothing_but_the_file(tab: Tab, lesson: Lesson) -> None:
    tab.click("play")
    tab.script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    asked = requests(tab)
    assert set(asked) <= {lesson.path.as_uri(), "about:blank"}
    assert lesson.path.as_uri() in asked


def test_all_goes_by_keyboard(tab: Tab, lesson: Lesson) -> None:
    start = board(tab)[0]
    for name, more, by in (
        ("ArrowRight", {}, 1),
        ("ArrowLeft", {}, 0),
        ("ArrowRight", {"shiftKey": True}, 7),
        ("ArrowLeft", {"shiftKey": True}, 0),
    ):
        key(tab, name, **more)
        assert board(tab)[0] == start + by
    key(tab, "Home")
    assert board(tab)[0] == 0
    key(tab, "PageDown")
    assert board(tab)[0] == min(one["day"] for one in embedded(lesson)["events"])
    key(tab, "End")
    assert tab.text("date") == "6 May 1956"
    bases = [one.base for one in lesson.levers]
    for number, lever in enumerate(lesson.levers):
        key(tab, str(number + 1), code=f"Digit{number + 1}")
        assert board(tab)[1][number] == (bases[number] + 1) % len(lever.choices)
        key(tab, "!", code=f"Digit{number + 1}", shiftKey=True)
        assert board(tab)[1] == bases
    key(tab, "1", code="Digit1")
    key(tab, "0", code="Digit0")
    assert board(tab)[1] == bases
    key(tab, " ")
    assert "Pause" in tab.text("play")
    key(tab, " ")
    assert "Play" in tab.text("play")
    tab.script("document.querySelector(`[data-place='Fier']`).focus()")
    key(tab, "Enter")
    assert embedded(lesson)["places"][board(tab)[2]] == "Fier"
    key(tab, "Escape")
    assert embedded(lesson)["places"][board(tab)[2]] == "everybody"
    key(tab, "?")
    assert tab.script("return document.querySelector('[data-test=help]').hidden") is False
    key(tab, "Escape")
    assert tab.script("return document.querySelector('[data-test=help]').hidden") is True
    assert tab.script("return document.activeElement.id") == "help-button"


def test_the_steps_ask_before_they_show_and_keep_the_guess(tab: Tab, lesson: Lesson) -> None:
    before = board(tab)
    assert "Step 1 of 2" in tab.text("tour")
    assert tab.script("return document.querySelector('[data-test=tour-show]').disabled") is True
    assert tab.text("tour-closing") == ""
    tab.script("document.querySelector('[data-guess=\"1\"]').click()")
    assert board(tab) == before, "a guess must not show the answer"
    tab.click("tour-show")
    data = embedded(lesson)
    assert board(tab) == [34, data["steps"][0]["setting"], data["places"].index("Gjirokastër")]
    assert "Your guess: about half · Answer: few" in tab.text("tour")
    assert "A sentence that ends <the> step. Source: the runs of this file" in tab.text("tour-closing")
    key(tab, "n")
    assert "Step 2 of 2" in tab.text("tour")
    tab.click("tour-show")  # without choices there is nothing to guess
    assert board(tab)[0] == 19
    key(tab, "b")
    assert "Your guess: about half" in tab.text("tour")
    assert board(tab)[0] == 34


def test_a_link_opens_the_same_board_and_a_wrong_one_the_first(tab: Tab, lesson: Lesson) -> None:
    key(tab, "End")
    key(tab, "2", code="Digit2")
    tab.place("Fier")
    kept, address = board(tab), tab.script("return location.href")
    tab.driver.get("about:blank")
    tab.driver.get(address)
    assert board(tab) == kept
    opened(tab, lesson, "#999-7.7-99")
    assert board(tab)[1] == [one.base for one in lesson.levers]


def test_large_type_and_no_bar_below_at_the_size_of_a_projector(tab: Tab, lesson: Lesson) -> None:
    def size() -> float:
        return float(tab.script("return parseFloat(getComputedStyle(document.body).fontSize)"))

    small = size()
    opened(tab, lesson, "?projector")
    assert size() > 1.15 * small
    tab.place("Gjirokastër")
    key(tab, "2", code="Digit2")
    assert tab.script("return document.documentElement.scrollWidth <= innerWidth") is True
    key(tab, "p")
    assert size() == small
    assert tab.script("return document.documentElement.scrollWidth <= innerWidth") is True


def test_a_choice_with_the_focus_takes_the_arrows_and_tab_goes_on(tab: Tab, lesson: Lesson) -> None:
    from selenium.webdriver.common.keys import Keys

    day, base = board(tab)[0], lesson.levers[1].base
    tab.script("document.getElementById(`l1-${arguments[0]}`).focus()", base)
    tab.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert board(tab)[0] == day, "the arrows belong to the choices"
    assert board(tab)[1][1] == base + 1
    tab.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert tab.script("return document.activeElement.tagName") == "SUMMARY"
    tab.script("document.getElementById('play').focus()")
    tab.driver.switch_to.active_element.send_keys(Keys.SPACE)
    assert "Pause" in tab.text("play"), "a button is pressed once, not twice"
    tab.driver.switch_to.active_element.send_keys(Keys.SPACE)
    assert "Play" in tab.text("play")


NAMELESS = """
const asked = [...document.querySelectorAll('button, input, [role=button], [role=img], svg[role=group]')];
const named = one => one.getAttribute('aria-label') || one.textContent.trim()
  || [...(one.labels || [])].some(label => label.textContent.trim());
return asked.filter(one => one.getClientRects().length && !named(one)).map(one => one.outerHTML.slice(0, 80));
"""


def test_what_is_not_text_has_a_name(tab: Tab) -> None:
    key(tab, "2", code="Digit2")
    assert len(tab.script("return document.querySelectorAll('.place')")) == 52
    assert tab.script(NAMELESS) == []
    ids = tab.script("return [...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert tab.script("return document.documentElement.lang") == "en"
