# ruff: noqa: E501
"""Every field of every kind of event acts: change it, and the fingerprint of a run changes."""

from __future__ import annotations

from typing import Any, Final

import pytest

import rumorsim as rs
from rumorsim.scenario import EVENT_KINDS, loads_scenario

HEAD: Final = """
title = "Every field"
start = 1956-04-01
stop = 1956-04-26
rumors = ["secret_speech", "tirana_conference"]
[party]
scale = 0.041
[voice]
bar = 0.05
boldness = "learned"
[embolden]
gain = 0.04
"""
#: What every event of the base has.
COMMON: Final = 'assumed = "a test"\nsource = "a test"\n'
#: Kind -> the event in the base.
BASE: Final = {
    "note": "date = 1956-04-02",
    "briefing": 'date = 1956-04-02\nrumors = ["secret_speech"]\naudience = "functionaries"\nprob = 0.5',
    "secrecy": 'date = 1956-04-02\nuntil = 1956-04-12\nrumors = ["secret_speech"]\naudience = "everybody"\n'
    "discretion = 0.5\ncuriosity = 2.0",
    "broadcast": 'date = 1956-04-02\nuntil = 1956-04-10\nrumors = ["secret_speech"]\nchannel = "press"\nrate = 0.05\n'
    'audience = "everybody"',
    "endemic": 'rumors = ["secret_speech"]\nshare_tirana = 0.1\nshare_elsewhere = 0.1\nteller_share = 0.5',
    "mobilization": "date = 1956-04-02\nuntil = 1956-04-20\nfactor = 2.0",
    "election": 'date = 1956-04-03\nuntil = 1956-04-05\naudience = { place = "Tirana" }\ndelegates = 2000\nselection = 3.0',
    "hall": 'audience = "functionaries"\ndate = 1956-04-14\nuntil = 1956-04-15\nrumors = ["tirana_conference"]\nvoiced = ["secret_speech"]\n'
    "voice_rate = 0.3\nhearing_prob = 0.8\nsession_start = 8\nsession_end = 14",
    "climate": 'date = 1956-04-05\nuntil = 1956-04-20\nfactor = 2.0\nwhere = "all"',
    "encouragement": 'date = 1956-04-05\naudience = { place = "Tirana" }\namount = 4.0',
    "letter": 'date = 1956-04-16\nrumors = ["tirana_conference"]\nhearing_prob = 0.8\nquestion_rate = 0.5\n'
    "first_delay = 1.0\nmean_delay = 3.0\nlast_delay = 8.0",
    "outbreak": 'date = 1956-04-04\nrumors = ["tirana_conference"]\naudience = "functionaries"\ncount = 400',
    "fear": "date = 1956-04-12\nprob = 0.3",
    "fear_with_news": 'date = 1956-04-06\nuntil = 1956-04-15\nrumors = ["secret_speech"]\nprob = 0.4\nby = "news"',
    "silence": 'date = 1956-04-17\nuntil = 1956-04-19\naudience = { place = "Tirana" }',
    "move": "date = 1956-04-08\nuntil = 1956-04-20\ncount = 900",
    "punish": 'date = 1956-04-16\nuntil = 1956-04-20\ncount = 20000\npenalty = "expelled"',
    "request": 'date = 1956-04-12\nrumors = ["secret_speech"]',
    "alarm": "date = 1956-04-14\nuntil = 1956-04-20\nat_least = 1",
}
#: Field -> another value, for every kind that has it.
OTHER: Final[dict[str, Any]] = {
    "date": "1956-04-11",
    "until": "1956-04-21",
    "audience": {"group": "everybody", "role": "provincial_member"},
    "rumors": ["secret_speech", "tirana_conference"],
    "voiced": ["tirana_conference"],
    "enabled": False,
    "prob": 0.9,
    "channel": "inference",
    "by": "letter",
    "where": "cells",
    "penalty": "penalized",
    "others": True,
    "factor": 7.0,
    "amount": 0.1,
    "session_start": 11,
    "session_end": 20,
    "report_hours": 3,
    "at_least": 5000,
    "delegates": 4000,
    "count": 1500,
    "share_tirana": 0.6,
    "share_elsewhere": 0.6,
    "teller_share": 0.9,
    "discretion": 0.95,
    "curiosity": 5.0,
    "hour": 20.0,
    "lead": 6.0,
    "rate": 0.4,
    "delay": 3.0,
    "selection": 50.0,
    "voice_rate": 50.0,
    "hearing_prob": 0.2,
    "question_rate": 0.95,
    "first_delay": 2.0,
    "mean_delay": 6.0,
    "last_delay": 20.0,
    "when": {"first_voicing": "center", "rumor": "secret_speech", "at_least": 5000},
}
#: Where another value is needed.
OF_KIND: Final[dict[tuple[str, str], Any]] = {
    ("briefing", "channel"): "hall",
    ("hall", "date"): "1956-04-13",
    ("hall", "until"): "1956-04-16",
    ("hall", "audience"): "delegates",
    ("broadcast", "date"): "1956-04-04",
    ("election", "date"): "1956-04-04",
    ("request", "audience"): {"group": "committees", "place": "Vlora"},
    ("alarm", "date"): "1956-04-15",
    ("alarm", "until"): "1956-04-14T10:00:00",
    ("move", "audience"): {"group": "officers", "place": "Tirana"},
    ("punish", "count"): 100,
}
#: Fields that change no result, with the reason. "*" is every kind.
WITHOUT: Final = {
    ("*", "kind"): "names the event",
    ("*", "id"): "names the event",
    ("*", "label"): "text for figures",
    ("*", "evidence"): "what it rests on",
    ("*", "assumed"): "why it is assumed",
    ("*", "source"): "where its numbers come from",
    ("note", "*"): "a marker for figures and texts",
    ("election", "until"): "delegates are chosen on the first day; the last is told in figures",
    ("punish", "until"): "all are punished on the first day; the article gives no dates of the waves",
    ("endemic", "date"): "always the start; another is refused",
}
#: Kinds and fields for which a value is refused by check, because it could not act.
REFUSED: Final = {
    **{(kind, "when"): "cannot wait" for kind in ("broadcast", "endemic", "mobilization", "hall", "letter", "move")},
    **{(kind, "when"): "cannot wait" for kind in ("request", "alarm")},
    **{(kind, "when"): "has no effect" for kind in ("secrecy", "climate", "fear_with_news", "silence", "election")},
    ("punish", "when"): "has no effect",
    **{(kind, "until"): "happens once" for kind in ("briefing", "encouragement", "endemic", "letter")},
    **{(kind, "until"): "happens once" for kind in ("outbreak", "fear", "request")},
}


