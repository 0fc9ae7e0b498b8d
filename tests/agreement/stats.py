"""Comparing simulated counts with exact probabilities: p-values, standard errors and stated power.

Every comparison in this folder has the same form: seeds are fixed, so a test is either always green or always red;
its level says how unlikely a red result was for a right engine before the seed was chosen (ALPHA over all cases of a
test, by Holm's correction), and `chi_square_power` says how surely a given wrong law would have been noticed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = [
    "ALPHA",
    "assert_none_red",
    "binomial_z",
    "chi_square",
    "chi_square_power",
    "holm",
    "ks_discrete",
    "mean_z",
    "multinomial_exact",
    "two_samples",
]

#: Chance of a red result for a right engine, over all cases of one test together.
ALPHA = 1e-4


def _pooled(
    counts: ArrayLike, probs: ArrayLike, least: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return counts and expected counts with rare cells pooled, and the count seen where nothing is possible."""
    seen = np.asarray(counts, dtype=float)
    law = np.asarray(probs, dtype=float)
    if seen.shape != law.shape or abs(law.sum() - 1) > 1e-8 or (law < -1e-12).any():
        raise ValueError("counts and probabilities must have one shape, and probabilities must add up to 1")
    impossible = law <= 1e-13
    strays = float(seen[impossible].sum())
    seen, expected = seen[~impossible], law[~impossible] * np.asarray(counts, dtype=float).sum()
    order = np.argsort(-expected, kind="stable")
    seen, expected = seen[order], expected[order]
    keep = int((expected >= least).sum())
    if keep < len(expected):
        # The pool itself must be large enough; otherwise the smallest kept cells join it.
        while keep > 0 and expected[keep:].sum() < least:
            keep -= 1
        seen = np.append(seen[:keep], seen[keep:].sum())
        expected = np.append(expected[:keep], expected[keep:].sum())
    return seen, expected, strays


def chi_square(counts: ArrayLike, probs: ArrayLike, least: float = 8.0) -> float:
    """Return the p-value of counts under probabilities; cells with fewer than `least` expected are pooled.

    A count in a cell of probability 0 gives 0.0, whatever the rest.
    """
    seen, expected, strays = _pooled(counts, probs, least)
    if strays:
        return 0.0
    if len(seen) < 2:
        return 1.0
    return float(stats.chi2.sf(((seen - expected) ** 2 / expected).sum(), len(seen) - 1))


def two_samples(first: ArrayLike, second: ArrayLike, least: float = 8.0) -> float:
    """Return the p-value that two tables of counts come from one law; cells rare in both are pooled."""
    table = np.array([first, second], dtype=float)
    share = table.sum(axis=1, keepdims=True) / table.sum()
    total = table.sum(axis=0)
    rare = total * share.min() < least
    pooled = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return 1.0
    expected = pooled.sum(axis=0) * share
    return float(stats.chi2.sf(((pooled - expected) ** 2 / expected).sum(), pooled.shape[1] - 1))


def chi_square_power(probs: ArrayLike, wrong: ArrayLike, draws: int, alpha: float = ALPHA) -> float:
    """Return the chance that `chi_square` at level alpha turns red when `wrong` is the true law."""
    right, other = np.asarray(probs, dtype=float), np.asarray(wrong, dtype=float)
    if (other[right <= 1e-13] > 0).any():
        return 1.0
    other, right = other[right > 1e-13], right[right > 1e-13]
    free = len(right) - 1
    noncentral = draws * float(((other - right) ** 2 / right).sum())
    return float(stats.ncx2.sf(stats.chi2.isf(alpha, free), free, noncentral))


def multinomial_exact(counts: Sequence[int], probs: Sequence[float], most: int = 200_000) -> float:
    """Return the exact p-value of a few counts: the chance of all tables no likelier than the one seen."""
    total, cells = int(sum(counts)), len(counts)
    if math.comb(total + cells - 1, cells - 1) > most:
        raise ValueError("too many tables to list; use chi_square")
    if any(c and p <= 0 for c, p in zip(counts, probs, strict=True)):
        return 0.0
    logs = [math.log(p) if p > 0 else -math.inf for p in probs]

    def log_prob(table: Sequence[int]) -> float:
        return math.lgamma(total + 1) + sum(
            c * log - math.lgamma(c + 1) for c, log in zip(table, logs, strict=True) if c
        )

    seen = log_prob(counts) + 1e-9
    p_value = 0.0
    stack: list[tuple[tuple[int, ...], int]] = [((), total)]
    while stack:
        head, rest = stack.pop()
        if len(head) == cells - 1:
            chance = log_prob((*head, rest))
            if chance <= seen:
                p_value += math.exp(chance)
            continue
        stack.extend(((*head, k), rest - k) for k in range(rest + 1))
    return min(p_value, 1.0)


def mean_z(values: ArrayLike, expected: float) -> float:
    """Return how many standard errors the mean of independent values lies from its expectation."""
    sample = np.asarray(values, dtype=float)
    error = sample.std(ddof=1) / math.sqrt(sample.size)
    if error == 0:
        return 0.0 if sample[0] == expected else math.inf
    return float((sample.mean() - expected) / error)


def binomial_z(count: float, draws: int, prob: float) -> float:
    """Return how many standard errors a count lies from its expectation."""
    error = math.sqrt(draws * prob * (1 - prob))
    if error == 0:
        return 0.0 if count == draws * prob else math.inf
    return float((count - draws * prob) / error)


def ks_discrete(samples: ArrayLike, support: ArrayLike, cdf: ArrayLike) -> float:
    """Return a p-value (an upper bound) for samples against P(T <= support[k]) = cdf[k].

    Uses P(D > d) <= 2 exp(-2 n d**2) (Massart 1990, doi:10.1214/aop/1176990746), which holds for discrete and for
    incomplete laws (infinite times) alike.
    """
    times = np.asarray(samples, dtype=float)
    empirical = np.searchsorted(np.sort(times), np.asarray(support, dtype=float), side="right") / times.size
    distance = float(np.abs(empirical - np.asarray(cdf, dtype=float)).max())
    return min(1.0, 2.0 * math.exp(-2.0 * times.size * distance**2))


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return Holm's adjusted p-values: reject those at most alpha, and a right family is rejected at most so often."""
    p = np.asarray(p_values, dtype=float).ravel()
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    result = np.empty_like(p)
    result[order] = np.minimum(adjusted, 1.0)
    return result


def assert_none_red(p_values: dict[str, float], alpha: float = ALPHA) -> None:
    """Fail with the names of all cases whose Holm-adjusted p-value is at most alpha."""
    if not p_values:
        raise ValueError("no case was compared")
    adjusted = holm(list(p_values.values()))
    red = [f"{name}: p = {p:.3g}" for (name, p), a in zip(p_values.items(), adjusted, strict=True) if a <= alpha]
    assert not red, f"{len(red)} of {len(p_values)} comparisons disagree:\n" + "\n".join(red[:20])
