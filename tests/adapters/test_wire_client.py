"""The line to a counterparty: what every answer means, and how a failing line fails."""

import datetime
import gzip
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from cotransfer.adapters.wire import correlation
from cotransfer.adapters.wire.base_address import checked_address
from cotransfer.adapters.wire.client import Allowance, Line, understood
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.messages import message
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible

NOW = datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.UTC)
IN_AN_HOUR = "Mon, 23 Nov 2026 09:00:00 GMT"
LAST_YEAR = "Sun, 23 Nov 2025 09:00:00 GMT"
IN_A_YEAR = "Tue, 23 Nov 2027 09:00:00 GMT"
PROBLEM = {"content-type": "application/problem+json"}
JSON = {"content-type": "application/json"}

Handler = Callable[[httpx.Request], httpx.Response]


def line_to(handler: Handler, **more: Any) -> Line:
    """A line to somebody who answers as `handler` does."""
    transport = httpx.MockTransport(handler)
    return Line(
        "https://water.example/api", name="water", party=Party.UTILITY, transport=transport, now=lambda: NOW, **more
    )


def always(status: int, headers: dict[str, str] | None = None, content: bytes = b"{}") -> Handler:
    """The same answer to everything."""
    return lambda _: httpx.Response(status, headers=headers or JSON, content=content)


async def failure(handler: Handler) -> Unavailable | Unintelligible:
    """How a call fails."""
    async with line_to(handler) as line:
        with pytest.raises((Unavailable, Unintelligible)) as raised:
            await line.post("/v1/applications", {"a": 1}, key="k")
    error = raised.value
    assert isinstance(error, Unavailable | Unintelligible)
    return error


class Renewed:
    """A source that always has another token."""

    async def current(self) -> str:
        """The first."""
        return "one"

    async def renewed(self, spoilt: str) -> str:
        """The next."""
        return f"not-{spoilt}"

    async def aclose(self) -> None:
        """Nothing to end."""


