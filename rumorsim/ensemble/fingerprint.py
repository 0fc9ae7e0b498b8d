"""Same bytes: a SHA-256 over the canonical whole numbers of every replicate, in the order of the replicates.

Only whole numbers enter (ticks, channels, tellers, counts, dates in seconds), little-endian and in a fixed order, each
with its name and shape. So the fingerprint does not depend on workers, batches or on whether the run was stored, and
derived decimals, times and versions stay outside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import RunError

__all__ = ["RECORD_FIELDS", "combined", "digest"]

#: The arrays of a run record that enter its digest, in this order.
RECORD_FIELDS: Final = (
    "tick_start",
    "heard_tick",
    "stopped_tick",
    "tells",
    "channel",
    "teller",
    "afraid_tick",
    "voicings",
    "trips_taken",
    "delegates",
    "meetings",
    "expelled",
    "penalized",
)


def _canonical(array: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers in little-endian order; datetimes as seconds, truth values as bytes."""
    kind = array.dtype.kind
    if kind == "M":
        return array.astype("<M8[s]").astype("<i8")
    if kind == "b":
        return array.view(np.uint8)
    if kind not in "iu":
        raise RunError("only whole numbers enter a fingerprint", given=str(array.dtype))
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _put(state: Any, name: str, array: NDArray[Any]) -> None:
    if array.dtype.names is not None:
        for column in array.dtype.names:
            _put(state, f"{name}.{column}", np.ascontiguousarray(array[column]))
        return
    numbers = np.ascontiguousarray(_canonical(np.asarray(array)))
    state.update(f"{name}:{numbers.dtype.str}:{numbers.shape};".encode())
    state.update(numbers.data if numbers.size else b"")


def digest(record: Any, reports: NDArray[Any]) -> str:
    """Return the SHA-256 of one replicate, 64 hexadecimal digits.

    Parameters
    ----------
    record : RunRecord
    reports : structured ``rumorsim.archive.reports.REPORT``
        The archive of the replicate.

    Raises
    ------
    RunError
        When an array holds decimals.
    """
    state = hashlib.sha256()
    state.update((",".join(record.rumors) + ";").encode())
    for name in RECORD_FIELDS:
        _put(state, name, np.asarray(getattr(record, name)))
    for event, tick in sorted(record.fired):
        state.update(f"fired.{event}:{int(tick)};".encode())
    _put(state, "reports", reports)
    return state.hexdigest()


def combined(digests: Iterable[str], model: str = "party") -> str:
    """Return the fingerprint of a run from the digests of its replicates, in their order, and its null world, if any.

    Examples
    --------
    >>> combined(["ab", "cd"]) == combined(["cd", "ab"])
    False
    """
    state = hashlib.sha256(b"" if model == "party" else f"{model}\n".encode())
    for one in digests:
        state.update(f"{one}\n".encode())
    return state.hexdigest()
