"""All figures of a run, drawn into a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from rumorsim.plot.awareness import awareness_figure
from rumorsim.plot.channels import channel_figure, median_replicate
from rumorsim.plot.classic import classic_figure
from rumorsim.plot.map import map_figure
from rumorsim.plot.marks import leading_rumors
from rumorsim.plot.path import path_figure
from rumorsim.plot.save import checked_formats, save
from rumorsim.plot.verdict import dated_rows, verdict_figure

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble
    from rumorsim.model import RunRecord

__all__ = ["draw_all", "figures"]


def figures(ensemble: Ensemble) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a run with their file names, one after the other.

    Each rumor whose news breaks in the run has its own awareness, map, channels and path; figures that a run has
    nothing for are left out, such as paths where nobody told anybody. The classic models have one figure.
    """
    if ensemble.scenario.population != "party":
        yield "awareness", classic_figure(ensemble)
        return
    party = None if ensemble.older is not None else ensemble.party
    records: dict[int, RunRecord] = {}
    for rumor in leading_rumors(ensemble.scenario):
        yield f"awareness-{rumor}", awareness_figure(ensemble, rumor)
        yield f"map-{rumor}", map_figure(ensemble, rumor)
        # A run of an older format can be read and not replayed.
        if ensemble.older is not None or not sum(ensemble.channel_shares(rumor).values()) > 0.0:
            continue
        number = median_replicate(ensemble, rumor)
        record = records.setdefault(number, records.get(number) or ensemble.replay(number))
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
    ['awareness.svg']
    """
    wanted = checked_formats(formats)
    return [path for name, figure in figures(ensemble) for path in save(figure, folder, name, wanted)]
