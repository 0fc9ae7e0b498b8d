"""Ties between two people: kin, friends, telephone lines between offices, letters home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.elementary import exponential, minus_log
from rumorsim.party.agencies import DAILY, DEFENSE, INTERIOR
from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import Pool, rounded, smallest
from rumorsim.party.geography import Geography
from rumorsim.party.organizations import CITY
from rumorsim.party.people import People
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import KINDS, LEVELS, ROLES, TIE

__all__ = ["tie_people"]

Ints = NDArray[np.int64]

#: Scale on which gravity weights become whole numbers: a neighbor at 1 km and exponent 0 gets this weight.
_GRAVITY_UNIT: Final = 1_000_000


@dataclass(frozen=True)
class _Rule:
    """How ends of one kind of tie are found: shares of ties that reach other districts, or a near pool."""

    word: str
    mean: float
    far_share: float
    near_share: float
    near: Pool
    near_key: Ints
    district: Pool
    far: Ints


def tie_people(
    people: People, settings: Settings, geography: Geography, body: Apparatus, streams: PartyStreams
) -> NDArray[Any]:
    """Return all ties, both directions of each, sorted by kind, source and target; weights are symmetric.

    Kin and friends are drawn from both ends, so that everybody begins half of the mean number of ties. The other end
    lives in another district in the given share (weight: its people over distance to the exponent; kin of Tirana lean
    to the south), else near (kin: the same neighborhood; friends: the same role in the district), else anywhere in
    the district. Weights vary by chance in sixteenths from 1/2 to 3/2, mean 1.
    """
    table = people.table
    home = np.flatnonzero(table["district"] >= 0)
    district = table["district"].astype(np.int64)
    local = Pool(district)
    far = _gravity(settings, geography, local.count)
    role_key = np.where(district >= 0, district * len(ROLES) + table["role"], -1)
    kin = _Rule(
        "kin",
        settings.kin_ties,
        settings.kin_town_share,
        settings.kin_neighborhood_share,
        Pool(table["neighborhood"]),
        table["neighborhood"].astype(np.int64),
        local,
        _lean_south(far, settings, geography),
    )
    friend = _Rule(
        "friend",
        settings.friend_ties,
        settings.long_tie_share,
        settings.friend_same_role_share,
        Pool(role_key),
        role_key,
        local,
        far,
    )
    related = _leaders_kin(people, settings, streams)
    parts = [
        _pairs([_leaders_apart(people, _drawn(kin, home, district, streams)), related], table.size),
        _pairs([_drawn(friend, home, district, streams)], table.size),
        _pairs([_telephone(people, geography, body)], table.size),
        _pairs([_letters(people, settings, streams)], table.size),
    ]
    return _both_ways(parts, table.size, streams)


def _gravity(settings: Settings, geography: Geography, people: Ints) -> Ints:
    """Return (n_districts, n_districts) weights: people there over distance to the exponent; own district 0."""
    km = np.maximum(geography.km, 1).astype(np.float64)
    log_km = minus_log(1.0 / km)
    decay = np.floor(_GRAVITY_UNIT * exponential(-settings.distance_exponent * log_km) + 0.5).astype(np.int64)
    count = np.zeros(len(geography.districts), dtype=np.int64)
    count[: people.size] = people
    weight = decay * count[None, :]
    np.fill_diagonal(weight, 0)
    return weight


def _lean_south(weight: Ints, settings: Settings, geography: Geography) -> Ints:
    """Return the weights with the south multiplied in the row of Tirana (F014)."""
    leaning = weight * 1000
    tilt = rounded(1000 * settings.south_tilt)
    row = geography.tirana_district
    leaning[row] = weight[row] * np.where(geography.south, tilt, 1000)
    return leaning


def _drawn(rule: _Rule, home: Ints, district: Ints, streams: PartyStreams) -> tuple[Ints, Ints]:
    """Return both ends of the ties of one rule, one tie a row."""
    half = rule.mean / 2.0
    slots = max(1, int(-(-half // 1)))
    sources: list[Ints] = []
    targets: list[Ints] = []
    cumulated = np.cumsum(rule.far, axis=1)
    for slot in range(slots):
        source = home[streams.uniform(rule.word, home, slot) < half / slots]
        reach = streams.uniform(f"{rule.word}_reach", source, slot)
        u = streams.uniform(f"{rule.word}_partner", source, slot)
        target = rule.district.draw(district[source], u)
        near = reach < rule.far_share + (1.0 - rule.far_share) * rule.near_share
        target[near] = rule.near.draw(rule.near_key[source[near]], u[near])
        away = np.flatnonzero(reach < rule.far_share)
        rows = cumulated[district[source[away]]]
        point = streams.uniform(f"{rule.word}_district", source[away], slot) * rows[:, -1]
        other = (rows <= point[:, None]).sum(axis=1)
        target[away] = rule.district.draw(np.where(rows[:, -1] > 0, other, -1), u[away])
        sources.append(source)
        targets.append(target)
    return np.concatenate(sources), np.concatenate(targets)


def _leaders_apart(people: People, ends: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return the pairs without those inside the Central Committee, whose number is known."""
    council = people.has("CENTRAL_COMMITTEE")
    keep = ~(council[ends[0]] & council[ends[1]] & (ends[1] >= 0))
    return ends[0][keep], ends[1][keep]


