"""The real HTTP adapters over wires of ours: no socket, but every way in which an answer can be wrong.

Each counterparty's interface is spelled as its contract has it, and answered by the same simulated counterparties.
Never opens a connection; what is not on these wires (TLS, slow bytes, half-open lines) is tested with real ones.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx
import orjson

from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.registry.records import CERTIFICATE_STATUS, HOME
from cotransfer.adapters.sms import SmsNotifier
from cotransfer.adapters.utilities.standard.client import StandardUtility
from cotransfer.adapters.wechat import Template, WeChatNotifier, wechat_line
from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.correlation import HEADER
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.spelling import (
    ACCOUNT,
    ACCOUNT_QUERY,
    CERTIFICATE_QUERY,
    DELIVERY,
    IDENTITY,
    PROGRESS,
    RECEIPT,
    RENEWED_ADDRESS,
    WITHDRAWAL_ANSWER,
    Progress,
)
from cotransfer.adapters.wire.statements import STATEMENT, STATEMENT_QUERY
from cotransfer.adapters.wire.today import day_of
from cotransfer.domain.case import Case
from cotransfer.domain.notices import NoticeChannel, NoticeKind
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import (
    Cancelled,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    Report,
    Signed,
    Taken,
)
from cotransfer.domain.values import MobileNumber, OpenId, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.utility import Capability
from cotransfer.simulation.attribution import Outcome
from cotransfer.simulation.outgoing import WECHAT
from cotransfer.simulation.reach import Ports, Reach
from cotransfer.simulation.sms import REFUSED, SimulatedSms
from cotransfer.simulation.utility_reporting import ID
from cotransfer.simulation.weather import OUTGOING, Kind
from cotransfer.simulation.witness import Shown

HOSTS = frozenset({"sign.kmwater.example"})
PAGE = "https://platform.example/transfers/"
TEMPLATES = {
    NoticeKind.INVITATION: Template("t-invitation", {"thing1": "location", "thing2": "phrase"}),
    NoticeKind.REMINDER: Template("t-reminder", {"thing1": "location", "thing2": "phrase"}),
    NoticeKind.RESULT: Template("t-result", {"thing1": "location", "thing2": "result"}),
}
SMS_TEMPLATES = {kind: f"sms-{kind.value}" for kind in NoticeKind}
TIMEOUT_S = 15.0
SLOWEST_S = 60.0
"""Beyond the half minute that a line gives a call as a whole."""

LONGEST_RETRY_AFTER_S = 7_200
JSON, HTML = "application/json", "text/html; charset=utf-8"


@attrs.frozen
class Answer:
    """Status, body, media type and more headers, as they go over the wire."""

    status: int
    body: bytes = attrs.field(repr=False)
    media_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def response(self, request: httpx.Request) -> httpx.Response:
        """As httpx wants it."""
        headers = {"content-type": self.media_type, "content-length": str(len(self.body)), **self.headers}
        # As a stream, so that whoever asked reads it, and nobody else finds out that it is spoilt.
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(self.body), request=request)


_BROKEN = Outcome(Party.NETWORK, None)
Serve = Callable[[httpx.Request, dict[str, Any]], Answer]


def said(message: Mapping[str, object], status: int = 200) -> Answer:
    """A JSON object."""
    return Answer(status, orjson.dumps(message))


def problem(code: str, status: int) -> Answer:
    """RFC 9457."""
    body = orjson.dumps({"type": "about:blank", "title": "As it is", "status": status, "code": code})
    return Answer(status, body, "application/problem+json")


def _spoilt(good: Answer) -> tuple[Answer, ...]:
    """Answers that no contract allows; none of them may become a state."""
    return (
        Answer(200, b"<!doctype html><title>502 Bad Gateway</title>", HTML),
        Answer(502, b"<!doctype html><title>502 Bad Gateway</title>", HTML),
        Answer(200, b""),
        Answer(200, orjson.dumps([orjson.loads(good.body)])),
        Answer(200, good.body, "text/csv"),
        Answer(200, good.body[:-2] or b"{"),
        Answer(500, good.body),
        said({"type": "about:blank", "title": "Internal error", "status": 500, "code": "internal"}),
        said({"outcome": "pending", "errcode": 99_999, "errmsg": "?"}),
        said({**orjson.loads(good.body), "padding": "x" * 300_000}),
        Answer(302, b"", headers={"location": "https://elsewhere.example/"}),
        Answer(200, good.body, headers={"content-encoding": "gzip"}),
    )


class Wire(httpx.AsyncBaseTransport):
    """From one life of a process to one counterparty, which `serve` speaks for."""

    def __init__(self, name: str, party: Party, serve: Serve, reach: Reach) -> None:
        self._name = name
        self._party = party
        self._serve = serve
        self._reach = reach

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises what httpx raises when no answer comes."""
        reach, point = self._reach, f"{self._name}.{request.url.path.rpartition('/')[2][:12]}"
        if request.method == "GET":
            point = f"{self._name}.progress"
        reach.life.check()
        struck, ours = reach.weather.strikes(point, OUTGOING), request.headers[HEADER]
        reach.attribution.called(ours, _BROKEN)  # Until an answer comes.
        await asyncio.sleep(0)
        match None if struck is None else struck.kind:
            case Kind.NO_CONNECTION:
                raise httpx.ConnectError("Nobody listens.")
            case Kind.REQUEST_LOST:
                await asyncio.sleep(TIMEOUT_S)
                raise httpx.ReadTimeout("No answer.")
            case Kind.BUSY:
                return self._answered(request, problem("unavailable", 503))
            case Kind.TOO_MANY if point == WECHAT:
                return self._spent(request)
            case Kind.TOO_MANY:
                wait_s = round(reach.weather.latency_s(f"{point}.wait", LONGEST_RETRY_AFTER_S))
                answer = attrs.evolve(problem("too_many", 429), headers={"retry-after": str(wait_s)})
                return self._answered(request, answer)
            case Kind.NONSENSE:
                return self._answered(request, self._one_of(_spoilt(said({})), point), spoilt=True)
        answer = await self._crossed(request, point)
        match None if struck is None else struck.kind:
            case Kind.ANSWER_LOST:
                await asyncio.sleep(TIMEOUT_S)
                raise httpx.ReadTimeout("No answer.")
            case Kind.BROKE_AFTER:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            case Kind.GARBAGE:
                return self._answered(request, self._one_of(_spoilt(answer), point), spoilt=True)
            case Kind.SLOW:
                await asyncio.sleep(reach.weather.latency_s(point, SLOWEST_S))
        return self._answered(request, answer)

    def _answered(self, request: httpx.Request, answer: Answer, *, spoilt: bool = False) -> httpx.Response:
        """Whoever answers, however badly, does so under an id of their own."""
        theirs = self._reach.attribution.answer(self._party)
        bad = spoilt or answer.status >= 500 or answer.status == 429
        came_to = Outcome(self._party if bad else None, theirs)
        self._reach.attribution.called(request.headers[HEADER], came_to)
        return attrs.evolve(answer, headers={**answer.headers, HEADER: theirs}).response(request)

    def _spent(self, request: httpx.Request) -> httpx.Response:
        """WeChat's answer once it takes no more today."""
        response = self._answered(request, said({"errcode": 45009, "errmsg": "reach max api daily quota limit"}))
        self._reach.attribution.spent(request.headers[HEADER], self._party, response.headers[HEADER])
        return response

    async def _crossed(self, request: httpx.Request, point: str) -> Answer:
        """On its way the request no longer depends on its sender."""
        answer: asyncio.Future[Answer] = self._reach.loop.create_future()
        self._reach.loop.call_later(self._reach.weather.latency_s(point, 0.3), self._arrive, request, answer)
        arrived = await answer
        self._reach.life.check()
        return arrived

    def _arrive(self, request: httpx.Request, answer: "asyncio.Future[Answer]") -> None:
        body = orjson.loads(request.content) if request.content else {}
        try:
            found = self._serve(request, body)
        except Unavailable:
            found = problem("unavailable", 503)
        if not answer.done():
            answer.set_result(found)

    def _one_of(self, answers: tuple[Answer, ...], point: str) -> Answer:
        return answers[int(self._reach.weather.latency_s(f"{point}.spoilt", len(answers)))]


