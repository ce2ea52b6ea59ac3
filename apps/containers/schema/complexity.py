"""How much work a schema can make of a value, known before there is one.

A place in a value is checked by a *set* of subschemas: the one that leads there and all that it pulls in at
the same place (`$ref`, `allOf`, `anyOf`, `if`, …), each counted as often as it is pulled in. The size of
the largest set is the schema's *weight*: validation costs at most size of the value × weight. Two halves
that each refer to the next pair double the set at every step, and a reference that leads back to its own
place never ends; both show as a set that grows past the limit. Trees that refer to themselves one level
further down repeat the same set, and are fine.
"""

from collections.abc import Iterator

from apps.core.json_types import Json
from apps.core.patterns import states_of

from .walk import SAME_PLACE, Schema, children, target

MOST_WEIGHT = 1000
MOST_SETS = 2000

ANY_MEMBER = {"patternProperties", "additionalProperties", "unevaluatedProperties"}
ANY_ITEM = {"items", "contains", "prefixItems", "unevaluatedItems"}


class TooComplex(Exception):
    """The schema refers to itself without end, or checks the same place too many times."""


def weight_of(schema: Schema) -> int:
    """The largest number of subschemas that check one place of a value. Raises `TooComplex`."""
    heaviest = 0
    waiting: list[tuple[int, ...]] = [(id(schema),)]
    known = {id(schema): schema}
    seen = set(waiting)
    while waiting:
        here = _pulled_in(schema, [known[key] for key in waiting.pop()])
        heaviest = max(heaviest, sum(_cost(subschema) for subschema in here))
        for below in _places_below(here):
            known.update((id(subschema), subschema) for subschema in below)
            key = tuple(sorted(id(subschema) for subschema in below))
            if key not in seen:
                seen.add(key)
                waiting.append(key)
        if len(seen) > MOST_SETS:
            raise TooComplex
    return heaviest


def _pulled_in(root: Schema, subschemas: list[Json]) -> list[Json]:
    """All that check the same place as these, as often as they do. Raises `TooComplex`."""
    result = list(subschemas)
    for subschema in result:  # grows while it is read
        if isinstance(subschema, dict):
            if "$ref" in subschema:
                result.append(target(root, subschema["$ref"]))
            result.extend(child for keyword, _step, child in children(subschema) if keyword in SAME_PLACE)
        if len(result) > MOST_WEIGHT:
            raise TooComplex
    return result


def _places_below(here: list[Json]) -> Iterator[list[Json]]:
    """For each place one step further down, the subschemas that lead there."""
    items: list[Json] = []
    members: list[Json] = []
    names: list[Json] = []
    named: dict[str, list[Json]] = {}
    for subschema in here:
        for keyword, step, child in children(subschema):
            if keyword in ANY_ITEM:
                items.append(child)
            elif keyword in ANY_MEMBER:
                members.append(child)
            elif keyword == "propertyNames":
                names.append(child)
            elif keyword == "properties":
                named.setdefault(step, []).append(child)
    yield from (places for places in (items, members, names) if places)
    yield from (places + members for places in named.values())


def _cost(subschema: Json) -> int:
    """One, and the states of each pattern that every key is compared with."""
    return 1 + sum(map(states_of, subschema.get("patternProperties", ()))) if isinstance(subschema, dict) else 1
