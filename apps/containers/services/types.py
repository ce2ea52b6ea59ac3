"""Pushing and retiring task types. A version never changes: what is pushed differently becomes the next one."""

import re
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import SLUG
from apps.containers.models import Container, TaskType, TypeVersion
from apps.containers.push import accept_type
from apps.containers.secret_values import said_by_others
from apps.containers.spec import parse
from apps.core.body import raise_problems
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.events import verbs

from .writing import lock_container, tell

BUILTIN = "task"


def put_type(actor: Actor, slug: str, name: str, body: object) -> tuple[TypeVersion, bool, bool]:
    """(current version, whether the type was made, whether anything changed). The same document changes nothing.

    A retired type comes back. Raises Invalid with every problem of the document, NotFound, Forbidden.
    """
    try:
        return _put_type(actor, slug, name, body)
    except IntegrityError:  # another push of the same type was faster, on a database without row locks
        return _put_type(actor, slug, name, body)


@transaction.atomic
def _put_type(actor: Actor, slug: str, name: str, body: object) -> tuple[TypeVersion, bool, bool]:
    container = lock_container(actor, slug, "manage")
    if not re.fullmatch(SLUG, name):
        raise Invalid(_("A type is named in lower-case letters, digits and inner hyphens, at most 63."))
    kind = TaskType.objects.filter(container=container, name=name).select_related("current").first()
    if kind is not None:
        require_pusher(actor, kind)
    spec = accept_type(body, name=name, container=container, actor=actor)
    if kind is not None and kind.current is not None and same(kind.current.spec, spec):
        return kind.current, False, _bring_back(actor, container, kind)
    raise_problems(list(said_by_others(container, name, parse(spec, 0).secrets)))
    return push_version(actor, container, kind, name, spec), kind is None, True


def put_builtin(container: Container) -> None:
    """The type that every container of people, and every application's own, begins with."""
    spec = accept_type({"title": _("Task")}, name=BUILTIN, container=container, actor=SYSTEM)
    push_version(SYSTEM, container, None, BUILTIN, spec)


def push_version(
    actor: Actor, container: Container, kind: TaskType | None, name: str, spec: dict[str, Any]
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
    tell(actor, container, "push", type=verbs.TYPE_CHANGED, name=name, version=number)
    return version


@transaction.atomic
def retire_type(actor: Actor, slug: str, name: str) -> None:
    """No new tasks of this type; those that live go on. Raises NotFound if there is none that is not retired."""
    container = lock_container(actor, slug, "manage")
    kind = TaskType.objects.filter(container=container, name=name, retired_at=None).first()
    if kind is None:
        raise NotFound(_("There is no such type."))
    require_pusher(actor, kind)
    kind.retired_at = kind.updated_at = timezone.now()
    kind.save(update_fields=["retired_at", "updated_at"])
    tell(actor, container, "retire", type=verbs.TYPE_CHANGED, name=name)


def require_pusher(actor: Actor, kind: TaskType) -> None:
    """Raises Forbidden if an application declares the type and the actor is not that application."""
    if kind.application_id is not None and not actor.is_system and kind.application_id != actor.id:
        raise Forbidden(_("An application declares this type."))


def same(stored: dict[str, Any], pushed: dict[str, Any]) -> bool:
    """Whether two documents say the same, key order aside; true is not 1."""
    return orjson.dumps(stored, option=orjson.OPT_SORT_KEYS) == orjson.dumps(pushed, option=orjson.OPT_SORT_KEYS)


def _bring_back(actor: Actor, container: Container, kind: TaskType) -> bool:
    if kind.retired_at is None:
        return False
    kind.retired_at, kind.updated_at = None, timezone.now()
    kind.save(update_fields=["retired_at", "updated_at"])
    tell(actor, container, "push", type=verbs.TYPE_CHANGED, name=kind.name, version=kind.current.number)  # type: ignore[union-attr]
    return True
