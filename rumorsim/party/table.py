"""What is in the party beside what is known about it: the table a reader can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.party.vocabulary import COUNTRIES, KINDS, LEVELS, TIE_KINDS

if TYPE_CHECKING:
    from rumorsim.party.party import Party

__all__ = ["VERDICTS", "TableRow", "party_table"]

#: equal: as stated or inferred; within: inside stated bounds, or as near as chance allows; assumed: as assumed (no
#: evidence, but a named number); changed: not so, because the scenario set other values; no evidence: nothing to
#: compare with; small party: a scaled-down party is too small for it; differs: none of these, which would be a fault.
VERDICTS: Final[tuple[str, ...]] = (
    "equal",
    "within",
    "assumed",
    "changed",
    "no evidence",
    "small party",
    "differs",
)

#: Values that may differ from the catalog without changing what the rows are compared with.
_FREE: Final = ("party.seed", "party.scale", "party.scope")
#: How far a count or mean that is drawn by chance may lie from its value, relative.
_BY_CHANCE: Final = 0.06


@dataclass(frozen=True)
class TableRow:
    """One row of the table.

    Attributes
    ----------
    what : what is counted.
    count : how much of it is in the party.
    value : what it is compared with, in words with its relation ("=", "<", ">"), scaled by ``party.scale``; "" for
        nothing.
    parameter : catalog id of the value, "" for none.
    sources : citations with page, and ids of facts.
    status : stated, inferred, assumed, calibrated, or "" for none.
    verdict : one of `VERDICTS`.
    """

    what: str
    count: float
    value: str
    parameter: str
    sources: tuple[str, ...]
    status: str
    verdict: str


def party_table(party: Party) -> list[TableRow]:
    """Return the rows of the table; see `rumorsim.party.party.Party.table`."""
    if party.population == "complete":
        return [_unknown("people in one well-mixed group", party.people.size)]
    rows = _Rows(party)
    return [*rows.members(), *rows.abroad(), *rows.leaders(), *rows.apparatus(), *rows.traits(), *rows.meeting()]


def _unknown(what: str, count: float) -> TableRow:
    return TableRow(what, _short(count), "", "", (), "", "no evidence")


def _short(number: float) -> float:
    return int(number) if float(number).is_integer() else round(float(number), 4)


class _Rows:
    def __init__(self, party: Party) -> None:
        self.party = party
        self.values = party.values
        self.scale = float(party.values["party.scale"])
        self.changed = any(
            catalog.parameter(key).value != value for key, value in party.values.items() if key not in _FREE
        )
        self.people = party.people
        self.member = party.people["standing"] > 0
        self.at_home = (party.people["district"] >= 0) & self.member
        self.home = int(self.at_home.sum())
        self.in_tirana = party.people["place"] == party.geography.tirana

    def row(
        self, what: str, count: float, key: str, *, scaled: bool = False, chance: bool = False, least: int = 0
    ) -> TableRow:
        """Compare a count with a catalog entry; `scaled` counts shrink with the party, `chance` ones may be near."""
        entry = catalog.parameter(key)
        known = float(entry.value)  # type: ignore[arg-type]
        given = float(self.values.get(key, entry.value))
        factor = self.scale if scaled else 1.0
        wanted = known * factor
        sources = (*(str(source) for source in entry.source), *entry.evidence)
        if given != known:
            verdict = "changed"
        elif entry.relation in ("<", ">", "<=", ">="):
            holds = {"<": count < wanted, ">": count > wanted, "<=": count <= wanted, ">=": count >= wanted}
            verdict = "within" if holds[entry.relation] else self._no()
        else:
            exact = float(max(int(wanted + 0.5), least)) if scaled and known else wanted
            slack = max(_BY_CHANCE * wanted, 1.0 if scaled else 0.01) if chance else 1e-3
            verdict = self._agreement(abs(count - exact) <= slack, entry.status, "within" if chance else "equal")
        relation = "" if entry.relation in ("=", "~") else entry.relation + " "
        text = f"{relation}{_short(wanted):g}" if scaled else f"{relation}{_short(known):g}"
        return TableRow(what, _short(count), text, key, sources, entry.status, verdict)

    def _no(self) -> str:
        """Return the verdict on a disagreement."""
        if self.changed:
            return "changed"
        return "differs" if self.scale == 1.0 else "small party"

    def _agreement(self, agrees: bool, status: str, good: str) -> str:
        if not agrees:
            return self._no()
        return "assumed" if status == "assumed" else good

    def district(self, number: int) -> TableRow:
        """Compare the members of a district with the share it is thought to have outside the Tirana organization."""
        name = self.party.districts[number]
        count = int((self.at_home & (self.people["district"] == number)).sum())
        entry = catalog.districts()[name]
        if not entry.member_share:
            return _unknown(f"members: {name}", count)
        capital = self.at_home & (self.people["district"] == self.party.geography.tirana_district)
        wanted = entry.member_share * (self.home - int(capital.sum()))
        verdict = self._agreement(abs(count - wanted) <= max(_BY_CHANCE * wanted, 1.0), "assumed", "within")
        return TableRow(f"members: {name}", count, f"{_short(round(wanted))}", "", ("assumed",), "assumed", verdict)

    def members(self) -> list[TableRow]:
        """Members by standing, kind of organization and place."""
        party, people = self.party, self.people
        rows = [
            self.row("full members", int((people["standing"] == 2).sum()), "party.members_full", scaled=True),
            self.row("candidates", int((people["standing"] == 1).sum()), "party.candidates", scaled=True),
        ]
        staff = party.has_flag("COMMITTEE_STAFF") & (people["committee"] > 0) & self.at_home
        base = self.home - int(staff.sum())
        total = sum(float(self.values[f"party.share_{word}"]) for word in _SHARES)
        for word, kinds in _SHARES.items():
            count = sum(int((party.has_kind(kind) & self.at_home & ~staff).sum()) for kind in kinds)
            # Agencies of other kinds are counted with their kind; the Central Committee staff with the ministries.
            rows.append(self.row(f"share of members: {word}", count / base * total, f"party.share_{word}", chance=True))
        city = self.in_tirana & self.member & ~party.has_kind("army_unit") & ~party.has_kind("police_unit")
        army_staff = people["committee"] == _army(party)
        share = int((city & ~army_staff).sum()) / self.home
        rows.append(self.row("share of members: Tirana organization", share, "party.tirana_share", chance=True))
        return rows

    def abroad(self) -> list[TableRow]:
        """Students and officers abroad and their organizations."""
        party, people, cells = self.party, self.people, self.party.cells
        student = party.has_role("student_abroad")
        rows = [
            self.row("students abroad", int(student.sum()), "party.students_abroad", scaled=True, least=len(COUNTRIES))
        ]
        for number, country in enumerate(COUNTRIES):
            count = int((people["student_country"] == number).sum())
            near = self.scale < 1.0
            rows.append(
                self.row(f"students: {country}", count, f"party.students_{country}", scaled=True, chance=near, least=1)
            )
            bound = f"article.students_{country}"
            if bound in catalog.parameters() and not catalog.parameter(bound).same_as and self.scale == 1.0:
                rows.append(self.row(f"students: {country} (ranking)", count, bound))
        ussr = int((people["student_country"] == 0).sum()) / max(int(student.sum()), 1)
        rows.append(self.row("students: share in the Soviet Union", ussr, "article.students_ussr_share"))
        share = int((student & self.member).sum()) / max(int(student.sum()), 1)
        rows.append(self.row("students in the party: share", share, "party.students_member_share", chance=True))
        officers = party.has_role("officer") & (people["district"] < 0)
        rows.append(
            self.row("officers in training abroad", int(officers.sum()), "party.officers_abroad", scaled=True, least=1)
        )
        inside = cells["district"] < 0
        for what, kind, key in (
            ("student organizations: Soviet Union", "student_organization", "party.student_organizations_ussr"),
            ("officer organizations: Soviet Union", "army_unit", "party.officer_organizations_ussr"),
        ):
            here = inside & (cells["kind"] == KINDS.index(kind)) & np.isin(cells["place"], _cities(party, "ussr"))
            rows.append(self.row(what, int(here.sum()), key, scaled=True, least=1))
        for country in ("hungary", "czechoslovakia"):
            here = inside & (cells["kind"] == KINDS.index("student_organization"))
            here &= np.isin(cells["place"], _cities(party, country))
            rows.append(
                self.row(f"student organizations: {country}", int(here.sum()), "article.student_party_orgs_hungary")
            )
        return rows

    def leaders(self) -> list[TableRow]:
        """The Central Committee and its plenum."""
        party = self.party
        council = party.has_flag("CENTRAL_COMMITTEE")
        seats = int(council.sum())
        home = int((council & ~self.in_tirana).sum())
        kin = party.ties["kind"] == TIE_KINDS.index("kin")
        inner = kin & council[party.ties["source"]] & council[party.ties["target"]]
        related = int(np.unique(party.ties["source"][inner]).size)
        invited = int((party.has_flag("PLENUM") & ~council).sum())
        return [
            self.row("Central Committee", seats, "party.central_committee", scaled=True, least=3),
            self.row("Politburo", int(party.has_flag("POLITBURO").sum()), "party.politburo", scaled=True, least=1),
            self.row("plenum participants", seats + invited, "party.plenum_participants", scaled=True, least=3),
            self.row(
                "Central Committee: share of district secretaries",
                home / max(seats, 1),
                "party.district_secretaries_in_cc",
                chance=True,
            ),
            self.row(
                "Central Committee members with kin in it",
                related,
                "party.central_committee_related",
                scaled=True,
                chance=True,
            ),
        ]

    def apparatus(self) -> list[TableRow]:
        """Committees, central agencies, officers and cells."""
        party, people, cells = self.party, self.people, self.party.cells
        central = party.institutions["central"]
        inside = people["institution"] >= 0
        agency = np.zeros(people.size, dtype=np.bool_)
        agency[inside] = central[people["institution"][inside]]
        functionary = (party.has_role("tirana_functionary") | party.has_role("leader")) & agency
        officer = party.has_role("officer") & (people["district"] >= 0)
        generals = party.has_role("leader") & (party.has_kind("army_unit") | party.has_kind("police_unit"))
        officer |= generals
        functionary &= ~generals
        level = party.committees["level"]
        staff = party.committees["staff"]
        district = level == LEVELS.index("district")
        rows = [
            self.row(
                "functionaries in central agencies",
                int(functionary.sum()),
                "party.central_functionaries",
                scaled=True,
                chance=True,
            ),
            self.row("officers at home", int(officer.sum()), "party.officers", scaled=True, chance=True),
            self.row(
                "officers at home: share in Tirana",
                int((officer & self.in_tirana).sum()) / int(officer.sum()),
                "party.officers_tirana_share",
                chance=True,
            ),
            _unknown("district committees", int(district.sum())),
            self.row(
                "officials of a district committee",
                float(staff[district].mean()),
                "party.committee_staff",
                scaled=True,
                least=2,
            ),
            self.row(
                "officials of the Tirana committee",
                int(staff[level == LEVELS.index("city")][0]),
                "party.committee_staff_tirana",
                scaled=True,
                least=2,
            ),
            _unknown("cells", cells.size),
        ]
        for kind in KINDS:
            here = cells["kind"] == KINDS.index(kind)
            here &= cells["district"] >= 0
            if here.any():
                rows.append(_unknown(f"cells: {kind}", int(here.sum())))
                rows.append(_unknown(f"mean cell size: {kind}", float(cells["size"][here].mean())))
        rows += [self.district(number) for number in range(len(party.districts))]
        return rows

    def traits(self) -> list[TableRow]:
        """Training abroad, radio, travel."""
        party, people = self.party, self.people
        trained, listener = party.has_flag("FOREIGN_TRAINED"), party.has_flag("LISTENER")
        functionary = party.has_role("tirana_functionary") | party.has_role("leader") | party.has_role("officer")
        functionary &= self.in_tirana
        others = self.at_home & ~functionary
        provincial = party.has_role("provincial_member")
        travelers = party.has_flag("TRAVELER") & (provincial | (party.has_role("leader") & ~self.in_tirana))
        travelers &= ~party.has_flag("CORRESPONDENT")
        return [
            self.row(
                "trained abroad: share of Tirana functionaries and officers",
                _mean(trained, functionary),
                "party.foreign_trained_tirana",
                chance=True,
            ),
            self.row(
                "trained abroad: share of others",
                _mean(trained, others),
                "party.foreign_trained_elsewhere",
                chance=True,
            ),
            _unknown("listeners to foreign stations", int((listener & self.member).sum())),
            self.row(
                "traveling functionaries: share of provincial members",
                int(travelers.sum()) / max(int(provincial.sum()), 1),
                "travel.travelers_share",
                chance=True,
            ),
            self.row(
                "correspondents in a district",
                int(party.has_flag("CORRESPONDENT").sum()) / (len(party.districts) - 1),
                "party.correspondents_per_district",
                scaled=True,
                chance=True,
                least=1,
            ),
            _unknown("people who know of privileges at first hand", int((people["visibility"] == 1.0).sum())),
        ]

    def meeting(self) -> list[TableRow]:
        """Groups and ties."""
        party, people = self.party, self.people
        resident = people["district"] >= 0
        n = int(resident.sum())
        ties = party.ties
        rows = []
        source = people["district"][ties["source"]]
        target = people["district"][ties["target"]]
        for kind, key, far_key in (
            ("kin", "party.kin_ties", "party.kin_town_share"),
            ("friend", "party.friend_ties", "party.long_tie_share"),
        ):
            of = ties["kind"] == TIE_KINDS.index(kind)
            rows.append(self.row(f"{kind} ties a person", int(of.sum()) / n, key, chance=True))
            far = int((of & (source != target)).sum()) / max(int(of.sum()), 1)
            rows.append(self.row(f"{kind} ties between districts: share", far, far_key, chance=True))
        letters = int((ties["kind"] == TIE_KINDS.index("letters_home")).sum()) // 2
        away = int((people["hostel"] >= 0).sum())
        rows.append(
            self.row(
                "family ties home, a student or officer abroad",
                letters / max(away, 1),
                "party.student_family_ties",
                chance=True,
            )
        )
        rows.append(_unknown("telephone lines", int((ties["kind"] == TIE_KINDS.index("telephone")).sum()) // 2))
        rows.append(
            self.row(
                "people in a neighborhood",
                float(party.neighborhoods["size"].mean()),
                "party.neighborhood_size",
                chance=True,
            )
        )
        rows.append(
            self.row(
                "people in a workplace", float(party.workplaces["size"].mean()), "party.workplace_size", chance=True
            )
        )
        return rows


#: Word of a share -> kinds of organizations counted under it.
_SHARES: Final[dict[str, tuple[str, ...]]] = {
    "village": ("village",),
    "enterprise": ("enterprise",),
    "army": ("army_unit",),
    "police": ("police_unit",),
    "school": ("school",),
    "ministry": ("ministry", "committee"),
}


def _mean(what: Any, among: Any) -> float:
    return int((what & among).sum()) / max(int(among.sum()), 1)


def _army(party: Party) -> int:
    return int(np.flatnonzero(party.committees["level"] == LEVELS.index("army"))[0])


def _cities(party: Party, country: str) -> list[int]:
    geography = party.geography
    capital = geography.find(COUNTRIES[country])
    return [row for row, name in enumerate(geography.country) if name == geography.country[capital]]
