"""What goes with a posterior, and the posterior in ArviZ's layout, which is tried with ArviZ where it is installed."""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.ensemble.posterior import Posterior
from rumorsim.errors import QueryError
from rumorsim.inference import Calibration, calibrate
from rumorsim.inference.likelihood import DATED, STATEMENTS, Evidence
from rumorsim.inference.predictive import predictive_of

SEED = 3
NAMES = ["spread.pass_on_rate", "voice.letter_question_rate"]


@pytest.fixture(scope="module")
def fit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Calibration]:
    """Few runs of a twenty-fifth of the party, with so many questions that some of them make the archive."""
    many = {"archive.letter_report_prob": 1.0, "punishment.seed_count": 120}
    scenario = rs.load_scenario("tirana-conference").replace({"party.scale": 0.041, **many})
    out = tmp_path_factory.mktemp("fits") / "fit"
    return out, calibrate(scenario, out, 30, SEED, null_worlds=False)


@pytest.fixture(scope="module")
def stored(fit: tuple[Path, Calibration]) -> Posterior:
    return rs.posterior(fit[0])


def column(stored: Posterior, name: str, which: str = "posterior") -> Any:
    held = stored.predictive
    assert held is not None
    return np.array([row[held["columns"].index(name)] for row in held[which]], dtype=np.float64)


def test_documents_written_again_are_as_many_as_their_chances_say(
    fit: tuple[Path, Calibration], stored: Posterior
) -> None:
    """Of a thousand draws, each with luck of its own; a draw that was taken often is not the same archive each time."""
    exact = fit[1].documents(fitted=True)
    count = column(stored, "documents")
    assert len(count) == 1000
    for number in range(4):
        error = np.sqrt(exact[number] * (1.0 - exact[number]) / 1000)
        assert abs((count == number).mean() - exact[number]) < 4.0 * error + 1e-9
    first = np.cumsum(stored.times) - stored.times
    often = int(np.argmax(stored.times))
    assert len(set(count[first[often] : first[often] + stored.times[often]])) > 1


def test_days_are_in_order_and_there_where_documents_are(stored: Posterior) -> None:
    count, one, two = (column(stored, name) for name in ("documents", "documents_first", "documents_second"))
    assert (one[np.isfinite(two)] <= two[np.isfinite(two)]).all()
    assert np.isnan(one[count == 0]).all()
    assert np.isnan(two[count < 2]).all()
    assert np.isfinite(one[count >= 2]).any()
    assert set(one[np.isfinite(one)]) <= set(range(7))
    assert stored.predictive is not None
    assert stored.predictive["windows"] == {"documents": ["1956-04-14", 7], "questions": ["1956-04-21", 41]}


def test_the_likelihood_and_the_runs_are_those_of_the_bank(fit: tuple[Path, Calibration], stored: Posterior) -> None:
    bank = fit[1].bank
    rows, sets = (np.repeat(one, stored.times) for one in (np.searchsorted(bank.ids, stored.runs), stored.sets))
    for name in (*DATED, *STATEMENTS):
        terms = np.broadcast_to(bank.terms[name], (len(bank), 64))[rows, sets]
        assert column(stored, f"log.{name}") == pytest.approx(np.log(terms), rel=1e-4, abs=1e-9)
    for name in ("known", "critics"):
        assert column(stored, name) == pytest.approx(bank.runs[name][rows].astype(float), rel=1e-4)
        assert column(stored, name, "prior") == pytest.approx(bank.runs[name][bank.from_prior].astype(float), rel=1e-4)


def test_it_is_stored_and_read_as_it_was(fit: tuple[Path, Calibration], stored: Posterior) -> None:
    found = fit[1].posterior
    made = predictive_of(fit[1].bank, Evidence.of(fit[1].bank.scenario, fit[1].frame), found)
    assert stored.predictive == found.predictive == json.loads(json.dumps(made))
    assert stored.digest == found.digest
    assert len((fit[0] / "posterior.json").read_text().splitlines()) < 3000, "a draw a line"


def test_which_numbers_move_a_row_is_stored_with_it(fit: tuple[Path, Calibration], stored: Posterior) -> None:
    """For every row that a bank can answer; of so few runs nothing stands out."""
    assert stored.about["advice"] == fit[1].advice
    rows = {"T01", "T02", "T05", "T09", "T11", "T12", "T15", "T29", "C3", "C4", "C8"}
    assert stored.about["advice"]["rows"] == {name: {} for name in rows}
    assert stored.about["advice"]["runs"] == int(fit[1].bank.from_prior.sum())
    assert "none stands out" in (fit[0] / "report.txt").read_text(encoding="utf-8")


