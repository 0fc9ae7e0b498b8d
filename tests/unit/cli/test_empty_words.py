"""An empty word is no path, which would mean the working directory; what is no name at all is told as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.errors import QueryError, RunError, ScenarioError

Call = Callable[..., Any]


@pytest.mark.fault("2.8")
@pytest.mark.parametrize(
    "words",
    [("check", ""), ("check", " "), ("plot", ""), ("sweep", ""), ("sensitivity", ""), ("new", "study", "--out", "")],
)
def test_an_empty_word_is_no_path(words: tuple[str, ...], call: Call) -> None:
    answer = call(*words)
    assert answer.status == 2
    assert "an empty path" in answer.err
    assert not answer.out


@pytest.mark.fault("3.11")
@pytest.mark.parametrize("given", [None, 3, b"classroom", ["classroom"], "x" * 5000])
def test_what_cannot_be_a_name_or_path(given: Any) -> None:
    with pytest.raises(ScenarioError, match=r"not a scenario|too long"):
        rs.load_scenario(given)


@pytest.mark.fault("3.11")
def test_changes_and_keys_of_another_type() -> None:
    scenario = rs.load_scenario("maki-thompson")
    for given in ("run.seed=1", None):
        with pytest.raises(ScenarioError, match="a mapping"):
            scenario.replace(given)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match="None"):
        scenario.value(None)  # type: ignore[arg-type]


@pytest.mark.fault("2.7")
def test_priors_of_a_scenario_without_priors_are_not_drawn() -> None:
    with pytest.raises(RunError, match="no priors"):
        rs.run("maki-thompson", 1, parameters="prior")


@pytest.mark.fault("1.5")
def test_a_replicate_is_a_number() -> None:
    ensemble = rs.run(rs.load_scenario("maki-thompson").replace({"population.size": 20}), 1)
    for given in (None, "0", 0.5):
        with pytest.raises(QueryError, match="replicate"):
            ensemble.replay(given)  # type: ignore[arg-type]
