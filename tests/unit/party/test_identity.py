"""The same scenario gives the same party; only structural values and the seed change it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.errors import PartyError
from rumorsim.party import FLAGS, ROLES, STRUCTURAL_KEYS, Party, build_party
from rumorsim.party.settings import read_settings

SMALL = 0.041


def test_equal_twice_and_in_a_fresh_process(classroom: Party, build: Callable[..., Party]) -> None:
    assert build({"party.scale": SMALL}).fingerprint() == classroom.fingerprint()
    code = (
        "import rumorsim as rs\n"
        f"s = rs.load_scenario('tirana-conference').replace({{'party.scale': {SMALL}}})\n"
        "print(rs.build_party(s).fingerprint())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == classroom.fingerprint()


def test_the_seed_changes_the_party_but_no_count(classroom: Party, build: Callable[..., Party]) -> None:
    other = build({"party.scale": SMALL, "party.seed": 0})
    assert other.fingerprint() != classroom.fingerprint()
    assert len(other) == len(classroom)
    for column in ("place", "standing", "role", "student_country"):
        assert (np.bincount(other.people[column] + 1) == np.bincount(classroom.people[column] + 1)).all(), column
    same = (other.people["talk"] == classroom.people["talk"]).mean()
    assert same < 0.2


@pytest.mark.parametrize(
    "changes",
    [
        {"spread.pass_on_rate": 0.7},
        {"travel.duty_rate": 0.0},
        {"travel.officer_rate": 0.1},
        {"tell.prob_member": 0.9},
        {"voice.bar": 0.1},
        {"archive.district_propensity": 1.0},
        {"control.officers_moved": 10},
        {"conference.delegates": 300},
        {"time.tick_hours": 1},
    ],
)
def test_other_keys_leave_every_byte_alone(
    classroom: Party, build: Callable[..., Party], changes: dict[str, float]
) -> None:
    assert build({"party.scale": SMALL, **changes}).fingerprint() == classroom.fingerprint()


@pytest.mark.parametrize("key", sorted(set(STRUCTURAL_KEYS) - {"party.seed", "party.scale", "party.scope"}))
def test_every_structural_key_matters(half: Party, key: str) -> None:
    entry = catalog.parameter(key)
    value = entry.value
    assert isinstance(value, int | float)
    fewer = entry.kind == "int" and value > 4 and key != "party.plenum_participants"
    changed = int(value * 0.6) if fewer else value + max(1, value // 4) if entry.kind == "int" else value * 0.6
    if key == "party.least_count":  # a floor acts only on what is smaller
        changed = 100
    made = build_party(_Like({**half.values, key: changed}))
    assert made.fingerprint() != half.fingerprint()


@pytest.fixture(scope="module")
def half(build: Callable[..., Party]) -> Party:
    """A party large enough for every number to show, and quick to build."""
    return build({"party.scale": 0.5})


class _Like:
    """What the party needs of a scenario."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values
        self.population = "party"


def test_scenarios_of_one_structure_share_a_party() -> None:
    a = rs.load_scenario("tirana-conference")
    b = rs.load_scenario("secret-speech")
    assert a.structural_key() == b.structural_key()
    assert read_settings(a.values) == read_settings(b.values)


def test_nothing_can_be_changed(classroom: Party) -> None:
    with pytest.raises(ValueError, match="read-only"):
        classroom.people["talk"][0] = 1
    with pytest.raises(ValueError, match="read-only"):
        classroom.electable.members[0] = 1
    with pytest.raises(AttributeError):
        classroom.people = None  # type: ignore[misc, assignment]
    with pytest.raises(TypeError):
        classroom.values["party.seed"] = 1  # type: ignore[index]


def test_a_party_survives_the_way_to_a_worker(classroom: Party) -> None:
    again = pickle.loads(pickle.dumps(classroom))
    assert again.fingerprint() == classroom.fingerprint()
    assert not again.people.flags.writeable
    assert dict(again.values) == dict(classroom.values)


def test_luck_does_not_depend_on_other_people(classroom: Party, build: Callable[..., Party]) -> None:
    # More inhabitants around them leave the members who and where they were.
    country = build({"party.scale": SMALL, "party.scope": "country"})
    n = len(classroom)
    assert len(country) > 20 * n
    for column in ("place", "role", "standing", "cell", "committee", "institution", "talk", "boldness", "access"):
        assert (country.people[column][:n] == classroom.people[column]).all(), column
    assert country.cells.tobytes() == classroom.cells.tobytes()
    mask = np.uint16(FLAGS["TRAVELER"] | FLAGS["SECRETARY"] | FLAGS["FOREIGN_TRAINED"] | FLAGS["DUTY"])
    assert ((country.people["flags"][:n] & mask) == (classroom.people["flags"] & mask)).all()


