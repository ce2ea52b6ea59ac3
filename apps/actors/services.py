"""Every write to users, teams, applications and keys. Who may call them is the surface's matter: commands, admin."""

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Conflict, Invalid, NotFound, Problem
from apps.core.shapes import Object, Title
from apps.events import event_types, log
from apps.events.unit_of_work import unit_of_work

from . import access, keys, passwords, references
from .actor import Actor
from .models import ApiKey, Application, Team, User
from .sessions import end_other_sessions

APPLICATION = Object({"title": Title(200)}, name="ApplicationBody", about="What can be changed of an application.")


@transaction.atomic
def create_user(
    *, actor: Actor, name: str, password: str | None, email: str = "", teams: Iterable[Team] = (), staff: bool = False
) -> User:
    """A person who can sign in; without a password when they have set one by a link. `staff` makes an administrator.

    Raises Conflict (name taken), Invalid (bad name or password).
    """
    if User.objects.filter(username__iexact=name).exists():
        raise Conflict(f"There is a user named {name} already.")
    user = User(username=name, email=email, is_staff=staff, is_superuser=staff)
    _clean(user, exclude=["password"])
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            " ".join(error.messages), errors=[Problem("/password", "invalid", m) for m in error.messages]
        ) from None
    user.set_password(password)
    user.save()
    user.teams.set(teams)
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data={"did": "user_created", "name": name})
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
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data={"did": "team_created", "name": slug})
    return team


@transaction.atomic
def create_application(*, actor: Actor, name: str, title: str = "") -> tuple[Application, str]:
    """An integrating program and its first key, which is shown this once. Raises Conflict, Invalid."""
    application = register_application(actor=actor, name=name, title=title)
    return application, issue_key(actor=actor, application=application)


@transaction.atomic
def register_application(*, actor: Actor, name: str, title: str = "") -> Application:
    """An integrating program, without a key yet. Raises Conflict, Invalid."""
    if Application.objects.filter(name=name).exists():
        raise Conflict(f"There is an application named {name} already.")
    application = Application(name=name, title=title or name)
    _clean(application)
    application.save()
    log.record(
        type=event_types.ACCOUNT_CHANGED,
        actor=actor,
        application_id=application.pk,
        data={"did": "application_created", "name": name},
    )
    return application


@transaction.atomic
def issue_key(*, actor: Actor, application: Application, label: str = "", reason: str = "") -> str:
    """A further key of the application, shown this once; the older ones stay valid until they are revoked."""
    prefix, key = keys.new_key()
    ApiKey.objects.create(application=application, prefix=prefix, digest=keys.digest(key), label=label)
    log.record(
        type=event_types.ACCOUNT_CHANGED,
        actor=actor,
        application_id=application.pk,
        data={"did": "key_issued", "name": application.name, "prefix": prefix, "reason": reason},
    )
    return key


