"""Rows for tests, made as shortly as they can be; what a test is about it says itself."""

from apps.actors.models import Application, Team, User
from apps.containers.models import Container, Everyone, Membership, Role

PASSWORD = "correct horse battery"


def make_user(name: str, *teams: Team, staff: bool = False) -> User:
    """A person whose password is PASSWORD."""
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, is_staff=staff, is_superuser=staff)
    user.teams.set(teams)
    return user


def make_team(slug: str) -> Team:
    return Team.objects.create(slug=slug, title=f"The {slug} team")


def make_application(name: str) -> Application:
    return Application.objects.create(name=name, title=name.title())


def make_container(
    slug: str, application: Application | None = None, *, everyone: Everyone = Everyone.NONE, **roles: User
) -> Container:
    """`roles` are roles and the user who has each: `manager=ana, contributor=ben`."""
    container = Container.objects.create(slug=slug, title=slug.title(), application=application, everyone=everyone)
    for role, user in roles.items():
        Membership.objects.create(container=container, user=user, role=Role(role))
    return container
