"""Making, changing and deleting containers."""

import hashlib
import re

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import SLUG, Application, User
from apps.actors.references import actor_of_user
from apps.containers import ports
from apps.containers.access import allows, role_of
from apps.containers.models import Container, Everyone, Membership, Role
from apps.containers.names import RESERVED_SLUGS
from apps.core.body import Body
from apps.core.errors import Conflict, Invalid
from apps.core.ids import short_code
from apps.core.json_types import JsonObject
from apps.core.shapes import Choice, Flag, Object, Text, Title
from apps.events.unit_of_work import unit_of_work

from . import types
from .widening import widen
from .writing import lock_container, tell

LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 10_000
CONTAINER = Object(
    {
        "title": Title(LONGEST_TITLE, nullable=True),
        "description": Text(LONGEST_DESCRIPTION, blank=True, nullable=True),
        "everyone": Choice(Everyone.values, nullable=True),
        "managers_see_restricted": Flag(nullable=True),
        "confirm_widen": Flag(nullable=True, description="More people may see tasks: that is meant."),
    },
    name="ContainerBody",
    about="A place of tasks.",
)
# Containers that TaskHub makes for applications by itself.
OWN = "app-"


def make_container(actor: Actor, body: object, *, name: str = "") -> Container:
    """A new container of people, which the actor manages. Raises Invalid.

    Its slug begins with the name, or with the title, and has a random end: whether a hidden container has the plain
    slug makes no difference.
    """
    values, _confirmed = _read(body, None)
    slug = name or _slug_from(values["title"])
    _check_slug(slug)
    _refuse_reserved(slug)
    return _create(actor, _with_random_end(slug), values)


def put_container(actor: Actor, slug: str, body: object) -> tuple[Container, bool, bool]:
    """(container, whether it was made, whether anything changed).

    What the body leaves out has its default, or stays as it is.

    An application owns what it puts; a person makes a container of people and becomes its manager. Slugs are one
    space of names for all, so this tells that a slug is taken. Raises Invalid, NotFound (there, but hidden),
    Forbidden (there, but not theirs).
    """
    values, confirmed = _read(body, slug)
    _check_slug(slug)
    if not Container.objects.filter(slug=slug).exists():
        _refuse_reserved(slug)
        try:
            return _create(actor, slug, values), True, True
        except IntegrityError:  # somebody was faster
            pass
    container, changed = _change(actor, slug, _named(body, values), confirmed=confirmed)
    return container, False, changed


def patch_container(actor: Actor, slug: str, body: object) -> tuple[Container, bool]:
    """(container, whether anything changed): only what the body names. Raises as `put_container`."""
    values, confirmed = _read(body, slug)
    return _change(actor, slug, _named(body, values), confirmed=confirmed)


@transaction.atomic
def delete_container(actor: Actor, slug: str) -> None:
    """Delete a container with its types and memberships. Raises Conflict while it has tasks that the actor sees.

    Tasks that are hidden from the actor make no difference to them: the container is closed, and lives on for the
    people of those tasks alone, who work on as before.
    """
    container = lock_container(actor, slug, "delete")
    _check_slug(container.slug)
    if ports.exposure.get().has_tasks_for(actor, container):
        raise Conflict(_("The container has tasks."))
    tell(actor, container, "deleted")
    if container.tasks.exists():
        _close(actor, container)
    else:
        container.types.update(current=None)
        container.delete()


def _close(actor: Actor, container: Container) -> None:
    """Leave the container to people of its tasks who could work there; nobody else has a role, and its slug is free."""
    columns = container.tasks.values_list("private_to", "assignee", "reporter").distinct()
    people = User.objects.filter(pk__in={id for row in columns for id in row} - {None, actor.id}, is_active=True)
    workers = [user for user in people if allows(role_of(actor_of_user(user), container), "work")]
    container.memberships.all().delete()
    Membership.objects.bulk_create(
        Membership(container=container, user=user, role=Role.CONTRIBUTOR) for user in workers
    )
    container.slug, container.everyone, container.application = _with_random_end(container.slug), Everyone.NONE, None
    container.managers_see_restricted = False
    container.save(update_fields=["slug", "everyone", "application", "managers_see_restricted"])


@transaction.atomic
def own_container(application: Application) -> Container:
    """The application's own invisible container with the built-in type `task`, made when it is first needed."""
    slug = own_slug(application.name)
    container, created = Container.objects.get_or_create(
        slug=slug, defaults={"title": application.title, "application": application}
    )
    if created:
        tell(SYSTEM, container, "created")
        types.put_builtin(container)
    return container


def own_slug(name: str) -> str:
    """`app-NAME`; a name that is too long for that is cut and gets a digest at its end."""
    if len(name) <= 63 - len(OWN):
        return OWN + name
    return f"{OWN}{name[:46].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


@transaction.atomic
def _create(actor: Actor, slug: str, values: JsonObject) -> Container:
    owner = actor.id if actor.is_application else None
    container = Container.objects.create(slug=slug, application_id=owner, **values)
    tell(actor, container, "created")
    if actor.is_user:
        Membership.objects.create(container=container, user_id=actor.id, role=Role.MANAGER)
    if container.is_peoples:
        types.put_builtin(container)
    return container


@unit_of_work()
def _change(actor: Actor, slug: str, values: JsonObject, *, confirmed: bool) -> tuple[Container, bool]:
    container = lock_container(actor, slug, "manage")
    _check_slug(container.slug)
    before = {key: getattr(container, key) for key in values}
    changes = {key: [before[key], value] for key, value in values.items() if before[key] != value}
    if changes:
        opened = widen(actor, container, changes, confirmed=confirmed)
        for key, (_before, after) in changes.items():
            setattr(container, key, after)
        container.updated_at = timezone.now()
        container.save(update_fields=[*changes, "updated_at"])
        opens: JsonObject = {"tasks_opened": opened} if opened else {}
        tell(actor, container, "changed", changes=changes, **opens)
    return container, bool(changes)


def _read(body: object, slug: str | None) -> tuple[JsonObject, bool]:
    """The columns with their defaults, and whether it is meant that more people see tasks."""
    given = Body(body, CONTAINER)
    values = {
        "title": given.get("title", slug),
        "description": given.get("description", ""),
        "everyone": given.get("everyone", Everyone.NONE.value),
        "managers_see_restricted": given.get("managers_see_restricted", False),
    }
    if values["title"] is None:
        given.wrong("title", _("Give it a title."))
    confirmed = given.get("confirm_widen", False)
    given.finish()
    return values, confirmed


def _named(body: object, values: JsonObject) -> JsonObject:
    """The columns that the body names."""
    return {key: value for key, value in values.items() if isinstance(body, dict) and key in body}


def _check_slug(slug: str) -> None:
    if not re.fullmatch(SLUG, slug):
        raise Invalid(_("A slug has lower-case letters, digits and inner hyphens, at most 63."))
    if slug.startswith(OWN):
        raise Invalid(_("TaskHub keeps the containers whose names begin with “app-”."))


def _refuse_reserved(slug: str) -> None:
    """New containers have no slug that is the address of a page; those that exist keep theirs."""
    if slug in RESERVED_SLUGS:
        raise Invalid(_("A page has this name already: choose another one."))


def _slug_from(title: str) -> str:
    """A slug from the title, before it gets its end."""
    slug = slugify(title)[:50].replace("_", "-").strip("-")
    return "c" if not slug or slug.startswith(OWN) or slug in RESERVED_SLUGS else slug


def _with_random_end(slug: str) -> str:
    return f"{slug[:56].rstrip('-')}-{short_code(6).lower()}"
