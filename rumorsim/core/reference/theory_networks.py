"""Known answers on configuration networks: how far and how fast a rumor travels that nobody stifles.

The companion of `rumorsim.core.reference.theory` for people with unequal numbers of contacts: bond percolation for the
final size (forgetting, or an independent cascade) and edge-based or pair equations for the course. All hold in the
limit of many people; every contact goes both ways and has weight 1. Errors are as there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from rumorsim.core.checks import number, numbers
from rumorsim.core.reference.theory import _check_rates, _check_share, _require, _solve

__all__ = [
    "edge_based_curve",
    "pairwise_informed_share",
    "percolation_final_share",
    "percolation_outbreak_prob",
    "transmissibility",
]

Curve = Callable[[float], float]


def pairwise_informed_share(
    times: ArrayLike, degree: int, transmission_rate: float, initial_informed_share: float
) -> NDArray[np.float64]:
    """Return the informed share on a large random regular graph when nobody stops telling (pair closure).

    Pairs [SS], [SI] per person with the closure [ABC] = (n-1)/n [AB][BC]/[B], which is exact on a random regular
    graph in the limit of many people.

    Parameters
    ----------
    times : (k,) float64
        Days, increasing.
    degree : int
        Number of contacts of everybody, at least 1, each of weight 1.
    transmission_rate : float
        Per day and contact.
    initial_informed_share : float
        Chosen at random; above 0, below 1.

    Returns
    -------
    (k,) float64

    References
    ----------
    Keeling (1999), doi:10.1098/rspb.1999.0716, the pair closure.

    Examples
    --------
    >>> share = pairwise_informed_share([0.0, 50.0], 3, 1.0, 0.01)
    >>> share.round(4).tolist()
    [0.01, 1.0]
    """
    number(degree, "degree", 1)
    number(transmission_rate, "transmission_rate")
    _check_share(initial_informed_share, "initial_informed_share", above_0=True)
    ignorant = 1.0 - initial_informed_share
    closure = (degree - 1.0) / degree

    def change(_: float, y: NDArray[np.float64]) -> list[float]:
        s, ss, si = float(y[0]), float(y[1]), float(y[2])
        if s <= 0.0:
            return [0.0, 0.0, 0.0]
        through = transmission_rate * closure * si / s
        return [-transmission_rate * si, -2.0 * through * ss, through * (ss - si) - transmission_rate * si]

    start = [ignorant, degree * ignorant**2, degree * ignorant * initial_informed_share]
    return np.asarray(1.0 - _solve(change, start, times)[0], dtype=np.float64)


def edge_based_curve(
    times: ArrayLike,
    degree_shares: Sequence[float],
    transmission_rate: float,
    forgetting_rate: float = 0.0,
    initial_spreader_share: float = 0.01,
) -> NDArray[np.float64]:
    """Return ignorant, spreader and stifler shares over time on a large configuration network, without stifling.

    theta(t) is the chance that a contact has not yet passed the rumor on: theta' = -b theta +
    b (1 - rho) psi'(theta)/psi'(1) + g (1 - theta), ignorant share (1 - rho) psi(theta). Exact for N large.

    Parameters
    ----------
    times : (k,) float64
        Days, increasing.
    degree_shares : (d + 1,) float
        Share of people with 0, 1, ..., d contacts (each of weight 1); adds up to 1.
    transmission_rate, forgetting_rate : float
        b per day and contact, g per day.
    initial_spreader_share : float
        rho, chosen at random; above 0, below 1.

    Returns
    -------
    (k, 3) float64
        Columns ignorant, spreader, stifler.

    References
    ----------
    Miller, Slim and Volz (2012), doi:10.1098/rsif.2011.0403, configuration model networks; Volz (2008),
    doi:10.1007/s00285-007-0116-4.

    Examples
    --------
    >>> curve = edge_based_curve([0.0, 40.0], [0, 0, 0, 1], 1.0, initial_spreader_share=0.01)
    >>> curve[:, 1].round(4).tolist()
    [0.01, 1.0]
    """
    _check_rates(transmission_rate, 0.0, forgetting_rate)
    _check_share(initial_spreader_share, "initial_spreader_share", above_0=True)
    psi, slope, _ = _generating_function(degree_shares)
    mean_degree = slope(1.0)
    rest = 1.0 - initial_spreader_share

    def change(_: float, y: NDArray[np.float64]) -> list[float]:
        theta, stifled = float(y[0]), float(y[1])
        still = transmission_rate * (rest * slope(theta) / mean_degree - theta)
        return [still + forgetting_rate * (1.0 - theta), forgetting_rate * (1.0 - rest * psi(theta) - stifled)]

    solved = _solve(change, [1.0, 0.0], times)
    ignorant = rest * np.array([psi(float(theta)) for theta in solved[0]])
    return np.column_stack([ignorant, 1.0 - ignorant - solved[1], solved[1]])


def transmissibility(transmission_rate: float, forgetting_rate: float, weight: float = 1.0) -> float:
    """Return the chance that a spreader who stops only by forgetting ever tells one given contact.

    The spreader tells for an exponential time, so T = b w / (b w + g).

    Parameters
    ----------
    transmission_rate, forgetting_rate : float
        b and g, per day.
    weight : float
        Weight w of the contact.

    Returns
    -------
    float
        Between 0 and 1; 1 without forgetting.

    References
    ----------
    Newman (2002), doi:10.1103/PhysRevE.66.016128, transmissibility.

    Examples
    --------
    >>> transmissibility(1.0, 1.0)
    0.5
    """
    _check_rates(transmission_rate, 0.0, forgetting_rate)
    _require(number(weight, "weight") > 0, "weight", weight, "a number above 0")
    return transmission_rate * weight / (transmission_rate * weight + forgetting_rate)


def percolation_final_share(
    degree_shares: Sequence[float], transmission_prob: float, initial_spreader_share: float = 0.0
) -> float:
    """Return the share who ever hear in a large outbreak on a configuration network, without stifling.

    u is the chance that a contact never passes the rumor on: u = 1 - T + T (1 - rho) psi'(u)/psi'(1), and
    1 - (1 - rho) psi(u) hear. It depends on forgetting only through T (see `transmissibility`), since contacts of
    one ignorant person tell for independent times. An independent cascade with the same chance on every edge has the
    same share.

    Parameters
    ----------
    degree_shares : (d + 1,) float
        Share of people with 0, 1, ..., d contacts; adds up to 1.
    transmission_prob : float
        T, in [0, 1].
    initial_spreader_share : float
        rho in [0, 1), chosen at random; 0 means a few, given that the outbreak is large.

    Returns
    -------
    float
        0.0 below the threshold.

    References
    ----------
    Newman (2002), doi:10.1103/PhysRevE.66.016128, size of an epidemic.

    Examples
    --------
    >>> round(percolation_final_share([0, 0, 0, 1], 0.75), 4)
    0.963
    >>> percolation_final_share([0, 0, 0, 1], 0.4)
    0.0
    """
    psi, slope, further = _generating_function(degree_shares)
    number(transmission_prob, "transmission_prob", 0, 1)
    _check_share(initial_spreader_share, "initial_spreader_share")
    mean_degree = slope(1.0)
    rest = 1.0 - initial_spreader_share

    if initial_spreader_share == 0 and transmission_prob * further <= 1:
        return 0.0

    def excess(u: float) -> float:
        return 1.0 - transmission_prob + transmission_prob * rest * slope(u) / mean_degree - u

    return 1.0 - rest * psi(_smallest_root(excess))


def percolation_outbreak_prob(
    degree_shares: Sequence[float], transmission_rate: float, forgetting_rate: float
) -> float:
    """Return the chance that one random initial spreader starts a large outbreak, without stifling.

    Unlike the final share this needs the whole law of the time a spreader tells, because one spreader's contacts
    share it: v = E[G(1 - T(tau) + T(tau) v)] with T(tau) = 1 - exp(-b tau), tau exponential with rate g.

    Parameters
    ----------
    degree_shares : (d + 1,) float
        Share of people with 0, 1, ..., d contacts; adds up to 1.
    transmission_rate, forgetting_rate : float
        b and g, per day.

    Returns
    -------
    float
        At most `percolation_final_share`, with equality only without forgetting.

    References
    ----------
    Kenah and Robins (2007), doi:10.1103/PhysRevE.76.036113.

    Examples
    --------
    >>> shares = [0, 0, 0, 1]
    >>> percolation_outbreak_prob(shares, 3.0, 1.0) < percolation_final_share(shares, 0.75)
    True
    """
    psi, slope, further = _generating_function(degree_shares)
    _check_rates(transmission_rate, 0.0, forgetting_rate)
    mean_degree = slope(1.0)
    if transmissibility(transmission_rate, forgetting_rate) * further <= 1:
        return 0.0
    # With y = exp(-b tau), the law of y is beta(g/b, 1); y = z^(b/g) turns the mean into an integral over (0, 1).
    nodes, weights = np.polynomial.legendre.leggauss(60)
    quantiles = 0.5 * (nodes + 1.0)
    not_told = quantiles ** (transmission_rate / forgetting_rate) if forgetting_rate > 0 else np.zeros_like(quantiles)

    def expected(function: Callable[[float], float], v: float) -> float:
        values = [function(float(y + (1.0 - y) * v)) for y in not_told]
        return float(0.5 * np.dot(weights, values))

    v = _smallest_root(lambda v: expected(slope, v) / mean_degree - v)
    return 1.0 - expected(psi, v)


def _generating_function(shares: Sequence[float]) -> tuple[Curve, Curve, float]:
    """Return psi, psi' and psi''(1)/psi'(1) for the shares of people with 0, 1, 2, ... contacts.

    The last is the mean number of further contacts that a contact has.
    """
    coefficients = numbers(shares, "degree_shares", None)
    _require(coefficients.ndim == 1 and coefficients.size >= 2, "degree_shares", coefficients.shape, "two or more")
    total = float(coefficients.sum())
    _require(abs(total - 1.0) < 1e-9, "sum of degree_shares", total, "1")
    _require(bool(coefficients[1:].any()), "degree_shares", "nobody has contacts", "some with contacts")
    psi = np.polynomial.Polynomial(coefficients)
    slope = psi.deriv()
    return lambda x: float(psi(x)), lambda x: float(slope(x)), float(slope.deriv()(1.0) / slope(1.0))


def _smallest_root(excess: Callable[[float], float]) -> float:
    """Return the smallest root in [0, 1] of a convex function, at least 0 at 0 and at most 0 at 1: grid, then Brent."""
    if excess(0.0) <= 0.0:
        return 0.0
    grid = np.concatenate([np.linspace(0.0, 1.0, 2001)[:-1], 1.0 - np.logspace(-3.5, -9, 60)])
    values = np.array([excess(float(u)) for u in grid])
    below = np.flatnonzero(values < 0.0)
    if below.size == 0:
        return 1.0
    first = int(below[0])
    return float(brentq(excess, float(grid[first - 1]), float(grid[first]), xtol=1e-15))
