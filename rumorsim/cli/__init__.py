"""The command line: one file per command.

Results go to standard output, progress and messages to standard error. The exit status is 0 when all went well, 2 for
wrong input, 1 for a failure, 130 after an interrupt.
"""

from __future__ import annotations

from rumorsim.cli.main import main

__all__ = ["main"]
