"""Settings from the command line: ``--set key=value`` in the spelling of a scenario file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from rumorsim.errors import ScenarioError
from rumorsim.scenario.fields import said
from rumorsim.scenario.read import check_key_parts

__all__ = ["parse_setting", "parse_settings"]


def parse_setting(text: str) -> tuple[str, Any]:
    """Return key and value of a setting; the value is read as TOML, and as a word where it is not TOML.

    Parameters
    ----------
    text : ``key=value``, for example ``travel.duty_rate=0.02`` or ``events.letter.enabled=false``.

    Raises
    ------
    ScenarioError
        If there is no equals sign, no key or no value.

    Examples
    --------
    >>> parse_setting("travel.duty_rate=0.02"), parse_setting("party.scope=country")
    (('travel.duty_rate', 0.02), ('party.scope', 'country'))
    >>> parse_setting('rumors=["secret_speech"]')
    ('rumors', ['secret_speech'])
    """
    key, sign, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not sign or not re.fullmatch(r"[\w.-]+", key) or not value:
        raise ScenarioError(f"the setting {said(text)} is not of the form key=value", allowed="travel.duty_rate=0.02")
    if "\n" in value or "\r" in value:
        raise ScenarioError(f"the setting of {key} has more than one line", allowed="one line")
    check_key_parts(text, name=None)
    try:
        found = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        return key, value
    return key, found["value"] if set(found) == {"value"} else value


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Return several settings as one table for :meth:`~rumorsim.scenario.Scenario.replace`.

    Raises
    ------
    ScenarioError
        If one is malformed, or a key is set twice.

    Examples
    --------
    >>> parse_settings(["travel.duty_rate=0", "stop=1956-04-20"])
    {'travel.duty_rate': 0, 'stop': datetime.date(1956, 4, 20)}
    """
    settings: dict[str, Any] = {}
    for text in texts:
        key, value = parse_setting(text)
        if key in settings:
            raise ScenarioError(f"{key} is set twice", allowed="every key once")
        settings[key] = value
    return settings
