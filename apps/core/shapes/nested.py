"""Shapes with other shapes inside: lists, objects, and objects of several variants."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Problem
from apps.core.strict_json import escape

from .base import Problems, Schema, Shape, alternatives, is_full, not_an_object, or_null, reference
from .values import Choice, refused_choice


class Items(Shape):
    """A list of at most `most` things, and of `least`."""

    def __init__(
        self, child: Shape, most: int, *, least: int = 0, nullable: bool = False, description: str = ""
    ) -> None:
        super().__init__(nullable=nullable, description=description)
        self.child, self.least, self.most = child, least, most

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if not isinstance(value, list | tuple):
            problems.append(Problem(at, "not_a_list", _("Must be a list of at most %s.") % self.most))
            return None
        if len(value) > self.most:
            problems.append(Problem(at, "max_length", _("Must be a list of at most %s.") % self.most))
            return None
        if len(value) < self.least:
            problems.append(Problem(at, "min_length", _("Must be a list of at least %s.") % self.least))
        read = self.child.read
        return [read(item, f"{at}/{index}", problems) for index, item in enumerate(value) if not is_full(problems)]

    def _schema(self) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.child.schema(), "maxItems": self.most, **least}

    def inner(self) -> Sequence[Shape]:
        return (self.child,)


class Separate(Shape):
    """A body of a batch: taken as it stands here, and read by itself, so that a wrong one does not spoil the others."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def read(self, value: object, at: str, problems: Problems) -> object:
        return value

    def _schema(self) -> Schema:
        return self.shape.schema()

    def inner(self) -> Sequence[Shape]:
        return (self.shape,)


class Object(Shape):
    """An object with declared keys. Every other key is refused.

    With a `name` it is a component of the document. With `drops_null` each key that is not required may be null, which
    is as if it were not there. `more` are words of its JSON Schema for what the caller checks besides.
    """

    def __init__(
        self,
        keys: Mapping[str, Shape],
        *,
        required: Collection[str] = (),
        name: str = "",
        about: str = "",
        drops_null: bool = False,
        nullable: bool = False,
        more: Schema | None = None,
    ) -> None:
        super().__init__(nullable=nullable)
        self.required, self.name, self.about = tuple(required), name, about
        self.drops_null, self.more = drops_null, more or {}
        self.keys = {
            key: or_null(shape) if drops_null and key not in self.required else shape for key, shape in keys.items()
        }

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if not isinstance(value, Mapping):
            problems.append(not_an_object(at))
            return None
        result: dict[str, object] = {}
        keys = self.keys
        for key, inner in value.items():
            if is_full(problems):
                break
            shape = keys.get(key)
            if shape is None:
                self._refuse_key(key, inner, at, problems)
            elif inner is not None:
                result[key] = shape._read(inner, f"{at}/{key}", problems)
            elif not shape.nullable:
                problems.append(Problem(f"{at}/{key}", "null", _("Must not be null.")))
            elif not self.drops_null:
                result[key] = None
        for key in self.required:
            if key not in value:
                problems.append(Problem(f"{at}/{key}", "required", _("This is required.")))
        return result

    def _refuse_key(self, key: object, value: object, at: str, problems: Problems) -> None:
        problems.append(Problem(f"{at}/{escape(str(key))}", "unknown_field", _("There is no such key.")))

    def _schema(self) -> Schema:
        return reference(self.name) if self.name else self.definition()

    def definition(self) -> Schema:
        """The schema itself, where the document defines it."""
        properties = {key: shape.schema() for key, shape in self.keys.items()}
        schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties, **self.more}
        if self.about:
            schema["description"] = self.about
        return {**schema, "required": list(self.required)} if self.required else schema

    def inner(self) -> Sequence[Shape]:
        return tuple(self.keys.values())


class Map(Shape):
    """An object whose keys are names that its author chooses, at most `most` of them, with values of one shape."""

    def __init__(self, child: Shape, most: int, *, nullable: bool = False, description: str = "") -> None:
        super().__init__(nullable=nullable, description=description)
        self.child, self.most = child, most

    def _read(self, value: Any, at: str, problems: Problems) -> Any:
        if not isinstance(value, Mapping):
            problems.append(not_an_object(at))
            return None
        if len(value) > self.most:
            problems.append(Problem(at, "max_length", _("Must have at most %s keys.") % self.most))
            return None
        read = self.child.read
        return {
            key: read(inner, f"{at}/{escape(key)}", problems) for key, inner in value.items() if not is_full(problems)
        }

    def _schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.child.schema(), "maxProperties": self.most}

    def inner(self) -> Sequence[Shape]:
        return (self.child,)


