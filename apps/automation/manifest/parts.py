"""The parts of a manifest: each reads and puts things of one kind by the services of the single push."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.actors.actor import Actor
from apps.automation import rules, services
from apps.containers import access, queries, rendering
from apps.containers import services as containers
from apps.containers.models import Container, Role
from apps.core.errors import Forbidden

Json = dict[str, Any]


@dataclass(frozen=True)
class Put:
    """What a push did: whether the thing is new, whether anything changed, and what else the answer says of it.

    `once` is said in the answer of the push that made it and never again (secrets); a trial does not say it.
    """

    created: bool
    changed: bool
    more: Json = field(default_factory=dict)
    once: Json = field(default_factory=dict)


class Part(Protocol):
    """One kind of things. `place` is the slug of the container they lie in, None for those that lie in none."""

    kind: str

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        """What a push could change of it, as it is now; None if it is not there."""

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        """The single push. Raises core.errors."""

    def names(self, actor: Actor, place: str | None) -> list[str]:
        """All there are."""


class Functions:
    """Functions of the application."""

    kind = "function"

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        found = services.list_functions(actor).filter(name=name).first()
        return services.render_function(found) if found else None

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        function, created, changed = services.put_function(actor, name, body)
        return Put(created, changed, once={"secret": function.new_secret} if function.new_secret else {})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return list(services.list_functions(actor).values_list("name", flat=True))


class Containers:
    """Containers of the application; those of others and of people are not its to declare."""

    kind = "container"

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        found = _own(actor, name)
        return _without(rendering.container_json(found, ""), "created_at", "updated_at") if found else None

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        if queries.list_containers(actor).filter(slug=name).exclude(application=actor.id).exists():
            raise Forbidden("The container is not this application's.")
        _container, created, changed = containers.put_container(actor, name, body)
        return Put(created, changed)

    def names(self, actor: Actor, place: str | None) -> list[str]:
        slugs = queries.list_containers(actor).filter(application=actor.id).values_list("slug", flat=True)
        return [slug for slug in slugs if slug != containers.own_slug(actor.name)]


class Members:
    """Members of a container: reference → role."""

    kind = "member"

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        found = next((row for row in queries.list_members(actor, str(place)) if row.member == name), None)
        return {"role": found.role} if found else None

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        row, created, changed = containers.put_member(actor, str(place), name, body)
        return Put(created, changed, {"role": row.role})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return [row.member for row in queries.list_members(actor, str(place))]


class Types:
    """Task types of a container."""

    kind = "type"

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        found = queries.find_version(_own(actor, str(place)), name)
        return {**found.spec, "retired_at": rendering.stamp(found.type.retired_at)} if found else None

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        container = access.get_container(actor, str(place))
        before = queries.find_version(container, name)
        version, created, changed = containers.put_type(actor, str(place), name, body)
        told = rendering.push_json(actor, container, Role.MANAGER, before, version)
        return Put(created, changed, {"version": version.number, **told})

    def names(self, actor: Actor, place: str | None) -> list[str]:
        container = _own(actor, str(place))
        types = queries.list_types(actor, container, "manager") if container else []
        return [kind.name for kind in types]


class Rules:
    """Rules of a container."""

    kind = "rule"

    def read(self, actor: Actor, place: str | None, name: str) -> Json | None:
        found = rules.list_rules(actor, str(place)).filter(name=name).first()
        return _without(rules.render_rule(actor, found), "runs", "author") if found else None

    def put(self, actor: Actor, place: str | None, name: str, body: Any) -> Put:
        _rule, created, changed = rules.put_rule(actor, str(place), name, body)
        return Put(created, changed)

    def names(self, actor: Actor, place: str | None) -> list[str]:
        return list(rules.list_rules(actor, str(place)).values_list("name", flat=True))


def _own(actor: Actor, slug: str) -> Container | None:
    return queries.list_containers(actor).filter(slug=slug, application=actor.id).first()


def _without(rendered: Mapping[str, Any], *names: str) -> Json:
    return {name: value for name, value in rendered.items() if name not in names}
