"""What a signature costs: signing a typical report and checking it, by scheme. Never measures the network around it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cotransfer.adapters.wire.signing import (
    Checked,
    Dressed,
    Incoming,
    Outgoing,
    Policy,
    Scheme,
    Signatures,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    checking_key,
    draw_pair,
    draw_secret,
    signing_key,
)
from cotransfer.bench.core import micros

SCHEMES = (Scheme.HMAC_SHA256, Scheme.HMAC_SM3, Scheme.ED25519)
"""Those that need no extra."""

_AT = datetime(2026, 6, 1, 8, 0, 0, tzinfo=UTC)
_TARGET = "/v1/utility/transfers/019aaf3e-6b00-7c21-9d5e-0123456789ab/pre-review"
_KEY = "019aaf3e-6b00-7c21-9d5e-0123456789ab"
_BODY = b'{"outcome":"passed","signing":{"channel":"wechat","address":"https://sign.example/s/' + b"x" * 64 + b'"}}'
_OTHER_HEADERS = [(b"host", b"gateway.example"), (b"authorization", b"Bearer " + b"x" * 600), (b"accept", b"*/*")] * 2


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    for scheme in SCHEMES:
        work = Work(scheme)
        yield {"measure": "signing", "what": f"sign_{scheme.value}", "us": micros(work.sign, repeat).line()}
        yield {"measure": "signing", "what": f"check_{scheme.value}", "us": micros(work.check, repeat).line()}


class Work:
    """One scheme's two halves, and a report that was signed."""

    def __init__(self, scheme: Scheme) -> None:
        secret = draw_secret()
        texts = draw_pair() if scheme is Scheme.ED25519 else (secret, secret)
        self._signer = StandardRequests(Signer([signing_key(scheme, texts[0])]))
        check = StandardCheck(Verifier([checking_key(scheme, texts[1])]))
        self._gate = Signatures({"water": Policy(check=check)})
        signed = [(name.encode(), value.encode()) for name, value in self.sign().headers.items()]
        self._headers = [*_OTHER_HEADERS, *signed]

    def sign(self) -> Dressed:
        return self._signer.dress(Outgoing(method="POST", target=_TARGET, key=_KEY, body=_BODY, at=_AT))

    def check(self) -> Checked:
        """As the gateway does for each report; nothing in it waits, so it is done in one step."""
        incoming = Incoming(method="POST", target=_TARGET, key=_KEY, headers=self._headers, body=_BODY, at=_AT)
        checking = self._gate.check("water", incoming)
        try:
            checking.send(None)
        except StopIteration as done:
            checked: Checked = done.value
            return checked
        raise asyncio.InvalidStateError("The check waited for something.")
