"""Loading the numbers: the parameters of the model and the descriptive numbers of the article."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rumorsim.catalog.evidence import add_unique, read_sources
from rumorsim.catalog.objects import RELATIONS, STATUSES, UNITS, VALUE_KINDS, Parameter, Value
from rumorsim.catalog.priors import Prior, parse_prior
from rumorsim.catalog.tables import Row, read_table
from rumorsim.errors import CatalogError, RumorsimError, nearest

__all__ = ["ARTICLE", "NULLS", "load_nulls", "load_parameters"]

#: Prefix of the numbers that describe the article's Albania without being used by the model.
ARTICLE: Final = "article."
#: Prefix of the numbers of null worlds, which are no part of any scenario.
NULLS: Final = "null."

_UNIT_INTERVAL: Final = ("share", "prob")
#: The middle of a prior that has to lie within the allowed bounds; far tails are cut back to them.
_TAIL: Final = 0.01

_MODEL_COLUMNS: Final = (
    "id",
    "value",
    "unit",
    "kind",
    "low",
    "high",
    "choices",
    "prior",
    "status",
    "source",
    "meaning",
    "reason",
    "evidence",
    "structural",
)
_ARTICLE_COLUMNS: Final = (
    "id",
    "value",
    "relation",
    "unit",
    "kind",
    "prior",
    "status",
    "source",
    "period",
    "meaning",
    "reason",
    "evidence",
    "same_as",
)


def load_parameters(folder: Path, citations: Collection[str], facts: Collection[str]) -> Mapping[str, Parameter]:
    """Read ``parameters.csv``, ``article.csv`` and ``readings.csv``."""
    found: dict[str, Parameter] = {}
    for row in read_table(folder, "parameters.csv", _MODEL_COLUMNS):
        parameter = _model_parameter(row, citations, facts)
        if parameter.id.startswith(ARTICLE) or "." not in parameter.id:
            raise row.error("is not of the form group.name", "id")
        add_unique(found, parameter.id, parameter, row)
    for row in read_table(folder, "article.csv", _ARTICLE_COLUMNS):
        parameter = _article_parameter(row, citations, facts, found)
        if not parameter.id.startswith(ARTICLE):
            raise row.error(f"does not begin with {ARTICLE}", "id")
        add_unique(found, parameter.id, parameter, row)
    return _with_readings(folder, found)


def load_nulls(folder: Path, citations: Collection[str], facts: Collection[str]) -> Mapping[str, Parameter]:
    """Read ``nulls.csv``: each number of a null world has a prior, because every replicate draws it."""
    found: dict[str, Parameter] = {}
    for row in read_table(folder, "nulls.csv", _MODEL_COLUMNS):
        parameter = _model_parameter(row, citations, facts)
        if not parameter.id.startswith(NULLS):
            raise row.error(f"does not begin with {NULLS}", "id")
        if parameter.prior is None:
            raise row.error("is empty: every replicate of a null world draws it", "prior")
        add_unique(found, parameter.id, parameter, row)
    return MappingProxyType(found)


def _model_parameter(row: Row, citations: Collection[str], facts: Collection[str]) -> Parameter:
    kind = row.word("kind", VALUE_KINDS)
    low, high = row.number_or_none("low"), row.number_or_none("high")
    if kind in _UNIT_INTERVAL:
        low, high = 0.0 if low is None else low, 1.0 if high is None else high
        if low < 0.0 or high > 1.0:
            raise row.error("goes beyond 0 to 1", "low" if low < 0.0 else "high")
    if low is not None and high is not None and not low <= high:
        raise row.error("is above high", "low")
    draft = Parameter(
        id=row.text("id", required=True),
        value=_typed(row, kind),
        unit=row.word("unit", UNITS),
        kind=kind,
        low=low,
        high=high,
        choices=row.words("choices"),
        prior=_prior(row),
        status=row.word("status", STATUSES),
        source=read_sources(row, citations),
        meaning=row.text("meaning", required=True),
        reason=row.text("reason", required=row.text("status") == "assumed"),
        evidence=row.words("evidence", facts),
        structural=row.yes("structural"),
        provisional=True,
    )
    return _checked(row, draft)


def _article_parameter(
    row: Row, citations: Collection[str], facts: Collection[str], model: Mapping[str, Parameter]
) -> Parameter:
    same_as = row.text("same_as")
    fixed = {
        "id": row.text("id", required=True),
        "status": row.word("status", STATUSES),
        "source": read_sources(row, citations),
        "meaning": row.text("meaning", required=True),
        "reason": row.text("reason", required=row.text("status") == "assumed"),
        "evidence": row.words("evidence", facts),
        "period": row.text("period"),
        "relation": row.word("relation", RELATIONS),
        "same_as": same_as,
        "structural": False,
    }
    if same_as:
        row.word("same_as", model)
        for column in ("value", "unit", "kind", "prior"):
            if row.text(column):
                raise row.error(f"must be empty, because it is taken from {same_as}", column)
        return replace(model[same_as], **fixed)  # type: ignore[arg-type]
    kind = row.word("kind", VALUE_KINDS)
    low, high = (0.0, 1.0) if kind in _UNIT_INTERVAL else (None, None)
    draft = Parameter(
        value=_typed(row, kind),
        unit=row.word("unit", UNITS),
        kind=kind,
        low=low,
        high=high,
        choices=(),
        prior=_prior(row),
        provisional=True,
        **fixed,  # type: ignore[arg-type]
    )
    return _checked(row, draft)


def _typed(row: Row, kind: str) -> Value:
    if kind == "int":
        return row.whole("value")
    if kind == "bool":
        return row.yes("value")
    if kind == "date":
        return row.day("value")
    if kind == "str":
        return row.text("value", required=True)
    return row.number("value")


def _prior(row: Row) -> Prior | None:
    text = row.text("prior")
    if not text:
        return None
    try:
        return parse_prior(text)
    except RumorsimError as error:
        raise row.wrapped(error, "prior") from None


def _checked(row: Row, parameter: Parameter) -> Parameter:
    try:
        parameter.accept(parameter.value)
    except RumorsimError as error:
        raise row.wrapped(error, "value") from None
    if parameter.prior is None:
        return parameter
    if not parameter.is_number or isinstance(parameter.value, str):
        raise row.error("only a number can have a prior", "prior")
    if not parameter.prior.contains(float(parameter.value)):  # type: ignore[arg-type]
        raise row.error(f"does not contain the value {parameter.value}", "prior")
    if parameter.prior.family in ("uniform", "loguniform", "zero_or_uniform"):
        for end in parameter.prior.support:
            beyond = (parameter.low is not None and end < parameter.low) or (
                parameter.high is not None and end > parameter.high
            )
            if beyond:
                raise row.error(f"goes beyond the allowed bounds ({parameter.allowed})", "prior")
    return parameter


def _with_readings(folder: Path, found: dict[str, Parameter]) -> Mapping[str, Parameter]:
    """Mark what a second person has read from the source; a reading that differs is an error."""
    for row in read_table(folder, "readings.csv", ("id", "value", "locator", "reader", "date")):
        key = row.text("id", required=True)
        if key not in found:
            raise CatalogError(
                "unknown parameter", file=row.file, line=row.line, given=key, nearest=nearest(key, found)
            )
        parameter = found[key]
        if _typed(row, parameter.kind) != parameter.value:
            raise row.error(f"the second reading differs from the value {parameter.value}", "value")
        for column in ("locator", "reader"):
            row.text(column, required=True)
        row.day("date")
        found[key] = replace(parameter, provisional=False)
    return MappingProxyType(found)
