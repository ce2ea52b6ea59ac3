"""No container and no type takes a name that the address of another page has: the table of URLs says which."""

from collections.abc import Iterator

import pytest
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLPattern, URLResolver

from apps.actors.actor import Actor
from apps.containers.models import Container
from apps.containers.names import RESERVED_SLUGS, RESERVED_TYPES
from apps.containers.services import make_container, put_container, put_type
from apps.core.errors import Invalid

from .test_handover_request import CARD


def words(resolver: URLResolver) -> Iterator[str]:
    """The literal parts of all addresses."""
    for pattern in resolver.url_patterns:
        yield from (part for part in str(pattern.pattern).split("/") if part.replace("-", "").isalnum())
        if not isinstance(pattern, URLPattern):
            yield from words(pattern)


WORDS = sorted({word for word in words(get_resolver()) if word == word.lower()})


def shadowed(address: str, view: str) -> set[str]:
    """The words that lead elsewhere than to the page of the view."""
    return {word for word in WORDS if resolve(address.format(word)).url_name != view}


def test_reserved_names_are_those_that_the_table_of_urls_shadows() -> None:
    assert len(WORDS) > 40
    assert shadowed("/containers/{}/", "container") == RESERVED_SLUGS
    assert shadowed("/containers/{}/list/", "container_list") <= RESERVED_SLUGS
    assert shadowed("/requests/x/{}/", "request_form") == RESERVED_TYPES
    assert shadowed("/containers/x/types/{}/migrate/", "type_migrate") == set()


@pytest.mark.django_db
def test_a_container_titled_new_gets_another_slug(owner_actor: Actor) -> None:
    container = make_container(owner_actor, {"title": "New"})
    assert container.slug not in RESERVED_SLUGS
    with pytest.raises(Invalid):
        put_container(owner_actor, "new", {"title": "New"})


@pytest.mark.django_db
def test_no_type_is_named_like_a_page(owner_actor: Actor, desk: Container) -> None:
    with pytest.raises(Invalid):
        put_type(owner_actor, desk.slug, "sent", CARD)
