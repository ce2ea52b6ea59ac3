"""Search finds only what exists for the reader; the profile changes the reader alone."""

from typing import Any

import pytest

from apps.actors.models import User

from .conftest import Browse, Make, text_of, url_of

pytestmark = pytest.mark.django_db


def test_words_of_the_title_find_a_task(browse: Browse, requester: User, make: Make) -> None:
    make(title="Move orders to the new cluster")
    client = browse(requester)
    assert "Move orders to the new cluster" in text_of(client.get("/search/?q=ORDERS"))
    assert "Nothing found for “invoices”" in text_of(client.get("/search/?q=invoices"))


def test_key_leads_straight_to_the_task(browse: Browse, requester: User, make: Make) -> None:
    task = make()
    answer = browse(requester).get("/search/", {"q": f" {str(task.key).lower()} "})
    assert answer.headers["Location"] == url_of(task)


def test_what_is_hidden_is_not_found(browse: Browse, viewer: User, stranger: User, make: Make) -> None:
    hidden, shown = make(title="Move orders"), make(title="Move invoices", privacy="inherit")
    page = text_of(browse(viewer).get("/search/?q=move"))
    assert "Move invoices" in page
    assert "Move orders" not in page
    for text in ("move", str(hidden.key), str(shown.key)):
        page = text_of(browse(stranger).get("/search/", {"q": text}))
        assert "Nothing found" in page
        assert "Move" not in page


def test_values_of_fields_are_not_searched(browse: Browse, viewer: User, make: Make) -> None:
    make(privacy="inherit")
    assert "Nothing found" in text_of(browse(viewer).get("/search/?q=424242"))


@pytest.mark.parametrize("text", ["", "%", "'; --", "<b>", "x" * 5000, "🙂"])
def test_odd_words_break_nothing(browse: Browse, requester: User, make: Make, text: str) -> None:
    make()
    answer = browse(requester).get("/search/", {"q": text})
    assert answer.status_code == 200
    assert "<b>" not in text_of(answer)


def test_search_has_a_ceiling_of_queries(
    browse: Browse, requester: User, make: Make, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make(title=f"Task {number}")
    client = browse(requester)
    with django_assert_max_num_queries(15):
        client.get("/search/?q=task")


# --- Profile ------------------------------------------------------------------------------------------


def test_theme_and_zone_are_kept(browse: Browse, stranger: User) -> None:
    client = browse(stranger)
    assert client.post("/profile/", {"theme": "dark", "zone": "Asia/Tokyo"}).status_code == 303
    stranger.refresh_from_db()
    assert (stranger.theme, stranger.time_zone) == ("dark", "Asia/Tokyo")
    page = text_of(client.get("/profile/"))
    assert 'data-theme="dark"' in page
    assert "<option selected>Asia/Tokyo</option>" in page
    client.post("/profile/", {"theme": "", "zone": "UTC"})
    assert 'data-theme="' not in text_of(client.get("/profile/"))


@pytest.mark.parametrize(
    "sent", [{"theme": "pink", "zone": "UTC"}, {"theme": "dark", "zone": "Mars/Base"}, {"theme": "dark"}]
)
def test_unknown_choices_are_refused(browse: Browse, stranger: User, sent: dict[str, str]) -> None:
    answer = browse(stranger).post("/profile/", sent)
    assert answer.status_code == 422
    stranger.refresh_from_db()
    assert (stranger.theme, stranger.time_zone) == ("system", "UTC")


def test_profile_is_changed_by_a_post_with_the_token(browse: Browse, stranger: User) -> None:
    browse(stranger).get("/profile/", {"theme": "dark", "zone": "Asia/Tokyo"})
    assert browse(stranger, strict=True).post("/profile/", {"theme": "dark", "zone": "UTC"}).status_code == 403
    stranger.refresh_from_db()
    assert stranger.theme == "system"


def test_times_are_in_the_readers_zone(browse: Browse, requester: User, make: Make) -> None:
    task, client = make(due_at="2031-05-03T22:30:00Z"), browse(requester)
    assert "3 May 2031" in text_of(client.get(url_of(task)))
    client.post("/profile/", {"theme": "", "zone": "Asia/Tokyo"})
    assert "4 May 2031" in text_of(client.get(url_of(task)))
