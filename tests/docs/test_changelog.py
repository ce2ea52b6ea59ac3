"""The changelog: a place for what is to come, then each version with its date, the newest first."""

import re

from taskhub import __version__
from tests.servers import ROOT

TITLES = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d)\)")


def test_unreleased_stands_first_and_the_version_of_the_code_next() -> None:
    assert TITLES[0] == "Unreleased"
    assert TITLES[1].startswith(f"{__version__} (")


def test_versions_and_dates_fall() -> None:
    releases = [RELEASE.fullmatch(title) for title in TITLES[1:]]
    versions = [tuple(map(int, release.groups()[:3])) for release in releases if release]
    dates = [release[4] for release in releases if release]
    assert len(versions) == len(TITLES) - 1
    assert (versions, dates) == (sorted(versions, reverse=True), sorted(dates, reverse=True))
