"""The guided tour: what its file says rests on the catalog, its answers on runs, and its board is that of a link."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.app import tour as tours
from rumorsim.app.answers import answer_of, board_of
from rumorsim.app.link import read_link
from rumorsim.app.measures import MEASURES, Asked, Board, figure_of, said_number
from rumorsim.app.run import run_world
from rumorsim.app.session import Session
from rumorsim.app.tour import Tour, load_tour, loads_tour, tour_names
from rumorsim.app.tour_file import WORDS
from rumorsim.cli import main
from rumorsim.errors import RumorsimError, ScenarioError
from rumorsim.scenario import load_scenario
from rumorsim.text import MONTHS, day

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "tours"
INVALID = sorted((FOLDER / "invalid").glob("*.toml"))
SMALL = (FOLDER / "small.toml").read_text(encoding="utf-8")
RUMOR = "tirana_conference"


def written(name: str) -> dict[str, Any]:
    path = ROOT / "rumorsim" / "app" / "tours" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def small(*changes: tuple[str, str]) -> Tour:
    text = SMALL
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return loads_tour(text)


# ---------------------------------------------------------------- the shipped tour


def test_the_lesson_has_eight_steps_and_forty_five_minutes() -> None:
    tour = load_tour("en")
    assert len(tour.steps) == 8
    assert sum(step.minutes for step in tour.steps) == 45
    assert tour.steps[0].figure == {"people": 2000, "seed": 1956}
    assert all(step.link for step in tour.steps[1:])
    assert set(tour.words) == set(WORDS)


@pytest.mark.parametrize("name", tour_names())
def test_every_finding_rests_on_the_catalog_and_says_no_other_date_or_number(name: str) -> None:
    """Walks the file itself, not what the checker has made of it."""
    for number, step in enumerate(written(name)["steps"], start=1):
        finding = step["finding"]
        ids = [*finding.get("facts", ()), *finding.get("targets", ()), *finding.get("citations", ())]
        assert ids, f"step {number} states a finding without a source"
        facts = [catalog.facts()[one] for one in finding.get("facts", ())]
        targets = [catalog.targets()[one] for one in finding.get("targets", ())]
        assert all(one in catalog.citations() for one in finding.get("citations", ()))
        assert not any(one.bound == "precursor" for one in facts), f"step {number} rests on what is no arrival"
        dates = {day(d) for one in facts for d in (one.date_start, one.date_end, one.report_date) if d is not None}
        said = load_tour(name).step(number).finding.text
        for found in re.findall(rf"\d+ (?:{'|'.join(MONTHS)})", said):
            assert found in dates, f"step {number}: {found}"
        claims = " ".join(one.claim for one in facts) + " ".join(str(one.value) for one in targets)
        rest = re.sub(rf"\d+ (?:{'|'.join(MONTHS)})", "", said)
        for digits in re.findall(r"\d+", rest):
            assert re.search(rf"\b{digits}\b", claims), f"step {number}: {digits}"


def test_every_step_asks_before_it_shows_and_types_no_answer() -> None:
    for step in written("en")["steps"]:
        guess = step["guess"]
        assert ("slider" in guess) != ("choices" in guess)
        assert not {"answer", "value", "right"} & set(guess)
        assert "{answer}" in guess["said"]
        # The date of the board comes before the one that is asked for.
        if "board" in step and step["guess"]["measure"] != "report_day":
            assert step["board"]["date"] <= guess["by"]


def test_what_goes_to_the_browser_beforehand_has_no_answer() -> None:
    form = load_tour("en").form()
    assert not any({"finding", "said", "value"} & set(step) for step in form["steps"])
    assert "carried home" not in str(form)


# ---------------------------------------------------------------- answers


def test_the_figure_is_the_run_of_the_command_line() -> None:
    figure = figure_of(2000, 1956)
    scenario = load_scenario("maki-thompson").replace({"population.size": 2000})
    ensemble = rs.run(scenario, replicates=1, seed=1956)
    heard = ensemble.share_aware("secret_speech", on="1956-02-29")[0]
    assert figure.ignorant[-1] / 2000 == pytest.approx(1.0 - heard, abs=1e-12)
    assert abs(figure.ignorant[-1] / 2000 - 0.2032) < 0.04  # the end of one run has a standard deviation of about .01
    assert ((figure.ignorant + figure.spreaders + figure.stiflers) == 2000).all()
    assert (figure.spreaders >= 0).all()
    assert (figure.spreaders[0], figure.spreaders[-1], figure.ignorant[0]) == (1, 0, 1999)
    answer = answer_of(load_tour("en").step(1))
    assert answer["value"] == pytest.approx(100 * (1.0 - heard), abs=1e-3)
    assert "{" not in answer["said"]
    assert answer["curves"]["columns"][0][-1] == figure.ignorant[-1]


def test_answers_are_those_of_a_run() -> None:
    scenario = load_scenario("classroom")
    other = scenario.replace({"travel.duty_rate": 0.0})
    a, b = (rs.run(one, replicates=1, seed=1956) for one in (scenario, other))
    board = board_of(small().step(1))
    share, other_share = (100 * one.share_aware(RUMOR, on="1956-04-20")[0] for one in (a, b))

    def measured(name: str, **more: Any) -> float:
        by = tomllib.loads("by = 1956-04-20")["by"]
        return MEASURES[name].value(board, Asked(name, RUMOR, by=by, **more))

    assert share != other_share
    assert measured("share") == pytest.approx(share)
    assert measured("other_share") == pytest.approx(other_share)
    assert measured("difference") == pytest.approx(other_share - share)
    place = 100 * a.share_aware(RUMOR, on="1956-04-20", place="Berat")[0]
    assert measured("place_share", place="Berat") == pytest.approx(place)
    whole = Asked("brought_by_travelers", RUMOR)
    assert MEASURES["brought_by_travelers"].value(board, whole) == pytest.approx(100 * a.introductions(RUMOR)[0])
    shares = a.channel_shares(RUMOR)
    for channels in (("travel",), ("workplace", "conversation")):
        expected = 100 * sum(float(shares[one]) for one in channels)
        asked = Asked("channel_share", RUMOR, channels=channels)
        assert MEASURES["channel_share"].value(board, asked) == pytest.approx(expected, abs=1e-4)
    first = a.first_aware(RUMOR, place="Berat")[0]
    assert measured("first_day", place="Berat") == first.astype("M8[D]").astype(int)
    answer = answer_of(small().step(1))
    assert answer["value"] == pytest.approx(share, abs=1e-3)
    assert answer["said"] == f"{share:.0f} of 100 know, {other_share:.0f} in the other world."
    assert answer["finding"] == "Berat reported on 18 April, that is on 18 April."
    assert answer["sources"] == ["Mëhilli 2011, p. 24, n. 82"]


def test_the_right_choice_is_the_one_whose_bounds_hold_the_number() -> None:
    share = answer_of(small().step(1))["value"]
    for bound, right in ((share - 0.1, 1), (share + 0.1, 0)):
        choices = f'choices = [{{ text = "few", up_to = {bound} }}, {{ text = "many" }}]'
        assert answer_of(small(("slider = [0, 100]", choices)).step(1))["right"] == right


def test_the_day_of_a_document_is_that_of_the_catalog() -> None:
    value = MEASURES["report_day"].value(Board(), Asked("report_day", fact="F125"))
    assert said_number("date", value) == day(catalog.facts()["F125"].report_date)


# ---------------------------------------------------------------- the board of a tab


class Seen:
    """Takes what a session publishes, as a browser would."""

    def __init__(self, query: str = "", tour: Tour | None = None) -> None:
        self.found: dict[str, Any] = {}
        self.session = Session(self.found.__setitem__, "classroom", 1956, query, tour)
        self.session.begin()
        self.session.wait()

    def ask(self, **message: Any) -> dict[str, Any]:
        self.session.ask(message)
        self.session.wait()
        return self.found["says"]


def test_a_step_sets_the_board_as_its_link_does() -> None:
    tour = small(('"classroom"\n', '"classroom"\nseed = 7\nplace = "Berat"\nworld = "b"\n'))
    by_step, by_link, by_number = Seen(tour=tour), Seen(tour.step(1).link), Seen("?tour=1", tour)
    before = by_step.found["world_a"]["wish"]
    assert by_step.session.changes == {}
    by_step.ask(what="step", number=1)
    for seen in (by_step, by_link, by_number):
        assert (seen.session.name, seen.session.seed) == ("classroom", 7)
        assert seen.session.changes == {"travel.duty_rate": 0.0}
        says = seen.found["says"]
        assert says["problem"] == ""
        kept = [says[key] for key in ("rumor", "moment", "place", "world")]
        assert kept == [RUMOR, "1956-04-14T00:00", "berat", "b"]
    assert by_step.found["world_a"]["wish"] > before
    assert by_number.found["says"]["step"] == "1"
    # A reset by hand asks for no date of its own.
    by_step.ask(what="reset", scenario="classroom", seed=8)
    assert by_step.found["world_a"]["wish"] == 0


def test_the_answer_is_that_of_the_step_also_after_levers_were_moved() -> None:
    seen = Seen(tour=small())
    seen.ask(what="step", number=1)
    seen.ask(what="guessed", number=1)
    first = dict(seen.found["answer"])
    assert first["number"] == 1
    seen.ask(what="lever", key="travel.duty_rate", value=0.1)
    seen.ask(what="guessed", number=1)
    assert seen.found["answer"]["said"] == first["said"]


def test_a_step_that_is_not_there_is_said_and_the_page_stays() -> None:
    seen = Seen("?tour=9", small())
    assert "unknown step of the tour '9'" in seen.found["says"]["problem"]
    assert seen.found["says"]["step"] == ""
    assert seen.found["world_a"]["run"]
    assert "unknown step" in seen.ask(what="step", number=0)["problem"]
    assert "unknown step" in seen.ask(what="guessed", number="x")["problem"]
    # What an address asks for beside a step is shown instead of the board of the step.
    also = Seen("?tour=1&s=classroom&seed=5", small())
    assert (also.session.seed, also.session.changes, also.found["says"]["step"]) == (5, {}, "1")
    assert read_link("?tour=3")["tour"] == "3"


# ---------------------------------------------------------------- files of teachers


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_tour_causes_its_message(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    with pytest.raises(ScenarioError) as caught:
        load_tour(str(path))
    assert first in str(caught.value)
    assert re.search(r"invalid/[\w.-]+:(\d+):\d+: ", str(caught.value)), str(caught.value)
    many = path.stem.startswith("many") or path.stem == "misspelled-key"
    assert (len(caught.value.problems) > 1) == many, "one mistake, one message"


def test_a_tour_by_path_and_words_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("[[steps]]", '[words]\nnext = "Weiter"\n\n[[steps]]'), encoding="utf-8")
    tour = load_tour(str(path))
    assert tour.words["next"] == "Weiter"
    assert tour.words["back"] == load_tour("en").words["back"]
    assert main(["check", str(path)]) == 0
    with pytest.raises(RumorsimError, match="did you mean 'en'"):
        load_tour("eng")
    with pytest.raises(RumorsimError, match=r"a tour in a \.toml file"):
        load_tour("./mine.yaml")
    with pytest.raises(ScenarioError, match="is a tour of the classroom page, not a scenario"):
        load_scenario(str(path))


def test_the_command_line_refuses_a_wrong_tour_and_tells_all_that_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--tour", "albanian"]) == 2
    assert "--tour" in capsys.readouterr().err
    wrong = str(FOLDER / "invalid" / "many-problems.toml")
    for words in (["app", "--tour", wrong], ["check", wrong]):
        assert main(words) == 2
        said = capsys.readouterr().err
        assert "Traceback" not in said
        assert all(one in said for one in ("steps[0].minutes", "steps[0].guess.measure", "title"))


def test_the_page_reads_only_the_tour_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tours, "_shipped", lambda: FOLDER)
    assert tour_names() == ("small",)
    assert run_world(load_scenario("classroom"), 1956).share(RUMOR, 0) == 0.0
