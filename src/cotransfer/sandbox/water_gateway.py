"""The water company's line to the gateway: pushes its reports until they have arrived, and asks what it may ask.

Retries with growing pauses and is bounded; what was sent is on record. Never changes a report's key between attempts.
"""

from typing import Any

import attrs
import httpx
import orjson

from cotransfer.adapters.wire.client import Tokens
from cotransfer.adapters.wire.signing import Outgoing, RequestSigner
from cotransfer.adapters.wire.tokens import FAILURES
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.signatures import Now, now

TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 5.0
REPORT_ATTEMPTS = 40
QUESTION_ATTEMPTS = 5
ARRIVED = 409  # "This contradicts what I know": it has been read, sending it again helps nobody.
STILL_RUNNING = "still_running"


@attrs.frozen(kw_only=True)
class Report:
    """What the gateway is told at one step; `kind` is the last word of its address."""

    transfer: str
    kind: str
    body: dict[str, Any]
    key: str


@attrs.define(kw_only=True)
class Sending:
    """The record of one report: `status` is the last HTTP status, None while nobody has answered."""

    transfer: str
    kind: str
    key: str
    attempts: int = 0
    status: int | None = None
    arrived: bool = False


@attrs.frozen(kw_only=True)
class Question:
    """The record of one question put to the gateway; `registry_status` is what one about the certificate learnt."""

    transfer: str
    what: str
    status: int | None
    registry_status: str | None = None


class Gateway:
    """`connect` says where the gateway is; before that, reports wait as if it did not answer.

    With a `signer`, each attempt to report is signed anew: an old signature would be refused as a capture.
    """

    def __init__(
        self,
        *,
        pace: Pace,
        attempts: int = REPORT_ATTEMPTS,
        first_pause_s: float = 0.1,
        signer: RequestSigner | None = None,
        now: Now = now,
    ) -> None:
        self.sendings: list[Sending] = []
        self.questions: list[Question] = []
        self._pace = pace
        self._attempts = attempts
        self._first_pause_s = first_pause_s
        self._signer = signer
        self._now = now
        self._client: httpx.AsyncClient | None = None
        self._tokens: Tokens | None = None
        self._retired: list[httpx.AsyncClient | Tokens] = []

    def connect(self, address: str, token: str | Tokens, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`token` is a fixed one, or where tokens are fetched; that is closed with the line."""
        if self._client is not None:
            self._retired.append(self._client)
        if self._tokens is not None:
            self._retired.append(self._tokens)
        self._tokens = None if isinstance(token, str) else token
        self._client = httpx.AsyncClient(
            base_url=address,
            headers={"authorization": f"Bearer {token}"} if isinstance(token, str) else {},
            timeout=TIMEOUT_S,
            trust_env=False,
            transport=transport,
        )

    async def close(self) -> None:
        for each in (*self._retired, self._client, self._tokens):
            if each is not None:
                await each.aclose()

    async def report(self, report: Report) -> Sending:
        """Sends until 2xx or a conflict; gives up on another 4xx, and when the attempts are used up."""
        sending = Sending(transfer=report.transfer, kind=report.kind, key=report.key)
        self.sendings.append(sending)
        path = f"/v1/utility/transfers/{report.transfer}/{report.kind}"
        while sending.attempts < self._attempts:
            sending.attempts += 1
            answer = await self._call("POST", path, **self._dressed(path, report))
            sending.status = answer.status_code if answer is not None else None
            sending.arrived = answer is not None and _arrived(answer)
            if sending.arrived or (answer is not None and not _worth_another(answer)):
                break
            await self._pace.wait(_pause_s(answer, self._first_pause_s, sending.attempts))
        return sending

    async def certificate(self, transfer: str) -> None:
        """Asks how the certificate stands now; the answer goes on record."""
        await self._ask(transfer, "certificate")

    async def identity(self, transfer: str) -> None:
        """Asks who will sign; only that it was asked goes on record."""
        await self._ask(transfer, "identity")

    async def _ask(self, transfer: str, what: str) -> None:
        answer = None
        for attempt in range(1, QUESTION_ATTEMPTS + 1):
            answer = await self._call("GET", f"/v1/utility/transfers/{transfer}/{what}")
            if answer is not None and not _worth_another(answer):
                break
            await self._pace.wait(_pause_s(answer, self._first_pause_s, attempt))
        status = answer.status_code if answer is not None else None
        told = _registry_status(answer) if answer is not None and answer.is_success else None
        self.questions.append(Question(transfer=transfer, what=what, status=status, registry_status=told))

    def _dressed(self, path: str, report: Report) -> dict[str, Any]:
        headers = {"idempotency-key": report.key, "content-type": "application/json"}
        content: bytes | None = orjson.dumps(report.body)
        if self._signer is not None:
            outgoing = Outgoing(method="POST", target=path, key=report.key, body=content, at=self._now())
            dressed = self._signer.dress(outgoing)
            content, headers = dressed.body, {**headers, **dressed.headers}
        return {"content": content, "headers": headers}

    async def _call(self, method: str, path: str, **parts: Any) -> httpx.Response | None:
        if self._client is None:
            return None
        try:
            if self._tokens is None:
                return await self._client.request(method, path, **parts)
            return await self._let_in(self._client, self._tokens, self._client.build_request(method, path, **parts))
        except (httpx.TransportError, *FAILURES):
            return None

    async def _let_in(self, client: httpx.AsyncClient, tokens: Tokens, request: httpx.Request) -> httpx.Response:
        """With a token; once more with another one where it is refused."""
        token = await tokens.current()
        request.headers["Authorization"] = f"Bearer {token}"
        answer = await client.send(request)
        if answer.status_code == 401:
            request.headers["Authorization"] = f"Bearer {await tokens.renewed(token)}"
            answer = await client.send(request)
        return answer


def _registry_status(answer: httpx.Response) -> str | None:
    try:
        match answer.json():
            case {"registry_status": {"status": str(status)}}:
                return status
    except ValueError:
        pass
    return None


def _arrived(answer: httpx.Response) -> bool:
    return answer.is_success or (answer.status_code == ARRIVED and not _still_running(answer))


def _worth_another(answer: httpx.Response) -> bool:
    return answer.status_code >= 500 or answer.status_code in (408, 429) or _still_running(answer)


def _still_running(answer: httpx.Response) -> bool:
    return answer.status_code == ARRIVED and STILL_RUNNING in answer.text


def _pause_s(answer: httpx.Response | None, first_s: float, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    if asked.isdecimal():
        return min(float(asked), 60.0)
    return min(first_s * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)
