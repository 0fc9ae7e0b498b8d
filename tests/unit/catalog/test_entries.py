"""Checks generated from the catalog: a new entry is tested without anyone remembering to."""

from __future__ import annotations

from datetime import date

import pytest

from rumorsim import catalog
from rumorsim.catalog import Channel, Citation, District, Fact, Parameter, Place, Target

FOLDED_BRITISH = ("rumour", "organisation", "behaviour", "defence", "centre", "mobilis", "collectivis", "analyse")


def by_id(entry: Parameter | Fact | Citation | Place | Target | Channel) -> str:
    return entry.id


@pytest.mark.parametrize("entry", [*catalog.parameters().values(), *catalog.nulls().values()], ids=by_id)
def test_parameter(entry: Parameter) -> None:
    assert entry.unit in catalog.UNITS
    assert entry.status in catalog.STATUSES
    assert entry.meaning
    assert not entry.meaning.endswith(".")
    assert entry.source
    assert entry.accept(entry.value) == entry.value
    assert entry.reason or entry.status in ("stated", "inferred")
    if entry.status == "assumed":
        assert entry.source[0].citation in ("assumed", "maki-thompson-1973", "daley-kendall-1965") or entry.same_as
    else:
        assert entry.source[0].citation == "mehilli-2011"
        assert entry.source[0].locator
    assert set(entry.evidence) <= set(catalog.facts())


@pytest.mark.parametrize(
    "entry", [entry for entry in catalog.parameters().values() if not entry.id.startswith("article.")], ids=by_id
)
def test_name_carries_the_unit(entry: Parameter) -> None:
    name = entry.id.split(".", 1)[1]
    if name == "rate" or name.endswith("_rate"):
        assert entry.kind == "rate"
        assert entry.unit == ("per member and meeting" if name == "letter_question_rate" else "per day")
    if name.endswith("_days"):
        assert (entry.kind, entry.unit) == ("days", "days")
    if name.endswith("_prob"):
        assert (entry.kind, entry.unit) == ("prob", "probability")
    if entry.kind in ("rate", "days"):
        assert entry.low is not None
        assert entry.low >= 0.0
    if entry.kind in ("prob", "share"):
        assert entry.low is not None
        assert entry.high is not None
        assert 0.0 <= entry.low <= entry.high <= 1.0
    if entry.is_number:
        assert entry.low is not None
        assert entry.high is not None


@pytest.mark.parametrize("entry", [e for e in catalog.parameters().values() if e.prior is not None], ids=by_id)
def test_prior(entry: Parameter) -> None:
    assert entry.prior is not None
    assert isinstance(entry.value, int | float)
    assert entry.prior.contains(entry.value)
    quantiles = [entry.prior.quantile(u) for u in (0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999)]
    if entry.prior.family == "zero_or_uniform":
        quantiles = [value for value in quantiles if value > 0]
    assert quantiles == sorted(set(quantiles)), "strictly increasing"
    assert len(quantiles) > 2
    if entry.value not in entry.prior.support:
        assert entry.prior.quantile(0.02) <= entry.value <= entry.prior.quantile(0.98), "the value is no outlier"
    for u in (0.0, 0.001, 0.5, 0.999, 1.0 - 1e-9):
        drawn = entry.at(u)
        assert entry.accept(drawn) == drawn
        assert type(drawn) is type(entry.value)


@pytest.mark.parametrize(
    "entry", [e for e in catalog.parameters().values() if e.status == "assumed" and e.prior is None], ids=by_id
)
def test_assumed_number_without_prior_is_a_choice_or_says_so(entry: Parameter) -> None:
    settled = ("a choice:", "outside the article:")
    assert entry.reason.startswith(settled), "an uncertain number needs a prior"


@pytest.mark.parametrize("entry", catalog.facts().values(), ids=by_id)
def test_fact(entry: Fact) -> None:
    assert entry.source[0].citation == "mehilli-2011"
    assert entry.source[0].locator.startswith("p")
    assert entry.status in ("stated", "inferred")
    assert entry.rumor in (*catalog.RUMORS, "none")
    assert bool(entry.places) == bool(entry.place)
    assert set(entry.places) <= set(catalog.places())
    if entry.not_before is not None:
        assert date(1955, 1, 1) < entry.not_before <= entry.date_end
    if entry.report_date is not None and entry.bound == "upper":
        assert entry.report_date >= entry.date_start
    text = " ".join((entry.claim, entry.implication, entry.note, entry.unit)).lower()
    assert [word for word in FOLDED_BRITISH if word in text] == []


@pytest.mark.parametrize("entry", catalog.citations().values(), ids=by_id)
def test_citation_has_reasons_and_is_used(entry: Citation) -> None:
    assert all(reason.strip() for reason in entry.reasons)
    assert entry.reasons
    assert entry.year is None or 1900 < entry.year < 2030
    assert entry.text().count(entry.title.rstrip(".")) == 1
    used = {source.citation for fact in catalog.facts().values() for source in fact.source}
    used |= {source.citation for one in catalog.parameters().values() for source in one.source}
    used |= {source.citation for one in catalog.places().values() for source in one.source}
    used |= {source.citation for one in catalog.districts().values() for source in one.source}
    if "Natural Earth" in catalog.outline()["provenance"]["source"]:
        used.add("natural-earth")
    assert entry.id in used


@pytest.mark.parametrize("entry", catalog.places().values(), ids=by_id)
def test_place(entry: Place) -> None:
    at_home = entry.country == "Albania"
    assert (entry.district in catalog.districts()) == (at_home and entry.kind not in ("country", "region"))
    assert entry.rreth_1956 == entry.district
    if entry.district:
        assert entry.qark_1956 == catalog.districts()[entry.district].region
    if at_home:
        assert 39.6 < entry.lat < 42.7
        assert 19.2 < entry.lon < 21.1
    if entry.within:
        assert catalog.places()[entry.within].country == entry.country
    assert catalog.place(entry.id) is entry
    if entry.kind == "district":
        assert catalog.place(entry.name) is entry


@pytest.mark.parametrize("entry", catalog.districts().values(), ids=lambda entry: entry.name)
def test_district_agrees_with_gazetteer(entry: District) -> None:
    places = [place for place in catalog.places().values() if place.district == entry.name]
    populations: dict[str, int] = {}
    for place in places:
        populations[place.kind] = populations.get(place.kind, 0) + (place.population or 0)
    assert populations["district"] == entry.population
    assert populations["town"] == entry.urban
    assert populations["village_area"] == entry.villages > 0
    assert entry.seat in [place.name for place in places if place.kind == "town"]


@pytest.mark.parametrize("entry", catalog.targets().values(), ids=by_id)
def test_target(entry: Target) -> None:
    assert entry.fact == "" or entry.fact in catalog.facts()
    assert (entry.place_id in catalog.places()) == bool(entry.place)
    assert entry.rumor == "" or entry.rumor in catalog.RUMORS
    if isinstance(entry.value, date):
        assert date(1956, 2, 25) <= entry.value <= date(1956, 12, 31)
        assert entry.not_before is None or entry.not_before <= entry.value
    if entry.term == "report_date" and entry.fact:
        assert entry.value == catalog.facts()[entry.fact].report_date


@pytest.mark.parametrize("entry", catalog.channels().values(), ids=by_id)
def test_channel(entry: Channel) -> None:
    letters = {"inflow": "A", "circulation": "B", "abroad": "C", "reporting": "D", "control": "E"}
    assert entry.id[0] == letters[entry.section]
    assert entry.evidence, "every channel rests on a fact"
    assert not entry.channels or entry.section in ("inflow", "circulation", "abroad", "control")
