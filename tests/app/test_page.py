"""Traps of the page that need no browser to be seen: signatures, pins, colors, and that nothing points outside."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import mesa
import pytest

from rumorsim.abm import PartyModel
from rumorsim.app import server as serving
from rumorsim.app.board import FRAME, PARTS, put_together
from rumorsim.app.page_model import PageModel
from rumorsim.cli import main
from rumorsim.errors import RunError

ROOT = Path(__file__).resolve().parents[2]
VUE = ROOT / "rumorsim" / "app" / "vue"
INKS = ("#1b1b1b", "#5c5c5c", "#0072B2", "#882255", "#8f3b00", "#6d2c00", "#6b6b6b")


def test_the_model_of_the_page_has_explicit_keywords_and_none_called_scenario() -> None:
    """T1, T9: with one called scenario, or a **kwargs, Mesa 3.5 passes its own on Reset and 3.3 misses a parameter."""
    parameters = inspect.signature(PageModel.__init__).parameters
    assert "scenario" not in parameters
    assert all(one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for one in parameters.values())


def test_the_model_of_the_page_never_stops_running() -> None:
    """T4: Mesa's buttons are dead for good once a model says that it does not run."""
    model = PageModel()
    for _ in range(1000):
        model.step()
    assert model.running


@pytest.mark.skipif(not hasattr(mesa.Model, "scenario"), reason="Mesa has scenarios of its own from 3.5 on")
def test_reset_finds_the_story_again() -> None:
    """T1: what Mesa 3.5 does on Reset."""
    model = PartyModel("secret-speech", seed=4, **{"party.scale": 0.041})
    again = PartyModel(scenario=type(model.scenario)(), seed=5)
    assert again.scenario_key == "secret-speech"
    assert len(again.party) == len(model.party)
    assert PartyModel(scenario=type(model.scenario)(), story="classroom").scenario_key == "classroom"
    from mesa.experimental.scenarios import Scenario

    kept = len(Scenario._ids)
    for seed in range(3):
        PartyModel("classroom", seed=seed)
    assert len(Scenario._ids) == kept
    with pytest.raises(RunError, match="a Mesa scenario"):
        PartyModel(Scenario())  # type: ignore[arg-type]


def test_the_pins_are_those_that_work_offline() -> None:
    """T8: Vuetify 3 leaves the page blank, and solara-assets stops at 1.58.2."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["app"]
    assert {"ipyvuetify>=1.9,<3", "ipyvue>=1.11,<3", "solara>=1.58.2,<1.65", "solara-assets==1.58.2"} <= set(extra)
    import ipyvue
    import ipyvuetify

    assert int(ipyvuetify.__version__.split(".")[0]) < 3
    assert int(ipyvue.__version__.split(".")[0]) < 3


def test_nothing_on_the_page_points_outside() -> None:
    """T6, T11: Markdown asks for katex, Altair for vega, both from other machines."""
    sources = [*VUE.iterdir(), *(ROOT / "rumorsim" / "app").glob("*.py")]
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"Markdown|altair|plotly|@import|src=.?http", text), path
        assert not re.search(r"https?://(?!\{)", text), path


def test_the_board_is_one_component_of_all_parts() -> None:
    made = put_together()
    assert made.startswith("<template>")
    assert made.count("<script>") == made.count("<style>") == 1
    for part in PARTS:
        assert f"<rs-{part}" in made
        assert f"'rs-{part}': (function" in made
    assert ".vue-grid-item" in FRAME


def luminance(color: str) -> float:
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ink", INKS)
def test_text_stands_out_from_the_page(ink: str) -> None:
    assert contrast(ink, "#ffffff") >= 4.5


def test_text_on_color_stands_out() -> None:
    for ink, ground in (("#ffffff", "#0072B2"), ("#ffffff", "#B34A00"), ("#6d2c00", "#fff3ec"), ("#1b1b1b", "#7fcdbb")):
        assert contrast(ink, ground) >= 4.5, (ink, ground)
    colors = set(re.findall(r"[ {;\"]color: ?(#[0-9a-fA-F]{6})", put_together()))
    assert colors <= {*INKS, "#1b1b1b"}


@pytest.mark.parametrize("words", [["app", "no-such"], ["app", "maki-thompson"], ["app", "--port", "99999"]])
def test_wrong_words_are_refused_before_anything_starts(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_taken_port_and_a_missing_extra_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = serving._listen("127.0.0.1", 0)
    with pytest.raises(RunError, match="cannot listen"):
        serving._listen("127.0.0.1", taken.getsockname()[1])
    taken.close()
    monkeypatch.setattr(serving.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"pip install '\.\[app\]'"):
        serving.serve("classroom")
