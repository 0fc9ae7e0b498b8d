"""Priors: what is thought possible for a number before the evidence is used.

A prior is written in the catalog as a short formula, for example ``loguniform(0.2, 10)``, and read into a small
frozen object. A draw is the quantile of a uniform number, so that chance comes from the caller's streams. Quantiles
are rounded to six significant digits, which makes them the same on every machine.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rumorsim.errors import CatalogError, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Prior", "parse_prior"]

_DIGITS: Final = 6

#: Family -> the parameters it takes, in the order they may be given without names.
_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "gamma": ("mean", "sd"),
    "beta": ("mean", "sd"),
    "zero_or_uniform": ("zero", "high"),
}


@dataclass(frozen=True, slots=True)
class Prior:
    """A one-dimensional distribution.

    ``uniform`` and ``loguniform`` take ``low`` and ``high``; ``gamma`` and ``beta`` take ``mean`` and ``sd`` (the
    standard deviation), the beta on the unit interval. ``zero_or_uniform`` is for a mechanism that may not exist: 0
    with probability ``zero``, else uniform from 0 to ``high``.

    Examples
    --------
    >>> prior = parse_prior("loguniform(0.1, 10)")
    >>> prior.quantile(0.5)
    1.0
    >>> prior.support
    (0.1, 10.0)
    """

    family: str
    numbers: tuple[float, float]

    def __str__(self) -> str:
        names = _FAMILIES[self.family]
        if names == ("low", "high"):
            return f"{self.family}({self.numbers[0]:g}, {self.numbers[1]:g})"
        return f"{self.family}(" + ", ".join(f"{n}={x:g}" for n, x in zip(names, self.numbers, strict=True)) + ")"

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""
        if self.family == "gamma":
            return (0.0, math.inf)
        if self.family == "beta":
            return (0.0, 1.0)
        if self.family == "zero_or_uniform":
            return (0.0, self.numbers[1])
        return self.numbers

    def contains(self, value: float) -> bool:
        """Return whether a value is possible under the prior.

        Examples
        --------
        >>> parse_prior("uniform(0, 1)").contains(1.5)
        False
        """
        low, high = self.support
        return low <= value <= high

    def quantile(self, u: float) -> float:
        """Return the value below which a share ``u`` of the distribution lies, to six significant digits.

        Parameters
        ----------
        u : number from 0 to 1.

        Raises
        ------
        CatalogError
            If ``u`` is outside [0, 1].

        Examples
        --------
        >>> parse_prior("uniform(2, 4)").quantile(0.25)
        2.5
        >>> parse_prior("gamma(mean=1.5, sd=1)").quantile(0.5)
        1.28458
        >>> prior = parse_prior("zero_or_uniform(zero=0.5, high=0.4)")
        >>> prior.quantile(0.3), prior.quantile(0.75)
        (0.0, 0.2)
        """
        if not 0.0 <= u <= 1.0:
            raise CatalogError("not a probability", path="u", given=u, allowed="a number from 0 to 1")
        first, second = self.numbers
        if self.family == "uniform":
            value = first + (second - first) * u
        elif self.family == "loguniform":
            value = first * (second / first) ** u
        elif self.family == "zero_or_uniform":
            value = second * max(u - first, 0.0) / (1.0 - first)
        else:
            value = self._special_quantile(u)
        return float(f"{value:.{_DIGITS}g}")

    def log_density(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the log density at values that are possible; of a mechanism that does not exist, its log probability.

        Examples
        --------
        >>> parse_prior("uniform(2, 4)").log_density([2.5]).round(3).tolist()
        [-0.693]
        >>> parse_prior("zero_or_uniform(zero=0.5, high=0.5)").log_density([0.0, 0.2]).round(3).tolist()
        [-0.693, 0.0]
        """
        import numpy as np
        from scipy import special

        x, (first, second) = np.asarray(values, dtype=np.float64), self.numbers
        if self.family == "uniform":
            return np.full(x.shape, -math.log(second - first))
        if self.family == "loguniform":
            return np.asarray(-np.log(x) - math.log(math.log(second / first)))
        if self.family == "zero_or_uniform":
            return np.where(x == 0.0, np.log(max(first, 1e-300)), math.log((1.0 - first) / second))
        if self.family == "gamma":
            shape, scale = (first / second) ** 2, second**2 / first
            return np.asarray(
                special.xlogy(shape - 1.0, x / scale) - x / scale - special.gammaln(shape) - np.log(scale)
            )
        total = first * (1.0 - first) / second**2 - 1.0
        a, b = first * total, (1.0 - first) * total
        return np.asarray(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))

    def _special_quantile(self, u: float) -> float:
        from scipy import special  # late: loading SciPy takes longer than reading the whole catalog

        mean, sd = self.numbers
        if self.family == "gamma":
            shape = (mean / sd) ** 2
            return float(special.gammaincinv(shape, u)) * mean / shape
        total = mean * (1.0 - mean) / sd**2 - 1.0
        return float(special.betaincinv(mean * total, (1.0 - mean) * total, u))


def parse_prior(text: str) -> Prior:
    """Read a prior from its formula.

    Parameters
    ----------
    text : for example ``"uniform(0.05, 1)"`` or ``"gamma(mean=1.5, sd=1)"``.

    Raises
    ------
    CatalogError
        If the formula cannot be read, or its numbers make no distribution.

    Examples
    --------
    >>> print(parse_prior("beta(mean=0.3, sd=0.1)"))
    beta(mean=0.3, sd=0.1)
    """
    form = "family(number, number), for example uniform(0.05, 1) or gamma(mean=1.5, sd=1)"
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise CatalogError("not a prior", given=text, allowed=form) from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise CatalogError("not a prior", given=text, allowed=form)
    family = call.func.id
    if family not in _FAMILIES:
        raise unknown("family of priors", family, _FAMILIES, error=CatalogError)
    names = _FAMILIES[family]
    given = {name: _number(node, text) for name, node in zip(names, call.args, strict=False)}
    for keyword in call.keywords:
        given[str(keyword.arg)] = _number(keyword.value, text)
    if len(call.args) + len(call.keywords) != 2 or tuple(sorted(given)) != tuple(sorted(names)):
        raise CatalogError("wrong parameters of a prior", given=text, allowed=f"{family}({', '.join(names)})")
    prior = Prior(family, (given[names[0]], given[names[1]]))
    _check(prior, text)
    return prior


def _number(node: ast.expr, text: str) -> float:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CatalogError("a prior takes numbers", given=text)
    return float(value)


def _check(prior: Prior, text: str) -> None:
    first, second = prior.numbers
    if prior.family in ("uniform", "loguniform") and not first < second:
        raise CatalogError("the low end of a prior must be below its high end", given=text)
    if prior.family == "loguniform" and not first > 0.0:
        raise CatalogError("a loguniform prior must be above zero", given=text)
    if prior.family == "zero_or_uniform" and not (0.0 < first < 1.0 and second > 0.0):
        raise CatalogError("zero must be a probability between 0 and 1, and high above zero", given=text)
    if prior.family in ("gamma", "beta") and not (first > 0.0 and second > 0.0):
        raise CatalogError("mean and sd of a prior must be above zero", given=text)
    if prior.family == "beta" and not (first < 1.0 and second**2 < first * (1.0 - first)):
        raise CatalogError("no beta distribution has this mean and sd", given=text)
