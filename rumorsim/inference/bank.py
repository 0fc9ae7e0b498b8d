"""The bank: runs whose numbers are drawn, first from the priors and then from where they fit, kept in rounds.

Each round is a folder of the one machinery of stored runs, sealed when it is complete. The rounds from the prior come
first. A later round draws from a proposal that is fitted, in one process, to all complete rounds before it, sorted by
the numbers of the runs, and that is written down with the round before it is used. So a bank has the same bytes for
any number of workers and after any number of interruptions.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import Exposures
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.folder import identity_differences
from rumorsim.ensemble.work import decoded
from rumorsim.errors import StoreError
from rumorsim.inference.draws import BankDraws
from rumorsim.inference.likelihood import DATED, STATEMENTS, statements
from rumorsim.inference.proposal import Proposal
from rumorsim.inference.record import BANK, bank_layout
from rumorsim.inference.work import SETS
from rumorsim.runs.folder import Form, stamp_of
from rumorsim.runs.provenance import code_digest
from rumorsim.runs.store import Part, intact_parts, read_rows
from rumorsim.runs.verify import SCENARIO, provenance_of, restore_scenario, verify
from rumorsim.scenario import Scenario

__all__ = ["Bank", "Round", "finish_of", "form_of", "prior_rounds", "rounds_of", "written_proposal"]

_CODE: Final = "rumorsim.inference.work"
#: Share of the draws that come from the prior: a later one is worth two or three of them, and needs some to begin with.
_FROM_PRIOR: Final = 0.25
#: The most draws in a round: what a budget can cut off, and after how many a proposal is corrected.
_LARGEST_ROUND: Final = 250
#: The rounds after the prior are at least two, so that the proposal is corrected once.
_FEWEST_LATER: Final = 2


@dataclass(frozen=True)
class Round:
    """Some runs of a bank that are drawn alike.

    Attributes
    ----------
    number : from 0.
    ids : numbers of the runs.
    from_prior : whether they are drawn from the prior.
    """

    number: int
    ids: range
    from_prior: bool

    @property
    def name(self) -> str:
        """Name of the folder."""
        return f"round-{self.number:03d}"


def rounds_of(draws: int) -> list[Round]:
    """Return the rounds of a bank with so many draws.

    Examples
    --------
    >>> [(one.ids, one.from_prior) for one in rounds_of(10)]
    [(range(0, 2), True), (range(2, 6), False), (range(6, 10), False)]
    >>> [len(one.ids) for one in rounds_of(4500)][:6]
    [225, 225, 225, 225, 225, 241]
    """
    prior = round(_FROM_PRIOR * draws)
    rounds = prior_rounds(prior)
    later = _cut(prior, draws - prior, _FEWEST_LATER)
    return rounds + [Round(len(rounds) + number, ids, False) for number, ids in enumerate(later)]


def prior_rounds(runs: int) -> list[Round]:
    """Return the rounds of so many runs from the priors.

    Examples
    --------
    >>> [one.ids for one in prior_rounds(300)]
    [range(0, 150), range(150, 300)]
    """
    return [Round(number, ids, True) for number, ids in enumerate(_cut(0, runs, 1))]


def _cut(first: int, size: int, fewest: int) -> list[range]:
    pieces = max(-(-size // _LARGEST_ROUND), fewest)
    ends = [first + size * piece // pieces for piece in range(pieces + 1)]
    return [range(begin, end) for begin, end in itertools.pairwise(ends)]


def form_of(scenario: Scenario, draws: BankDraws, one: Round) -> Form:
    """Return what the folder of a round is to hold."""
    resolved, fingerprint = scenario.to_json(), scenario.fingerprint()
    layout = bank_layout(draws.drawn)
    identity = {
        "scenario": fingerprint,
        "seed": draws.prior.seed,
        "model": draws.prior.model,
        "sets": SETS,
        "round": one.number,
        "first": one.ids.start,
        "stop": one.ids.stop,
        "proposal": None if draws.proposal is None else draws.proposal.to_json(),
        "code": code_digest(_CODE),
    }

    def differences(folder: Path, held: Mapping[str, Any]) -> Iterator[str]:
        yield from identity_differences(folder, held["bank"], identity, resolved)

    return Form(
        kind="bank",
        about="bank",
        identity=identity,
        layout=replace(layout, stamp=stamp_of(identity)),
        wanted={0: one.ids},
        decode=lambda rows: decoded([row.content for row in rows], layout),
        own=(SCENARIO, "fingerprint", *BANK),
        files=(SCENARIO,),
        restore=lambda folder: restore_scenario(folder, fingerprint, resolved),
        differences=differences,
        code=_CODE,
    )


def finish_of(folder: Path, form: Form) -> Any:
    """Return what makes the small files of a round from its parts, for `Folder.seal`."""

    def finish(parts: list[Part]) -> dict[str, str | None]:
        ledger = read_rows(folder, "runs", parts, form.layout)
        digests = ledger[np.argsort(ledger["replicate"], kind="stable")]["digest"].tolist()
        return {"fingerprint": combined(digests) + "\n"}

    return finish


def written_proposal(folder: Path) -> Proposal | None:
    """Return the proposal that was written down for a round that has begun; None if it has not."""
    try:
        held = provenance_of(folder, "bank").provenance["bank"].get("proposal")
    except StoreError:
        return None
    return None if held is None else Proposal.from_json(held)


class Bank:
    """The complete rounds of a bank, in the order of their runs.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    folders : of the rounds, in order; each is checked.
    model : str
        A word of `rumorsim.model.MODELS`.

    Attributes
    ----------
    proposals : of each round, None for the prior.
    sizes : number of runs of each round.
    runs : (n,) structured, see `rumorsim.inference.record.BANK`
    """

    def __init__(self, scenario: Scenario, seed: int, folders: Sequence[Path], model: str = "party") -> None:
        self.scenario = scenario
        self.seed = seed
        self.model = model
        self.folders = tuple(folders)
        self.proposals: list[Proposal | None] = []
        self.fingerprints: list[str] = []
        for folder in folders:
            held = verify(folder, "bank").provenance
            given = held["bank"]["proposal"]
            self.proposals.append(None if given is None else Proposal.from_json(given))
            self.fingerprints.append(str(held["fingerprint"]))
        self.prior = BankDraws(scenario, seed, model=model)
        self._layout = bank_layout(self.prior.drawn)
        self.runs = self.table("runs")
        self.sizes = [int(held["stop"] - held["first"]) for held in map(_about, folders)]

    def __len__(self) -> int:
        return len(self.runs)

    def table(self, name: str) -> NDArray[Any]:
        """Return a table of all rounds."""
        parts = [(folder, intact_parts(folder, self._layout, sealed=True)) for folder in self.folders]
        return np.concatenate([read_rows(folder, name, one, self._layout) for folder, one in parts])

    @property
    def ids(self) -> NDArray[np.int64]:
        """Numbers of the runs, (n,)."""
        return np.asarray(self.runs["replicate"].astype(np.int64))

    @cached_property
    def from_prior(self) -> NDArray[np.bool_]:
        """Which runs are of the rounds from the prior, (n,) bool."""
        return np.repeat([one is None for one in self.proposals], self.sizes)

    @cached_property
    def quantiles(self) -> NDArray[np.float64]:
        """Prior quantiles of all numbers drawn, (n, n_drawn)."""
        draws = [BankDraws(self.scenario, self.seed, one) for one in self.proposals]
        of_run = np.repeat(np.arange(len(draws)), self.sizes).tolist()
        return np.array([draws[which].quantiles(k) for which, k in zip(of_run, self.ids.tolist(), strict=True)])

    @cached_property
    def importance(self) -> NDArray[np.float64]:
        """Density of the prior over that of the mixture of all rounds at each run, (n,)."""
        coordinates = self.coordinates
        mixture = np.zeros(len(self))
        for size, proposal in zip(self.sizes, self.proposals, strict=True):
            density = np.ones(len(self)) if proposal is None else proposal.density(coordinates)
            mixture += size / len(self) * density
        return 1.0 / mixture

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """Coordinates of the steered numbers, (n, n_steered)."""
        return self.prior.coordinates_of(self.quantiles)

    @cached_property
    def terms(self) -> dict[str, NDArray[np.float64]]:
        """The likelihood term by term: dated ones (n, sets), statements (n, 1)."""
        scores = self.table("scores")
        found = {name: scores[name].reshape(len(self), SETS) for name in DATED}
        told = statements(self.runs, list(STATEMENTS))
        return {**found, **{name: value[:, None] for name, value in told.items()}}

    def exposures(self, rows: Sequence[int]) -> Iterator[Exposures]:
        """Yield what the offices were exposed to in the runs of some rows."""
        tables = [self._exposures, self._voicings]
        for row in rows:
            number = self.ids[row]
            yield Exposures(
                *(table[slice(*np.searchsorted(table["replicate"], [number, number + 1]))] for table in tables)
            )

    @cached_property
    def _exposures(self) -> NDArray[Any]:
        return self.table("exposures")

    @cached_property
    def _voicings(self) -> NDArray[Any]:
        return self.table("voicings")


def _about(folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = provenance_of(folder, "bank").provenance["bank"]
    return found
