"""Traits of people: training, radio, talkativeness, boldness, receptivity, and what they see of privileges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.elementary import exponential
from rumorsim.party.apportion import rounded, smallest
from rumorsim.party.geography import Geography
from rumorsim.party.people import People
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import ROLES

__all__ = ["give_traits"]


def give_traits(people: People, settings: Settings, geography: Geography, streams: PartyStreams) -> None:
    """Fill the trait columns and the flags FOREIGN_TRAINED, LISTENER and ATTENTIVE."""
    table = people.table
    n = table.size
    ids = np.arange(n)
    functionary = people.role("tirana_functionary") | people.role("leader")
    abroad = table["district"] < 0
    trained = _foreign_trained(people, settings, geography, streams)
    people.flag("FOREIGN_TRAINED", trained)

    village = np.isin(table["place"], geography.village_area)
    set_prob = np.where(village, settings.radio_village, settings.radio_town)
    set_prob = np.where(functionary, settings.radio_functionary, set_prob)
    listen_prob = np.where(trained & ~abroad, settings.listening_foreign_trained, settings.listening_share)
    listener = streams.uniform("radio", ids) < set_prob
    listener &= streams.uniform("listening", ids) < listen_prob
    people.flag("LISTENER", listener)
    table["access"] = listener
    people.flag("ATTENTIVE", streams.uniform("attentive", ids) < settings.attentive_share)

    spread = settings.talk_spread
    z = streams.normal("talk", ids)
    talk = np.floor(16.0 * exponential(spread * z - spread * spread / 2.0) + 0.5)
    table["talk"] = np.clip(talk, 1, 64)
    boldness = streams.uniform("boldness", ids)
    boldness += settings.boldness_foreign_trained * trained + settings.boldness_functionary * functionary
    table["boldness"] = np.minimum(boldness, 1.0)
    around = settings.receptivity_spread
    table["receptivity"] = 1.0 + around * (2.0 * streams.uniform("receptivity", ids) - 1.0)
    reach = settings.visibility_distance_km
    km = geography.km[geography.tirana_district]
    by_district = np.where(km > 0, reach / (reach + km), 1.0)
    seen = np.where(abroad, 0.0, by_district[table["district"]])
    villages_near = village & (table["district"] == geography.tirana_district)
    table["visibility"] = np.where(villages_near, by_district[by_district < 1.0].max(), seen)


def _foreign_trained(
    people: People, settings: Settings, geography: Geography, streams: PartyStreams
) -> NDArray[np.bool_]:
    """Choose who was trained abroad: exact shares, more in agencies that deal with abroad; students are in training."""
    table = people.table
    trained: NDArray[np.bool_] = np.asarray(table["district"] < 0)
    at_home = ~trained & (table["role"] != ROLES.index("inhabitant"))
    capital = (people.role("tirana_functionary") | people.role("leader") | people.role("officer")) & (
        table["place"] == geography.tirana
    )
    factor = max(settings.foreign_agency_factor, 1e-6)
    for share, group in (
        (settings.foreign_trained_tirana, at_home & capital),
        (settings.foreign_trained_elsewhere, at_home & ~capital),
    ):
        who = np.flatnonzero(group)
        # Exponential clocks with rate 1 or `factor`: the first to ring are chosen.
        clock = streams.exponential("foreign_trained", who).astype(np.float64)
        clock /= np.where(people.foreign[who], factor, 1.0)
        ranks = np.argsort(clock, kind="stable")
        keys = np.empty(who.size, dtype=np.uint64)
        keys[ranks] = np.arange(who.size, dtype=np.uint64)
        trained[who[smallest(keys, rounded(share * who.size))]] = True
    return trained
