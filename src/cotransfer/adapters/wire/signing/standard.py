"""Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature` over `id.timestamp.body`.

Pure: no clock, no store, no JSON. Works on raw bytes only, and for what a stranger sent never raises anything but
`BadSignature`. What the standard leaves open, the method and the address, is bound in by `binding`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import attrs

from cotransfer.adapters.wire.signing import base64s
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.signing.headers import RawHeaders, any_of, only
from cotransfer.adapters.wire.signing.keys import CheckingKey, SigningKey

ID, TIMESTAMP, SIGNATURE = b"webhook-id", b"webhook-timestamp", b"webhook-signature"
WINDOW_S = 300
BODY_LIMIT = 64 * 1024
MOST_SIGNATURES = 8
MOST_KEYS = 2
"""The one in use, and the one that comes or goes while keys are changed."""

_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_TIMESTAMP = re.compile(rb"[0-9]{10}")
_SIGNATURE = re.compile(rb"([a-z0-9]{1,16}),([A-Za-z0-9+/]+={0,2})")


@attrs.frozen(kw_only=True)
class Verified:
    """What a checked message says of itself, and which key said so."""

    message_id: str
    timestamp: datetime
    key_id: str


class Signer:
    """Signs with every live key, so that the other side may know the old one, the new one, or both."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._keys = live(keys)

    def __repr__(self) -> str:
        return f"Signer({', '.join(key.id for key in self._keys)})"

    def headers(self, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """The three headers for these very bytes; `ValueError` for an id outside the grammar: our own mistake."""
        timestamp = str(int(at.timestamp())).encode()
        if not _ID.fullmatch(message_id.encode()) or not _TIMESTAMP.fullmatch(timestamp):
            raise ValueError("A message id has 1 to 64 letters, digits, _ and -, and its time ten digits.")
        content = b".".join((message_id.encode(), timestamp, body))
        signatures = (f"{key.scheme.value},{base64s.written(key.sign(content))}" for key in self._keys)
        return {
            ID.decode(): message_id,
            TIMESTAMP.decode(): timestamp.decode(),
            SIGNATURE.decode(): " ".join(signatures),
        }


class Verifier:
    """Checks with every live key of one partner in one direction, and takes what any of them signed."""

    def __init__(
        self, keys: Sequence[CheckingKey], *, window_s: float = WINDOW_S, body_limit: int = BODY_LIMIT
    ) -> None:
        self._keys = live(keys)
        self._window_s = window_s
        self._body_limit = body_limit

    def __repr__(self) -> str:
        return f"Verifier({', '.join(key.id for key in self._keys)})"

    def present(self, headers: RawHeaders) -> bool:
        """Whether the message claims to be signed in this way; one of the headers is claim enough."""
        return any_of(headers, (ID, TIMESTAMP, SIGNATURE))

    def check(self, headers: RawHeaders, body: bytes, at: datetime) -> Verified:
        """What was signed, or `BadSignature`."""
        listed = tuple(headers)
        message_id, timestamp, shown = (only(listed, name) for name in (ID, TIMESTAMP, SIGNATURE))
        if not _ID.fullmatch(message_id):
            raise BadSignature(Flaw.ID_MALFORMED)
        moment = self._moment(timestamp, at)
        signatures = _signatures(shown)
        if len(body) > self._body_limit:
            raise BadSignature(Flaw.BODY_TOO_LARGE)
        key = self._agreeing(b".".join((message_id, timestamp, body)), signatures)
        return Verified(message_id=message_id.decode(), timestamp=moment, key_id=key.id)

    def _moment(self, timestamp: bytes, at: datetime) -> datetime:
        if not _TIMESTAMP.fullmatch(timestamp):
            raise BadSignature(Flaw.TIME_MALFORMED)
        age_s = at.timestamp() - int(timestamp)
        if abs(age_s) > self._window_s:
            raise BadSignature(Flaw.TOO_OLD if age_s > 0 else Flaw.TOO_NEW)
        return datetime.fromtimestamp(int(timestamp), UTC)

    def _agreeing(self, content: bytes, signatures: Sequence[tuple[str, bytes]]) -> CheckingKey:
        """Every key looks at every signature of its scheme, whichever agrees first."""
        named = {key.scheme.value for key in self._keys}
        if not any(name in named for name, _ in signatures):
            raise BadSignature(Flaw.NO_KNOWN_SCHEME)
        agreeing = [
            key
            for key in self._keys
            if key.agrees(content, [raw for name, raw in signatures if name == key.scheme.value])
        ]
        if not agreeing:
            raise BadSignature(Flaw.NO_MATCH)
        return agreeing[0]


K = TypeVar("K", SigningKey, CheckingKey)


def live(keys: Sequence[K]) -> tuple[K, ...]:
    """One key or two; `ValueError` with the remedy for any other number, or for the same key twice."""
    if not 1 <= len(keys) <= MOST_KEYS:
        raise ValueError("A partner has one or two live keys in each direction. Take the oldest away.")
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("The two live keys are the same. Draw a new one for the other side to change to.")
    return tuple(keys)


def _signatures(shown: bytes) -> list[tuple[str, bytes]]:
    """Each `name,base64`, one blank between them; a name nobody knows is somebody's next version and does no harm."""
    parts = shown.split(b" ")
    if len(parts) > MOST_SIGNATURES:
        raise BadSignature(Flaw.TOO_MANY_SIGNATURES)
    signatures = []
    for part in parts:
        found = _SIGNATURE.fullmatch(part)
        if not found:
            raise BadSignature(Flaw.SIGNATURES_MALFORMED)
        try:
            signatures.append((found[1].decode(), base64s.read(found[2])))
        except ValueError:
            raise BadSignature(Flaw.SIGNATURES_MALFORMED) from None
    return signatures
