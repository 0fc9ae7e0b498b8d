"""What a step of the tour says once the class has guessed: the number of the run, and what the evidence carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rumorsim.app.levers import read_changes
from rumorsim.app.link import read_link
from rumorsim.app.measures import MEASURES, Board, figure_of, said_number, said_text, tick_by
from rumorsim.app.payload import minutes
from rumorsim.app.run import as_seed, changed, run_world
from rumorsim.app.tour import Step
from rumorsim.ensemble.draws import at_mode
from rumorsim.scenario import load_scenario

__all__ = ["answer_of", "board_of"]


def board_of(step: Step, going: Callable[[], bool] = lambda: True) -> Board:
    """Return the board of a step: the worlds its link shows, or its figure."""
    if step.figure is not None:
        return Board(figure=figure_of(**step.figure))
    wish = read_link(step.link)
    scenario, seed = at_mode(load_scenario(wish["scenario"])), as_seed(wish["seed"])
    read = read_changes(scenario, wish["changes"])
    a = run_world(scenario, seed, going)
    return Board(a, run_world(changed(scenario, read), seed, going) if read else None)


def answer_of(step: Step, going: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """Return what is shown beside the guess.

    Returns
    -------
    dict
        "value" as the slider has it, "shown" as it is read aloud, "right" (number of the right choice, None for a
        slider), "said", "minute" to which the board goes (None to stay), "finding", "ids", "sources", and of a figure
        its "curves".
    """
    board, guess = board_of(step, going), step.guess
    value = MEASURES[guess.asked.measure].value(board, guess.asked)
    ends = (k for k, one in enumerate(guess.choices) if one.up_to is None or value <= one.up_to)
    found: dict[str, Any] = {
        "value": round(value, 3),
        "shown": said_number(guess.asked.kind, value),
        "right": next(ends, None),
        "said": said_text(guess.said, board, guess.asked, value),
        "minute": None,
        "finding": step.finding.text,
        "ids": list(step.finding.ids),
        "sources": list(step.finding.sources),
        "curves": None,
    }
    if board.a is not None and guess.asked.by is not None:
        tick = tick_by(board.a, guess.asked.by)
        found["minute"] = minutes(board.a.record.tick_start[tick : tick + 1])[0]
    if board.figure is not None:
        figure = board.figure
        columns = (figure.ignorant, figure.spreaders, figure.stiflers)
        found["curves"] = {
            "people": figure.people,
            "days": figure.days.round(3).tolist(),
            "columns": [one.tolist() for one in columns],
        }
    return found
