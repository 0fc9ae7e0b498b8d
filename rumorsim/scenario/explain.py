"""Every number behind a scenario, with its unit, where it is used and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from rumorsim import catalog
from rumorsim.catalog import Value
from rumorsim.scenario.resolve import Scenario

__all__ = ["NumberRow", "numbers"]


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of a scenario.

    Parameters
    ----------
    key : catalog id, or ``events.<id>.<field>`` for a plain number of an event.
    value, unit : the number.
    status : stated, inferred, assumed or calibrated as in the catalog; "scenario" where the scenario sets it.
    source : citations of the catalog entry, or the source or reason given in the scenario.
    meaning : what the number is.
    used_in : fields of events that name it.
    overridden : whether the scenario sets it.
    """

    key: str
    value: Value
    unit: str
    status: str
    source: str
    meaning: str
    used_in: tuple[str, ...]
    overridden: bool


def numbers(scenario: Scenario) -> tuple[NumberRow, ...]:
    """Return every number of a scenario: catalog ids in the order of the catalog, then plain numbers of events.

    Parameters
    ----------
    scenario : the scenario.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> row = {row.key: row for row in numbers(load_scenario("secret-speech"))}["plenum.hearing_prob"]
    >>> row.value, row.used_in
    (0.97, ('events.politburo.prob', 'events.plenum.prob'))
    """
    users: dict[str, list[str]] = {}
    own: list[NumberRow] = []
    for event in scenario.events:
        for field, number in event.numbers().items():
            path = f"events.{event.id}.{field}"
            if isinstance(number, str):
                users.setdefault(number, []).append(path)
            elif event.source is not None:
                own.append(NumberRow(path, number, "", "scenario", event.source, event.label, (path,), True))
    rows = []
    for key, value in scenario.values.items():
        entry = catalog.parameter(key)
        overridden = key in scenario.overrides
        source = "; ".join(str(one) for one in entry.source)
        status = entry.status
        if overridden and value != entry.value:
            status, source = "scenario", scenario.reasons[key] or f"set by {scenario.name}"
        rows.append(
            NumberRow(key, value, entry.unit, status, source, entry.meaning, tuple(users.get(key, ())), overridden)
        )
    return (*rows, *own)