def over_http(reach: Reach) -> Ports:
    """The adapters of a deployment, each on a wire of its own."""

    def line(name: str, party: Party, serve: Serve) -> Line:
        wire = Wire(name, party, serve, reach)
        return Line(f"https://{name}.example", name=name, party=party, transport=wire, now=reach.clock.now)

    def today() -> Any:
        return day_of(reach.clock.now())

    registry = HttpRegistry(line("registry", Party.REGISTRY, _registry(reach)), today=today)
    water, can = line("water", Party.UTILITY, _utility(reach)), tuple(Capability)
    utility = StandardUtility(water, ID, signing_hosts=HOSTS, can=can, today=today)
    wechat = wechat_line("https://wechat.example", transport=Wire("wechat", Party.NOTIFIER, _wechat(reach), reach))
    notifier = WeChatNotifier(
        wechat,
        appid="wxsimulated",
        secret="simulated-secret",  # noqa: S106 - opens nothing
        templates=TEMPLATES,
        page_url=PAGE,
        clock=reach.clock,
        remembers_s=reach.remembers_s,
    )
    sms = None
    if reach.sms is not None:
        service = line("sms", Party.NOTIFIER, _sms(reach.sms))
        remembers_s = reach.sms_remembers_s
        sms = SmsNotifier(service, templates=SMS_TEMPLATES, remembers_s=remembers_s, today=today)
    return Ports(utility=utility, registry=registry, notifier=notifier, sms=sms)


