"""The frozen form in which code reads a published type document."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from apps.containers import schema as schemas
from apps.containers.models import TypeVersion
from apps.containers.schema.walk import Schema
from apps.core.caches import Cache

from .documents import FailoverDocument, StageMap, TransitionDocument, TypeDocument
from .stages import Stage, stage_map, stage_of
from .transitions import AUTOMATIC, MANUAL, in_full


@dataclass(frozen=True)
class TypeSpec:
    """One version of a type, as code reads it. Equal for every task that stands on the version."""

    number: int
    title: str
    schema: Schema
    fields: dict[str, schemas.FieldSpec]
    stages: tuple[Stage, ...]
    stage_map: StageMap
    create_by: str | None
    create_fields: tuple[str, ...]
    default_privacy: str
    min_privacy: str
    function: str | None
    failover: FailoverDocument | None
    transitions: tuple[TransitionDocument, ...]

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

    def audiences(self, name: str, *, peoples: bool) -> frozenset[str]:
        """The audiences that read the field, or write it in some stage."""
        return self.readers(name).union(*(self.writers(name, stage.name, peoples=peoples) for stage in self.stages))

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
    def automatic(self) -> tuple[TransitionDocument, ...]:
        """The transitions that happen by themselves, in order."""
        return tuple(way for way in self.transitions if way["kind"] == AUTOMATIC)

    @property
    def manual(self) -> tuple[TransitionDocument, ...]:
        """The transitions that somebody presses, in order."""
        return tuple(way for way in self.transitions if way["kind"] == MANUAL)

    def stage(self, name: str) -> Stage | None:
        """The stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)


def parse(spec: TypeDocument, number: int) -> TypeSpec:
    """The frozen view of a normalised document."""
    stages = tuple(stage_of(stage) for stage in spec["stages"])
    transitions = tuple(in_full(way) for way in spec["transitions"])
    automatic = {way["name"]: way["to"] for way in transitions if way["kind"] == AUTOMATIC}
    return TypeSpec(
        number=number,
        title=spec["title"],
        schema=spec["schema"],
        fields=schemas.field_specs(spec["schema"]),
        stages=stages,
        stage_map=stage_map(stages, automatic, spec["schema"]),
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
    return _specs.get_or_make(version.pk, lambda: parse(version.spec, version.number))


def learn(versions: Iterable[TypeVersion]) -> None:
    """Parse the specs that this process does not know yet: those that were not read along come in one query."""
    unread = {version.pk for version in versions if "spec" not in version.__dict__ and not _specs.get(version.pk)}
    for version in TypeVersion.objects.filter(pk__in=unread) if unread else ():
        spec_of(version)


_specs: Cache[UUID, TypeSpec] = Cache(2000)
