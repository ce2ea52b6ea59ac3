"""No file outgrows a reader: a module that would pass its ceiling becomes a package of the same name."""

from pathlib import Path

import pytest

from .source import ROOT, files

CEILINGS = {".py": 400, ".html": 150, ".js": 400}


def too_long(path: Path, lines: int) -> bool:
    return lines > CEILINGS[path.suffix]


@pytest.mark.parametrize("suffix", CEILINGS)
def test_files_stay_under_their_ceiling(suffix: str) -> None:
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in files(suffix)}
    assert {name: size for name, size in sizes.items() if too_long(Path(name), size)} == {}


def test_long_file_is_seen() -> None:
    assert too_long(Path("apps/x.py"), 401)
    assert not too_long(Path("apps/x.py"), 400)
