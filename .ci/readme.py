"""Follow the README as a newcomer does: every block in order, as printed, in a fresh shell and a fresh environment.

    python .ci/readme.py

It works in a copy of the checkout. Shell blocks are run line by line in one `bash -e`; a Python block is run by the
`python` of that shell; a TOML block is saved, checked and run. The tests' own command is left out: `.ci/run` runs it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_BLOCK: Final = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.S | re.M)
_TESTS: Final = re.compile(r"^<!-- test-command -->$.*?^<!-- test-command -->$", re.S | re.M)
#: All that is kept of the environment: how to reach packages.
_KEPT: Final = re.compile(r"PIP_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|(?i:(http|https|no|all)_proxy)")


def blocks(text: str) -> list[tuple[str, str]]:
    """Return (language, text) of every block of code, without the command of the tests.

    Examples
    --------
    >>> blocks("One:\\n```sh\\nls\\n```\\n")
    [('sh', 'ls\\n')]
    """
    return [(one["language"], one["text"]) for one in _BLOCK.finditer(_TESTS.sub("", text))]


def commands(text: str) -> list[str]:
    """Return the lines of all shell blocks, in order.

    Examples
    --------
    >>> commands("```sh\\nls  # what there is\\n\\npwd\\n```\\n")
    ['ls  # what there is', 'pwd']
    """
    return [line for language, block in blocks(text) if language == "sh" for line in block.splitlines() if line]


def script(text: str, folder: Path) -> Iterator[str]:
    """Yield the lines of a shell script that does what the README says; other blocks are saved in a folder."""
    for number, (language, block) in enumerate(blocks(text)):
        lines = [line for line in block.splitlines() if line]
        if language != "sh":
            path = folder / f"block-{number}.{'py' if language == 'python' else language}"
            path.write_text(block, encoding="utf-8")
            lines = {
                "python": [f"python {path}"],
                "toml": [f"rumorsim check {path}", f"rumorsim run {path} --replicates 2 --prior-replicates 1"],
            }[language]
        for line in lines:
            if line.startswith("rumorsim app"):
                # It serves until it is stopped; 124 says that it was still there then.
                line = f"timeout --signal=INT 40 {line.partition('#')[0].strip()} --no-browser || [ $? = 124 ]"
            quoted = line.replace("'", "'\\''")
            yield f"printf '%4s s + %s\\n' \"$SECONDS\" '{quoted}' >&3"
            yield line


def copied(to: Path) -> Path:
    """Copy what is, or would be, committed."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def main() -> int:
    """Do it and return the exit status."""
    with tempfile.TemporaryDirectory() as made:
        home, saved, log = Path(made, "home"), Path(made, "blocks"), Path(made, "log")
        home.mkdir()
        saved.mkdir()
        here = copied(Path(made, "rumorsim"))
        lines = [
            "exec 3>&1 >" + str(log) + " 2>&1",
            *script((here / "README.md").read_text(encoding="utf-8"), saved),
            "printf '%4s s in all\\n' \"$SECONDS\" >&3",
        ]
        # A name in front of the other Pythons of this machine, and nothing of the environment this runs in.
        path = f"{Path(sys.base_prefix, 'bin')}:/usr/local/bin:/usr/bin:/bin"
        environment = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
        environment |= {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"}
        done = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], cwd=here, env=environment)
        if done.returncode:
            print(log.read_text(encoding="utf-8", errors="replace")[-5000:])
            print(f"exit status {done.returncode} of the last command above")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
