"""Who is in the twin worlds, and the ground that both share."""

from dataclasses import dataclass, field
from typing import Any

from apps.actors.models import Application, Team, User
from apps.actors.references import actor_of_application
from apps.actors.services import issue_key
from apps.containers.models import Container, Membership
from apps.events.dispatch import dispatch
from apps.operations.run import work_due
from taskhub.rehearsal.privacy_proof.client import Identity
from tests import factories
from tests.api.world import Caller
from tests.operations.conftest import begin

ROLES = {"requester": "rita", "viewer": "vic", "contributor": "cora", "manager": "mona"}
# Both halves of what an application keeps for itself, and one field for one person.
TYPE: dict[str, Any] = {
    "title": "Migration",
    "schema": {
        "type": "object",
        "properties": {
            "source": {"type": "string", "title": "Source"},
            "lag": {
                "type": "string",
                "title": "Lag of it",
                "x-taskhub": {"read": ["application"], "write": ["application"]},
            },
            "rows": {"type": "integer", "title": "Rows"},
        },
    },
    "create": {"by": "requester", "fields": ["source"]},
    "default_privacy": "inherit",
    "transitions": [{"name": "go", "title": "Go", "from": ["todo"], "to": "doing", "who": ["contributor"]}],
}


@dataclass
class Cast:
    """Everybody, by name."""

    users: dict[str, User] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def user(self, name: str, *teams: Team, staff: bool = False) -> User:
        self.users[name] = factories.make_user(name, *teams, staff=staff)
        self.callers[name] = Caller(user=self.users[name])
        return self.users[name]

    def application(self, name: str) -> Application:
        made = self.applications[name] = factories.make_application(name)
        self.keys[name] = issue_key(actor=actor_of_application(made), application=made)
        self.callers[name] = Caller(key=self.keys[name])
        return made

    def identity(self, role: str) -> Identity:
        """The identity with this role."""
        if role == "anonymous":
            return Identity(role)
        if role in ("member application", "worker of another application"):
            return Identity(role, key=self.keys["helper" if role == "member application" else "billing"])
        identity = Identity(role, user=self.users[ROLES.get(role, role)])
        if role == "deactivated":
            User.objects.filter(username="deactivated").update(is_active=False)
        return identity


# All that is hidden in the twin worlds is hidden from these.
IDENTITIES = [
    "stranger", "requester", "viewer", "contributor", "manager", "member application", "worker of another application",
    "staff", "deactivated", "anonymous",
]  # fmt: skip
# These do not work on the tasks: work notes are hidden from them too.
READERS = ["stranger", "requester", "viewer", "member application", "staff"]


def base() -> Cast:
    """Two containers with every role, an application with a type and a rule, and plain tasks in all of it."""
    cast = Cast()
    team = factories.make_team("quiet")
    factories.make_team("dba")
    for name in (*ROLES.values(), "stranger", "deactivated"):
        cast.user(name)
    cast.user("ana", team)
    cast.user("staff", staff=True)
    for name in ("maker", "helper", "billing"):
        cast.application(name)
    for slug, application in (("shared", cast.applications["maker"]), ("desk", None)):
        _container(cast, slug, application)
    _fill(cast)
    return cast


def _container(cast: Cast, slug: str, application: Application | None) -> None:
    roles = {role: cast.users[name] for role, name in ROLES.items()}
    container: Container = factories.make_container(slug, application, **roles)
    Membership.objects.create(container=container, user=cast.users["ana"], role="contributor")
    Membership.objects.create(container=container, user=cast.users["deactivated"], role="contributor")
    Membership.objects.create(container=container, application=cast.applications["helper"], role="viewer")


def _fill(cast: Cast) -> None:
    maker, mona, billing = (cast.callers[name] for name in ("maker", "mona", "billing"))
    done = [
        maker.put("/containers/shared/types/migration", TYPE),
        mona.put("/containers/desk/types/migration", TYPE),
        maker.put("/functions/copy", {"mode": "pull"}),
        billing.put("/functions/pay", {"mode": "pull"}),
        mona.put("/containers/desk/rules/late", {"on": ["task.created"], "actions": [{"do": "set", "priority": 2}]}),
    ]
    assert all(answer.status_code == 201 for answer in done), [answer.content for answer in done]
    plain = {"container": "shared", "type": "migration", "reporter": "user:rita", "fields": {"source": "a"}}
    made = cast.made
    made["open"] = maker.made("/tasks", {**plain, "title": "Move orders"})
    made["asked"] = maker.made("/tasks", {**plain, "title": "Move bills", "hand_over": {"to": "user:cora"}})
    made["failed"] = maker.made("/tasks", {**plain, "title": "Move it", "function": "copy"})
    maker.post(f"/tasks/{made['failed']['id']}/fail", {"error": {"name": "Broken"}})
    made["desk"] = mona.made("/tasks", {"container": "desk", "type": "migration", "title": "Move desks"})
    made["queue"] = billing.made("/tasks", {"function": "pay", "title": "Pay"})
    for name in ("open", "desk"):
        cast.callers["cora"].made(f"/tasks/{made[name]['id']}/notes", {"text": "Moved?"})
    repair = {"kind": "set_fields", "ids": [made["desk"]["id"]], "fields": {"source": "b"}}
    made["operation"] = begin(cast.callers["cora"], repair)
    work_due()
    dispatch_all()


def dispatch_all() -> None:
    """Let everybody hear of what happened: rules run, notifications are made."""
    while dispatch():
        pass
