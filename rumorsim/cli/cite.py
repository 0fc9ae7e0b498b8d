"""``rumorsim cite``: what to cite for exactly what a scenario uses, and why."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rumorsim.cli.options import JsonOption, ScenarioArgument, SettingsOption, chosen_scenario
from rumorsim.cli.output import print_json, text_width, wrapped

if TYPE_CHECKING:
    from rumorsim.catalog import Citation
    from rumorsim.scenario import Scenario

__all__ = ["bibtex", "citations_of", "cite"]

#: Spreading rule -> citation it comes from.
_RULES = {"maki_thompson": ("maki-thompson-1973",), "daley_kendall": ("daley-kendall-1965",)}
#: Rule of the party: the caller who finds that the other knows stops.
_PARTY_RULE = "maki_thompson"
_JOURNAL = re.compile(r"(?P<journal>.+?) (?P<volume>\d+)(?:\((?P<number>[^)]+)\))?, (?P<pages>[\d-]+)")


def cite(
    scenario: ScenarioArgument,
    as_bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX entries.")] = False,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the references behind everything that a scenario uses, each with its reasons."""
    chosen = chosen_scenario(scenario, settings)
    found = citations_of(chosen)
    if as_json:
        print_json([{"id": one.id, "text": one.text(), "reasons": reasons} for one, reasons in found])
        return
    if as_bibtex:
        print("\n\n".join(bibtex(one, reasons) for one, reasons in found if one.kind != "assumption"))
        return
    _print_references(chosen, found)


def citations_of(scenario: Scenario) -> list[tuple[Citation, list[str]]]:
    """Return the citations of a scenario, each with its reasons; the program comes first.

    They come from its numbers, the facts its events rest on, the targets it can be compared with, its tables and its
    spreading rule.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> [citation.id for citation, _ in citations_of(load_scenario("maki-thompson"))]
    ['rumorsim', 'daley-kendall-1965', 'maki-thompson-1973', 'assumed']
    """
    from rumorsim import catalog

    uses: dict[str, Counter[str]] = {}

    def use(keys: set[str], what: str) -> None:
        for key in keys:
            uses.setdefault(key, Counter())[what] += 1

    table, facts = catalog.parameters(), catalog.facts()
    for key in scenario.values:
        entry = table[key]
        use({source.citation for source in entry.source}, "number")
        use({source.citation for fact in entry.evidence for source in facts[fact].source}, "number (evidence)")
    for event in scenario.events:
        use({source.citation for fact in event.evidence for source in facts[fact].source}, "event")
    for target in catalog.targets().values():
        if target.fact and target.rumor in scenario.rumors and scenario.population == "party":
            use({source.citation for source in facts[target.fact].source}, "target")
    if scenario.population == "party":
        for district in catalog.districts().values():
            use({source.citation for source in district.source}, "district")
        use({"natural-earth"}, "map")
    for key in _RULES[scenario.rule or _PARTY_RULE]:
        use({key}, "spreading rule")
    known = catalog.citations()
    ordered = sorted(uses, key=lambda key: (known[key].kind == "assumption", list(known).index(key)))
    return [_program(), *((known[key], [*known[key].reasons, _here(uses[key])]) for key in ordered)]


def _here(count: Counter[str]) -> str:
    whole = {"spreading rule": "the spreading rule", "map": "the maps"}
    before = {"number (evidence)": "the evidence for ", "number": "the value of "}
    parts = []
    for what, times in count.items():
        noun = what.removesuffix(" (evidence)") + ("" if times == 1 else "s")
        parts.append(whole.get(what) or f"{before.get(what, '')}{times} {noun}")
    return "here: " + ", ".join(parts)


def _program() -> tuple[Citation, list[str]]:
    from rumorsim import __version__
    from rumorsim.catalog import Citation

    program = Citation(
        id="rumorsim",
        kind="software",
        author="The rumorsim developers",
        year=None,
        title=f"rumorsim: how a secret travels through a party built to keep secrets, version {__version__}",
        where="",
        doi="",
        url="",
        cited_in="",
        reasons=("the program that made the run",),
    )
    return program, list(program.reasons)


def _print_references(scenario: Scenario, found: list[tuple[Citation, list[str]]]) -> None:
    columns = text_width()
    print(f"References for {scenario.name} (scenario {scenario.fingerprint()[:12]})")
    for citation, reasons in found:
        print()
        print(wrapped(f"[{citation.id}] {citation.text()}", columns, "    ", first=""))
        print(wrapped("for " + "; ".join(reasons), columns, "      ", first="    "))


def bibtex(citation: Citation, reasons: list[str]) -> str:
    r"""Return a citation as a BibTeX entry; letters stay as they are (UTF-8), the reasons go into ``annote``.

    Examples
    --------
    >>> from rumorsim import catalog
    >>> print(bibtex(catalog.citations()["maki-thompson-1973"], ["the rule"]))
    @book{maki-thompson-1973,
      author = {Maki, Daniel P. and Thompson, Maynard},
      year = {1973},
      title = {{Mathematical Models and Applications}},
      publisher = {Prentice-Hall, Englewood Cliffs},
      annote = {the rule}
    }
    """
    kind = citation.kind if citation.kind in ("article", "book") else "misc"
    fields: dict[str, Any] = {
        "author": _authors(citation.author),
        "year": citation.year,
        "title": f"{{{_tex(citation.title)}}}",
    }
    match = _JOURNAL.fullmatch(citation.where)
    if kind == "article" and match is not None:
        fields |= {name: _tex(text) for name, text in match.groupdict().items() if text}
        fields["pages"] = match["pages"].replace("-", "--")
    elif citation.where:
        place = {"article": "journal", "book": "publisher"}.get(kind, "howpublished")
        fields[place] = _tex(citation.where)
    fields |= {"doi": citation.doi, "url": citation.url}
    if citation.cited_in:
        fields["note"] = f"as cited in \\cite{{{citation.cited_in}}}"
    fields["annote"] = _tex("; ".join(reasons))
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{citation.id},\n{lines}\n}}"


def _authors(names: str) -> str:
    editors = names.removesuffix(" (eds.)")
    people = [_tex(name.strip()) for name in editors.split(";") if name.strip()]
    return " and ".join(name if "," in name else f"{{{name}}}" for name in people)


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_])", r"\\\1", text)
