"""One answer in ten is lost on its way: asked again, claims and outcomes are what they were; no lease is stranded."""

from pathlib import Path

import pytest

from tests.servers import grown

from . import checker
from .proxy import LosingProxy
from .storm import SEED, Storm

pytestmark = pytest.mark.processes
TASKS = 200


def test_lost_answers_strand_no_lease(tmp_path: Path, database: str) -> None:
    with grown(tmp_path, database=database) as hub:
        proxy = LosingProxy(hub.ports["web0"], share=0.1, seed=SEED)
        options = {"ports": [proxy.port], "functions": ["calm", "calm"], "plain": True}
        storm = Storm(hub, TASKS, kills=0, workers=4, options=options)
        report = storm.run()
        proxy.shutdown()
        lines = checker.read_journal(storm.journal)
        print(f"lost answers: {proxy.lost}")
        assert report.wrong == []
        assert report.figures["tasks"] == TASKS
        assert report.figures["leases lost"] == 0
        refused = [line for line in lines if line["is"] == "refused" and line["do"] in ("completed", "failed")]
        assert refused == []  # a release may be: said again when somebody else has long ended the task
        assert proxy.lost > TASKS / 20
