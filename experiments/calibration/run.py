"""Calibration: whether the fit of the spring to the archive means what it says.

``python experiments/calibration/run.py --fit FOLDER`` checks the fit that `rumorsim calibrate` has left in a folder,
which is only read, and fills in results, figures and README. Without a fit one is made first.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rumorsim as rs
from rumorsim.cli.experiment import script
from rumorsim.cli.progress import Reporter, duration
from rumorsim.ensemble.fingerprint import combined
from rumorsim.inference.calibrate import prior_calibration
from rumorsim.inference.stored import is_calibration, stored_calibration
from rumorsim.runs.provenance import now
from rumorsim.scenario import Scenario
from rumorsim.study import Cell, Experiment, Plan

HOME = Path(__file__).resolve().parent
SCENARIO = "tirana-conference"
#: Scenarios beside the fitted one that are asked what was kept out.
OTHERS = ("secret-speech", "classroom")
#: What shapes the party and is varied, with runs from the priors: name -> scenario settings.
PARTIES: dict[str, dict[str, Any]] = {
    "another party (seed 2)": {"party.seed": 2},
    "another party (seed 3)": {"party.seed": 3},
    "few ties across districts": {"party.long_tie_share": 0.005},
    "many ties across districts": {"party.long_tie_share": 0.08},
}
#: The small form has so few people that questions are made likely: otherwise no run makes the archive.
SMALL = {"archive.letter_report_prob": 1.0, "punishment.seed_count": 120}


@dataclass(frozen=True)
class Sizes:
    """How much is done: truths from prior and posterior, parties varied and runs of each, draws for scenarios."""

    truths: int
    posterior_truths: int
    parties: int
    party_runs: int
    draws: int


SIZES = {"full": Sizes(200, 100, len(PARTIES), 300, 60), "small": Sizes(15, 10, 2, 10, 3)}


def cells(experiment: Experiment, form: str) -> dict[str, Cell]:
    """The fit; its null worlds, other parties and other scenarios follow from it."""
    changed = {"party.scale": experiment.scale[form], **(SMALL if form == "small" else {})}
    base = rs.load_scenario(SCENARIO).replace(changed)
    return {"fit": Cell(base, "prior")}


def fit_of(experiment: Experiment, form: str, out: Path, given: argparse.Namespace, progress: Reporter) -> Any:
    """Return the fit: that of the folder named, or the one in its usual place, which is made if it is not there."""
    usual = Path("calibrations") / SCENARIO if form == "full" else out / "runs" / "fit"
    folder = usual if given.fit is None else given.fit
    if given.fit is not None and is_calibration(folder):
        progress.stage(f"reading the fit in {folder}")
        return stored_calibration(folder)
    progress.stage(f"the fit, in {folder}")
    return rs.calibrate(
        cells(experiment, form)["fit"].scenario,
        folder,
        experiment.replicates[form],
        experiment.seed,
        given.workers,
        dask=given.dask,
        retry_failed=given.retry_failed,
        progress=progress,
        announce=lambda told: progress.note(f"about {duration(told.seconds)} for the fit"),
    )


def execute(experiment: Experiment, form: str, out: Path, given: argparse.Namespace, progress: Reporter) -> str:
    """Take the fit, run what it is compared with, and keep the tables."""
    started = now()
    sys.path.insert(0, str(HOME))
    from kept_out import drawn_runs

    fit = fit_of(experiment, form, out, given, progress)
    bank, sizes = fit.bank, SIZES[form]
    found: dict[str, Any] = {"fit": fit, "sizes": sizes, "progress": progress, "parties": {}, "runs": {}}
    record = {"fit": said(bank.scenario, bank)} | {name: said(bank.scenario, one) for name, one in fit.nulls.items()}
    for name, changed in list(PARTIES.items())[: sizes.parties]:
        progress.stage(name)
        place = out / "runs" / "-".join(f"{key.split('.')[1]}-{value}" for key, value in changed.items())
        scenario = bank.scenario.replace(changed)
        made = prior_calibration(scenario, place, sizes.party_runs, bank.seed, given.workers, progress=progress)
        found["parties"][name] = made
        record[name] = said(scenario, made.bank)
    for scenario in (bank.scenario, *(rs.load_scenario(name) for name in OTHERS)):
        if not len(fit.posterior):
            break
        progress.stage(f"{scenario.name}, with draws of the posterior and of the prior")
        asked = scenario.replace({"party.scale": bank.scenario.number("party.scale")})
        fitted, prior = drawn_runs(asked, fit.posterior, sizes.draws, bank.seed, given.workers, progress)
        found["runs"][scenario.name] = fitted, prior
        for which, several in (("posterior", fitted), ("prior", [prior])):
            record[f"{scenario.name}, {which}"] = {
                "scenario": asked.fingerprint(),
                "parameters": which,
                "replicates": sizes.draws,
                "fingerprint": combined(one.fingerprint() for one in several),
            }
    return experiment.keep(PLAN, form, out, tables(experiment, form, found), record, started, progress.stage)


def said(scenario: Scenario, bank: Any) -> dict[str, Any]:
    fingerprint = combined(bank.fingerprints)
    return {
        "scenario": scenario.fingerprint(),
        "parameters": "prior",
        "replicates": len(bank),
        "fingerprint": fingerprint,
    }


def tables(experiment: Experiment, form: str, found: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Measure; the work is in `measure`."""
    from measure import all_tables

    return all_tables(found)


