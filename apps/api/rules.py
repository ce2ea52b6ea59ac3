"""`/containers/{slug}/rules`: what happens by itself on an event."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation.rules import queries, services, trial
from apps.core.json_types import JsonObject

from .components import ACTION, CONDITION
from .description import PAGE, describes
from .pagination import answer_page, orders
from .resource import Resource
from .schemas import FLAG, ID, TEXT, TIME, answer, component, listed, optional, page_of

ORDERS = orders("name", unique="name")
WORDS = {"title": TEXT, "when": CONDITION, "actions": listed(ACTION), "enabled": FLAG}
DID = component(
    "ActionDone",
    {**answer(do=TEXT), "additionalProperties": True, "description": "What an action did, or would do."},
)
RUN = component("RuleRun", answer(event=ID, task=ID, at=TIME, did=listed(DID), error=optional(TEXT)))
RULE = component(
    "Rule",
    answer(
        ("changed",), container=TEXT, name=TEXT, **WORDS, on=listed(TEXT), author=TEXT, runs=listed(RUN), changed=FLAG
    ),
)
TRIAL = component("RuleTrial", answer(matched=FLAG, did=listed(DID), error=optional(TEXT)))


class Rules(Resource):
    """All of a container, for its managers and its application."""

    parameters = frozenset(PAGE)

    @describes("list_rules", "List the rules of a container", answer=page_of("Rule"), query=PAGE)
    def get(self, request: Request, slug: str) -> Response:
        rows = queries.list_rules(self.actor, slug)
        return answer_page(
            request,
            rows,
            render=lambda page: [queries.render_rule(self.actor, row) for row in page],
            orders=ORDERS,
            order="name",
        )


class OneRule(Resource):
    """One of them, by its name."""

    @describes("get_rule", "Read a rule and its last runs", answer=RULE)
    def get(self, request: Request, slug: str, name: str) -> Response:
        return self.answer(self._current(slug, name))

    @describes(
        "put_rule", "Create or replace a rule", answer=RULE, status=(200, 201), body=services.RULE, headers=["If-Match"]
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=lambda: services.hold_rule(self.actor, slug, name)):
            rule, created, changed = services.put_rule(self.actor, slug, name, self.body)
        return self.answer_put(queries.render_rule(self.actor, rule), created=created, changed=changed)

    @describes("delete_rule", "Delete a rule", status=204, headers=["If-Match"])
    def delete(self, request: Request, slug: str, name: str) -> Response:
        with self.if_match(lambda: self._current(slug, name), hold=lambda: services.hold_rule(self.actor, slug, name)):
            services.delete_rule(self.actor, slug, name)
        return Response(status=204)

    def _current(self, slug: str, name: str) -> JsonObject:
        return queries.render_rule(self.actor, queries.get_rule(self.actor, slug, name))


class TryRule(Resource):
    """A trial."""

    @describes(
        "test_rule",
        "Try a rule on a task: what it would do, without doing it", answer=TRIAL, body=trial.TRIAL,
        description="The last event of the task that the rule is `on` stands for the one that it would hear; without "
        "one its last event.",
    )  # fmt: skip
    def post(self, request: Request, slug: str, name: str) -> Response:
        return Response(trial.try_rule(self.actor, slug, name, self.body))
