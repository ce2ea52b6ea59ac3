"""The parts of a manifest: each reads and puts things of one kind by the services of the single push."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.actors.actor import Actor
from apps.automation.functions import accept as functions_accept
from apps.automation.functions import queries as function_queries
from apps.automation.functions import services
from apps.automation.rules import queries as rule_queries
from apps.automation.rules import services as rules_services
from apps.containers import access, queries, rendering
from apps.containers import services as containers
from apps.containers.models import Container, Role
from apps.containers.type_document.accept import TYPE
from apps.core.errors import Forbidden
from apps.core.shapes import Shape, TextOr
from apps.core.timestamps import format_timestamp

Json = dict[str, Any]


@dataclass(frozen=True)
class Put:
    """What a push did: whether the thing is new, whether anything changed, and what else the answer says of it.

    `once` stands in the answer of the call that made it and never again (secrets); a trial leaves it out.
    """

    created: bool
    changed: bool
    more: Json = field(default_factory=dict)
    once: Json = field(default_factory=dict)


class Part(Protocol):
    """One kind of things. `place` is the slug of the container they lie in, None for those that lie in none."""

    kind: str
    shape: Shape
    """What the single push takes."""

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        """What a push could change of it, as it is now; None if it is not there."""

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        """The single push. Raises core.errors."""

    def names(self, actor: Actor, place: str | None) -> list[str]:
        """All there are."""


class Functions:
    """Functions of the application."""

    kind = "function"
    shape = functions_accept.FUNCTION

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        function = function_queries.list_functions(actor).filter(name=name).first()
        return function_queries.render_function(function) if function else None

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        function, created, changed = services.put_function(actor, name, body)
        return Put(created, changed, once={"secret": function.new_secret} if function.new_secret else {})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return list(function_queries.list_functions(actor).values_list("name", flat=True))


class Containers:
    """Containers of the application; those of others and of people are not its to declare."""

    kind = "container"
    shape = containers.CONTAINER

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        container = _own(actor, name)
        return _without(rendering.container_json(container, ""), "created_at", "updated_at") if container else None

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        if queries.list_containers(actor).filter(slug=name).exclude(application=actor.id).exists():
            raise Forbidden("The container is not this application's.")
        _container, created, changed = containers.put_container(actor, name, body)
        return Put(created, changed)

    def names(self, actor: Actor, place: str | None) -> list[str]:
        slugs = queries.list_containers(actor).filter(application=actor.id).values_list("slug", flat=True)
        return [slug for slug in slugs if slug != containers.own_slug(actor.name)]


class Members:
    """Members of a container: reference → role, or `{role, confirm_widen}`."""

    kind = "member"
    shape = TextOr(containers.MEMBER.keys["role"], containers.MEMBER)

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        row = next((member for member in queries.list_members(actor, str(place)) if member.member == name), None)
        return {"role": row.role} if row else None

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        if not isinstance(body, dict):  # the short form: its problems point at the role itself
            row, created, changed = containers.put_member(actor, str(place), name, body)
        else:
            given = containers.MEMBER.require(body)
            row, created, changed = containers.put_member(
                actor, str(place), name, given["role"], confirm_widen=bool(given.get("confirm_widen"))
            )
        return Put(created, changed, {"role": row.role})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return [row.member for row in queries.list_members(actor, str(place))]


class Types:
    """Task types of a container."""

    kind = "type"
    shape = TYPE

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        version = queries.find_version(_own(actor, str(place)), name)
        return {**version.spec, "retired_at": format_timestamp(version.type.retired_at)} if version else None

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        container = access.get_container(actor, str(place))
        before = queries.find_version(container, name)
        version, created, changed = containers.put_type(actor, str(place), name, body)
        answer = rendering.published_json(actor, container, Role.MANAGER, before, version)
        return Put(created, changed, {"version": version.number, **answer})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        container = _own(actor, str(place))
        types = queries.list_types(actor, container, "manager") if container else []
        return [kind.name for kind in types]


class Rules:
    """Rules of a container."""

    kind = "rule"
    shape = rules_services.RULE

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        rule = rule_queries.list_rules(actor, str(place)).filter(name=name).first()
        return _without(rule_queries.render_rule(actor, rule), "runs", "author") if rule else None

    def put(self, actor: Actor, place: str | None, name: str, body: object) -> Put:
        _rule, created, changed = rules_services.put_rule(actor, str(place), name, body)
        return Put(created, changed)

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return list(rule_queries.list_rules(actor, str(place)).values_list("name", flat=True))


def _own(actor: Actor, slug: str) -> Container | None:
    return queries.list_containers(actor).filter(slug=slug, application=actor.id).first()


def _without(rendered: Mapping[str, object], *names: str) -> Json:
    return {name: value for name, value in rendered.items() if name not in names}