def _terms(reach: Reach) -> Terms:
    return Terms(on=day_of(reach.clock.now()), hosts=HOSTS)


def _registry(reach: Reach) -> Serve:
    def serve(request: httpx.Request, body: dict[str, Any]) -> Answer:
        if request.url.path == "/v1/properties/search":
            homes = reach.registry.properties_of(IDENTITY.read(body, _terms(reach)))
            return said({"properties": [HOME.write(home) for home in homes]})
        status = reach.registry.status_of(CERTIFICATE_QUERY.read(body, _terms(reach)))
        return problem("certificate_unknown", 404) if status is None else said(CERTIFICATE_STATUS.write(status))

    return serve


def _utility(reach: Reach) -> Serve:
    def serve(request: httpx.Request, body: dict[str, Any]) -> Answer:
        if request.method == "GET":
            key = TransferId(request.url.path.rpartition("/")[2])
            reports = reach.utility.progress(key)
            return problem("application_unknown", 404) if reports is None else said(_progress(key, reports))
        if request.url.path == "/v1/accounts/search":
            account = reach.utility.find_account(ACCOUNT_QUERY.read(body, _terms(reach)))
            return problem("account_unknown", 404) if account is None else said(ACCOUNT.write(account))
        if request.url.path == "/v1/applications/search":
            wanted = STATEMENT_QUERY.read(body, _terms(reach))
            return said(STATEMENT.write(reach.utility.statement(wanted.changed_since, wanted.cursor)))
        if request.url.path.endswith("/withdrawal"):
            return said(WITHDRAWAL_ANSWER.write(reach.utility.cancel(TransferId(request.url.path.split("/")[-2]))))
        if request.url.path.endswith("/signing-address"):
            address = reach.utility.renew_signing_address(TransferId(request.url.path.split("/")[-2]))
            return problem("nothing_to_sign", 404) if address is None else said(RENEWED_ADDRESS.write(address))
        delivery = DELIVERY.read(body, _terms(reach))
        case = Case(
            transfer=delivery.transfer,
            service=delivery.service,
            utility=ID,
            account_number=delivery.account_number,
            application=delivery.application,
        )
        return said(RECEIPT.write(reach.utility.submit(case, TransferId(request.headers["idempotency-key"]))))

    return serve


def _progress(key: TransferId, reports: tuple[Report, ...]) -> Mapping[str, object]:
    told: dict[str, Any] = {"pre_review": None, "signing": None, "handling": None}
    for report in reports:
        match report:
            case Taken(reference):
                told["reference"] = reference
            case Cleared() | ClearedForSms() | Failed():
                told["pre_review"] = report
            case Signed() | Declined() | Expired() | Cancelled():
                told["signing"] = report
            case Handled() | NotHandled():
                told["handling"] = report
    message: Mapping[str, object] = PROGRESS.write(Progress(transfer=key, **told))
    return message


def _wechat(reach: Reach) -> Serve:
    kinds = {template.template_id: kind for kind, template in TEMPLATES.items()}

    def serve(request: httpx.Request, body: dict[str, Any]) -> Answer:
        if request.url.path == "/cgi-bin/stable_token":
            return said({"access_token": "simulated-token", "expires_in": 7_200})
        openid = OpenId(body["touser"])
        if not reach.notifier.follows(openid):
            return said({"errcode": 43004, "errmsg": "require subscribe"})
        transfer = TransferId(body["url"].removeprefix(PAGE))
        reference = reach.notifier.show(Shown(openid, body["client_msg_id"], kinds[body["template_id"]], transfer))
        return said({"errcode": 0, "errmsg": "ok", "msgid": reference})

    return serve


def _sms(sms: SimulatedSms) -> Serve:
    kinds = {name: kind for kind, name in SMS_TEMPLATES.items()}

    def serve(request: httpx.Request, body: dict[str, Any]) -> Answer:
        number = MobileNumber(body["mobile_number"])
        if sms.refuses(number):
            return said({"outcome": "refused", "reason": REFUSED})
        key, transfer = request.headers["idempotency-key"], TransferId(body["transfer"])
        reference = sms.show(Shown(number, key, kinds[body["template"]], transfer, NoticeChannel.SMS))
        return said({"outcome": "taken", "reference": reference}, 202)

    return serve
