"""Signing what we send: the seam between a line to a counterparty and the profile that this counterparty wants.

Signs the bytes that go out and nothing else; never changes a body but where the profile has an envelope for it.
"""

from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.adapters.wire.signing import binding
from cotransfer.adapters.wire.signing.headers import RawHeaders
from cotransfer.adapters.wire.signing.standard import Signer


@attrs.frozen(kw_only=True)
class Outgoing:
    """A request about to leave. `target` is the contract's path with its query, without what our base address puts
    before it; `key` is "" where there is no idempotency key, `body` None where there is no body.
    """

    method: str
    target: str
    key: str
    body: bytes | None = attrs.field(repr=False)
    at: datetime


@attrs.frozen(kw_only=True)
class Dressed:
    """The same request, ready: what is sent instead of the body, and the headers that go with it."""

    body: bytes | None = attrs.field(repr=False)
    headers: dict[str, str]


class RequestSigner(Protocol):
    """One counterparty's profile for what we send it."""

    def dress(self, outgoing: Outgoing) -> Dressed:
        """The request with its signature."""

    def undress(self, headers: RawHeaders, answer: bytes, at: datetime) -> bytes:
        """The answer without its envelope, where the profile has one; else as it is. Raises `BadSignature`."""


@attrs.frozen
class StandardRequests:
    """Standard Webhooks, bound to its target. Every body is signed; a GET has none, and is not.

    Answers come back over the same TLS connection that we opened to a host we know, and are not signed.
    """

    signer: Signer

    def dress(self, outgoing: Outgoing) -> Dressed:
        if outgoing.body is None:
            return Dressed(body=None, headers={})
        message_id = binding.message_id(outgoing.method, outgoing.target, outgoing.key)
        return Dressed(body=outgoing.body, headers=self.signer.headers(message_id, outgoing.at, outgoing.body))

    def undress(self, headers: RawHeaders, answer: bytes, at: datetime) -> bytes:
        return answer
