"""Values as people write them."""

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.json_types import Json

from .annotations import ANNOTATION
from .walk import Schema

MOST_PLACES = 20


def spelled(value: Json) -> str:
    """A scalar in words."""
    if value is None:
        return _("Empty")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return number_text(value) if isinstance(value, int | float | Decimal) else str(value)


def number_text(value: Json, schema: Schema | None = None) -> str:
    """A number with at least as many decimals as the schema counts in, and no exponent unless it is tiny."""
    schema = schema or {}
    if places_of(value) > MOST_PLACES:
        return str(value)
    places = max(places_of(schema.get("multipleOf", 1)), places_of(value))
    if schema.get(ANNOTATION, {}).get("kind") == "money":
        places = max(places, 2)
    return f"{Decimal(str(value)):.{places}f}"


def places_of(number: Json) -> int:
    """How many decimals a number has: 2 for 0.01, 0 for 5.0."""
    exponent = Decimal(str(number)).normalize().as_tuple().exponent
    return max(-int(exponent), 0)
