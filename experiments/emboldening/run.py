"""Emboldening: willingness that learns against elections that select, and against more frequent talk.

``python experiments/emboldening/run.py`` runs the full form and fills in results, figures and README.
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
from rumorsim.study import Cell, Experiment, Plan, paired_mean

SPEECH = "secret_speech"
#: The most by which what others dare lowers the bar: none, the middle of its prior where it exists, its end.
GAIN = (0.0, 0.2, 0.4)
#: Odds that somebody aware and bold is elected: as anybody else, base.
ODDS = (1.0, 3.0)
BASE = (0.2, 3.0)
#: Factors on how often the willing speak at meetings, where nothing is learned.
TALK = {"full": (1.5, 2.0, 3.0, 4.5), "small": (2.0, 4.0)}
#: What `tirana-conference-emboldened` changes, in a run that begins with the speech.
LEARNED = {
    "rumors": [
        "secret_speech",
        "tirana_conference",
        "elite_privileges",
        "unequal_punishment",
        "missing_name",
        "precedent",
    ],
    "voice.boldness": "learned",
    "events.article.enabled": False,
    "events.article-emboldens.enabled": True,
}
EVE, COLLAPSE = "1956-04-13", "1956-04-17"
OUTCOMES = {
    "active": "organizations in Tirana in which the speech was raised before 14 April",
    "hall": "persons who criticize in the hall",
    "elsewhere": "eruptions outside Tirana",
    "after": "meetings with criticism from 17 April",
    "aware": "share who know of the conference on 20 April",
}


def key(gain: float, odds: float, talk: float = 1.0) -> str:
    return f"gain-{gain:g}-odds-{odds:g}-talk-{talk:g}"


def cells(experiment: Experiment, form: str) -> dict[str, Cell]:
    """The design: gain x odds of election, and more frequent talk where nothing is learned."""
    base = rs.load_scenario("classroom").replace(LEARNED | {"party.scale": experiment.scale[form]})
    often = float(base.number("voice.meeting_prob"))
    found = {}
    for odds in ODDS:
        for gain in GAIN:
            found[key(gain, odds)] = Cell(base.replace({"embolden.gain": gain, "conference.selection": odds}))
    for talk in TALK[form]:
        changed = {"embolden.gain": 0.0, "conference.selection": BASE[1], "voice.meeting_prob": talk * often}
        found[key(0.0, BASE[1], talk)] = Cell(base.replace(changed))
    return found


def measure(run: Ensemble) -> dict[str, np.ndarray]:
    """Return the outcomes of one cell, one number a replicate each."""
    about = (SPEECH, "elite_privileges")
    found = {
        "active": run.organizations_voicing(SPEECH, place="Tiranë", meeting="cell_meeting", stop=EVE),
        "hall": run.hall_critics(),
        "elsewhere": run.eruptions("Tiranë"),
        "after": sum(run.meetings_voicing(rumor, meeting="cell_meeting", start=COLLAPSE) for rumor in about),
        "aware": run.share_aware("tirana_conference", on="1956-04-20"),
    }
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}


def tables(experiment: Experiment, form: str, runs: Mapping[str, Ensemble]) -> dict[str, list[dict[str, Any]]]:
    """Measure every cell, and its difference from the twin in which nothing is learned."""
    found = {name: measure(run) for name, run in runs.items()}
    design = [(gain, odds, 1.0) for odds in ODDS for gain in GAIN]
    design += [(0.0, BASE[1], talk) for talk in TALK[form]]
    rows = []
    for gain, odds, talk in design:
        values, twin = found[key(gain, odds, talk)], found[key(0.0, odds)]
        row: dict[str, Any] = {"gain": gain, "odds": odds, "talk": talk, "replicates": len(values["active"])}
        for outcome in OUTCOMES:
            pair = paired_mean(twin[outcome], values[outcome])
            row |= {
                outcome: pair.b,
                f"{outcome}_difference": pair.difference,
                f"{outcome}_low": pair.low,
                f"{outcome}_high": pair.high,
            }
        rows.append(row)
    return {"cells": rows, "retuned": retuned(rows, form)}


def retuned(rows: list[dict[str, Any]], form: str) -> list[dict[str, Any]]:
    """Return, for every gain, what more frequent talk alone gives where as many organizations become active.

    Between levels of talk by a straight line; infinity where no level tried makes so many active.
    """
    line = [one(rows, gain=0.0, odds=BASE[1], talk=talk) for talk in (1.0, *TALK[form])]
    active = [row["active"] for row in line]
    found = []
    for gain in GAIN[1:]:
        learned = one(rows, gain=gain, odds=BASE[1], talk=1.0)
        above = [k for k, number in enumerate(active) if number >= learned["active"]]
        row: dict[str, Any] = {"gain": gain, "active": learned["active"]}
        if not above:
            weight, k = math.inf, len(line) - 1
        elif above[0] == 0:
            weight, k = 0.0, 1
        else:
            k = above[0]
            weight = (learned["active"] - active[k - 1]) / (active[k] - active[k - 1])
        row["talk"] = line[k - 1]["talk"] + (line[k]["talk"] - line[k - 1]["talk"]) * weight
        for outcome in OUTCOMES:
            if outcome != "active":
                low, high = line[k - 1][outcome], line[k][outcome]
                row[f"{outcome}_learned"] = learned[outcome]
                row[f"{outcome}_talk"] = low + (high - low) * weight if math.isfinite(weight) else math.nan
        found.append(row)
    return found


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def facts(results: Mapping[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return the words that fill the page, from the tables alone."""
    lines = [
        "| gain | odds of election | talk at meetings | active organizations | in the hall | eruptions elsewhere | "
        "critical meetings from 17 April | know on 20 April |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in results["cells"]:
        lines.append(
            f"| {row['gain']:g} | {row['odds']:g} | x {row['talk']:g} "
            f"| {row['active']:.1f} {interval(row, 'active')} | "
            f"{row['hall']:.0f} {interval(row, 'hall')} | {row['elsewhere']:.2f} {interval(row, 'elsewhere')} | "
            f"{row['after']:.0f} | {100 * row['aware']:.1f}% |"
        )
    again = [
        "| gain | as many active with talk | in the hall, learned | by talk | eruptions elsewhere, learned | by talk |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["retuned"]:
        factor = "not reached" if math.isinf(row["talk"]) else f"x {row['talk']:.2f}"
        again.append(
            f"| {row['gain']:g} | {factor} | {row['hall_learned']:.0f} | {number(row['hall_talk'], 0)} | "
            f"{row['elsewhere_learned']:.2f} | {number(row['elsewhere_talk'], 2)} |"
        )
    return {
        "cells_table": "\n".join(lines),
        "retuned_table": "\n".join(again),
        "answer": answer(results),
        "replicates": f"{results['cells'][0]['replicates']:.0f}",
    }


def number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def interval(row: Mapping[str, Any], outcome: str) -> str:
    if not row["gain"] and row["talk"] == 1.0:
        return ""
    return f"({row[f'{outcome}_low']:+.1f} to {row[f'{outcome}_high']:+.1f})"


def answer(results: Mapping[str, list[dict[str, Any]]]) -> str:
    rows = results["cells"]
    learned = one(rows, gain=BASE[0], odds=BASE[1], talk=1.0)
    apart = one(rows, gain=0.0, odds=BASE[1], talk=1.0)
    anybody = one(rows, gain=0.0, odds=ODDS[0], talk=1.0)
    word = verdict(learned, "active")
    chosen = apart["hall"] / max(anybody["hall"], 1e-9)
    bred = learned["hall"] / max(apart["hall"], 1e-9)
    row = one(results["retuned"], gain=BASE[0])
    again = (
        "no frequency of talk tried here makes as many organizations active"
        if math.isinf(row["talk"])
        else f"talk {row['talk']:.1f} times as frequent makes as many organizations active, with "
        f"{row['hall_talk']:.0f} critics in the hall instead of {row['hall_learned']:.0f} and "
        f"{row['elsewhere_talk']:.1f} eruptions elsewhere instead of {row['elsewhere_learned']:.1f}"
    )
    return (
        f"In the model, a gain of {BASE[0]:g} **{word}** the number of organizations in Tirana that raise the speech "
        f"before 14 April: {learned['active']:.1f} against {apart['active']:.1f}. In the hall, electing the aware and "
        f"bold ({BASE[1]:g} to 1 against anybody alike) multiplies the critics by {chosen:.2f}, emboldening "
        f"by {bred:.2f}. Where nothing is learned, {again}. By the rule above, April **{needed(results)}** voices that "
        "breed voices."
    )


def needed(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Say whether April needs emboldening: it brings more critics, which talk that makes as many active does not."""
    learned = one(results["cells"], gain=BASE[0], odds=BASE[1], talk=1.0)
    row = one(results["retuned"], gain=BASE[0])
    if learned["hall_low"] <= 0:
        return "does not need"
    enough = row["hall_talk"] >= learned["hall"] - learned["hall_difference"] + learned["hall_low"]
    if enough and row["elsewhere_talk"] < 1.0:
        return "does not need"
    return "needs"


def verdict(row: Mapping[str, Any], outcome: str) -> str:
    if row[f"{outcome}_low"] > 0:
        return "raises"
    return "lowers" if row[f"{outcome}_high"] < 0 else "does not clearly change"


def figures(results: Mapping[str, list[dict[str, Any]]], folder: Path) -> None:
    """Draw active organizations against voicings in the hall, from the tables alone."""
    from figure import hall_figure

    from rumorsim.plot import save

    save(hall_figure(results), folder, "hall")


PLAN = Plan(cells, tables, facts, figures)

if __name__ == "__main__":
    raise SystemExit(script(__file__, PLAN))
