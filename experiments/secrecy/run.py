"""Secrecy: the discretion of those who knew against the curiosity of everybody else.

``python experiments/secrecy/run.py`` runs the full form and fills in results, figures and README.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import rumorsim as rs
from rumorsim.cli.experiment import script
from rumorsim.ensemble import Ensemble
from rumorsim.study import Cell, Experiment, Plan, Resampling, paired_mean

RUMOR = "secret_speech"
#: Words of the tables: whether others than those in the closed rooms know from the start.
SOURCES = {"all": "all sources", "plenum": "the plenum alone"}
#: Part of their telling that the order takes from those in the plenum: no order, half the base, base, more, perfect.
DISCRETION = {"full": (0.0, 0.25, 0.5, 0.75, 1.0), "small": (0.0, 0.5, 1.0)}
#: Factor on everybody's receptivity: none, fine steps where a trial found the change of sign, base, double the base.
GAIN = {"full": (1.0, 1.02, 1.05, 1.1, 1.2, 1.5, 3.0), "small": (1.0, 1.1, 3.0)}
#: No order, and nobody made curious: what every other cell is compared with.
OPEN = (0.0, 1.0)
BASE = (0.5, 1.5)
#: Draws of all other numbers from their priors, at the base discretion.
DRAWS = 24
OTHER_SOURCES = (
    "foreign-radio",
    "editors-of-the-daily",
    "editors-of-the-radio",
    "soviet-university-meetings",
    "missing-name",
    "politburo",
)
OUTCOMES = {"early": "share who know on 7 March", "half": "days to half of the members", "late": "share on 13 April"}


def key(source: str, discretion: float, gain: float) -> str:
    return f"{source}-discretion-{discretion:g}-gain-{gain:g}"


def cells(experiment: Experiment, form: str) -> dict[str, Cell]:
    """The design: sources x discretion x gain, and draws from the priors at the base discretion."""
    base = rs.load_scenario("secret-speech").replace({"party.scale": experiment.scale[form]})
    closed = base.replace({f"events.{event}.enabled": False for event in OTHER_SOURCES})
    found = {}
    for source, scenario in (("all", base), ("plenum", closed)):
        if form == "small" and source == "plenum":
            continue
        for discretion in DISCRETION[form]:
            for gain in GAIN[form]:
                changed = {"secrecy.discretion": discretion, "secrecy.curiosity_gain": gain}
                found[key(source, discretion, gain)] = Cell(scenario.replace(changed))
    if form == "full":
        for discretion, gain in [OPEN, *((BASE[0], gain) for gain in GAIN[form])]:
            changed = {"secrecy.discretion": discretion, "secrecy.curiosity_gain": gain}
            found[key("priors", discretion, gain)] = Cell(base.replace(changed), "prior", DRAWS)
    return found


def measure(run: Ensemble) -> dict[str, np.ndarray]:
    """Return the outcomes of one cell, one number a replicate each; half never reached counts as the whole run."""
    curve = run.curve(RUMOR)
    longest = curve.shape[1]
    half = np.where(curve[:, -1] >= 0.5, (curve >= 0.5).argmax(axis=1), longest - 1)
    rows = np.arange(len(curve))
    before = np.where(half > 0, curve[rows, half - 1], 0.0)
    step = np.maximum(curve[rows, half] - before, 1e-12)
    within = np.where(curve[:, -1] >= 0.5, np.clip((0.5 - before) / step, 0.0, 1.0), 1.0)
    return {
        "early": run.share_aware(RUMOR, on="1956-03-07"),
        "half": half + within,
        "late": run.share_aware(RUMOR, on="1956-04-13"),
        "voiced": run.voicings(RUMOR, stop="1956-04-13").astype(np.float64),
    }


def tables(experiment: Experiment, form: str, runs: Mapping[str, Ensemble]) -> dict[str, list[dict[str, Any]]]:
    """Measure every cell, its difference from the open world, and the gains at which the sign changes."""
    found = {name: measure(run) for name, run in runs.items()}
    resampling = Resampling(experiment.seed)
    rows, crossings = [], []
    for source in SOURCES:
        if key(source, *OPEN) not in found:
            continue
        reference = found[key(source, *OPEN)]
        for discretion in DISCRETION[form]:
            for gain in GAIN[form]:
                values = found[key(source, discretion, gain)]
                row: dict[str, Any] = {"source": source, "discretion": discretion, "gain": gain}
                row["replicates"] = len(values["early"])
                for outcome in (*OUTCOMES, "voiced"):
                    pair = paired_mean(reference[outcome], values[outcome])
                    row[outcome] = pair.b
                    row[f"{outcome}_difference"] = pair.difference
                    row[f"{outcome}_low"], row[f"{outcome}_high"] = pair.low, pair.high
                rows.append(row)
            if discretion > 0:
                for outcome, sign in (("early", 1.0), ("half", -1.0)):
                    differences = np.array(
                        [
                            sign * (found[key(source, discretion, gain)][outcome] - reference[outcome])
                            for gain in GAIN[form]
                        ]
                    )
                    crossings.append(
                        {"source": source, "discretion": discretion, "outcome": outcome}
                        | crossing_row(differences, GAIN[form], resampling)
                    )
    named = {"cells": rows, "crossings": crossings}
    if form == "full":
        named["priors"] = prior_rows(found)
    return named


def crossing(means: np.ndarray, gains: tuple[float, ...]) -> float:
    """Return the gain at which a mean difference becomes positive, between levels by a straight line.

    The lowest level where it is positive there already, infinity where it never is.
    """
    above = np.flatnonzero(means > 0)
    if not len(above):
        return math.inf
    k = int(above[0])
    if k == 0:
        return gains[0]
    below = means[k - 1]
    return float(gains[k - 1] + (gains[k] - gains[k - 1]) * -below / (means[k] - below))


def crossing_row(differences: np.ndarray, gains: tuple[float, ...], resampling: Resampling) -> dict[str, float]:
    """Return the crossing of the means over the replicates, with its bootstrap interval."""
    n = differences.shape[1]
    samples = np.array([crossing(means, gains) for means in (resampling.counts(n) @ differences.T) / n])
    low, high = np.quantile(samples, [0.025, 0.975], method="inverted_cdf")
    return {
        "gain": crossing(differences.mean(axis=1), gains),
        "low": float(low),
        "high": float(high),
        "without": float(np.isinf(samples).mean()),
    }


def prior_rows(found: Mapping[str, Mapping[str, np.ndarray]]) -> list[dict[str, Any]]:
    """Return the crossing of every draw from the priors by itself."""
    gains = GAIN["full"]
    reference = found[key("priors", *OPEN)]["early"]
    draws = np.array([found[key("priors", BASE[0], gain)]["early"] - reference for gain in gains])
    return [
        {"draw": k, "open": reference[k], "base": draws[gains.index(BASE[1]), k], "gain": crossing(draws[:, k], gains)}
        for k in range(draws.shape[1])
    ]


def facts(results: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the words that fill the page, from the tables alone."""
    top = max(row["gain"] for row in results["cells"])
    lines = [
        "| sources | discretion | feeds the spread from a gain of | 95% interval | by days to half | 95% interval |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["crossings"]:
        if row["outcome"] != "early":
            continue
        other = one(results["crossings"], source=row["source"], discretion=row["discretion"], outcome="half")
        lines.append(
            f"| {SOURCES[row['source']]} | {row['discretion']:g} | {gain_text(row['gain'], top)} | "
            f"{between(row, top)} | {gain_text(other['gain'], top)} | {between(other, top)} |"
        )
    cells_lines = [
        "| sources | discretion | gain | know on 7 March | difference | days to half | know on 13 April | voiced |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {SOURCES[row['source']]} | {row['discretion']:g} | {row['gain']:g} | {100 * row['early']:.1f}% | "
            f"{change(row, 'early', 100)} | "
            f"{row['half']:.1f} | {100 * row['late']:.1f}% | {row['voiced']:.0f} |"
            for row in results["cells"]
        ),
    ]
    return {
        "crossings_table": "\n".join(lines),
        "cells_table": "\n".join(cells_lines),
        "answer": answer(results, top),
        "priors_answer": priors_answer(results["priors"], top),
        "replicates": f"{results['cells'][0]['replicates']:.0f}",
    }


