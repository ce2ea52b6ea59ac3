"""Everybody who could request a task: one identity of each kind, made for the proof, and the task's own people.

The rows that are made here are rolled back with the transaction of the proof.
"""

import secrets
from collections.abc import Iterator

from apps.actors.actor import SYSTEM
from apps.actors.models import Application, User
from apps.actors.references import actor_of_application, actor_of_user
from apps.actors.services import issue_key
from apps.containers.models import Container, Membership, Role
from apps.tasks.models import OPEN_STATES, Grant, Handover, Task

from .client import Identity

MOST_PEOPLE = 20


def everybody(task: Task) -> Iterator[Identity]:
    """One identity of each kind, then the people of the task."""
    container = task.container
    yield Identity("anonymous")
    yield _deactivated_manager(container)
    yield _person("stranger")
    yield _person("administrator", staff=True)
    for role in Role.values:
        yield _person(role, container, role)
    yield _application("another application")
    yield _application("a member application", container)
    if container.application is not None:
        yield _with_key("the application", container.application)
    for user in _people_of(task):
        yield Identity(str(user.reference), user=user, actor=actor_of_user(user))


def _person(name: str, container: Container | None = None, role: str = "", *, staff: bool = False) -> Identity:
    user = _user(container, role, staff=staff)
    return Identity(name, user=user, actor=actor_of_user(user))


def _deactivated_manager(container: Container) -> Identity:
    """Signed in before the deactivation; no actor any more."""
    user = _user(container, Role.MANAGER)
    identity = Identity("deactivated manager", user=user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return identity


def _user(container: Container | None = None, role: str = "", *, staff: bool = False) -> User:
    user = User(username=f"proof-{secrets.token_hex(8)}", is_staff=staff, is_superuser=staff)
    user.set_unusable_password()
    user.save()
    if container is not None:
        Membership.objects.create(container=container, user=user, role=role)
    return user


def _application(name: str, container: Container | None = None) -> Identity:
    application = Application.objects.create(name=f"proof-{secrets.token_hex(8)}", title="Proof")
    if container is not None:
        Membership.objects.create(container=container, application=application, role=Role.VIEWER)
    return _with_key(name, application)


def _with_key(name: str, application: Application) -> Identity:
    key = issue_key(actor=SYSTEM, application=application)
    return Identity(name, key=key, actor=actor_of_application(application))


def _people_of(task: Task) -> list[User]:
    """The reporter, the assignee, users with a grant or an open handover, and `private_to`; at most MOST_PEOPLE."""
    grants = Grant.objects.filter(task=task.newest)
    handovers = Handover.objects.filter(task=task.newest, state__in=OPEN_STATES)
    ids = [task.reporter_id, task.assignee_id, task.private_to_id, *grants.values_list("user", flat=True)]
    ids += [id for pair in handovers.values_list("to_user", "claimed_by") for id in pair]
    return list(User.objects.filter(pk__in=[id for id in ids if id], is_active=True).order_by("username")[:MOST_PEOPLE])
