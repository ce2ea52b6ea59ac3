"""Every write to users, teams, applications and keys. Who may call them is the surface's matter: commands, admin."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.core.errors import Conflict, Invalid, Problem
from apps.events import log, verbs

from . import keys
from .actor import Actor
from .models import ApiKey, Application, Team, User


@transaction.atomic
def create_user(
    *, actor: Actor, name: str, password: str, email: str = "", teams: Iterable[Team] = (), staff: bool = False
) -> User:
    """A person who can sign in. `staff` makes an administrator. Raises Conflict (name taken), Invalid (bad name or password)."""
    if User.objects.filter(username__iexact=name).exists():
        raise Conflict(f"There is a user named {name} already.")
    user = User(username=name, email=email, is_staff=staff, is_superuser=staff)
    _clean(user, exclude=["password"])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            " ".join(error.messages), errors=[Problem("/password", "invalid", m) for m in error.messages]
        ) from None
    user.set_password(password)
    user.save()
    user.teams.set(teams)
    log.record(type=verbs.ACCOUNT_CHANGED, actor=actor, data={"did": "create_user", "name": name})
    return user


@transaction.atomic
def create_team(*, actor: Actor, slug: str, title: str = "", members: Iterable[User] = ()) -> Team:
    """An audience of users. Raises Conflict if the slug is taken, Invalid if it is not a slug."""
    if Team.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a team named {slug} already.")
    team = Team(slug=slug, title=title or slug)
    _clean(team)
    team.save()
    team.members.set(members)
    log.record(type=verbs.ACCOUNT_CHANGED, actor=actor, data={"did": "create_team", "name": slug})
    return team


@transaction.atomic
def create_application(*, actor: Actor, name: str, title: str = "") -> tuple[Application, str]:
    """An integrating program and its first key, which is shown this once. Raises Conflict, Invalid."""
    if Application.objects.filter(name=name).exists():
        raise Conflict(f"There is an application named {name} already.")
    application = Application(name=name, title=title or name)
    _clean(application)
    application.save()
    log.record(
        type=verbs.ACCOUNT_CHANGED,
        actor=actor,
        application_id=application.pk,
        data={"did": "create_application", "name": name},
    )
    return application, issue_key(actor=actor, application=application)


@transaction.atomic
def issue_key(*, actor: Actor, application: Application, label: str = "") -> str:
    """A further key of the application, shown this once; the older ones stay valid until they are revoked."""
    prefix, key = keys.new_key()
    ApiKey.objects.create(application=application, prefix=prefix, digest=keys.digest(key), label=label)
    log.record(
        type=verbs.ACCOUNT_CHANGED,
        actor=actor,
        application_id=application.pk,
        data={"did": "issue_key", "prefix": prefix},
    )
    return key


@transaction.atomic
def revoke_key(*, actor: Actor, key: ApiKey) -> None:
    """End a key at once. Revoking it again changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log.record(
            type=verbs.ACCOUNT_CHANGED,
            actor=actor,
            application_id=key.application_id,
            data={"did": "revoke_key", "prefix": key.prefix},
        )


def _clean(row: User | Team | Application, exclude: list[str] | None = None) -> None:
    """Run the model's own validators as typed errors."""
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as error:
        problems = [
            Problem(f"/{field}", "invalid", text) for field, texts in error.message_dict.items() for text in texts
        ]
        raise Invalid(problems[0].detail, errors=problems) from None
