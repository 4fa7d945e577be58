"""The government profile at both ends of a request: what we send through it, and what we take through it.

Never takes the bare national pattern from the open network: without an envelope that covers everything, the request has
to come from an agreed network. Never takes the same stamp twice.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import attrs

from cotransfer.adapters.wire.signing.envelope import Around, Covers, Envelope
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.signing.government import GovernmentHeaders, Stamp
from cotransfer.adapters.wire.signing.headers import RawHeaders
from cotransfer.adapters.wire.signing.incoming import Checked, Incoming
from cotransfer.adapters.wire.signing.outgoing import Dressed, Outgoing

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FirstUse = Callable[[str, str, datetime], Awaitable[bool]]
"""`ports.access.Access.first_use`: exactly one of all calls for one kind and nonce is answered True."""

REPLAY_KIND = "government"


@attrs.frozen(kw_only=True)
class GovernmentRequests:
    """What we send: every request is stamped, a GET too; bodies go into the envelope where one is agreed.

    `answers` says whether the counterparty's answers come in an envelope of their own, with time and nonce in headers.
    """

    headers: GovernmentHeaders
    envelope: Envelope | None = None
    answers: bool = False

    def dress(self, outgoing: Outgoing) -> Dressed:
        nonce = secrets.token_hex(16)
        headers = self.headers.write(outgoing.at, nonce)
        body = outgoing.body
        if self.envelope is not None and body is not None:
            around = Around(
                time=headers[self.headers.names.time],
                nonce=nonce if self.headers.names.nonce else "",
                method=outgoing.method,
                target=outgoing.target,
            )
            body = self.envelope.seal(body, around)
        return Dressed(body=body, headers=headers)

    def undress(self, headers: RawHeaders, answer: bytes, at: datetime) -> bytes:
        if self.envelope is None or not self.answers:
            return answer
        stamp = attrs.evolve(self.headers, keys=(), names=attrs.evolve(self.headers.names, signature=None)).read(
            headers, at
        )
        return self.envelope.open(answer, Around(time=stamp.time, nonce=stamp.nonce, method="", target=""))


@attrs.frozen(kw_only=True)
class GovernmentCheck:
    """What we take. `networks` is the quarantine: from where requests may come at all."""

    headers: GovernmentHeaders
    first_use: FirstUse
    envelope: Envelope | None = None
    networks: tuple[Network, ...] = ()

    def __attrs_post_init__(self) -> None:
        covered = self.envelope is not None and self.envelope.covers is Covers.EVERYTHING
        if not covered and not self.networks:
            raise ValueError(
                "The national pattern signs neither bodies nor addresses. Give the networks that the partner calls "
                'from, or agree on the envelope with covers = "everything".'
            )
        if self.envelope is None and not self.headers.keys:
            raise ValueError("Nothing would be signed: give keys, an envelope, or both.")

    def present(self, headers: RawHeaders) -> bool:
        return self.headers.present(headers)

    def admits(self, peer: str | None) -> bool:
        return not self.networks or _within(peer, self.networks)

    async def check(self, incoming: Incoming) -> Checked:
        if not self.admits(incoming.peer):
            raise BadSignature(Flaw.OTHER_NETWORK)
        stamp = self.headers.read(incoming.headers, incoming.at)
        body = incoming.body
        if self.envelope is not None:
            around = Around(time=stamp.time, nonce=stamp.nonce, method=incoming.method, target=incoming.target)
            body = self.envelope.open(body, around)
        await self._first(stamp)  # Last, so that only a partner can use a stamp up.
        return Checked(body=body, key_id=stamp.key_id or "envelope")

    async def _first(self, stamp: Stamp) -> None:
        """Without a nonce the time itself is what comes once: a partner may send one request a millisecond."""
        used = f"{self.headers.requester} {self.headers.service or ''} {stamp.time} {stamp.nonce}"
        until = datetime.fromtimestamp(stamp.moment_s, UTC) + timedelta(seconds=self.headers.window_s + 1)
        if not await self.first_use(REPLAY_KIND, hashlib.sha256(used.encode()).hexdigest(), until):
            raise BadSignature(Flaw.REPLAYED)


def _within(peer: str | None, networks: tuple[Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address.version == network.version and address in network for network in networks)
