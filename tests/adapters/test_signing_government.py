"""The government gateways' pattern: headers, SM envelope, and what makes up for what they leave unsigned."""

import base64
import hashlib
import hmac
import ipaddress
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.test_crypto_primitives import EXAMPLE

from cotransfer.adapters.crypto import sm2
from cotransfer.adapters.crypto.sm2_forms import CipherForm, Forms, SignatureForm
from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.signing import (
    Around,
    BadSignature,
    Covers,
    Encoding,
    Envelope,
    Flaw,
    GovernmentCheck,
    GovernmentHeaders,
    GovernmentRequests,
    HeaderNames,
    Incoming,
    Mode,
    Outgoing,
    RequestSigner,
    Scheme,
    SharedKey,
    Signs,
)
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unintelligible

AT = datetime(2026, 6, 1, 8, 0, 0, 123000, tzinfo=UTC)
OLD = SharedKey(Scheme.HMAC_SHA256, b"appkey-of-the-platform")
NEW = SharedKey(Scheme.HMAC_SHA256, b"the-appkey-that-comes-next")
NAMES = HeaderNames()
HEADERS = GovernmentHeaders(requester="kunming", service="transfer-report", keys=(OLD,))
NETWORKS = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("2001:db8::/32"))
BODY = b'{"result":"done"}'
WITH_SM2 = pytest.mark.skipif(not sm2.available(), reason="The extra cotransfer[sm] is not installed.")


class Once:
    """`Access.first_use` as a set."""

    def __init__(self) -> None:
        self.used: dict[tuple[str, str], datetime] = {}

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        """Whether it is the first time."""
        return self.used.setdefault((kind, nonce), until) is until


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as a server receives them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def sent(
    signer: RequestSigner, *, target: str = "/v1/x", at: datetime = AT, peer: str | None = "10.20.1.2"
) -> Incoming:
    """What arrives when `signer` sends the usual body."""
    dressed = signer.dress(Outgoing(method="POST", target=target, key="k", body=BODY, at=at))
    assert dressed.body is not None
    return Incoming(
        method="POST", target=target, key="k", headers=raw(dressed.headers), body=dressed.body, at=at, peer=peer
    )


async def refused(check: GovernmentCheck, incoming: Incoming) -> Flaw:
    """For which reason it is refused."""
    with pytest.raises(BadSignature) as bad:
        await check.check(incoming)
    assert str(bad.value) == "The message is not signed as agreed."
    return bad.value.why


class TestHeaders:
    def test_the_national_pattern(self):
        """base64(HMAC-SHA256(key, sid + rid + rtime)), the time in milliseconds."""
        time = str(int(AT.timestamp() * 1000))
        mac = hmac.new(b"appkey-of-the-platform", f"transfer-reportkunming{time}".encode(), hashlib.sha256).digest()
        assert HEADERS.write(AT, "") == {
            "gjgxjhpt_rid": "kunming",
            "gjgxjhpt_sid": "transfer-report",
            "gjgxjhpt_rtime": time,
            "gjgxjhpt_sign": base64.b64encode(mac).decode(),
        }

    def test_another_platform_has_another_prefix(self):
        """国家政务服务平台."""
        named = attrs.evolve(HEADERS, names=HeaderNames.prefixed("gjzwfwpt_"))
        assert set(named.write(AT, "")) == {"gjzwfwpt_rid", "gjzwfwpt_sid", "gjzwfwpt_rtime", "gjzwfwpt_sign"}

    def test_a_city_gateway_has_no_service(self):
        """appid and time alone are signed, under the names that it wants; HMAC-SM3 as well."""
        names = HeaderNames(requester="gateway_appid", service=None, time="gateway_rtime", signature="gateway_sig")
        city = GovernmentHeaders(requester="app", keys=(SharedKey(Scheme.HMAC_SM3, b"key"),), names=names)
        headers = city.write(AT, "")
        mac = SharedKey(Scheme.HMAC_SM3, b"key").sign(f"app{headers['gateway_rtime']}".encode())
        assert headers["gateway_sig"] == base64.b64encode(mac).decode()
        assert city.read(raw(headers), AT).key_id

    def test_either_live_key_is_taken(self):
        """There is room for one signature, so the partner changes first on the reading side."""
        both = attrs.evolve(HEADERS, keys=(OLD, NEW))
        assert both.read(raw(HEADERS.write(AT, "")), AT).key_id == OLD.id
        assert both.read(raw(both.write(AT, "")), AT).key_id == NEW.id

    @pytest.mark.parametrize(
        "wrong",
        [
            {"keys": ()},
            {"keys": (OLD, NEW, SharedKey(Scheme.HMAC_SM3, b"3"))},
            {"service": None},
            {"requester": ""},
            {"requester": "a b"},
            {"names": HeaderNames(signature=None)},
            {"names": HeaderNames(service=None)},
        ],
    )
    def test_half_an_agreement_is_refused(self, wrong: dict[str, Any]):
        """At set-up, with what to do."""
        with pytest.raises(ValueError):
            attrs.evolve(HEADERS, **wrong)

    @pytest.mark.parametrize("name", ["", "Rid", "a b", "a:b", "a\n", "x" * 65])
    def test_a_header_is_named_like_one(self, name: str):
        """A prefix from a settings file may hold anything."""
        with pytest.raises(ValueError, match="small letters"):
            HeaderNames(requester=name)


