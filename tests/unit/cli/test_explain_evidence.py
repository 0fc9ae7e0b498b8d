"""Facts, targets, constraints and events are asked for as numbers are, and no cited fact is left out."""

from __future__ import annotations

import json
import re

import pytest

from rumorsim import catalog
from tests.unit.cli.conftest import Call


@pytest.mark.fault("5.3")
@pytest.mark.parametrize("name", ["tirana-conference", "secret-speech"])
def test_every_fact_that_is_cited_is_printed(call, name: str) -> None:  # type: ignore[no-untyped-def]
    out = call("explain", name).out
    head = re.search(r"^facts that numbers and events rest on \((\d+)\)$", out, re.M)
    assert head is not None
    before, after = out.split(head[0])
    cited = set(re.findall(r"\bF\d{3}\b", " ".join(re.findall(r"evidence: ([F\d\s]+)", before))))
    printed = re.findall(r"^(F\d{3}): ", after, re.M)
    assert cited == set(printed)
    assert int(head[1]) == len(printed)


@pytest.mark.fault("5.4")
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("F122", ["F122 (fact)", "travel.duty_rate", "T05", "mehilli-2011", "[stated]"]),
        ("f122", ["F122 (fact)"]),
        ("F166", ["F166 (fact)", "no number and no event of tirana-conference cites it"]),
        ("T05", ["T05 (target)", "rests on F122", "0.5"]),
        ("c4", ["C4 (constraint)", "rests on F108"]),
        ("events.Letter", ["letter (letter)"]),
        ("letter", ["letter (letter)", "letter.first_delay_days"]),
    ],
)
def test_anything_with_an_id_is_asked_for_the_same_way(call, key: str, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = call("explain", "tirana-conference", key)
    assert answer.status == 0
    text = " ".join(answer.out.split())
    assert [word for word in words if word not in text] == []


@pytest.mark.fault("5.4")
def test_unknown_ids_are_met_with_the_nearest_of_all_kinds(call) -> None:  # type: ignore[no-untyped-def]
    answer = call("explain", "tirana-conference", "F1222")
    assert (answer.status, answer.out) == (2, "")
    assert re.search(r"did you mean 'F\d{3}'\?", answer.err)


def test_json_has_the_evidence(call) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(call("explain", "tirana-conference", "F122", "--json").out)["evidence"]
    assert [one["text"] for one in found] == [catalog.facts()["F122"].claim]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("T01", "in the fit: fitted: document date"),
        ("C4", "in the fit: fitted: a bound on how much"),
        ("t09", "in the fit: kept out: a check"),
        ("spread.pass_on_rate", "in the fit: steered: the rate of the spread itself"),
    ],
)
def test_what_something_is_to_the_fit_is_told(call: Call, key: str, said: str) -> None:
    answer = call("explain", "tirana-conference", key)
    assert answer.status == 0
    assert said in " ".join(answer.out.split())
    assert "in the fit" not in call("explain", "tirana-conference", "fear.stop_factor").out
