"""Known answers: limits and small exact results that the engines are judged against.

Nothing here simulates. Every function is a formula, a root, a small recursion or an ordinary differential equation
from the literature, written in the same conventions as the rules: people meet at a rate, `transmission_rate` is per
spreader, ignorant and unit of contact weight, `stifling_rate` per spreader and unit of weight to somebody who knows,
`forgetting_rate` per spreader, all per day. "Spread over a complete graph" means that every pair of N people has
weight 1/N, so a rate is also the number of contacts a person makes a day. Every function raises `CoreError` for an
argument out of range, and names its papers.

Two conventions are told apart wherever they differ:

* Maki-Thompson: the spreader who calls and finds that the other knows stops; the other one does not.
* Daley-Kendall: a meeting of two spreaders stops both, a meeting of a spreader and a stifler stops the spreader,
  and each unordered pair meets at one rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from rumorsim.core.checks import number, numbers, whole
from rumorsim.errors import CoreError

__all__ = [
    "MAKI_THOMPSON_IGNORANT_SHARE",
    "channel_shares",
    "complete_graph_final_ignorants",
    "final_ignorant_share",
    "hayes_wrong_ignorant_share",
    "mean_field_curve",
    "mean_field_informed_share",
]

#: Share of people who never hear, equal rates, N large, Maki-Thompson and Daley-Kendall alike (Sudbury 1985).
MAKI_THOMPSON_IGNORANT_SHARE: Final[float] = 0.20318786997997995

Convention = Literal["maki_thompson", "daley_kendall"]


def _require(condition: bool, what: str, given: object, allowed: str) -> None:
    if not condition:
        raise CoreError(what, given=given, allowed=allowed)


def _check_share(value: float, what: str, *, above_0: bool = False) -> None:
    """Check a share from 0, or above it, up to below 1."""
    number(value, what, 0, 1)
    _require(value < 1 and (value > 0 or not above_0), what, value, "above 0, below 1" if above_0 else "0 to below 1")


def _check_rates(transmission_rate: float, stifling_rate: float, forgetting_rate: float) -> None:
    _require(number(transmission_rate, "transmission_rate") > 0, "transmission_rate", transmission_rate, "above 0")
    number(stifling_rate, "stifling_rate")
    number(forgetting_rate, "forgetting_rate")


def final_ignorant_share(
    transmission_rate: float = 1.0,
    stifling_rate: float = 1.0,
    forgetting_rate: float = 0.0,
    initial_spreader_share: float = 0.0,
) -> float:
    """Return the share of people who never hear on a large complete graph.

    With x ignorant and s spreading, ds/dx = -1 + (stifling (1 - x) + forgetting) / (transmission x); the rumor ends
    where s returns to 0. For no initial spreaders theta = exp(-(transmission + stifling) / (stifling + forgetting)
    (1 - theta)); with equal rates and no forgetting this is theta = exp(-2 (1 - theta)), root 0.2032. The limit is
    the same for Maki-Thompson and Daley-Kendall, because a spreader is stopped equally often by spreaders in both.

    Parameters
    ----------
    transmission_rate, stifling_rate, forgetting_rate : float
        Rates per day; weights 1/N between every pair.
    initial_spreader_share : float
        Share of people who spread at the start, in [0, 1). At 0 the limit of few spreaders is meant.

    Returns
    -------
    float
        Share of all people who are ignorant in the end; 1.0 when the rumor does not take off.

    References
    ----------
    Sudbury (1985), doi:10.2307/3213787; Nekovee et al. (2007), doi:10.1016/j.physa.2006.07.017, homogeneous networks.

    Examples
    --------
    >>> round(final_ignorant_share(), 4)
    0.2032
    >>> round(final_ignorant_share(1.0, 0.0, 0.5), 4) == round(final_ignorant_share(2.0, 0.0, 1.0), 4)
    True
    >>> final_ignorant_share(1.0, 1.0, forgetting_rate=1.5)
    1.0
    """
    _check_rates(transmission_rate, stifling_rate, forgetting_rate)
    _check_share(initial_spreader_share, "initial_spreader_share")
    stop = (stifling_rate + forgetting_rate) / transmission_rate
    if stop == 0:
        return 0.0
    start = 1.0 - initial_spreader_share
    gain = 1.0 + stifling_rate / transmission_rate

    def spreaders(x: float) -> float:
        return initial_spreader_share + gain * (start - x) + stop * math.log(x / start)

    # The curve of spreaders is concave in x with its top at x = stop / gain; the end is the root below the top.
    top = min(stop / gain, start)
    if spreaders(top) <= 0:
        return start
    low = top
    while spreaders(low) > 0:
        low *= 0.5
    return float(brentq(spreaders, low, top, xtol=1e-300, rtol=1e-15))


def hayes_wrong_ignorant_share() -> float:
    """Return the share left ignorant by the classic sampling mistake in Daley-Kendall.

    When the caller is drawn from the spreaders and the other from everybody, a pair of spreaders is met twice as
    often as a pair of a spreader and a stifler. With equal rates ds/dx = -2 + (1 + s) / x, so theta solves
    theta (1 - 2 log theta) = 1: 0.285 instead of 0.203. Tests use it to show that they would notice.

    References
    ----------
    Hayes (2005), doi:10.1511/2005.3.207.

    Examples
    --------
    >>> round(hayes_wrong_ignorant_share(), 4)
    0.2847
    """
    return float(brentq(lambda x: x * (1.0 - 2.0 * math.log(x)) - 1.0, 1e-6, 0.6, xtol=1e-15))


def complete_graph_final_ignorants(
    people: int,
    convention: Convention = "maki_thompson",
    transmission_rate: float = 1.0,
    stifling_rate: float = 1.0,
    forgetting_rate: float = 0.0,
    initial_spreaders: int = 1,
) -> NDArray[np.float64]:
    """Return the exact distribution of the number who never hear, on a complete graph with weight 1 a pair.

    The chain of (ignorants, spreaders) only loses ignorants or gains stiflers, so one pass over its states in order
    gives the absorbing probabilities without solving anything.

    Parameters
    ----------
    people : int
        Number of people N, at least 1; the work grows as N squared.
    convention : {"maki_thompson", "daley_kendall"}
        Who stops when two spreaders meet, and how often.
    transmission_rate, stifling_rate, forgetting_rate : float
        Rates per day; every pair has weight 1, so forgetting is relative to a single pair's rates.
    initial_spreaders : int
        From 1 to `people`.

    Returns
    -------
    (people + 1,) float64
        Probability that 0, 1, ..., N people are ignorant in the end.

    Raises
    ------
    CoreError
        When an argument is out of range, or when nothing can ever stop a lone spreader.

    References
    ----------
    Daley and Kendall (1965), doi:10.1093/imamat/1.1.42.

    Examples
    --------
    >>> complete_graph_final_ignorants(3).round(6).tolist()
    [0.75, 0.25, 0.0, 0.0]
    >>> (complete_graph_final_ignorants(4, "daley_kendall") * 15).round(6).tolist()
    [8.0, 4.0, 3.0, 0.0, 0.0]
    """
    _check_rates(transmission_rate, stifling_rate, forgetting_rate)
    whole(people, "people", 1)
    whole(initial_spreaders, "initial_spreaders", 1, people)
    _require(convention in ("maki_thompson", "daley_kendall"), "convention", convention, "maki_thompson, daley_kendall")
    _require(stifling_rate + forgetting_rate > 0, "stifling_rate and forgetting_rate", 0, "one of them above 0")
    final = np.zeros(people + 1)
    # row[s] is the probability of ever being in (x ignorants, s spreaders); rows are worked from many ignorants down.
    row = np.zeros(people + 2)
    row[initial_spreaders] = 1.0
    for ignorant in range(people - initial_spreaders, -1, -1):
        below = np.zeros(people + 2)
        for spreading in range(people - ignorant, 0, -1):
            weight = row[spreading]
            if weight == 0.0:
                continue
            stifled = people - ignorant - spreading
            hear = transmission_rate * ignorant * spreading
            one_stops = forgetting_rate * spreading + stifling_rate * spreading * stifled
            two_stop = 0.0
            if convention == "maki_thompson":
                one_stops += stifling_rate * spreading * (spreading - 1)
            else:
                two_stop = stifling_rate * spreading * (spreading - 1) / 2
            total = hear + one_stops + two_stop
            if total == 0.0:
                # A lone spreader whom nobody can stop: with nobody left to tell, the outcome is settled.
                row[0] += weight
                continue
            below[spreading + 1] += weight * hear / total
            row[spreading - 1] += weight * one_stops / total
            if two_stop:
                row[spreading - 2] += weight * two_stop / total
        final[ignorant] = row[0]
        row = below
    return final


def mean_field_curve(
    times: ArrayLike,
    transmission_rate: float,
    stifling_rate: float = 0.0,
    forgetting_rate: float = 0.0,
    initial_spreader_share: float = 0.01,
) -> NDArray[np.float64]:
    """Return ignorant, spreader and stifler shares on a large complete graph over time.

    dx/dt = -transmission x s; ds/dt = transmission x s - stifling s (1 - x) - forgetting s.

    Parameters
    ----------
    times : (k,) float64
        Days, increasing, the first one 0 or later.
    transmission_rate, stifling_rate, forgetting_rate : float
        Rates per day; weights 1/N between every pair.
    initial_spreader_share : float
        Above 0, below 1.

    Returns
    -------
    (k, 3) float64
        Columns ignorant, spreader, stifler; each row adds up to 1.

    References
    ----------
    Daley and Kendall (1965), doi:10.1093/imamat/1.1.42; Nekovee et al. (2007),
    doi:10.1016/j.physa.2006.07.017, homogeneous networks.

    Examples
    --------
    >>> curve = mean_field_curve([0.0, 200.0], 1.0, 1.0, initial_spreader_share=1e-4)
    >>> round(float(curve[-1, 0]), 3)
    0.203
    """
    _check_rates(transmission_rate, stifling_rate, forgetting_rate)
    _check_share(initial_spreader_share, "initial_spreader_share", above_0=True)

    def change(_: float, y: NDArray[np.float64]) -> list[float]:
        ignorant, spreader = float(y[0]), float(y[1])
        heard = transmission_rate * ignorant * spreader
        return [-heard, heard - spreader * (stifling_rate * (1.0 - ignorant) + forgetting_rate)]

    shares = _solve(change, [1.0 - initial_spreader_share, initial_spreader_share], times)
    return np.column_stack([shares[0], shares[1], 1.0 - shares[0] - shares[1]])


def mean_field_informed_share(
    times: ArrayLike, transmission_rate: float, initial_informed_share: float
) -> NDArray[np.float64]:
    """Return the informed share when nobody ever stops telling, on a large complete graph: the logistic curve.

    Parameters
    ----------
    times : (k,) float64
        Days.
    transmission_rate : float
        Per day; weights 1/N between every pair.
    initial_informed_share : float
        Above 0, below 1.

    Returns
    -------
    (k,) float64

    References
    ----------
    Daley and Gani (1999), Epidemic Modelling, doi:10.1017/CBO9780511608834, simple epidemic (chapter 2).

    Examples
    --------
    >>> mean_field_informed_share([0.0, 1.0], 0.0, 0.5).tolist()
    [0.5, 0.5]
    """
    number(transmission_rate, "transmission_rate")
    _check_share(initial_informed_share, "initial_informed_share", above_0=True)
    growth = np.exp(-transmission_rate * numbers(times, "times", None))
    share = initial_informed_share / (initial_informed_share + (1.0 - initial_informed_share) * growth)
    return np.asarray(share, dtype=np.float64)


def channel_shares(hazards: ArrayLike, durations_days: ArrayLike) -> NDArray[np.float64]:
    """Return the chance of hearing first through each of several competing channels with stepwise hazards.

    In a step of length d with hazards h_c, of those still ignorant a share (1 - exp(-d sum h)) hears, and goes to
    channel c with h_c / sum h: the hazards *of that moment*. Shares of the hazards accumulated so far overstate the
    early channels.

    Parameters
    ----------
    hazards : (steps, channels) float64
        Hazard of each channel in each step, per day.
    durations_days : (steps,) float64
        Length of each step; the last may be infinite.

    Returns
    -------
    (channels + 1,) float64
        Chance of each channel, and last of never hearing.

    Raises
    ------
    CoreError
        When the shapes do not fit or a number is negative.

    References
    ----------
    Prentice et al. (1978), The analysis of failure times in the presence of competing risks, doi:10.2307/2530374.

    Examples
    --------
    >>> channel_shares([[1.3093, 0.0], [0.0, 1.0]], [1.0, math.inf]).round(2).tolist()
    [0.73, 0.27, 0.0]
    """
    rates = numbers(hazards, "hazards", None)
    lengths = numbers(durations_days, "durations_days", None, high=math.inf)
    _require(rates.ndim == 2 and lengths.shape == rates.shape[:1], "hazards", rates.shape, "(steps, channels)")
    shares = np.zeros(rates.shape[1] + 1)
    left = 1.0
    for row, length in zip(rates, lengths, strict=True):
        total = float(row.sum())
        if total > 0:
            survive = math.exp(-total * length)
            shares[:-1] += left * (1.0 - survive) * row / total
            left *= survive
    shares[-1] = left
    return shares


def _solve(
    change: Callable[[float, NDArray[np.float64]], list[float]], start: list[float], times: ArrayLike
) -> NDArray[np.float64]:
    """Return (variables, k) values of an ordinary differential equation started at day 0."""
    days = numbers(times, "times", None)
    ordered = days.ndim == 1 and days.size > 0 and bool((np.diff(days) >= 0).all())
    _require(ordered, "times", days.tolist(), "increasing days from 0")
    end = float(days[-1])
    if end == 0.0:
        return np.repeat(np.array(start)[:, None], days.size, axis=1)
    solved = solve_ivp(change, (0.0, end), start, t_eval=days, rtol=1e-9, atol=1e-12, method="DOP853")
    if not solved.success:
        raise CoreError("differential equation", given=solved.message, allowed="a solution to the last time")
    return np.asarray(solved.y, dtype=np.float64)
