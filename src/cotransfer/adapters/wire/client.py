"""The line to one counterparty: its connections, its limits, and its one way of failing.

Never follows a redirect, never takes a proxy or a password from the environment, never sends a personal value in an
address, and never guesses: what is not a clear answer is `Unavailable` or `Unintelligible`.
"""

import asyncio
import re
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Protocol, Self, TypeVar

import httpx
import tenacity

from cotransfer.adapters.wire import correlation, verdicts
from cotransfer.adapters.wire.answers import gathered
from cotransfer.adapters.wire.base_address import checked_address
from cotransfer.adapters.wire.connection import Allowance, http_client
from cotransfer.adapters.wire.forms import Form, Terms
from cotransfer.adapters.wire.signing import BadSignature, Outgoing, RequestSigner
from cotransfer.adapters.wire.strict_json import NotStrict, dumps, loads
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.parties import Party
from cotransfer.ports import correlation as ids
from cotransfer.ports.errors import Unintelligible

__all__ = ["FAULTS_SHOWN", "Allowance", "Line", "Message", "Tokens", "understood"]

Message = dict[str, object]
T = TypeVar("T")
FAULTS_SHOWN = 10
AGAIN_AFTER_S = 0.1
AGAIN_WITHIN_S = 2.0
"""A call that found no connection is tried once more after so long, if that is over so long after it began."""
UNKNOWN_FIELD = "unknown_field"
_PLAIN = re.compile(r"(?!.*[0-9]{4})[a-z0-9_.]{1,80}")


class Tokens(Protocol):
    """Where access tokens come from (`tokens.TokenSource`)."""

    async def current(self) -> str:
        """One that should be good."""

    async def renewed(self, spoilt: str) -> str:
        """Another than `spoilt`, which was refused."""

    async def aclose(self) -> None:
        """No more will be asked for."""


