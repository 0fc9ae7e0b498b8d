"""A scenario of three weeks, and studies of it that take seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.study import Study

SCENARIO = """
title = "Three weeks of April"
extends = "classroom"
start = 1956-04-01
stop = 1956-04-23
"""

STUDY = """
title = "A test"
scenario = "{scenario}"
replicates = {replicates}
{top}

[design]
{design}

[vary]
{vary}

[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "tirana_conference"
on = 1956-04-20

[[outputs]]
name = "arrival"
observable = "first_aware"
rumor = "tirana_conference"
place = "Fier"

[[outputs]]
name = "voiced"
observable = "first_voiced"
rumor = "tirana_conference"
unit = "typical"

[[outputs]]
name = "share"
observable = "curve"
rumor = "tirana_conference"
{outputs}
"""

CLASSIC = """
title = "A test"
scenario = "maki-thompson"
replicates = {replicates}
{top}

[design]
{design}

[vary]
{vary}

[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29

[[outputs]]
name = "share"
observable = "curve"
rumor = "secret_speech"

[[outputs]]
name = "arrival"
observable = "first_aware"
rumor = "secret_speech"
"""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the scenario."""
    path = tmp_path_factory.mktemp("scenario") / "short.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def short_scenario(short: Path) -> Scenario:
    return load_scenario(short)


@pytest.fixture
def write(tmp_path: Path, short: Path) -> Write:
    """Write a study into the test's folder and return its path."""

    def write_study(
        vary: str,
        design: str = 'kind = "grid"',
        replicates: int = 2,
        top: str = "",
        outputs: str = "",
        classic: bool = False,
        name: str = "study.toml",
    ) -> Path:
        form = CLASSIC if classic else STUDY
        path = tmp_path / name
        text = form.format(scenario=short, vary=vary, design=design, replicates=replicates, top=top, outputs=outputs)
        path.write_text(text, encoding="utf-8")
        return path

    return write_study


@pytest.fixture
def make(write: Write) -> Callable[..., Study]:
    """Return a study; arguments as for `write`."""
    return lambda *arguments, **words: Study.load(write(*arguments, **words))


@pytest.fixture(scope="session")
def base() -> Scenario:
    """The classroom from 10 April to 5 May."""
    return load_scenario("classroom").replace({"start": "1956-04-10", "stop": "1956-05-05"})


@pytest.fixture(scope="session")
def party(base: Scenario) -> Party:
    return build_party(base)
