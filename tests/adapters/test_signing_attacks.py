"""Every attack of tests/attacks/signatures is refused, in the one way, for the reason that our log is told."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cotransfer.adapters.wire.signing import (
    BadSignature,
    Incoming,
    Policy,
    Scheme,
    SharedKey,
    Signatures,
    Signer,
    StandardCheck,
    Verifier,
    base64s,
    binding,
)

AT = datetime.fromtimestamp(1780300800, UTC)
METHOD, KEY, BODY = "POST", "report-1", b'{"result":"done"}'
TARGET = "/v1/utility/transfers/019aaf3e-6b00-7c21-9d5e-0123456789ab/handling"
PARTNER = SharedKey(Scheme.HMAC_SHA256, b"the partner's own secret, 32 b..")
OTHERS = {
    "stranger": SharedKey(Scheme.HMAC_SHA256, b"a stranger's secret of 32 bytes."),
    "other-direction": SharedKey(Scheme.HMAC_SHA256, b"what we sign with towards them.."),
    "other-scheme": SharedKey(Scheme.HMAC_SM3, b"the partner's own secret, 32 b.."),
}
SIGNATURES = Signatures({"water": Policy(check=StandardCheck(Verifier([PARTNER])))})

COLLECTION = Path(__file__).parents[1] / "attacks" / "signatures" / "standard.toml"
ATTACKS: list[dict[str, Any]] = tomllib.loads(COLLECTION.read_text("utf-8"))["attack"]
ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def arriving(attack: dict[str, Any]) -> Incoming:
    """The right request, changed as the attack says."""
    at = AT + timedelta(seconds=attack.get("late_s", 0))
    target, key, method = attack.get("target", TARGET), attack.get("key", KEY), attack.get("method", METHOD)
    body = attack["body"].encode() if "body" in attack else b"x" * attack.get("long_body", 0) or BODY
    right = Signer([PARTNER]).headers(binding.message_id(METHOD, TARGET, KEY), AT, BODY)
    tag = binding.tag(METHOD, TARGET, KEY)
    words = {
        "{id}": right[ID],
        "{time}": right[TIME],
        "{signature}": right[SIGNATURE],
        "{mac}": right[SIGNATURE].removeprefix("v1,"),
        "{time_of_arrival}": str(int(at.timestamp())),
        "{tag}": tag,
        "{TAG}": tag.upper(),
        "{half_tag}": tag[:12],
        "{tag_of_arrival}": binding.tag(method, target, key),
    }
    headers = {name: value.encode() for name, value in right.items()}
    headers |= {name: spelled(value, words) for name, value in attack.get("set", {}).items()}
    headers |= {name: bytes.fromhex(value) for name, value in attack.get("hex", {}).items()}
    headers |= {name: b"x" * times for name, times in attack.get("repeat", {}).items()}
    headers[SIGNATURE] = signature(attack, headers, body)
    listed = [(name.encode(), value) for name, value in headers.items() if name not in attack.get("remove", [])]
    listed += [(name.encode(), spelled(value, words)) for name, value in attack.get("add", [])]
    return Incoming(method=method, target=target, key=key, headers=listed, body=body, at=at)


def signature(attack: dict[str, Any], headers: dict[str, bytes], body: bytes) -> bytes:
    """The signature header, made anew where the attack wants it."""
    shown = headers[SIGNATURE]
    if attack.get("resigned") or "signed_by" in attack:
        key = OTHERS.get(attack.get("signed_by", ""), PARTNER)
        mac = key.sign(b".".join((headers[ID], headers[TIME], body)))
        return b"v1," + base64s.written(mac).encode()
    if "truncate_mac" in attack:
        mac = base64s.read(shown.removeprefix(b"v1,"))
        return b"v1," + base64s.written((mac + b"\0")[: attack["truncate_mac"]]).encode()
    if "repeat_signature" in attack:
        return b" ".join([shown] * attack["repeat_signature"])
    if attack.get("strip_padding"):
        return shown.rstrip(b"=")
    if attack.get("respell"):
        # 32 bytes leave two bits of the last letter unused; the next letter of the alphabet decodes alike.
        letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        last = letters.index(shown[-2])
        return shown[:-2] + letters[last + 1 : last + 2] + b"="
    return shown


def spelled(text: str, words: dict[str, str]) -> bytes:
    """`text` with the right values where it names them."""
    for word, value in words.items():
        text = text.replace(word, value)
    return text.encode()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"].replace(" ", "-"))
async def test_the_attack_is_refused(attack: dict[str, Any]) -> None:
    """One exception, one text, nothing of the message in it; the reason goes to the security log, with the client."""
    with capture_logs() as told, pytest.raises(BadSignature) as refused:
        await SIGNATURES.check("water", arriving(attack))
    assert str(refused.value) == "The message is not signed as agreed."
    (line,) = told
    assert (line["event"], line["client"], line["why"]) == ("signature_refused", "water", attack["why"])
    assert set(line) == {"event", "client", "why", "correlation_id", "log_level"}


async def test_the_unchanged_request_is_taken() -> None:
    """Otherwise the collection would prove nothing."""
    checked = await SIGNATURES.check("water", arriving({}))
    assert (checked.body, checked.key_id) == (BODY, PARTNER.id)


async def test_signing_again_is_not_what_is_refused() -> None:
    """A request that was signed again unchanged is taken, so a `resigned` attack fails for its change alone."""
    assert (await SIGNATURES.check("water", arriving({"resigned": True}))).key_id == PARTNER.id


def test_the_collection_is_large_and_has_no_case_twice() -> None:
    """At least sixty, each with a name of its own and with a change of its own."""
    assert len(ATTACKS) >= 60
    assert len({attack["name"] for attack in ATTACKS}) == len(ATTACKS)
    changes = [repr({key: value for key, value in attack.items() if key not in ("name", "why")}) for attack in ATTACKS]
    assert len(set(changes)) == len(changes)
