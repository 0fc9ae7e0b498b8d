"""Travelers or radio: arrival of two pieces of news in the districts, with channels and seeds exchanged.

``python experiments/travelers-or-radio/run.py`` runs the full form and fills in results, figures and README.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import rumorsim as rs
from rumorsim import catalog
from rumorsim.cli.experiment import script
from rumorsim.ensemble import Ensemble
from rumorsim.study import Cell, Experiment, Plan, Resampling

SCENARIOS = Path(__file__).resolve().parent / "scenarios"
#: Moment from which lags are counted: the day of the speech; where the plenum (or what stands in its place) is the
#: only source, its hour; the opening of the conference.
SPEECH, PLENUM = ("secret_speech", "1956-02-25T00:00"), ("secret_speech", "1956-03-02T12:00")
CONFERENCE = ("tirana_conference", "1956-04-14T09:00")
EXTERNAL = ("foreign-radio", "editors-of-the-daily", "editors-of-the-radio", "soviet-university-meetings")
TRAVEL = ("travel.duty_rate", "travel.officer_rate", "travel.correspondent_rate", "travel.inspection_rate")
#: A district counts as reached in earnest when so much of its members know.
EARNEST = 0.05
#: Cell -> what it is, for the table of the page.
CELLS = {
    "speech-base": "speech, as it was",
    "speech-no-radio": "speech, no channel from abroad",
    "speech-plenum-only": "speech, the plenum alone",
    "speech-few-open": "the plenum alone, no order of secrecy",
    "speech-many-open": "600 told in Tirana, no order of secrecy",
    "conference-base": "conference, as it was",
    "conference-radio": "conference, carried by radio from 15 April",
    "conference-no-travelers": "conference, no duty travel",
    "conference-radio-no-travelers": "conference, radio but no duty travel",
    "conference-few": "conference of 75 delegates",
    "conference-few-radio": "conference of 75 delegates, carried by radio",
}
PRIORS = ("speech-base", "speech-no-radio", "conference-base", "conference-radio")
RATIOS = (
    ("conference-base", "speech-base", "as it was"),
    ("conference-base", "speech-no-radio", "neither has a channel from abroad"),
    ("conference-radio", "speech-base", "both are carried by radio"),
    ("conference-few", "speech-few-open", "both from 75 people, openly, by word of mouth alone"),
    ("conference-base", "speech-many-open", "both from some 600 people, openly, by word of mouth alone"),
)
EFFECTS = (
    ("conference-base", "conference-radio", "radio added to the conference"),
    ("conference-few", "conference-few-radio", "radio added to a conference of 75"),
    ("speech-base", "speech-no-radio", "radio and texts from abroad taken from the speech"),
    ("conference-base", "conference-no-travelers", "duty travel taken from the conference"),
    ("conference-base", "conference-few", "75 delegates in place of 600"),
    ("speech-few-open", "speech-many-open", "600 told in place of the plenum"),
)


def off(*events: str) -> dict[str, Any]:
    return {f"events.{event}.enabled": False for event in events}


def cells(experiment: Experiment, form: str) -> dict[str, Cell]:
    """The design: what differs from the base of each of the two scenarios."""
    scale = {"party.scale": experiment.scale[form]}
    speech = rs.load_scenario("secret-speech")
    plenum = off(*EXTERNAL, "missing-name", "politburo")
    many = rs.load_scenario(SCENARIOS / "speech-many.toml").replace(plenum)
    conference = rs.load_scenario(SCENARIOS / "conference.toml")
    radio = rs.load_scenario(SCENARIOS / "conference-radio.toml")
    still = dict.fromkeys(TRAVEL, 0.0)
    few = {"conference.delegates": 75}
    scenarios = {
        "speech-base": speech,
        "speech-no-radio": speech.replace(off(*EXTERNAL)),
        "speech-plenum-only": speech.replace(plenum),
        "speech-few-open": speech.replace(plenum | off("secrecy")),
        "speech-many-open": many,
        "conference-base": conference,
        "conference-radio": radio,
        "conference-no-travelers": conference.replace(still),
        "conference-radio-no-travelers": radio.replace(still),
        "conference-few": conference.replace(few),
        "conference-few-radio": radio.replace(few),
    }
    found = {name: Cell(scenario.replace(scale)) for name, scenario in scenarios.items()}
    if form == "full":
        found |= {f"{name}-priors": Cell(found[name].scenario, "prior") for name in PRIORS}
    return found


def source(cell: str) -> tuple[str, str]:
    """Return the rumor of a cell, and the moment its lags are counted from."""
    if cell.startswith("conference"):
        return CONFERENCE
    return SPEECH if cell.split("-")[1] in ("base", "no") else PLENUM


def lags(run: Ensemble, rumor: str, start: str) -> tuple[np.ndarray, np.ndarray]:
    """Return days from the start to the first who knows, and to 5% who know, (replicates, districts) each.

    The district of the capital is left out; what does not happen within the run counts as the whole length of it.
    """
    zero = np.datetime64(start, "s")
    longest = float((run.frame.end - zero).astype(np.int64)) / 86400
    first, earnest = [], []
    for place in districts():
        days = (run.first_aware(rumor, place) - zero).astype(np.float64) / 86400
        first.append(np.where(np.isnat(run.first_aware(rumor, place)), longest, np.minimum(days, longest)))
        curve = run.curve(rumor, place)
        skipped = float((zero - run.frame.begin).astype(np.int64)) / 86400
        reached = moment(curve, EARNEST) - skipped
        earnest.append(np.where(curve[:, -1] >= EARNEST, reached, longest))
    return np.array(first).T, np.array(earnest).T


def moment(curve: np.ndarray, share: float) -> np.ndarray:
    """Return the days after which a share is reached, by a straight line within the day; (replicates,)."""
    day = (curve >= share).argmax(axis=1)
    rows = np.arange(len(curve))
    before = np.where(day > 0, curve[rows, day - 1], 0.0)
    step = np.maximum(curve[rows, day] - before, 1e-12)
    return day + np.clip((share - before) / step, 0.0, 1.0)


def districts() -> list[str]:
    """Return the districts, that of the capital left out."""
    return [one.id for one in catalog.places().values() if one.kind == "district" and one.name != "Tiranë"]


def tables(experiment: Experiment, form: str, runs: Mapping[str, Ensemble]) -> dict[str, list[dict[str, Any]]]:
    """Measure: medians over the districts in each replicate, then means over the replicates with intervals."""
    resampling = Resampling(experiment.seed)
    medians: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    per_cell, per_district = [], []
    for name, run in runs.items():
        rumor, start = source(name)
        first, earnest = lags(run, rumor, start)
        medians[name] = np.median(first, axis=1), np.median(earnest, axis=1)
        travelers = run.introductions(rumor)
        row: dict[str, Any] = {"cell": name, "replicates": run.replicates}
        for what, values in (("first", medians[name][0]), ("earnest", medians[name][1]), ("travelers", travelers)):
            values = values[np.isfinite(values)]
            row[what], row[f"{what}_low"], row[f"{what}_high"] = spread(values, resampling)
            row[f"{what}_p05"], row[f"{what}_p95"] = quantiles(values)
        per_cell.append(row)
        names = catalog.places()
        for k, place in enumerate(districts()):
            per_district.append(
                {
                    "cell": name,
                    "district": names[place].name,
                    "first": float(np.median(first[:, k])),
                    "earnest": float(np.median(earnest[:, k])),
                }
            )
    return {
        "cells": per_cell,
        "districts": per_district,
        "ratios": [row for pair in RATIOS for row in ratio_rows(medians, pair, resampling)],
        "effects": [row for pair in EFFECTS for row in effect_rows(medians, pair, resampling)],
    }


def spread(values: np.ndarray, resampling: Resampling) -> tuple[float, float, float]:
    """Return a mean with its bootstrap interval."""
    if len(values) < 2:
        return (float(values.mean()) if len(values) else math.nan), math.nan, math.nan
    means = resampling.counts(len(values)) @ values / len(values)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def quantiles(values: np.ndarray) -> tuple[float, float]:
    if not len(values):
        return math.nan, math.nan
    low, high = np.quantile(values, [0.05, 0.95], method="inverted_cdf")
    return float(low), float(high)


def both_modes(medians: Mapping[str, Any], one: str, other: str) -> list[tuple[str, str, str]]:
    found = [("set values", one, other)]
    if f"{one}-priors" in medians and f"{other}-priors" in medians:
        found.append(("priors", f"{one}-priors", f"{other}-priors"))
    return found


def ratio_rows(medians: Mapping[str, Any], pair: tuple[str, str, str], resampling: Resampling) -> list[dict[str, Any]]:
    """Return the ratio of lags, conference to speech: of the means over replicates, pairs resampled together."""
    rows = []
    for numbers, one, other in both_modes(medians, pair[0], pair[1]):
        for which, kind in enumerate(("first", "earnest")):
            a, b = medians[one][which], medians[other][which]
            counts = resampling.counts(len(a))
            low, high = np.quantile((counts @ a) / (counts @ b), [0.025, 0.975])
            row = {"case": pair[2], "numbers": numbers, "lag": kind, "conference": float(a.mean())}
            rows.append(
                {
                    **row,
                    "speech": float(b.mean()),
                    "ratio": float(a.mean() / b.mean()),
                    "low": float(low),
                    "high": float(high),
                }
            )
    return rows


def effect_rows(medians: Mapping[str, Any], pair: tuple[str, str, str], resampling: Resampling) -> list[dict[str, Any]]:
    """Return the change of the median lag in days, pair by pair of replicates."""
    rows = []
    for numbers, one, other in both_modes(medians, pair[0], pair[1]):
        for which, kind in enumerate(("first", "earnest")):
            mean, low, high = spread(medians[other][which] - medians[one][which], resampling)
            rows.append({"change": pair[2], "numbers": numbers, "lag": kind, "days": mean, "low": low, "high": high})
    return rows


def facts(results: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the words that fill the page, from the tables alone."""
    by_cell = {row["cell"]: row for row in results["cells"]}
    lines = [
        "| cell | first who knows, days | 5% know, days | brought by travelers |",
        "|---|---|---|---|",
        *(
            f"| {what} | {ends(by_cell[name], 'first')} | {ends(by_cell[name], 'earnest')} | "
            f"{100 * by_cell[name]['travelers']:.0f}% |"
            for name, what in CELLS.items()
        ),
    ]
    ratios = ["| case | numbers | lag | conference / speech | 95% interval |", "|---|---|---|---|---|"]
    for row in results["ratios"]:
        kind = "first who knows" if row["lag"] == "first" else "5% know"
        ratios.append(
            f"| {row['case']} | {row['numbers']} | {kind} | {row['ratio']:.2f} | "
            f"{row['low']:.2f} to {row['high']:.2f} |"
        )
    effects = ["| change | numbers | lag | days later | 95% interval |", "|---|---|---|---|---|"]
    for row in results["effects"]:
        kind = "first who knows" if row["lag"] == "first" else "5% know"
        effects.append(
            f"| {row['change']} | {row['numbers']} | {kind} | {row['days']:+.2f} | "
            f"{row['low']:+.2f} to {row['high']:+.2f} |"
        )
    return {
        "cells_table": "\n".join(lines),
        "ratios_table": "\n".join(ratios),
        "effects_table": "\n".join(effects),
        "answer": answer(results),
        "replicates": f"{by_cell['speech-base']['replicates']:.0f}",
    }