def quarantined(once: Once | None = None) -> GovernmentCheck:
    """The bare pattern, from the agreed networks."""
    return GovernmentCheck(headers=HEADERS, networks=NETWORKS, first_use=(once or Once()).first_use)


RIGHT = HEADERS.write(AT, "")
TIME = RIGHT["gjgxjhpt_rtime"]
STRANGERS = attrs.evolve(HEADERS, keys=(NEW,)).write(AT, "")["gjgxjhpt_sign"]
CHANGES: dict[str, tuple[dict[str, str | None], Flaw]] = {
    "no requester": ({"gjgxjhpt_rid": None}, Flaw.HEADER_MISSING),
    "no service": ({"gjgxjhpt_sid": None}, Flaw.HEADER_MISSING),
    "no time": ({"gjgxjhpt_rtime": None}, Flaw.HEADER_MISSING),
    "no signature": ({"gjgxjhpt_sign": None}, Flaw.HEADER_MISSING),
    "requester twice": ({"GJGXJHPT_RID": "kunming"}, Flaw.HEADER_TWICE),
    "signature twice": ({"Gjgxjhpt_Sign": "AAAA"}, Flaw.HEADER_TWICE),
    "another requester": ({"gjgxjhpt_rid": "dali"}, Flaw.OTHER_CALLER),
    "another service": ({"gjgxjhpt_sid": "transfer-query"}, Flaw.OTHER_CALLER),
    "the border between the two moved": (
        {"gjgxjhpt_sid": "transfer-reportk", "gjgxjhpt_rid": "unming"},
        Flaw.OTHER_CALLER,
    ),
    "the time moved by one": ({"gjgxjhpt_rtime": str(int(TIME) + 1)}, Flaw.NO_MATCH),
    "seconds": ({"gjgxjhpt_rtime": TIME[:10]}, Flaw.TIME_MALFORMED),
    "a decimal point": ({"gjgxjhpt_rtime": TIME + ".0"}, Flaw.TIME_MALFORMED),
    "full-width digits": ({"gjgxjhpt_rtime": "１" * 13}, Flaw.TIME_MALFORMED),
    "six minutes ago": ({"gjgxjhpt_rtime": str(int(TIME) - 360_000)}, Flaw.TOO_OLD),
    "in six minutes": ({"gjgxjhpt_rtime": str(int(TIME) + 360_000)}, Flaw.TOO_NEW),
    "hexadecimal": ({"gjgxjhpt_sign": "00" * 32}, Flaw.NO_MATCH),
    "no base64": ({"gjgxjhpt_sign": "!!!!"}, Flaw.SIGNATURES_MALFORMED),
    "an empty signature": ({"gjgxjhpt_sign": ""}, Flaw.NO_MATCH),
    "a long header": ({"gjgxjhpt_sign": "A" * 4000}, Flaw.HEADER_TOO_LONG),
    "a stranger's key": ({"gjgxjhpt_sign": STRANGERS}, Flaw.NO_MATCH),
}


