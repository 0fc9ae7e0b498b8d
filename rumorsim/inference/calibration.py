"""The result of a calibration: weights, posterior, what was learned, and whether any of it can be trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import __version__, catalog
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.documents import day_before_letter
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.posterior import POSTERIOR, Posterior
from rumorsim.inference.advice import advice_of
from rumorsim.inference.archives import Place, places_of
from rumorsim.inference.bank import Bank
from rumorsim.inference.learning import COMBINATIONS, WORDS, Learned, combined_value, learned, quantiles_of
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.nulls import Nats, evidence_of
from rumorsim.inference.predictive import predictive_of
from rumorsim.inference.variants import Variant, variants_of
from rumorsim.inference.weights import Weights, halves, resampled, weights_of
from rumorsim.inference.work import SETS
from rumorsim.model import MODELS
from rumorsim.runs.files import write_text
from rumorsim.runs.provenance import code_digest
from rumorsim.scenario.words import RUMORS
from rumorsim.text import csv_text

__all__ = ["CHECKS", "KEPT", "NUMBERS", "REPORT", "Calibration", "Predicted"]

#: Draws of a posterior.
KEPT: Final = 1000
REPORT: Final = "report.txt"
NUMBERS: Final = "numbers.csv"
CHECKS: Final = "checks.txt"
_CODE: Final = "rumorsim.inference.work"
#: Significant digits of the numbers of a draw: more than any of them is known to, and half the size of the file.
_DIGITS: Final = 6


def _rounded(value: float) -> float | None:
    """Return a number as it is written down; JSON knows no infinity."""
    return round(value, 5) if math.isfinite(value) else None


@dataclass(frozen=True)
class Predicted:
    """How often runs do something.

    Attributes
    ----------
    text : what they do.
    prior, fitted : share of the runs from the prior, and of the draws of the posterior.
    """

    text: str
    prior: float
    fitted: float


class Calibration:
    """What a bank says of the numbers of a scenario. Made by `rumorsim.calibrate`.

    Parameters
    ----------
    bank : Bank
    planned : int
        Runs that were planned; a bank has fewer where the budget was spent.
    frame : Frame
        Of the scenario.
    nulls : null world -> Bank
        Its runs from the prior.
    null_runs : int
        Runs that were planned of each null world; 0 leaves them out.

    Attributes
    ----------
    bank, planned, frame, nulls, null_runs
    weights : Weights
    """

    def __init__(
        self, bank: Bank, planned: int, frame: Frame, nulls: Mapping[str, Bank] | None = None, null_runs: int = 0
    ) -> None:
        self.nulls: Mapping[str, Bank] = dict(nulls or {})
        self.null_runs = null_runs
        self.bank = bank
        self.planned = planned
        self.frame = frame
        self.weights: Weights = weights_of(bank)

    def __repr__(self) -> str:
        runs = f"{len(self.bank)} of {self.planned} runs"
        return f"<Calibration of {self.bank.scenario.name}: {runs}, effective number {self.weights.effective:.0f}>"

    @cached_property
    def places(self) -> list[Place]:
        """Where the archive lies among archives made from the prior."""
        return places_of(self.bank, Evidence.of(self.bank.scenario, self.frame))

    @cached_property
    def evidence(self) -> Mapping[str, Mapping[str, Nats]]:
        """Log probability of the archive: model -> "dates", "constraints" or "all" -> `Nats`; see `GROUPS`."""
        return {name: evidence_of(bank) for name, bank in {MODELS[0]: self.bank, **self.nulls}.items()}

    @cached_property
    def advice(self) -> Mapping[str, Any]:
        """Which numbers move each row of the table of verdicts most: see `rumorsim.inference.advice`."""
        return advice_of(self.bank, Evidence.of(self.bank.scenario, self.frame))

    @property
    def unfinished(self) -> bool:
        """Whether the budget ended before all runs were done."""
        done = len(self.bank) + sum(map(len, self.nulls.values()))
        return done < self.planned + self.null_runs * (len(MODELS) - 1)

    @cached_property
    def halves(self) -> tuple[float, float]:
        """Log probability of the archive by the runs of even and of odd places, in nats."""
        return halves(self.weights.runs)

    @cached_property
    def posterior(self) -> Posterior:
        """1,000 draws of the numbers, by systematic resampling of runs and sets in their order.

        Without any where no run makes the archive.
        """
        found = self._drawn
        if len(found):
            found.predictive = predictive_of(self.bank, Evidence.of(self.bank.scenario, self.frame), found)
            words = {one.name: one.word for one in self.numbers if one.word in WORDS[:2]}
            found.about = {**found.about, "learned": words}
        return found

    @cached_property
    def _drawn(self) -> Posterior:
        """The draws, before it is added what was learned and what they predict."""
        bank = self.bank
        usable = self.weights.effective > 0.0
        chosen = resampled(self.weights.sets, KEPT) if usable else np.empty(0, dtype=np.int64)
        places, times = np.unique(chosen, return_counts=True)
        rows = []
        for place, count in zip(places.tolist(), times.tolist(), strict=True):
            row, number = divmod(place, self.weights.sets.shape[1])
            run = int(bank.ids[row])
            values = {name: float(bank.runs[name][row]) for name in bank.prior.drawn}
            values |= {name: value for name, value in bank.prior.archive(run, number).items() if name in values}
            rows.append((run, number, count, [float(f"{value:.{_DIGITS}g}") for value in values.values()]))
        return Posterior(self._about(), bank.prior.drawn, rows)

    def _about(self) -> dict[str, Any]:
        bank, weights = self.bank, self.weights
        return {
            "scenario": bank.scenario.name,
            "scenario_fingerprint": bank.scenario.fingerprint(),
            "seed": bank.seed,
            "runs": len(bank),
            "planned": self.planned,
            "rounds": bank.sizes,
            "sets": SETS,
            "bank": bank.fingerprints,
            "effective_runs": _rounded(weights.effective),
            "largest_weight": _rounded(weights.largest),
            "pareto_k": _rounded(weights.pareto_k),
            "halves": [_rounded(one) for one in self.halves],
            "evidence": self._nats("log"),
            "evidence_errors": self._nats("error"),
            "advice": self.advice,
            "null_runs": {name: len(one) for name, one in self.nulls.items()},
            "null_banks": {name: one.fingerprints for name, one in self.nulls.items()},
            "code": code_digest(_CODE),
            "rumorsim": __version__,
        }

    def _nats(self, part: str) -> dict[str, dict[str, float | None]]:
        evidence = self.evidence.items()
        return {model: {name: _rounded(getattr(one, part)) for name, one in found.items()} for model, found in evidence}

    @cached_property
    def numbers(self) -> list[Learned]:
        """What was learned of every number and combination."""
        return learned(self.bank, self._drawn, self.weights.effective) if len(self._drawn) else []

    def quantiles(self, name: str) -> tuple[NDArray[np.float64], tuple[float, ...]]:
        """Return quantiles of the prior of a number or combination in the draws of the posterior, and the prior's ends.

        Returns
        -------
        (size,) from 0 to 1, each draw as often as it was drawn; and its 5, 50 and 95 % points under the prior.
        """
        one = next(one for one in self.numbers if one.name == name)
        if name in COMBINATIONS:
            prior = np.sort(combined_value(name, lambda key: self.bank.runs[key][self.bank.from_prior]))
            found = np.searchsorted(prior, combined_value(name, self.posterior.__getitem__)) / len(prior)
        else:
            found = quantiles_of(self.bank, self.posterior)[:, self.posterior.names.index(name)]
        return np.repeat(found, self.posterior.times), one.prior

    def aware(self, rumor: str) -> NDArray[np.float64]:
        """Return the share of people aware of a rumor at the end of each day in every run, (n, n_days)."""
        rows = self.bank.table("awareness")
        rows = rows[rows["rumor"] == RUMORS.index(rumor)]
        found = np.zeros((len(self.bank), self.frame.n_days + 1))
        found[np.searchsorted(self.bank.ids, rows["replicate"]), rows["day"] + 1] = rows["count"]
        return np.asarray(np.cumsum(found, axis=1)[:, 1:] / self.frame.class_sizes.sum())

    def documents(self, *, fitted: bool) -> NDArray[np.float64]:
        """Return the chance of every number of documents before the letter if the archive were written again, (n + 1,).

        Parameters
        ----------
        fitted : of the draws of the posterior; otherwise of the runs from the prior, with their own numbers.
        """
        dated, bank = Evidence.of(self.bank.scenario, self.frame).dated["documents"], self.bank
        if fitted:
            found = self.posterior
            rows, sets, times = np.searchsorted(bank.ids, found.runs), found.sets, found.weights
        else:
            rows = np.flatnonzero(bank.from_prior)
            sets, times = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), 1.0 / len(rows))
        numbers = [bank.prior.archive(int(bank.ids[row]), int(k)) for row, k in zip(rows, sets, strict=True)]
        chances = [
            dated.chances(one, [number]) for one, number in zip(bank.exposures(rows.tolist()), numbers, strict=True)
        ]
        return np.asarray((dated.how_many(np.concatenate(chances), numbers) * times[:, None]).sum(axis=0))

    @cached_property
    def predictive(self) -> list[Predicted]:
        """What fitted runs do, beside runs from the prior: documents written again, and what the runs do themselves."""
        runs, targets = self.bank.runs, catalog.targets()
        again = [self.documents(fitted=fitted) for fitted in (False, True)]
        found = [
            Predicted(f"{text} documents before the letter, written again", *(float(one[span].sum()) for one in again))
            for text, span in (("two or more", slice(2, None)), ("two to nine", slice(2, 10)))
        ]
        hall, still = np.asarray(targets["T09"].value).tolist(), float(str(targets["T29"].value))
        least, most = hall
        kept = {
            "no eruption outside the capital (C2)": runs["eruptions"] == 0,
            "more than half, not everybody, knew before the letter (C3)": (runs["known"] > 0.5) & (runs["known"] < 1.0),
            "criticism in at most 1% of meetings from 17 April (C4)": runs["critical"] <= 0.01,
            "travelers brought it to more than half of the districts (T05)": runs["introductions"] > 0.5,
            f"kept out: {least:g} to {most:g} speak in the hall (T09)": (runs["critics"] >= least)
            & (runs["critics"] <= most),
            f"kept out: at most {still:g} after the threat (T29)": runs["critics_after"] <= still,
        }
        prior, fitted = self.bank.from_prior, self.fitted_rows
        return found + [
            Predicted(text, float(does[prior].mean()), float(does[fitted].mean())) for text, does in kept.items()
        ]

    @cached_property
    def variants(self) -> list[Variant]:
        """The fit as it is, without each piece of the evidence, and with an earlier document being rare or common."""
        return variants_of(self.bank, self.aware_before_letter)

    @cached_property
    def aware_before_letter(self) -> NDArray[np.float64]:
        """Share of people aware of the conference on the eve of the letter in every run, (n,)."""
        run = Ensemble(self.bank.scenario, self.frame, self.bank.seed, "prior", lambda name: np.empty(0))
        eve = int((day_before_letter(run) - self.frame.start).astype(np.int64))
        return self.aware("tirana_conference")[:, eve]

    @property
    def fitted_rows(self) -> NDArray[np.int64]:
        """Rows of the bank that the draws of the posterior are runs of, each as often as it was drawn."""
        return np.repeat(np.searchsorted(self.bank.ids, self.posterior.runs), self.posterior.times)

    def report(self) -> str:
        """Return the calibration in words: whether the model can make the archive first, then what was learned."""
        from rumorsim.inference.report import report_text

        return report_text(self)

    def check(self, truths: int = 200, posterior_truths: int = 100) -> str:
        """Return in words whether the posterior means what it says: simulation-based calibration with the same runs.

        Parameters
        ----------
        truths, posterior_truths : number of truths from the prior, and from the posterior.
        """
        from rumorsim.inference.report import checks_text

        return checks_text(self, truths, posterior_truths)

    def write(self, folder: Path) -> None:
        """Write the posterior, the numbers as a table, and the report."""
        if len(self.posterior):
            self.posterior.write(folder / POSTERIOR)
        write_text(folder / NUMBERS, self._csv())
        write_text(folder / REPORT, self.report())

    def _csv(self) -> str:
        ends = [f"{which}_{share}" for which in ("prior", "posterior") for share in (5, 50, 95)]
        rows: list[list[Any]] = [["name", "word", *ends, "sd_ratio", "shift", "unused"]]
        for one in self.numbers:
            points = [f"{value:.6g}" for value in one.prior]
            points += [""] * 3 if one.posterior is None else [f"{value:.6g}" for value in one.posterior]
            spread = [f"{one.narrower:.3f}", f"{one.moved:.3f}"]
            rows.append([one.name, one.word, *points, *spread, "yes" if one.unused else "no"])
        return csv_text(rows)
