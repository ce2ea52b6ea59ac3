"""One answer in ten is lost on its way: asked again, claims and outcomes are what they were; no lease is stranded."""

from pathlib import Path

import pytest

from .hub import grown
from .proxy import LosingProxy
from .storm import SEED, Storm

pytestmark = pytest.mark.processes
TASKS = 200


def test_lost_answers_strand_no_lease(tmp_path: Path, database: str) -> None:
    with grown(tmp_path, database=database) as hub:
        proxy = LosingProxy(hub.ports["web0"], share=0.1, seed=SEED)
        options = {"ports": [proxy.port], "functions": ["calm", "calm"], "plain": True}
        report = Storm(hub, TASKS, kills=0, options=options).run()
        proxy.shutdown()
        print(f"lost answers: {proxy.lost}")
        assert report.wrong == []
        assert report.figures["tasks"] == TASKS
        assert report.figures["leases lost"] == report.figures["refused as superseded"] == 0
        assert proxy.lost > TASKS / 20
