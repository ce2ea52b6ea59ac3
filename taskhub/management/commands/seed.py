"""`manage.py seed`: demo data, through the services that people and programs use too."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from apps.actors import references
from apps.actors.actor import Actor
from apps.actors.models import User
from apps.containers import services as containers
from apps.containers.queries import list_containers
from apps.core.errors import Conflict, NotFound
from apps.tasks import services as tasks
from taskhub.management import backlog
from taskhub.management.backlog import Card
from taskhub.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Make a board with TaskHub's own backlog. It needs a user: see create_user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", metavar="USER", help="whose board it is (default: the first administrator)")

    def run(self, *, by: str | None, **_: Any) -> None:
        actor = references.actor_of_user(_owner(by))
        with transaction.atomic():
            slug = _make_board(actor)
            for card in backlog.CARDS:
                _make_card(actor, slug, card)
        self.stderr.write(f"Made the board {slug} with {len(backlog.CARDS)} cards.")


def _owner(name: str | None) -> User:
    active = User.objects.filter(is_active=True).order_by("-is_superuser", "date_joined")
    user = (active.filter(username=name) if name else active).first()
    if user is None:
        raise NotFound("There is no such user." if name else "There is no user yet: see create_user.")
    return user


def _make_board(actor: Actor) -> str:
    body = {"title": backlog.TITLE, "description": backlog.DESCRIPTION, "everyone": "contributor"}
    if list_containers(actor).filter(title=backlog.TITLE).exists():
        raise Conflict(f"The board {backlog.TITLE} is there already.")
    container, _created, _changed = containers.put_container(actor, backlog.SLUG, body)
    containers.put_type(actor, container.slug, "card", backlog.TYPE)
    return container.slug


def _make_card(actor: Actor, slug: str, card: Card) -> None:
    fields = {"area": card.area, "size": card.size, "done_when": card.done_when}
    body = {"container": slug, "type": "card", "title": card.title, "tags": card.tags, "fields": fields}
    task, _created = tasks.create_task(actor, body)
    if card.stage != task.stage:
        tasks.edit_task(actor, task.key, {"stage": card.stage})
