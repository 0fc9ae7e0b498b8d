"""What distinguishes one person from another, apart from contacts; what fear does, and what emboldens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors, number, numbers
from rumorsim.errors import CoreError

if TYPE_CHECKING:
    from rumorsim.core.engine.door import Door

__all__ = ["MOST_EXPOSURE", "Emboldening", "Fear", "Traits"]

#: The most by which exposure can grow at once, other than by those who voice.
MOST_EXPOSURE: Final = 1000.0
_MOST_HALF_LIFE: Final = 36_500.0


@dataclass(frozen=True, eq=False)
class Traits:
    """Per-person traits; None means that everybody is alike.

    Attributes
    ----------
    talk : (n,) whole numbers 1 to 255, optional
        Talkativeness in sixteenths: a teller with 32 exposes contacts to twice the hazard of one with 16.
    receptivity : (n,) or (n_rumors, n) float, optional
        Factor on the hearing hazard; 0 never hears by contact or broadcast.
    tell_prob : float, (n,) or (n_rumors, n) float
        Chance of passing on what is heard; the others are silently aware.
    boldness : (n,) float 0 to 1, optional
        Compared with the bar of the person's zone when it comes to voicing.
    zone : (n,) integers from 0, optional
        Zones have climates and bars of their own.
    """

    talk: NDArray[Any] | None = None
    receptivity: NDArray[Any] | None = None
    tell_prob: Any = 1.0
    boldness: NDArray[Any] | None = None
    zone: NDArray[Any] | None = None

    def check(self, n: int, n_rumors: int) -> None:
        """Raise CoreError where a column has the wrong length or range."""
        one: tuple[tuple[int, ...], ...] = ((n,),)
        many: tuple[tuple[int, ...], ...] = ((n,), (n_rumors, n), ())
        if self.receptivity is not None:
            factors(self.receptivity, "receptivity", many)
        for name, shapes, low, high in (
            ("talk", one, 1, 255),
            ("boldness", one, 0, 1),
            ("zone", one, 0, 127),
            ("tell_prob", many, 0, 1),
        ):
            if getattr(self, name) is None:
                continue
            values = numbers(getattr(self, name), name, shapes, low, high)
            if name in {"talk", "zone"} and (values != np.floor(values)).any():
                bad = float(values[values != np.floor(values)][0])
                raise CoreError("not a whole number", path=name, given=bad, allowed=f"whole numbers, {low} to {high}")

    def by_rumor(self, name: str, rumor: int, n: int) -> NDArray[np.float64] | None:
        """Return a trait as an (n,) column for one rumor, or None where everybody has the neutral value 1."""
        values = getattr(self, name)
        if values is None:
            return None
        column = np.asarray(values, dtype=np.float64)
        if column.ndim == 0:
            return None if column == 1.0 else np.full(n, float(column))
        return np.asarray(column if column.ndim == 1 else column[rumor], dtype=np.float64)


@dataclass(frozen=True)
class Fear:
    """What fright does: it scales the chance of passing on, and how fast a teller falls silent.

    Attributes
    ----------
    tell_factor : float
        Factor on the chance that a frightened person passes on what is heard later, 0 to 1.
    stop_factor : float
        Factor on the stopping hazard of those who are telling when they take fright, 1 or more.
    """

    tell_factor: float = 0.0
    stop_factor: float = 1.0

    def check(self) -> None:
        """Raise CoreError where a factor is out of range."""
        number(self.tell_factor, "fear.tell_factor", 0, 1)
        number(self.stop_factor, "fear.stop_factor", 1)


@dataclass(frozen=True, eq=False)
class Emboldening:
    """A willingness that learns: what others dare lowers the bar for a person, and the effect fades.

    Everybody has an exposure E, 0 at the start. It grows by 1 for each other person who voices in a meeting attended
    (once a meeting, however many rumors are raised), by what news is worth on first hearing it, and by an
    `Encourage`. It halves every `half_life_days`, day by day. People are willing if their boldness reaches the bar of
    the zone minus gain E / (1 + E) and they are neither afraid nor silenced. What is seen in a tick counts from the
    next one on.

    Attributes
    ----------
    gain : float
        The most by which exposure lowers the bar, on the scale of boldness; with 0 nobody learns.
    half_life_days : float
        Days in which exposure halves, up to 36,500; infinite where it does not fade.
    news : mapping rumor -> mapping channel -> float
        By how much first hearing a rumor adds to exposure, 0 to 1,000; the channel None is every channel not named.

    Examples
    --------
    >>> from rumorsim.core import Contacts, Emboldening, GroupLayer, Hear, MakiThompson, Meeting, Simulation, Traits
    >>> cell = GroupLayer.of("cell", [0, 0, 0], rate=0.0)
    >>> common = dict(layer="cell", groups=[0], occasion="meeting", channel="meeting", voiced={0: 1.0})
    >>> sim = Simulation(
    ...     Contacts(3, [cell]), MakiThompson(1.0), stop_days=3.0, occasions=["meeting"], initial_aware=[0, 1, 2],
    ...     traits=Traits(boldness=[0.9, 0.6, 0.2]), emboldening=Emboldening(gain=0.4),
    ...     actions=[Meeting(tick=day, **common) for day in range(3)],
    ... )
    >>> sim.set_bar(0.7)
    >>> for day in range(3):  # the second person dares once the first has spoken, the third never
    ...     sim.step()
    >>> sim.voicings["row"].tolist(), sim.exposure.tolist()
    ([0, 0, 1, 0, 1], [2.0, 3.0, 5.0])
    """

    gain: float = 0.0
    half_life_days: float = math.inf
    news: Mapping[int, Mapping[str | None, float]] = field(default_factory=dict)

    def check(self, door: Door) -> None:
        """Raise CoreError for a number out of range, and for a rumor or channel the simulation does not have."""
        number(self.gain, "emboldening.gain")
        if self.half_life_days != math.inf:
            path = "emboldening.half_life_days"
            if not number(self.half_life_days, path, 0, _MOST_HALF_LIFE) > 0:
                raise CoreError("half-life", path=path, given=self.half_life_days, allowed="days above 0, or infinity")
        if not isinstance(self.news, Mapping):
            allowed = "a mapping rumor -> mapping channel -> number"
            raise CoreError("news", path="emboldening.news", given=self.news, allowed=allowed)
        for rumor, worth in self.news.items():
            path = f"emboldening.news[{door.rumor(rumor, 'emboldening.news')}]"
            if not isinstance(worth, Mapping):
                raise CoreError("news", path=path, given=worth, allowed="a mapping channel -> number")
            for channel, amount in worth.items():
                if channel is not None:
                    door.channel(channel, path)
                number(amount, f"{path}[{channel!r}]", 0, MOST_EXPOSURE)