class TestUnavailable:
    """The table's rows for a line or a party that is away."""

    @pytest.mark.parametrize(
        ("status", "headers", "certain", "wait_s"),
        [
            (429, {}, True, None),
            (429, {"retry-after": "7"}, True, 7),
            (503, {}, False, None),
            (503, {"retry-after": "120"}, False, 120),
            (503, {"retry-after": "0"}, False, 0),
            (503, {"retry-after": "99999999"}, False, 6 * 3600),
            (503, {"retry-after": IN_AN_HOUR}, False, 3600),
            (503, {"retry-after": LAST_YEAR}, False, 0),
            (503, {"retry-after": IN_A_YEAR}, False, 6 * 3600),
            (503, {"retry-after": "soon"}, False, None),
            (503, {"retry-after": "-5"}, False, None),
            (503, {"retry-after": "1.5"}, False, None),
            (503, {"retry-after": "9" * 400}, False, None),
            (503, {"retry-after": "Mon, 99 Nov 99999 09:00:00 GMT"}, False, None),
            (500, {}, False, None),
            (502, {}, False, None),
            (504, {}, False, None),
            (599, {}, False, None),
            (408, {}, False, None),
            (409, {"retry-after": "1"}, False, 1),
        ],
    )
    async def test_away_for_now(
        self, status: int, headers: dict[str, str], certain: bool, wait_s: float | None
    ) -> None:
        """The counterparty's own trouble: its fault, and only a turned-away request is certain to have done nothing."""
        error = await failure(always(status, JSON | headers))
        assert isinstance(error, Unavailable)
        assert (error.party, error.certain, error.retry_after_s) == (Party.UTILITY, certain, wait_s)

    @pytest.mark.parametrize(
        ("raised", "certain", "tries"),
        [
            (httpx.ConnectError("x"), True, 2),
            (httpx.ConnectTimeout("x"), True, 2),
            (httpx.PoolTimeout("x"), True, 1),
            (httpx.ReadTimeout("x"), False, 1),
            (httpx.WriteTimeout("x"), False, 1),
            (httpx.ReadError("x"), False, 1),
            (httpx.WriteError("x"), False, 1),
            (httpx.CloseError("x"), False, 1),
            (httpx.RemoteProtocolError("x"), False, 1),
            (TimeoutError("x"), False, 1),
        ],
    )
    async def test_no_answer(self, raised: Exception, certain: bool, tries: int) -> None:
        """Nobody's fault but the line's; certain only when nothing was sent. Tried once more at once when there was no
        connection: who has none left of their own would only wait twice.
        """
        calls = 0

        def break_off(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            raise raised

        error = await failure(break_off)
        assert isinstance(error, Unavailable)
        assert (error.party, error.certain, calls) == (Party.NETWORK, certain, tries)

    async def test_the_second_try_may_work(self) -> None:
        """A counterparty that restarts is not away."""
        answers: Iterator[Exception | None] = iter([httpx.ConnectError("x"), None])

        def restart(_: httpx.Request) -> httpx.Response:
            if error := next(answers):
                raise error
            return httpx.Response(200, json={"a": 1})

        async with line_to(restart) as line:
            assert await line.post("/x", {}) == {"a": 1}

    async def test_the_second_try_is_over_within_two_seconds(self) -> None:
        """One layer repeats, and that is the agenda: here the second try may take what is left of two seconds, no more;
        the next call, the same request with another token for one, has its whole time again.
        """
        given: list[dict[str, float]] = []

        def closed(request: httpx.Request) -> httpx.Response:
            given.append(request.extensions["timeout"])
            if len(given) != 2:
                raise httpx.ConnectError("x")
            return httpx.Response(401)

        async with line_to(closed, token=Renewed()) as line:
            with pytest.raises(Unavailable):
                await line.post("/x", {})
        connect = [one["connect"] for one in given]
        assert connect[::2] == [Allowance().connect_s] * 2
        assert all(0 < one <= 1.9 for one in connect[1::2])
        assert all(0 < one["pool"] <= 1.9 for one in given[1::2])
        assert {one["read"] for one in given} == {Allowance().read_s}

    async def test_no_second_try_when_the_first_took_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who has waited for the whole of the time that a second try may be in is not made to wait again."""
        monkeypatch.setattr("cotransfer.adapters.wire.client.AGAIN_WITHIN_S", 0.0)
        calls = 0

        def closed(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            raise httpx.ConnectTimeout("x")

        assert isinstance(await failure(closed), Unavailable)
        assert calls == 1

    async def test_an_answer_that_breaks_off_is_never_certain(self) -> None:
        """Whatever the error is called: once an answer has begun, the request is out."""

        async def torn() -> Any:
            yield b"{"
            raise httpx.ConnectTimeout("so called")

        error = await failure(lambda _: httpx.Response(200, headers=JSON, content=torn()))
        assert isinstance(error, Unavailable)
        assert not error.certain


class TestUnintelligible:
    """The table's rows for an answer that the contract does not allow."""

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 304])
    async def test_redirects_are_not_followed(self, status: int) -> None:
        """A counterparty has one agreed address; whatever else it names is not called."""
        calls = 0

        def elsewhere(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            return httpx.Response(status, headers={"location": "https://elsewhere.example/"})

        error = await failure(elsewhere)
        assert isinstance(error, Unintelligible)
        assert calls == 1

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451])
    async def test_our_request_is_refused(self, status: int) -> None:
        """Sending it again would change nothing: the operator must look, and is told the problem's code."""
        error = await failure(always(status, PROBLEM, b'{"code":"invalid_fields","detail":"5301..."}'))
        assert isinstance(error, Unintelligible)
        assert error.what == f"water answered {status} (invalid_fields)."
        assert error.party is Party.UTILITY
        assert isinstance(error, NotAdmitted) == (status == 401)

    async def test_a_token_that_is_not_taken_did_nothing(self) -> None:
        """§2.4: after one token anew, a 401 is for a person; whatever was asked was surely not done."""
        calls = 0

        def closed(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            return httpx.Response(401)

        async with line_to(closed, token=Renewed()) as line:
            with pytest.raises(NotAdmitted) as raised:
                await line.post("/x", {})
        assert (calls, raised.value.certain, raised.value.party) == (2, True, Party.UTILITY)

    @pytest.mark.parametrize(
        ("headers", "content"),
        [
            (PROBLEM, b'{"code":"Li Xiaoman 530102199003071238"}'),
            (PROBLEM, b'{"code":["x"]}'),
            (PROBLEM, b'{"detail":"x"}'),
            (PROBLEM, b"[]"),
            (PROBLEM, b"{"),
            ({"content-type": "text/html"}, b'{"code":"invalid_fields"}'),
        ],
    )
    async def test_a_problem_without_a_code_stays_silent(self, headers: dict[str, str], content: bytes) -> None:
        """Nothing that a counterparty wrote gets into our texts, but a code that is one."""
        error = await failure(always(422, headers, content))
        assert error.what == "water answered 422."

    @pytest.mark.parametrize(
        ("headers", "content"),
        [
            ({"content-type": "text/html"}, b"{}"),
            ({"content-type": "application/problem+json"}, b"{}"),
            ({"content-type": ""}, b"{}"),
            ({}, b"{}"),
            ({"content-type": "application/json", "content-encoding": "gzip"}, gzip.compress(b"{}", mtime=0)),
            (JSON, b""),
            (JSON, b"<html>"),
            (JSON, b'{"a":1,"a":2}'),
            (JSON, b"NaN"),
            (JSON, b"[]"),
            (JSON, b"null"),
            (JSON, b'"ok"'),
            (JSON, b" " * (256 * 1024) + b"{}"),
        ],
    )
    async def test_a_success_must_be_a_strict_json_object(self, headers: dict[str, str], content: bytes) -> None:
        """What cannot be read is no success."""
        error = await failure(lambda _: httpx.Response(200, headers=headers, content=content))
        assert isinstance(error, Unintelligible)
        assert error.party is Party.UTILITY

    async def test_no_content_is_no_answer(self) -> None:
        """204 says nothing about the application."""
        assert isinstance(await failure(lambda _: httpx.Response(204)), Unintelligible)


class TestAbsence:
    """The one refusal that is an answer."""

    @pytest.mark.parametrize("verb", ["find", "show"])
    async def test_the_agreed_404_is_none(self, verb: str) -> None:
        """Steps 3 and 5: no such account, no such application."""
        async with line_to(always(404, PROBLEM, b'{"code":"account_unknown"}')) as line:
            if verb == "find":
                assert await line.find("/v1/accounts/search", {}, absent="account_unknown") is None
            else:
                assert await line.show("/v1/accounts/1", absent="account_unknown") is None

    @pytest.mark.parametrize(
        ("status", "content"),
        [(404, b'{"code":"not_found"}'), (404, b"{}"), (404, b""), (410, b'{"code":"account_unknown"}')],
    )
    async def test_any_other_is_unintelligible(self, status: int, content: bytes) -> None:
        """A wrong address must not read as an absence."""
        async with line_to(always(status, PROBLEM, content)) as line:
            with pytest.raises(Unintelligible):
                await line.find("/v1/accounts/search", {}, absent="account_unknown")


class TestRequests:
    """What leaves us."""

    async def sent(self, **more: Any) -> httpx.Request:
        """The request of a post."""
        requests: list[httpx.Request] = []

        def keep(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return httpx.Response(200, json={}, headers={"set-cookie": "tracked=1; Path=/"})

        async with line_to(keep, token="s3cret", headers={"X-City": "kunming"}, **more) as line:
            await line.post("/v1/x", {"b": "张", "a": 1}, key="k-1", query={"access_token": "t"})
            await line.post("/v1/x", {"b": "张", "a": 1}, key="k-1", query={"access_token": "t"})
        return requests[-1]

    async def test_a_post_is_complete(self) -> None:
        """Address below the base, canonical body, key, token, correlation; no compression, no cookie."""
        correlation.begin("from-the-platform")
        request = await self.sent()
        assert str(request.url) == "https://water.example/api/v1/x?access_token=t"
        assert request.content == '{"a":1,"b":"张"}'.encode()
        headers = request.headers
        assert headers["content-type"] == "application/json"
        assert headers["idempotency-key"] == "k-1"
        assert headers["authorization"] == "Bearer s3cret"
        assert headers["x-city"] == "kunming"
        assert headers["x-correlation-id"] == "from-the-platform"
        assert headers["accept-encoding"] == "identity"
        assert "cookie" not in headers

    async def test_the_environment_has_no_say(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No proxy and no password from outside the settings."""
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
        monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
        assert (await self.sent()).url.host == "water.example"

    async def test_a_token_in_a_query_stays_out_of_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        """httpx logs every address; some counterparties want their token there."""
        with caplog.at_level(logging.INFO, logger="httpx"):
            await self.sent()
        assert "https://water.example/api/v1/x" in caplog.text
        assert "access_token" not in caplog.text

    async def test_a_counterparty_may_name_json_otherwise(self) -> None:
        """WeChat says text/plain and means JSON."""
        async with line_to(always(200, {"content-type": "text/plain"}), media_types={"text/plain"}) as line:
            assert await line.post("/x", {}) == {}

    async def test_an_answer_may_be_as_large_as_allowed(self) -> None:
        """A registry lists many homes; the limit is the line's."""
        large = b'{"a":"' + b"a" * 200_000 + b'"}'
        async with line_to(always(200, JSON, large)) as line:
            assert len(str((await line.post("/x", {}))["a"])) == 200_000
        async with line_to(always(200, JSON, large), allowance=Allowance(answer_bytes=1000)) as line:
            with pytest.raises(Unintelligible, match="more than 1000 bytes"):
                await line.post("/x", {})


class TestAddresses:
    """Where a line may lead."""

    @pytest.mark.parametrize(
        "address",
        [
            "https://a.example",
            "https://a.example:8443/api/v1",
            "http://127.0.0.1:8001",
            "http://localhost:1",
            "http://[::1]:1",
        ],
    )
    def test_https_or_this_machine(self, address: str) -> None:
        """Personal data never travel in clear between machines."""
        assert str(checked_address(address)) == address

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "a.example",
            "//a.example",
            "https://",
            "http://a.example",
            "http://127.0.0.1.example",
            "http://127.0.0.2",
            "http://10.0.0.1",
            "ftp://a.example",
            "file:///etc/passwd",
            "https://user:password@a.example",
            "https://a.example?x=1",
            "https://a.example#x",
            "https://a.example:port",
            "https://a b",
        ],
    )
    def test_anything_else_is_refused(self, address: str) -> None:
        """The sentence says what is wanted, and never shows the address: it may hold a password."""
        with pytest.raises(ValueError, match="A counterparty's address") as raised:
            checked_address(address)
        assert "password" not in str(raised.value)


class TestWhatTheyCallIt:
    """The other side's id of an exchange: from the header of any answer, else from its problem; never trusted."""

    async def told(self, handler: Handler, body: Mapping[str, object] | None = None) -> Correlation:
        """The ids that the failure of a call under `c-1` is told under."""
        correlation.begin("c-1")
        async with line_to(handler) as line:
            with pytest.raises((Unavailable, Unintelligible)) as raised:
                await line.post("/x", body or {})
        error = raised.value
        assert isinstance(error, Unavailable | Unintelligible)
        assert error.correlation.ours == "c-1"
        return error.correlation

    @pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 409, 422, 429, 500, 503])
    async def test_of_whatever_answer(self, status: int) -> None:
        """Failures and successes that cannot be read alike."""
        answered = always(status, {"content-type": "text/html", "X-Correlation-Id": "kw-77812"}, b"<html>")
        assert (await self.told(answered)).theirs == "kw-77812"

    async def test_of_a_problem(self) -> None:
        """Where the header does not tell, its member does; where both do, the header."""
        body = b'{"code":"internal","correlation_id":"kw-1"}'
        assert (await self.told(always(500, PROBLEM, body))).theirs == "kw-1"
        assert (await self.told(always(500, PROBLEM | {"X-Correlation-Id": "kw-2"}, body))).theirs == "kw-2"

    async def test_ours_taken_over(self) -> None:
        """As the contract asks: both sides call it the same."""
        assert (await self.told(always(500, {"X-Correlation-Id": "c-1"}))).theirs == "c-1"

    async def test_of_a_success_that_breaks_the_contract(self) -> None:
        """What is wrong with it is found out later, and is told under the same ids."""
        correlation.begin("c-1")
        async with line_to(always(200, JSON | {"X-Correlation-Id": "kw-77812"})) as line:
            await line.post("/x", {})
        assert Unintelligible(Party.UTILITY, "It answered with another account.").correlation == Correlation(
            ours="c-1", theirs="kw-77812"
        )

    @pytest.mark.parametrize(
        "told",
        [
            "530102199003071238",
            "13888000001",
            "kw 1",
            "kw-1; Path=/",
            "a" * 65,
            "<script>",
            "",
        ],
    )
    async def test_what_is_no_id_is_dropped(self, told: str) -> None:
        """Neither a person's number, nor anything that is no plain word; nor anything but a text in a problem."""
        assert (await self.told(always(500, {"X-Correlation-Id": told}))).theirs is None
        problem = json.dumps({"code": "internal", "correlation_id": told}).encode()
        assert (await self.told(always(500, PROBLEM, problem))).theirs is None
        assert (await self.told(always(500, PROBLEM, b'{"correlation_id":["kw-1"]}'))).theirs is None

    async def test_what_we_sent_is_no_id_of_theirs(self) -> None:
        """A sloppy system calls an exchange by the account that it is about."""
        answered = always(500, {"X-Correlation-Id": "1024000123"})
        assert (await self.told(answered, {"account_number": "1024000123"})).theirs is None
        assert (await self.told(answered, {"account_number": "1024000124"})).theirs == "1024000123"

    async def test_where_nobody_answered(self) -> None:
        """There is none; not even that of the answer before."""

        def torn(_: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("x")

        assert (await self.told(always(500, {"X-Correlation-Id": "kw-1"}))).theirs == "kw-1"
        assert (await self.told(torn)).theirs is None

    async def test_of_the_second_answer(self) -> None:
        """With a token anew the request goes out once more: the last answer counts."""
        names = iter(("kw-1", "kw-2"))
        correlation.begin("c-1")

        def closed(_: httpx.Request) -> httpx.Response:
            return httpx.Response(401, headers={"X-Correlation-Id": next(names)})

        async with line_to(closed, token=Renewed()) as line:
            with pytest.raises(NotAdmitted) as raised:
                await line.post("/x", {})
        assert raised.value.correlation == Correlation(ours="c-1", theirs="kw-2")


class TestCorrelation:
    """One identifier for all that a request sets off."""

    @pytest.mark.parametrize("asked", [None, "", "a b", "x" * 65, "张", "a\nb", "530102199003071238", "13888000001"])
    def test_an_unfit_one_is_replaced(self, asked: str | None) -> None:
        """Nothing of what was asked gets into our headers and logs."""
        drawn = correlation.begin(asked)
        assert len(drawn) == 24
        assert correlation.current() == drawn

    def test_a_fit_one_is_kept(self) -> None:
        """So that the platform finds its own request again."""
        assert correlation.begin("req_42-A") == correlation.current() == "req_42-A"


@pytest.mark.parametrize("name", ["李小满", "530102199003071238", "oInvented_0001", "a.530102199003071238"])
def test_a_made_up_field_is_not_repeated(name):
    """What a counterparty calls a field of its own may be somebody's name or number: it is not told on."""
    line = line_to(always(200))
    with pytest.raises(Unintelligible) as told:
        understood(line, message(dict), {name: 1}, Terms(on=datetime.date(2026, 3, 2)))
    assert name not in str(told.value)
    assert "a field of its own (unknown_field)" in str(told.value)