class TestChecking:
    async def test_a_right_request_is_taken(self):
        """With its body as it came, and the key's name."""
        checked = await quarantined().check(sent(GovernmentRequests(headers=HEADERS)))
        assert (checked.body, checked.key_id) == (BODY, OLD.id)

    @pytest.mark.parametrize("name", CHANGES)
    async def test_a_changed_request_is_refused(self, name: str):
        """In the one way, for the reason that our log is told."""
        changed, flaw = CHANGES[name]
        headers: dict[str, str | None] = {**RIGHT, **changed}
        listed = raw({key: value for key, value in headers.items() if value is not None})
        incoming = attrs.evolve(sent(GovernmentRequests(headers=HEADERS)), headers=listed)
        assert await refused(quarantined(), incoming) is flaw

    async def test_the_same_stamp_is_taken_once(self):
        """Neither body nor address is signed, so the stamp alone must never serve twice."""
        once = Once()
        check = quarantined(once)
        incoming = sent(GovernmentRequests(headers=HEADERS))
        await check.check(incoming)
        assert await refused(check, attrs.evolve(incoming, body=b"{}")) is Flaw.REPLAYED
        (until,) = once.used.values()
        assert until > AT + timedelta(seconds=300)

    async def test_a_refused_request_uses_no_stamp_up(self):
        """Else a stranger could keep a partner out by guessing its times."""
        once = Once()
        check = quarantined(once)
        await refused(
            check,
            attrs.evolve(sent(GovernmentRequests(headers=HEADERS)), headers=raw({**RIGHT, "gjgxjhpt_sign": "AAAA"})),
        )
        assert once.used == {}

    @pytest.mark.parametrize(
        "peer", [None, "", "10.21.0.1", "2001:db9::1", "nobody", "10.20.0.1.evil.example", "::ffff:10.21.0.1"]
    )
    async def test_only_from_the_agreed_networks(self, peer: str | None):
        """The quarantine of a profile that does not sign what it says."""
        incoming = sent(GovernmentRequests(headers=HEADERS), peer=peer)
        assert await refused(quarantined(), incoming) is Flaw.OTHER_NETWORK

    @pytest.mark.parametrize("peer", ["10.20.0.1", "2001:db8::7", "::ffff:10.20.0.1"])
    async def test_from_the_agreed_networks(self, peer: str):
        """IPv4, IPv6, and the one written as the other."""
        checked = await quarantined().check(sent(GovernmentRequests(headers=HEADERS), peer=peer))
        assert checked.key_id == OLD.id

    def test_the_bare_pattern_is_not_taken_from_anywhere(self):
        """It wants networks, or an envelope that covers everything; the refusal says so."""
        with pytest.raises(ValueError, match="networks"):
            GovernmentCheck(headers=HEADERS, first_use=Once().first_use)

    @given(
        values=st.lists(st.tuples(st.sampled_from(NAMES.all()), st.binary(max_size=60)), max_size=6), body=st.binary()
    )
    async def test_nothing_but_bad_signature_is_ever_raised(self, values: list[tuple[bytes, bytes]], body: bytes):
        """Whatever comes, with and without an envelope."""
        incoming = Incoming(method="POST", target="/", key="", headers=values, body=body, at=AT, peer="10.20.0.1")
        await refused(quarantined(), incoming)


def party(forms: Forms | None = None) -> sm2.PrivateKey:
    """The standard's example pair; both sides may hold it, the envelope does not mind."""
    return sm2.PrivateKey.parse(EXAMPLE, forms=forms)


def sealing(**terms: Any) -> Envelope:
    """An envelope on agreed terms."""
    ours = party()
    usual: dict[str, Any] = {"ours": ours, "theirs": (ours.public,)}
    return Envelope(**{**usual, **terms})


NONCES = HeaderNames.prefixed("gjgxjhpt_", nonce=True)
AROUND = Around(time="1780300800123", nonce="0123456789abcdef", method="POST", target="/v1/x")


