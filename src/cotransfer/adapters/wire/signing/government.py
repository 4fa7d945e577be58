"""How Chinese government gateways sign: requester, service, time and an HMAC of the three, in headers of their own.

    signature = base64(HMAC(key, service + requester + milliseconds))

The HMAC covers neither body nor address nor method. So this profile is for partners who cannot do better, is off unless
configured, and taken from them only together with what makes up for it: see `GovernmentCheck`.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
from attrs.validators import optional

from cotransfer.adapters.wire.signing import base64s
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.signing.headers import RawHeaders, any_of, only
from cotransfer.adapters.wire.signing.keys import SharedKey
from cotransfer.adapters.wire.signing.standard import WINDOW_S, live

_MILLISECONDS = re.compile(rb"[0-9]{13}")
_NONCE = re.compile(rb"[A-Za-z0-9-]{8,64}")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_HEADER = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def _header(_: object, __: object, name: str) -> None:
    if not _HEADER.fullmatch(name):
        raise ValueError("A header is named by small letters, digits, _ and -, such as gjgxjhpt_rid.")


def _maybe_header(_: object, __: object, name: Any) -> None:
    if name is not None:
        _header(_, __, name)


def _named(_: object, __: object, value: str) -> None:
    if not _NAME.fullmatch(value):
        raise ValueError("A requester or a service is named by 1 to 128 letters, digits and _ . : -.")


@attrs.frozen(kw_only=True)
class HeaderNames:
    """What the headers are called. A gateway without services leaves `service` out; one that signs bodies only,
    `signature`; one whose envelope has a number drawn once names its `nonce`.
    """

    requester: str = attrs.field(default="gjgxjhpt_rid", validator=_header)
    service: str | None = attrs.field(default="gjgxjhpt_sid", validator=_maybe_header)
    time: str = attrs.field(default="gjgxjhpt_rtime", validator=_header)
    signature: str | None = attrs.field(default="gjgxjhpt_sign", validator=_maybe_header)
    nonce: str | None = attrs.field(default=None, validator=_maybe_header)

    @classmethod
    def prefixed(cls, prefix: str, *, nonce: bool = False) -> "HeaderNames":
        """The national pattern under another platform's prefix, such as `gjzwfwpt_`."""
        return cls(
            requester=f"{prefix}rid",
            service=f"{prefix}sid",
            time=f"{prefix}rtime",
            signature=f"{prefix}sign",
            nonce=f"{prefix}nonce" if nonce else None,
        )

    def all(self) -> tuple[bytes, ...]:
        named = (self.requester, self.service, self.time, self.signature, self.nonce)
        return tuple(name.encode() for name in named if name)


@attrs.frozen(kw_only=True)
class Stamp:
    """What the headers said, as text: an envelope signs the very same characters."""

    time: str
    nonce: str
    moment_s: float
    key_id: str | None


@attrs.frozen(kw_only=True)
class GovernmentHeaders:
    """Writes and reads the headers of one agreement: `requester` calls `service` under one live key or two.

    Without keys the headers have no HMAC, and the envelope has to bear the proof.
    """

    requester: str = attrs.field(validator=_named)
    service: str | None = attrs.field(default=None, validator=optional(_named))
    keys: tuple[SharedKey, ...] = ()
    names: HeaderNames = attrs.field(factory=HeaderNames)
    window_s: float = WINDOW_S

    def __attrs_post_init__(self) -> None:
        if bool(self.keys) != (self.names.signature is not None):
            raise ValueError("Name the header of the signature and give its keys, or leave both out.")
        if (self.service is None) != (self.names.service is None):
            raise ValueError("Name the header of the service and give the service, or leave both out.")
        if self.keys:
            live(self.keys)

    def write(self, at: datetime, nonce: str) -> dict[str, str]:
        """The headers of a request that leaves at `at`, signed with the newest key: there is room for one signature."""
        time = str(int(at.timestamp() * 1000))
        headers: dict[str, str] = {self.names.requester: self.requester, self.names.time: time}
        if self.names.service is not None and self.service is not None:
            headers[self.names.service] = self.service
        if self.names.nonce is not None:
            headers[self.names.nonce] = nonce
        if self.names.signature is not None:
            headers[self.names.signature] = base64s.written(self.keys[-1].sign(self._signed(time)))
        return headers

    def present(self, headers: RawHeaders) -> bool:
        return any_of(headers, self.names.all())

    def read(self, headers: RawHeaders, at: datetime) -> Stamp:
        """What the headers say, once they have proved to be the partner's; or `BadSignature`."""
        listed = tuple(headers)
        self._same(listed, self.names.requester, self.requester)
        self._same(listed, self.names.service, self.service)
        time = only(listed, self.names.time.encode())
        if not _MILLISECONDS.fullmatch(time):
            raise BadSignature(Flaw.TIME_MALFORMED)
        age_s = at.timestamp() - int(time) / 1000
        if abs(age_s) > self.window_s:
            raise BadSignature(Flaw.TOO_OLD if age_s > 0 else Flaw.TOO_NEW)
        nonce = only(listed, self.names.nonce.encode()) if self.names.nonce else b""
        if self.names.nonce and not _NONCE.fullmatch(nonce):
            raise BadSignature(Flaw.NONCE_MALFORMED)
        key_id = self._agreeing(listed, time.decode())
        return Stamp(time=time.decode(), nonce=nonce.decode(), moment_s=int(time) / 1000, key_id=key_id)

    def _same(self, headers: Sequence[tuple[bytes, bytes]], name: str | None, agreed: str | None) -> None:
        if name and agreed and not hmac.compare_digest(only(headers, name.encode()), agreed.encode()):
            raise BadSignature(Flaw.OTHER_CALLER)

    def _agreeing(self, headers: Sequence[tuple[bytes, bytes]], time: str) -> str | None:
        if self.names.signature is None:
            return None
        try:
            shown = base64s.read(only(headers, self.names.signature.encode()))
        except ValueError:
            raise BadSignature(Flaw.SIGNATURES_MALFORMED) from None
        agreeing = [key.id for key in self.keys if key.agrees(self._signed(time), [shown])]
        if not agreeing:
            raise BadSignature(Flaw.NO_MATCH)
        return agreeing[0]

    def _signed(self, time: str) -> bytes:
        # No separators, as the platforms have it. It is unambiguous because service and requester are agreed texts,
        # compared by themselves, and the time has thirteen digits.
        return f"{self.service or ''}{self.requester}{time}".encode()
