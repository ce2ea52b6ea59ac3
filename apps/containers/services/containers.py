"""Making, changing and deleting containers."""

import hashlib
import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import SLUG, Application
from apps.containers.models import Container, Everyone, Membership, Role
from apps.core.body import Body
from apps.core.errors import Conflict, Invalid
from apps.core.ids import short_code

from . import types
from .writing import lock_container, tell

# Containers that TaskHub makes for applications by itself.
OWN = "app-"


def put_container(actor: Actor, slug: str | None, body: object) -> tuple[Container, bool, bool]:
    """(container, whether it was made, whether anything changed). What the body leaves out has its default.

    An application owns what it puts. A person makes a container of people, becomes its manager, and may leave the
    slug to be made from the title. Raises Invalid, NotFound (there, but hidden), Forbidden (there, but not theirs).
    """
    values = _read(body, whole=True, slug=slug)
    slug = _free_slug(values["title"]) if slug is None else slug
    _check_slug(slug)
    if not Container.objects.filter(slug=slug).exists():
        try:
            return _create(actor, slug, values), True, True
        except IntegrityError:  # somebody was faster
            pass
    container, changed = _change(actor, slug, values)
    return container, False, changed


def patch_container(actor: Actor, slug: str, body: object) -> tuple[Container, bool]:
    """(container, whether anything changed): only what the body names. Raises as `put_container`."""
    return _change(actor, slug, _read(body, whole=False, slug=slug))


@transaction.atomic
def delete_container(actor: Actor, slug: str) -> None:
    """Delete a container with its types and memberships. Raises Conflict while it has tasks."""
    container = lock_container(actor, slug, "delete")
    _check_slug(container.slug)
    if container.tasks.exists():
        raise Conflict(_("The container has tasks."))
    container.types.update(current=None)
    tell(actor, container, "delete")
    container.delete()


@transaction.atomic
def own_container(application: Application) -> Container:
    """The application's own invisible container with the built-in type `task`, made when it is first needed."""
    slug = own_slug(application.name)
    container, created = Container.objects.get_or_create(
        slug=slug, defaults={"title": application.title, "application": application}
    )
    if created:
        tell(SYSTEM, container, "create")
        types.put_builtin(container)
    return container


def own_slug(name: str) -> str:
    """`app-NAME`; a name that is too long for that is cut and told apart by its digest."""
    if len(name) <= 63 - len(OWN):
        return OWN + name
    return f"{OWN}{name[:46].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


@transaction.atomic
def _create(actor: Actor, slug: str, values: dict[str, Any]) -> Container:
    owner = actor.id if actor.is_application else None
    container = Container.objects.create(slug=slug, application_id=owner, **values)
    tell(actor, container, "create")
    if actor.is_user:
        Membership.objects.create(container=container, user_id=actor.id, role=Role.MANAGER)
    if container.is_peoples:
        types.put_builtin(container)
    return container


@transaction.atomic
def _change(actor: Actor, slug: str, values: dict[str, Any]) -> tuple[Container, bool]:
    container = lock_container(actor, slug, "manage")
    _check_slug(container.slug)
    before = {key: getattr(container, key) for key in values}
    changes = {key: [before[key], value] for key, value in values.items() if before[key] != value}
    if changes:
        for key, (_before, after) in changes.items():
            setattr(container, key, after)
        container.updated_at = timezone.now()
        container.save(update_fields=[*changes, "updated_at"])
        tell(actor, container, "change", changes=changes)
    return container, bool(changes)


def _read(body: object, *, whole: bool, slug: str | None) -> dict[str, Any]:
    given = Body(body)
    values = {
        "title": given.text("title", default=slug),
        "description": given.text("description", most=10_000, default="", blank=True),
        "everyone": given.choice("everyone", Everyone.values, default=Everyone.NONE.value),
        "managers_see_restricted": given.flag("managers_see_restricted"),
    }
    if values["title"] is None and not given.problems:
        given.wrong("title", _("Give it a title."))
    given.finish()
    return values if whole else {key: value for key, value in values.items() if key in given.value}


def _check_slug(slug: str) -> None:
    if not re.fullmatch(SLUG, slug):
        raise Invalid(_("A slug has lower-case letters, digits and inner hyphens, at most 63."))
    if slug.startswith(OWN):
        raise Invalid(_("TaskHub keeps the containers whose names begin with “app-”."))


def _free_slug(title: str) -> str:
    """A slug from the title; one that is taken, seen or not, or says nothing gets a random end."""
    slug = slugify(title)[:50].replace("_", "-").strip("-")
    reserved = not slug or slug.startswith(OWN)
    if not reserved and not Container.objects.filter(slug=slug).exists():
        return slug
    return f"{'c' if reserved else slug}-{short_code(6).lower()}"
