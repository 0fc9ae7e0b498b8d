"""``python -m rumorsim`` does what the command ``rumorsim`` does."""

from __future__ import annotations

import sys

from rumorsim.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
