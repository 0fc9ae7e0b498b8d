"""Limits and small exact results on complete graphs, against each other and against published values."""

import math

import numpy as np
import pytest

from rumorsim.core import theory
from rumorsim.errors import CoreError


def test_the_constant_solves_its_equation() -> None:
    share = theory.MAKI_THOMPSON_IGNORANT_SHARE
    assert share == pytest.approx(math.exp(-2 * (1 - share)), rel=1e-14)
    assert theory.final_ignorant_share() == pytest.approx(share, rel=1e-13)


@pytest.mark.parametrize("rule", ["maki_thompson", "daley_kendall"])
def test_the_exact_recursion_converges_to_the_limit(rule: str) -> None:
    """The distance to 0.2032 shrinks like 1/N."""
    means = []
    for people in (100, 200, 400):
        law = theory.complete_graph_final_ignorants(people, rule)
        means.append(float(law @ np.arange(people + 1)) / people)
    gaps = np.abs(np.array(means) - theory.MAKI_THOMPSON_IGNORANT_SHARE)
    assert gaps[-1] < 0.003
    assert (gaps[1:] / gaps[:-1] < 0.7).all()


@pytest.mark.parametrize(("rule", "variance"), [("maki_thompson", 0.2727), ("daley_kendall", 0.3107)])
def test_the_spread_of_the_final_size(rule: str, variance: float) -> None:
    """N times the variance of the final share, Watson (1987), doi:10.1016/0304-4149(87)90010-X.

    Given that the rumor takes off: with chance 1/(2N) the first two Daley-Kendall spreaders stop each other at once.
    """
    people = 800
    law = theory.complete_graph_final_ignorants(people, rule)
    law = law[: people // 2] / law[: people // 2].sum()
    share = np.arange(people // 2) / people
    mean = law @ share
    assert people * (law @ (share - mean) ** 2) == pytest.approx(variance, rel=0.01)


def test_the_general_limit_is_the_end_of_the_course() -> None:
    for rates in [(1.0, 1.0, 0.3, 0.1), (2.0, 0.5, 0.0, 0.02), (1.0, 0.0, 0.4, 0.2), (1.0, 0.5, 2.0, 0.1)]:
        end = theory.mean_field_curve([0.0, 2000.0], *rates)[-1]
        assert end[0] == pytest.approx(theory.final_ignorant_share(*rates), rel=1e-6)
        assert end.sum() == pytest.approx(1.0, rel=1e-12)
    assert theory.final_ignorant_share(1.0, 0.0, 0.0) == 0.0
    assert theory.final_ignorant_share(1.0, 0.3, 1.0) == 1.0


def test_hayes_mistake_is_between_the_values_he_saw() -> None:
    assert 0.28 < theory.hayes_wrong_ignorant_share() < 0.29


def test_competing_channels_by_simulation_free_integral() -> None:
    shares = theory.channel_shares([[2.0, 1.0], [0.5, 0.5]], [0.4, math.inf])
    early = 1 - math.exp(-1.2)
    np.testing.assert_allclose(shares, [early * 2 / 3 + (1 - early) / 2, early / 3 + (1 - early) / 2, 0.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: theory.final_ignorant_share(0.0), "transmission_rate"),
        (lambda: theory.final_ignorant_share(1.0, -1.0), "stifling_rate"),
        (lambda: theory.final_ignorant_share(initial_spreader_share=1.0), "initial_spreader_share"),
        (lambda: theory.complete_graph_final_ignorants(3, "rumor"), "convention"),  # type: ignore[arg-type]
        (lambda: theory.complete_graph_final_ignorants(3, stifling_rate=0.0), "stifling_rate"),
        (lambda: theory.complete_graph_final_ignorants(3, initial_spreaders=4), "initial_spreaders"),
        (lambda: theory.mean_field_curve([1.0, 0.5], 1.0), "times"),
        (lambda: theory.channel_shares([[1.0]], [1.0, 2.0]), "hazards"),
    ],
)
def test_wrong_input_is_named(call, word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CoreError, match=word):
        call()
