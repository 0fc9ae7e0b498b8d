"""A calibration in words: whether the model can make the archive, how good the fit is, and what was learned."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from rumorsim.inference.checks import FEW, Ranks, quantity, ranks_of, rejected
from rumorsim.inference.learning import FEWEST, WORDS, Learned
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.nulls import WITHOUT_INTRODUCTIONS, compared
from rumorsim.text import WIDEST_TEXT, heading, number, table_lines, wrapped

if TYPE_CHECKING:
    from rumorsim.inference.calibration import Calibration
    from rumorsim.inference.nulls import Nats

__all__ = ["GROUPS_WORDS", "WORLDS", "checks_text", "report_text"]

#: What a good fit has: effective number, largest weight, shape of the tail, difference of the two halves in nats.
_EFFECTIVE, _LARGEST, _PARETO, _HALVES = 500.0, 0.02, 0.5, 0.3
_PARTS: Final = {
    "documents": "two documents of districts before the letter, their dates and count",
    "questions": "two questions at letter meetings, their dates",
    "C2": "no eruption elsewhere",
    "C3": "a majority knows before the letter",
    "C4": "little criticism after the collapse",
    "T05": "travelers brought it to most districts",
    "all": "all together",
}
#: World -> what it is, in a few words; `rumorsim.plot` takes them too.
WORLDS: Final = {
    "party": "the model",
    "letter_only": "letter only",
    "letter_only_spurious": "letter and random reports",
    "instantaneous": "everybody told at once",
    "gravity": "order of districts by gravity",
    "random_order": "random order of districts",
}
#: How much of the evidence is used -> in a few words.
GROUPS_WORDS: Final = {"dates": "dates and count", "constraints": "with statements", "all": "all"}


def report_text(found: Calibration) -> str:
    """Return the report of a calibration, as it is stored and printed."""
    bank = found.bank
    first = f"Calibration of {bank.scenario.name}: {len(bank)} of {found.planned} runs, seed {bank.seed}"
    stopped = [] if not found.unfinished else ["The budget ended before all runs were done; the same command goes on."]
    sections = [_worlds(found), _possible(found), _quality(found), _learned(found), _advice(found)]
    if len(found.posterior):
        sections += [_predictive(found), _variants(found)]
    return "\n".join([first, *stopped, *(line for section in sections for line in ("", *section))]) + "\n"


def _worlds(found: Calibration) -> Iterator[str]:
    """What the archive says of the model and the null worlds, in a table and in words."""
    yield heading("Does the archive tell the model from null worlds?")
    evidence = found.evidence
    model, rows = evidence["party"], []
    for world, nats in evidence.items():
        cells = []
        for name, one in nats.items():
            error = f" ±{one.error:.2f}" if math.isfinite(one.error) else ""
            cells += [f"{one.log:.2f}{error}", "" if world == "party" else compared(model[name], one)]
        rows.append((WORLDS[world], *cells, str(nats["all"].runs)))
    columns = ["log evidence, in nats"]
    for text in GROUPS_WORDS.values():
        columns += [f">{text}", "that is"]
    yield from table_lines([*columns, ">runs"], rows, columns_wide=120)
    yield ""
    nulls = [world for world in evidence if world != "party"]
    if not nulls:
        yield wrapped("No run of a null world is there; what the model makes likely, another may as well.", WIDEST_TEXT)
        return
    for name, text in GROUPS_WORDS.items():
        yield wrapped(
            f"{text[0].upper()}{text[1:]}: {_told({w: evidence[w][name] for w in nulls}, model[name])}", WIDEST_TEXT
        )
    free = [WORLDS[world] for world in nulls if world in WITHOUT_INTRODUCTIONS]
    yield wrapped(
        "Log evidence: log probability of the archive, all numbers drawn from their priors, ± standard error. "
        "Undecided: less than 1 nat apart. Not resolved: too few runs to say. With statements: C2 to C4 and T05. All: "
        "with the questions at letter meetings."
        + (
            f" Where there are no introductions ({', '.join(free)}) T05 would be a definition, not a test: it is left "
            "out there, in favor of these worlds."
            if free
            else ""
        ),
        WIDEST_TEXT,
    )


def _told(nulls: Mapping[str, Nats], model: Nats) -> str:
    """Return in words which null worlds are told from the model, and which are not."""
    said = {world: compared(model, found) for world, found in nulls.items()}
    kinds = {
        "undecided between the model and": ("undecided",),
        "not resolved for": ("not resolved",),
        "the model is more likely than": ("model", "no run makes it"),
        "the model is less likely than": ("null",),
    }
    parts = []
    for text, words in kinds.items():
        several = [WORLDS[world] for world, word in said.items() if word.startswith(words)]
        if several:
            parts.append(f"{text} {'all null worlds' if len(several) == len(nulls) else ', '.join(several)}")
    return "; ".join(parts) + "."


def _possible(found: Calibration) -> Iterator[str]:
    yield heading("Can the model make this archive?")
    rows = [
        (_PARTS[one.part], f"{one.log:.2f}", f"{one.middle:.2f}", f"{one.as_unlikely} of {one.archives}", one.words)
        for one in found.places
    ]
    yield from table_lines(["part", ">log", ">others", ">as unlikely", "that is"], rows, columns_wide=120)
    yield ""
    whole = found.places[-1]
    yield wrapped(
        f"Log: log probability of the real archive under the prior, in nats. Others: the median of that of "
        f"{whole.archives} archives that runs from the prior made. As unlikely: how many of them are as unlikely as "
        "the real one, or more.",
        WIDEST_TEXT,
    )
    hardly = [_PARTS[one.part] for one in found.places if one.words != "nothing unusual"]
    yield wrapped(
        "Among archives that the model makes, this one is nothing unusual."
        if not hardly
        else f"The model makes an archive like this one with difficulty: {'; '.join(hardly)}. What follows is what the "
        "numbers would have to be, if the model is right.",
        WIDEST_TEXT,
    )


def _quality(found: Calibration) -> Iterator[str]:
    weights = found.weights
    yield heading("How good is the fit?")
    one, two = found.halves
    rows = [
        ("effective number of distinct runs", f"{weights.effective:.0f}", f"{_EFFECTIVE:.0f} or more"),
        ("largest weight", f"{weights.largest:.3f}", f"below {_LARGEST:g}"),
        ("Pareto k of the weights", f"{weights.pareto_k:.2f}", f"below {_PARETO:g}"),
        ("log evidence of the two halves", f"{one:.2f}, {two:.2f}", f"within {_HALVES:g}"),
    ]
    yield from table_lines(["", ">found", ">wanted"], rows, columns_wide=120)
    if weights.effective < FEWEST:
        yield ""
        yield wrapped(
            f"Intervals are refused: an effective number of {weights.effective:.0f} runs is below {FEWEST:.0f}, and "
            "they would be those of a few runs. More draws help.",
            WIDEST_TEXT,
        )


def _learned(found: Calibration) -> Iterator[str]:
    yield heading("What was learned")
    told = [one for one in found.numbers if not one.unused]
    for word in WORDS[:2]:
        several = sorted((one for one in told if one.word == word), key=lambda one: one.narrower)
        if several:
            columns = [word, ">prior 5%", ">half", ">95%", ">post 5%", ">half", ">95%", ">sd ratio", ">shift"]
            yield from table_lines(columns, [_row(one) for one in several], columns_wide=120)
            yield ""
    for word in WORDS[2:]:
        names = [one.name for one in told if one.word == word]
        if names:
            why = "intervals refused" if word == WORDS[3] else word
            yield wrapped(f"{why} ({len(names)}): {', '.join(names)}", WIDEST_TEXT)
            yield ""
    unused = [one for one in found.numbers if one.unused]
    if unused:
        ratios = [one.narrower for one in unused]
        false = [f"{one.name} {one.narrower:.2f}" for one in unused if one.false_alarm]
        yield wrapped(
            f"False alarms: {len(unused)} numbers that no run can use have sd ratios of {min(ratios):.2f} to "
            f"{max(ratios):.2f}; .90 to 1.10 is wanted. "
            + (f"Outside: {', '.join(false)}." if false else "None is outside."),
            WIDEST_TEXT,
        )
    yield wrapped(
        "Sd ratio: standard deviation over that of the prior, of prior quantiles (of logarithms for what several "
        "numbers do together). Shift: of the mean, in standard deviations of the prior.",
        WIDEST_TEXT,
    )


def _advice(found: Calibration) -> Iterator[str]:
    yield heading("Which numbers move each row of the table of verdicts")
    told = found.advice
    rows = [
        (name, ", ".join(f"{number} {value:+.2f}" for number, value in of_row.items()) or "none stands out")
        for name, of_row in sorted(told["rows"].items())
    ]
    yield from table_lines(["row", "numbers"], rows, columns_wide=120, wrap="numbers")
    yield ""
    yield wrapped(
        f"Rank correlations over {told['runs']} runs from the prior, the three largest; + means that a larger number "
        "makes the quantity larger, or the date later. None is named that is not above "
        f"{told['level']:.2f}: the largest of the numbers that no run can use, and four standard errors at least.",
        WIDEST_TEXT,
    )


def _predictive(found: Calibration) -> Iterator[str]:
    yield heading("What fitted runs do")
    rows = [(one.text, f"{100 * one.prior:.0f}%", f"{100 * one.fitted:.0f}%") for one in found.predictive]
    yield from table_lines(["share of the runs with", ">priors", ">fitted"], rows, columns_wide=120)
    yield ""
    yield wrapped(
        "Documents: if the archives of these runs were written again, with other luck. The rest is what happens in the "
        "runs themselves. What is kept out does not enter the fit, and is a check of it.",
        WIDEST_TEXT,
    )


def _variants(found: Calibration) -> Iterator[str]:
    yield heading("What each piece of the evidence does")
    rows = []
    for one in found.variants:
        aware = [f"{100 * share:.0f}%" for share in one.aware or ()] or [""] * 3
        hearings = [number(value, 2) for value in one.hearings or ()] or [""] * 3
        rows.append((one.name, f"{one.effective:.0f}", f"{one.log:.2f}", *aware, *hearings))
    columns = ["the same runs", ">runs", ">log", ">aware\n5%", ">half", ">95%", ">hearings\n5%", ">half", ">95%"]
    yield from table_lines(columns, rows, columns_wide=120)
    yield ""
    yield wrapped(
        "Runs: effective number; below 100 intervals are refused. Log: log probability of the evidence that is used, "
        "in nats. Aware: share who know of the conference on the eve of the letter. Hearings: from one hearing, as "
        "above. A row that differs much from the first says what that piece of the evidence does.",
        WIDEST_TEXT,
    )


def _row(one: Learned) -> tuple[str, ...]:
    after = one.posterior or ()
    points = [number(value, 3) for value in (*one.prior, *after)] + [""] * (3 - len(after))
    return (one.name, *points, f"{one.narrower:.2f}", f"{one.moved:+.2f}")


def checks_text(found: Calibration, truths: int = 200, posterior_truths: int = 100) -> str:
    """Return the checks of a calibration by simulation, in words; see `rumorsim.inference.checks`.

    Parameters
    ----------
    found : Calibration
    truths, posterior_truths : number of truths from the prior, and from the posterior.
    """
    evidence = Evidence.of(found.bank.scenario, found.frame)
    lines = [heading("Does the posterior mean what it says?")]
    for where, size, posterior in (("prior", truths, False), ("posterior", posterior_truths, True)):
        if posterior and not len(found.posterior):
            continue
        lines += ["", *_checked(ranks_of(found.bank, evidence, size, posterior=posterior), where)]
    lines += [
        "",
        wrapped(
            "Each truth is a run that makes an archive; all other runs are weighed by it. p: that the ranks of the "
            "true values in their posteriors are uniform. Half, nine tenths: share of the true values in the inner "
            "half and the inner nine tenths of their posteriors; .43 to .57 and .85 to .95 are wanted. No truth is "
            "left out.",
            WIDEST_TEXT,
        ),
    ]
    return "\n".join(lines) + "\n"


def _checked(ranks: Ranks, where: str) -> Iterator[str]:
    effective = np.sort(ranks.effective)
    few = float((effective < FEW).mean())
    middle = effective[len(effective) // 2]
    yield wrapped(
        f"{len(effective)} truths from the {where}: effective number of runs {middle:.0f} in the middle, below {FEW:g} "
        f"for {100 * few:.0f}% of them; {int((effective == 0).sum())} make an archive that no other run makes.",
        WIDEST_TEXT,
    )
    several = [quantity(name, ranks.ranks[:, column]) for column, name in enumerate(ranks.names)]
    rows = [
        (
            one.name,
            f"{one.p:.3f}",
            f"{one.half:.2f}",
            f"{one.nine_tenths:.2f}",
            "FAILS" if one.fails(len(several)) else "fine",
        )
        for one in several
    ]
    yield from table_lines(["quantity", ">p", ">half", ">nine tenths", "that is"], rows, columns_wide=120)
    for name, p in rejected(ranks):
        yield f"a posterior {name}: {'rejected' if p < 0.001 else 'NOT REJECTED'} (p {p:.1g})"
