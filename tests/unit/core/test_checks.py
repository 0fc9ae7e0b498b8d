"""What a number, a seed, a word and a list of people are, and how a refusal says it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rumorsim.core import checks
from rumorsim.core.checks import MOST, MOST_INDEX
from rumorsim.errors import CoreError, ScenarioError

NAMES = {"Ann": 0, "Bob": 1, 7: 2}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: checks.whole(np.uint8(3), "x"), 3),
        (lambda: checks.whole(0, "x"), 0),
        (lambda: checks.whole(MOST_INDEX, "x"), MOST_INDEX),
        (lambda: checks.seed(2**64 - 1), 2**64 - 1),
        (lambda: checks.seed(0), 0),
        (lambda: checks.truth(np.bool_(False), "x"), False),
        (lambda: checks.number(np.float32(0.5), "x"), 0.5),
        (lambda: checks.number(0, "x"), 0.0),
        (lambda: checks.number(-2, "x", -3), -2.0),
        (lambda: checks.numbers([[1, 2]], "x", [(1, 2)]).tolist(), [[1.0, 2.0]]),
        (lambda: checks.numbers([], "x", None).tolist(), []),
        (lambda: checks.factors([0.0, 1e-30], "x", [(2,)]).tolist(), [0.0, 1e-30]),
        (lambda: checks.wholes([], "x", 0, 3).dtype, np.int64),
        (lambda: checks.wholes(np.array([3], np.int8), "x", 0, 3).dtype, np.int8),
        (lambda: checks.word("a", iter("ab"), "letter", "x"), "a"),
        (lambda: checks.listed(iter([1, 2]), "x", int, "numbers"), (1, 2)),
        (lambda: checks.people([2, 0, 2], 3, "x").tolist(), [0, 2]),
        (lambda: checks.people([2, 0, 2], 3, "x", once=False).tolist(), [2, 0, 2]),
        (lambda: checks.people(np.array([2, 0]), 3, "x", once=False).tolist(), [2, 0]),
        (lambda: checks.people(np.array([True, False, True]), 3, "x").tolist(), [0, 2]),
        (lambda: checks.people([7, "Ann"], 3, "x", NAMES, once=False).tolist(), [2, 0]),
        (lambda: checks.people([np.int64(7)], 3, "x", NAMES).tolist(), [2]),
        (lambda: checks.people([], 3, "x").tolist(), []),
        (lambda: checks.people([1.5], 1, "x", {1.5: 0}).tolist(), [0]),
    ],
)
def test_what_is_taken_comes_in_one_form(found: Callable[[], Any], expected: Any) -> None:
    value = found()
    assert value == expected
    assert type(value) is type(expected) or expected is np.int64 or expected is np.int8


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: checks.whole(True, "x", 0, 3), r"x: not a whole number in range \(given: True\); allowed: .*0 to 3"),
        (lambda: checks.whole(2.0, "x", 1), "1 or more"),
        (lambda: checks.whole(4, "x", 0, 3, what="rumor"), "x: rumor .given: 4"),
        (lambda: checks.whole(None, "x"), "given: 'None'"),
        (lambda: checks.whole(np.array(3), "x"), "not a whole number"),
        (lambda: checks.whole(list(range(99)), "x"), r"\.\.\."),
        (lambda: checks.seed(2**64), r"seed: not a usable seed .*0 to 2\*\*64 - 1"),
        (lambda: checks.truth(1, "x"), "True or False"),
        (lambda: checks.number("1", "x"), "x: not a number"),
        (lambda: checks.number(math.nan, "x"), "x: number out of range .given: nan"),
        (lambda: checks.number(-1e-300, "x"), "a finite number, 0 or more"),
        (lambda: checks.number(2.0, "x", 0, 1), "allowed: 0 to 1"),
        (lambda: checks.number(math.inf, "x", -MOST), "allowed: a finite number$"),
        (lambda: checks.number(True, "x"), "not a number"),
        (lambda: checks.numbers([1.0, True], "x", None), "not a number"),
        (lambda: checks.numbers([1.0, 2.0], "x", ((), (3,))), r"shape .given: '\(2,\)'.*one number or 3 numbers"),
        (lambda: checks.numbers(np.ma.array([1.0]), "x", None), "without a mask"),
        (lambda: checks.numbers([1.0, -2.0], "x", None), "given: -2.0"),
        (lambda: checks.factors(1e-31, "x"), "factor .given: 1e-31.*0, or 1e-30 to"),
        (lambda: checks.wholes([1.0], "x", 0, 3), "not whole numbers"),
        (lambda: checks.wholes([4], "x", 0, 3), "given: 4.; allowed: 0 to 3"),
        (lambda: checks.wholes([1], "x", 0, 3, 2), "a list of 2 whole numbers"),
        (lambda: checks.wholes([[1]], "x", 0, 3), "a list of whole numbers"),
        (lambda: checks.word("confersation", ["conversation"], "channel", "x"), "did you mean 'conversation'"),
        (lambda: checks.word(1, ["a"], "channel", "x"), "unknown channel"),
        (lambda: checks.listed("ab", "x", str, "words"), "x: not a list of words"),
        (lambda: checks.listed({"a": 1}, "x", str, "words"), "not a list of words"),
        (lambda: checks.listed(["a", 1], "x", str, "words"), r"x\[1\]: not one of words"),
        (lambda: checks.people([3], 3, "x"), "x: person .given: 3.*0 to 2"),
        (lambda: checks.people(np.array([-1]), 3, "x"), "given: -1"),
        (lambda: checks.people([True, False], 3, "x"), "length of a mask.*3, one for each"),
        (lambda: checks.people("01", 3, "x"), "not a list of people"),
        (lambda: checks.people([0], 3, "x", NAMES), "unknown person 0"),
        (lambda: checks.people([7.0], 3, "x", NAMES), "unknown person 7.0"),
        (lambda: checks.people([1, True], 1, "x", {1: 0}), "unknown person True"),
        (lambda: checks.people(["Anna"], 3, "x", NAMES), "did you mean 'Ann'"),
    ],
)
def test_what_is_refused_says_what_is_allowed(asked: Callable[[], Any], message: str) -> None:
    with pytest.raises(CoreError, match=message):
        asked()


def test_an_error_can_be_another_one() -> None:
    with pytest.raises(ScenarioError, match=r"run\.seed: not a usable seed"):
        checks.seed(-1, "run.seed", ScenarioError)
