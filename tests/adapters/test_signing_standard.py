"""Standard Webhooks as we sign and check it, with the official library as oracle, and the attacks on it."""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.test_crypto_primitives import EXAMPLE, EXAMPLE_PUBLIC

from cotransfer.adapters.crypto import sm2
from cotransfer.adapters.crypto.macs import hmac_sm3
from cotransfer.adapters.wire.signing import (
    BadSignature,
    CheckingKey,
    Flaw,
    Scheme,
    Signer,
    SigningKey,
    Verifier,
    base64s,
    checking_key,
    draw_pair,
    draw_secret,
    signing_key,
)
from cotransfer.adapters.wire.signing.key_texts import shared_key

AT = datetime(2026, 6, 1, 8, 0, 0, tzinfo=UTC)
BODY = '{"outcome":"passed","note":"过户"}'.encode()
PRIVATE, PUBLIC = draw_pair()
SECRET = draw_secret()


def pair(scheme: Scheme) -> tuple[SigningKey, CheckingKey]:
    """Both halves of one key of a scheme."""
    texts = {Scheme.ED25519: (PRIVATE, PUBLIC), Scheme.SM2: (EXAMPLE, EXAMPLE_PUBLIC)}.get(scheme, (SECRET, SECRET))
    return signing_key(scheme, texts[0]), checking_key(scheme, texts[1])


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as a server receives them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def why(act: Callable[[], object]) -> Flaw:
    """For which reason `act` is refused."""
    with pytest.raises(BadSignature) as refused:
        act()
    assert str(refused.value) == "The message is not signed as agreed."
    return refused.value.why


SCHEMES = [
    pytest.param(
        scheme,
        marks=pytest.mark.skipif(
            scheme is Scheme.SM2 and not sm2.available(), reason="The extra cotransfer[sm] is not installed."
        ),
        id=scheme.value,
    )
    for scheme in Scheme
]


