"""Three people who learn to speak up: the probability of everything they may do, by enumeration."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from typing import Any

__all__ = ["BAR", "BOLDNESS", "GAIN", "enumerated"]

BAR, BOLDNESS, GAIN = 0.7, (0.9, 0.6, 0.2), 0.4


def enumerated(meetings: int, prob: float) -> dict[Any, float]:
    """Return the probability of every way in which the three may speak, by the words of the model alone.

    All know, all attend every meeting, nothing fades. A way is a tuple of meetings, each a tuple of who spoke.
    """
    law: dict[Any, float] = {(): 1.0}
    for _ in range(meetings):
        after: defaultdict[Any, float] = defaultdict(float)
        for past, chance in law.items():
            said: tuple[bool, ...]
            exposure = [sum(said[other] for said in past for other in range(3) if other != one) for one in range(3)]
            dares = [b >= BAR - GAIN * e / (1 + e) for b, e in zip(BOLDNESS, exposure, strict=True)]
            for said in itertools.product([False, True], repeat=3):
                if any(speaks and not dare for speaks, dare in zip(said, dares, strict=True)):
                    continue
                share = math.prod(
                    (prob if speaks else 1 - prob) for speaks, dare in zip(said, dares, strict=True) if dare
                )
                after[*past, said] += chance * share
        law = dict(after)
    return law
