"""``rumorsim party``: what is in the party, beside what is known about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from rumorsim.cli.options import JsonOption, ScenarioArgument, SettingsOption, chosen_scenario
from rumorsim.cli.output import print_json, print_table, text_width, wrapped

if TYPE_CHECKING:
    from rumorsim.party.table import TableRow

__all__ = ["party"]

#: Verdict -> what it means.
_WORDS: Final = {
    "equal": "as the source says",
    "within": "within the bounds of the source, or as near as chance allows",
    "assumed": "as assumed; no source gives it",
    "changed": "the scenario sets another value",
    "no evidence": "nothing to compare with",
    "schematic": "simplified on purpose; the catalog says how",
    "small party": "a scaled-down party is too small for it",
    "differs": "differs from the source",
}


def party(scenario: ScenarioArgument, settings: SettingsOption = None, as_json: JsonOption = False) -> None:
    """Count the people, organizations and ties of the party a scenario runs in, beside the evidence."""
    from rumorsim.party import build_party

    chosen = chosen_scenario(scenario, settings)
    built = build_party(chosen)
    rows = built.table()
    if as_json:
        print_json({"scenario": chosen.name, "party": built.fingerprint(), "rows": [asdict(row) for row in rows]})
        return
    print(f"{chosen.name}: {len(built):,} people (party {built.fingerprint()[:12]})")
    print()
    print_table(["what", ">in the party", ">evidence", "status", "verdict"], list(_lines(rows)), wrap="what")
    print()
    columns = text_width()
    count = Counter(row.verdict for row in rows)
    for word, number in count.most_common():
        print(wrapped(f"{word} ({number}): {_WORDS.get(word, word)}", columns, "    ", first=""))


def _lines(rows: Iterable[TableRow]) -> Iterator[tuple[str, ...]]:
    """Yield the rows, and under those with evidence the sources."""
    for row in rows:
        yield row.what, _count(row.count), _grouped(row.value) or "-", row.status or "-", row.verdict
        sources = [source for source in row.sources if source != "assumed"]
        if sources and row.status != "assumed":
            yield ("    " + "; ".join(sources),)


def _grouped(value: str) -> str:
    """Return a number in words with its thousands apart, as the counts beside it.

    Examples
    --------
    >>> _grouped("> 1500"), _grouped("1500 to 4000"), _grouped("0.25")
    ('> 1,500', '1,500 to 4,000', '0.25')
    """
    return re.sub(r"(?<![\d.])\d{4,}(?![\d.])", lambda found: f"{int(found[0]):,}", value)


def _count(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4g}"
