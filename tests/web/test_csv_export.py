"""The list as a file: the reader's rows and columns, no formulas, in pages."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from apps.actors.models import User
from apps.containers.models import Container
from apps.web.pages import csv_export

from .conftest import SECRET, Browse, Make

pytestmark = pytest.mark.django_db
URL = "/containers/migrations/list/csv/"


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(URL + query)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_file_has_the_rows_and_columns_of_its_reader(
    browse: Browse, owner: User, viewer: User, stranger: User, make: Make
) -> None:
    make(title="Hidden move")
    shown = make(title="Open move", privacy="inherit", tags=["a", "b"], due_at="2031-05-03T22:30:00Z")
    (row,) = table(browse(viewer))
    assert (row["Key"], row["Title"], row["Status"], row["Tags"]) == (shown.key, "Open move", "New", "a, b")
    assert (row["Source database"], row["Asked by"], row["Due"]) == ("a", "ana", "2031-05-03T22:30:00+00:00")
    assert "Hidden lag" not in row
    assert table(browse(owner))[0]["Hidden lag"] == str(SECRET)
    assert browse(stranger).get(URL).status_code == 404


def test_file_has_the_filters_of_the_list(browse: Browse, viewer: User, make: Make) -> None:
    make(title="Move orders", privacy="inherit")
    make(title="Move invoices", privacy="inherit")
    client = browse(viewer)
    assert [row["Title"] for row in table(client, "?q=invoices")] == ["Move invoices"]
    assert table(client, "?status=failed") == []
    assert (
        'href="/containers/migrations/list/csv/?q=move"'
        in client.get("/containers/migrations/list/?q=move&sort=title").content.decode()
    )


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        (" =1", "' =1"), ("＝1", "'＝1"), ("a=1", "a=1"),
        ("\u200b=1", "'\u200b=1"), ("\ufeff\u2060@x", "'\ufeff\u2060@x"),
        (";=1", "';=1"), (" \u3164\t+1", "' \u3164\t+1"), ("\u200ba", "\u200ba"),
        (-5, "-5"), (0, "0"), (None, ""), ("x\0y", "xy"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: Any, kept: str) -> None:
    assert csv_export.guarded(cell) == kept


def test_titles_of_people_are_guarded(browse: Browse, viewer: User, make: Make) -> None:
    make(title='=HYPERLINK("http://x")', privacy="inherit", fields={"source": "@sum", "lag": 1})
    (row,) = table(browse(viewer))
    assert (row["Title"], row["Source database"]) == ('\'=HYPERLINK("http://x")', "'@sum")


def test_pages_follow_each_other(
    browse: Browse,
    viewer: User,
    make: Make,
    migrations: Container,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(7):
        make(title=f"Move {number}", privacy="inherit")
    monkeypatch.setattr(csv_export, "PAGE", 3)
    client = browse(viewer)
    with django_assert_max_num_queries(18):
        assert [row["Title"] for row in table(client)] == [f"Move {number}" for number in range(7)]
