"""Model reporters for Mesa's DataCollector, made from the one registry of observables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rumorsim.ensemble import observables

if TYPE_CHECKING:
    from rumorsim.abm.model import PartyModel

__all__ = ["default_reporters", "reporter"]


def reporter(name: str, **arguments: Any) -> Callable[[PartyModel], Any]:
    """Return a model reporter for a quantity of ``rumorsim.observables``.

    A date the quantity needs (``on``, ``by``) is the day of the model where it is left out, so that every row of the
    collected table tells the state of its own moment. ``share_aware`` of today costs microseconds; everything else
    is worked out from the record of the run so far, which costs a fraction of a second for the whole party.

    Parameters
    ----------
    name : str
    **arguments
        As in ``rumorsim.observables[name]``.

    Raises
    ------
    QueryError
        For an unknown name or argument, with the nearest right one.

    Examples
    --------
    >>> from rumorsim.abm import PartyModel
    >>> in_fier = reporter("share_aware", rumor="secret_speech", place="Fier")
    >>> model = PartyModel("classroom", seed=1956, reporters={"Fier": in_fier})
    >>> model.step()
    >>> model.datacollector.get_model_vars_dataframe()["Fier"].tolist()
    [0.0, 0.0]
    """
    observables[name].check({**dict.fromkeys(observables[name].required), **arguments})

    def report(model: PartyModel) -> Any:
        return model.measure(name, **arguments)

    report.__name__ = name
    return report


def _date(model: PartyModel) -> Any:
    return model.date


def default_reporters(rumors: tuple[str, ...]) -> Mapping[str, Callable[[PartyModel], Any]]:
    """Return what a model collects by itself: the date, and the share aware of each rumor under its name."""
    return {"date": _date, **{rumor: reporter("share_aware", rumor=rumor) for rumor in rumors}}
