"""All figures of a run, drawn into a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rumorsim.party import build_party
from rumorsim.plot.awareness import awareness_figure
from rumorsim.plot.channels import channel_figure, median_replicate
from rumorsim.plot.map import map_figure
from rumorsim.plot.marks import leading_rumors
from rumorsim.plot.path import path_figure
from rumorsim.plot.save import checked_formats, save
from rumorsim.plot.verdict import dated_rows, verdict_figure

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble

__all__ = ["draw_all", "figures"]


def figures(ensemble: Ensemble) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a run with their file names, one after the other.

    Each rumor whose news breaks in the run has its own awareness, map, channels and path; figures that a run has
    nothing for are left out: maps of a run without places, paths where nobody told anybody.
    """
    leading = leading_rumors(ensemble.scenario)
    is_party = ensemble.scenario.population == "party"
    party = build_party(ensemble.scenario) if is_party else None
    for rumor in leading:
        yield f"awareness-{rumor}", awareness_figure(ensemble, rumor)
        if party is None or not sum(ensemble.channel_shares(rumor).values()) > 0.0:
            continue
        yield f"map-{rumor}", map_figure(ensemble, rumor)
        record = ensemble.replay(median_replicate(ensemble, rumor))
        yield f"channels-{rumor}", channel_figure(ensemble, rumor, record)
        if (record.teller[record.rumors.index(rumor)] >= 0).any():
            yield f"path-{rumor}", path_figure(ensemble, rumor, record, party)
    if dated_rows(ensemble):
        yield "verdict", verdict_figure(ensemble)


def draw_all(ensemble: Ensemble, folder: str | os.PathLike[str], formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Draw every figure of a run into a folder and return the files.

    Parameters
    ----------
    ensemble : Ensemble
    folder : path
        Made if needed; files of the same name are replaced.
    formats : "png", "svg", "pdf"

    Raises
    ------
    PlotError
        For an unknown format, before anything is drawn, and when a file cannot be written.

    Examples
    --------
    >>> import tempfile, rumorsim as rs
    >>> from rumorsim.plot import draw_all
    >>> run = rs.run(rs.load_scenario("maki-thompson").replace({"population.size": 50}), replicates=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in draw_all(run, folder, formats=["svg"])]
    ['awareness-secret_speech.svg']
    """
    wanted = checked_formats(formats)
    return [path for name, figure in figures(ensemble) for path in save(figure, folder, name, wanted)]
