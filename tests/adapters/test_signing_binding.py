"""What a signature is over beside the body, who has to sign, and that a line signs the very bytes it sends."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.signing import (
    BadSignature,
    Demand,
    Flaw,
    Incoming,
    Policy,
    Scheme,
    SharedKey,
    Signatures,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    binding,
    target_of,
)
from cotransfer.domain.parties import Party

AT = datetime(2026, 6, 1, 8, 0, 0, tzinfo=UTC)
KEY = SharedKey(Scheme.HMAC_SHA256, b"a secret of thirty-two bytes ...")
TEXTS = st.text(max_size=80)


class TestIds:
    @given(method=TEXTS, target=TEXTS, key=TEXTS)
    def test_every_id_is_one_of_the_standards_grammar(self, method: str, target: str, key: str):
        """Whatever it is made of; and it is bound to what it was made of."""
        made = binding.message_id(method, target, key)
        assert 26 <= len(made) <= 64
        assert set(made) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
        binding.check_bound(made, method=method, target=target, key=key)

    @pytest.mark.parametrize("key", ["019aaf3e-6b00-7c21-9d5e-0123456789ab", "k" * 39, "k" * 40, "k" * 64, "_", "a_b"])
    def test_the_same_message_has_the_same_id(self, key: str):
        """However often it is sent, so that the other side may know it again; another key is another message."""
        first, again = (binding.message_id("POST", "/v1/x", key) for _ in range(2))
        assert first == again
        assert first != binding.message_id("POST", "/v1/x", key[:-1] + "!")
        assert first.startswith(f"{key}_") == (len(key) <= 39)

    def test_without_a_key_each_message_is_another(self):
        """A question may be asked twice."""
        assert len({binding.message_id("POST", "/v1/x", "") for _ in range(10)}) == 10

    @given(one=st.tuples(TEXTS, TEXTS, TEXTS), other=st.tuples(TEXTS, TEXTS, TEXTS))
    def test_another_target_is_another_tag(self, one: tuple[str, str, str], other: tuple[str, str, str]):
        """Method, target and key each count, with their borders, for everything that HTTP lets stand there."""
        parts = [tuple(text.replace(" ", "").replace("\n", "") for text in each) for each in (one, other)]
        assert (binding.tag(*parts[0]) == binding.tag(*parts[1])) == (parts[0] == parts[1])


class TestTargets:
    @pytest.mark.parametrize(
        ("raw_path", "query", "target"),
        [
            (b"/v1/x", b"", "/v1/x"),
            (b"/v1/%78", b"", "/v1/%78"),
            (b"/v1/x", b"a=1&b=%20", "/v1/x?a=1&b=%20"),
            (b"/v1/\xff", b"", "/v1/ÿ"),
        ],
    )
    def test_a_target_is_what_stood_on_the_wire(self, raw_path: bytes, query: bytes, target: str):
        """Undecoded: two spellings of an address are two targets."""
        assert target_of({"path": "/v1/x", "raw_path": raw_path, "query_string": query}) == target

    def test_without_the_raw_path_the_decoded_one_serves(self):
        """A server need not give it (ASGI 3)."""
        assert target_of({"path": "/v1/x"}) == "/v1/x"


def signed(body: bytes = b"{}", target: str = "/v1/x", key: str = "k") -> list[tuple[bytes, bytes]]:
    """Headers of a right request."""
    headers = Signer([KEY]).headers(binding.message_id("POST", target, key), AT, body)
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def coming(headers: list[tuple[bytes, bytes]], target: str = "/v1/x") -> Incoming:
    """A request with these headers."""
    return Incoming(method="POST", target=target, key="k", headers=headers, body=b"{}", at=AT)


def policies(demand: Demand) -> Signatures:
    """One partner under a policy."""
    return Signatures({"water": Policy(check=StandardCheck(Verifier([KEY])), demand=demand)})


class TestPolicies:
    async def test_who_agreed_to_nothing_is_not_asked(self):
        """The token says who is calling; a signature is more, where it was agreed."""
        assert (await policies(Demand.REQUIRED).check("platform", coming([]))).key_id is None

    async def test_who_has_to_sign_is_refused_without(self):
        """Taking the headers away must not help."""
        with pytest.raises(BadSignature) as refused:
            await policies(Demand.REQUIRED).check("water", coming([]))
        assert refused.value.why is Flaw.ABSENT

    async def test_while_a_partner_learns_to_sign_what_is_signed_is_checked(self):
        """Unsigned passes, signed right passes with the key's name, signed wrong is refused."""
        gate = policies(Demand.IF_PRESENT)
        assert (await gate.check("water", coming([]))).key_id is None
        assert (await gate.check("water", coming(signed()))).key_id == KEY.id
        for headers in (signed(b"other"), signed()[:1], signed()[2:]):
            with pytest.raises(BadSignature):
                await gate.check("water", coming(headers))

    async def test_a_report_sent_on_to_another_transfer_is_refused(self):
        """The redirect attack: the first delivery of a right message, at another address."""
        gate = policies(Demand.REQUIRED)
        headers = signed(target="/v1/utility/transfers/A/handling")
        assert (await gate.check("water", coming(headers, "/v1/utility/transfers/A/handling"))).key_id
        with capture_logs() as told, pytest.raises(BadSignature):
            await gate.check("water", coming(headers, "/v1/utility/transfers/B/handling"))
        assert [line["why"] for line in told] == ["other_target"]

    async def test_one_partners_key_is_nothing_in_anothers_name(self):
        """Keys belong to a partner."""
        other = SharedKey(Scheme.HMAC_SHA256, b"another secret of 32 bytes .....")
        gate = Signatures({"gas": Policy(check=StandardCheck(Verifier([other])))})
        with pytest.raises(BadSignature):
            await gate.check("gas", coming(signed()))


