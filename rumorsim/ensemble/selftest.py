"""Small runs whose fingerprints are recorded in the package, for readers who expect equal bytes.

Between them they use every spreading rule, both engines, every way to push along ties that works here, the classic
models, the party, and one draw from the priors. A rule has one recorded value, whatever pushes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any, Final

import numpy as np

from rumorsim.core import (
    Contacts,
    DaleyKendall,
    GroupLayer,
    IndependentCascade,
    MakiThompson,
    Network,
    Rule,
    Streams,
    ThresholdMemory,
    TieLayer,
    simulate,
    simulate_exact,
)
from rumorsim.core.contacts.edge_sums import BACK_ENDS
from rumorsim.ensemble.run import run
from rumorsim.errors import RunError

__all__ = ["Comparison", "compared", "recorded", "recording"]

_FILE: Final = "selftest.json"
_WHAT: Final = "Fingerprints that `rumorsim selftest` compares with. Made by `rumorsim selftest --record FILE`."
_PEOPLE, _TIES, _GROUPS, _SEED = 300, 1500, 25, 1956
_RULES: Final[dict[str, Callable[[], Rule]]] = {
    "maki_thompson": lambda: MakiThompson(1.0, 0.5, 0.125),
    "daley_kendall": lambda: DaleyKendall(1.0, 0.5, 0.125),
    "independent_cascade": lambda: IndependentCascade(0.25),
    "threshold_memory": lambda: ThresholdMemory(0.25, memory_ticks=4),
}
#: Rules that both engines know.
_EXACT: Final = ("maki_thompson", "daley_kendall")
#: Name of a scenario, replicates, and where its numbers come from.
_SCENARIOS: Final = (
    ("maki-thompson", 8, "mode"),
    ("daley-kendall", 8, "mode"),
    ("classroom", 2, "mode"),
    ("classroom", 1, "prior"),
)


@dataclass(frozen=True)
class Comparison:
    """A fingerprint found here beside the recorded one."""

    name: str
    found: str
    recorded: str | None

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return self.found == self.recorded


def compared() -> Iterator[Comparison]:
    """Do the runs and yield what came of each, one after the other.

    Raises
    ------
    RunError
        If the recorded fingerprints cannot be read: the installation is damaged.

    Examples
    --------
    >>> next(compared()).equal
    True
    """
    known = recorded()
    for name, key, work in _runs():
        yield Comparison(name, work(), known.get(key))


def recorded() -> dict[str, str]:
    """Return the recorded fingerprints by key.

    Raises
    ------
    RunError
        If they cannot be read.
    """
    try:
        text = resources.files("rumorsim.ensemble").joinpath(_FILE).read_text(encoding="utf-8")
        return dict(json.loads(text)["fingerprints"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"the recorded fingerprints of this installation cannot be read: {error}", file=_FILE) from error


def recording() -> str:
    """Return the text of a new file of recorded fingerprints.

    Raises
    ------
    RunError
        If two ways to push along ties differ: then there is nothing to record.
    """
    found: dict[str, str] = {}
    for name, key, work in _runs():
        value = work()
        if found.setdefault(key, value) != value:
            raise RunError("differs from the same run with another way to push", path=name, given=value)
    return json.dumps({"what": _WHAT, "fingerprints": found}, indent=1) + "\n"


def _runs() -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield (name, key of the recorded value, run) of every run."""
    contacts = _contacts()
    for rule in _RULES:
        for back_end in sorted(BACK_ENDS):
            key = f"core, {rule}"
            yield f"{key}, {back_end}", key, partial(_ticks, contacts, rule, back_end)
    for rule in _EXACT:
        key = f"core, {rule}, exact"
        yield key, key, partial(_exact, contacts, rule)
    for name, count, parameters in _SCENARIOS:
        key = f"{name}, {count} {'replicate' if count == 1 else 'replicates'}, {parameters}"
        yield key, key, partial(_scenario, name, count, parameters)


def _contacts() -> Contacts:
    """Return one-way ties of differing weight, and groups: made by addressed draws, so that no library decides them."""

    def whole(question: int, count: int, below: int) -> Any:
        return (Streams(_SEED).bits("test", np.arange(count), question) >> np.uint64(20)).astype(np.int64) % below

    source, target = whole(1, _TIES, _PEOPLE), whole(2, _TIES, _PEOPLE)
    apart = source != target
    ties = Network.from_edges(_PEOPLE, source[apart], target[apart], 0.5 + whole(3, _TIES, 8)[apart] / 4.0)
    groups = GroupLayer.of("work", whole(4, _PEOPLE, _GROUPS), rate=0.25)
    return Contacts(_PEOPLE, [TieLayer("kin", ties, rate=0.125), groups])


def _ticks(contacts: Contacts, rule: str, back_end: str) -> str:
    made = simulate(
        contacts,
        _RULES[rule](),
        initial_spreaders=[0, 1],
        time_step_days=0.25,
        stop_days=20.0,
        replicates=4,
        seed=_SEED,
        back_end=back_end,
    )
    return made.fingerprint()


def _exact(contacts: Contacts, rule: str) -> str:
    made = simulate_exact(contacts, _RULES[rule](), initial_spreaders=[0, 1], stop_days=20.0, replicates=4, seed=_SEED)
    return made.fingerprint()


def _scenario(name: str, replicates: int, parameters: str) -> str:
    return run(name, replicates=replicates, seed=_SEED, parameters=parameters).fingerprint()