def ends(row: Mapping[str, Any], what: str) -> str:
    return f"{row[what]:.1f} ({row[f'{what}_low']:.1f} to {row[f'{what}_high']:.1f})"


def matters(row: Mapping[str, Any]) -> str:
    """Say whether a change of lag matters, by the half day of the page."""
    if row["low"] > -0.5 and row["high"] < 0.5:
        return "which does not matter"
    return "which matters" if row["low"] >= 0.5 or row["high"] <= -0.5 else "which leaves the question open"


def change(row: Mapping[str, Any]) -> str:
    return f"{row['days']:+.2f} days ({row['low']:+.2f} to {row['high']:+.2f})"


def one(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def answer(results: Mapping[str, list[dict[str, Any]]]) -> str:
    ratio = one(results["ratios"], case="neither has a channel from abroad", numbers="set values", lag="earnest")
    speed = "neither clearly faster nor clearly slower than the speech"
    if ratio["high"] <= 1.0:
        speed = "as fast as the speech or faster"
    elif ratio["low"] > 1.0:
        speed = "slower than the speech"
    radio = one(results["effects"], change="radio added to the conference", numbers="set values", lag="earnest")
    taken = one(
        results["effects"],
        change="radio and texts from abroad taken from the speech",
        numbers="set values",
        lag="earnest",
    )
    seeds = [
        one(results["ratios"], case=case, numbers="set values", lag="earnest") for case in (RATIOS[3][2], RATIOS[4][2])
    ]
    travel = one(
        results["effects"], change="duty travel taken from the conference", numbers="set values", lag="earnest"
    )
    return (
        f"In the model, without any channel from abroad, the conference news is **{speed}**: the lag of the median "
        f"district until 5% know is {ratio['conference']:.1f} days against {ratio['speech']:.1f}, a ratio of "
        f"{ratio['ratio']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f}). "
        f"Radio from the second day on changes the conference's lag by {change(radio)}, "
        f"{matters(radio)} by the rule above. "
        f"Taking radio and texts from abroad from the speech changes its lag by {change(taken)}, "
        f"{matters(taken)}. "
        f"With seeds made equal the ratio is {seeds[0]['ratio']:.2f} ({seeds[0]['low']:.2f} to {seeds[0]['high']:.2f}) "
        f"from 75 people and {seeds[1]['ratio']:.2f} ({seeds[1]['low']:.2f} to {seeds[1]['high']:.2f}) from some 600. "
        f"Without duty travel the conference's lag changes by {change(travel)}, {matters(travel)}."
    )


def figures(results: Mapping[str, list[dict[str, Any]]], folder: Path) -> None:
    """Draw the lags of all cells, from the tables alone."""
    from figure import lag_figure

    from rumorsim.plot import save

    save(lag_figure(results, CELLS), folder, "lags")


PLAN = Plan(cells, tables, facts, figures)

if __name__ == "__main__":
    raise SystemExit(script(__file__, PLAN))
