"""For whom an operation exists, and who may stop it. What it may do to a task is judged at the task."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.actors.actor import Actor
from apps.actors.queries import applications_owned_by
from apps.core.errors import NotFound
from apps.core.ids import parse_uuid

from .models import Operation


def visible_to(actor: Actor) -> QuerySet[Operation]:
    """The operations of the actor, and those of applications that the actor owns."""
    mine = Q(author=str(actor))
    if actor.is_user:
        mine |= Q(application__in=applications_owned_by(actor.id).values("pk"))
    return Operation.objects.filter(mine)


def get_operation(actor: Actor, name: str) -> Operation:
    """The operation with this id, if it exists for the actor. Raises NotFound."""
    id = parse_uuid(name)
    operation = visible_to(actor).filter(pk=id).first() if id else None
    if operation is None:
        raise NotFound(_("There is no such operation."))
    return operation


def reads_numbers(actor: Actor, operation: Operation) -> bool:
    """Whether the actor reads counts and items: the author alone, for others may not see all of its tasks."""
    return operation.author == str(actor)
