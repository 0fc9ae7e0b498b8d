"""What synchronous ticks cost: the share who never hear in a large well-mixed group, by the length of the tick.

    python benchmarks/tick_bias.py --out docs/benchmarks [--people 20000] [--replicates 60]

In continuous time the share is known exactly in the limit (0.2032 less the little for the first spreaders), so the
difference is the error of the tick. Writes tick-bias.json and tick-bias.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rumorsim.core import Contacts, DaleyKendall, GroupLayer, MakiThompson, simulate  # noqa: E402
from rumorsim.core.reference.theory import final_ignorant_share  # noqa: E402

TICKS = (0.2, 0.1, 0.05, 0.02, 0.01)
RULES = {"Maki-Thompson": MakiThompson, "Daley-Kendall": DaleyKendall}


def measure(people: int, replicates: int) -> dict[str, Any]:
    """Return, for each rule and tick, the share who never hear, its standard error and the difference to the limit."""
    initial = people // 1000
    limit = final_ignorant_share(initial_spreader_share=initial / people)
    everybody = Contacts(people, [GroupLayer.of("everybody", np.zeros(people, dtype=np.int32))])
    rows = []
    for name, rule in RULES.items():
        for tick_days in TICKS:
            runs = simulate(
                everybody,
                rule(1.0, 1.0),
                initial_spreaders=range(initial),
                time_step_days=tick_days,
                stop_days=50.0,
                replicates=replicates,
                seed=1965,
            )
            share = 1 - runs.n_aware / people
            error = float(share.std(ddof=1) / np.sqrt(replicates))
            rows.append({"rule": name, "tick_days": tick_days, "share": float(share.mean()), "standard_error": error})
            print(rows[-1], flush=True)
    return {"people": people, "replicates": replicates, "initial": initial, "limit": limit, "rows": rows}


def page(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    lines = [
        "# What synchronous ticks cost",
        "",
        f"{report['people']:,} people in one well-mixed group, {report['initial']} first spreaders, transmission and "
        f"stifling at 1 a day, {report['replicates']} replicates. In continuous time a share of {report['limit']:.4f} "
        "never hears. Written by benchmarks/tick_bias.py.",
        "",
        "| rule | tick in days | share who never hear (standard error) | difference to continuous time |",
        "|---|---|---|---|",
        *[
            f"| {row['rule']} | {row['tick_days']:g} | {row['share']:.4f} ({row['standard_error']:.4f}) | "
            f"{row['share'] - report['limit']:+.4f} |"
            for row in report["rows"]
        ],
        "",
        "A tick stands against the time between two contacts here: 1 day. The error is of first order in the tick: "
        "half the tick, half the error. Replicates share their luck over the ticks, so differences between ticks are "
        "surer than their common level.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--replicates", type=int, default=60)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    report = measure(given.people, given.replicates)
    (given.out / "tick-bias.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (given.out / "tick-bias.md").write_text(page(report), encoding="utf-8")


if __name__ == "__main__":
    main()
