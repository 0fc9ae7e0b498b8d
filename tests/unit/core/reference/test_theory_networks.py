"""Known answers on configuration networks against each other, by hand, and against the well-mixed limit."""

import numpy as np
import pytest

from rumorsim.core import theory
from rumorsim.core import theory_networks as networks
from rumorsim.errors import CoreError

SHARES = [0.1, 0.2, 0.3, 0.4]


def test_informed_curves_agree_where_they_must() -> None:
    days = np.array([0.0, 0.3, 1.0, 3.0])
    logistic = theory.mean_field_informed_share(days, 1.5, 0.02)
    np.testing.assert_allclose(
        theory.mean_field_curve(days, 1.5, initial_spreader_share=0.02)[:, 1], logistic, rtol=1e-7
    )
    pairs = networks.pairwise_informed_share(days, 3, 1.5, 0.02)
    np.testing.assert_allclose(networks.edge_based_curve(days, [0, 0, 0, 1], 1.5, 0.0, 0.02)[:, 1], pairs, rtol=1e-6)
    # With many contacts of small weight the pair equations become the logistic curve.
    dense = networks.pairwise_informed_share(days, 4000, 1.5 / 4000, 0.02)
    np.testing.assert_allclose(dense, logistic, rtol=2e-3)


def test_the_edge_based_course_ends_at_the_percolation_size() -> None:
    chance = networks.transmissibility(1.0, 0.5)
    end = networks.edge_based_curve([0.0, 200.0], SHARES, 1.0, 0.5, 0.05)[-1]
    assert 1 - end[0] == pytest.approx(networks.percolation_final_share(SHARES, chance, 0.05), rel=1e-8)
    assert end[1] == pytest.approx(0.0, abs=1e-9)


def test_percolation_by_hand_on_a_cubic_graph() -> None:
    """u = 1 - T + T u^2 has the roots 1 and (1 - T)/T."""
    for chance in (0.55, 0.8, 1.0):
        root = (1 - chance) / chance
        assert networks.percolation_final_share([0, 0, 0, 1], chance) == pytest.approx(1 - root**3, rel=1e-10)
    assert networks.percolation_final_share([0, 0, 0, 1], 0.5) == 0.0
    assert networks.percolation_outbreak_prob([0, 0, 0, 1], 1.0, 1.5) == 0.0
    # Without forgetting everybody reached tells everybody: chance and size coincide.
    assert networks.percolation_outbreak_prob(SHARES, 1.0, 0.0) == pytest.approx(
        networks.percolation_final_share(SHARES, 1.0), rel=1e-9
    )
    assert networks.percolation_outbreak_prob(SHARES, 2.0, 0.5) < networks.percolation_final_share(SHARES, 0.8)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: networks.edge_based_curve([0.0, 1.0], [0.5, 0.4], 1.0), "degree_shares"),
        (lambda: networks.percolation_final_share([1.0, 0.0], 0.5), "degree_shares"),
        (lambda: networks.percolation_final_share(SHARES, 1.5), "transmission_prob"),
        (lambda: networks.percolation_outbreak_prob(SHARES, 0.0, 1.0), "transmission_rate"),
        (lambda: networks.pairwise_informed_share([0.0], 0, 1.0, 0.1), "degree"),
        (lambda: networks.transmissibility(1.0, 1.0, 0.0), "weight"),
    ],
)
def test_wrong_input_is_named(call, word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CoreError, match=word):
        call()
