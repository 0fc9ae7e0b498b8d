"""Targets beside replicates: order statistics, likelihoods and words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive.compare import (
    NUMBER_TERMS,
    WORDS,
    date_likelihood,
    order_statistics,
    satisfies,
    word_on_date,
    word_on_share,
)
from rumorsim.archive.exposures import VOICED
from rumorsim.archive.inbox import alarm_at, firsts
from rumorsim.errors import QueryError, RunError


def dates(*days: str) -> Any:
    return np.array([f"1956-04-{day}T12:00" if day else "NaT" for day in days], dtype="M8[s]")


def test_order_statistics_are_values_that_occur() -> None:
    values = np.array([10.0, 30.0, 20.0, 40.0])
    assert order_statistics(values) == [10.0, 10.0, 20.0, 30.0, 40.0]
    assert order_statistics(np.arange(100.0)) == [4.0, 24.0, 49.0, 74.0, 94.0]


def test_never_is_later_than_every_date() -> None:
    statistics = order_statistics(dates("", "17", "", "18"))
    first, second = "1956-04-17T12:00:00", "1956-04-18T12:00:00"
    assert [str(value) for value in statistics] == [first, first, second, "NaT", "NaT"]


def test_no_replicates_are_an_error() -> None:
    with pytest.raises(QueryError, match="order statistics of no values"):
        order_statistics(np.array([]))


@pytest.mark.parametrize(("pi", "expected"), [(0.0, 0.25), (0.25, 0.75 * 0.25 + 0.25 * 0.75), (1.0, 0.75)])
def test_likelihood_mixes_the_date_and_everything_before(pi: float, expected: float) -> None:
    assert date_likelihood(dates("16", "17", "18", "19"), "1956-04-18", pi) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("days", "word"),
    [
        (["17", "18", "19"], "expected"),
        (["18"] * 20, "expected"),
        (["10"] * 25 + ["20"] * 75, "expected"),
        (["10"] * 24 + ["20"] * 76, "possible"),
        (["10"] * 75 + ["20"] * 25, "expected"),
        (["10"] * 76 + ["20"] * 24, "possible"),
        (["10"] * 95 + ["20"] * 5, "possible"),
        (["10"] * 96 + ["20"] * 4, "unlikely"),
        (["20"] * 95 + ["10"] * 5, "possible"),
        (["20"] * 96 + ["10"] * 4, "unlikely"),
        (["20"] * 90 + ["18"] * 10, "possible"),
        (["20"] * 91 + ["18"] * 9, "unlikely"),
        ([""] * 50 + ["10"] * 30 + ["25"] * 20, "expected"),
        ([""] * 51 + ["10"] * 30 + ["25"] * 19, "possible"),
        ([""] * 95 + ["10"] * 5, "possible"),
        ([""] * 100, "unlikely"),
    ],
)
def test_word_on_a_date(days: list[str], word: str) -> None:
    assert word_on_date(dates(*days), "1956-04-18") == word
    assert word in WORDS


def test_half_of_the_dates_of_a_right_model_are_expected() -> None:
    """The 400 days of a year and more, each as likely, and judged by the same year: half lie in the middle half."""
    days = np.arange(np.datetime64("1956-01-01"), np.datetime64("1957-02-04"))
    words = [word_on_date(days.astype("M8[s]"), day) for day in days]
    assert [words.count(word) for word in WORDS] == [200, 160, 40]


@pytest.mark.parametrize(
    ("share", "word"), [(1.0, "expected"), (0.5, "expected"), (0.49, "possible"), (0.05, "possible"), (0.0, "unlikely")]
)
def test_word_on_a_share(share: float, word: str) -> None:
    assert word_on_share(share) == word


@pytest.mark.parametrize(
    ("values", "term", "wanted", "held"),
    [
        ([0.1, 0.2, 0.3], "share_above", 0.2, [False, False, True]),
        ([0.4, 0.5, 1.0], "share_below", 0.5, [True, False, False]),
        ([0.98, 0.97, 0.5, 0.4], "share_between", (0.5, 0.97), [False, True, True, False]),
        ([7, 8], "count_at_most", 7, [True, False]),
        ([1, 2, 9, 10], "count_between", (2, 9), [False, True, True, False]),
        ([29, 1], "count", 29, [True, False]),
        ([17, 18], "count_at_least", 18, [False, True]),
    ],
)
def test_numbers_satisfy_thresholds(values: list[float], term: str, wanted: Any, held: list[bool]) -> None:
    assert satisfies(np.array(values), term, wanted).tolist() == held
    assert term in NUMBER_TERMS


def test_an_unknown_term_names_the_nearest() -> None:
    with pytest.raises(QueryError, match="did you mean 'count_at_most'"):
        satisfies(np.array([1]), "count_at_mst", 1)


def test_firsts_by_replicate() -> None:
    when = dates("18", "17", "", "16")
    found = firsts(np.array([0, 0, 1, 2]), when, 4)
    assert found.astype("M8[D]").astype(str).tolist() == ["1956-04-17", "NaT", "1956-04-16", "NaT"]


def hall(*rows: tuple[str, int, int]) -> Any:
    voiced = np.zeros(len(rows), dtype=VOICED)
    for k, (when, kind, count) in enumerate(rows):
        voiced[k]["when"], voiced[k]["kind"], voiced[k]["voiced"] = np.datetime64(when), kind, count
    return voiced


def test_the_alarm_counts_one_day_in_the_hall() -> None:
    rows = hall(("1956-04-14T09:00", 2, 3), ("1956-04-14T15:00", 2, 2), ("1956-04-15T09:00", 2, 9))
    assert str(alarm_at(rows, 5, 18.0)) == "1956-04-14T18:00:00"
    assert str(alarm_at(rows, 6, 18.5)) == "1956-04-15T18:30:00"
    assert np.isnat(alarm_at(rows, 10, 18.0))


def test_the_alarm_hears_nothing_but_the_hall() -> None:
    assert np.isnat(alarm_at(hall(("1956-04-14T09:00", 0, 50), ("1956-04-14T09:00", 1, 50)), 5, 18.0))


def test_an_alarm_needs_a_voicing() -> None:
    with pytest.raises(RunError, match="at_least"):
        alarm_at(hall(), 0, 18.0)
