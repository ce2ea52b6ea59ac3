"""Who may answer, decide, delegate and be asked: the policy of handovers."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.actors import references
from apps.actors.models import Team, User
from apps.containers.type_document.documents import AskedField
from apps.core.errors import Conflict, Forbidden, Invalid, Problem
from apps.tasks import leases
from apps.tasks.models import Handover, Privacy, Task

from .fields import access_of_asker, access_when_free
from .permissions import TaskPermissions

# --- Answering ----------------------------------------------------------------------------------------


def require_target(permissions: TaskPermissions) -> None:
    """Raises Forbidden unless the open handover was given to the actor, or to a team of theirs."""
    handover = permissions.handover
    if (
        handover is not None
        and handover.to_team_id in permissions.actor.team_ids
        and handover.excludes(permissions.actor.id)
    ):
        raise Forbidden(_("Somebody else of your team must answer this: you are excluded from it."))
    if not permissions.is_asked:
        raise Forbidden(_("This was not handed over to you."))


def require_answerer(permissions: TaskPermissions, handover: Handover) -> None:
    """Raises Forbidden (not given to the actor) or Conflict (claimed by somebody else)."""
    require_target(permissions)
    if not permissions.may_answer and handover.claimed_by:
        raise Conflict(_("%(who)s has claimed it.") % {"who": handover.claimed_by.display_name})


def decided_by(permissions: TaskPermissions, handover: Handover) -> User | None:
    """The person who delegated the handover and decides when it comes back; None if the actor decides."""
    decider = handover.delegated_by
    return decider if decider and decider.is_active and decider.pk != permissions.actor.id else None


def require_decider(permissions: TaskPermissions, handover: Handover) -> None:
    """Raises Conflict if somebody else decides."""
    decider = decided_by(permissions, handover)
    if decider is not None:
        raise Conflict(_("%(who)s decides: give it back with what you found.") % {"who": decider.display_name})


# --- Asking -------------------------------------------------------------------------------------------


def require_not_excluded(handover: Handover, target: User | Team) -> None:
    """Raises Forbidden if the person is excluded from answering the handover."""
    if isinstance(target, User) and handover.excludes(target.pk):
        detail = _("%(who)s is excluded from answering this.") % {"who": target.display_name}
        raise Forbidden(detail, errors=[Problem("/to", "forbidden", detail)])


def require_people(target: User | Team, excluded: str) -> None:
    """Raises Invalid if nobody could answer: the team has no active member who is not excluded."""
    if isinstance(target, Team):
        members = target.members.filter(is_active=True).values_list("pk", flat=True)
        if all(str(member) in excluded for member in members):
            raise Invalid.at("/to", _("Nobody in this team could answer."))


def require_target_sees(task: Task, target: User | Team) -> None:
    """Raises Conflict if handing the task to the target needs a wider privacy than the task has."""
    if task.privacy == Privacy.APPLICATION:
        raise Conflict("The task is the application's alone: say a wider privacy in the same call.")
    if task.privacy == Privacy.PRIVATE and target != task.private_to:
        raise Conflict("The task is private to somebody else: say a wider privacy in the same call.")


def require_fields_to_give(
    permissions: TaskPermissions,
    fields: Iterable[AskedField],
    targets: Iterable[User | Team | None],
    *,
    at: str | None = None,
) -> None:
    """Nobody lets others write what they could not: each field is one that the asker writes, or that all targets write.

    Raises Forbidden naming the other fields as locked, or `at`, the one place of the body that is wrong.
    """
    own = access_of_asker(permissions)
    not_own = [(index, item["name"]) for index, item in enumerate(fields) if own[item["name"]].level != "write"]
    if not not_own:
        return
    theirs = [_writable_by(target, permissions.task) for target in targets]
    detail = _("Neither you nor all who are asked can write this field.")
    wrong = [index for index, name in not_own if not all(name in writable for writable in theirs)]
    if wrong:
        pointers = [f"/fields/{index}" for index in wrong] if at is None else [at]
        raise Forbidden(detail, errors=[Problem(pointer, "locked", detail) for pointer in pointers])


def _writable_by(target: User | Team | None, task: Task) -> set[str]:
    """The fields that the person, or somebody who is in the team and nothing else, writes without being asked."""
    if target is None:
        return set()
    actor = references.actor_of_user(target) if isinstance(target, User) else references.somebody(target)
    levels = access_when_free(TaskPermissions(actor, task))
    return {name for name, access in levels.items() if access.level == "write"}


def require_lease_to_hand_over(task: Task, token: str | None) -> None:
    """A leased task is handed over by its worker alone, who names the lease. Raises Conflict."""
    if token is not None:
        leases.require_lease(task, token)
        if task.cancel_requested:
            raise Conflict(_("The task is to be canceled: confirm that, or finish it."))
    elif task.is_leased:
        raise Conflict(_("A worker holds the task: name its lease_token, or take it over."))
