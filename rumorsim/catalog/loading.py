"""A catalog in a folder, each table read and checked when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from rumorsim.catalog.evidence import load_channels, load_citations, load_facts, load_targets, load_themes
from rumorsim.catalog.fits import Choice, load_calibration, load_posteriors
from rumorsim.catalog.numbers import ARTICLE, load_nulls, load_parameters
from rumorsim.catalog.objects import Channel, Citation, District, Fact, Parameter, Place, Target
from rumorsim.catalog.places import load_districts, load_places, place_index, resolve_place
from rumorsim.catalog.tables import read_json
from rumorsim.errors import CatalogError, unknown

__all__ = ["Catalog"]


class Catalog:
    """The tables of one folder.

    Parameters
    ----------
    folder : where the tables are.

    Examples
    --------
    >>> from rumorsim.catalog.tables import DATA
    >>> Catalog(DATA).parameter("control.officers_moved").value
    993
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def citations(self) -> Mapping[str, Citation]:
        """Citations by id."""
        return load_citations(self.folder)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Gazetteer by id."""
        return load_places(self.folder, self.citations)

    @cached_property
    def _place_index(self) -> Mapping[str, str]:
        return place_index(self.folder, self.places)

    def place(self, word: str) -> Place:
        """Return the place a word means."""
        return resolve_place(word, self._place_index, self.places)

    def _place_id(self, word: str) -> str:
        return self.place(word).id

    @cached_property
    def districts(self) -> Mapping[str, District]:
        """Districts by name."""
        return load_districts(self.folder, self.citations)

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """Facts by id."""
        return load_facts(self.folder, self.citations, self._place_id)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Targets by id."""
        return load_targets(self.folder, self.facts, self._place_id)

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """Described channels by id."""
        return load_channels(self.folder, self.facts)

    @cached_property
    def themes(self) -> Mapping[str, Mapping[str, float]]:
        """Theme weights by rumor."""
        return load_themes(self.folder, self.citations, self.facts)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Parameters by id."""
        return load_parameters(self.folder, self.citations, self.facts)

    @cached_property
    def nulls(self) -> Mapping[str, Parameter]:
        """Numbers of the null worlds by id."""
        return load_nulls(self.folder, self.citations, self.facts)

    @cached_property
    def calibration(self) -> Mapping[str, Choice]:
        """What was chosen for the fit beforehand, by id of a target, a constraint or a parameter."""
        return load_calibration(self.folder, self.targets, self.parameters)

    @cached_property
    def posteriors(self) -> Mapping[str, Path]:
        """Files of shipped fits by the name of the scenario."""
        return load_posteriors(self.folder)

    def parameter(self, key: str) -> Parameter:
        """Return one parameter; an unknown id is an error that offers the nearest one."""
        try:
            return self.parameters[key]
        except KeyError:
            group = key.split(".")[0] + "."
            near = [name for name in self.parameters if name.startswith(group) and group != ARTICLE]
            if not near:
                near = [name for name in self.parameters if not name.startswith(ARTICLE)]
            raise unknown("parameter", key, near, error=CatalogError) from None

    @cached_property
    def outline(self) -> Mapping[str, Any]:
        """Outline of the country as GeoJSON."""
        return self._geojson("map/albania.geojson")

    @cached_property
    def neighbors(self) -> Mapping[str, Any]:
        """Outlines of the neighboring countries as GeoJSON."""
        return self._geojson("map/neighbors.geojson")

    def _geojson(self, name: str) -> Mapping[str, Any]:
        found = read_json(self.folder, name)
        if not isinstance(found, Mapping) or found.get("type") != "FeatureCollection" or not found.get("features"):
            raise CatalogError("is not a GeoJSON feature collection", file=name)
        if "provenance" not in found:
            raise CatalogError("an outline needs its provenance", file=name)
        return found
