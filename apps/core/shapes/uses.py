"""Where shapes are used: in the OpenAPI document, and at services."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec, TypeVar

from .base import Schema, Shape
from .nested import Object, Variants


def components(shapes: Collection[Shape]) -> dict[str, Schema]:
    """The schemas of all named shapes among these and inside them, by their names: the outermost of each name.

    Raises ValueError if two that do not lie in each other have one name.
    """
    result: dict[str, Schema] = {}
    for shape in shapes:
        inner = components(shape.inner())
        if isinstance(shape, Object | Variants) and shape.name:
            inner[shape.name] = shape.definition()
        if isinstance(shape, Variants):
            inner |= shape.options()
        for name, schema in inner.items():
            if result.setdefault(name, schema) != schema:
                raise ValueError(f"two shapes are named {name}")
    return result


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def reads(shape: Object) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """A service whose keyword arguments are the keys of a body: every door's are read by the shape of it.

    The service raises Invalid naming every problem.
    """

    def decorate(service: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(service)
        def reading(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            body = {key: value for key, value in kwargs.items() if key in shape.keys}
            others = {key: value for key, value in kwargs.items() if key not in shape.keys}
            return service(*args, **others, **shape.require(body))  # type: ignore[arg-type]

        return reading

    return decorate
