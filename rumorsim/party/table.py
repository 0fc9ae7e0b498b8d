"""What is in the party beside what is known about it: the table a reader can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.party.compare import VERDICTS, Comparison, TableRow, unknown_count
from rumorsim.party.vocabulary import COUNTRIES, KINDS, LEVELS, TIE_KINDS

if TYPE_CHECKING:
    from rumorsim.party.party import Party

__all__ = ["VERDICTS", "TableRow", "party_table"]

#: How far a mean cell size may lie from its value, relative: small towns hold less than one usual cell of a kind.
_CELL_SLACK: Final = 0.1
#: Word of a share -> kinds of organizations counted under it.
_SHARES: Final[dict[str, tuple[str, ...]]] = {
    "village": ("village",),
    "enterprise": ("enterprise",),
    "army": ("army_unit",),
    "police": ("police_unit",),
    "school": ("school",),
    "ministry": ("ministry", "committee"),
}


def party_table(party: Party) -> list[TableRow]:
    """Return the rows of the table; see `rumorsim.party.party.Party.table`."""
    if party.population == "complete":
        return [unknown_count("people in one well-mixed group", party.people.size)]
    rows = _Rows(party)
    return [*rows.members(), *rows.abroad(), *rows.leaders(), *rows.apparatus(), *rows.traits(), *rows.meeting()]


class _Rows(Comparison):
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
            rows.append(self.row(f"share of members: {word}", count / base * total, f"party.share_{word}", drawn=True))
        city = self.in_tirana & self.member & ~party.has_kind("army_unit") & ~party.has_kind("police_unit")
        army_staff = people["committee"] == _army(party)
        share = int((city & ~army_staff).sum()) / self.home
        rows.append(self.row("share of members: Tirana organization", share, "party.tirana_share", drawn=True))
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
                self.row(f"students: {country}", count, f"party.students_{country}", scaled=True, drawn=near, least=1)
            )
            bound = f"article.students_{country}"
            if bound in catalog.parameters() and not catalog.parameter(bound).same_as and self.scale == 1.0:
                rows.append(self.row(f"students: {country} (ranking)", count, bound))
        ussr = int((people["student_country"] == 0).sum()) / max(int(student.sum()), 1)
        rows.append(self.row("students: share in the Soviet Union", ussr, "article.students_ussr_share"))
        share = int((student & self.member).sum()) / max(int(student.sum()), 1)
        rows.append(self.row("students in the party: share", share, "party.students_member_share", drawn=True))
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
                drawn=True,
            ),
            self.row(
                "Central Committee members with kin in it",
                related,
                "party.central_committee_related",
                scaled=True,
                drawn=True,
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
                drawn=True,
            ),
            self.row("officers at home", int(officer.sum()), "party.officers", scaled=True, drawn=True),
            self.row(
                "officers at home: share in Tirana",
                int((officer & self.in_tirana).sum()) / int(officer.sum()),
                "party.officers_tirana_share",
                drawn=True,
            ),
            self.schematic("district committees", int(district.sum()), "article.districts"),
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
            self.between("cells", cells.size, "article.basic_party_organisations"),
            self.enough("officers who can be moved", party.moves.size, "control.officers_moved"),
        ]
        for kind in KINDS:
            here = cells["kind"] == KINDS.index(kind)
            here &= cells["district"] >= 0
            if here.any():
                rows.append(unknown_count(f"cells: {kind}", int(here.sum())))
                if kind not in ("committee", "student_organization"):
                    mean = float(cells["size"][here].mean())
                    rows.append(self.row(f"mean cell size: {kind}", mean, f"party.cell_size_{kind}", slack=_CELL_SLACK))
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
                drawn=True,
            ),
            self.row(
                "trained abroad: share of others",
                _mean(trained, others),
                "party.foreign_trained_elsewhere",
                drawn=True,
            ),
            unknown_count("listeners to foreign stations", int((listener & self.member).sum())),
            self.row(
                "traveling functionaries: share of provincial members",
                int(travelers.sum()) / max(int(provincial.sum()), 1),
                "travel.travelers_share",
                drawn=True,
            ),
            self.row(
                "correspondents in a district",
                int(party.has_flag("CORRESPONDENT").sum()) / (len(party.districts) - 1),
                "party.correspondents_per_district",
                scaled=True,
                drawn=True,
                least=1,
            ),
            unknown_count("people who know of privileges at first hand", int((people["visibility"] == 1.0).sum())),
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
            rows.append(self.row(f"{kind} ties per person", int(of.sum()) / n, key, drawn=True))
            far = int((of & (source != target)).sum()) / max(int(of.sum()), 1)
            rows.append(self.row(f"{kind} ties between districts: share", far, far_key, drawn=True))
        letters = int((ties["kind"] == TIE_KINDS.index("letters_home")).sum()) // 2
        away = int((people["hostel"] >= 0).sum())
        rows.append(
            self.row(
                "family ties home per student or officer abroad",
                letters / max(away, 1),
                "party.student_family_ties",
                drawn=True,
            )
        )
        rows.append(unknown_count("telephone lines", int((ties["kind"] == TIE_KINDS.index("telephone")).sum()) // 2))
        rows.append(
            self.row(
                "people in a neighborhood",
                float(party.neighborhoods["size"].mean()),
                "party.neighborhood_size",
                drawn=True,
            )
        )
        rows.append(
            self.row(
                "people in a workplace", float(party.workplaces["size"].mean()), "party.workplace_size", drawn=True
            )
        )
        return rows


def _mean(what: Any, among: Any) -> float:
    return int((what & among).sum()) / max(int(among.sum()), 1)


def _army(party: Party) -> int:
    return int(np.flatnonzero(party.committees["level"] == LEVELS.index("army"))[0])


def _cities(party: Party, country: str) -> list[int]:
    geography = party.geography
    capital = geography.find(COUNTRIES[country])
    return [row for row, name in enumerate(geography.country) if name == geography.country[capital]]
