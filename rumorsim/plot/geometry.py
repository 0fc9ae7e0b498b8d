"""Shapes of the maps: the outline of the country, its neighbors, and a schematic cell for every district.

No boundaries of the districts of 1956 are at hand, so each district is drawn as the area nearer to its seat than to
any other seat (Voronoi cells), cut off at the present-day outline. Everything is in kilometers on a plane, good to a
few hundred meters in a country of this size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from rumorsim import catalog

__all__ = ["bounds", "district_cells", "neighbor_paths", "outline_path", "project", "seats"]

_LATITUDE: Final = 41.15
_LONGITUDE: Final = 20.1
_KM: Final = 111.2
#: Far beyond the country, so that every cell is bounded before it is cut off at the outline, in km.
_FAR: Final = 2000.0


def project(lon: Any, lat: Any) -> NDArray[np.float64]:
    """Return places in km east and north of the middle of the country, (..., 2).

    Examples
    --------
    >>> project(20.1, 42.15).round(1).tolist()
    [0.0, 111.2]
    """
    east = (np.asarray(lon, dtype=np.float64) - _LONGITUDE) * np.cos(np.radians(_LATITUDE)) * _KM
    north = (np.asarray(lat, dtype=np.float64) - _LATITUDE) * _KM
    return np.stack(np.broadcast_arrays(east, north), axis=-1)


def _rings(shape: Mapping[str, Any]) -> Iterator[NDArray[np.float64]]:
    for feature in shape["features"]:
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for polygon in polygons:
            for ring in polygon:
                points = np.array([tuple(point)[:2] for point in ring], dtype=np.float64)
                yield project(points[:, 0], points[:, 1])


def _path(rings: list[NDArray[np.float64]]) -> Path:
    codes = [
        np.concatenate([[Path.MOVETO], np.full(len(ring) - 2, Path.LINETO), [Path.CLOSEPOLY]]).astype(np.uint8)
        for ring in rings
    ]
    return Path(np.concatenate(rings), np.concatenate(codes))


@cache
def outline_path() -> Path:
    """Return the present-day outline of the country, km.

    Examples
    --------
    >>> bool(outline_path().contains_point(project(19.82, 41.33)))
    True
    """
    return _path(list(_rings(catalog.outline())))


@cache
def bounds(margin: float = 8.0) -> tuple[float, float, float, float]:
    """Return west, east, south and north of a map of the country with a margin, km."""
    points = np.asarray(outline_path().vertices)
    west, south = points.min(axis=0) - margin
    east, north = points.max(axis=0) + margin
    return float(west), float(east), float(south), float(north)


@cache
def neighbor_paths() -> tuple[Path, ...]:
    """Return the neighbors as far as they come into the map, km; what lies far outside is cut off."""
    west, east, south, north = bounds(30.0)
    frame = Bbox.from_extents(west, south, east, north)
    near = []
    for ring in _rings(catalog.neighbors()):
        low, high = ring.min(axis=0), ring.max(axis=0)
        if low[0] < east and high[0] > west and low[1] < north and high[1] > south:
            near.append(_path([ring]).clip_to_bbox(frame))
    return tuple(near)


@cache
def seats() -> NDArray[np.float64]:
    """Return the seats of the districts in the order of the catalog, (26, 2) km, read-only."""
    table = catalog.districts().values()
    found = project([row.lon for row in table], [row.lat for row in table])
    found.setflags(write=False)
    return found


@cache
def district_cells() -> tuple[NDArray[np.float64], ...]:
    """Return the cell of each district in the order of the catalog: corners, (n, 2) km, not yet cut off at the outline.

    Examples
    --------
    >>> cells = district_cells()
    >>> len(cells), all(Path(cell).contains_point(seat) for cell, seat in zip(cells, seats()))
    (26, True)
    """
    corners = _FAR * np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    diagram = Voronoi(np.concatenate([seats(), corners]))
    cells = []
    for row in range(len(seats())):
        cell = diagram.vertices[diagram.regions[diagram.point_region[row]]]
        turn = np.argsort(np.arctan2(*(cell - seats()[row]).T[::-1]))
        cells.append(cell[turn])
    return tuple(cells)
