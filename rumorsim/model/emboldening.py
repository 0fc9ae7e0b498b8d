"""What emboldens people of 1956: voices, talk of the speech, and the news that others have spoken up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rumorsim.core import Emboldening

__all__ = ["PRECEDENT", "TALK", "emboldening_of", "is_learned"]

#: The rumor that somebody spoke up in a meeting of a cell.
PRECEDENT: Final = "precedent"
#: Channels of talk between people, as against what is said in a room, sent or read (F063).
TALK: Final = ("conversation", "workplace", "kin", "travel", "telephone", "visit")
#: Who hears of a precedent where it was set has seen the voices and is not emboldened twice.
_SEEN: Final = ("cell_meeting", "letter_meeting")


def is_learned(values: Mapping[str, Any]) -> bool:
    """Return whether what others dare lowers the bar for a person."""
    return str(values["voice.boldness"]) == "learned"


def emboldening_of(values: Mapping[str, Any], rumors: Mapping[str, int]) -> Emboldening | None:
    """Return how willingness is learned, None where boldness is fixed.

    Parameters
    ----------
    values : mapping catalog id -> value
    rumors : mapping rumor -> row

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> values = load_scenario("classroom").values
    >>> emboldening_of(values, {}) is None
    True
    >>> emboldening_of({**values, "voice.boldness": "learned", "embolden.gain": 0.2}, {"precedent": 1}).news
    {1: {None: 0.5, 'cell_meeting': 0.0, 'letter_meeting': 0.0}}
    """
    if not is_learned(values):
        return None
    news: dict[int, dict[str | None, float]] = {}
    if "secret_speech" in rumors:
        news[rumors["secret_speech"]] = dict.fromkeys(TALK, float(values["embolden.talk"]))
    if PRECEDENT in rumors:
        news[rumors[PRECEDENT]] = {None: float(values["embolden.precedent"]), **dict.fromkeys(_SEEN, 0.0)}
    return Emboldening(float(values["embolden.gain"]), float(values["embolden.half_life_days"]), news)
