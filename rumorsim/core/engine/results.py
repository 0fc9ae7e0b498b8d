"""What a run gives back: ticks, channels and tellers as whole numbers, everything else derived from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.engine.tellers import NEVER
from rumorsim.errors import CoreError, unknown

if TYPE_CHECKING:
    import pandas
    import xarray

    from rumorsim.core.engine.simulation import Simulation

__all__ = ["Runs", "digest"]


def digest(arrays: Sequence[NDArray[Any]]) -> str:
    """Return the SHA-256 of whole-number arrays, in order, as little-endian integers with their shapes.

    Examples
    --------
    >>> digest([np.array([1, 2])]) == digest([np.array([1, 2], dtype=np.int16)])
    True
    """
    total = hashlib.sha256()
    for array in arrays:
        column = np.ascontiguousarray(array)
        total.update(np.array([column.ndim, *column.shape], dtype="<i8").tobytes())
        total.update(column.astype("<i8" if column.dtype.kind in "iub" else "<f8").tobytes())
    return total.hexdigest()


def _missing(method: str, library: str) -> CoreError:
    return CoreError(f"{method}() needs {library}", allowed="pip install 'rumorsim[export]'")


@dataclass(eq=False)
class Runs:
    """The outcome of some replicates.

    Columns belong to people: `column` finds somebody's by name, `to_frame` and `to_xarray` write the names out.

    Attributes
    ----------
    edges_days : (n_ticks + 1,) float64
    heard_tick, stopped_tick : (replicates, n_rumors, n) int16
        Tick in which a person heard, and last tick in which a teller told; -1 at the start, NEVER (32767) for never.
    told : (replicates, n_rumors, n) bool
        Who ever told.
    afraid_tick : (replicates, n) int16
    voicings : structured array, VOICING_DTYPE
        `row` counts within the batch: replicate position times n plus person.
    fired : tuple of (label, replicate, tick)
    names : tuple or None
        Names of the people, in the order of the columns, where the network has names.
    numbers : (replicates,) int64
        Number of each replicate; they count from `first_replicate`.

    Examples
    --------
    >>> import networkx as nx
    >>> from rumorsim.core import MakiThompson, Network, simulate
    >>> net = Network.from_networkx(nx.DiGraph([("Ana", "Ben"), ("Ben", "Cyd")]))
    >>> runs = simulate(net, MakiThompson(1e6), initial_spreaders=["Ana"], stop_days=5.0)
    >>> runs.time_heard[:, runs.column("Cyd")].tolist()
    [2.0]
    >>> runs.to_frame()[["person", "time_heard", "teller"]].values.tolist()
    [['Ana', 0.0, nan], ['Ben', 1.0, 'Ana'], ['Cyd', 2.0, 'Ben']]
    """

    edges_days: NDArray[np.float64]
    heard_tick: NDArray[np.int16]
    stopped_tick: NDArray[np.int16]
    told: NDArray[np.bool_]
    afraid_tick: NDArray[np.int16]
    voicings: NDArray[Any]
    channels: tuple[str, ...]
    labels: NDArray[Any]
    fired: tuple[tuple[str, int, int], ...] = ()
    exact_heard_days: NDArray[np.float64] | None = None
    exact_stopped_days: NDArray[np.float64] | None = None
    names: tuple[Hashable, ...] | None = None
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    _channel: NDArray[np.int8] | None = None
    _teller: NDArray[np.int32] | None = None
    _late: Callable[[], tuple[NDArray[np.int8], NDArray[np.int32]]] | None = None

    @classmethod
    def of(cls, sim: Simulation) -> Runs:
        """Take the state of a simulation; who told whom is worked out when first asked for."""
        shape = (sim.replicates, sim.n)

        def stack(name: str) -> NDArray[Any]:
            by_rumor = {
                rumor: getattr(block, name)[k * sim.n_rows : (k + 1) * sim.n_rows].reshape(shape)
                for block in sim.blocks
                for k, rumor in enumerate(block.rumors)
            }
            return np.stack([by_rumor[rumor] for rumor in sorted(by_rumor)], axis=1)

        def causes() -> tuple[NDArray[np.int8], NDArray[np.int32]]:
            sim.attribute()
            teller = stack("teller")
            return stack("channel"), np.where(teller >= 0, teller % sim.n, teller).astype(np.int32)

        return cls(
            sim.ticks.edges_days,
            stack("heard_tick"),
            stack("stopped_tick"),
            stack("ever_told"),
            sim.afraid_tick.reshape(shape).copy(),
            sim.voicings,
            sim.channels,
            sim.labels,
            tuple(sim.fired),
            names=sim.contacts.names,
            numbers=np.arange(sim.first_replicate, sim.first_replicate + sim.replicates),
            _late=causes,
        )

    @classmethod
    def joined(cls, parts: Sequence[Runs]) -> Runs:
        """Join the results of batches in order."""
        if len(parts) == 1:
            return parts[0]

        def causes() -> tuple[NDArray[np.int8], NDArray[np.int32]]:
            return np.concatenate([p.channel_number for p in parts]), np.concatenate([p.teller for p in parts])

        by_replicate = ["heard_tick", "stopped_tick", "told", "afraid_tick", "voicings", "numbers"]
        if parts[0].exact_heard_days is not None:
            by_replicate += ["exact_heard_days", "exact_stopped_days"]
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in by_replicate
        }
        before = np.cumsum([0, *(part.replicates for part in parts[:-1])])
        columns["voicings"]["row"] += np.repeat(before * parts[0].n, [len(part.voicings) for part in parts])
        fired = tuple(event for part in parts for event in part.fired)
        return replace(parts[0], fired=fired, _channel=None, _teller=None, _late=causes, **columns)

    def _work_out(self) -> None:
        if self._late is not None:
            (self._channel, self._teller), self._late = self._late(), None

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return int(self.heard_tick.shape[0])

    @property
    def n_rumors(self) -> int:
        """Number of rumors."""
        return int(self.heard_tick.shape[1])

    @property
    def n(self) -> int:
        """Number of people."""
        return int(self.heard_tick.shape[2])

    @property
    def channel_number(self) -> NDArray[np.int8]:
        """Position in `channels` of what each person first heard through, (replicates, n_rumors, n); -1 for none."""
        self._work_out()
        return self._channel  # type: ignore[return-value]

    @property
    def teller(self) -> NDArray[np.int32]:
        """Who told each person, (replicates, n_rumors, n); -1 where nobody did."""
        self._work_out()
        return self._teller  # type: ignore[return-value]

    def _days(self, tick: NDArray[np.int16], exact: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return exact days where there are any, or else the ends of ticks; inf for never."""
        if exact is not None:
            return exact
        days = np.append(self.edges_days, np.inf)
        return np.asarray(days[np.where(tick == NEVER, len(days) - 1, tick.astype(np.int64) + 1)])

    def _squeezed(self, values: NDArray[Any]) -> NDArray[Any]:
        return values[:, 0] if values.shape[1] == 1 else values

    @property
    def time_heard(self) -> NDArray[np.float64]:
        """Days from the start to hearing, inf if never: (replicates, n), or (replicates, n_rumors, n) for several.

        A hearing counts from the end of its tick; 0 for those who knew at the start.
        """
        return self._squeezed(self._days(self.heard_tick, self.exact_heard_days))

    @property
    def time_stopped(self) -> NDArray[np.float64]:
        """Days from the start to falling silent, inf if never; shape as `time_heard`."""
        return self._squeezed(self._days(self.stopped_tick, self.exact_stopped_days))

    @property
    def n_aware(self) -> NDArray[np.int64]:
        """How many know at the end: (replicates,), or (replicates, n_rumors) for several rumors."""
        return np.asarray(self._squeezed(np.isfinite(self._days(self.heard_tick, self.exact_heard_days)).sum(axis=2)))

    def column(self, person: Hashable) -> int:
        """Return the column of a person: of the last axis of `time_heard`, `teller` and the others.

        Parameters
        ----------
        person : name or int
            A name where the network has names, whole numbers among them; otherwise a number, 0 to n - 1.

        Raises
        ------
        CoreError
            For a name that nobody has, with the one most like it, or a number outside 0..n-1.

        Examples
        --------
        >>> import networkx as nx
        >>> from rumorsim.core import MakiThompson, Network, simulate
        >>> net = Network.from_networkx(nx.Graph([(7, 3), (3, 0)]))
        >>> simulate(net, MakiThompson(0.5), stop_days=5.0).column(0)
        2
        """
        # True is equal to 1, and 1.0 as well: neither is the name or the number 1.
        if self.names is not None:
            if not isinstance(person, Hashable):
                raise CoreError("name of a person", path="person", given=person, allowed="one of the network's names")
            for number in (k for k, name in enumerate(self.names) if name == person):
                if isinstance(person, str | np.integer) or type(person) is type(self.names[number]):
                    return number
            raise unknown("person", person, self.names, error=CoreError, path="person")
        if isinstance(person, bool | np.bool_) or not isinstance(person, int | np.integer) or not 0 <= person < self.n:
            raise CoreError("person", path="person", given=person, allowed=f"0 to {self.n - 1}; there are no names")
        return int(person)

    def to_frame(self) -> pandas.DataFrame:
        """Return a pandas DataFrame, one row for each replicate, rumor and person.

        Returns
        -------
        pandas.DataFrame
            ``replicate``, ``rumor`` (where there are several), ``person`` (name, or number where there are no names),
            ``time_heard`` and ``time_stopped`` (days from the start, inf for never), ``told`` (whether the person ever
            told), ``channel`` and ``teller`` (missing where there is none).

        Raises
        ------
        CoreError
            When pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise _missing("to_frame", "pandas") from None
        shape = self.heard_tick.shape
        replicate, rumor, person = (where.ravel() for where in np.indices(shape, sparse=False))
        # One name stays one, a tuple as well; whole numbers stay whole where a teller is missing.
        people = pd.Series(range(self.n) if self.names is None else pd.Index(self.names, tupleize_cols=False))
        tellers = people.astype("Int64") if people.dtype.kind == "i" else people
        channels = pd.Series(self.channels, dtype=object)
        columns: dict[str, Any] = {"replicate": self.numbers[replicate]}
        if self.n_rumors > 1:
            columns["rumor"] = rumor
        columns |= {
            "person": people.take(person).array,
            "time_heard": self.time_heard.ravel(),
            "time_stopped": self.time_stopped.ravel(),
            "told": self.told.ravel(),
            "channel": channels.reindex(self.channel_number.ravel()).array,
            "teller": tellers.reindex(self.teller.ravel()).array,
        }
        return pd.DataFrame(columns)

    def to_xarray(self) -> xarray.Dataset:
        """Return an xarray Dataset with the dimensions replicate, rumor (where there are several) and person.

        Returns
        -------
        xarray.Dataset
            ``time_heard`` and ``time_stopped`` (float64 days, inf for never), ``told`` (bool), ``channel`` (str, empty
            for none) and ``teller`` (int32 position along ``person``, -1 for nobody), each with its unit or meaning;
            the coordinate ``person`` holds the names.

        Raises
        ------
        CoreError
            When xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise _missing("to_xarray", "xarray") from None
        dims = ("replicate", "person") if self.n_rumors == 1 else ("replicate", "rumor", "person")
        names = np.arange(self.n) if self.names is None else np.fromiter(self.names, dtype=object, count=self.n)
        channel = np.array([*self.channels, ""])[self.channel_number]
        nobody = "position along person of the one who told; -1 for nobody"
        days, silent = "days to hearing, inf for never", "days to falling silent, inf for never"
        variables = {
            "time_heard": (dims, self.time_heard, {"units": "days", "long_name": days}),
            "time_stopped": (dims, self.time_stopped, {"units": "days", "long_name": silent}),
            "told": (dims, self._squeezed(self.told), {"long_name": "whether the person ever told"}),
            "channel": (dims, self._squeezed(channel), {"long_name": "channel of the first hearing, empty for none"}),
            "teller": (dims, self._squeezed(self.teller), {"long_name": nobody}),
        }
        coordinates = {"replicate": self.numbers, "rumor": np.arange(self.n_rumors), "person": names}
        return xr.Dataset(variables, {name: coordinates[name] for name in dims}, {"fingerprint": self.fingerprint()})

    def fingerprint(self) -> str:
        """Return the SHA-256 of ticks, channels, tellers and voicings, in the order of people's labels.

        It does not depend on batch size, worker count, back end or the numbering of people.
        """
        order = np.argsort(self.labels, kind="stable")
        label = np.append(np.asarray(self.labels, dtype=np.int64), -1)
        channel, teller = self.channel_number[:, :, order], label[self.teller][:, :, order]
        if self.exact_heard_days is not None and self.exact_stopped_days is not None:
            days = (self.exact_heard_days, self.exact_stopped_days)
            return digest([*(np.where(np.isfinite(t), t, 1e300)[:, :, order] for t in days), channel, teller])
        heard, stopped, told = (x[:, :, order] for x in (self.heard_tick, self.stopped_tick, self.told))
        spoken = self.voicings
        replicate, person = np.divmod(spoken["row"].astype(np.int64), self.n)
        columns = [replicate, spoken["tick"], spoken["rumor"], spoken["occasion"], label[person], spoken["group"]]
        by = np.lexsort(tuple(reversed(columns)))
        who = [heard, stopped, told, self.afraid_tick[:, order], channel, teller]
        return digest(who + [column[by] for column in [*columns, spoken["detected"]]])

    def __repr__(self) -> str:
        return f"Runs(replicates={self.replicates}, n_rumors={self.n_rumors}, n={self.n})"
