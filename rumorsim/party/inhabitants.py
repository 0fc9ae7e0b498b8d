"""Everybody else: the inhabitants who are not in the party (``party.scope = "country"``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import Pool, rounded
from rumorsim.party.geography import Geography
from rumorsim.party.people import People
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import KINDS, PERSON, ROLES

__all__ = ["add_inhabitants"]


def add_inhabitants(
    people: People, settings: Settings, geography: Geography, body: Apparatus, streams: PartyStreams
) -> People:
    """Return the people with the inhabitants of the country after them.

    Every town and village area holds its inhabitants of 1955 (times ``party.scale``) less the members who live there;
    inhabitants work in the enterprises, schools and village groups of their place, or nowhere where there is none.
    """
    table = people.table
    live = np.zeros(len(geography.ids), dtype=np.int64)
    towns = np.array(geography.rows("town"))
    for d, (urban, rural) in enumerate(zip(geography.urban.tolist(), geography.rural.tolist(), strict=True)):
        here = towns[geography.district[towns] == d]
        known = np.maximum(geography.population[here], 1)
        live[here] = (urban * known + known.sum() // 2) // known.sum()
        live[geography.seat[d]] += urban - int(live[here].sum())
        live[geography.village_area[d]] = rural
    scaled = np.array([rounded(settings.scale * int(count)) for count in live])
    members = np.bincount(table["place"], minlength=live.size)
    more = np.maximum(scaled - members, 0)
    place = np.repeat(np.arange(live.size), more)
    n = table.size + place.size
    whole = np.zeros(n, dtype=PERSON)
    whole[: table.size] = table
    rest = whole[table.size :]
    ids = np.arange(table.size, n)
    rest["id"] = ids
    rest["place"] = place
    rest["district"] = geography.district[place]
    rest["region"] = geography.region[place]
    rest["role"] = ROLES.index("inhabitant")
    for name in ("cell", "committee", "workplace", "neighborhood", "host", "hostel", "student_country"):
        rest[name] = -1
    rest["institution"] = _work(body, place, ids, streams)
    no = np.zeros(place.size, dtype=np.bool_)
    return People(
        whole,
        np.concatenate([people.kind, np.full(place.size, -1, dtype=np.int64)]),
        np.concatenate([people.central, no]),
        np.concatenate([people.foreign, no]),
        people.secretary,
    )


def _work(
    body: Apparatus, place: NDArray[np.int64], ids: NDArray[np.int64], streams: PartyStreams
) -> NDArray[np.int64]:
    kind = np.array(body.inst_kind)
    open_to_all = np.isin(kind, [KINDS.index(word) for word in ("enterprise", "school", "village")])
    pool = Pool(np.where(open_to_all, np.array(body.inst_place), -1))
    return pool.draw(place, streams.uniform("inhabitant_institution", ids))
