"""Who may migrate the tasks of a type to another version: who may publish the type."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.containers import access as containers
from apps.containers.models import Role, TaskType, TypeVersion
from apps.containers.services import require_publisher
from apps.containers.type_document import unread
from apps.containers.type_document.spec import spec_of
from apps.core.errors import Conflict, Forbidden, NotFound

from .fields import visible_fields
from .permissions import TaskPermissions


def get_type_to_migrate(actor: Actor, slug: str, name: str) -> TaskType:
    """The type, with its current version. Raises NotFound; Forbidden if the actor may not publish it."""
    container = containers.get_container(actor, slug, "manage")
    containers.require_owner(actor, container)
    rows = TaskType.objects.filter(container=container, name=name, current__isnull=False)
    kind = rows.select_related("current", "container__application").first()
    if kind is None:
        raise NotFound(_("There is no such type."))
    require_publisher(actor, kind)
    return kind


OF_ANOTHER_PLACE = frozenset((Role.CONTRIBUTOR.value, Role.MANAGER.value))
"""Audiences that are other people in another container."""


def require_carrier(permissions: TaskPermissions, to: TypeVersion) -> None:
    """Raises Conflict if the actor moves a task to a type that may open fields hidden from them.

    The types alone decide, whether or not the fields have a value: the answer discloses nothing of that.
    """
    old, new = permissions.spec, spec_of(to)
    hidden = old.fields.keys() - visible_fields(permissions).keys()
    peoples = permissions.task.container.is_peoples
    opened = [name for name in hidden if OF_ANOTHER_PLACE & old.audiences(name, peoples=peoples)]
    if opened or unread.changed_rules(old, new, hidden):
        raise Conflict(_("The task does not fit that type: somebody who sees all of it can move it."))


def require_reader_of_changes(actor: Actor, old: Iterable[TypeVersion], to: TypeVersion) -> None:
    """Raises Forbidden if the actor does not read a field for which the versions have other rules.

    They would learn which tasks have which values, by counting those that do not fit.
    """
    for version in old:
        names = unread.changed_rules(spec_of(version), spec_of(to), containers.unread_fields(actor, version))
        if names:
            detail = _("The versions have other rules for “%(name)s”, which you do not read: a reader must do this.")
            raise Forbidden(detail % {"name": names[0]})
