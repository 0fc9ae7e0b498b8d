"""Comparing a count in the party with an entry of the catalog: one row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rumorsim import catalog
from rumorsim.errors import PartyError

if TYPE_CHECKING:
    from rumorsim.party.party import Party

__all__ = ["VERDICTS", "Comparison", "TableRow", "unknown_count"]

#: equal: as stated or inferred; within: inside stated bounds, or as near as chance allows; assumed: as assumed (no
#: evidence, but a named number); changed: not so, because the scenario set other values; no evidence: nothing to
#: compare with; schematic: simplified on purpose; small party: a scaled-down party is too small for it; differs: none
#: of these, which would be a fault.
VERDICTS: Final[tuple[str, ...]] = (
    "equal",
    "within",
    "assumed",
    "changed",
    "no evidence",
    "schematic",
    "small party",
    "differs",
)

#: Values that may differ from the catalog without changing what the rows are compared with.
_FREE: Final = ("party.seed", "party.scale", "party.scope")
#: How far a count or mean that is drawn by chance may lie from its value, relative.
_DRAWN: Final = 0.06


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


def unknown_count(what: str, count: float) -> TableRow:
    """Return the row of a count that nothing is known about."""
    return TableRow(what, _short(count), "", "", (), "", "no evidence")


def _sources(entry: catalog.Parameter) -> tuple[str, ...]:
    return (*(str(source) for source in entry.source), *entry.evidence)


def _short(number: float) -> float:
    return int(number) if float(number).is_integer() else round(float(number), 4)


class Comparison:
    """Compares counts in one party with the catalog."""

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
        self,
        what: str,
        count: float,
        key: str,
        *,
        scaled: bool = False,
        drawn: bool = False,
        least: int = 0,
        slack: float = 0.0,
    ) -> TableRow:
        """Compare a count with a catalog entry.

        `scaled` counts shrink with the party, but not below `least`; those that are `drawn` may be near, and others
        within a relative `slack`.
        """
        entry = catalog.parameter(key)
        known = float(entry.value)  # type: ignore[arg-type]
        given = float(self.values.get(key, entry.value))
        factor = self.scale if scaled else 1.0
        wanted = known * factor
        if given != known:
            verdict = "changed"
        elif entry.relation in ("<", ">", "<=", ">="):
            holds = {"<": count < wanted, ">": count > wanted, "<=": count <= wanted, ">=": count >= wanted}
            verdict = "within" if holds[entry.relation] else self._no()
        else:
            exact = float(max(int(wanted + 0.5), least)) if scaled and known else wanted
            near = max(_DRAWN * wanted, 1.0 if scaled else 0.01) if drawn else max(slack * wanted, 1e-3)
            verdict = self._agreement(abs(count - exact) <= near, entry.status, "within" if drawn else "equal")
        relation = "" if entry.relation in ("=", "~") else entry.relation + " "
        text = f"{relation}{_short(wanted):g}" if scaled else f"{relation}{_short(known):g}"
        return TableRow(what, _short(count), text, key, _sources(entry), entry.status, verdict)

    def _no(self) -> str:
        """Return the verdict on a disagreement."""
        if self.changed:
            return "changed"
        return "differs" if self.scale == 1.0 else "small party"

    def _agreement(self, agrees: bool, status: str, good: str) -> str:
        if not agrees:
            return self._no()
        return "assumed" if status == "assumed" else good

    def between(self, what: str, count: int, key: str) -> TableRow:
        """Compare a count with the ends of the prior of a catalog entry."""
        entry = catalog.parameter(key)
        if entry.prior is None:
            raise PartyError("the catalog gives no range", path=key)
        low, high = (entry.prior.quantile(u) * self.scale for u in (1e-9, 1.0 - 1e-9))
        verdict = self._agreement(low <= count <= high, entry.status, "within")
        return TableRow(what, count, f"{low:.0f} to {high:.0f}", key, _sources(entry), entry.status, verdict)

    def enough(self, what: str, count: int, key: str) -> TableRow:
        """Compare a count with the least there must be."""
        entry = catalog.parameter(key)
        least = float(self.values.get(key, entry.value)) * self.scale
        verdict = self._agreement(count >= least, entry.status, "within")
        return TableRow(what, count, f"> {least:.0f}", key, _sources(entry), entry.status, verdict)

    def schematic(self, what: str, count: int, key: str) -> TableRow:
        """Show a count that is simplified on purpose beside the catalog entry."""
        entry = catalog.parameter(key)
        return TableRow(what, count, f"{entry.value}", key, _sources(entry), entry.status, "schematic")

    def district(self, number: int) -> TableRow:
        """Compare the members of a district with the share it is thought to have outside the Tirana organization."""
        name = self.party.districts[number]
        count = int((self.at_home & (self.people["district"] == number)).sum())
        entry = catalog.districts()[name]
        if not entry.member_share:
            return unknown_count(f"members: {name}", count)
        capital = self.at_home & (self.people["district"] == self.party.geography.tirana_district)
        wanted = entry.member_share * (self.home - int(capital.sum()))
        verdict = self._agreement(abs(count - wanted) <= max(_DRAWN * wanted, 1.0), "assumed", "within")
        return TableRow(f"members: {name}", count, f"{_short(round(wanted))}", "", ("assumed",), "assumed", verdict)
