"""Exchangeable documents: the closed form against every archive that could have been written, one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rumorsim.archive.exchangeable import cited, in_regions, marked, one_drawn, pairs, random_dates, two_drawn

DAYS = 4
FIRST, SECOND = 1, 3


def archives(chances: Any) -> Iterator[tuple[float, list[int]]]:
    """Yield the chance of every archive of independent offices, and the days of its documents."""
    for days in itertools.product(range(DAYS + 1), repeat=len(chances)):
        chance = 1.0
        for own, day in zip(chances, days, strict=True):
            chance *= own[day] if day < DAYS else 1.0 - own.sum()
        yield chance, [day for day in days if day < DAYS]


def drawn(days: list[int], pi: float, least: int, most: int) -> tuple[float, float]:
    """Return the chance that two documents drawn, and one, are cited with the dates, over every way to draw them."""
    if not least <= len(days) <= most:
        return 0.0, 0.0
    first, second = cited(DAYS, FIRST, pi), cited(DAYS, SECOND, pi)
    both = [first[i] * second[j] + first[j] * second[i] for i, j in itertools.combinations(days, 2)]
    return float(np.mean(both)) if both else 0.0, float(np.mean([first[i] for i in days])) if days else 0.0


@pytest.mark.parametrize("pi", [0.0, 0.25, 1.0])
@pytest.mark.parametrize(("least", "most"), [(2, 3), (2, 9), (3, 3)])
def test_independent_offices_against_every_archive(pi: float, least: int, most: int) -> None:
    chances = np.random.default_rng(1).dirichlet(np.ones(DAYS + 1), 4)[:, :DAYS]
    two = one = 0.0
    for chance, days in archives(chances):
        both, single = drawn(days, pi, least, most)
        two += chance * both
        one += chance * single
    counts = marked(chances.sum(axis=1), chances @ cited(DAYS, FIRST, pi), chances @ cited(DAYS, SECOND, pi))
    assert two_drawn(counts, least, most) == pytest.approx(two, rel=1e-12)
    assert one_drawn(counts, least, most)[0] == pytest.approx(one, rel=1e-12)
    assert counts[0].sum() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("open_prob", [0.0, 0.3, 1.0])
def test_regions_that_fall_silent_together_against_every_archive(open_prob: float) -> None:
    region = np.array([5, 2, 5, 2])
    chances = np.random.default_rng(2).dirichlet(np.ones(DAYS + 1), (2, 4))[..., :DAYS]
    first, second = cited(DAYS, FIRST, 0.25), cited(DAYS, SECOND, 0.25)
    wanted = both = 0.0
    for states in itertools.product((0, 1), repeat=2):
        weight = float(np.prod([open_prob if state else 1.0 - open_prob for state in states]))
        state = np.where(region == 2, states[0], states[1])
        for chance, days in archives(chances[state, np.arange(4)]):
            wanted += weight * chance * drawn(days, 0.25, 2, 3)[0]
            both += weight * chance * sum(first[i] * second[j] for i, j in itertools.permutations(days, 2))
    counts = in_regions(chances.sum(axis=2), chances @ first, chances @ second, region, open_prob)
    assert two_drawn(counts, 2, 3) == pytest.approx(wanted, rel=1e-12)
    assert pairs(counts) == pytest.approx(both, rel=1e-12)


def test_by_hand() -> None:
    """Three documents on days 1, 3 and 3: two draws of three pairs carry both dates, one of three the first."""
    chances = np.eye(DAYS)[[1, 3, 3]]
    counts = marked(chances.sum(axis=1), chances[:, FIRST], chances[:, SECOND])
    assert two_drawn(counts) == pytest.approx(2.0 / 3.0)
    assert one_drawn(counts) == pytest.approx((1.0 / 3.0, 2.0 / 3.0))
    assert pairs(counts) == pytest.approx(2.0)
    assert two_drawn(counts, 2, 2) == two_drawn(counts, 4) == 0.0


def test_limits() -> None:
    nobody = np.zeros((3, DAYS))
    counts = marked(nobody.sum(axis=1), nobody[:, 0], nobody[:, 1])
    assert (two_drawn(counts), one_drawn(counts)) == (0.0, (0.0, 0.0))
    lonely = np.eye(DAYS)[[1]]
    assert two_drawn(marked(lonely.sum(axis=1), lonely[:, 1], lonely[:, 3])) == 0.0
    none = marked(np.zeros(0), np.zeros(0), np.zeros(0))
    assert (two_drawn(none), one_drawn(none)) == (0.0, (0.0, 0.0))
    many = np.full((200, DAYS), 1.0 / DAYS)
    counts = marked(many.sum(axis=1), many[:, FIRST], many[:, SECOND])
    assert two_drawn(counts) == pytest.approx(2.0 / DAYS**2, rel=1e-9)
    assert one_drawn(counts)[0] == pytest.approx(1.0 / DAYS, rel=1e-9)


@pytest.mark.parametrize("reach", [None, 2])
@pytest.mark.parametrize("pi", [0.0, 0.25, 1.0])
def test_the_date_cited_is_a_distribution(pi: float, reach: int | None) -> None:
    """Wherever the first document lies, the one that is cited has some date; a short reach may pass the end."""
    total = np.sum([cited(DAYS, day, pi, reach) for day in range(DAYS)], axis=0)
    inside = DAYS if reach is None else DAYS - reach + 1
    assert total[:inside] == pytest.approx(np.ones(inside))
    assert (total <= 1.0 + 1e-12).all()


def test_random_dates_keep_the_number_of_documents() -> None:
    chances = np.random.default_rng(3).dirichlet(np.ones(DAYS + 1), (2, 3))[..., :DAYS]
    level = random_dates(chances, slice(1, None))
    assert level.sum(axis=-1) == pytest.approx(chances.sum(axis=-1))
    assert (level[..., 0] == 0.0).all()
    assert np.ptp(level[..., 1:], axis=-1).max() == 0.0
