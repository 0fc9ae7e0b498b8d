"""Laws that hold for the catalog as a whole, and the few dates and numbers everything else hangs on."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from rumorsim import catalog
from rumorsim.catalog.loading import Catalog
from rumorsim.catalog.tables import DATA
from rumorsim.errors import CatalogError

NATIONAL_TOTAL_1955 = 1391499
NATIONAL_URBAN_1955 = 393627


def test_all_facts_are_there() -> None:
    assert list(catalog.facts()) == [f"F{number:03d}" for number in range(1, 259)]


def test_all_numbers_of_the_article_are_there() -> None:
    assert sum(key.startswith("article.") for key in catalog.parameters()) == 103


def test_days_of_the_story() -> None:
    day = {
        key: catalog.parameter(f"article.{key}").value for key in ("t_speech", "t_plenum", "t_conference", "t_letter")
    }
    assert day == {
        "t_speech": date(1956, 2, 25),
        "t_plenum": date(1956, 3, 2),
        "t_conference": date(1956, 4, 14),
        "t_letter": date(1956, 4, 21),
    }
    conference = catalog.facts()["F076"].date_start
    assert conference.isoweekday() == 6, "the conference opened on a Saturday"
    assert (conference - date(1956, 2, 25)).days == 49


def test_arithmetic_of_the_article_holds() -> None:
    def value(key: str) -> float:
        found = catalog.parameter(f"article.{key}").value
        assert isinstance(found, int | float)
        return found

    assert value("apparatus_reduction_share") == pytest.approx(
        1 - value("apparatus_employees_1957") / value("apparatus_employees_1954"), abs=0.005
    )
    assert value("sanctioned_min") == value("expelled_named") + value("other_penalties")
    assert value("party_members_total") == value("party_members_full") + value("party_candidates")
    assert value("fled_monthly_ratio") == pytest.approx(
        (value("fled_1956_jan_aug") / 8) / (value("fled_1955") / 12), abs=0.05
    )


def test_students_by_country_add_up() -> None:
    countries = ("ussr", "hungary", "bulgaria", "czechoslovakia", "poland", "gdr", "romania", "china")
    values = [catalog.parameter(f"party.students_{country}").value for country in countries]
    assert sum(value for value in values if isinstance(value, int)) == catalog.parameter("party.students_abroad").value


def test_same_number_is_written_once() -> None:
    for entry in catalog.parameters().values():
        if entry.same_as:
            assert entry.value == catalog.parameter(entry.same_as).value
            assert entry.unit == catalog.parameter(entry.same_as).unit


def test_district_totals() -> None:
    districts = catalog.districts().values()
    assert len(districts) == 26
    assert sum(one.urban for one in districts) == NATIONAL_URBAN_1955
    assert sum(one.population for one in districts) == pytest.approx(NATIONAL_TOTAL_1955, abs=100)
    assert len({one.region for one in districts}) == 10


def test_member_shares_follow_town_weight() -> None:
    outside = [one for one in catalog.districts().values() if one.name != "Tiranë"]
    weight = {one.name: one.urban + 0.15 * one.villages for one in outside}
    for one in outside:
        assert one.member_share == pytest.approx(weight[one.name] / sum(weight.values()), rel=1e-5)
    assert catalog.districts()["Tiranë"].member_share == 0.0
    assert sum(one.member_share for one in outside) == pytest.approx(1.0, abs=1e-12)


def test_every_district_has_a_town_villages_and_region() -> None:
    for name in catalog.districts():
        kinds = {place.kind for place in catalog.places().values() if place.district == name}
        assert {"district", "town", "village_area"} <= kinds
    assert sum(place.kind == "region" for place in catalog.places().values()) == 10


def test_bare_names_mean_the_district_and_accents_are_forgiven() -> None:
    assert catalog.place("Tirana") is catalog.place("Tiranë") is catalog.place("tirane")
    assert catalog.place("Fier").kind == "district"
    assert catalog.place("Fier-town").kind == "town"
    assert catalog.place("vlore region").kind == "region"
    assert catalog.place("Ministry of People's Defence").name == "Ministry of People's Defense"
    assert catalog.place("USSR").name == "Soviet Union"
    with pytest.raises(CatalogError, match="did you mean 'Gjirokastër'"):
        catalog.place("Gjirokaster1")


def test_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(CatalogError, match=r"unknown parameter 'travel\.duty_rte'.*did you mean 'travel\.duty_rate'"):
        catalog.parameter("travel.duty_rte")
    with pytest.raises(CatalogError, match=r"did you mean 'travel\.duty_rate'"):
        catalog.parameter("travl.duty_rate")


def test_unknown_fact_in_citations() -> None:
    with pytest.raises(CatalogError, match="unknown fact 'F999'"):
        catalog.citations_for(fact_ids=["F999"])
    assert "aqsh" in catalog.citations_for(fact_ids=["F125"])


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("travel.duty_rate", "0.1", "not of the right type"),
        ("travel.duty_rate", True, "not of the right type"),
        ("travel.duty_rate", float("nan"), "not a finite number"),
        ("travel.duty_rate", 5, "out of bounds"),
        ("party.politburo", 3.5, "not a whole number"),
        ("party.scope", "town", "one of party, country"),
        ("article.t_speech", "25 February", "a date such as"),
        ("article.jamming", 0, "true or false"),
    ],
)
def test_wrong_values_are_refused(key: str, given: object, message: str) -> None:
    with pytest.raises(CatalogError, match=message) as caught:
        catalog.parameter(key).accept(given)
    assert str(caught.value).startswith(key)


def test_right_values_are_taken_in_the_right_type() -> None:
    zero = catalog.parameter("travel.duty_rate").accept(0)
    assert (zero, type(zero)) == (0.0, float)
    ten = catalog.parameter("party.politburo").accept(10.0)
    assert (ten, type(ten)) == (10, int)
    assert catalog.parameter("article.t_speech").accept("1956-02-25") == date(1956, 2, 25)
    assert catalog.parameter("party.scope").accept("country") == "country"


def test_objects_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalog.parameter("party.seed").value = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        catalog.parameters()["party.seed"] = catalog.parameter("party.seed")  # type: ignore[index]
    with pytest.raises(TypeError):
        catalog.outline()["type"] = ""  # type: ignore[index]


def test_tables_are_read_once_and_only_when_asked_for() -> None:
    shipped = Catalog(DATA)
    assert "facts" not in vars(shipped)
    assert shipped.citations is shipped.citations
    assert "facts" not in vars(shipped)
    assert catalog.parameters() is catalog.parameters()


def test_outlines_carry_their_provenance() -> None:
    for found in (catalog.outline(), catalog.neighbors()):
        assert "public domain" in found["provenance"]["source"]
    assert {one["properties"]["name"] for one in catalog.neighbors()["features"]} >= {"Greece", "Montenegro"}


def test_reading_the_catalog_needs_no_heavy_library() -> None:
    code = (
        "import sys; from rumorsim import catalog; catalog.parameters(); catalog.targets(); "
        "print(*[name for name in ('numpy', 'scipy', 'pydantic') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_rumors_have_an_interest_and_themes() -> None:
    for rumor in catalog.RUMORS:
        assert catalog.parameter(f"rumor.{rumor}.interest").kind == "float"
        assert set(catalog.themes()[rumor]) <= set(catalog.THEMES)


def test_citation_text_shows_what_was_not_seen() -> None:
    assert catalog.citations()["aqsh"].text().endswith("(as cited in mehilli-2011)")
