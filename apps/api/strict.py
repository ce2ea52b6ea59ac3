"""Serializers that take what a body says or refuse it: nothing is coerced, no key is ignored."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.ids import parse_uuid
from apps.core.moments import parse_moment
from apps.core.strict_json import MAX_NUMBER

from .errors import invalid, problems_of

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Shape(serializers.Serializer[Any]):
    """The shape of a body. `read` gives what was sent, checked; keys that were not sent stay away.

    A trailing `_` is no part of a key: it makes room for the names that serializers keep for themselves.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"unknown_field": _("There is no such key.")}

    @classmethod
    def read(cls, body: Any) -> dict[str, Any]:
        """The checked body. Raises Invalid, `unknown_field` if a key is unknown."""
        try:
            return dict(_checker(cls).run_validation(body))
        except ValidationError as error:
            raise invalid(list(problems_of(error.detail))) from None

    def get_fields(self) -> dict[str, Any]:
        return {name.removesuffix("_"): field for name, field in super().get_fields().items()}

    def to_internal_value(self, data: Any) -> Any:
        """Only what was sent is looked at: most keys of most bodies stay away, and none has a default."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # which refuses it
        fields, value, wrong = self.fields.fields, {}, {}
        for name, field in fields.items():
            if name not in data and not field.required:
                continue
            try:
                value[name] = field.run_validation(data.get(name, serializers.empty))
            except ValidationError as error:
                wrong[name] = error.detail
        for key in data:
            if key not in fields:
                wrong[key] = [ErrorDetail(str(_("There is no such key.")), code="unknown_field")]
        if wrong:
            raise ValidationError(wrong)
        return value


@cache
def _checker(shape: type[Shape]) -> Shape:
    """One instance is enough: checking leaves nothing behind in it, and making one costs more than a check."""
    return shape()


class Text(serializers.CharField):
    """A JSON string, kept as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": True, **kwargs})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and not self.allow_blank and not data.strip():
            self.fail("blank")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    """One of a few JSON strings."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=str(data)[:100])
        return data


class Whole(serializers.IntegerField):
    """A JSON number without a fraction that every reader keeps exactly."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": -MAX_NUMBER, "max_value": MAX_NUMBER, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != int(data):
            self.fail("invalid")
        return int(data)


class Number(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:100])
        return data


class Time(serializers.DateTimeField):
    """An RFC 3339 time with its offset."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            self.fail("invalid", format="2026-11-21T09:30:00Z")
        moment = parse_moment(value)
        if moment is None:
            self.fail("invalid", format="2026-11-21T09:30:00Z")
        return moment


class Identifier(serializers.UUIDField):
    """A UUID in its usual 36 characters."""

    def to_internal_value(self, data: Any) -> Any:
        number = parse_uuid(data)
        if number is None:
            self.fail("invalid")
        return number


@extend_schema_field({"type": "object", "additionalProperties": True})
class FreeObject(serializers.DictField):
    """A JSON object whose content is somebody else's to judge."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


@extend_schema_field({})
class Anything(serializers.Field):
    """Any JSON value."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Each(serializers.ListField):
    """A JSON array."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)
