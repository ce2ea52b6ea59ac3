"""What is sent again, when, and until when: without a wire and without sleeping."""

import pytest
from taskhub_client import NotFound, RateLimited, Unavailable, Unreachable, calls
from taskhub_client.protocol import FOREVER, ONCE, Call, Lost, Pause, Reply, Retry, exchange

OK = Reply(200, {}, b'{"results": [], "next": null}')


def play(call, answers, retry=FOREVER):
    """Runs an exchange with these answers; what it did, and its result."""
    seen, clock = [], [0.0]
    steps = exchange(call, retry, clock=lambda: clock[0])
    answers, answer = iter(answers), None
    try:
        while True:
            step = steps.send(answer)
            seen.append(step)
            answer = None
            if isinstance(step, Pause):
                clock[0] += step.seconds
            else:
                answer = next(answers)
    except StopIteration as end:
        return seen, end.value


def sent(seen):
    return [step for step in seen if isinstance(step, Call)]


@pytest.mark.parametrize("answer", [Lost("cut"), Reply(503), Reply(429), Reply(502), Reply(500)])
def test_call_without_an_answer_is_sent_again_word_for_word(answer):
    seen, result = play(calls.create_task({"title": "x"}), [answer, answer, OK])
    assert len(sent(seen)) == 3
    assert len({call.headers["Idempotency-Key"] for call in sent(seen)}) == 1
    assert result == {"results": [], "next": None}


def test_every_post_has_a_key_of_its_own():
    first, second = calls.create_task({}), calls.create_task({})
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]
    assert calls.create_task({}, idempotency_key="mine").headers["Idempotency-Key"] == "mine"


def test_refusal_is_not_sent_again():
    with pytest.raises(NotFound):
        play(calls.task("X"), [Reply(404, {}, b'{"code": "not_found", "status": 404}')])


def test_it_waits_as_long_as_it_is_asked_to():
    seen, _ = play(calls.me(), [Reply(429, {"retry-after": "7"}), OK])
    assert seen[1].seconds == 7


def test_retry_after_may_be_a_date():
    headers = {"date": "Sat, 21 Nov 2026 10:00:00 GMT", "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}
    assert Reply(503, headers).retry_after == 30
    assert Reply(503, {"retry-after": "soon"}).retry_after is None


def test_pauses_grow_to_a_limit():
    retry = Retry(first=1, longest=4)
    assert all(max(1, 2**n) / 2 <= retry.pause(n) <= 2**n for n in range(3))
    assert retry.pause(60) <= 4


@pytest.mark.parametrize(
    ("answer", "error"), [(Lost("cut"), Unreachable), (Reply(503), Unavailable), (Reply(429), RateLimited)]
)
def test_patience_ends(answer, error):
    with pytest.raises(error):
        play(calls.me(), [answer] * 100, Retry(give_up_after=10))
    with pytest.raises(error):
        play(calls.me(), [answer], ONCE)


def test_it_does_not_wait_beyond_its_patience():
    with pytest.raises(RateLimited) as refused:
        play(calls.me(), [Reply(429, {"retry-after": "3600"})], Retry(give_up_after=60))
    assert refused.value.retry_after == 3600


def test_what_a_lost_call_deleted_counts_as_deleted():
    gone = Reply(404, {}, b'{"code": "not_found"}')
    assert play(calls.request("DELETE", "/x"), [Lost("cut"), gone])[1] == {"code": "not_found"}
    with pytest.raises(NotFound):
        play(calls.request("DELETE", "/x"), [gone])


def test_pause_says_whether_the_call_may_have_been_heard():
    assert not play(calls.me(), [Lost("refused", sent=False), OK])[0][1].sent
    assert play(calls.me(), [Lost("cut"), OK])[0][1].sent


def test_answer_that_no_taskhub_wrote_is_an_error_too():
    with pytest.raises(Unavailable):
        play(calls.me(), [Reply(502, {}, b"<html>bad gateway</html>")], ONCE)