def gain_text(gain: float, top: float) -> str:
    return f"none up to {top:g}" if math.isinf(gain) else f"{gain:.3f}"


def between(row: Mapping[str, Any], top: float) -> str:
    if math.isinf(row["low"]):
        return f"above {top:g}"
    high = f"above {top:g}" if math.isinf(row["high"]) else f"{row['high']:.3f}"
    return f"{gain_text(row['low'], top)} to {high}"


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def answer(results: Mapping[str, list[dict[str, Any]]], top: float) -> str:
    said = []
    for source, words in SOURCES.items():
        row = one(results["crossings"], source=source, discretion=BASE[0], outcome="early")
        perfect = one(results["crossings"], source=source, discretion=1.0, outcome="early")
        said.append(
            f"with {words} at work, an order that is half kept {turns(row, top)}, "
            f"and a perfect one {turns(perfect, top)}"
        )
    base = one(results["cells"], source="all", discretion=BASE[0], gain=BASE[1])
    word = "fed" if base["early_low"] > 0 else "slowed" if base["early_high"] < 0 else "neither clearly fed nor slowed"
    quiet = one(results["cells"], source="all", discretion=1.0, gain=1.0)
    return (
        f"In the model, {'; '.join(said)}. At the assumed base (discretion {BASE[0]:g}, gain {BASE[1]:g}) secrecy "
        f"**{word}** the spread: {change(base, 'early', 100)} points on 7 March, {change(base, 'half')} days to half "
        "of the members. Perfect silence of the plenum, if it made nobody curious, would have changed the share "
        f"on 7 March by {change(quiet, 'early', 100)} points."
    )


