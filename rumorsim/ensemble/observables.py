"""The one registry of what can be asked of a run.

Ensembles, studies, tables and figures name a quantity the same way: by its name here and its arguments. Each entry has
a unit, so that it can be drawn and compared without looking it up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.errors import QueryError, unknown

__all__ = ["Observable", "Observables", "observables"]


@dataclass(frozen=True)
class Observable:
    """A quantity that can be asked of a run.

    Attributes
    ----------
    name : str
        As in ``ensemble.<name>(...)``.
    unit : str
        "share", "probability", "date", "count", "nats" or "digest".
    arguments : names, in order
    required : those of them that must be given
    function : callable (ensemble, **arguments)
        Gives one value a replicate, or, where `per_replicate` is False, one for all (a number or a dict).
    per_replicate : bool
    text : what it is, one line.
    """

    name: str
    unit: str
    arguments: tuple[str, ...]
    required: tuple[str, ...]
    function: Callable[..., Any]
    per_replicate: bool
    text: str

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Raise QueryError for an argument that is unknown or missing."""
        for argument in arguments:
            if argument not in self.arguments:
                raise unknown("argument", argument, self.arguments, error=QueryError, path=self.name)
        missing = [argument for argument in self.required if argument not in arguments]
        if missing:
            raise QueryError("missing argument", path=self.name, given=missing[0], allowed=self.arguments)

    def measure(self, ensemble: Ensemble, **arguments: Any) -> Any:
        """Return the quantity of a run, after checking the arguments."""
        self.check(arguments)
        return self.function(ensemble, **arguments)

    def numbers(self, ensemble: Ensemble, **arguments: Any) -> NDArray[np.float64]:
        """Return the quantity as plain numbers: dates as days from the start of the run, infinity for never.

        Examples
        --------
        >>> import rumorsim as rs
        >>> run = rs.run("maki-thompson", replicates=1)
        >>> rs.observables["first_aware"].numbers(run, rumor="secret_speech").tolist()
        [0.0]
        """
        values = np.asarray(self.measure(ensemble, **arguments))
        if values.dtype.kind == "O":
            raise QueryError("not a single number", path=self.name)
        if values.dtype.kind != "M":
            return values.astype(np.float64)
        seconds = (values - ensemble.frame.begin).astype(np.float64)
        return np.where(np.isnat(values), np.inf, seconds / 86400.0)


class Observables(Mapping[str, Observable]):
    """The registry: name -> `Observable`; an unknown name is a QueryError with the nearest right one.

    Examples
    --------
    >>> observables["share_aware"].required
    ('rumor', 'on')
    >>> observables["share_awar"]
    Traceback (most recent call last):
    rumorsim.errors.QueryError: unknown observable 'share_awar'; allowed: share_aware, curve, heard_through, \
first_aware, first_report, report_probability, reports, alarm, first_voiced, voicings, meetings_voicing, \
organizations_voicing, ... (19 in all) - did you mean 'share_aware'?
    """

    def __init__(self, entries: Mapping[str, Observable]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Observable:
        if name not in self._entries:
            raise unknown("observable", name, self._entries, error=QueryError)
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        rows = [f"{one.name}({', '.join(one.arguments)}): {one.text} [{one.unit}]" for one in self.values()]
        return "\n".join(rows)


def _entry(function: Callable[..., Any], unit: str, per_replicate: bool) -> Observable:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    text = (inspect.getdoc(function) or "").splitlines()[0]
    return Observable(
        name=function.__name__,
        unit=unit,
        arguments=tuple(one.name for one in parameters),
        required=tuple(one.name for one in parameters if one.default is inspect.Parameter.empty),
        function=function,
        per_replicate=per_replicate,
        text=text.removeprefix("Return "),
    )


_ENTRIES: Final = (
    (Ensemble.share_aware, "share", True),
    (Ensemble.curve, "share", True),
    (Ensemble.heard_through, "count", True),
    (Ensemble.first_aware, "date", True),
    (Ensemble.first_report, "date", True),
    (Ensemble.report_probability, "probability", False),
    (Ensemble.reports, "count", True),
    (Ensemble.alarm, "date", True),
    (Ensemble.first_voiced, "date", True),
    (Ensemble.voicings, "count", True),
    (Ensemble.meetings_voicing, "count", True),
    (Ensemble.organizations_voicing, "count", True),
    (Ensemble.eruptions, "count", True),
    (Ensemble.hall_critics, "count", True),
    (Ensemble.introductions, "share", True),
    (Ensemble.themes, "share", False),
    (Ensemble.channel_shares, "share", False),
    (Ensemble.log_score, "nats", False),
    (Ensemble.fingerprint, "digest", False),
)

#: Everything that can be asked of a run, by name.
observables: Final = Observables({entry[0].__name__: _entry(*entry) for entry in _ENTRIES})
