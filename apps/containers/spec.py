"""A task type's document: accepted at push, and read ever after through the frozen `TypeSpec`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from . import schema as schemas
from .models import TypeVersion
from .stages import Stage, stage_map
from .transitions import AUTOMATIC, MANUAL, UNSAID


@dataclass(frozen=True)
class TypeSpec:
    """One version of a type, as code reads it. Equal for every task that stands on the version."""

    number: int
    title: str
    schema: dict[str, Any]
    fields: dict[str, schemas.FieldSpec]
    stages: tuple[Stage, ...]
    stage_map: dict[str, dict[str, str]]
    create_by: str | None
    create_fields: tuple[str, ...]
    default_privacy: str
    min_privacy: str
    function: str | None
    failover: dict[str, Any] | None
    transitions: tuple[dict[str, Any], ...]

    def readers(self, name: str) -> frozenset[str]:
        """The audiences that read the field."""
        read = self.fields[name].read
        return frozenset(("everyone",) if read is None else read)

    def writers(self, name: str, stage: str, *, peoples: bool) -> frozenset[str]:
        """The audiences that write the field in a stage, when no lease or handover holds the task."""
        write = self.fields[name].write
        if write is None:
            return self._usual_writers(name) if peoples else frozenset(("application",))
        return frozenset(write.get(stage, ()) if isinstance(write, dict) else write)

    def _usual_writers(self, name: str) -> frozenset[str]:
        """Where people own the container: who writes reads, so `read` alone must not be widened by it."""
        usual, readers = frozenset(("contributor", "manager", "application")), self.readers(name)
        return usual if "everyone" in readers else usual & readers

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The names of fields whose values never leave through mail, feeds, search, logs or webhooks."""
        return frozenset(name for name, field in self.fields.items() if field.secret)

    @property
    def required(self) -> frozenset[str]:
        """The names of fields that the schema requires."""
        return frozenset(self.schema.get("required", ()))

    @property
    def automatic(self) -> tuple[dict[str, Any], ...]:
        """The transitions that happen by themselves, in order."""
        return tuple(way for way in self.transitions if way["kind"] == AUTOMATIC)

    @property
    def manual(self) -> tuple[dict[str, Any], ...]:
        """The transitions that somebody presses, in order."""
        return tuple(way for way in self.transitions if way["kind"] == MANUAL)

    def stage(self, name: str) -> Stage | None:
        """The stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)


def parse(spec: dict[str, Any], number: int) -> TypeSpec:
    """The frozen view of a normalised document."""
    stages = tuple(Stage(**{**stage, "requires": tuple(stage.get("requires", ()))}) for stage in spec["stages"])
    transitions = tuple({**UNSAID, **way} for way in spec["transitions"])
    automatic = {way["name"]: way["to"] for way in transitions if way["kind"] == AUTOMATIC}
    return TypeSpec(
        number=number,
        title=spec["title"],
        schema=spec["schema"],
        fields=schemas.field_specs(spec["schema"]),
        stages=stages,
        stage_map={**stage_map(stages), **({"automatic": automatic} if automatic else {})},
        create_by=spec["create"]["by"],
        create_fields=tuple(spec["create"]["fields"]),
        default_privacy=spec["default_privacy"],
        min_privacy=spec["min_privacy"],
        function=spec["function"],
        failover=spec["failover"],
        transitions=transitions,
    )


def spec_of(version: TypeVersion) -> TypeSpec:
    """The spec of a version; versions never change, so it is parsed once a process."""
    cached = _SPECS.get(version.pk)
    if cached is None:
        if len(_SPECS) > _MOST:
            _SPECS.clear()
        cached = _SPECS[version.pk] = parse(version.spec, version.number)
    return cached


def learn(versions: Iterable[TypeVersion]) -> None:
    """Parse the specs that this process does not know yet: those that were not read along come in one query."""
    unread = {version.pk for version in versions if "spec" not in version.__dict__} - _SPECS.keys()
    for version in TypeVersion.objects.filter(pk__in=unread) if unread else ():
        spec_of(version)


_MOST = 2000
_SPECS: dict[UUID, TypeSpec] = {}
