"""Three who may enter the administration: a superuser, one for people, one for operations."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from apps.actors.models import User
from tests.factories import make_user


def staff_of(name: str, group: str) -> User:
    if not Group.objects.filter(name=group).exists():  # a test that flushed the tables took the groups along
        import_module("taskhub.migrations.0001_administrators").seed(apps)
    user = make_user(name)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return User.objects.get(pk=user.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "apps.actors.sign_in.backend.PasswordBackend")
    return client


@pytest.fixture
def root(db: None) -> User:
    return make_user("root", staff=True)


@pytest.fixture
def root_client(root: User) -> Client:
    return signed_in(root)


@pytest.fixture
def people_client(db: None) -> Client:
    return signed_in(staff_of("people", "Administrators of people"))


@pytest.fixture
def operator(db: None) -> User:
    return staff_of("operator", "Operators")


@pytest.fixture
def operator_client(operator: User) -> Client:
    return signed_in(operator)
