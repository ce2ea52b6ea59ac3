"""Signatures: the known vector, and what an independent reader says of them."""

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from apps.core import signing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"task": "ünïcode", "n": 1.50}'.encode()


def test_the_known_vector() -> None:
    made = signing.headers([SECRET], id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=1614265330, body=b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert made["webhook-timestamp"] == "1614265330"


def test_either_secret_verifies_while_rotating() -> None:
    old, new, other = (signing.new_secret() for _ in range(3))
    made = signing.headers([new, old], id="a_1", at=int(time.time()), body=BODY)
    assert Webhook(old).verify(BODY, made) == Webhook(new).verify(BODY, made)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, made)


@pytest.mark.parametrize(
    "change",
    [{"webhook-id": "a_2"}, {"webhook-timestamp": str(int(time.time()) - 60)}, {"webhook-timestamp": "1614265330"}],
)
def test_changed_headers_do_not_verify(change: dict[str, str]) -> None:
    secret = signing.new_secret()
    made = signing.headers([secret], id="a_1", at=int(time.time()), body=BODY)
    Webhook(secret).verify(BODY, made)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, {**made, **change})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"1", b"2"), made)


@pytest.mark.parametrize("bytes_", [24, 25, 32, 64])
@pytest.mark.parametrize("padded", [True, False])
def test_secrets_that_are_read(bytes_: int, padded: bool) -> None:
    text = base64.b64encode(b"k" * bytes_).decode()
    assert signing.read_secret("whsec_" + (text if padded else text.rstrip("="))) == b"k" * bytes_


SHORT = base64.b64encode(b"k" * 23).decode()
LONG = base64.b64encode(b"k" * 65).decode()


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "hunter2", base64.b64encode(b"k" * 32).decode(), f"whsec_{SHORT}", f"whsec_{LONG}",
               "whsec_" + "A" * 33, "whsec_" + "é" * 40, "whsec_" + "A A=" * 10]
)  # fmt: skip
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret|short"):
        signing.read_secret(secret)
