"""Results by name, as a DataFrame and as a Dataset; and the sweep of docs/core.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from rumorsim.core import NEVER, MakiThompson, Network, Runs, simulate, simulate_exact
from rumorsim.core.engine.results import digest
from rumorsim.core.engine.voicings import VOICING_DTYPE
from rumorsim.errors import CoreError

PAGE = Path(__file__).resolve().parents[4] / "docs" / "core.md"
KARATE = nx.relabel_nodes(nx.karate_club_graph(), {0: "Mr. Hi", 33: "John A."})
ENGINES = [simulate, simulate_exact]


@pytest.mark.fault("1.2")
@pytest.mark.parametrize("engine", ENGINES)
def test_results_are_asked_by_name(engine: Any) -> None:
    net = Network.from_networkx(KARATE)
    runs = engine(net, MakiThompson(0.1), initial_spreaders=["Mr. Hi"], stop_days=9.0)
    assert runs.column("Mr. Hi") == 0
    assert runs.time_heard[0, runs.column("Mr. Hi")] == 0
    assert runs.column(5) == runs.column(np.int64(5)) == list(KARATE).index(5)
    with pytest.raises(CoreError, match=r"unknown person 'Mr Hi'.*did you mean 'Mr. Hi'"):
        runs.column("Mr Hi")
    for wrong in (True, 0, 1.0, None, ["Mr. Hi"], np.array([1, 2])):
        with pytest.raises(CoreError, match="person"):
            runs.column(wrong)


@pytest.mark.fault("1.2")
def test_whole_numbers_as_names_are_names_and_without_names_columns() -> None:
    named = simulate(Network.from_networkx(nx.Graph([(7, 3), (3, 0)])), MakiThompson(0.1), stop_days=2.0)
    assert [named.column(k) for k in (7, 3, 0)] == [0, 1, 2]
    with pytest.raises(CoreError, match="unknown person 1"):
        named.column(1)
    plain = simulate(Network.from_edges(3, [0], [1]), MakiThompson(0.1), stop_days=2.0)
    assert [plain.column(k) for k in (0, np.int32(2))] == [0, 2]
    for wrong in (-1, 3, True, 1.0, "Ana", None):
        with pytest.raises(CoreError, match=r"allowed: 0 to 2"):
            plain.column(wrong)


@pytest.mark.fault("5.23")
@pytest.mark.parametrize("engine", ENGINES)
def test_runs_become_a_data_frame_and_a_dataset(engine: Any) -> None:
    net = Network.from_networkx(KARATE)
    runs = engine(
        net,
        MakiThompson(0.1, 0.1),
        initial_spreaders=["Mr. Hi"],
        stop_days=20.0,
        replicates=3,
        first_replicate=40,
        seed=1,
    )
    frame, data = runs.to_frame(), runs.to_xarray()
    assert len(frame) == 3 * 34
    assert frame["replicate"].unique().tolist() == data["replicate"].values.tolist() == [40, 41, 42]
    assert frame["person"].tolist() == list(KARATE) * 3
    assert "rumor" not in frame
    assert data["time_heard"].dims == ("replicate", "person")
    assert data["time_heard"].attrs["units"] == "days"
    assert data.sel(person="Mr. Hi")["time_heard"].values.tolist() == [0, 0, 0]
    for name in ("time_heard", "time_stopped"):
        assert frame[name].tolist() == data[name].values.ravel().tolist() == getattr(runs, name).ravel().tolist()
    assert np.isinf(frame["time_stopped"]).any()
    people = np.append(np.array(list(KARATE), dtype=object), None)
    teller = frame["teller"].astype(object).where(frame["teller"].notna(), None)
    assert teller.tolist() == people[runs.teller.ravel()].tolist()
    assert set(frame["channel"].dropna()) == {"conversation"}
    assert frame["channel"].isna().tolist() == (data["channel"].values.ravel() == "").tolist()
    assert (data["teller"].values == runs.teller[:, 0]).all()


@pytest.mark.fault("5.23")
def test_several_rumors_have_a_column_and_a_dimension() -> None:
    net = Network.from_edges(3, [0, 1], [1, 2])
    rules = [MakiThompson(5.0), MakiThompson(0.0)]
    runs = simulate(net, rules, initial_spreaders={0: [0], 1: [2]}, stop_days=9.0, replicates=2, batch=1)
    frame, data = runs.to_frame(), runs.to_xarray()
    assert data["time_heard"].dims == ("replicate", "rumor", "person")
    for row in frame.itertuples():
        assert row.time_heard == runs.time_heard[row.replicate, row.rumor, row.person]
    known = frame[np.isfinite(frame["time_heard"])].groupby("rumor").size().to_dict()
    assert known == {0: 6, 1: 2}
    assert frame["teller"].dropna().tolist() == [0, 1, 0, 1]
    assert frame["teller"].dtype.kind == "i"


@pytest.mark.fault("5.23")
@pytest.mark.parametrize(("method", "library"), [("to_frame", "pandas"), ("to_xarray", "xarray")])
def test_a_missing_library_is_named(method: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = simulate(Network.from_edges(2, [0], [1]), MakiThompson(1.0), stop_days=2.0)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CoreError, match=rf"{method}\(\) needs {library}.*pip install 'rumorsim\[export\]'"):
        getattr(runs, method)()


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.fault("5.24")
def test_the_code_of_the_page_runs_and_sweeps_rules_and_networks() -> None:
    """The page opens with five lines; its sweep varies a rule's own parameter and the user's own networks."""
    code = blocks()
    assert len([line for line in code[0].splitlines() if line]) == 5
    space: dict[str, Any] = {}
    for block in code:
        exec(block, space)
    table = space["table"]
    assert set(table["network"]) == {"club", "random"}
    assert len(table) == 2 * 3 * 20 * 34
    aware = np.isfinite(table["time_heard"]).groupby([table["network"], table["stifling_rate"]]).mean()
    for name in ("club", "random"):
        # One seed: more stifling, fewer know.
        assert aware[name].nunique() == 3
        assert aware[name].is_monotonic_decreasing


def made(heard: list[list[int]], rows: Sequence[int] = (), **more: Any) -> Runs:
    """Return runs of one rumor and three people from the ticks in which they heard, and who voiced."""
    tick = np.array(heard, dtype=np.int16)[:, None]
    voicings = np.zeros(len(rows), dtype=VOICING_DTYPE)
    voicings["row"] = rows
    nobody = np.full(tick.shape, -1)
    columns = {"stopped_tick": np.full_like(tick, NEVER), "told": tick < 1, "afraid_tick": tick[:, 0] * 0 + NEVER}
    columns |= {"_channel": nobody.astype(np.int8), "_teller": nobody.astype(np.int32), "labels": np.arange(3)} | more
    return Runs(np.array([0.0, 1.0, 1.5]), tick, voicings=voicings, channels=("talk",), **columns)


def test_days_are_the_ends_of_ticks() -> None:
    runs = made([[-1, 0, 1], [NEVER, NEVER, -1]])
    assert runs.time_heard.tolist() == [[0.0, 1.0, 1.5], [np.inf, np.inf, 0.0]]
    assert (runs.n_aware.tolist(), runs.replicates, runs.n_rumors, runs.n) == ([3, 1], 2, 1, 3)
    assert np.isinf(runs.time_stopped).all()
    exact = made([[-1, 0, 1]], exact_heard_days=np.array([[[0.0, 0.25, np.inf]]]))
    assert (exact.time_heard.tolist(), exact.n_aware.tolist()) == ([[0.0, 0.25, np.inf]], [2])


def test_joined_batches_count_their_rows_on() -> None:
    parts = [made([[-1, 0, 1]], [2]), made([[0, 0, 0], [1, 1, 1]], [0, 5], fired=(("a", 2, 1),))]
    both = Runs.joined(parts)
    assert both.heard_tick[:, 0].tolist() == [[-1, 0, 1], [0, 0, 0], [1, 1, 1]]
    assert (both.voicings["row"].tolist(), both.fired) == ([2, 3, 8], (("a", 2, 1),))
    assert both.teller.shape == (3, 1, 3)
    assert Runs.joined(parts[:1]) is parts[0]


def test_a_fingerprint_goes_by_labels_and_sees_every_column() -> None:
    plain = made([[-1, 0, 1]], [2])
    other = made([[1, 0, -1]], [0], labels=np.array([2, 1, 0]))
    assert other.fingerprint() == plain.fingerprint()
    teller = np.array([[[-1, 0, 1]]], dtype=np.int32)
    renamed = np.array([[[1, 2, -1]]], dtype=np.int32)
    told = made([[-1, 0, 1]], [2], _teller=teller).fingerprint()
    assert made([[1, 0, -1]], [0], labels=np.array([2, 1, 0]), _teller=renamed).fingerprint() == told
    changes: list[dict[str, Any]] = [
        {"heard": [[-1, 0, 0]]},
        {"rows": [1]},
        {"stopped_tick": np.zeros((1, 1, 3), np.int16)},
        {"told": np.zeros((1, 1, 3), np.bool_)},
        {"afraid_tick": np.zeros((1, 3), np.int16)},
        {"_channel": np.zeros((1, 1, 3), np.int8)},
        {"_teller": teller},
    ]
    prints = {made(**{"heard": [[-1, 0, 1]], "rows": [2], **change}).fingerprint() for change in changes}
    assert len(prints | {plain.fingerprint()}) == len(changes) + 1


def test_a_digest_goes_by_values_shapes_and_order() -> None:
    one, two = np.array([1, 2], np.int16), np.array([3], np.int64)
    assert digest([one, two]) == digest([one.astype(np.int64), two.astype(np.uint8)])
    others = [[two, one], [one], [np.array([1, 2, 3])], [one[None], two], [one.astype(float), two], [one[::-1], two]]
    assert len({digest(given) for given in [[one, two], *others]}) == 7