def result(scenario: rs.Scenario) -> str:
    """Return the fingerprint of a run, and the alarm, which is read from the run and stands beside its digest."""
    ensemble = rs.run(scenario, replicates=1)
    return f"{ensemble.fingerprint()} {ensemble.alarm()}"


def fields() -> list[tuple[str, str]]:
    return [
        (kind, field)
        for kind, model in EVENT_KINDS.items()
        for field in model.model_fields
        if not {("*", field), (kind, "*"), (kind, field)} & set(WITHOUT)
    ]


@pytest.fixture(scope="module")
def base() -> tuple[rs.Scenario, str]:
    events = [f'[[events]]\nid = "{kind}"\nkind = "{kind}"\n{COMMON}{text}\n' for kind, text in BASE.items()]
    scenario = loads_scenario(HEAD + "".join(events))
    return scenario, result(scenario)


def test_every_kind_is_here() -> None:
    assert set(BASE) == set(EVENT_KINDS)


@pytest.mark.parametrize(("kind", "field"), fields())
def test_a_changed_field_changes_the_fingerprint(kind: str, field: str, base: tuple[rs.Scenario, str]) -> None:
    scenario, fingerprint = base
    change = {f"events.{kind}.{field}": OF_KIND.get((kind, field), OTHER[field])}
    if (kind, field) in REFUSED:
        with pytest.raises(rs.RumorsimError, match=REFUSED[kind, field]):
            scenario.replace(change)
        return
    assert result(scenario.replace(change)) != fingerprint