def test_the_country_holds_everybody(build: Callable[..., Party]) -> None:
    country = build({"party.scale": SMALL, "party.scope": "country"})
    people = country.people
    inhabitants = country.has_role("inhabitant")
    total = sum(district.population for district in catalog.districts().values())
    at_home = int((people["district"] >= 0).sum())
    assert at_home == pytest.approx(SMALL * total, rel=0.005)
    assert (people["standing"][inhabitants] == 0).all()
    assert (people["cell"][inhabitants] == -1).all()
    assert (people["neighborhood"][inhabitants] >= 0).all()
    # About 30 contacts each: ties, and shares of two groups. Members and inhabitants meet in both groups and in ties.
    for layer in ("workplace", "neighborhood"):
        group = people[layer]
        groups = getattr(country, layer + "s").size
        mixed = np.zeros(groups, dtype=bool)
        mixed[group[(~inhabitants) & (group >= 0)]] = True
        with_inhabitants = np.zeros(groups, dtype=bool)
        with_inhabitants[group[inhabitants & (group >= 0)]] = True
        assert (mixed & with_inhabitants).sum() > 0.3 * groups, layer
    ends = inhabitants[country.ties["source"]] != inhabitants[country.ties["target"]]
    assert ends.mean() > 0.02
    kin_and_friends = country.ties["kind"] < 2
    assert kin_and_friends.sum() / at_home == pytest.approx(8.0, rel=0.05)
    assert (people["role"] == ROLES.index("leader")).sum() == 5  # party.least_count


def test_one_well_mixed_group() -> None:
    scenario = rs.load_scenario("maki-thompson")
    party = build_party(scenario)
    assert len(party) == scenario.value("population.size") == 1000
    assert (party.people["workplace"] == 0).all()
    assert party.workplaces["size"].tolist() == [1000]
    for name in ("cells", "committees", "institutions", "ties", "trips", "moves", "hosts", "hostels"):
        assert getattr(party, name).size == 0, name
    assert party.electable.members.size == 0
    assert party.place_members("Tirana").all()
    assert [row.verdict for row in party.table()] == ["no evidence"]
    assert party.fingerprint() == build_party(scenario).fingerprint()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"party.scale": 0.01}, "too few members for the central agencies"),
        ({"party.tirana_share": 0.05}, "party.tirana_share: the Tirana organization cannot hold its central agencies"),
        ({"party.politburo": 60, "party.central_committee": 50}, "party.politburo: larger than the Central Committee"),
        ({"party.plenum_participants": 20}, "party.plenum_participants: fewer than the Central Committee"),
        ({"party.share_ministry": 0.0}, "too few members for the central agencies"),
    ],
)
def test_contradictions_are_refused(build: Callable[..., Party], changes: dict[str, float], message: str) -> None:
    with pytest.raises(PartyError, match=message):
        build(changes)


def test_values_are_checked_at_the_door(party: Party) -> None:
    for key, value, message in (
        ("party.kin_ties", "many", "party.kin_ties: not a number"),
        ("party.kin_ties", -1.0, "party.kin_ties: out of bounds"),
        ("party.kin_ties", float("nan"), "party.kin_ties: out of bounds"),
        ("party.tirana_share", 1.5, "party.tirana_share: a share above 1"),
        ("party.scope", "world", "party.scope: unknown scope"),
        ("party.scale", 0.0, "party.scale: out of bounds"),
    ):
        with pytest.raises(PartyError, match=message):
            read_settings({**party.values, key: value})
    missing = {key: value for key, value in party.values.items() if key != "party.seed"}
    with pytest.raises(PartyError, match=r"party\.seed: the scenario has no value"):
        read_settings(missing)


def test_graph_of_a_small_place(party: Party) -> None:
    graph = party.to_networkx(place="Skrapar")
    members = np.flatnonzero(party.place_members("Skrapar"))
    assert sorted(graph.nodes) == members.tolist()
    a, b, kinds = next(iter(graph.edges(data="kinds")))
    assert kinds <= {"cell", "workplace", "neighborhood", "hostel", *party.TIE_KINDS}
    for layer in ("cell", "workplace", "neighborhood"):
        together = party.people[layer][a] == party.people[layer][b] >= 0
        assert (layer in kinds) == together
    # Edges by hand: every pair in a cell, counted.
    size = party.cells["size"][party.place_cells("Skrapar")].astype(int)
    in_cells = sum(1 for *_, found in graph.edges(data="kinds") if "cell" in found)
    assert in_cells == int((size * (size - 1) // 2).sum())


def test_a_graph_of_everybody_is_refused(party: Party) -> None:
    with pytest.raises(PartyError, match=r'48,974 people are too many for a graph.*to_networkx\(place="Fier"\)'):
        party.to_networkx()
