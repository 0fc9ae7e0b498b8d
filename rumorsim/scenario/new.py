"""The commented starting file that ``rumorsim new scenario`` prints."""

from __future__ import annotations

from collections.abc import Iterator

from rumorsim import catalog
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.extending import event_fields
from rumorsim.scenario.fields import said
from rumorsim.scenario.resolve import Scenario, load_scenario

__all__ = ["new_scenario"]

#: Numbers that are worth trying first.
_FIRST = ("travel.duty_rate", "spread.pass_on_rate", "meeting.interval_days", "secrecy.discretion")


def new_scenario(extends: str | None = None) -> str:
    """Return the text of a new scenario, ready to be saved, checked and changed.

    Parameters
    ----------
    extends : name or path of the scenario it extends; without it the text stands on its own.

    Raises
    ------
    ScenarioError
        If the scenario to extend does not exist or is wrong.

    Examples
    --------
    >>> from rumorsim.scenario import loads_scenario
    >>> loads_scenario(new_scenario("tirana-conference")).title
    'tirana-conference, changed'
    """
    lines = _alone() if extends is None else _extending(extends, load_scenario(extends))
    return "\n".join(lines) + "\n"


def _alone() -> Iterator[str]:
    yield "# A rumorsim scenario. Check it with:  rumorsim check FILE    Run it with:  rumorsim run FILE"
    yield ""
    yield 'title = "A new scenario"'
    yield 'description = "What the scenario is for."'
    yield "start = 1956-02-25              # first day"
    yield "stop = 1956-04-13               # last day, included"
    yield 'rumors = ["secret_speech"]      # also: ' + ", ".join(catalog.RUMORS[1:])
    yield 'population = "party"            # "complete" is one well-mixed group, for the classic models'
    yield ""
    yield "[[fine]]                        # times with hourly ticks by day; elsewhere ticks last six hours"
    yield "from = 1956-03-02"
    yield "until = 1956-03-10"
    yield ""
    yield from _numbers(None)
    yield "# Events. A number is the id of a catalog number in quotes, or a plain number with a source."
    yield "# Every event names facts that support its date, or says why it is assumed."
    yield ""
    yield "[[events]]"
    yield 'id = "plenum"'
    yield 'kind = "briefing"'
    yield "date = 1956-03-02T12:00:00"
    yield 'rumors = ["secret_speech"]'
    yield 'audience = "plenum"'
    yield 'prob = "plenum.hearing_prob"'
    yield 'evidence = ["F034"]'
    yield ""
    yield "[[events]]"
    yield 'id = "what-if"'
    yield 'kind = "outbreak"'
    yield "date = 1956-03-05"
    yield 'rumors = ["secret_speech"]'
    yield 'audience = { group = "officers", place = "Vlorë" }'
    yield "count = 5"
    yield 'source = "assumed: an example"'
    yield 'assumed = "an example of an event that no fact supports"'
    yield "enabled = false                 # true includes it"
    yield ""
    yield "# Kinds of events and their fields; those with = have a default."
    yield "# Every event also has: id, date, until, label, evidence, assumed, source, when, enabled."
    for kind in EVENT_KINDS:
        yield from _kind(kind)


def _kind(kind: str) -> Iterator[str]:
    model = EVENT_KINDS[kind]
    common = set(event_fields(""))
    first = (model.__doc__ or "").splitlines()[0]
    yield "#"
    yield f"# {kind}: {first[0].lower()}{first[1:]}"
    for name, field in model.model_fields.items():
        if name in common:
            continue
        default = f" = {said(field.default)}" if isinstance(field.default, str) else ""
        yield f"#     {name}{default}: {field.description}"


def _numbers(scenario: Scenario | None) -> Iterator[str]:
    yield "# Numbers. Remove the # before a line (and its table) to change one; rumorsim explain lists them all."
    for key in _FIRST:
        if scenario is not None and key not in scenario.values:
            continue
        entry = catalog.parameter(key)
        value = entry.value if scenario is None else scenario.values[key]
        table, word = key.split(".", 1)
        yield f"# [{table}]"
        yield f'# {word} = {{ value = {value}, reason = "..." }}'
        yield f"#     {entry.meaning} ({entry.unit}); {entry.allowed}"
    yield ""


def _extending(name: str, base: Scenario) -> Iterator[str]:
    yield f"# A scenario that extends {name}: what is not given here stays as it is there."
    yield "# Check it with:  rumorsim check FILE    Compare it with:  rumorsim diff FILE " + name
    yield ""
    yield f'title = "{base.name}, changed"'
    yield 'description = "What the change is for."'
    yield f'extends = "{name}"'
    yield f"# start = {base.start}"
    yield f"# stop = {base.stop}"
    yield f"# rumors = [{', '.join(chr(34) + rumor + chr(34) for rumor in base.rumors)}]"
    yield ""
    if base.population == "party":
        yield from _numbers(base)
        yield "# Events of the extended scenario. An event that is named here changes the fields it gives:"
        yield "#"
        yield "# [[events]]"
        yield f'# id = "{base.events[0].id if base.events else "name"}"'
        yield "# enabled = false"
        yield "#"
        for event in base.events:
            yield f"#   {event.begin.date()}  {event.id} ({event.kind})"
    else:
        yield "[classic]"
        yield f"# transmission_rate = {base.values['classic.transmission_rate']}"
        yield f"# stifling_rate = {base.values['classic.stifling_rate']}"