def change(row: Mapping[str, Any], outcome: str, factor: float = 1.0) -> str:
    """Return a difference from the open world with its interval."""
    mean, low, high = (factor * row[f"{outcome}_{end}"] for end in ("difference", "low", "high"))
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def turns(row: Mapping[str, Any], top: float) -> str:
    if math.isinf(row["gain"]):
        return f"backfires at **no gain up to {top:g}** ({between(row, top)})"
    return f"backfires at a gain of **{row['gain']:.3f}** ({between(row, top)})"


def priors_answer(rows: list[dict[str, Any]], top: float) -> str:
    gains = np.array([row["gain"] for row in rows])
    low, middle, high = np.quantile(gains, [0.05, 0.5, 0.95], method="inverted_cdf")
    fed = np.mean([row["base"] > 0 for row in rows])
    return (
        f"In {len(rows)} draws of all other uncertain numbers from their priors (the same draws in every cell, "
        f"discretion {BASE[0]:g}, all sources) the median gain at which the sign changes is "
        f"{gain_text(float(middle), top)}, with 5% to 95% of the draws from {gain_text(float(low), top)} to "
        f"{gain_text(float(high), top)}; at a gain of {BASE[1]:g} more people "
        f"know on 7 March than without the order in {100 * fed:.0f}% of the draws."
    )


def figures(results: Mapping[str, list[dict[str, Any]]], folder: Path) -> None:
    """Draw the differences against the gain, from the tables alone."""
    from figure import gain_figure

    from rumorsim.plot import save

    save(gain_figure(results, SOURCES), folder, "gain")


PLAN = Plan(cells, tables, facts, figures)

if __name__ == "__main__":
    raise SystemExit(script(__file__, PLAN))
