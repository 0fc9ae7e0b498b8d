"""The registry names what can be asked, with units and arguments."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.ensemble import Ensemble
from rumorsim.errors import QueryError

RUMOR = "tirana_conference"
ARGUMENTS = {"rumor": RUMOR, "on": "1956-04-20", "by": "1956-04-20", "channel": "kin"}


@pytest.mark.parametrize("name", sorted(rs.observables))
def test_every_observable_can_be_asked(ensemble: Ensemble, name: str) -> None:
    observable = rs.observables[name]
    arguments = {argument: ARGUMENTS[argument] for argument in observable.required}
    value = observable.measure(ensemble, **arguments)
    assert observable.unit in ("share", "probability", "date", "count", "nats", "digest")
    assert observable.text
    if observable.per_replicate:
        assert value.shape[0] == ensemble.replicates
        assert (value.dtype.kind == "M") == (observable.unit == "date")
        assert observable.numbers(ensemble, **arguments).dtype == np.float64


def test_every_question_of_an_ensemble_is_registered() -> None:
    other = {"replay", "redraw_archive", "to_xarray", "table", "values", "has_people", "standard_error"}
    asked = {name for name, _ in inspect.getmembers(Ensemble, inspect.isfunction) if not name.startswith("_")}
    assert asked - other == set(rs.observables)


def test_dates_become_days_and_never_infinity(ensemble: Ensemble) -> None:
    dates = ensemble.first_report(RUMOR, "Fier")
    days = rs.observables["first_report"].numbers(ensemble, rumor=RUMOR, place="Fier")
    assert np.isinf(days[np.isnat(dates)]).all()
    known = ~np.isnat(dates)
    start = np.datetime64("1956-04-01", "s")
    assert days[known].tolist() == ((dates[known] - start).astype(float) / 86400).tolist()


def test_unknown_names_and_arguments_are_errors(ensemble: Ensemble) -> None:
    with pytest.raises(QueryError, match="did you mean 'first_aware'"):
        _ = rs.observables["first_awar"]
    with pytest.raises(QueryError, match=r"share_aware: unknown argument 'plaice'.*did you mean 'place'"):
        rs.observables["share_aware"].measure(ensemble, rumor=RUMOR, on="1956-04-20", plaice="Fier")
    with pytest.raises(QueryError, match=r"share_aware: missing argument \(given: 'on'\)"):
        rs.observables["share_aware"].measure(ensemble, rumor=RUMOR)
    with pytest.raises(QueryError, match="not a single number"):
        rs.observables["themes"].numbers(ensemble)
    assert "first_awar" not in rs.observables
    assert "share_aware(rumor, on, place, role)" in repr(rs.observables)
