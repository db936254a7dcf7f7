"""The signature of a webhook: what holds, what does not."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.channels.webhook import TOLERANCE, is_genuine, sign

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECRET = b"a secret between us two"
BODY = '{"body":"استغاثة"}'.encode()


def test_the_written_form():
    # echo -n '1795402800.{}' | openssl dgst -sha256 -hmac 'a secret between us two'
    assert sign(SECRET, b"{}", AT) == (
        "t=1795402800,v1=f2b13720f103110afcfcbc4f9a73103b8e15e77fb3769a78087bfcbc44975099"
    )


@pytest.mark.parametrize("late", [timedelta(0), TOLERANCE, -TOLERANCE])
def test_a_fresh_signature_holds(late):
    assert is_genuine(SECRET, BODY, sign(SECRET, BODY, AT), AT + late)


@pytest.mark.parametrize(
    ("secret", "body", "signature", "late"),
    [
        (b"another secret", BODY, None, timedelta(0)),
        (SECRET, BODY + b" ", None, timedelta(0)),
        (SECRET, BODY, None, TOLERANCE + timedelta(seconds=1)),
        (SECRET, BODY, "", timedelta(0)),
        (SECRET, BODY, "t=1795402800", timedelta(0)),
        (SECRET, BODY, "t=²,v1=00", timedelta(0)),
        (SECRET, BODY, "t=1795402800,v1=é", timedelta(0)),
        (SECRET, BODY, "t=99999999999999999999,v1=00", timedelta(0)),
        (SECRET, BODY, sign(SECRET, BODY, AT).replace("t=1795402800", "t=1795402801"), timedelta(0)),
    ],
)
def test_anything_else_does_not(secret, body, signature, late):
    signature = sign(SECRET, BODY, AT) if signature is None else signature
    assert not is_genuine(secret, body, signature, AT + late)
