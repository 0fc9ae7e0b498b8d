"""Who belongs to an audience, and the zones that tell audiences apart."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.errors import RunError
from rumorsim.model.audience import Zones, audience_mask
from rumorsim.party import Party
from rumorsim.party.vocabulary import COUNTRIES, FLAGS, KINDS, ROLES
from rumorsim.scenario.events import Audience
from rumorsim.scenario.words import AUDIENCES


def size(party: Party, **given: str) -> int:
    return int(audience_mask(party, Audience(**given)).sum())


def test_every_group_of_the_language_is_somebody_and_nobody_is_outside_everybody(party: Party) -> None:
    everybody = audience_mask(party, Audience())
    for group in AUDIENCES:
        mask = audience_mask(party, Audience(group=group))
        assert mask.any(), group
        assert not (mask & ~everybody).any(), group


def test_groups_are_those_of_the_party_s_own_marks(party: Party) -> None:
    flags, role = party.people["flags"], party.people["role"]
    for group, flag in (("politburo", "POLITBURO"), ("plenum", "PLENUM"), ("central_committee", "CENTRAL_COMMITTEE")):
        assert size(party, group=group) == (flags & FLAGS[flag] > 0).sum()
    assert size(party, group="politburo") <= size(party, group="central_committee") <= size(party, group="plenum")
    assert size(party, group="officers") == (role == ROLES.index("officer")).sum()


def test_narrowing_divides_and_never_adds(party: Party) -> None:
    n = len(party.people)
    assert sum(size(party, role=role) for role in ROLES) == n
    assert sum(size(party, kind=kind) for kind in KINDS) == (party.people["cell"] >= 0).sum()
    students = sum(size(party, group="students", country=country) for country in COUNTRIES)
    assert students == size(party, group="students") > 0
    whole = size(party, place="albania")
    assert 0 < size(party, place="Fier") < whole < n
    regions = [place for place in party.places if str(place).endswith("-region")]
    assert sum(size(party, place=str(place)) for place in regions) == whole
    both = audience_mask(party, Audience(group="officers", place="Fier"))
    apart = audience_mask(party, Audience(place="Fier")) & audience_mask(party, Audience(role="officer"))
    assert np.array_equal(both, apart)


def test_a_group_that_the_party_does_not_have_is_refused(party: Party) -> None:
    with pytest.raises(RunError, match="audience"):
        audience_mask(party, Audience.model_construct(group="friends"))


@pytest.mark.parametrize("number", [0, 1, 7, 40])
def test_every_audience_is_a_union_of_zones(number: int) -> None:
    draws = np.random.default_rng(number)
    masks = [draws.random(50) < 0.5 for _ in range(number)]
    zones = Zones(masks, 50)
    for mask in masks:
        assert np.array_equal(np.isin(zones.of, zones.within(mask)), mask)
    # The coarsest division: people whom no audience tells apart share a zone.
    patterns = {tuple(mask[person] for mask in masks) for person in range(50)}
    assert len(np.unique(zones.of)) == len(patterns)
