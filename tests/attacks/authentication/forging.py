"""Forged tokens and assertions, made as the tables beside this file say. Never used but against our own gateway."""

import base64
import hashlib
import hmac
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jws import JWSRegistry
from tests.gateway.oauth_stage import pair

from cotransfer.adapters.wire.jose import SigningKey, VerifyingKey

HERE = Path(__file__).parent
LONG, KILO = "a" * 60_000, "a" * 3_000
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STRANGER = pair("ES256", 9)


def cases(name: str) -> list[dict[str, Any]]:
    """The table `name`; a case's name and rule are said only once each."""
    listed: list[dict[str, Any]] = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))["case"]
    return listed


def said(value: Any, now: int) -> Any:
    """A value of a table: times and long texts are spelled out."""
    if isinstance(value, dict):
        return {name: said(each, now) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    moment = re.fullmatch(r"now([+-][0-9]+)", value)
    if moment:
        return now + int(moment[1])
    if value == "$stranger_jwk":
        return STRANGER.public().document()
    return value.replace("$long", LONG).replace("$kilo", KILO)


@attrs.frozen(kw_only=True)
class Forge:
    """Makes a token out of a good one and a case; `keys` are those that a case may sign with, by name."""

    keys: Mapping[str, SigningKey]
    public: VerifyingKey
    now: int

    def make(self, case: Mapping[str, Any], header: Mapping[str, Any], claims: Mapping[str, Any], usual: str) -> str:
        """The finished text."""
        head = self._object(header, case, "header")
        body = case.get("payload") or self._object(claims, case, "claims", claim=True)
        first = encoded(head.encode())
        second = encoded(_payload(body))
        signature = self._signature(case.get("signed_by", usual), f"{first}.{second}".encode())
        return spelled(f"{first}.{second}.{encoded(signature)}", case.get("spelled", ""))

    def _object(self, usual: Mapping[str, Any], case: Mapping[str, Any], part: str, *, claim: bool = False) -> str:
        members = {**usual, **said(case.get(part, {}), self.now)}
        for name in case.get(f"drop_{part}", ()):
            del members[name]
        text = json.dumps(members, separators=(",", ":"))
        return text[:-1] + case.get("add_claim" if claim else "add_header", "") + "}"

    def _signature(self, by: str, message: bytes) -> bytes:
        if by in self.keys:
            key = self.keys[by]
            return JWSRegistry.algorithms[key.alg].sign(message, key.key)
        others: Mapping[str, Callable[[], bytes]] = {
            "nobody": lambda: b"",
            "zeros": lambda: bytes(64),
            "der": lambda: _in_der(JWSRegistry.algorithms["ES256"].sign(message, self.keys["gateway"].key)),
            "hmac_pem": lambda: self._hmac(Encoding.PEM, message),
            "hmac_der": lambda: self._hmac(Encoding.DER, message),
            "hmac_jwk": lambda: _mac(json.dumps(self.public.document()).encode(), message),
            "rs256": lambda: _rs256(pair("PS256"), message),
        }
        return others[by]()

    def _hmac(self, encoding: Encoding, message: bytes) -> bytes:
        public: Any = self.public.key.public_key
        return _mac(public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo), message)


def encoded(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def spelled(token: str, how: str) -> str:
    """The token, written otherwise."""
    what, _, rest = how.partition(":")
    head, body, signature = token.split(".")
    ways: Mapping[str, Callable[[], str]] = {
        "": lambda: token,
        "cut": lambda: token[: -int(rest)],
        "add": lambda: token + rest,
        "parts": lambda: ".".join([head, body, signature, head, body][: int(rest)]),
        "json": lambda: json.dumps({"protected": head, "payload": body, "signature": signature}),
        "twin": lambda: token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ 1],
        "break": lambda: f"{head}.\n{body}.{signature}",
        "standard": lambda: f"{head}.{body}.+/" + signature[2:],
        "wide": lambda: token.replace("a", "ａ"),
    }
    return ways[what]()


def _payload(text: str) -> bytes:
    if text == "$deep":
        return b"[" * 1000 + b"]" * 1000
    return b'{"iss":"\xff"}' if text == "$latin" else text.encode()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _in_der(signature: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def _rs256(key: SigningKey, message: bytes) -> bytes:
    private: Any = key.key.private_key
    signature: bytes = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return signature
