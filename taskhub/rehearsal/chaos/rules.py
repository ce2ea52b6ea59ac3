"""The rules of the worker protocol, each judged from the record: kept, broken with evidence, or not seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from taskhub.rehearsal.chaos.book import Book, Lease
from taskhub.rehearsal.chaos.plan import Plan

QUIET = 2.0
"""Seconds without a claim after which a worker counts as ended."""
MOST_EVIDENCE = 5


@dataclass
class Verdict:
    """The result for one rule: how often it was kept, what broke it, what is still open."""

    rule: str
    kept: int = 0
    broken: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        if self.broken:
            return "broken"
        return "kept" if self.kept and not self.open else "not seen"

    def lines(self) -> list[str]:
        """One line, and the evidence under it."""
        times = f" ({self.kept} times)" if self.word == "kept" else ""
        evidence = self.broken or self.open
        more = [f"… and {len(evidence) - MOST_EVIDENCE} more"] if len(evidence) > MOST_EVIDENCE else []
        return [
            f"{self.word:<9} {self.rule}{times}",
            *(f"            {line}" for line in evidence[:MOST_EVIDENCE] + more),
        ]


@dataclass(frozen=True)
class Report:
    """All verdicts. `code` is the exit status: 0 all kept, 1 something broken, 2 something not seen."""

    verdicts: list[Verdict]
    heading: str

    @property
    def code(self) -> int:
        words = {verdict.word for verdict in self.verdicts}
        return 1 if "broken" in words else 2 if "not seen" in words else 0

    @property
    def text(self) -> str:
        return "\n".join([self.heading, *(line for verdict in self.verdicts for line in verdict.lines()), ""])


def report(book: Book, plan: Plan) -> Report:
    """Judges what has happened so far."""
    with book.lock:
        counts = book.counts
        heading = (
            f"Worker protocol ({plan}): {counts['claims']} claims, {counts['leases']} leases; {counts['lose']} answers "
            f"lost, {counts['double']} calls processed twice, {counts['take']} leases ended early, "
            f"{counts['cancel']} cancels asked for"
        )
        return Report([judge(book) for judge in RULES], heading)


def repeats_claims(book: Book) -> Verdict:
    """A claim whose answer was lost holds leases that only its repetition answers."""
    verdict = Verdict("repeats a claim whose answer was lost under the same claim_id, word for word")
    verdict.broken += book.other_claims
    for lost in book.lost_claims:
        tasks = ", ".join(lost.keys)
        if lost.repeated:
            verdict.kept += 1
        elif lost.claim_id is None:
            verdict.broken.append(f"{lost.worker} claims without a claim_id: {tasks} cannot be asked for again")
        elif book.past(lost.at):
            verdict.broken.append(f"{lost.worker} never repeated claim {lost.claim_id}, which holds {tasks}")
        else:
            verdict.open.append(f"claim {lost.claim_id} of {lost.worker} was lost only now")
    return verdict


def repeats_outcomes(book: Book) -> Verdict:
    """Whether an outcome whose answer was lost took effect is known only by repeating it."""
    verdict = Verdict("repeats an outcome whose answer was lost with the same token and body")
    for lease in book.leases.values():
        verdict.kept += lease.repeated
        if lease.other_outcome:
            verdict.broken.append(f"{_named(lease)} reported {lease.other_outcome} under one lease")
        elif lease.lost_outcomes and lease.ended:
            what = f"{_named(lease)} never repeated its {(lease.outcome or ('outcome',))[0]}"
            (verdict.broken if book.past(lease.ended) else verdict.open).append(what)
    return verdict


def stops_when_superseded(book: Book) -> Verdict:
    """409 `lease_superseded`: the task is somebody else's."""
    verdict = Verdict("stops writing once it was answered lease_superseded")
    for lease in book.leases.values():
        if lease.written_after:
            verdict.broken.append(f"{_named(lease)} sent {', '.join(lease.written_after)}")
        elif lease.heard_superseded:
            verdict.kept += 1
    return verdict


def takes_up_cancels(book: Book) -> Verdict:
    """The directive `cancel` is confirmed, or the task ends otherwise."""
    verdict = Verdict("confirms a cancel, or ends the task, after the directive")
    for lease in book.leases.values():
        if lease.heard_cancel is None or (lease.heard_superseded and lease.heard_superseded < lease.expires):
            continue
        if lease.ended:
            verdict.kept += 1
        else:
            seconds = time.monotonic() - lease.heard_cancel
            what = f"{_named(lease)} was asked {seconds:.0f} s ago and has not confirmed"
            (verdict.broken if book.past(max(lease.expires, lease.heard_cancel)) else verdict.open).append(what)
    return verdict


def beats_in_time(book: Book) -> Verdict:
    """A lease that is needed for longer is extended before its end."""
    verdict = Verdict("keeps leases by heartbeats before they end")
    for lease in book.leases.values():
        if lease.late:
            verdict.broken.append(f"{_named(lease)} wrote {lease.late:.1f} s after its lease had ended")
        verdict.kept += lease.beats
    return verdict


def works_again(book: Book) -> Verdict:
    """A task whose lease was ended early is delivered again, under a new token."""
    verdict = Verdict("takes a task that is delivered again, and ends it under the new token")
    taken = {lease.task: lease.delivery for lease in book.leases.values() if lease.taken}
    for lease in book.leases.values():
        if lease.delivery <= taken.get(lease.task, lease.delivery):
            continue
        if lease.ended or lease.heard_superseded:
            verdict.kept += 1
        elif book.past(lease.expires):
            verdict.broken.append(f"{_named(lease)} got it again (delivery {lease.delivery}) and let it expire")
        else:
            verdict.open.append(f"{_named(lease)} still works on delivery {lease.delivery}")
    return verdict


def drains(book: Book) -> Verdict:
    """A worker that has ended has ended its leases before."""
    verdict = Verdict("leaves no lease behind when it ends (SIGTERM)")
    for worker in sorted(book.claimed_at):
        held = [lease for lease in book.leases.values() if lease.worker == worker and lease.open]
        left = [lease.key for lease in held if time.monotonic() > lease.expires]
        if left:
            verdict.broken.append(f"{worker} left {', '.join(left)} to expire")
        elif held:
            verdict.open.append(f"{worker} holds {', '.join(lease.key for lease in held)}")
        elif _claims(book, worker):
            verdict.open.append(f"{worker} has not ended: stop it before TaskHub")
        elif any(lease.worker == worker for lease in book.leases.values()):
            verdict.kept += 1
    return verdict


RULES: list[Callable[[Book], Verdict]] = [
    repeats_claims,
    repeats_outcomes,
    stops_when_superseded,
    takes_up_cancels,
    beats_in_time,
    works_again,
    drains,
]


def _claims(book: Book, worker: str) -> bool:
    """Whether it waits for tasks, or did so just now."""
    return bool(
        worker in book.interrupted or book.claiming[worker] > 0 or time.monotonic() < book.claimed_at[worker] + QUIET
    )


def _named(lease: Lease) -> str:
    return f"{lease.worker}: {lease.key}"