@WITH_SM2
class TestEnvelope:
    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("covers", Covers)
    @pytest.mark.parametrize("signs", Signs)
    @pytest.mark.parametrize("encoding", Encoding)
    def test_what_is_sealed_opens(self, mode: Mode, covers: Covers, signs: Signs, encoding: Encoding):
        """On each of the terms that partners have; and under any other of them it does not."""
        envelope = sealing(mode=mode, covers=covers, signs=signs, encoding=encoding)
        sealed = envelope.seal(BODY, AROUND)
        assert envelope.open(sealed, AROUND) == BODY
        others: list[dict[str, Any]] = [
            {"covers": next(each for each in Covers if each is not covers)},
            *({"signs": each} for each in Signs if each is not signs),
        ]
        for other in others:
            with pytest.raises(BadSignature):
                attrs.evolve(envelope, **other).open(sealed, AROUND)

    @pytest.mark.parametrize("cipher", CipherForm)
    @pytest.mark.parametrize("signature", SignatureForm)
    def test_in_each_houses_writing(self, cipher: CipherForm, signature: SignatureForm):
        """The forms of SM2 are the key's."""
        key = party(Forms(cipher=cipher, signature=signature, marked=False))
        envelope = Envelope(ours=key, theirs=(key.public,))
        assert envelope.open(envelope.seal(BODY, AROUND), AROUND) == BODY

    def test_it_has_the_fields_that_platforms_expect(self):
        """And nothing of the body in clear."""
        fields = json.loads(sealing(shows_key=True).seal(BODY, AROUND))
        assert set(fields) == {"encData", "encKey", "iv", "signature", "qPubkey"}
        for value in fields.values():
            assert '"done"' not in value  # With its quotes: base64 may spell the mere word by chance.
            assert BODY not in base64.b64decode(value, validate=True)

    @pytest.mark.parametrize("field", ["encData", "encKey", "iv", "signature"])
    @pytest.mark.parametrize("mode", Mode)
    def test_under_everything_a_flipped_bit_is_refused(self, field: str, mode: Mode):
        """Data, wrapped key, vector and signature."""
        envelope = sealing(covers=Covers.EVERYTHING, mode=mode, encoding=Encoding.HEX)
        fields = json.loads(envelope.seal(BODY, AROUND))
        value = bytes.fromhex(fields[field])
        for at in range(0, len(value) * 8, 7):
            flipped = bytearray(value)
            flipped[at // 8] ^= 1 << at % 8
            with pytest.raises(BadSignature):
                envelope.open(json.dumps({**fields, field: flipped.hex()}).encode(), AROUND)

    @pytest.mark.parametrize("change", ["time", "nonce", "method", "target"])
    def test_under_everything_it_is_bound_to_where_it_goes(self, change: str):
        """The redirect attack again."""
        envelope = sealing(covers=Covers.EVERYTHING)
        sealed = envelope.seal(BODY, AROUND)
        with pytest.raises(BadSignature):
            envelope.open(sealed, attrs.evolve(AROUND, **{change: "0"}))

    def test_why_the_platforms_way_is_not_enough(self):
        """Under `data` another vector opens the first block to other bytes, unnoticed: hence the quarantine."""
        envelope = sealing(covers=Covers.DATA, encoding=Encoding.HEX)
        fields = json.loads(envelope.seal(BODY, AROUND))
        vector = bytearray(bytes.fromhex(fields["iv"]))
        vector[11] ^= ord("d") ^ ord("g")
        forged = json.dumps({**fields, "iv": vector.hex()}).encode()
        assert envelope.open(forged, AROUND) == BODY.replace(b"done", b"gone")
        with pytest.raises(ValueError, match="networks"):
            GovernmentCheck(headers=HEADERS, first_use=Once().first_use, envelope=envelope)

    @pytest.mark.parametrize(
        "sealed",
        [
            b"",
            b"[]",
            b"null",
            b"{}",
            b"\xff",
            b"{" * 100,
            b'{"encData":1,"encKey":"","iv":"","signature":""}',
            b'{"encData":"","encKey":"","iv":"","signature":""}',
            b'{"encData":"!","encKey":"!","iv":"!","signature":"!"}',
            b'{"encData":"","encData":"","encKey":"","iv":"","signature":""}',
            b'{"encData":"","encKey":"","iv":"","signature":"","more":""}',
            '{"encData":"數","encKey":"","iv":"","signature":""}'.encode(),
        ],
    )
    @pytest.mark.parametrize("encoding", Encoding)
    def test_what_is_no_envelope_is_refused_in_the_one_way(self, sealed: bytes, encoding: Encoding):
        """Strictly read, before anything is opened."""
        with pytest.raises(BadSignature):
            sealing(encoding=encoding).open(sealed, AROUND)

    @given(sealed=st.binary(max_size=300))
    def test_junk_raises_nothing_else(self, sealed: bytes):
        """Whatever it is."""
        with pytest.raises(BadSignature):
            sealing().open(sealed, AROUND)

    async def test_an_envelope_that_covers_everything_needs_no_network(self):
        """And bears the proof alone where the platform has no header for a signature."""
        headers = GovernmentHeaders(
            requester="kunming",
            names=HeaderNames(requester="appid", service=None, time="timestamp", signature=None, nonce="nonce"),
        )
        envelope = sealing(covers=Covers.EVERYTHING, mode=Mode.GCM)
        check = GovernmentCheck(headers=headers, first_use=Once().first_use, envelope=envelope)
        incoming = sent(GovernmentRequests(headers=headers, envelope=envelope), peer=None)
        assert incoming.body != BODY
        assert (await check.check(incoming)).body == BODY
        assert await refused(check, incoming) is Flaw.REPLAYED
        assert await refused(check, attrs.evolve(incoming, target="/v1/y")) is Flaw.NO_MATCH

    @pytest.mark.parametrize("nonce", ["", "short", "x" * 65, "a b c d e f g h", "過戶過戶過戶過戶"])
    async def test_a_nonce_has_a_grammar(self, nonce: str):
        """8 to 64 letters, digits and hyphens."""
        headers = attrs.evolve(HEADERS, names=NONCES)
        written = {**headers.write(AT, "0123456789abcdef"), "gjgxjhpt_nonce": nonce}
        check = GovernmentCheck(headers=headers, first_use=Once().first_use, networks=NETWORKS)
        incoming = attrs.evolve(sent(GovernmentRequests(headers=headers)), headers=raw(written))
        assert await refused(check, incoming) is Flaw.NONCE_MALFORMED

    async def test_two_in_one_millisecond_are_two_where_there_is_a_nonce(self):
        """Without one the time itself comes once."""
        headers = attrs.evolve(HEADERS, names=NONCES)
        check = GovernmentCheck(headers=headers, first_use=Once().first_use, networks=NETWORKS)
        for _ in range(2):
            assert (await check.check(sent(GovernmentRequests(headers=headers)))).key_id == OLD.id


@WITH_SM2
class TestLine:
    @staticmethod
    def line(answer: httpx.Response, profile: GovernmentRequests, seen: list[httpx.Request]) -> Line:
        """A line in the government profile that gets this answer."""

        def answering(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return answer

        transport = httpx.MockTransport(answering)
        return Line(
            "https://g.example", name="g", party=Party.REGISTRY, transport=transport, now=lambda: AT, signer=profile
        )

    async def test_bodies_go_out_in_the_envelope_and_answers_come_out_of_theirs(self):
        """Both ways, where it was agreed."""
        headers, envelope, seen = attrs.evolve(HEADERS, names=NONCES), sealing(), list[httpx.Request]()
        stamp = headers.write(AT, "0123456789abcdef")
        around = Around(time=stamp["gjgxjhpt_rtime"], nonce="0123456789abcdef", method="", target="")
        answer = httpx.Response(
            200,
            content=envelope.seal(b'{"well":"sealed"}', around),
            headers={**stamp, "content-type": "application/json"},
        )
        profile = GovernmentRequests(headers=headers, envelope=envelope, answers=True)
        async with self.line(answer, profile, seen) as line:
            assert await line.post("/v1/x", {"a": 1}) == {"well": "sealed"}
        assert b"encData" in seen[0].content
        assert seen[0].headers["gjgxjhpt_rid"] == "kunming"

    async def test_an_answer_without_its_envelope_is_unintelligible(self):
        """And nothing of it is shown."""
        profile = GovernmentRequests(headers=HEADERS, envelope=sealing(), answers=True)
        async with self.line(httpx.Response(200, json={"name": "secret"}), profile, []) as line:
            with pytest.raises(Unintelligible) as told:
                await line.post("/v1/x", {})
        assert "secret" not in str(told.value)

    async def test_a_get_is_stamped_too(self):
        """These gateways want their headers on every call."""
        seen: list[httpx.Request] = []
        async with self.line(httpx.Response(200, json={}), GovernmentRequests(headers=HEADERS), seen) as line:
            await line.show("/v1/x", absent="no")
        assert HEADERS.read(seen[0].headers.raw, AT).key_id == OLD.id
