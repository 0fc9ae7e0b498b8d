"""The one door of the core: what a whole number, a number, a seed, a word or a list of people is.

Every helper returns the value in the form in which the core works with it, or raises a `CoreError` that names the
argument, what was given and what is allowed. Nothing is repaired: a truth value is no number, 2.5 is no tick.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import CoreError, RumorsimError, nearest, unknown

__all__ = [
    "MOST",
    "MOST_INDEX",
    "factors",
    "listed",
    "number",
    "numbers",
    "people",
    "seed",
    "truth",
    "whole",
    "wholes",
    "word",
]

#: Largest number taken. float32 ends at 3.4e38, and a number is still multiplied with sums of up to 2**24.
MOST: Final = 1e30
#: Smallest factor above 0 that is taken: its inverse must be a number too.
_LEAST: Final = 1e-30
MOST_INDEX: Final = 2**31 - 1


def _said(value: Any) -> Any:
    """Return a value as a message gives it: None as a word, and long arrays cut short."""
    if value is None:
        return "None"
    text = repr(value)
    return value if len(text) <= 80 else text[:77] + "..."


def _is_bool(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def whole(
    value: Any,
    path: str,
    low: int = 0,
    high: int = MOST_INDEX,
    *,
    what: str = "not a whole number in range",
    error: type[RumorsimError] = CoreError,
) -> int:
    """Return a whole number between two bounds as an int; truth values and floats are none.

    Examples
    --------
    >>> whole(np.int64(3), "replicates", 1)
    3
    """
    if type(value) is int and low <= value <= high:
        return value
    if not _is_bool(value) and not isinstance(value, np.ndarray):
        try:
            found = operator.index(value)
        except TypeError:
            found = low - 1
        if low <= found <= high:
            return found
    # The largest of all are written as everybody knows them.
    allowed = f"a whole number, {low} to {'2**64 - 1' if high == 2**64 - 1 else high}"
    if high == MOST_INDEX:
        allowed = f"a whole number, {low} or more"
    raise error(what, path=path, given=_said(value), allowed=allowed)


def seed(value: Any, path: str = "seed", error: type[RumorsimError] = CoreError) -> int:
    """Return a seed, the same rule in the whole program: a whole number, 0 to 2**64 - 1."""
    return whole(value, path, 0, 2**64 - 1, what="not a usable seed", error=error)


def truth(value: Any, path: str) -> bool:
    """Return a truth value; 1, "no" and None are none."""
    if not _is_bool(value):
        raise CoreError("not a truth value", path=path, given=_said(value), allowed="True or False")
    return bool(value)


def _has_bool(value: Any) -> bool:
    """Return whether a truth value hides among numbers, where NumPy would take it as 0 or 1."""
    if isinstance(value, (list, tuple)):
        return any(map(_has_bool, value))
    return _is_bool(value)


def _array(value: Any, path: str) -> NDArray[Any]:
    """Return numbers as an array of whole numbers or floats; CoreError for words, truth values and objects."""
    if np.ma.isMaskedArray(value):
        raise CoreError("a masked array", path=path, given=_said(value), allowed="an array without a mask")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "iuf" or _has_bool(value):
        raise CoreError("not a number", path=path, given=_said(value), allowed="finite numbers")
    return array


def numbers(
    value: Any,
    path: str,
    shapes: Iterable[tuple[int, ...]] | None = ((),),
    low: float = 0.0,
    high: float = MOST,
) -> NDArray[np.float64]:
    """Return finite numbers between two bounds as float64, in one of the shapes allowed (None: in any).

    Examples
    --------
    >>> numbers([1, 2.5], "rate", [(), (2,)]).tolist()
    [1.0, 2.5]
    """
    array = _array(value, path)
    allowed_shapes = None if shapes is None else tuple(shapes)
    if allowed_shapes is not None and array.shape not in allowed_shapes:
        allowed = " or ".join("one number" if not s else f"{' x '.join(map(str, s))} numbers" for s in allowed_shapes)
        raise CoreError("shape", path=path, given=str(array.shape), allowed=allowed)
    if array.size and not (array.min() >= low and array.max() <= high):  # NaN is neither
        bad = array[~((array >= low) & (array <= high))].ravel()[0]
        if high == MOST:
            allowed = f"a finite number, {low:g} or more and at most {MOST:g}" if low > -MOST else "a finite number"
        else:
            allowed = f"{low:g} to {high:g}"
        raise CoreError("number out of range", path=path, given=bad.item(), allowed=allowed)
    return array.astype(np.float64, copy=False)


def number(value: Any, path: str, low: float = 0.0, high: float = MOST) -> float:
    """Return one finite number between two bounds."""
    if type(value) is float and low <= value <= high:  # thousands of actions pass here
        return value
    return float(numbers(value, path, ((),), low, high))


def factors(value: Any, path: str, shapes: Iterable[tuple[int, ...]] | None = ((),)) -> NDArray[np.float64]:
    """Return factors: 0, or numbers whose inverse float32 holds as well."""
    found = numbers(value, path, shapes)
    small = (found > 0) & (found < _LEAST)
    if small.any():
        bad = float(np.atleast_1d(found)[np.atleast_1d(small)][0])
        raise CoreError("factor", path=path, given=bad, allowed=f"0, or {_LEAST:g} to {MOST:g}")
    return found


def wholes(value: Any, path: str, low: int, high: int, length: int | None = None) -> NDArray[Any]:
    """Return a list of whole numbers between two bounds, as the array of whole numbers that it is."""
    array = _array(value, path)
    if array.ndim != 1 or (length is not None and len(array) != length):
        wanted = "a list of whole numbers" if length is None else f"a list of {length} whole numbers"
        raise CoreError("shape", path=path, given=str(array.shape), allowed=wanted)
    if not array.size:
        return np.empty(0, dtype=np.int64)
    if array.dtype.kind == "f":
        raise CoreError("not whole numbers", path=path, given=_said(value), allowed="whole numbers")
    if not (array.min() >= low and array.max() <= high):
        bad = array[(array < low) | (array > high)][0]
        raise CoreError("number out of range", path=path, given=int(bad), allowed=f"{low} to {high}")
    return array


def word(value: Any, allowed: Iterable[str], kind: str, path: str) -> str:
    """Return a word that is among those allowed; the error offers the nearest."""
    words = tuple(allowed)
    if not isinstance(value, str) or value not in words:
        raise unknown(kind, value, words, error=CoreError, path=path)
    return value


def listed(value: Any, path: str, kind: type | tuple[type, ...], what: str) -> tuple[Any, ...]:
    """Return a list of things of a class; CoreError for a single one and for anything else."""
    if isinstance(value, (str, bytes, Mapping, Set)) or not isinstance(value, Iterable):
        raise CoreError(f"not a list of {what}", path=path, given=_said(value), allowed=f"a list of {what}")
    things = tuple(value)
    for position, thing in enumerate(things):
        if not isinstance(thing, kind):
            raise CoreError(f"not one of {what}", path=f"{path}[{position}]", given=_said(thing), allowed=what)
    return things


def people(
    given: Any, n: int, path: str, names: Mapping[Hashable, int] | None = None, *, once: bool = True
) -> NDArray[np.int64]:
    """Return people as their numbers, from a list of numbers, of names, or from a mask of everybody.

    Parameters
    ----------
    given : (m,) whole numbers or names, or (n,) bool
        In a network with names a list holds names only: of integer labels 7, 3, 0 the 0 is the third person.
    n : int
        Number of people.
    path : str
        Name of the argument.
    names : mapping name -> number, optional
    once : bool
        Give everybody once, in ascending order; otherwise in the order given.

    Examples
    --------
    >>> people([False, True, True], 3, "persons").tolist()
    [1, 2]
    >>> people(["Eve", "Ann"], 3, "persons", {"Ann": 0, "Bob": 1, "Eve": 2}, once=False).tolist()
    [2, 0]
    """
    if type(given) is np.ndarray and given.ndim == 1 and given.dtype.kind in "iu" and names is None:
        found = given
    else:
        found = _found(given, n, path, names)
    if len(found) and not (found.min() >= 0 and found.max() < n):
        bad = found[(found < 0) | (found >= n)][0]
        raise CoreError("person", path=path, given=int(bad), allowed=f"0 to {n - 1}")
    found = found.astype(np.int64, copy=False)
    return np.unique(found) if once else found


def _found(given: Any, n: int, path: str, names: Mapping[Hashable, int] | None) -> NDArray[Any]:
    """Return people given in any other way than as an array of numbers."""
    allowed = "a list of people" if names is None else "a list of people, by name"
    some = isinstance(given, Sequence) and not isinstance(given, (str, bytes, bytearray, memoryview))
    if np.ma.isMaskedArray(given) or (not some and not (hasattr(given, "__array__") and np.ndim(given) == 1)):
        raise CoreError("not a list of people", path=path, given=_said(given), allowed=allowed)
    items = given if some else np.asarray(given).tolist()
    if len(items) and all(map(_is_bool, items)):
        if len(items) != n:
            raise CoreError("length of a mask", path=path, given=len(items), allowed=f"{n}, one for each person")
        return np.flatnonzero(np.asarray(items, dtype=np.bool_))
    if names is not None:
        return np.array([_named(item, path, names) for item in items], dtype=np.int64)
    return np.array([whole(item, path, 0, n - 1, what="person") for item in items], dtype=np.int64)


def _named(item: Any, path: str, names: Mapping[Hashable, int]) -> int:
    try:
        position = names[item]
    except (KeyError, TypeError):
        position = -1
    # 1, 1.0 and True are one key of a mapping, but three answers.
    if position < 0 or _is_bool(item) or isinstance(item, (float, np.floating)):
        known = tuple(names)
        if position >= 0 and type(known[position]) is type(item):
            return position
        raise CoreError(
            f"unknown person {item!r}", path=path, allowed=[repr(name) for name in known], nearest=nearest(item, known)
        )
    return position