class TestOracle:
    def test_what_we_sign_the_official_library_takes(self):
        """`standardwebhooks` knows v1 and passes over what it does not know, such as our v1sm3."""
        now = datetime.now(UTC)
        signer = Signer([signing_key(Scheme.HMAC_SM3, draw_secret()), signing_key(Scheme.HMAC_SHA256, SECRET)])
        read = standardwebhooks.Webhook(SECRET).verify(BODY, signer.headers("msg_1", now, BODY))
        assert read == json.loads(BODY)

    @given(body=st.text(max_size=200), at=st.integers(1_000_000_001, 9_999_999_990))
    def test_what_the_official_library_signs_we_take(self, body: str, at: int):
        """Any text, at any time of ten digits."""
        moment = datetime.fromtimestamp(at, UTC)
        signature = standardwebhooks.Webhook(SECRET).sign("msg_1", moment, body)
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}
        verifier = Verifier([checking_key(Scheme.HMAC_SHA256, SECRET)])
        assert verifier.check(raw(headers), body.encode(), moment).message_id == "msg_1"

    def test_the_answer_that_all_libraries_of_the_standard_know(self):
        """The suites of seven languages share this signature; it begins g0hM9SsE."""
        key = signing_key(Scheme.HMAC_SHA256, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        at = datetime.fromtimestamp(1614265330, UTC)
        headers = Signer([key]).headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class TestSchemes:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_each_scheme_takes_its_own(self, scheme: Scheme):
        """And says which message it was, from when, by which key."""
        signing, checking = pair(scheme)
        verified = Verifier([checking]).check(raw(Signer([signing]).headers("m-1_X", AT, BODY)), BODY, AT)
        assert (verified.message_id, verified.timestamp, verified.key_id) == ("m-1_X", AT, checking.id)

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_each_scheme_stands_under_its_name(self, scheme: Scheme):
        """One scheme's signature under another's name is nothing."""
        signing, checking = pair(scheme)
        headers = Signer([signing]).headers("m", AT, BODY)
        assert headers["webhook-signature"].startswith(f"{scheme.value},")
        for other in set(Scheme) - {scheme}:
            renamed = {
                **headers,
                "webhook-signature": headers["webhook-signature"].replace(scheme.value, other.value, 1),
            }
            with pytest.raises(BadSignature) as refused:
                Verifier([checking]).check(raw(renamed), BODY, AT)
            assert refused.value.why is Flaw.NO_KNOWN_SCHEME

    def test_v1sm3_is_hmac_sm3(self):
        """The content is the standard's, the MAC is ours."""
        raw_secret = base64s.read(SECRET.removeprefix("whsec_"))
        headers = Signer([signing_key(Scheme.HMAC_SM3, SECRET)]).headers("m", AT, BODY)
        mac = hmac_sm3(raw_secret, f"m.{int(AT.timestamp())}.".encode() + BODY)
        assert headers["webhook-signature"] == f"v1sm3,{base64s.written(mac)}"

    def test_an_edwards_key_with_its_public_half_behind_is_the_same_key(self):
        """Some libraries keep 64 bytes; halves that are no pair are refused."""
        seed, public = (base64s.read(text.split("_")[1]) for text in (PRIVATE, PUBLIC))
        longer = signing_key(Scheme.ED25519, "whsk_" + base64s.written(seed + public))
        assert longer.id == signing_key(Scheme.ED25519, PRIVATE).id
        with pytest.raises(ValueError, match="not a pair"):
            signing_key(Scheme.ED25519, "whsk_" + base64s.written(seed + bytes(32)))


class TestRotation:
    OLD, NEW = (shared_key(Scheme.HMAC_SHA256, draw_secret()) for _ in range(2))

    @pytest.mark.parametrize(
        ("signs", "checks"),
        [((OLD,), (OLD, NEW)), ((NEW,), (OLD, NEW)), ((OLD, NEW), (OLD,)), ((OLD, NEW), (NEW,))],
    )
    def test_either_side_may_change_first(self, signs: tuple[SigningKey, ...], checks: tuple[CheckingKey, ...]):
        """While one of the two has both keys, every message is understood."""
        headers = Signer(signs).headers("m", AT, BODY)
        assert Verifier(checks).check(raw(headers), BODY, AT).message_id == "m"

    def test_a_key_that_was_taken_away_is_nothing(self):
        """The end of a rotation."""
        headers = Signer([self.OLD]).headers("m", AT, BODY)
        assert why(lambda: Verifier([self.NEW]).check(raw(headers), BODY, AT)) is Flaw.NO_MATCH

    def test_one_key_or_two(self):
        """More would only be forgotten; the same one twice is no rotation."""
        third = shared_key(Scheme.HMAC_SHA256, draw_secret())
        for keys in ([], [self.OLD, self.NEW, third], [self.OLD, self.OLD]):
            for side in (Signer, Verifier):
                with pytest.raises(ValueError):
                    side(keys)


class TestKeyTexts:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "secret",
            "whsec_",
            "whsec_!!!!",
            "whsec_" + base64s.written(bytes(23)),
            "whsec_" + base64s.written(bytes(65)),
            "whsec_" + base64s.written(bytes(32)).rstrip("="),
            "WHSEC_" + base64s.written(bytes(32)),
            "whsk_" + base64s.written(bytes(32)),
            " whsec_" + base64s.written(bytes(32)),
        ],
    )
    def test_a_weak_or_odd_secret_is_refused_unseen(self, text: str):
        """24 to 64 bytes after the prefix; the refusal says what is right and does not show what was given."""
        with pytest.raises(ValueError, match="whsec_ followed by the base64 of 24 to 64 bytes") as refused:
            signing_key(Scheme.HMAC_SHA256, text)
        assert len(text) < 10 or text not in str(refused.value)

    @pytest.mark.parametrize("size", [24, 32, 64])
    def test_a_secret_of_the_standards_sizes_is_taken(self, size: int):
        """Ours have 32 bytes."""
        assert signing_key(Scheme.HMAC_SHA256, "whsec_" + base64s.written(b"x" * size)).id

    def test_drawn_keys_are_new_each_time(self):
        """32 bytes from the system's generator."""
        assert len({draw_secret() for _ in range(20)}) == 20
        assert len(base64s.read(draw_secret().removeprefix("whsec_"))) == 32
        assert draw_pair() != draw_pair()

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_nothing_secret_is_printed(self, scheme: Scheme):
        """Keys, signers and verifiers may stand in a log line."""
        signing, checking = pair(scheme)
        shown = f"{signing!r} {signing!s} {Signer([signing])!r} {Verifier([checking])!r}"
        for secret in (SECRET, PRIVATE, EXAMPLE[:64]):
            bare = secret.split("_")[-1]
            assert bare not in shown
        assert str(base64s.read(SECRET.removeprefix("whsec_"))) not in shown
        assert "***" in repr(signing)
        assert signing.id in shown


