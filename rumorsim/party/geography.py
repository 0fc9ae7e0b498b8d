"""Where the party lives: places of the gazetteer as arrays, distances, and which place contains which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.errors import CatalogError, PartyError

__all__ = ["Geography", "read_geography"]

#: Kilometers a degree of latitude, and a degree of longitude at 41 degrees north: plane geometry is enough for a
#: country of 340 by 150 km, and needs no trigonometric function.
_KM_LAT: Final = 111.2
_KM_LON: Final = 83.9


@dataclass(frozen=True)
class Geography:
    """Places and districts of the catalog, as parallel arrays.

    Attributes
    ----------
    ids, names, kinds : (n_places,) texts, in the order of ``catalog.places()``.
    district : (n_places,) int16, district of the place, -1 if it has none.
    region : (n_places,) int8, region of the place, -1 if it has none.
    within : (n_places,) int16, row of the next larger place, -1 for a country.
    country : (n_places,) texts.
    population : (n_places,) int64, inhabitants of towns, 0 where unknown.
    districts, regions : names in the order of their numbers.
    seat : (n_districts,) int16, place of the district's seat.
    village_area : (n_districts,) int16, place of the district's villages.
    urban, rural : (n_districts,) int64 inhabitants in 1955.
    district_region : (n_districts,) int8.
    member_share : (n_districts,) float64, share of the members outside the Tirana organization, 0 for Tiranë.
    south : (n_districts,) bool, south of the Shkumbin.
    km : (n_districts, n_districts) int64, straight distance between seats, kilometers.
    tirana, tirana_district : row of the town Tiranë in places, and its district.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    district: NDArray[np.int16]
    region: NDArray[np.int8]
    within: NDArray[np.int16]
    country: tuple[str, ...]
    population: NDArray[np.int64]
    districts: tuple[str, ...]
    regions: tuple[str, ...]
    seat: NDArray[np.int16]
    village_area: NDArray[np.int16]
    urban: NDArray[np.int64]
    rural: NDArray[np.int64]
    district_region: NDArray[np.int8]
    member_share: NDArray[np.float64]
    south: NDArray[np.bool_]
    km: NDArray[np.int64]
    tirana: int
    tirana_district: int

    def rows(self, kind: str) -> list[int]:
        """Return the rows of all places of a kind."""
        return [row for row, found in enumerate(self.kinds) if found == kind]

    def inside(self, row: int) -> NDArray[np.bool_]:
        """Return (n_places,) bool: the place itself and every place that lies in it."""
        found = np.zeros(len(self.ids), dtype=np.bool_)
        found[row] = True
        # A place stands below the larger place it lies in, so one pass is enough.
        for place, larger in enumerate(self.within.tolist()):
            if larger >= 0 and found[larger]:
                found[place] = True
        return found

    def find(self, place: str) -> int:
        """Return the row of a place by id or name; accents, case and "Tirana" are forgiven.

        Raises
        ------
        PartyError
            If no place has that id or name, with the nearest one that exists.
        """
        try:
            return self.ids.index(catalog.place(place).id)
        except CatalogError as error:
            raise PartyError(error.what, given=error.given, allowed=error.allowed, nearest=error.nearest) from error


@cache
def read_geography() -> Geography:
    """Read places and districts from the catalog, once.

    Raises
    ------
    PartyError
        If the gazetteer lacks a district seat, a village area or the town Tiranë.

    Examples
    --------
    >>> geography = read_geography()
    >>> len(geography.districts), geography.names[geography.tirana]
    (26, 'Tiranë')
    """
    places = list(catalog.places().values())
    table = list(catalog.districts().values())
    districts = tuple(str(row.name) for row in table)
    regions = tuple(sorted({str(row.region) for row in table}))
    row_of = {str(row.id): index for index, row in enumerate(places)}
    number = {name: index for index, name in enumerate(districts)}
    area = {name: index for index, name in enumerate(regions)}
    district_region = np.array([area[str(row.region)] for row in table], dtype=np.int8)
    district = np.array([number.get(row.district, -1) for row in places], dtype=np.int16)
    region = np.array([area.get(str(row.qark_1956), -1) for row in places], dtype=np.int8)

    def place_of(kind: str, name: str, of: str) -> int:
        for row, place in enumerate(places):
            if place.kind == kind and place.district == of and (not name or place.name == name):
                return row
        raise PartyError(f"the gazetteer has no {kind} {name} in the district {of}".replace("  ", " "))

    x = np.array([float(row.lon) * _KM_LON for row in table])
    y = np.array([float(row.lat) * _KM_LAT for row in table])
    dx, dy = x[:, None] - x[None, :], y[:, None] - y[None, :]
    seat = np.array([place_of("town", str(row.seat), str(row.name)) for row in table], dtype=np.int16)
    tirana_district = number["Tiranë"]
    return Geography(
        ids=tuple(str(row.id) for row in places),
        names=tuple(str(row.name) for row in places),
        kinds=tuple(str(row.kind) for row in places),
        district=district,
        region=region,
        within=np.array([row_of.get(str(row.within), -1) for row in places], dtype=np.int16),
        country=tuple(str(row.country) for row in places),
        population=np.array([row.population or 0 for row in places], dtype=np.int64),
        districts=districts,
        regions=regions,
        seat=seat,
        village_area=np.array([place_of("village_area", "", str(row.name)) for row in table], dtype=np.int16),
        urban=np.array([row.urban for row in table], dtype=np.int64),
        rural=np.array([row.villages for row in table], dtype=np.int64),
        district_region=district_region,
        member_share=np.array([row.member_share for row in table], dtype=np.float64),
        south=np.array([row.south for row in table], dtype=np.bool_),
        km=np.floor(np.sqrt(dx * dx + dy * dy) + 0.5).astype(np.int64),
        tirana=int(seat[tirana_district]),
        tirana_district=tirana_district,
    )