def figures(results: Mapping[str, list[dict[str, Any]]], folder: Path) -> None:
    """Draw rank histograms and what is recovered, from the tables alone."""
    from figure import ranks_figure, recovery_figure

    from rumorsim.plot import save

    save(ranks_figure(results), folder, "ranks")
    save(recovery_figure(results), folder, "recovery")


def lines(rows: list[dict[str, Any]], columns: Mapping[str, tuple[str, str]]) -> str:
    """Return rows as a table of the page: heading -> column of the table, and its format."""
    made = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        cells_ = [
            f"**{row[key]}**" if key == "verdict" and failed(row[key]) else cell(row[key], form)
            for key, form in columns.values()
        ]
        made.append("| " + " | ".join(cells_) + " |")
    return "\n".join(made)


def cell(value: Any, form: str) -> str:
    """Return a value as it is printed; what is not there is a dash."""
    if isinstance(value, str):
        return value
    return "-" if math.isnan(value) else format(value, form)


def failed(verdict: Any) -> bool:
    """Return whether a verdict is a failure: its words are capitals."""
    return isinstance(verdict, str) and verdict.isupper()


def facts(results: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the words that fill the page, from the tables alone."""
    fit = {row["quantity"]: row for row in results["fit"]}
    share = ".0%"
    aware = {"aware, 5%": ("aware_low", share), "half": ("aware_half", share), "95%": ("aware_high", share)}
    return {
        "runs": f"{fit['runs']['found']:.0f}",
        "planned": f"{fit['runs']['wanted']:.0f}",
        "answer": answer(results),
        "failures": failures(results),
        "worlds_table": worlds(results["worlds"]),
        "fit_table": lines(
            results["fit"],
            {
                "of the fit": ("quantity", ""),
                "found": ("found", ".4g"),
                "wanted": ("rule", ""),
                "that is": ("verdict", ""),
            },
        ),
        "truths_table": lines(
            results["truths"],
            {
                "truths from the": ("where", ""),
                "truths": ("truths", ".0f"),
                "effective runs, median": ("effective", ".0f"),
                "below 20": ("few", share),
                "archive no other run makes": ("alone", ".0f"),
            },
        ),
        "checks_table": lines(
            results["checks"],
            {
                "quantity": ("quantity", ""),
                "truths from the": ("where", ""),
                "KS p": ("p", ".3f"),
                "in 50% intervals": ("half", ".2f"),
                "in 90% intervals": ("nine_tenths", ".2f"),
                "that is": ("verdict", ""),
            },
        ),
        "controls_table": lines(
            results["controls"],
            {
                "a posterior": ("control", ""),
                "truths from the": ("where", ""),
                "KS p": ("p", ".1g"),
                "that is": ("verdict", ""),
            },
        ),
        "recovery_table": lines(
            results["recovery"],
            {
                "quantity": ("quantity", ""),
                "correlation": ("correlation", ".2f"),
                "rmse / prior sd": ("rmse", ".2f"),
                "in 90% intervals": ("inside", ".2f"),
                "width of them / prior's": ("width", ".2f"),
                "that is": ("verdict", ""),
            },
        ),
        "predictive_table": lines(
            results["predictive"],
            {
                "what": ("what", ""),
                "runs of": ("scenario", ""),
                "from the prior": ("prior", share),
                "fitted": ("fitted", share),
                "±": ("error", share),
                "expected": ("expected", ""),
                "that is": ("verdict", ""),
            },
        ),
        "left_out_table": lines(
            results["left_out"],
            {
                "left out": ("target", ""),
                "its date": ("date", ""),
                "chance of it": ("chance", ".3f"),
                "of an earlier one": ("earlier", ".2f"),
                "every day alike": ("uniform", ".3f"),
                "score, nats": ("score", "+.2f"),
                "±": ("error", ".2f"),
                "effective runs": ("effective", ".0f"),
                "that is": ("verdict", ""),
            },
        ),
        "sensitivity_table": lines(
            results["sensitivity"],
            {
                "the fit": ("name", ""),
                "runs": ("runs", ".0f"),
                "effective": ("effective", ".0f"),
                "log evidence": ("log", ".2f"),
                "±": ("error", ".2f"),
                **aware,
                "that is": ("verdict", ""),
            },
        ),
    }


def worlds(rows: list[dict[str, Any]]) -> str:
    """Return the table of evidence, a world a row."""
    groups = list(dict.fromkeys(row["group"] for row in rows))
    made = ["| world | " + " | ".join(f"{group} | that is" for group in groups) + " | runs |"]
    made.append("|---|" + "---|" * (2 * len(groups) + 1))
    for world in dict.fromkeys(row["world"] for row in rows):
        own = [row for row in rows if row["world"] == world]
        parts = [f"{cell(row['log'], '.2f')} ± {cell(row['error'], '.2f')} | {cell(row['word'], '')}" for row in own]
        made.append(f"| {world} | " + " | ".join(parts) + f" | {own[0]['runs']:.0f} |")
    return "\n".join(made)


def failures(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return every failure of every table, a line each; or that there is none."""
    names = ("quantity", "control", "what", "target", "name")
    told = [
        f"* {table}: {next(row[key] for key in names if key in row)}"
        + (f", truths from the {row['where']}" if "where" in row else "")
        + (f", runs of {row['scenario']}" if "scenario" in row else "")
        + f": **{row['verdict']}**"
        for table, rows in results.items()
        for row in rows
        if failed(row.get("verdict"))
    ]
    return "\n".join(told) if told else "Nothing failed by the rules above."


def answer(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the answer in sentences."""
    checks = results["checks"]
    off = [row for row in checks if failed(row["verdict"])]
    controls = results["controls"]
    missed = [row for row in controls if failed(row["verdict"])]
    known = "all" if not missed else f"{len(controls) - len(missed)} of {len(controls)}"
    first = (
        f"Of {len(checks)} checks by simulation {len(off)} fail; {known} of the posteriors that are wrong on purpose "
        "are rejected."
    )
    better, worse = (
        [row["target"] for row in results["left_out"] if row["verdict"] == verdict]
        for verdict in ("better than chance", "WORSE THAN CHANCE")
    )
    third = (
        f"Of {len(results['left_out'])} dates left out in turn the rest of the archive foretells {several(better)} "
        f"clearly better than dates at random, and {several(worse)} clearly worse."
    )
    return f"{first} {against_worlds(results['worlds'])} {third}"


def several(names: list[str]) -> str:
    """Return how many there are, and which."""
    return f"{len(names)} ({', '.join(names)})" if names else "none"


def against_worlds(rows: list[dict[str, Any]]) -> str:
    """Return in a sentence how many null worlds are less and more likely than the model, by how much of the archive."""
    nulls = [row for row in rows if row["world"] != "the model"]
    if not nulls:
        return "No null world was run."
    parts = []
    for group in dict.fromkeys(row["group"] for row in nulls):
        words = [row["word"] for row in nulls if row["group"] == group]
        less = sum(word.startswith("model by") or word == "no run makes it" for word in words)
        more = sum(word.startswith("null by") for word in words)
        parts.append(f"{less} less likely than the model and {more} more likely ({group})")
    number = len({row["world"] for row in nulls})
    return f"Of {number} null worlds are {'; '.join(parts)}; the others are undecided or not resolved."


PLAN = Plan(cells, tables, facts, figures)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fit",
        type=Path,
        metavar="FOLDER",
        help=f"a calibration, which is only read; by default calibrations/{SCENARIO}, made or finished where needed",
    )


if __name__ == "__main__":
    raise SystemExit(script(__file__, PLAN, options=options, execute=execute))
