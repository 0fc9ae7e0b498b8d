"""Choosing by shares: both forms are one choice, and whole shares need no rounding."""

from __future__ import annotations

import numpy as np

from rumorsim.core.randomness.choice import choose, choose_row


def test_a_table_and_a_list_give_the_same_choice() -> None:
    rng = np.random.default_rng(0)
    shares = np.round(rng.exponential(size=(5, 4000)) * (rng.random((5, 4000)) < 0.6), 3)
    shares[:, :50] = 0.0
    drawn = rng.random(4000)
    table = choose_row(shares.copy(), drawn)
    listed = choose(np.repeat(np.arange(4000), 5), shares.T.ravel(), 4000, drawn)
    assert (table == np.where(listed >= 0, listed % 5, -1)).all()
    assert (table[:50] == -1).all()
    assert set(table[50:].tolist()) == {-1, 0, 1, 2, 3, 4}


def test_luck_on_a_boundary_goes_to_the_later_candidate() -> None:
    drawn = np.array([0.0, 0.249999, 0.25, 0.75, 0.999999])
    shares = np.repeat([[1.0], [2.0], [1.0]], 5, axis=1)
    assert choose_row(shares.copy(), drawn).tolist() == [0, 0, 1, 2, 2]
    for whole in (True, False):
        listed = choose(np.repeat(np.arange(5), 3), shares.T.ravel(), 5, drawn, whole=whole)
        assert (listed % 3).tolist() == [0, 0, 1, 2, 2]


def test_whole_shares_are_taken_as_they_are() -> None:
    owner = np.array([0, 0, 2, 2, 2])
    share = np.array([0, 7, 1, 0, 2**23], dtype=np.float32)
    drawn = np.array([0.01, 0.5, 1.1 / (2**23 + 1)])
    assert choose(owner, share, 3, drawn, whole=True).tolist() == [1, -1, 4]
    assert choose(owner, share, 3, np.array([0.99, 0.5, 0.9 / (2**23 + 1)]), whole=True).tolist() == [1, -1, 2]
