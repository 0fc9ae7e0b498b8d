"""A broken table is refused when it is read, and the message names the file and the line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rumorsim.catalog.loading import Catalog
from rumorsim.catalog.tables import DATA
from rumorsim.errors import CatalogError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def change(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first occurrence of a text, which must exist, and return its line."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("table", "name", "old", "new", "message"),
    [
        ("calibration", "calibration.csv", "T02,fitted", "T02,fited", "did you mean 'fitted'"),
        ("calibration", "calibration.csv", "T02,fitted", "T01,fitted", "repeats 'T01'"),
        ("calibration", "calibration.csv", "T02,fitted", "spread.visit_rate,fitted", "unknown id 'spread.visit_rate'"),
        ("calibration", "calibration.csv", "T02,fitted,as T01", "T02,fitted,", "reason: is empty"),
        ("parameters", "parameters.csv", "party.politburo,14", "party.politburo,1000", "value: out of bounds"),
        ("parameters", "parameters.csv", "party.politburo,14", "party.politburo,many", "value: is not a whole number"),
        ("parameters", "parameters.csv", "party.politburo,14", "party.seed,14", "repeats 'party.seed'"),
        ("parameters", "parameters.csv", "party.politburo,14", "politburo,14", "not of the form group.name"),
        (
            "parameters",
            "parameters.csv",
            '"uniform(9, 18)"',
            '"uniform(15, 18)"',
            "does not contain the value 14",
        ),
        ("parameters", "parameters.csv", '"uniform(9, 18)"', '"uniform(9, 1800)"', "prior: goes beyond the allowed"),
        ("parameters", "parameters.csv", '"uniform(9, 18)"', '"unifrm(9, 18)"', "did you mean 'uniform'"),
        ("parameters", "parameters.csv", '"uniform(9, 18)"', '"uniform(9; 18)"', "prior: not a prior"),
        ("parameters", "parameters.csv", "1956,seed,int", "1956,sead,int", "did you mean 'seed'"),
        ("parameters", "parameters.csv", ",assumed,assumed,seed", ",guessed,assumed,seed", "unknown status"),
        ("parameters", "parameters.csv", ",assumed,assumed,seed", ",assumed,nobody,seed", "unknown citation"),
        ("parameters", "parameters.csv", "F033,yes", "F933,yes", "evidence: unknown evidence 'F933'"),
        ("parameters", "parameters.csv", "F033,yes", "F033,perhaps", "structural: unknown structural"),
        ("parameters", "article.csv", "article.t_speech,1956-02-25", "article.t_speech,1956-02-30", "not a date"),
        ("parameters", "article.csv", "article.t_speech,", "t_speech,", "does not begin with article."),
        ("parameters", "article.csv", ",party.politburo\n", ",party.polit\n", "same_as: unknown same_as"),
        ("nulls", "nulls.csv", "null.order_exponent", "order_exponent", "does not begin with null."),
        ("nulls", "nulls.csv", '"uniform(0, 2)"', "", "every replicate of a null world draws it"),
        ("facts", "facts.csv", "1954-01-04,1954-01-04", "1954-01-04,1953-01-04", "date_end: ends before it starts"),
        ("facts", "facts.csv", "1954-01-04,1954-01-04", "4 January,1954-01-04", "date_start: is not a date"),
        ("facts", "facts.csv", "Berat,local party", "Berrat,local party", "place: unknown place 'Berrat'"),
        ("facts", "facts.csv", "F002,population", "F001,population", "repeats 'F001'"),
        ("facts", "facts.csv", "F002,population", "F002,populaton", "did you mean 'population'"),
        ("facts", "facts.csv", "mehilli-2011: p. 10, n. 25; aqsh", "mehilli-2011: p. 10, n. 25; aksh", "'aqsh'"),
        ("facts", "facts.csv", "F002,population,1954-01-01", "F002,population", "wrong number of cells"),
        ("facts", "facts.csv", "id,kind", "id,sort", "wrong columns"),
        ("targets", "targets.csv", "T01,F125", "T01,F925", "fact: unknown fact 'F925'"),
        ("targets", "targets.csv", "share_between,0.1-0.7", "share_between,0.7-0.1", "low end must be below"),
        ("targets", "targets.csv", "count,993", "count,many", "value: is not a whole number"),
        ("channels", "channels.csv", "A1,inflow", "A1,infow", "did you mean 'inflow'"),
        ("districts", "districts.csv", ",71300,22195", ",71300,82195", "urban: is not between 0 and the population"),
        ("districts", "districts.csv", "Berat,Berat,Berat,yes,40.71", "Berat,Berat,Berat,yes,140.71", "latitude"),
        (
            "places",
            "gazetteer.csv",
            "berat,Berat,district,berat-region",
            "berat,Berat,district,berat-town",
            "lies within",
        ),
        ("places", "gazetteer.csv", "berat,Berat,district", "Berat,Berat,district", "small letters"),
        ("place", "aliases.csv", "tirana,tirane", "tirana,tirna", "did you mean 'tirane'"),
        (
            "themes",
            "themes.csv",
            "secret_speech,stalin_and_leadership,0.8",
            "secret_speech,stalin_and_leadership,8",
            "weight",
        ),
    ],
)
def test_broken_cell(folder: Path, table: str, name: str, old: str, new: str, message: str) -> None:
    line = change(folder, name, old, new)
    broken = Catalog(folder)
    with pytest.raises(CatalogError) as caught:
        broken.place("Tirana") if table == "place" else getattr(broken, table)
    text = str(caught.value)
    assert text.startswith(f"{name}:{line}: "), text
    assert message in text


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("citations.toml", 'kind = "article"', 'kind = "artcle"', "mehilli-2011.kind: unknown kind 'artcle'"),
        ("citations.toml", "year = 2011", 'year = "2011"', "mehilli-2011.year: is not a whole number"),
        ("citations.toml", 'reasons = ["the dated', 'reason = ["the dated', "unknown field 'reason'"),
        ("citations.toml", 'reasons = ["a comparison with talk inside the Romanian party"]', "reasons = []", "reasons"),
        ("citations.toml", 'cited_in = "mehilli-2011"', 'cited_in = "mehili-2011"', "did you mean 'mehilli-2011'"),
        ("citations.toml", "[assumed]", "[assumed", "not valid TOML"),
    ],
)
def test_broken_citation(folder: Path, name: str, old: str, new: str, message: str) -> None:
    change(folder, name, old, new)
    with pytest.raises(CatalogError) as caught:
        _ = Catalog(folder).citations
    assert str(caught.value).startswith(name)
    assert message in str(caught.value)


def test_citation_without_reason_is_refused(folder: Path) -> None:
    with (folder / "citations.toml").open("a", encoding="utf-8") as file:
        file.write('\n[unneeded]\nkind = "book"\ntitle = "A book"\n')
    with pytest.raises(CatalogError, match=r"unneeded\.reasons: a citation needs reasons"):
        _ = Catalog(folder).citations


def test_shares_of_members_must_add_up(folder: Path) -> None:
    change(folder, "members_by_district.csv", "Fier,0.05", "Fier,0.15")
    with pytest.raises(CatalogError, match=r"members_by_district.csv: share: the shares must add up to 1"):
        _ = Catalog(folder).districts


def test_weights_of_themes_must_add_up(folder: Path) -> None:
    change(folder, "themes.csv", "secret_speech,yugoslavia,0.1", "secret_speech,yugoslavia,0.2")
    with pytest.raises(CatalogError, match=r"themes.csv: secret_speech: the weights of a rumor must add up to 1"):
        _ = Catalog(folder).themes


@pytest.mark.parametrize("name", ["facts.csv", "citations.toml"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CatalogError, match=rf"{name}: cannot be read"):
        _ = Catalog(folder).facts


def test_broken_outline(folder: Path) -> None:
    change(folder, "map/albania.geojson", '"provenance"', '"origin"')
    with pytest.raises(CatalogError, match="an outline needs its provenance"):
        _ = Catalog(folder).outline
    change(folder, "map/neighbors.geojson", "{", "")
    with pytest.raises(CatalogError, match=r"map/neighbors.geojson.*not valid JSON"):
        _ = Catalog(folder).neighbors


def test_second_reading_ends_the_provisional_state(folder: Path) -> None:
    assert Catalog(folder).parameter("control.officers_moved").provisional
    with (folder / "readings.csv").open("a", encoding="utf-8") as file:
        file.write('control.officers_moved,993,"p. 25, n. 85",a second reader,2026-11-23\n')
    assert not Catalog(folder).parameter("control.officers_moved").provisional
    assert Catalog(folder).parameter("control.expelled").provisional


def test_second_reading_that_differs_is_an_error(folder: Path) -> None:
    with (folder / "readings.csv").open("a", encoding="utf-8") as file:
        file.write('control.officers_moved,939,"p. 25, n. 85",a second reader,2026-11-23\n')
    with pytest.raises(CatalogError, match=r"readings.csv:2: value: the second reading differs from the value 993"):
        _ = Catalog(folder).parameters