class TestLine:
    @staticmethod
    def line(seen: list[httpx.Request], base: str = "https://water.example/api/water") -> Line:
        """A line that signs; what arrives is kept."""

        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200, json={})

        return Line(
            base,
            name="water",
            party=Party.UTILITY,
            transport=httpx.MockTransport(answer),
            now=lambda: AT,
            signer=StandardRequests(Signer([KEY])),
            headers_of=lambda: {"Audit-Checkpoint": "7 root signature"},
        )

    @staticmethod
    async def check(request: httpx.Request, target: str, key: str) -> None:
        """As the other side does, for which the address begins at the contract's path."""
        gate = policies(Demand.REQUIRED)
        incoming = Incoming(
            method=request.method, target=target, key=key, headers=request.headers.raw, body=request.content, at=AT
        )
        assert (await gate.check("water", incoming)).key_id == KEY.id

    @pytest.mark.parametrize("base", ["https://water.example", "https://water.example/", "https://h.example/a/b/"])
    async def test_every_post_is_signed_over_the_bytes_that_go_out(self, base: str):
        """With its key, or without one; whatever stands before the contract's path is not signed."""
        seen: list[httpx.Request] = []
        async with self.line(seen, base) as line:
            await line.post("/v1/applications", {"名": "值"}, key="transfer-1")
            await line.find("/v1/accounts/search", {"account_number": "1"}, absent="account_unknown")
            await line.post("/v1/x", {}, query={"access_token": "a b"})
        await self.check(seen[0], "/v1/applications", "transfer-1")
        await self.check(seen[1], "/v1/accounts/search", "")
        await self.check(seen[2], f"/v1/x?{seen[2].url.query.decode()}", "")

    async def test_a_get_has_no_body_and_is_not_signed(self):
        """Standard Webhooks signs messages."""
        seen: list[httpx.Request] = []
        async with self.line(seen) as line:
            await line.show("/v1/applications/1", absent="application_unknown")
        assert "webhook-id" not in seen[0].headers

    async def test_the_same_message_keeps_its_id(self):
        """A counterparty may forget what it has heard by this id."""
        seen: list[httpx.Request] = []
        async with self.line(seen) as line:
            for _ in range(2):
                await line.post("/v1/applications", {}, key="transfer-1")
        assert seen[0].headers["webhook-id"] == seen[1].headers["webhook-id"]

    async def test_more_headers_are_asked_for_at_each_request(self):
        """The audit trail's checkpoint goes along, whatever is asked."""
        seen: list[httpx.Request] = []
        async with self.line(seen) as line:
            await line.post("/v1/applications", {}, key="transfer-1")
            await line.show("/v1/applications/1", absent="application_unknown")
        assert [request.headers["audit-checkpoint"] for request in seen] == ["7 root signature"] * 2