@transaction.atomic
def revoke_key(*, actor: Actor, key: ApiKey, reason: str = "") -> None:
    """End a key at once. Revoking it again changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log.record(
            type=event_types.ACCOUNT_CHANGED,
            actor=actor,
            application_id=key.application_id,
            data={"did": "key_revoked", "name": key.application.name, "prefix": key.prefix, "reason": reason},
        )


# --- Changes ------------------------------------------------------------------------------------------

CHANGEABLE: dict[type[User] | type[Application], tuple[str, ...]] = {
    User: ("first_name", "last_name", "email", "is_active", "is_staff", "is_superuser"),
    Application: ("title", "active"),
}


@unit_of_work()
def change_user(*, actor: Actor, user: User) -> bool:
    """Keep what differs in `user` from its row; whether anything did. Raises Conflict if it locks the actor out."""
    if user.pk == actor.id and not (user.is_active and user.is_superuser >= actor.is_administrator):
        raise Conflict(_("You cannot take your own access away."))
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = (stored.first_name, stored.last_name)
    if stored.email != user.email:
        passwords.remember_address(user, before=stored)
    changed = _change(actor, user, "user_changed", name=user.username)
    if not user.is_active:
        end_other_sessions(user, None)  # they must not come back when the person is active again
    for names in {before, (user.first_name, user.last_name)} if changed else ():
        _compare_full_names(names)
    return changed


@transaction.atomic
def change_groups(*, actor: Actor, user: User, groups: Iterable[Group]) -> bool:
    """What a member of staff may administer; whether it differs."""
    before, after = set(user.groups.all()), set(groups)
    if before == after:
        return False
    user.groups.set(after)
    names = sorted(group.name for group in after)
    data = {"did": "groups_changed", "name": user.username, "groups": names}
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data=data)
    return True


@unit_of_work()
def change_application(*, actor: Actor, application: Application) -> bool:
    """Keep what differs in `application` from its row; whether anything did.

    An inactive one's keys open nothing, and its workers' leases end with the same commit (`IN_TRANSACTION`).
    """
    return _change(actor, application, "application_changed", name=application.name, application_id=application.pk)


def _compare_full_names(names: tuple[str, str] | None) -> None:
    """Mark the people of one full name if there are several of them."""
    first, last = names or ("", "")
    if first or last:
        people = User.objects.filter(first_name=first, last_name=last)
        people.update(shares_full_name=people.count() > 1)


def _change(actor: Actor, row: User | Application, did: str, *, name: str, application_id: UUID | None = None) -> bool:
    stored = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    changed = [column for column in CHANGEABLE[type(row)] if getattr(stored, column) != getattr(row, column)]
    if changed:
        row.save(update_fields=changed)
        data = {"did": did, "name": name, "changed": changed}
        log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, application_id=application_id, data=data)
    return bool(changed)


@unit_of_work()
def change_team(*, actor: Actor, team: Team, members: Iterable[User]) -> bool:
    """Keep the title of `team` and who is in it; whether anything differed."""
    before = set(team.members.values_list("pk", flat=True))
    after = {user.pk for user in members}
    renamed = Team.objects.filter(pk=team.pk).exclude(title=team.title).update(title=team.title)
    if not renamed and before == after:
        return False
    team.members.set(User.objects.filter(pk__in=after))
    data = {"did": "team_changed", "name": team.slug, "joined": len(after - before), "left": len(before - after)}
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data=data)
    return True


@transaction.atomic
def change_owners(*, actor: Actor, application: Application, users: Iterable[User], teams: Iterable[Team]) -> bool:
    """Keep who owns the application; whether anything differed."""
    Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    before: set[User | Team] = {*application.owners.all()} | {*application.owner_teams.all()}
    users, teams = list(users), list(teams)
    after: set[User | Team] = {*users} | {*teams}
    if before == after:
        return False
    application.owners.set(users)
    application.owner_teams.set(teams)
    added, removed = (sorted(party.reference for party in parties) for parties in (after - before, before - after))
    data = {"did": "owners_changed", "name": application.name, "added": added, "removed": removed}
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, application_id=application.pk, data=data)
    return True


@unit_of_work()
def patch_application(actor: Actor, name: str, body: object) -> bool:
    """Change what the body names of an application; whether anything differed. Raises NotFound, Invalid."""
    application = access.lock_application(actor, name)
    application.title = APPLICATION.require(body).get("title", application.title)
    return change_application(actor=actor, application=application)


@transaction.atomic
def put_owner(actor: Actor, name: str, reference: str) -> bool:
    """Make a person or a team an owner; whether they were none. Raises NotFound, Invalid (no such party)."""
    application = access.lock_application(actor, name)
    party = references.find(reference, pointer="", kinds=("user", "team"))
    users, teams = set(application.owners.all()), set(application.owner_teams.all())
    if isinstance(party, User):
        users.add(party)
    elif isinstance(party, Team):
        teams.add(party)
    return change_owners(actor=actor, application=application, users=users, teams=teams)


@transaction.atomic
def delete_owner(actor: Actor, name: str, reference: str) -> None:
    """End an ownership. Raises NotFound, for an application and for an owner."""
    application = access.lock_application(actor, name)
    users = [user for user in application.owners.all() if user.reference != reference]
    teams = [team for team in application.owner_teams.all() if team.reference != reference]
    if not change_owners(actor=actor, application=application, users=users, teams=teams):
        raise NotFound(_("There is no such owner."))


@transaction.atomic
def record_new_password(*, actor: Actor, user: User) -> None:
    """Record and mail that a person got a new password; the form that took it has saved its hash."""
    passwords.tell_new_password(user)
    log.record(type=event_types.ACCOUNT_CHANGED, actor=actor, data={"did": "password_set", "name": user.username})


def change_profile(actor: Actor, *, theme: str, time_zone: str) -> User:
    """How pages look and in which zone times are meant, for the actor. Raises Invalid. Told to nobody: no event."""
    user = User.objects.get(pk=actor.id)
    user.theme, user.time_zone = theme, time_zone
    if time_zone not in available_timezones():
        raise Invalid.at("/time_zone", _("There is no such time zone."))
    _clean(user, exclude=["password"])
    User.objects.filter(pk=user.pk).update(theme=theme, time_zone=time_zone)
    return user


def _clean(row: User | Team | Application, exclude: list[str] | None = None) -> None:
    """Run the model's own validators as typed errors."""
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as error:
        problems = [
            Problem(f"/{field}", "invalid", text) for field, texts in error.message_dict.items() for text in texts
        ]
        raise Invalid(problems[0].detail, errors=problems) from None