class TestWindow:
    @pytest.mark.parametrize("age_s", [-300, -299, 0, 299, 300])
    def test_five_minutes_either_way(self, age_s: int):
        """Clocks differ, and messages travel."""
        signing, checking = pair(Scheme.HMAC_SHA256)
        headers = Signer([signing]).headers("m", AT, BODY)
        assert Verifier([checking]).check(raw(headers), BODY, AT + timedelta(seconds=age_s)).timestamp == AT

    @pytest.mark.parametrize(("age_s", "flaw"), [(301, Flaw.TOO_OLD), (-301, Flaw.TOO_NEW), (10**8, Flaw.TOO_OLD)])
    def test_outside_it_is_refused(self, age_s: int, flaw: Flaw):
        """A capture from yesterday, or a clock that is off."""
        signing, checking = pair(Scheme.HMAC_SHA256)
        headers = Signer([signing]).headers("m", AT, BODY)
        assert why(lambda: Verifier([checking]).check(raw(headers), BODY, AT + timedelta(seconds=age_s))) is flaw


class TestComparisons:
    def test_every_comparison_takes_constant_time(self, monkeypatch: pytest.MonkeyPatch):
        """All signatures of the scheme are compared with every key by `compare_digest`, whichever agrees first."""
        compared: list[tuple[bytes, bytes]] = []
        right = hmac.compare_digest

        def spy(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return right(one, other)

        old, new = (shared_key(Scheme.HMAC_SHA256, draw_secret()) for _ in range(2))
        headers = Signer([old, new]).headers("m", AT, BODY)
        headers["webhook-signature"] += f" v1,{base64s.written(bytes(32))} v1,{base64s.written(b'short')}"
        monkeypatch.setattr(hmac, "compare_digest", spy)
        Verifier([old, new]).check(raw(headers), BODY, AT)
        assert len(compared) == 2 * 4

    def test_bytes_that_are_not_text_are_signed_like_any_other(self):
        """The bytes count, not what somebody makes of them."""
        signing, checking = pair(Scheme.HMAC_SHA256)
        body = b"\xff\xfe\x00{"
        verified = Verifier([checking]).check(raw(Signer([signing]).headers("m", AT, body)), body, AT)
        assert verified.key_id == checking.id

    def test_a_wrong_id_of_our_own_is_our_mistake(self):
        """Found before anything leaves."""
        signing, _ = pair(Scheme.HMAC_SHA256)
        for wrong in ("", "a b", "a.b", "x" * 65, "過", "m\n"):
            with pytest.raises(ValueError, match="1 to 64"):
                Signer([signing]).headers(wrong, AT, BODY)


VERIFIER = Verifier([pair(Scheme.HMAC_SHA256)[1], pair(Scheme.ED25519)[1]])
NAMES = st.sampled_from([b"webhook-id", b"webhook-timestamp", b"webhook-signature", b"Webhook-Id", b"x"])
VALUES = st.one_of(
    st.binary(max_size=80),
    st.just(str(int(AT.timestamp())).encode()),
    st.from_regex(rb"v1a?,[A-Za-z0-9+/]{0,90}={0,3}", fullmatch=True),
    st.from_regex(rb"[A-Za-z0-9_-]{1,64}", fullmatch=True),
)


class TestAnything:
    @given(headers=st.lists(st.tuples(NAMES, VALUES), max_size=6), body=st.binary(max_size=200))
    def test_nothing_but_bad_signature_is_ever_raised(self, headers: list[tuple[bytes, bytes]], body: bytes):
        """Whatever comes, it is refused in the one way."""
        why(lambda: VERIFIER.check(headers, body, AT))

    @given(
        message_id=st.binary(max_size=70),
        timestamp=st.one_of(st.just(str(int(AT.timestamp())).encode()), st.binary(max_size=12)),
        signature=VALUES,
        body=st.binary(max_size=50),
    )
    def test_nor_with_all_three_headers_there(self, message_id: bytes, timestamp: bytes, signature: bytes, body: bytes):
        """The same, further in."""
        headers = [
            (b"webhook-id", message_id),
            (b"webhook-timestamp", timestamp),
            (b"webhook-signature", signature),
        ]
        why(lambda: VERIFIER.check(headers, body, AT))

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_one_bit_flipped_anywhere_is_refused(self, scheme: Scheme):
        """Every bit of id, time, signature and body counts."""
        signing, checking = pair(scheme)
        verifier = Verifier([checking])
        headers = raw(Signer([signing]).headers("message-1", AT, BODY))
        for nth, (name, value) in enumerate(headers):
            for changed in flips(value):
                tampered = [*headers[:nth], (name, changed), *headers[nth + 1 :]]
                with pytest.raises(BadSignature):
                    verifier.check(tampered, BODY, AT)
        for changed in flips(BODY):
            with pytest.raises(BadSignature):
                verifier.check(headers, changed, AT)


def flips(value: bytes) -> list[bytes]:
    """`value` with each of its bits flipped in turn."""
    return [
        value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :] for at in range(len(value)) for bit in range(8)
    ]
