"""What halving the tick changes: the same people and random draws, once with the scenario's ticks and once with half.

Run ``python benchmarks/halve_ticks.py --out docs/benchmarks`` (ten minutes). Report probabilities come from
many archives written for each run, so that the chance of the archive does not hide the effect of the tick.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np

import rumorsim as rs

HALVED = {"time.tick_hours": 3.0, "time.fine_tick_hours": 0.5}
#: The ticks of the fine windows alone, and those of all other days alone.
PARTLY = {"fine windows": {"time.fine_tick_hours": 0.5}, "other days": {"time.tick_hours": 3.0}}
PLACES = ("Berat", "Fier", "Vlorë", "Shkodër", "Korçë", "Gjirokastër", "Elbasan", "Durrës")
QUESTIONS = {
    "tirana-conference": ("tirana_conference", "1956-04-20"),
    "secret-speech": ("secret_speech", "1956-03-07"),
}


def measure(scenario_name: str, replicates: int, archives: int) -> dict[str, object]:
    """Return medians and report probabilities with both ticks, and their differences."""
    rumor, date = QUESTIONS[scenario_name]
    scenario = rs.load_scenario(scenario_name)
    few = max(replicates // 4, 1)
    if rumor != "tirana_conference":
        replicates = few
    runs = [
        rs.run(one, replicates=replicates, seed=1956, workers=os.cpu_count() or 1)
        for one in (scenario, scenario.replace(HALVED))
    ]
    shares = [run.share_aware(rumor, on=date) for run in runs]
    result: dict[str, object] = {
        "rumor": rumor,
        "date": date,
        "replicates": replicates,
        "archives": archives,
        "median_share_aware": [float(np.median(share)) for share in shares],
        "relative_change": float(np.median(shares[1]) / np.median(shares[0]) - 1.0),
    }
    for where, numbers in PARTLY.items():
        partly = rs.run(scenario.replace(numbers), replicates=few, seed=1956, workers=os.cpu_count() or 1)
        change = np.median(partly.share_aware(rumor, on=date)) / np.median(shares[0][:few]) - 1.0
        result[f"relative_change_by_{where.replace(' ', '_')}"] = float(change)
    if rumor == "tirana_conference":
        critics = np.array([run.hall_critics(start="1956-04-14", stop="1956-04-15") for run in runs], dtype=np.float64)
        result["hall_critics"] = critics.mean(axis=1).tolist()
        result["hall_critics_change"] = float(critics[1].mean() / critics[0].mean() - 1.0)
        apart = critics[1] - critics[0]
        result["hall_critics_change_standard_error"] = float(
            apart.std(ddof=1) / np.sqrt(replicates) / critics[0].mean()
        )
        reports = np.zeros((2, len(PLACES), replicates))
        deadline = np.datetime64("1956-05-02")
        for k, run in enumerate(runs):
            for number in range(archives):
                again = run.redraw_archive(seed=number)
                reports[k] += [again.first_report(rumor, place=place) < deadline for place in PLACES]
        reports /= archives
        change = reports[1] - reports[0]
        result["report_probability_by_1_may"] = {
            place: {
                "scenario_ticks": float(reports[0, j].mean()),
                "half_ticks": float(reports[1, j].mean()),
                "change": float(change[j].mean()),
                "standard_error": float(change[j].std(ddof=1) / np.sqrt(replicates)),
            }
            for j, place in enumerate(PLACES)
        }
        means = change.mean(axis=0)
        result["mean_change"] = float(means.mean())
        result["mean_change_standard_error"] = float(means.std(ddof=1) / np.sqrt(replicates))
    return result


def main() -> None:
    """Measure and write ticks.json and ticks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--replicates", type=int, default=400, help="pairs for the reports; the shares take a quarter")
    parser.add_argument("--archives", type=int, default=20)
    given = parser.parse_args()
    results = {name: measure(name, given.replicates, given.archives) for name in QUESTIONS}
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "ticks.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = [
        "# What halving the tick changes",
        "",
        "Made by `python benchmarks/halve_ticks.py --out docs/benchmarks`; numbers in `ticks.json`. The same",
        "people, thresholds and seed with the scenario's ticks (6 hours, 1 hour in the critical days) and with half.",
        "",
        "| scenario | date | median share aware | with half ticks | change | half in windows | half elsewhere |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in results.items():
        first, second = row["median_share_aware"]  # type: ignore[misc]
        change = 100.0 * float(row["relative_change"])  # type: ignore[arg-type]
        date = row["date"]
        parts = [100.0 * float(row[f"relative_change_by_{where.replace(' ', '_')}"]) for where in PARTLY]  # type: ignore[arg-type]
        both = " | ".join(f"{part:+.1f} %" for part in parts)
        lines.append(f"| {name} | {date} | {first:.4f} | {second:.4f} | {change:+.1f} % | {both} |")
    row = results["tirana-conference"]
    few, more = row["hall_critics"]  # type: ignore[misc]
    lines += [
        "",
        f"Persons who criticize in the hall on 14 and 15 April, mean of {row['replicates']} pairs: {few:.2f} with the "
        f"scenario's ticks, {more:.2f} with half, {100 * row['hall_critics_change']:+.1f} % "  # type: ignore[operator]
        f"± {100 * row['hall_critics_change_standard_error']:.1f} %.",  # type: ignore[operator]
        "",
        "Probability that a district has reported by 1 May, with standard errors over pairs of runs "
        f"({row['replicates']} pairs, {row['archives']} archives each):",
        "",
        "| district | scenario's ticks | half ticks | change |",
        "|---|---|---|---|",
    ]
    for place, found in row["report_probability_by_1_may"].items():  # type: ignore[attr-defined]
        both = f"{found['scenario_ticks']:.3f} | {found['half_ticks']:.3f}"
        lines.append(f"| {place} | {both} | {found['change']:+.3f} ± {found['standard_error']:.3f} |")
    lines.append(f"| mean of all | | | {row['mean_change']:+.3f} ± {row['mean_change_standard_error']:.3f} |")
    (given.out / "ticks.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
