"""The yardsticks measure the same model: same thresholds, same day, person by person."""

import numpy as np
import pytest
from scipy import sparse

from benchmarks.contestants import engine_network, engine_options, engine_rule
from benchmarks.scenario import Reference, build, load, save
from benchmarks.yardsticks import CReference, c_compiler, naive_numpy
from rumorsim.core import NEVER, Streams, simulate
from tests.agreement import stats


@pytest.fixture(scope="module")
def small() -> Reference:
    return build(people=3000, ticks=300)


def test_the_scenario_is_the_one_described(small: Reference, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert 24 < len(small.source) / small.people < 27
    assert engine_network(small).symmetric
    assert (small.weight * 1024 == np.rint(small.weight * 1024)).all()
    save(small, tmp_path / "scenario.npz")
    again = load(tmp_path / "scenario.npz")
    for name in Reference.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, name), getattr(small, name))


@pytest.mark.skipif(c_compiler() is None, reason="no C compiler")
def test_plain_c_and_the_engine_tell_one_story(small: Reference) -> None:
    runs = simulate(engine_network(small), engine_rule(small), replicates=3, seed=8, **engine_options(small))
    yardstick = CReference()
    for replicate in range(3):
        streams = Streams(8, replicate)
        people = np.arange(small.people)
        heard, stopped = yardstick.run(
            small, 0, streams.exponential("hear", people), streams.exponential("stop", people)
        )
        for name, ticks in (("heard_tick", heard), ("stopped_tick", stopped)):
            ours = getattr(runs, name)[replicate, 0]
            np.testing.assert_array_equal(np.where(ours == NEVER, -1, np.where(ours == -1, -2, ours)), ticks)
    assert 0.2 < runs.n_aware.mean() / small.people < 0.98


@pytest.mark.skipif(c_compiler() is None, reason="no C compiler")
def test_the_naive_yardstick_has_the_same_law(small: Reference) -> None:
    yardstick = CReference()
    start = small.start
    matrix = sparse.csr_array((small.weight, small.target, start), shape=(small.people,) * 2)
    ours = [(yardstick.run(small, seed, start=start)[0] != -1).mean() for seed in range(60)]
    naive = [(naive_numpy(small, matrix, np.random.default_rng(seed))[0] != -1).mean() for seed in range(30)]
    spread = np.sqrt(np.var(ours) / len(ours) + np.var(naive) / len(naive))
    assert abs(np.mean(ours) - np.mean(naive)) < 4 * spread
    assert stats.two_samples(np.histogram(ours, 6, (0, 1))[0], np.histogram(naive, 6, (0, 1))[0]) > 1e-4
