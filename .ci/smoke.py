"""Run every command of the command line once, on small scenarios: a command without a line here is a failure.

    python .ci/smoke.py

It uses the installed rumorsim of the Python that runs it, in a folder of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
#: Command lines in order; the later ones use what the earlier ones made.
LINES: Final = (
    "list",
    "explain classroom travel",
    "cite classroom --bibtex",
    "party classroom",
    "schema",
    "selftest",
    "diff classroom maki-thompson",
    "new scenario --extends classroom",
    "new study --scenario maki-thompson",
    "check {root}/scenarios",
    "run classroom --replicates 2 --prior-replicates 1 --workers 1 --out run",
    "plot run",
    "run classroom --model random_order --replicates 1 --prior-replicates 0 --workers 1 --out null",
    "compare classroom --vary travel.duty_rate=0,0.1 --replicates 2 --workers 1 --out compared",
    "check study.toml",
    "sweep study.toml --workers 1 --out swept",
    "sweep study.toml --dask local --workers 1 --out dasked",
    "sweep study.toml --shard 1/2 --workers 1 --out part1",
    "sweep study.toml --shard 2/2 --workers 1 --out part2",
    "merge part1 part2 --out merged",
    "sensitivity swept",
    "calibrate --set party.scale=0.041 --draws 10 --workers 1 --no-null-worlds --out fit",
    "reproduce {root}/experiments/secrecy --small",
    "app --help",
    "lesson tirana-conference --small --set party.scale=0.041 --workers 1 --out lesson.html",
)
STUDY: Final = """
title = "Smoke"
scenario = "maki-thompson"
replicates = 2
[design]
kind = "saltelli"
points = 2
[vary]
classic.transmission_rate = { low = 0.3, high = 3.0, scale = "log" }
classic.stifling_rate = { low = 0.3, high = 3.0, scale = "log" }
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
"""


def missing() -> list[str]:
    """Return the commands of the program that have no line."""
    from rumorsim.cli.main import app

    known = {one.name for one in app.registered_commands} | {one.name for one in app.registered_groups}
    return sorted(str(name) for name in known - {line.split()[0] for line in LINES})


if __name__ == "__main__":
    if missing():
        sys.exit(f".ci/smoke.py has no line for: {', '.join(missing())}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "study.toml").write_text(STUDY, encoding="utf-8")
        for line in LINES:
            print(f"+ rumorsim {line}", flush=True)
            words = [word.format(root=ROOT) for word in line.split()]
            done = subprocess.run(
                [sys.executable, "-m", "rumorsim", *words], cwd=folder, capture_output=True, text=True
            )
            if done.returncode:
                sys.exit(f"exit status {done.returncode}\n{done.stderr}")
