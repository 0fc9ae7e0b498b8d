"""The thresholds at which people hear: what is left of each, used up by talk and broadcasts, scaled by receptivity.

`HazardRule.hear` asks for those that are crossed in a tick, by way of `RumorBlock.use_up_thresholds`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.engine.broadcasts import BroadcastRows

__all__ = ["HearingThresholds"]

_INF: Final = np.float32(np.inf)
#: The least that scaling leaves of a threshold, as small as the smallest drawn: one of 0 is crossed without a contact.
_LEAST: Final = np.float32(1e-30)
#: Rows of rumors that are used up together; the numbers of more do not fit into the cache.
_AT_ONCE: Final = 60_000


class HearingThresholds:
    """The thresholds of a block, counted down; the only writer of them.

    Parameters
    ----------
    n_rows_each : int
        Rows of one rumor; those of several lie one after the other.
    n_rumors : int

    Attributes
    ----------
    remaining : (n_rows,) float32
        Hazard left until the row hears; infinite for those who know.
    """

    def __init__(self, n_rows_each: int, n_rumors: int) -> None:
        self._each = n_rows_each
        self.remaining = np.full(n_rows_each * n_rumors, _INF, dtype=np.float32)
        self._scratch = np.empty_like(self.remaining)
        self._mask = np.zeros(len(self.remaining), dtype=np.bool_)

    def copy(self) -> HearingThresholds:
        """Return the same to go on by itself."""
        other = copy.copy(self)
        other.remaining = self.remaining.copy()
        other._scratch, other._mask = np.empty_like(self._scratch), np.zeros_like(self._mask)
        return other

    def set(self, thresholds: NDArray[np.float32]) -> None:
        """Give every row the hazard it takes to hear."""
        self.remaining[:] = thresholds

    def close(self, rows: NDArray[Any]) -> None:
        """Let rows, which know now, never cross again."""
        self.remaining[rows] = _INF

    def scale(self, span: slice, rows: Any, scale: Any, *, floor: bool = True) -> None:
        """Multiply what is left of rows of a span, the inverse of their receptivity, and leave a little of each.

        Without `floor`, which costs a tenth of a small tick, a threshold may become 0 by rounding.
        """
        remaining = self.remaining[span]
        if not floor:
            remaining[rows] *= scale
            return
        before = remaining[rows]
        with np.errstate(over="ignore"):
            left = before * scale
        remaining[rows] = np.where(before > 0, np.maximum(left, _LEAST), left)

    def spend_on_broadcast(self, broadcast: BroadcastRows, now: int, spared: NDArray[np.int64]) -> None:
        """Use up thresholds by what a broadcast sends in a tick, but not those of the rows that are spared."""
        factor = broadcast.factor[now]
        before = self.remaining.take(spared)
        if factor and broadcast.many:
            spent = np.multiply(broadcast.dense[broadcast.span], factor, out=self._scratch[: self._each])
            remaining = self.remaining[broadcast.span]
            np.subtract(remaining, spent, out=remaining)
        elif factor:
            self.remaining[broadcast.rows] -= broadcast.access * factor
        self.remaining[spared] = before

    def spend(
        self,
        pressure: NDArray[np.float32],
        factor: NDArray[np.float32],
        support: NDArray[np.int32] | None,
        stretches: Sequence[slice],
    ) -> None:
        """Use up thresholds by the pressure of a clock.

        Parameters
        ----------
        pressure : (n_rows,) float32
        factor : (n_rumors,) float32, or (1,) where it is the same for all
            What a whole number of pressure weighs.
        support : the only rows with any pressure, where they are few
        stretches : the rows of rumors that somebody tells
        """
        alike = len(factor) == 1
        if support is not None:
            size = len(support) // len(factor)
            for number in factor.nonzero()[0].tolist():
                few = support[number * size : (number + 1) * size]
                spent = pressure.take(few)
                spent *= factor[number]
                some = spent.nonzero()[0]  # mostly few of them again
                self.remaining[few[some]] -= spent[some]
            return
        for rows in stretches:
            # Always the same part of the scratch, which stays in the cache.
            scratch, remaining = self._scratch[: rows.stop - rows.start], self.remaining[rows]
            each = (
                factor[0]
                if alike
                else np.repeat(factor[rows.start // self._each : rows.stop // self._each], self._each)
            )
            np.multiply(pressure[rows], each, out=scratch)
            np.subtract(remaining, scratch, out=remaining)

    def talked_of(self, telling: NDArray[np.bool_]) -> list[slice]:
        """Return the stretches of rows whose rumors somebody tells now, short ones of neighbors as one."""
        if len(telling) == self._each:
            return [slice(0, self._each)]
        stretches: list[slice] = []
        for first in range(0, len(telling), self._each):
            last = first + self._each
            if not telling[first:last].any():
                continue
            if stretches and stretches[-1].stop == first and last - stretches[-1].start <= _AT_ONCE:
                first = stretches.pop().start
            stretches.append(slice(first, last))
        return stretches

    def spend_in_turn(
        self,
        clocks: Sequence[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32] | None]],
        stretches: Sequence[slice],
    ) -> None:
        """Use up thresholds by several clocks, each with its pressure, factor and support as in `spend`.

        Every row goes by the clocks in order; one stretch goes by all of them before the next, so that it stays in the
        cache.
        """
        everywhere = []
        for clock in clocks:
            if clock[2] is None:
                everywhere.append(clock)
                continue
            self._spend_everywhere(everywhere, stretches)
            everywhere = []
            self.spend(*clock, stretches)
        self._spend_everywhere(everywhere, stretches)

    def _spend_everywhere(self, clocks: Sequence[tuple[Any, Any, Any]], stretches: Sequence[slice]) -> None:
        for rows in stretches if clocks else ():
            for clock in clocks:
                self.spend(*clock, [rows])

    def crossed(self) -> NDArray[np.int64]:
        """Return the rows of which nothing is left, ascending."""
        np.less_equal(self.remaining, 0, out=self._mask)
        return self._mask.nonzero()[0]
