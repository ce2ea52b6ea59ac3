"""Everybody who could ask for a task: every class of actor, made for the proof, and the task's own people.

What is made here is rolled back with the transaction of the proof.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from apps.actors.actor import SYSTEM, Actor
from apps.actors.models import Application, User
from apps.actors.references import actor_of_application, actor_of_user
from apps.actors.services import issue_key
from apps.containers.models import Container, Membership, Role
from apps.tasks.models import OPEN_STATES, Grant, Handover, Task

from .asking import Asker

MOST_PEOPLE = 20


@dataclass(frozen=True)
class Party:
    """An asker, and the actor that they are; nobody for who is turned away at the door."""

    asker: Asker
    actor: Actor | None


def everybody(task: Task) -> Iterator[Party]:
    """One of every class, then the people of the task themselves."""
    container = task.container
    yield Party(Asker("anonymous"), None)
    yield _deactivated(container)
    yield _person("stranger")
    yield _person("administrator", staff=True)
    for role in Role.values:
        yield _person(role, container, role)
    yield _application("another application")
    yield _application("a member application", container)
    if container.application is not None:
        yield _keyed("the application", container.application)
    for user in _people_of(task):
        yield Party(Asker(str(user.reference), user=user), actor_of_user(user))


def _person(name: str, container: Container | None = None, role: str = "", *, staff: bool = False) -> Party:
    user = User(username=f"proof-{secrets.token_hex(8)}", is_staff=staff, is_superuser=staff)
    user.set_unusable_password()
    user.save()
    if container is not None:
        Membership.objects.create(container=container, user=user, role=role)
    return Party(Asker(name, user=user), actor_of_user(user))


def _deactivated(container: Container) -> Party:
    party = _person("deactivated manager", container, Role.MANAGER)
    if party.actor is not None:
        User.objects.filter(pk=party.actor.id).update(is_active=False)
    return Party(party.asker, None)


def _application(name: str, container: Container | None = None) -> Party:
    made = Application.objects.create(name=f"proof-{secrets.token_hex(8)}", title="Proof")
    if container is not None:
        Membership.objects.create(container=container, application=made, role=Role.VIEWER)
    return _keyed(name, made)


def _keyed(name: str, application: Application) -> Party:
    return Party(Asker(name, key=issue_key(actor=SYSTEM, application=application)), actor_of_application(application))


def _people_of(task: Task) -> list[User]:
    """Reporter, assignee, whom it is private to, who was let in, and who is asked; no more than MOST_PEOPLE."""
    grants = Grant.objects.filter(task=task.newest)
    asked = Handover.objects.filter(task=task.newest, state__in=OPEN_STATES)
    ids = [task.reporter_id, task.assignee_id, task.private_to_id, *grants.values_list("user", flat=True)]
    ids += [id for pair in asked.values_list("to_user", "claimed_by") for id in pair]
    return list(User.objects.filter(pk__in=[id for id in ids if id], is_active=True).order_by("username")[:MOST_PEOPLE])
