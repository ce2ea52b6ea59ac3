"""`visible_to` (SQL) and `can_see` (one object) are one rule, and it is the rule of the domain."""

import random
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.actors.actor import Actor
from apps.actors.models import User
from apps.actors.references import actor_of_application, actor_of_user
from apps.containers.models import Container, Everyone, Membership, Role, TaskType
from apps.containers.services.types import put_builtin
from apps.tasks import access
from apps.tasks.access import can_see
from apps.tasks.models import BreakGlass, Grant, Handover, Privacy, Task
from tests import factories

from .conftest import MakeTask

pytestmark = pytest.mark.django_db
WORLDS = 25
DAY = timedelta(days=1)


class World:
    """Random containers, people, applications and tasks, from one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.teams = [factories.make_team(f"t{n}-{seed}") for n in range(2)]
        self.users = [self.make_user(f"u{n}-{seed}") for n in range(4)]
        self.root = factories.make_user(f"root-{seed}", staff=True)
        self.applications = [factories.make_application(f"a{n}-{seed}") for n in range(2)]
        self.containers = [self.make_container(f"c{n}-{seed}") for n in range(3)]
        self.tasks = [self.make_task(n) for n in range(12)]

    def maybe(self, options: list, chance: float = 0.5):
        return self.dice.choice(options) if self.dice.random() < chance else None

    def make_user(self, name: str) -> User:
        user = factories.make_user(name)
        user.teams.set([team for team in self.teams if self.dice.random() < 0.4])
        return user

    def make_container(self, slug: str) -> Container:
        container = Container.objects.create(
            slug=slug,
            title=slug,
            application=self.maybe(self.applications, 0.7),
            everyone=self.dice.choice(Everyone.values),
            managers_see_restricted=self.dice.random() < 0.5,
        )
        put_builtin(container)
        for column, parties in (("user", self.users), ("team", self.teams), ("application", self.applications)):
            for party in parties:
                if self.dice.random() < 0.4:
                    role = self.dice.choice(Role.values)
                    Membership.objects.create(container=container, role=role, **{column: party})
        return container

    def make_task(self, number: int) -> Task:
        container = self.dice.choice(self.containers)
        privacy = self.dice.choice(Privacy.values)
        task = Task(
            container=container,
            application=container.application,
            type_version=TaskType.objects.get(container=container).current,
            title=str(number),
            stage="todo",
            privacy=privacy,
            private_to=self.dice.choice(self.users) if privacy == Privacy.PRIVATE else None,
            app_readable=self.dice.random() < 0.5,
            reporter=self.maybe(self.users),
            assignee=self.maybe(self.users),
            created_by_application=self.maybe(self.applications),
        )
        task.newest = task.pk
        self.hang_on(task)
        return task

    def hang_on(self, task: Task) -> None:
        handed = self.dice.random() < 0.4
        task.status = "handed_over" if handed else "new"
        task.save()
        if handed:
            target = self.dice.choice([*self.users, *self.teams])
            column = "to_user" if isinstance(target, User) else "to_team"
            Handover.objects.create(task=task, digest="", title="?", **{column: target})
        if self.dice.random() < 0.3:
            Grant.objects.create(task=task, user=self.dice.choice(self.users), expires_at=self.moment())
        if self.dice.random() < 0.3:
            Grant.objects.create(task=task, team=self.dice.choice(self.teams), expires_at=self.moment())
        if self.dice.random() < 0.4:
            ends, ended = self.moment() or timezone.now() + DAY, self.maybe([timezone.now()], 0.3)
            BreakGlass.objects.create(task=task, user=self.root, reason="?", ends_at=ends, ended_at=ended)
        if self.dice.random() < 0.3:
            self.retry(task)

    def moment(self) -> datetime | None:
        """For ever, over, or still to come."""
        return self.dice.choice([None, timezone.now() - DAY, timezone.now() + DAY])

    def retry(self, task: Task) -> None:
        """An older attempt of the task, without anything of its own hanging on it."""
        shared = ("container", "application", "type_version", "privacy", "private_to", "app_readable")
        columns = {name: getattr(task, name) for name in (*shared, "reporter", "assignee", "created_by_application")}
        Task.objects.create(title="old", stage="todo", status="retried", newest=task.pk, **columns)

    def actors(self) -> list[Actor]:
        people = [*self.users, self.root]
        return [actor_of_user(user) for user in people] + [actor_of_application(a) for a in self.applications]


@pytest.mark.parametrize("seed", range(WORLDS))
def test_visible_to_equals_can_see(seed: int) -> None:
    world = World(seed)
    everything = list(Task.objects.all())
    compared = 0
    for actor in world.actors():
        visible = set(access.visible_to(actor).values_list("pk", flat=True))
        for task in everything:
            assert (task.pk in visible) == can_see(actor, task), (seed, str(actor), task.title, task.privacy)
            compared += 1
    assert compared >= 72


def test_attempts_are_visible_as_their_newest() -> None:
    world = World(1)
    for actor in world.actors():
        for old in Task.objects.filter(status="retried"):
            assert can_see(actor, old) == can_see(actor, Task.objects.get(pk=old.newest))


def test_application_sees_nothing_in_a_container_that_is_its_own_no_more(
    make: MakeTask, application_actor: Actor
) -> None:
    task = make()
    assert access.visible_to(application_actor).filter(pk=task.pk).exists()
    Container.objects.update(application=None)  # as closing it does
    assert not access.visible_to(application_actor).filter(pk=task.pk).exists()
    assert not can_see(application_actor, Task.objects.get(pk=task.pk))


@pytest.mark.parametrize(
    ("privacy", "seen_by"),
    [
        ("inherit", {"requester", "member", "owner", "application"}),
        ("restricted", {"requester", "application"}),
        ("private", {"requester", "application"}),
        ("application", {"application"}),
    ],
)
def test_modes(
    make: MakeTask,
    requester_actor: Actor,
    member_actor: Actor,
    owner_actor: Actor,
    stranger_actor: Actor,
    application_actor: Actor,
    other_application_actor: Actor,
    privacy: str,
    seen_by: set[str],
) -> None:
    more = {"private_to": "user:ana"} if privacy == "private" else {}
    task = make(privacy=privacy, reporter="user:ana", **more)
    actors = {"requester": requester_actor, "member": member_actor, "owner": owner_actor}
    actors |= {"stranger": stranger_actor, "application": application_actor, "other": other_application_actor}
    seen = {name for name, actor in actors.items() if access.visible_to(actor).filter(pk=task.pk).exists()}
    assert seen == seen_by
