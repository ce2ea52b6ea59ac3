"""`/containers/{slug}/rules`: what happens by itself on an event."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation import rules

from .components import ACTION, CONDITION, FLAG, FREE, ID, TEXT, TIME, answer, body, listed, optional
from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Resource

ORDERS = orders("name", unique="name")
WORDS = {"title": TEXT, "when": CONDITION, "actions": listed(ACTION), "enabled": FLAG}
RUN = answer(event=ID, task=ID, at=TIME, did=listed(FREE), error=optional(TEXT))
RULE = answer(
    ("changed",), container=TEXT, name=TEXT, **WORDS, on=listed(TEXT), author=TEXT, runs=listed(RUN), changed=FLAG
)
RULE_BODY = body("on", "actions", name=TEXT, **WORDS, on={"oneOf": [TEXT, listed(TEXT)]})
RULES = answer(results=listed(RULE), next=optional(TEXT))
TRIAL = answer(matched=FLAG, did=listed(FREE), error=optional(TEXT))


class Rules(Resource):
    """All of a container, for its managers and its application."""

    parameters = frozenset(PAGE)

    @describes("List the rules of a container", answer=RULES, query=PAGE)
    def get(self, request: Request, slug: str) -> Response:
        rows = rules.list_rules(self.actor, slug)
        return answer_page(
            request,
            rows,
            render=lambda page: [rules.render_rule(self.actor, row) for row in page],
            orders=ORDERS,
            order="name",
        )


class OneRule(Resource):
    """One of them, by its name."""

    @describes("Read a rule and its last runs", answer=RULE)
    def get(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(self._current(slug, name))

    @describes("Create or replace a rule", answer=RULE, status=(200, 201), body=RULE_BODY, headers=["If-Match"])
    def put(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=lambda: rules.hold_rule(self.actor, slug, name)):
            rule, created, changed = rules.put_rule(self.actor, slug, name, self.body)
        return self.answer_put(rules.render_rule(self.actor, rule), created=created, changed=changed)

    @describes("Delete a rule", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=lambda: rules.hold_rule(self.actor, slug, name)):
            rules.delete_rule(self.actor, slug, name)
        return Response(status=204)

    def _current(self, slug: str, name: str) -> dict[str, Any]:
        return rules.render_rule(self.actor, rules.get_rule(self.actor, slug, name))


class TryRule(Resource):
    """A trial."""

    @describes(
        "Try a rule on a task: what it would do, without doing it", answer=TRIAL, body=body("task", task=TEXT),
        description="The last event of the task that the rule is `on` stands for the one that it would hear; without "
        "one its last event.",
    )  # fmt: skip
    def post(self, request: Request, slug: str, name: str) -> Response:
        return Response(rules.try_rule(self.actor, slug, name, self.body))