def _leaders_kin(people: People, settings: Settings, streams: PartyStreams) -> tuple[Ints, Ints]:
    """Tie the related members of the Central Committee to each other, in pairs (F099)."""
    council = np.flatnonzero(people.has("CENTRAL_COMMITTEE"))
    related = rounded(settings.central_committee_related * settings.scale) // 2 * 2
    chosen = council[smallest(streams.bits("leaders_kin", council), related)]
    even = chosen.size // 2
    order = np.argsort(streams.bits("leaders_kin", chosen, 1), kind="stable")
    return chosen[order[:even]], chosen[order[even : 2 * even]]


def _letters(people: People, settings: Settings, streams: PartyStreams) -> tuple[Ints, Ints]:
    """Tie people in training abroad to families at home; some of these are functionaries (F188)."""
    table = people.table
    abroad = np.flatnonzero(table["hostel"] >= 0)
    high = people.role("leader") | people.role("tirana_functionary") | people.has("COMMITTEE_STAFF")
    at_home = (table["district"] >= 0) & (table["role"] != ROLES.index("inhabitant"))
    pool = Pool(np.where(at_home, high, -1))
    mean = settings.student_family_ties
    slots = max(1, int(-(-mean // 1)))
    sources: list[Ints] = []
    targets: list[Ints] = []
    for slot in range(slots):
        source = abroad[streams.uniform("family", abroad, slot) < mean / slots]
        to_high = streams.uniform("family_functionary", source, slot) < settings.student_family_functionary_share
        target = pool.draw(to_high.astype(np.int64), streams.uniform("family_partner", source, slot))
        sources.append(source)
        targets.append(target)
    return np.concatenate(sources), np.concatenate(targets)


def _telephone(people: People, geography: Geography, body: Apparatus) -> tuple[Ints, Ints]:
    """Tie the people on telephone duty: a star around the Central Committee, and lines of each service."""
    table = people.table
    duty = np.flatnonzero(people.has("DUTY"))
    institution = table["institution"][duty].astype(np.int64)
    kind = np.array(body.inst_kind)[institution]
    level = np.array(body.comm_level)[np.maximum(table["committee"][duty], 0)]
    staff = table["committee"][duty] >= 0
    named = {body.names[name]: row for row, name in enumerate(body.inst_name)}
    center = duty[table["committee"][duty] == 0]
    city = duty[table["committee"][duty] == CITY]
    districts = duty[staff & (level == LEVELS.index("district"))]
    central = np.array(body.inst_central)[institution]
    defense = duty[institution == named[DEFENSE]]
    interior = duty[institution == named[INTERIOR]]
    daily = duty[institution == named[DAILY]]
    at_home = table["district"][duty] >= 0
    units = duty[(kind == KINDS.index("army_unit")) & at_home & ~central]
    police = duty[(kind == KINDS.index("police_unit")) & at_home & (institution != named[INTERIOR])]
    reporters = np.flatnonzero(people.has("CORRESPONDENT"))
    offices = duty[staff | central]
    lines = [
        (center, offices),
        (city, districts),
        (defense, units),
        (interior, police),
        (daily, reporters),
    ]
    left = np.concatenate([np.repeat(a, b.size) for a, b in lines])
    right = np.concatenate([np.tile(b, a.size) for a, b in lines])
    # Within a district, its committee calls the army and police units there.
    of = table["district"].astype(np.int64)
    a, b = np.meshgrid(districts, np.concatenate([units, police]), indexing="ij")
    same = of[a] == of[b]
    return np.concatenate([left, a[same]]), np.concatenate([right, b[same]])


def _pairs(parts: list[tuple[Ints, Ints]], n: int) -> Ints:
    """Return each pair once, as low * n + high, without loops and without people who found nobody."""
    a = np.concatenate([part[0] for part in parts])
    b = np.concatenate([part[1] for part in parts])
    real = (b >= 0) & (a != b)
    low, high = np.minimum(a[real], b[real]), np.maximum(a[real], b[real])
    return np.asarray(np.unique(low * n + high), dtype=np.int64)


def _both_ways(parts: list[Ints], n: int, streams: PartyStreams) -> NDArray[Any]:
    ties = np.empty(2 * sum(part.size for part in parts), dtype=TIE)
    start = 0
    for kind, part in enumerate(parts):
        low, high = part // n, part % n
        weight = (8 + (17.0 * streams.uniform("tie_weight", part, kind)).astype(np.int64)) / 16.0
        mirrored = high * n + low
        code = np.concatenate([part, mirrored])
        order = np.argsort(code, kind="stable")
        piece = ties[start : start + code.size]
        piece["source"] = (code // n)[order]
        piece["target"] = (code % n)[order]
        piece["kind"] = kind
        piece["weight"] = np.concatenate([weight, weight])[order]
        start += code.size
    return ties
