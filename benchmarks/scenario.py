"""The reference scenario of all timings: a party of 50,000 in cells, with a calendar of day and night.

1,515 near-clique cells of 24 to 42 people, a hierarchy of secretaries and 26 district committees, five kin and work
ties a person inside the district (one in a hundred between districts): about 1.28 million directed weighted edges,
symmetric, weights in whole 1/1024. 300 ticks of six hours, transmission constant within a tick, Maki-Thompson
stifling and forgetting; about 91 percent hear in the end.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reference", "build", "load", "save"]

DISTRICTS = 26
#: Share of pairs in a cell that know each other, chosen for 1.28 million edges at 50,000 people.
CLIQUE_SHARE = 0.626
#: Transmission in the morning, at work, in the evening and at night (quarters of a day).
DAY = (1.0, 1.0, 0.6, 0.05)


@dataclass(frozen=True)
class Reference:
    """A network in edge lists sorted by source, and the numbers of the rumor."""

    people: int
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float32]
    transmission_rates: NDArray[np.float64]
    stifling_rate: float
    forgetting_rate: float
    tick_days: float
    initial: NDArray[np.int32]

    @property
    def ticks(self) -> int:
        return len(self.transmission_rates)

    @property
    def start(self) -> NDArray[np.int64]:
        """Return (people + 1,) where each person's edges begin."""
        return np.searchsorted(self.source, np.arange(self.people + 1)).astype(np.int64)


def build(people: int = 50_000, ticks: int = 300, seed: int = 1956) -> Reference:
    """Return the reference scenario; with other numbers of people the cells and mean degree stay the same."""
    rng = np.random.default_rng(seed)
    cells = max(round(people / 33.0), DISTRICTS)
    sizes = rng.integers(24, 43, cells)
    ends = np.round(np.cumsum(sizes) * people / sizes.sum()).astype(np.int64)
    begins = np.concatenate([[0], ends[:-1]])
    district_of_cell = np.sort(rng.integers(0, DISTRICTS, cells))
    district_of_cell[:DISTRICTS] = np.arange(DISTRICTS)
    district_of_cell.sort()
    first, second = [], []
    for begin, end in zip(begins, ends, strict=True):
        size = int(end - begin)
        a, b = np.triu_indices(size, 1)
        near = rng.random(len(a)) < CLIQUE_SHARE
        first.append(begin + a[near])
        second.append(begin + b[near])
    # Secretaries (the first of each cell) know the committee, which is the first cell of the district.
    district_first = np.searchsorted(district_of_cell, np.arange(DISTRICTS))
    head = begins[district_first]
    first.append(begins)
    second.append(head[district_of_cell] + 1 + rng.integers(0, 5, cells))
    first.append(np.repeat(head, 2))
    second.append(np.roll(np.repeat(head, 2), 2) + 2)
    # Five ties a person: each person names 2.5 on average, inside the district except for one in a hundred.
    named = people * 5 // 2
    who = rng.integers(0, people, named)
    cell_of = np.repeat(np.arange(cells), ends - begins)
    district_begin = np.append(begins[district_first], people)
    home = district_of_cell[cell_of[who]]
    whom = district_begin[home] + (rng.random(named) * (district_begin[home + 1] - district_begin[home])).astype(
        np.int64
    )
    far = rng.random(named) < 0.01
    whom[far] = rng.integers(0, people, int(far.sum()))
    first.append(who)
    second.append(whom)
    a, b = np.concatenate(first), np.concatenate(second)
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs = np.unique((low * people + high)[low < high])
    low, high = pairs // people, pairs % people
    strength = rng.integers(256, 1793, len(pairs)).astype(np.float32) / np.float32(1024.0)
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((target, source))
    rates = 0.055 * np.array(DAY)[np.arange(ticks) % 4]
    return Reference(
        people=people,
        source=source[order].astype(np.int32),
        target=target[order].astype(np.int32),
        weight=np.concatenate([strength, strength])[order],
        transmission_rates=rates,
        stifling_rate=0.011,
        forgetting_rate=0.15,
        tick_days=0.25,
        initial=np.sort(rng.choice(people, 20, replace=False)).astype(np.int32),
    )


def save(reference: Reference, path: Path) -> None:
    """Write the scenario as one .npz, which every peer's process reads with NumPy alone."""
    np.savez(path, **{name: np.asarray(getattr(reference, name)) for name in Reference.__dataclass_fields__})


def load(path: Path) -> Reference:
    """Return a scenario written by `save`."""
    with np.load(path) as data:
        fields = {name: data[name] for name in Reference.__dataclass_fields__}
    scalars = {name: value.item() for name, value in fields.items() if value.ndim == 0}
    return Reference(**{**fields, **scalars})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--people", type=int, default=50_000)
    arguments = parser.parse_args()
    save(build(arguments.people), arguments.path)
