"""What `mesa.batch_run` asks of a model whose chance is addressed: its iterations need seeds of their own."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Final

import mesa

__all__ = ["warn_of_equal_iterations"]

_RUNNER: Final = ("mesa.batchrunner", "_model_run_func")
#: From this version on `batch_run` has an argument of its own for seeds, one an iteration, and passes it as ``seed``.
_SEEDS_ITERATIONS: Final = (3, 4)
_TEXT: Final = (
    "mesa.batch_run repeats the same seed, so its iterations are the same run again, number for number; leave out "
    'iterations and give seeds, for example parameters={..., "rng": range(3)}'
)


def warn_of_equal_iterations() -> None:
    """Warn where the model is being built for a later iteration of `mesa.batch_run` that has no seed of its own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (frame.f_globals.get("__name__"), frame.f_code.co_name) != _RUNNER:
        frame = frame.f_back
    if frame is None:
        return
    iteration, given = frame.f_locals.get("iteration", 0), frame.f_locals.get("kwargs", {})
    own_seed = tuple(map(int, mesa.__version__.split(".")[:2])) >= _SEEDS_ITERATIONS and given.get("seed") is not None
    if iteration and not own_seed:
        warnings.warn(_TEXT, UserWarning, stacklevel=3)
