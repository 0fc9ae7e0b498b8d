"""The model of 1956: from a scenario and its party to the engine's inputs, and from a run to its record."""

from __future__ import annotations

from rumorsim.model.assemble import Assembly, assemble
from rumorsim.model.past import (
    Happening,
    History,
    Link,
    chain_of,
    cited,
    group_names,
    groups_of,
    happenings,
    history_of,
    last_of,
)
from rumorsim.model.record import CHANNELS, VOICING_KINDS, RunRecord
from rumorsim.model.worlds import MODELS, assemble_world, check_model, world_text

__all__ = [
    "CHANNELS",
    "MODELS",
    "VOICING_KINDS",
    "Assembly",
    "Happening",
    "History",
    "Link",
    "RunRecord",
    "assemble",
    "assemble_world",
    "chain_of",
    "check_model",
    "cited",
    "group_names",
    "groups_of",
    "happenings",
    "history_of",
    "last_of",
    "world_text",
]
