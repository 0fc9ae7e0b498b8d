"""A small lesson of a small party, written once for all tests of it."""

from __future__ import annotations

from typing import Any

import pytest

from rumorsim.app.lesson import Lesson, write_lesson
from rumorsim.scenario import Scenario, load_scenario

STEPS: list[dict[str, Any]] = [
    {
        "title": "The letter",
        "question": "Who knows on 5 May if no letter is sent?",
        "choices": ["nearly everybody", "about half", "few"],
        "answer": 2,
        "setting": {"letter": "never"},
        "date": "1956-05-05",
        "place": "Gjirokastër",
        "closing": "A sentence that ends <the> step.",
        "source": "the runs of this file",
    },
    {
        "title": "Talk",
        "question": "And if people talk much?",
        "setting": {"talk": "high"},
        "date": "1956-04-20",
        "closing": "Another one.",
        "source": "the runs of this file",
    },
]


def small_scenario() -> Scenario:
    """Return the spring of a party of 2,000 until some letter meetings have been held."""
    return load_scenario("tirana-conference").replace({"party.scale": 0.041, "stop": "1956-05-06"})


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return write_lesson(small_scenario(), tmp_path_factory.mktemp("lesson") / "lesson.html", small=True, steps=STEPS)