class Lazy(Shape):
    """A shape that is made when it is first needed: what it consists of is named by settings, or by itself."""

    def __init__(self, make: Callable[[], Shape], *, nullable: bool = False) -> None:
        super().__init__(nullable=nullable)
        self.make = make

    def _read(self, value: Any, at: str, problems: Problems) -> Any:
        return self.make().read(value, at, problems)

    def _schema(self) -> Schema:
        return self.make().schema()

    def inner(self) -> Sequence[Shape]:
        return (self.make(),)


class TextOr(Shape):
    """A text of one shape, or something else of another."""

    def __init__(self, text: Shape, other: Shape) -> None:
        super().__init__()
        self.text, self.other = text, other

    def _read(self, value: object, at: str, problems: Problems) -> object:
        return (self.text if isinstance(value, str) else self.other).read(value, at, problems)

    def _schema(self) -> Schema:
        return alternatives(self.text, self.other)

    def inner(self) -> Sequence[Shape]:
        return self.text, self.other


class Variants(Shape):
    """An object of which one key, `tag`, says which other keys it has.

    A key that belongs to another variant counts as absent if it is null or an empty object.
    """

    def __init__(
        self, tag: str, variants: Mapping[str, Object], *, name: str, about: str = "", nullable: bool = False
    ) -> None:
        super().__init__(nullable=nullable)
        self.tag, self.name, self.about = tag, name, about
        choice = Choice(variants)
        self.variants = {
            option: Object({tag: choice, **variant.keys}, required=(tag, *variant.required))
            for option, variant in variants.items()
        }
        self.needs = {option: variant.more.get("dependentRequired", {}) for option, variant in variants.items()}
        self.foreign = {key for variant in self.variants.values() for key in variant.keys}

    def _read(self, value: object, at: str, problems: Problems) -> object:
        if not isinstance(value, Mapping):
            problems.append(not_an_object(at))
            return None
        tag = value.get(self.tag)
        variant = self.variants.get(tag) if isinstance(tag, str) else None
        if variant is None:
            code = "required" if self.tag not in value else "invalid_choice"
            problems.append(Problem(f"{at}/{self.tag}", code, refused_choice(self.variants)))
            return None
        own = {key: inner for key, inner in value.items() if not self._is_foreign(key, variant)}
        for key in value.keys() - own.keys():
            if value[key] not in (None, {}):
                detail = _("This does not belong to “%(tag)s”.") % {"tag": tag}
                problems.append(Problem(f"{at}/{key}", "invalid", detail))
        self._require_needed(str(tag), own, at, problems)
        return variant._read(own, at, problems)

    def _is_foreign(self, key: object, variant: Object) -> bool:
        return key in self.foreign and key not in variant.keys

    def _require_needed(self, tag: str, value: Mapping[str, object], at: str, problems: Problems) -> None:
        for key, needed in self.needs[tag].items():
            if value.get(key) is not None:
                missing = [name for name in needed if value.get(name) is None]
                problems += [Problem(f"{at}/{name}", "required", _("This is required.")) for name in missing]

    def _schema(self) -> Schema:
        return reference(self.name)

    def definition(self) -> Schema:
        """The schema itself, where the document defines it."""
        references = {tag: reference(self._name_of(tag)) for tag in self.variants}
        return {
            "oneOf": list(references.values()),
            "discriminator": {
                "propertyName": self.tag,
                "mapping": {tag: option["$ref"] for tag, option in references.items()},
            },
            "description": self.about,
        }

    def options(self) -> dict[str, Schema]:
        """The schema of each variant, by the name that it has in the document."""
        return {self._name_of(tag): self._option(tag, variant) for tag, variant in self.variants.items()}

    def _name_of(self, tag: str) -> str:
        return tag.title().replace("_", "") + self.name

    def _option(self, tag: str, variant: Object) -> Schema:
        schema = variant.definition()
        properties = {**schema["properties"], self.tag: {"type": "string", "enum": [tag]}}
        needed = {"dependentRequired": self.needs[tag]} if self.needs[tag] else {}
        return {**schema, "properties": properties, **needed}

    def inner(self) -> Sequence[Shape]:
        return tuple(self.variants.values())
