"""The questions a run answers, against counts made directly from the records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.archive import WAYS
from rumorsim.ensemble import Ensemble
from rumorsim.errors import CatalogError, QueryError, RumorsimError
from rumorsim.party.vocabulary import ROLES
from rumorsim.scenario.words import CHANNELS, KINDS
from tests.unit.ensemble.conftest import World
from tests.unit.ensemble.fakes import NEVER

RUMOR = "tirana_conference"


def heard(world: World, record: Any, rumor: str = RUMOR) -> Any:
    """Return when each person knew, NaT for never."""
    ticks = record.heard_tick[record.rumors.index(rumor)].astype(int)
    starts = np.append(record.tick_start, np.datetime64("NaT", "s"))
    return starts[np.where(ticks == NEVER, len(starts) - 1, ticks + 1)]


@pytest.mark.parametrize(
    "place", [None, "Fier", "tirana", "Berat-town", "Berat-region", "Moscow", "Ministry of Industry"]
)
@pytest.mark.parametrize("role", [None, "provincial_member", "officer"])
def test_share_aware_counts_people(world: World, ensemble: Ensemble, place: str | None, role: str | None) -> None:
    chosen = world.party.place_members(place)
    if role is not None:
        chosen &= world.party.people["role"] == ROLES.index(role)
    if not chosen.any():
        with pytest.raises(QueryError, match="nobody of role"):
            ensemble.share_aware(RUMOR, on="1956-04-20", place=place, role=role)
        return
    for on, moment in (("1956-04-20", "1956-04-21T00:00"), ("1956-05-05", "1956-05-06T00:00")):
        shares = ensemble.share_aware(RUMOR, on=on, place=place, role=role)
        assert shares.shape == (6,)
        for k in range(6):
            knows = heard(world, world.record(ensemble, k)) <= np.datetime64(moment)
            assert shares[k] == knows[chosen].sum() / chosen.sum()


def test_dates_come_in_many_forms(ensemble: Ensemble) -> None:
    expected = ensemble.share_aware(RUMOR, on="1956-04-20").tolist()
    for on in (dt.date(1956, 4, 20), dt.datetime(1956, 4, 20, 7), np.datetime64("1956-04-20"), "1956-04-20T23:00"):
        assert ensemble.share_aware(RUMOR, on=on).tolist() == expected


def test_before_the_start_is_the_initial_state(world: World, ensemble: Ensemble) -> None:
    known = [(world.record(ensemble, k).heard_tick[1] == -1).mean() for k in range(6)]
    assert min(known) > 0
    assert ensemble.share_aware(RUMOR, on="1956-03-31").tolist() == known
    assert ensemble.share_aware(RUMOR, on="1950-01-01").tolist() == known
    assert ensemble.report_probability(RUMOR, by="1956-03-31") == 0.0


@pytest.mark.parametrize(
    "question",
    [
        lambda run, day: run.share_aware(RUMOR, on=day),
        lambda run, day: run.reports(by=day),
        lambda run, day: run.report_probability(RUMOR, by=day),
        lambda run, day: run.voicings(RUMOR, stop=day),
    ],
)
def test_after_the_end_is_an_error(ensemble: Ensemble, question: Any) -> None:
    with pytest.raises(
        QueryError, match=r"after the end of the run \(given: '1956-05-06'\); allowed: up to 1956-05-05"
    ):
        question(ensemble, "1956-05-06")


@pytest.mark.parametrize("date", ["20 April", "1956-13-01", 19560420, None, np.datetime64("NaT", "s")])
def test_what_is_no_date_is_an_error(ensemble: Ensemble, date: Any) -> None:
    with pytest.raises(QueryError, match="not a date"):
        ensemble.share_aware(RUMOR, on=date)


def test_the_curve_rises_to_the_share_of_the_last_day(ensemble: Ensemble) -> None:
    curve = ensemble.curve(RUMOR, "Fier")
    assert curve.shape == (6, 35) == (6, len(ensemble.days))
    assert (np.diff(curve, axis=1) >= 0).all()
    assert curve[:, -1].tolist() == ensemble.share_aware(RUMOR, on="1956-05-05", place="Fier").tolist()


@pytest.mark.parametrize("place", [None, "Fier", "Moscow", "Shkodër"])
def test_first_aware_is_the_earliest_of_the_place(world: World, ensemble: Ensemble, place: str | None) -> None:
    members = world.party.place_members(place)
    first = ensemble.first_aware(RUMOR, place)
    assert first.dtype == np.dtype("M8[s]")
    for k in range(6):
        moments = heard(world, world.record(ensemble, k))[members]
        known = moments[~np.isnat(moments)]
        assert first[k] == known.min() if len(known) else np.isnat(first[k])


def test_channel_shares_count_first_hearings(world: World, ensemble: Ensemble) -> None:
    channels = np.concatenate([world.record(ensemble, k).channel[1] for k in range(6)])
    counts = np.bincount(channels[channels >= 0], minlength=len(CHANNELS))
    shares = ensemble.channel_shares(RUMOR)
    assert list(shares) == list(CHANNELS)
    assert list(shares.values()) == pytest.approx((counts / counts.sum()).tolist(), rel=1e-12)
    first = world.record(ensemble, 0).channel[1]
    assert ensemble.heard_through(RUMOR, "kin")[0] == (first == CHANNELS.index("kin")).sum()


def voicings(world: World, ensemble: Ensemble, replicate: int) -> Any:
    record = world.record(ensemble, replicate)
    return record.voicings[record.voicings["rumor"] == 1], record


def test_first_voiced_is_the_earliest_meeting(world: World, ensemble: Ensemble) -> None:
    for k in range(6):
        rows, record = voicings(world, ensemble, k)
        assert ensemble.first_voiced(RUMOR)[k] == record.tick_start[rows["tick"].min()]
        inside = world.party.place_cells("Fier")
        speaks_in = np.where(rows["cell"] >= 0, inside[rows["cell"]], world.party.place_members("Fier")[rows["person"]])
        ticks = rows["tick"][speaks_in]
        expected = record.tick_start[ticks.min()] if len(ticks) else np.datetime64("NaT", "s")
        found = ensemble.first_voiced(RUMOR, "Fier")[k]
        assert found == expected or (np.isnat(found) and np.isnat(expected))
        hall = rows["tick"][rows["kind"] == 2]
        assert ensemble.first_voiced(RUMOR, meeting="hall")[k] == record.tick_start[hall.min()]


@pytest.mark.parametrize("kind", ["village", "army_unit", "ministry"])
def test_first_voiced_by_kind_leaves_out_the_hall(world: World, ensemble: Ensemble, kind: str) -> None:
    cells = world.party.cells["kind"] == KINDS.index(kind)
    found = ensemble.first_voiced(RUMOR, kind=kind)
    for k in range(6):
        rows, record = voicings(world, ensemble, k)
        ticks = rows["tick"][(rows["cell"] >= 0) & cells[rows["cell"]]]
        assert found[k] == record.tick_start[ticks.min()] if len(ticks) else np.isnat(found[k])


def test_a_typical_unit_is_one_of_them(world: World, ensemble: Ensemble) -> None:
    typical, any_unit = (ensemble.first_voiced(RUMOR, "Fier", unit=unit) for unit in ("typical", "any"))
    known = ~np.isnat(typical)
    assert (typical[known] >= any_unit[known]).all()
    assert typical.tolist() == ensemble.first_voiced(RUMOR, "Fier", unit="typical").tolist()
    everywhere = ensemble.first_voiced(RUMOR, unit="typical")
    for k in np.flatnonzero(~np.isnat(everywhere)):
        rows, record = voicings(world, ensemble, k)
        firsts = {record.tick_start[rows["tick"][rows["cell"] == cell].min()] for cell in set(rows["cell"].tolist())}
        assert everywhere[k] in firsts


def test_a_typical_unit_needs_units(ensemble: Ensemble) -> None:
    with pytest.raises(QueryError, match="no organization of kind village in Moscow"):
        ensemble.first_voiced(RUMOR, "Moscow", kind="village", unit="typical")


def test_voicings_are_counted_between_two_days(world: World, ensemble: Ensemble) -> None:
    for k in range(6):
        rows, record = voicings(world, ensemble, k)
        days = record.tick_start[rows["tick"]].astype("M8[D]")
        inside = (days >= np.datetime64("1956-04-10")) & (days <= np.datetime64("1956-04-12"))
        assert ensemble.voicings(RUMOR, start="1956-04-10", stop="1956-04-12")[k] == inside.sum()
        assert ensemble.voicings(RUMOR)[k] == len(rows)
        cells = rows[rows["cell"] >= 0]
        assert ensemble.organizations_voicing(RUMOR)[k] == len(set(cells["cell"].tolist()))
        meetings = {(row["tick"], row["cell"], row["kind"]) for row in cells}
        assert ensemble.meetings_voicing(RUMOR)[k] >= len(meetings)


def test_eruptions_are_large_meetings(world: World, ensemble: Ensemble) -> None:
    at_least = int(world.scenario.number("conference.eruption_count"))
    found, elsewhere = ensemble.eruptions(), ensemble.eruptions(outside="Tiranë")
    assert found.sum() > 0
    assert (elsewhere <= found).all()
    for k in range(6):
        record = world.record(ensemble, k)
        hall = record.voicings[record.voicings["cell"] < 0]
        days = record.tick_start[hall["tick"]].astype("M8[D]")
        places = world.party.people["place"][hall["person"]]
        _, counts = np.unique(np.stack([days.astype(int), places]), axis=1, return_counts=True)
        cells = record.voicings[record.voicings["cell"] >= 0]
        _, in_cells = np.unique(np.stack([cells["tick"], cells["cell"]]), axis=1, return_counts=True)
        assert found[k] == (counts >= at_least).sum() + (in_cells >= at_least).sum()


def test_themes_mix_by_voicings(ensemble: Ensemble) -> None:
    one = ensemble.themes("secret_speech")
    assert one == pytest.approx({**dict.fromkeys(catalog.THEMES, 0.0), **catalog.themes()["secret_speech"]})
    together = ensemble.themes()
    assert sum(together.values()) == pytest.approx(1.0)
    counts = {rumor: ensemble.voicings(rumor).sum() for rumor in ensemble.rumors}
    expected = sum(counts[rumor] * catalog.themes()[rumor].get("privileges", 0.0) for rumor in counts)
    assert together["privileges"] == pytest.approx(expected / sum(counts.values()))
    assert np.isnan(list(ensemble.themes(place="Leningrad", start="1956-05-05").values())).all()


def test_reports_and_probabilities_agree(ensemble: Ensemble) -> None:
    signed = ensemble.first_report(RUMOR, "Tiranë")
    for day in ("1956-04-10", "1956-04-20", "1956-05-05"):
        share = (signed.astype("M8[D]") <= np.datetime64(day)).mean()
        assert ensemble.report_probability(RUMOR, "Tirana", by=day) == share
    table = ensemble.table("reports")
    districts = ensemble.frame.offices.at_levels("district")[table["committee"]]
    for k in range(6):
        assert ensemble.reports(by="1956-05-05")[k] == (districts & (table["replicate"] == k)).sum()
    read = ensemble.first_report(RUMOR, "Tiranë", level="read")
    known = ~np.isnat(read)
    assert (read[known] >= signed[known]).all()
    assert (read[known] <= np.datetime64("1956-05-06")).all()
    assert (ensemble.reports(by="1956-05-05", level="read") <= ensemble.reports(by="1956-05-05")).all()


def test_reports_can_be_told_apart(ensemble: Ensemble) -> None:
    by_way = [ensemble.reports(by="1956-05-05", ways=[way]) for way in WAYS]
    assert sum(by_way).tolist() == ensemble.reports(by="1956-05-05").tolist()
    by_rumor = [ensemble.reports(by="1956-05-05", rumor=rumor) for rumor in ensemble.rumors]
    assert sum(by_rumor).tolist() == ensemble.reports(by="1956-05-05").tolist()


def test_introductions_follow_the_first_resident(world: World, ensemble: Ensemble) -> None:
    shares = ensemble.introductions(RUMOR)
    assert ((shares >= 0) & (shares <= 1)).all()
    people, trips = world.party.people, world.party.trips
    minutes = np.datetime64("1956-01-01", "m")
    for k in range(6):
        record = world.record(ensemble, k)
        moments = heard(world, record)
        first = ensemble.table("arrivals")
        rows = first[(first["replicate"] == k) & (first["rumor"] == 1)]
        for row in rows:
            person = row["person"]
            assert moments[person] == row["first_aware"]
            if record.heard_tick[1][person] < 0:
                assert row["channel"] == -1
                assert not row["by_traveler"]
                continue
            assert row["channel"] == record.channel[1][person]
            expected = row["channel"] == CHANNELS.index("travel")
            for who, is_teller in ((person, False), (record.teller[1][person], True)):
                for trip in trips[record.trips_taken][trips["person"][record.trips_taken] == who]:
                    start, end = (
                        minutes + np.timedelta64(int(trip[name]), "m") for name in ("start_minute", "end_minute")
                    )
                    if start < row["first_aware"] <= end:
                        host = world.party.geography.district[world.party.hosts["place"][trip["host"]]]
                        expected |= not is_teller or host == people["district"][person]
            assert bool(row["by_traveler"]) == bool(expected)


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        (lambda run: run.share_aware("tirana_conferense", on="1956-04-20"), "tirana_conference"),
        (lambda run: run.share_aware(RUMOR, on="1956-04-20", place="Ferr"), "Fier"),
        (lambda run: run.share_aware(RUMOR, on="1956-04-20", role="oficer"), "officer"),
        (lambda run: run.first_voiced(RUMOR, kind="vilage"), "village"),
        (lambda run: run.first_voiced(RUMOR, unit="tipical"), "typical"),
        (lambda run: run.first_voiced(RUMOR, meeting="letter-meting"), "letter_meeting"),
        (lambda run: run.first_report(RUMOR, level="sined"), "signed"),
        (lambda run: run.first_report(RUMOR, ways=["voicd"]), "voiced"),
        (lambda run: run.first_report(RUMOR, offices=["distrikt"]), "district"),
        (lambda run: run.heard_through(RUMOR, "radio_foreign"), "foreign_radio"),
        (lambda run: run.channel_shares("reform_hope"), None),
        (lambda run: run.redraw_archive(1, {"archive.lag_mean": 2.0}), "archive.lag_mean_days"),
    ],
)
def test_unknown_words_name_the_nearest(ensemble: Ensemble, question: Any, nearest: str | None) -> None:
    with pytest.raises(RumorsimError) as caught:
        question(ensemble)
    if nearest is not None and caught.value.nearest is not None:
        assert caught.value.nearest == nearest
    assert caught.value.allowed


@pytest.mark.parametrize("rumor", ["Tirana Conference", "TIRANA-CONFERENCE", "tirana_conference"])
def test_case_and_hyphens_are_forgiven(ensemble: Ensemble, rumor: str) -> None:
    assert (
        ensemble.share_aware(rumor, on="1956-04-20").tolist() == ensemble.share_aware(RUMOR, on="1956-04-20").tolist()
    )


def test_places_are_those_of_the_gazetteer(ensemble: Ensemble) -> None:
    for one, other in (("Tirana", "Tiranë"), ("shkoder", "Shkodër"), ("Vlora", "Vlorë")):
        assert ensemble.first_aware(RUMOR, one).tolist() == ensemble.first_aware(RUMOR, other).tolist()
    with pytest.raises(CatalogError, match="unknown place 'Atlantis'"):
        ensemble.first_aware(RUMOR, "Atlantis")


def test_replay_is_the_replicate(world: World, ensemble: Ensemble, faked: None) -> None:
    record = ensemble.replay(4)
    assert (record.heard_tick == world.record(ensemble, 4).heard_tick).all()
    assert (record.teller == world.record(ensemble, 4).teller).all()
    for wrong in (-1, 6):
        with pytest.raises(QueryError, match="replicate"):
            ensemble.replay(wrong)


def test_the_own_seed_redraws_the_own_archive(ensemble: Ensemble) -> None:
    again = ensemble.redraw_archive(ensemble.seed)
    assert again.table("reports").tobytes() == ensemble.table("reports").tobytes()
    other = ensemble.redraw_archive(99)
    assert other.table("reports").tobytes() != ensemble.table("reports").tobytes()
    assert other.share_aware(RUMOR, on="1956-04-20").tolist() == ensemble.share_aware(RUMOR, on="1956-04-20").tolist()


def test_other_numbers_give_another_archive(ensemble: Ensemble) -> None:
    counts = [
        ensemble.redraw_archive(ensemble.seed, {"archive.district_propensity": p}).reports(
            by="1956-05-05", ways=["voiced"]
        )
        for p in (0.0, 0.5, 1.0)
    ]
    assert counts[0].sum() == 0
    assert (counts[0] <= counts[1]).all()
    assert (counts[1] <= counts[2]).all()
    assert counts[2].sum() > counts[1].sum()
    with pytest.raises(CatalogError, match="out of bounds"):
        ensemble.redraw_archive(1, {"archive.district_propensity": 1.5})


def test_drawn_values_can_be_read(world: World, ensemble: Ensemble) -> None:
    assert ensemble.values("spread.pass_on_rate").tolist() == [world.scenario.value("spread.pass_on_rate")] * 6
    assert ensemble.prior is not None
    drawn = ensemble.prior.values("spread.pass_on_rate")
    assert len(set(drawn.tolist())) == 3
    assert ensemble.prior.values("party.scale").tolist() == [0.041] * 3


def test_xarray_holds_the_same_numbers(ensemble: Ensemble) -> None:
    xarray = pytest.importorskip("xarray")
    data = ensemble.to_xarray()
    assert isinstance(data, xarray.Dataset)
    there = data["share_aware_in"].sel(rumor=RUMOR, district="Fier").values
    assert there.tolist() == ensemble.curve(RUMOR, "Fier").tolist()
    first = data["first_aware"].sel(rumor=RUMOR, district="Fier").values.astype("M8[s]")
    assert first.astype(str).tolist() == ensemble.first_aware(RUMOR, "Fier").astype(str).tolist()
    assert data.attrs["fingerprint"] == ensemble.fingerprint()


def test_repr_is_short(ensemble: Ensemble) -> None:
    assert repr(ensemble) == "<Ensemble: classroom, 6 replicates, seed 5>"
