"""The board as a widget: one Vue component put together from a file a part."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import ipyvuetify
import traitlets

__all__ = ["FRAME", "PARTS", "BoardWidget", "put_together"]

_HERE: Final = Path(__file__).parent / "vue"
#: The parts of the board; each is a Vue file that only draws what it is given.
PARTS: Final = ("map", "curves", "timeline", "path", "party", "levers", "tour", "classic")

#: Mesa's frame around the board: no grid of tiles, no tabs of one page, no second set of buttons. And what Solara shows
#: once the program has ended, large enough to be read.
FRAME: Final = """
.vue-grid-layout { height: auto !important; }
.vue-grid-item { position: static !important; transform: none !important; width: 100% !important;
  height: auto !important; }
.vue-grid-item > div { height: auto !important; }
.vue-resizable-handle, main .v-tabs, header.v-app-bar, nav.v-navigation-drawer, .v-navigation-drawer__border
  { display: none !important; }
main.v-content, .v-main, .v-content, .v-main > div, .v-content > div { padding: 0 !important; }
main .solara-autorouter-content, .solara-content-main { padding: 0 !important; }
main .v-card, main .v-sheet { box-shadow: none !important; margin: 0 !important; padding: 0 !important;
  border: none !important; }
.v-content__wrap > div, .v-main__wrap > div { padding: 0 !important; }
.solara-autorouter-content .v-sheet { gap: 0 !important; }
.v-overlay__content > .v-progress-circular { width: auto !important; height: auto !important; background: #fff;
  border: 3px solid #1b1b1b; padding: 20px 32px; }
.v-overlay__content > .v-progress-circular > svg { display: none; }
.v-overlay__content > .v-progress-circular .v-progress-circular__info { display: block; color: #1b1b1b;
  font: 24px/1.4 "DejaVu Sans", Roboto, sans-serif; }
.v-overlay__content > .v-progress-circular .v-progress-circular__info::after { display: block;
  content: "Start rumorsim app again, then reload this page."; }
"""


def _section(text: str, name: str) -> str:
    found = re.search(rf"^<{name}>\n(.*)^</{name}>$", text, re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


@cache
def put_together() -> str:
    """Return the Vue file of the whole board, with every part registered as a component ``rs-<part>`` of it.

    Examples
    --------
    >>> all(f"'rs-{part}'" in put_together() for part in PARTS)
    True
    """
    styles, parts = [], []
    for name in PARTS:
        text = (_HERE / f"{name}.vue").read_text(encoding="utf-8")
        template = _section(text, "template").replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
        script = _section(text, "script")
        parts.append(
            f"  'rs-{name}': (function () {{ const module = {{}};\n{script}\n"
            f"module.exports.template = `{template}`; return module.exports; }})(),"
        )
        styles.append(_section(text, "style"))
    board = (_HERE / "board.vue").read_text(encoding="utf-8")
    shared = (_HERE / "shared.js").read_text(encoding="utf-8")
    table = "const PARTS = {\n" + "\n".join(parts) + "\n};"
    return (
        f"<template>\n{_section(board, 'template')}</template>\n"
        f"<script>\n{shared}\n{table}\n{_section(board, 'script')}</script>\n"
        f"<style>\n{_section(board, 'style')}{''.join(styles)}</style>\n"
    )


class BoardWidget(ipyvuetify.VuetifyTemplate):  # type: ignore[misc]
    """The board in the browser. What it is given it draws; what is asked for comes back through `asked`."""

    shapes = traitlets.Dict().tag(sync=True)
    says = traitlets.Dict().tag(sync=True)
    world_a = traitlets.Dict().tag(sync=True)
    world_b = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    interval = traitlets.Dict().tag(sync=True)
    file = traitlets.Dict().tag(sync=True)
    tour = traitlets.Dict().tag(sync=True)
    shown = traitlets.Int(0).tag(sync=True)
    asked: Callable[[Any], None] = traitlets.Any()

    @traitlets.default("template")  # type: ignore[untyped-decorator]
    def _default_template(self) -> str:
        return put_together()

    def vue_ask(self, message: Any) -> None:
        """Pass on what the browser asks for."""
        self.asked(message)
