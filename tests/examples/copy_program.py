"""Copies old to new with its checkpoint in a file: the victim of `test_kill`."""

import json
import sys
from pathlib import Path

from examples.db_migration import config, copying


def main(data_dir: Path) -> None:
    """Goes on from the checkpoint, which it writes only every third chunk, so that it is often too old."""
    checkpoint = data_dir / "checkpoint.json"
    sides = config.load(data_dir)
    with sides.database("old").open() as source, sides.database("new").open() as target:
        if checkpoint.exists():
            position = copying.CopyPosition(**json.loads(checkpoint.read_text()))
        else:
            position = copying.begin_copy(source)
            config.write_private(checkpoint, json.dumps(position.as_json()))
        for number, _ in enumerate(copying.copy(source, target, position, chunk=20)):
            if number % 3 == 0:
                config.write_private(checkpoint, json.dumps(position.as_json()))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
