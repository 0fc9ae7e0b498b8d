"""The exponential function from + - * / alone, so that its last bit does not depend on the machine."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["exponential"]

_LN2: Final = 0.6931471805599453


def exponential(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return e to the x from + - * / alone, the same on every machine; relative error below 1e-14 for |x| < 40.

    Examples
    --------
    >>> [round(float(y), 12) for y in exponential(np.array([0.0, 1.0, -2.0]))]
    [1.0, 2.718281828459, 0.135335283237]
    """
    twos = np.floor(x / _LN2 + 0.5)
    rest = x - twos * _LN2
    total = np.ones_like(rest)
    for k in range(16, 0, -1):
        total = 1.0 + rest * total / k
    return np.asarray(np.ldexp(total, twos.astype(np.int64)), dtype=np.float64)
