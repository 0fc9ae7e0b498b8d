"""The archive cannot judge a party at a small scale, and the table beside such a run says so."""

from __future__ import annotations

from rumorsim.ensemble import Ensemble, verdict_rows
from rumorsim.ensemble.verdict_text import verdict_text


def test_a_verdict_at_a_small_scale_is_called_an_artifact(ensemble: Ensemble) -> None:
    whole = ensemble.scenario.replace({"party.scale": 1.0})
    at_full_scale = Ensemble(whole, ensemble.frame, ensemble.seed, ensemble.parameters, ensemble.table)
    rows = verdict_rows(ensemble)
    small, full = (" ".join(verdict_text(of, rows).split()) for of in (ensemble, at_full_scale))
    said = "This party is 0.041 of the one of 1956: whether the archive agrees with it is an artifact"
    assert said in small
    assert small.index(said) < small.index("The archive beside the run")
    assert "artifact" not in full
