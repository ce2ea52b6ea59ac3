"""Publishing and retiring task types. A version never changes: another document becomes the next version."""

import re
from collections.abc import Iterator

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import SLUG
from apps.containers import access
from apps.containers.models import Container, TaskType, TypeVersion
from apps.containers.names import RESERVED_TYPES
from apps.containers.type_document import unread
from apps.containers.type_document.accept import accept_type
from apps.containers.type_document.documents import TypeDocument
from apps.containers.type_document.secret_literals import literals_of_others
from apps.containers.type_document.spec import TypeSpec, parse, spec_of
from apps.core.body import raise_problems
from apps.core.errors import Invalid, NotFound, Problem
from apps.events import event_types

from .writing import lock_container, tell

BUILTIN = "task"


def put_type(actor: Actor, slug: str, name: str, body: object) -> tuple[TypeVersion, bool, bool]:
    """(current version, whether the type was made, whether anything changed). The same document changes nothing.

    A retired type comes back. Raises Invalid with every problem of the document, NotFound, Forbidden.
    """
    try:
        return _put_type(actor, slug, name, body)
    except IntegrityError:  # another call published the same type first, on a database without row locks
        return _put_type(actor, slug, name, body)


@transaction.atomic
def _put_type(actor: Actor, slug: str, name: str, body: object) -> tuple[TypeVersion, bool, bool]:
    container = lock_container(actor, slug, "manage")
    if not re.fullmatch(SLUG, name):
        raise Invalid(_("A type is named in lower-case letters, digits and inner hyphens, at most 63."))
    kind = TaskType.objects.filter(container=container, name=name).select_related("current").first()
    if kind is None and name in RESERVED_TYPES:
        raise Invalid(_("A page has this name already: choose another one."))
    if kind is not None:
        access.require_publisher(actor, kind)
    spec = accept_type(body, name=name, container=container, actor=actor)
    if kind is not None and kind.current is not None and same(kind.current.spec, spec):
        return kind.current, False, _bring_back(actor, container, kind)
    raise_problems(list(_refused(actor, container, kind, name, parse(spec, 0))))
    return publish_version(actor, container, kind, name, spec), kind is None, True


def _refused(actor: Actor, container: Container, kind: TaskType | None, name: str, spec: TypeSpec) -> Iterator[Problem]:
    """What of a new version discloses values of fields to people who do not read them."""
    yield from literals_of_others(container, name, spec.secrets)
    yield from unread.mixed_conditions(spec, peoples=container.is_peoples)
    if kind is not None and kind.current is not None:
        yield from unread.wrong_rules(spec_of(kind.current), spec, access.unread_fields(actor, kind.current))


def put_builtin(container: Container) -> None:
    """The type that every container of people, and every application's own, begins with."""
    spec = accept_type({"title": _("Task")}, name=BUILTIN, container=container, actor=SYSTEM)
    publish_version(SYSTEM, container, None, BUILTIN, spec)


def publish_version(
    actor: Actor, container: Container, kind: TaskType | None, name: str, spec: TypeDocument
) -> TypeVersion:
    """Write the next version of a type (or the first) and make it the current one."""
    number = kind.current.number + 1 if kind is not None and kind.current is not None else 1
    if kind is None:
        owner = actor.id if actor.is_application else None
        kind = TaskType.objects.create(container=container, name=name, title=spec["title"], application_id=owner)
    stages = parse(spec, number).stage_map
    version = TypeVersion.objects.create(type=kind, number=number, spec=spec, stage_map=stages, pushed_by=str(actor))
    kind.current, kind.title, kind.retired_at, kind.updated_at = version, spec["title"], None, timezone.now()
    kind.save()
    tell(actor, container, "published", type=event_types.TYPE_CHANGED, name=name, version=number)
    return version


@transaction.atomic
def retire_type(actor: Actor, slug: str, name: str) -> None:
    """No new tasks of this type; those that live go on. Raises NotFound if there is none that is not retired."""
    container = lock_container(actor, slug, "manage")
    kind = TaskType.objects.filter(container=container, name=name, retired_at=None).first()
    if kind is None:
        raise NotFound(_("There is no such type."))
    access.require_publisher(actor, kind)
    kind.retired_at = kind.updated_at = timezone.now()
    kind.save(update_fields=["retired_at", "updated_at"])
    tell(actor, container, "retired", type=event_types.TYPE_CHANGED, name=name)


def same(stored: TypeDocument, published: TypeDocument) -> bool:
    """Whether two documents are equal, key order aside; true is not 1."""
    return orjson.dumps(stored, option=orjson.OPT_SORT_KEYS) == orjson.dumps(published, option=orjson.OPT_SORT_KEYS)


def _bring_back(actor: Actor, container: Container, kind: TaskType) -> bool:
    if kind.retired_at is None:
        return False
    kind.retired_at, kind.updated_at = None, timezone.now()
    kind.save(update_fields=["retired_at", "updated_at"])
    tell(actor, container, "published", type=event_types.TYPE_CHANGED, name=kind.name, version=kind.current.number)  # type: ignore[union-attr]
    return True
