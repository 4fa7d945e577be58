"""Checking what others send us: which partner has to sign, in which profile, and what is left when it has.

Runs before anything in the body is parsed. Never tells the sender what was wrong; the security log is told.
"""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import attrs
import structlog

from cotransfer.adapters.wire import correlation
from cotransfer.adapters.wire.signing import binding
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.signing.headers import RawHeaders
from cotransfer.adapters.wire.signing.standard import Verifier

_log = structlog.get_logger(__name__)


class Demand(enum.Enum):
    """Whether a partner has to sign. `IF_PRESENT` is for the weeks in which it learns to: what is signed is right."""

    REQUIRED = "required"
    IF_PRESENT = "if_present"


def _listed(headers: RawHeaders) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(headers)


@attrs.frozen(kw_only=True)
class Incoming:
    """A request as it came: raw headers, raw target (`binding.target_of`), raw body.

    `key` is the idempotency key, "" where there is none; `peer` is the address it came from, where that is known.
    """

    method: str
    target: str
    key: str
    headers: tuple[tuple[bytes, bytes], ...] = attrs.field(converter=_listed, repr=False)
    body: bytes = attrs.field(repr=False)
    at: datetime
    peer: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Checked:
    """What may be read now: the body, out of any envelope. `key_id` is None when nothing was signed."""

    body: bytes = attrs.field(repr=False)
    key_id: str | None = None


class RequestCheck(Protocol):
    """One partner's profile for what it sends us."""

    def present(self, headers: RawHeaders) -> bool:
        """Whether the request claims to be signed."""

    def admits(self, peer: str | None) -> bool:
        """Whether the partner may call from this address at all, whatever it asks and whether it signs or not."""

    async def check(self, incoming: Incoming) -> Checked:
        """What was signed; raises `BadSignature`."""


@attrs.frozen
class StandardCheck:
    """Standard Webhooks, bound to its target."""

    verifier: Verifier

    def present(self, headers: RawHeaders) -> bool:
        return self.verifier.present(headers)

    def admits(self, peer: str | None) -> bool:
        return True

    async def check(self, incoming: Incoming) -> Checked:
        verified = self.verifier.check(incoming.headers, incoming.body, incoming.at)
        binding.check_bound(verified.message_id, method=incoming.method, target=incoming.target, key=incoming.key)
        return Checked(body=incoming.body, key_id=verified.key_id)


@attrs.frozen(kw_only=True)
class Policy:
    """What one partner agreed to."""

    check: RequestCheck
    demand: Demand = Demand.REQUIRED


class Signatures:
    """The policies of all partners, by client id. A client without one has agreed to nothing and is not asked."""

    def __init__(self, partners: Mapping[str, Policy]) -> None:
        self._partners = dict(partners)

    def admits(self, client_id: str, peer: str | None) -> bool:
        """Whether this client may call from there: asked for every request, as those that only look are not signed."""
        policy = self._partners.get(client_id)
        if policy is None or policy.check.admits(peer):
            return True
        why = Flaw.OTHER_NETWORK.value
        _log.warning("signature_refused", client=client_id, why=why, correlation_id=correlation.current())
        return False

    async def check(self, client_id: str, incoming: Incoming) -> Checked:
        """What may be read of the request, or `BadSignature`; the security log is told the reason of a refusal."""
        policy = self._partners.get(client_id)
        if policy is None:
            return Checked(body=incoming.body)
        try:
            return await self._judged(policy, incoming)
        except BadSignature as bad:
            _log.warning("signature_refused", client=client_id, why=bad.why.value, correlation_id=correlation.current())
            raise

    async def _judged(self, policy: Policy, incoming: Incoming) -> Checked:
        if not policy.check.present(incoming.headers):
            if policy.demand is Demand.REQUIRED:
                raise BadSignature(Flaw.ABSENT)
            return Checked(body=incoming.body)
        return await policy.check.check(incoming)
