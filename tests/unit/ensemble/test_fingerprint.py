"""Everything that happened in a replicate enters its digest, and nothing else does."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from rumorsim.archive.reports import REPORT
from rumorsim.ensemble.fingerprint import RECORD_FIELDS, combined, digest
from rumorsim.errors import RunError
from rumorsim.model import RunRecord
from tests.unit.ensemble.conftest import World

NO_REPORTS = np.zeros(0, dtype=REPORT)


@pytest.fixture(scope="module")
def record(world: World) -> Any:
    return dataclasses.replace(world.assembly.simulate(5, 0), fired=(("request", 3),))


def test_every_array_of_a_record_enters() -> None:
    names = {field.name for field in dataclasses.fields(RunRecord)}
    assert set(RECORD_FIELDS) == names - {"seed", "replicate", "rumors", "fired"}


@pytest.mark.parametrize("name", RECORD_FIELDS)
def test_one_changed_number_changes_the_digest(record: Any, name: str) -> None:
    array = getattr(record, name)
    assert array.size
    for column in array.dtype.names or (None,):
        changed = array.copy()
        view = changed if column is None else changed[column]
        if view.dtype.kind == "b":
            view.flat[-1] = not view.flat[-1]
        elif view.dtype.kind == "M":
            view.flat[-1] -= np.timedelta64(1, "s")
        else:
            view.flat[-1] -= 1
        assert digest(dataclasses.replace(record, **{name: changed}), NO_REPORTS) != digest(record, NO_REPORTS)


@pytest.mark.parametrize("name", RECORD_FIELDS)
def test_one_missing_number_changes_the_digest(record: Any, name: str) -> None:
    shorter = getattr(record, name)[..., :-1]
    assert digest(dataclasses.replace(record, **{name: shorter}), NO_REPORTS) != digest(record, NO_REPORTS)


def test_reports_rumors_and_conditions_enter(record: Any) -> None:
    plain = digest(record, NO_REPORTS)
    assert digest(record, np.zeros(1, dtype=REPORT)) != plain
    assert digest(dataclasses.replace(record, fired=(("request", 4),)), NO_REPORTS) != plain
    assert digest(dataclasses.replace(record, fired=()), NO_REPORTS) != plain
    assert digest(dataclasses.replace(record, rumors=record.rumors[::-1]), NO_REPORTS) != plain


def test_byte_order_and_layout_do_not_matter(record: Any) -> None:
    swapped = record.teller.astype(">i4")
    columns = np.asfortranarray(record.heard_tick)
    other = dataclasses.replace(record, teller=swapped, heard_tick=columns)
    assert digest(other, NO_REPORTS) == digest(record, NO_REPORTS)
    numbered = dataclasses.replace(record, replicate=7, seed=8)
    assert digest(numbered, NO_REPORTS) == digest(record, NO_REPORTS), "the number of a replicate is not what happened"


def test_decimals_are_refused(record: Any) -> None:
    with pytest.raises(RunError, match="only whole numbers"):
        digest(dataclasses.replace(record, afraid_tick=record.afraid_tick.astype(float)), NO_REPORTS)


def test_the_order_of_replicates_matters() -> None:
    assert combined(["a", "b"]) != combined(["b", "a"]) != combined(["ba", ""])