def test_the_tree_has_the_groups_of_arviz(fit: tuple[Path, Calibration], stored: Posterior) -> None:
    pytest.importorskip("xarray", minversion="2024.11")
    tree, bank = stored.to_datatree(), fit[1].bank
    groups = {"posterior", "prior", "posterior_predictive", "prior_predictive", "observed_data"}
    assert groups <= set(tree.children)
    for name in NAMES:
        assert tree.posterior[name].dims == ("chain", "draw")
        assert tree.posterior[name].values[0].tolist() == np.repeat(stored[name], stored.times).tolist()
        assert tree.prior[name].values[0].tolist() == bank.runs[name][bank.from_prior].tolist()
    assert tree.posterior_predictive.documents.values[0].tolist() == column(stored, "documents").tolist()
    assert tree.log_likelihood.questions.values[0].tolist() == column(stored, "log.questions").tolist()
    assert tree.prior_predictive.documents.shape == (1, int(bank.from_prior.sum()))
    days = tree.posterior_predictive.documents_day.sel(which="second").values[0]
    assert (days[column(stored, "documents") < 2] == 7).all()
    observed = tree.observed_data
    assert observed.documents_day.values.tolist() == [4, 6]
    flags = {name: int(observed[f"{name}_bound"]) for name in ("documents", "eruptions", "critical", "introductions")}
    assert flags == {"documents": 1, "eruptions": 0, "critical": -1, "introductions": 1}
    assert observed.documents.attrs == {"at_most": 9.0}
    assert tree.constant_data.documents_day.values.tolist() == [1, 1]
    assert int(tree.constant_data.known) == 0


def test_weighted_each_draw_is_there_once(stored: Posterior) -> None:
    pytest.importorskip("xarray", minversion="2024.11")
    resampled, weighted = stored.to_datatree(), stored.to_datatree(weighted=True)
    assert weighted.posterior[NAMES[0]].values[0].tolist() == stored[NAMES[0]].tolist()
    weights = weighted.sample_stats.weight.values[0]
    assert weights.tolist() == stored.weights.tolist()
    for group in ("posterior", "log_likelihood", "log_prior"):
        name = "questions" if group == "log_likelihood" else NAMES[0]
        mean = float(resampled[group][name].mean())
        assert float((weighted[group][name].values[0] * weights).sum()) == pytest.approx(mean)
    first = np.cumsum(stored.times) - stored.times
    assert weighted.posterior_predictive.documents.values[0].tolist() == column(stored, "documents")[first].tolist()


def test_what_is_missing_is_said_in_one_line(stored: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Posterior(stored.about, stored.names, [(0, 0, 1, stored.table[0].tolist())])
    with pytest.raises(QueryError, match="this posterior has none"):
        bare.to_datatree()
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(QueryError, match=r"xarray 2024\.11 or later: pip install 'rumorsim\[inference\]'"):
        stored.to_datatree()


def test_arviz_draws_and_summarizes_it(stored: Posterior) -> None:
    """Prior against posterior, sensitivity to prior and likelihood, and a predictive check with censored days."""
    # The extra `test` brings both; where CI is set, the test fails without them instead of being skipped.
    needed = importlib.import_module if os.environ.get("CI") else pytest.importorskip
    statistics, plots = needed("arviz_stats"), needed("arviz_plots")
    tree = stored.to_datatree()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what ArviZ says of its own dependencies is not ours
        drawn = plots.plot_prior_posterior(tree, var_names=NAMES, backend="none")
        assert set(NAMES) <= set(drawn.viz["dist"].data_vars)
        told = statistics.psense_summary(tree, var_names=NAMES)
        censored = plots.plot_ppc_censored(
            tree, var_names=["documents_day"], extrapolation_factor=None, num_samples=50, backend="none"
        )
    assert list(told.index) == NAMES
    assert np.isfinite(told[["prior", "likelihood"]].to_numpy(dtype=float)).all()
    assert (told["likelihood"] > 0.0).all()
    assert "documents_day" in censored.viz["predictive"]
    assert "documents_day" in censored.viz["observed_km"]
