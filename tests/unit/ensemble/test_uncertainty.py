"""Standard errors of answers, and the score of a date of one's own, beside what they are by formula and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.uncertainty import without
from rumorsim.errors import QueryError

DAY = "1956-05-01"


def test_the_error_of_a_mean_is_that_of_the_formula(ensemble: Ensemble) -> None:
    """With as many batches as replicates it is the standard deviation over the root of their number."""
    shares = ensemble.share_aware("tirana_conference", on=DAY)
    assert 2 <= ensemble.replicates <= 10
    assert shares.std() > 0.0
    found = ensemble.standard_error("share_aware", "tirana_conference", on=DAY)
    assert found == pytest.approx(shares.std(ddof=1) / math.sqrt(ensemble.replicates))
    chance = ensemble.report_probability("tirana_conference", by=DAY)
    error = ensemble.standard_error("report_probability", "tirana_conference", by=DAY)
    assert error == pytest.approx(math.sqrt(chance * (1.0 - chance) / (ensemble.replicates - 1)))


def test_every_key_has_its_error(ensemble: Ensemble) -> None:
    errors = ensemble.standard_error("themes", start="1956-04-15")
    assert set(errors) == set(ensemble.themes(start="1956-04-15"))
    assert max(errors.values()) > 0.0


def test_replicates_left_out_are_left_out_everywhere(ensemble: Ensemble) -> None:
    """And the others keep their numbers, so that a typical unit is the same one."""
    rows = np.array([1])
    rest = without(ensemble, rows)
    assert list(rest.numbers) == [number for number in ensemble.numbers if number != ensemble.numbers[1]]
    for name, arguments in (
        ("share_aware", {"on": DAY}),
        ("first_report", {}),
        ("first_voiced", {"unit": "typical"}),
        ("first_voiced", {}),
    ):
        whole = getattr(ensemble, name)("tirana_conference", **arguments)
        expected = np.delete(whole, rows)
        np.testing.assert_array_equal(getattr(rest, name)("tirana_conference", **arguments), expected)


def test_what_has_no_error_is_said(ensemble: Ensemble) -> None:
    with pytest.raises(QueryError, match="first_report: has no mean"):
        ensemble.standard_error("first_report", "tirana_conference")
    with pytest.raises(QueryError, match=r"unknown observable 'share_awar'.*did you mean 'share_aware'"):
        ensemble.standard_error("share_awar", "tirana_conference", on=DAY)
    one = without(ensemble, np.arange(1, ensemble.replicates))
    assert math.isnan(one.standard_error("share_aware", "tirana_conference", on=DAY))


def test_the_score_of_a_date_by_hand(ensemble: Ensemble) -> None:
    dates = np.full(ensemble.replicates, np.datetime64("NaT", "s"))
    dates[0], dates[1] = np.datetime64("1956-05-01T10:00"), np.datetime64("1956-04-28T23:59")
    pi = ensemble.values("archive.earlier_uncited")
    found = ensemble.log_score(dates, on=DAY)
    chance = ((1.0 - pi[0]) + pi[0] + pi[1]) / ensemble.replicates
    assert found["date"] == pytest.approx(math.log(chance))
    spoken = ensemble.log_score(dates, on=DAY, cited=False)
    assert spoken["date"] == pytest.approx(math.log(1.0 / ensemble.replicates))
    assert found["date_error"] > 0.0
    assert ensemble.log_score(dates, on="1956-04-02")["date"] == -math.inf
    with pytest.raises(QueryError, match="log_score: a date is scored"):
        ensemble.log_score(dates)
    with pytest.raises(QueryError, match="dates: not the dates of this run"):
        ensemble.log_score(dates[:1], on=DAY)
