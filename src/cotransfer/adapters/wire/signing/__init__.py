"""Signed messages, in both directions: Standard Webhooks bound to their target, and the government gateways' pattern.

Never parses a body before its signature has proved right, and never tells a stranger what was wrong with it.
"""

from cotransfer.adapters.wire.signing.binding import message_id, target_of
from cotransfer.adapters.wire.signing.envelope import Around, Covers, Encoding, Envelope, Mode, Signs
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.signing.government import GovernmentHeaders, HeaderNames
from cotransfer.adapters.wire.signing.government_requests import GovernmentCheck, GovernmentRequests
from cotransfer.adapters.wire.signing.incoming import (
    Checked,
    Demand,
    Incoming,
    Policy,
    RequestCheck,
    Signatures,
    StandardCheck,
)
from cotransfer.adapters.wire.signing.key_texts import checking_key, draw_pair, draw_secret, signing_key
from cotransfer.adapters.wire.signing.keys import CheckingKey, Scheme, SharedKey, SigningKey
from cotransfer.adapters.wire.signing.outgoing import Dressed, Outgoing, RequestSigner, StandardRequests
from cotransfer.adapters.wire.signing.standard import Signer, Verified, Verifier

__all__ = [
    "Around",
    "BadSignature",
    "Checked",
    "CheckingKey",
    "Covers",
    "Demand",
    "Dressed",
    "Encoding",
    "Envelope",
    "Flaw",
    "GovernmentCheck",
    "GovernmentHeaders",
    "GovernmentRequests",
    "HeaderNames",
    "Incoming",
    "Mode",
    "Outgoing",
    "Policy",
    "RequestCheck",
    "RequestSigner",
    "Scheme",
    "SharedKey",
    "Signatures",
    "Signer",
    "SigningKey",
    "Signs",
    "StandardCheck",
    "StandardRequests",
    "Verified",
    "Verifier",
    "checking_key",
    "draw_pair",
    "draw_secret",
    "message_id",
    "signing_key",
    "target_of",
]
