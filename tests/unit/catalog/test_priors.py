"""Priors: what they read, what they refuse, and their quantiles against known distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rumorsim.catalog import Prior, parse_prior
from rumorsim.errors import CatalogError

US = (0.001, 0.05, 0.3, 0.5, 0.77, 0.95, 0.999)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("uniform(2, 5)", stats.uniform(2, 3)),
        ("loguniform(0.2, 10)", stats.loguniform(0.2, 10)),
        ("gamma(mean=1.5, sd=1)", stats.gamma((1.5 / 1) ** 2, scale=1 / 1.5)),
        ("beta(mean=0.3, sd=0.1)", stats.beta(0.3 * 20, 0.7 * 20)),
    ],
)
def test_quantiles_are_those_of_the_distribution(text: str, reference: stats.rv_continuous) -> None:
    prior = parse_prior(text)
    for u in US:
        assert prior.quantile(u) == pytest.approx(reference.ppf(u), rel=1e-5)
        assert prior.quantile(u) == float(f"{prior.quantile(u):.6g}")


def test_ends_of_the_support() -> None:
    assert parse_prior("uniform(-1, 0)").quantile(1.0) == 0.0
    assert parse_prior("loguniform(0.1, 10)").quantile(0.0) == 0.1
    assert parse_prior("gamma(1, 1)").support == (0.0, math.inf)
    assert parse_prior("beta(0.5, 0.1)").quantile(0.0) == 0.0


def test_half_at_zero_and_the_rest_uniform() -> None:
    """For a mechanism that may not exist: the mass at 0 is as large as it says, and the rest has the law it says."""
    prior = parse_prior("zero_or_uniform(zero=0.5, high=0.4)")
    drawn = [prior.quantile((k + 0.5) / 1000) for k in range(1000)]
    assert drawn == sorted(drawn)
    assert drawn.count(0.0) == 500
    assert sum(value <= 0.1 for value in drawn) == 625
    assert (prior.quantile(0.0), prior.quantile(0.5), prior.quantile(1.0)) == (0.0, 0.0, 0.4)
    assert prior.support == (0.0, 0.4)
    assert prior.contains(0.0)


@pytest.mark.parametrize(
    "text",
    ["uniform(0.05, 1)", "loguniform(0.0001, 0.3)", "gamma(mean=1.5, sd=1)", "zero_or_uniform(zero=0.25, high=2)"],
)
def test_text_and_back(text: str) -> None:
    assert parse_prior(str(parse_prior(text))) == parse_prior(text)


def test_names_may_come_in_any_order() -> None:
    assert parse_prior("gamma(sd=1, mean=1.5)") == parse_prior("gamma(1.5, 1)") == Prior("gamma", (1.5, 1.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a prior"),
        ("0.5", "not a prior"),
        ("uniform", "not a prior"),
        ("uniform(1)", "wrong parameters"),
        ("uniform(1, 2, 3)", "wrong parameters"),
        ("uniform(1, low=2)", "wrong parameters"),
        ("uniform(low=1, top=2)", "wrong parameters"),
        ("uniform(2, 1)", "low end"),
        ("uniform(1, 1)", "low end"),
        ("uniform(0, inf)", "takes numbers"),
        ("uniform(0, True)", "takes numbers"),
        ("uniform(0, open('x'))", "takes numbers"),
        ("loguniform(0, 1)", "above zero"),
        ("gamma(mean=0, sd=1)", "above zero"),
        ("beta(mean=0.5, sd=0.6)", "no beta"),
        ("beta(mean=1.5, sd=0.1)", "no beta"),
        ("zero_or_uniform(0, 1)", "between 0 and 1"),
        ("zero_or_uniform(1, 1)", "between 0 and 1"),
        ("zero_or_uniform(0.5, 0)", "above zero"),
        ("normal(0, 1)", "unknown family"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        parse_prior(text)


@pytest.mark.parametrize("u", [-0.1, 1.1, float("nan")])
def test_quantile_needs_a_probability(u: float) -> None:
    with pytest.raises(CatalogError, match="not a probability"):
        parse_prior("uniform(0, 1)").quantile(u)


@pytest.mark.parametrize(
    "text", ["uniform(2, 5)", "loguniform(0.2, 10)", "gamma(mean=1.5, sd=1)", "beta(mean=0.3, sd=0.2)"]
)
def test_the_density_is_the_slope_of_the_distribution(text: str) -> None:
    """Between two quantiles lies as much as the density says."""
    prior, step = parse_prior(text), 0.002
    for u in (0.1, 0.5, 0.8):
        low, middle, high = (prior.quantile(one) for one in (u - step, u, u + step))
        assert math.exp(prior.log_density(np.array([middle]))[0]) == pytest.approx(2 * step / (high - low), rel=5e-3)


def test_a_mechanism_that_may_not_exist_has_a_probability_and_a_density() -> None:
    prior = parse_prior("zero_or_uniform(zero=0.3, high=0.4)")
    assert np.exp(prior.log_density(np.array([0.0, 0.1, 0.4]))) == pytest.approx([0.3, 1.75, 1.75])