class Line:
    """One counterparty over HTTP: `name` for texts and logs ("kunming-water"), `party` for the blame.

    Each verb gives the JSON object of a 2xx, strictly read, or raises `Unavailable` or `Unintelligible` as the table in
    `verdicts` says. `find` and `show` give None for a 404 whose problem bears the code `absent`; any other 404 is a
    wrong address, not an answer. `transport` is for tests (`httpx.MockTransport`, `httpx.ASGITransport`);
    `media_types` is for counterparties that name JSON otherwise. `signer` signs the very bytes that go out;
    `headers_of` is asked for more headers at each request. `token` is a fixed one or a source of them, which is closed
    with the line.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        party: Party,
        token: "str | Tokens | None" = None,
        headers: Mapping[str, str] | None = None,
        allowance: Allowance | None = None,
        media_types: Collection[str] = (verdicts.JSON,),
        transport: httpx.AsyncBaseTransport | None = None,
        now: verdicts.Now = lambda: datetime.now(UTC),
        signer: RequestSigner | None = None,
        headers_of: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self.name = name
        self.party = party
        self._allowance = allowance or Allowance()
        self._media_types = frozenset(media_types)
        self._now = now
        self._signer = signer
        self._headers_of = headers_of
        self._client = http_client(checked_address(base_url), self._allowance, transport)
        self._client.headers.update(headers or {})
        self._tokens = None if token is None or isinstance(token, str) else token
        if isinstance(token, str):
            self._client.headers["Authorization"] = f"Bearer {token}"

    async def post(
        self, path: str, body: object, *, key: str | None = None, query: Mapping[str, str] | None = None
    ) -> Message:
        """Send `body`; `key` is the same however often this very message is sent."""
        response, answer = await self._ask("POST", path, body=body, key=key, query=query)
        return self._read(response, answer)

    async def find(self, path: str, body: object, *, absent: str) -> Message | None:
        """Search by `body`, which never stands in an address."""
        response, answer = await self._ask("POST", path, body=body, absent=absent)
        return self._read(response, answer) if response.is_success else None

    async def show(self, path: str, *, absent: str) -> Message | None:
        """Look at what is at `path`."""
        response, answer = await self._ask("GET", path, absent=absent)
        return self._read(response, answer) if response.is_success else None

    async def aclose(self) -> None:
        """Hang up: every connection is closed, that to the token endpoint as well."""
        await self._client.aclose()
        if self._tokens is not None:
            await self._tokens.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        key: str | None = None,
        query: Mapping[str, str] | None = None,
        absent: str | None = None,
    ) -> tuple[httpx.Response, bytes]:
        """A success, or the one absence that the caller understands."""
        content = None if method == "GET" else dumps(body)
        request = self._request(method, path, content, key, query)
        ids.asking(self.party, request.headers[correlation.HEADER])
        try:
            async with asyncio.timeout(self._allowance.whole_s):
                response, answer = await self._let_in(request, sent=content or b"")
        except (httpx.TransportError, TimeoutError) as error:
            raise verdicts.of_failure(error, self.name) from None  # Its text may hold the address, with a token in it.
        if response.is_success:
            return response, answer
        code = verdicts.problem_code(response.headers, answer)
        if response.status_code == 404 and absent is not None and code == absent:
            return response, answer
        raise verdicts.of_status(
            response.status_code, response.headers, code, name=self.name, party=self.party, now=self._now
        )

    def _request(
        self, method: str, path: str, content: bytes | None, key: str | None, query: Mapping[str, str] | None
    ) -> httpx.Request:
        headers = {correlation.HEADER: correlation.current(), **(self._headers_of() if self._headers_of else {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        if method != "GET":
            headers["Content-Type"] = verdicts.JSON
        if self._signer is not None:
            # The path as the contract has it: what a proxy on either side puts before it is nobody's promise.
            target = (httpx.URL(path, params=query) if query else httpx.URL(path)).raw_path.decode("ascii")
            outgoing = Outgoing(method=method, target=target, key=key or "", body=content, at=self._now())
            dressed = self._signer.dress(outgoing)
            content, headers = dressed.body, {**headers, **dressed.headers}
        return self._client.build_request(method, path, headers=headers, params=query, content=content)

    async def _let_in(self, request: httpx.Request, *, sent: bytes) -> tuple[httpx.Response, bytes]:
        """With a fresh token where there is a source of them: a 401 did nothing, so the request may go out once more.

        It is the same request, signature and all; only the token is another.
        """
        if self._tokens is None:
            return await self._exchange(request, sent)
        token = await self._tokens.current()
        request.headers["Authorization"] = f"Bearer {token}"
        response, answer = await self._exchange(request, sent)
        if response.status_code != 401:
            return response, answer
        request.headers["Authorization"] = f"Bearer {await self._tokens.renewed(token)}"
        return await self._exchange(request, sent)

    async def _exchange(self, request: httpx.Request, sent: bytes) -> tuple[httpx.Response, bytes]:
        """`sent` is what the request says, before it was dressed."""
        ours = request.headers[correlation.HEADER]
        ids.asking(self.party, ours)
        response = await self._send(request)
        # Before the body is read: whatever is wrong with that, it came under this id.
        ids.answered(correlation.theirs(response.headers, ours, sent))
        try:
            answer = await gathered(response, limit=self._allowance.answer_bytes, unfit=self._unfit)
            if not response.is_success:
                ids.answered(correlation.theirs(response.headers, ours, sent, answer))
            return response, self._undressed(response, answer)
        except verdicts.UNSENT:
            raise httpx.ReadError("The answer broke off.") from None  # Whatever it is called: the request is out.
        finally:
            await response.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Once more, quickly, where there was no connection; all other repeating is the agenda's.

        Layers that repeat multiply: here it is two tries, the second of which is over within `AGAIN_WITHIN_S`.
        """
        usual, over = request.extensions["timeout"], time.monotonic() + AGAIN_WITHIN_S
        try:
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception_type(verdicts.UNCONNECTED),
                stop=tenacity.stop_after_attempt(2) | tenacity.stop_before_delay(AGAIN_WITHIN_S),
                wait=tenacity.wait_fixed(AGAIN_AFTER_S),
                reraise=True,
            ):
                with attempt:
                    if attempt.retry_state.attempt_number > 1:
                        left = max(over - time.monotonic(), AGAIN_AFTER_S)
                        quick = {name: min(usual[name], left) for name in ("connect", "pool")}
                        request.extensions["timeout"] = {**usual, **quick}
                    return await self._client.send(request, stream=True)
        finally:
            request.extensions["timeout"] = usual
        raise AssertionError("Tenacity answers or raises.")

    def _undressed(self, response: httpx.Response, answer: bytes) -> bytes:
        if self._signer is None or not response.is_success:
            return answer
        try:
            return self._signer.undress(response.headers.raw, answer, self._now())
        except BadSignature:
            raise self._unfit("without the signature agreed on") from None

    def _read(self, response: httpx.Response, body: bytes) -> Message:
        if verdicts.media_type(response.headers) not in self._media_types:
            raise self._unfit(f"{response.status_code} with something other than JSON")
        try:
            message = loads(body, limit=self._allowance.answer_bytes)
        except NotStrict as error:
            what = f"{self.name} answered {response.status_code}, but: {error.wrong}"
            raise Unintelligible(self.party, what) from None
        if not isinstance(message, dict):
            raise self._unfit(f"{response.status_code} with something other than a JSON object")
        return message

    def _unfit(self, what: str) -> Unintelligible:
        return Unintelligible(self.party, f"{self.name} answered {what}.")


def understood(line: Line, form: Form[T], message: Message, terms: Terms) -> T:
    """The value that `message` spells, or `Unintelligible`: the fields and what is wrong with them, never a value."""
    try:
        return form.read(message, terms)
    except Invalid as invalid:
        wrong = ", ".join(f"{_named(fault)} ({fault.code})" for fault in invalid.faults[:FAULTS_SHOWN])
        raise Unintelligible(line.party, f"{line.name} answered against the contract: {wrong}.") from None


def _named(fault: Fault) -> str:
    """The field; one that the counterparty made up may be called anything, after a person or a number as well."""
    if fault.code == UNKNOWN_FIELD and not _PLAIN.fullmatch(fault.field):
        return "a field of its own"
    return fault.field or "message"
