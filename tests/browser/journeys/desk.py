"""Refunds: an application whose people are the team `desk`. It asks through REST and never acts by itself."""

from typing import Any

from taskhub_client import Claimed, Client, Json, Task

SCHEMA: Json = {
    "type": "object",
    "required": ["order"],
    "properties": {
        "order": {"type": "string", "title": "Order"},
        "amount": {"type": "number", "minimum": 0, "multipleOf": 0.01, "title": "Amount"},
        "reason": {"type": "string", "title": "Reason", "ui:widget": "textarea"},
        "iban": {"type": "string", "title": "Bank account", "x-taskhub": {"read": ["application"], "secret": True}},
        "decision": {
            "type": "string",
            "title": "Decision",
            "oneOf": [{"const": "pay", "title": "Pay it"}, {"const": "refuse", "title": "Refuse it"}],
        },
        "limit": {"type": "integer", "minimum": 1, "title": "Most to pay"},
    },
}
ACTIONS: list[Json] = [
    {"name": "complete", "label": "Decide", "effect": "complete"},
    {"name": "return", "label": "Back to the automation", "effect": "return"},
]


class Desk:
    """What the application `refunds` does."""

    def __init__(self, hub: Client) -> None:
        self.hub = hub

    def declare(self) -> None:
        """Pushes container, function and type."""
        self.hub.put("/containers/refunds", {"title": "Refunds", "everyone": "requester"})
        self.hub.put("/containers/refunds/members/team:desk", {"role": "viewer"})
        self.hub.put("/functions/refund.pay", {"mode": "pull", "lease_seconds": 60})
        body: Json = {"title": "Refund", "schema": SCHEMA, "create": {"by": "requester", "fields": ["order", "reason"]}}
        body |= {"function": "refund.pay", "failover": {"to": "team:desk", "actions": ["return", "complete", "cancel"]}}
        self.hub.put("/containers/refunds/types/refund", body)

    def make(self, title: str, **more: Any) -> Task:
        """A refund, restricted to those who take part unless said otherwise."""
        fields = {"order": "88213", "amount": 142.5, "iban": "DE02120300000000202051", **more.pop("fields", {})}
        body = {"container": "refunds", "type": "refund", "title": title, "fields": fields, "privacy": "restricted"}
        return self.hub.create_task({**body, **more})

    def ask(self, title: str, to: str, *, fields: tuple[str, ...] = ("decision",), **more: Any) -> Task:
        """A refund that waits for a person: decide, or give it back."""
        request: Json = {"to": to, "title": f"Decide: {title}", "message": more.pop("message", "It is above 100 EUR.")}
        request |= {"fields": [{"name": name, "required": True} for name in fields], "actions": ACTIONS}
        if due_at := more.pop("due_at", None):
            request["due_at"] = due_at
        return self.make(title, hand_over=request, **more)

    def claim(self) -> Claimed:
        """A lease on the next refund."""
        return self.hub.claim(["refund.pay"], worker="payer-1", lease_seconds=60, wait=5)["tasks"][0]
