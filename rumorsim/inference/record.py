"""What a bank keeps of a run: a few kilobytes from which the likelihood of any archive can be worked out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import VOICING_KINDS, Exposures
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.constraints import critical_share, eruptions_elsewhere
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.measures import MEASURES, known_before_letter, reports_before_letter
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.work import World, layout_of, with_values
from rumorsim.inference.likelihood import Evidence
from rumorsim.runs.store import Layout, Tables
from rumorsim.scenario import Scenario

__all__ = ["BANK", "bank_layout", "keep"]

_CONFERENCE: Final = "tirana_conference"
_LETTER_MEETING: Final = VOICING_KINDS.index("letter_meeting")

#: The tables of a bank, without the columns of the numbers drawn. ``runs``: ``known`` is the share of those who know
#: the conference that did not need the letter, ``introductions`` the share of districts to which travelers brought it,
#: ``critical`` the share of ordinary meetings with criticism from 17 April, ``eruptions`` those outside the capital
#: without letter meetings, ``critics`` and ``critics_after`` who speaks in the hall on 14 and 15 April and after the
#: threat, ``documents`` those before the letter in the run's own archive. ``awareness``: how many learn a rumor on a
#: day. ``exposures`` and ``voicings``: what the chances of documents depend on. ``scores``: the dated terms of the
#: likelihood for each set of numbers of the archive.
BANK: Final[Mapping[str, np.dtype[Any]]] = {
    "exposures": TABLES["exposures"],
    "voicings": TABLES["voicings"],
    "awareness": np.dtype([("replicate", "<i4"), ("rumor", "i1"), ("day", "<i2"), ("count", "<i4")]),
    "scores": np.dtype([("replicate", "<i4"), ("set", "<i2"), ("documents", "<f8"), ("questions", "<f8")]),
    "runs": np.dtype(
        [
            ("replicate", "<i4"),
            ("digest", "<U64"),
            ("known", "<f8"),
            ("introductions", "<f8"),
            ("critical", "<f8"),
            ("eruptions", "<i4"),
            ("critics", "<i4"),
            ("critics_after", "<i4"),
            ("documents", "<i4"),
        ]
    ),
}


def bank_layout(names: Sequence[str]) -> Layout:
    """Return the tables of a bank of runs for which these numbers are drawn."""
    columns = BANK["runs"]
    ledger = np.dtype([*((name, columns[name]) for name in columns.names or ()), *((name, "<f8") for name in names)])
    return Layout({**BANK, "runs": ledger}, "runs", ("replicate",))


def keep(
    world: World,
    evidence: Evidence,
    scenario: Scenario,
    draws: Draws,
    record: Any,
    replicate: int,
    values: Mapping[str, Any],
    sets: Sequence[Mapping[str, float]],
) -> Tables:
    """Return what a bank keeps of one run.

    Parameters
    ----------
    world, scenario, draws
    evidence : Evidence
    record : RunRecord
    replicate : number of the run.
    values : of all numbers in the run.
    sets : numbers of the archive for which the dated terms are worked out.
    """
    tables = world.reducer(record, 0, values, Streams(draws.seed, replicate))
    drawn = {name: values[name] for name in draws.drawn}
    tables["runs"] = with_values(tables["runs"], drawn, layout_of(draws))
    run = Ensemble(scenario, world.reducer.frame, draws.seed, "prior", tables.__getitem__, numbers=[replicate])
    whole = Exposures(tables["exposures"], tables["voicings"])
    kept = evidence.kept(whole)
    scores = np.zeros(len(sets), dtype=BANK["scores"])
    scores["set"] = np.arange(len(sets))
    for name, found in evidence.likelihoods(kept, sets).items():
        scores[name] = found
    ledger = np.zeros(1, dtype=bank_layout(draws.drawn).tables["runs"])
    ledger["digest"] = tables["runs"]["digest"]
    for name, number in {**_facts(run, tables), **drawn}.items():
        ledger[name] = number
    made = {
        "exposures": kept.table,
        "voicings": kept.voiced,
        "awareness": _awareness(tables["awareness"]),
        "scores": scores,
        "runs": ledger,
    }
    for table in made.values():
        table["replicate"] = replicate
    return made


def _facts(run: Ensemble, tables: Tables) -> dict[str, Any]:
    """Return what the statements and the checks ask of a run."""
    targets = catalog.targets()
    spoken = tables["voicings"][tables["voicings"]["kind"] != _LETTER_MEETING]
    quiet = Ensemble(
        run.scenario,
        run.frame,
        run.seed,
        run.parameters,
        lambda name: spoken if name == "voicings" else tables[name],
        numbers=run.numbers,
    )
    return {
        "known": known_before_letter(run, _CONFERENCE),
        "introductions": run.introductions(_CONFERENCE),
        "critical": critical_share(run),
        "eruptions": eruptions_elsewhere(quiet),
        "critics": MEASURES["hall_critics"].function(run, targets["T09"]),
        "critics_after": MEASURES["hall_critics"].function(run, targets["T29"]),
        "documents": reports_before_letter(run),
    }


def _awareness(rows: NDArray[Any]) -> NDArray[Any]:
    """Return how many learned each rumor on each day, everywhere together."""
    keys, inverse = np.unique(np.stack([rows["rumor"], rows["day"]]), axis=1, return_inverse=True)
    found = np.empty(keys.shape[1], dtype=BANK["awareness"])
    found["rumor"], found["day"] = keys
    found["count"] = np.bincount(inverse.ravel(), weights=rows["count"], minlength=keys.shape[1])
    return found
