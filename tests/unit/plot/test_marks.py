"""Marked dates are those of scenario and archive, and their labels keep apart."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.errors import PlotError
from rumorsim.plot.marks import event_marks, leading_rumors, report_marks, rows_of_labels, span_text
from rumorsim.scenario import load_scenario


@pytest.mark.parametrize(
    ("name", "rumors"),
    [
        ("tirana-conference", ("tirana_conference",)),
        ("secret-speech", ("secret_speech",)),
        ("classroom", ("secret_speech", "tirana_conference")),
        ("maki-thompson", ("secret_speech",)),
    ],
)
def test_leading_rumors_are_those_whose_news_breaks(name: str, rumors: tuple[str, ...]) -> None:
    assert leading_rumors(load_scenario(name)) == rumors


def test_marked_reports_are_the_targets() -> None:
    marks = report_marks("tirana_conference", "1956-04-01", "1956-05-31")
    assert [(str(mark.first), mark.place) for mark in marks] == [
        (str(target.value), target.place_id)
        for target in catalog.targets().values()
        if target.term == "report_date" and target.rumor == "tirana_conference"
    ]
    assert all(mark.archive for mark in marks)


def test_reports_outside_the_days_are_left_out() -> None:
    assert [str(mark.first) for mark in report_marks("tirana_conference", "1956-04-19", "1956-04-30")] == ["1956-04-20"]


def test_unknown_rumor_is_named_with_the_right_one() -> None:
    with pytest.raises(PlotError, match="did you mean 'secret_speech'"):
        report_marks("secret_speach", "1956-04-01", "1956-04-30")


def test_days_of_the_conference_are_one_mark() -> None:
    marks = event_marks(load_scenario("tirana-conference"), "tirana_conference")
    assert (str(marks[0].first), str(marks[0].last)) == ("1956-04-14", "1956-04-16")
    assert marks[0].middle == pytest.approx(105.5)


def test_disabled_events_are_not_marked() -> None:
    marks = event_marks(load_scenario("tirana-conference-no-letter"), "tirana_conference")
    assert [mark.text for mark in marks] == ["conference, 14–16 April"]


def test_spans_over_the_end_of_a_month() -> None:
    assert span_text(np.datetime64("1956-02-29"), np.datetime64("1956-03-02")) == "29 February – 2 March"


@pytest.mark.parametrize("right", [float("inf"), 12.0])
def test_labels_never_lie_on_each_other(right: float) -> None:
    starts = [0.0, 0.5, 1.0, 4.0, 4.0, 9.0, 11.0]
    widths = [3.0, 2.0, 6.0, 1.0, 2.0, 2.5, 3.0]
    rows, turned = rows_of_labels(starts, widths, 0.0, right)
    assert any(turned) == (right < 15.0)
    spans = [(s - w, s) if t else (s, s + w) for s, w, t in zip(starts, widths, turned, strict=True)]
    for one in range(len(starts)):
        for other in range(one):
            apart = spans[one][0] >= spans[other][1] or spans[other][0] >= spans[one][1]
            assert rows[one] != rows[other] or apart, (one, other)


def test_a_label_stands_above_the_lines_it_crosses() -> None:
    rows, _ = rows_of_labels([0.0, 2.0, 3.0], [10.0, 1.0, 1.0])
    assert rows[0] > max(rows[1:])
