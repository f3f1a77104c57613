"""The weights of a loss: numbers, curves or functions of the epoch, as `init` was given them."""

from collections.abc import Sequence

from epochwatch import arguments
from epochwatch.free_values import as_mapping

WEIGHTS_WORD = "a number, a list with one number an epoch, or a function of the epoch"


def weights_at(weights: object, epoch: int) -> dict[str, float]:
    """Work out the weight of every loss component in an epoch.

    Args:
        weights: component -> number, list (one number an epoch, the last one stays) or function of the epoch; or
            a function from the epoch to such a mapping.
        epoch: 0 for the first.
    """
    if callable(weights):
        weights = weights(epoch)
    found = {}
    for name, given in as_mapping(weights).items():
        value = given(epoch) if callable(given) else given
        if isinstance(value, Sequence) and not isinstance(value, str) and len(value):
            value = value[min(epoch, len(value) - 1)]
        number = arguments.real(value)
        if number is None:
            arguments.tell(f"weights[{name!r}]", given, WEIGHTS_WORD)
        else:
            found[name] = number
    return found


def are_constant(weights: object) -> bool:
    """Say whether the weights are the same in every epoch, so that the start has told them all."""
    return not callable(weights) and all(arguments.real(given) is not None for given in as_mapping(weights).values())
