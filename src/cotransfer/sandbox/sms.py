"""The simulated SMS service: sends as contracts/v1/sms.openapi.yaml says, into inboxes that stand under /sandbox/inbox.

Never sends the same key to a number twice, nor after a restart if it has a diary.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cotransfer.sandbox.answering import HANDLERS, Problem, answer, authorise, check_shape, read_object
from cotransfer.sandbox.control import control_addresses, each, script_route
from cotransfer.sandbox.diary import Diary, Unwritten
from cotransfer.sandbox.misbehaving import Misbehaving
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import Script
from cotransfer.sandbox.signatures import Checking, MessageSigning

INVITATION, REMINDER, RESULT = TEMPLATES = ("invitation", "reminder", "result")
REASONS = ("number_unknown", "opted_out", "blocked", "template_refused", "parameters_refused")
SHAPE = {"mobile_number": str, "template": str, "service": str, "phrase": str, "transfer": str}
WORDING = "【互联网+不动产】您的{service}业务{phrase}，详情请见 {page}{transfer}"
"""As it stands in the provider's template: signature, text, and the fixed address of the platform's page."""


@attrs.frozen(kw_only=True)
class Sms:
    """One SMS on somebody's telephone, and the message that asked for it."""

    reference: str
    mobile_number: str
    template: str
    transfer: str
    text: str
    key: str


class SmsService:
    """An ASGI application. `token` is the bearer token it insists on, None asks for none; `page` is what its templates
    have before the identifier of a transfer.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        page: str = "https://platform.example/transfers/",
        pace: Pace | None = None,
        signing: MessageSigning | None = None,
        diary: Diary | None = None,
    ) -> None:
        self.script = Script()
        self.inbox: list[Sms] = []
        self._token = token
        self._page = page
        self._refusing: dict[str, str] = {}
        self._asked: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._answers: dict[tuple[str, str], Mapping[str, str]] = {}
        self._diary: Diary = diary or Unwritten()
        for entry in self._diary.entries():
            self._recall(entry)
        expected = signing.expected.get("sms") if signing else None
        app = Starlette(
            routes=[
                Route("/v1/messages", self._send, methods=["POST"]),
                Route("/sandbox/inbox", self._shown_inbox, methods=["GET"]),
                script_route(self.script, {"refuse": each(self._read_refusal), "reach": each(self._read_reach)}),
            ],
            exception_handlers=HANDLERS,
        )
        self.controls = control_addresses(app)
        self._app = Misbehaving(Checking(app, expected), script=self.script, pace=pace or Pace())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def inbox_of(self, mobile_number: str) -> tuple[Sms, ...]:
        return tuple(sms for sms in self.inbox if sms.mobile_number == mobile_number)

    def refuse(self, mobile_number: str, reason: str | None) -> None:
        """From now on nothing reaches this number, for one of `REASONS`; None: it is reached again."""
        self._set_refusing(mobile_number, reason)
        self._diary.write(mobile_number=mobile_number, reason=reason)

    def _set_refusing(self, mobile_number: str, reason: str | None) -> None:
        self._refusing.pop(mobile_number, None)
        if reason is not None:
            self._refusing[mobile_number] = reason

    def _recall(self, entry: Mapping[str, Any]) -> None:
        match entry:
            case {"key": key, "asked": asked, "answer": answered, "sms": sms}:
                self._keep(key, asked, answered, None if sms is None else Sms(**sms))
            case {"mobile_number": number, "reason": reason}:
                self._set_refusing(number, reason)
            case _:
                raise ValueError("the diary of the SMS service holds an entry that nobody understands")

    def _keep(self, key: str, asked: Mapping[str, Any], answered: Mapping[str, str], sms: Sms | None) -> None:
        known = (asked["mobile_number"], key)
        self._asked[known], self._answers[known] = asked, answered
        if sms is not None:
            self.inbox.append(sms)

    async def _send(self, request: Request) -> Response:
        authorise(request, self._token)
        key = request.headers.get("idempotency-key")
        if not key:
            raise Problem(status=400, code="idempotency_key_missing", detail="the header Idempotency-Key is missing")
        asked = await read_object(request)
        check_shape(asked, SHAPE)
        known = (asked["mobile_number"], key)
        if self._asked.get(known, asked) != asked:
            detail = "this key was used for another message"
            raise Problem(status=422, code="idempotency_key_reused", detail=detail)
        if known not in self._answers:
            self._deliver(key, asked)
        answered = self._answers[known]
        return answer(answered, 202 if answered["outcome"] == "taken" else 200)

    def _deliver(self, key: str, asked: Mapping[str, Any]) -> None:
        known = asked["template"] in TEMPLATES
        reason = self._refusing.get(asked["mobile_number"]) if known else "template_refused"
        sms: Sms | None = None
        if reason is None:
            sms = Sms(
                reference=f"S-{len(self.inbox) + 1:06d}",
                mobile_number=asked["mobile_number"],
                template=asked["template"],
                transfer=asked["transfer"],
                text=WORDING.format(page=self._page, **asked),
                key=key,
            )
        answered = (
            {"outcome": "refused", "reason": str(reason)}
            if sms is None
            else {"outcome": "taken", "reference": sms.reference}
        )
        self._keep(key, asked, answered, sms)
        told = None if sms is None else attrs.asdict(sms)
        self._diary.write(key=key, asked=dict(asked), answer=answered, sms=told)

    async def _shown_inbox(self, request: Request) -> Response:
        number = request.query_params.get("mobile_number")
        messages = self.inbox if number is None else self.inbox_of(number)
        return answer({"messages": [attrs.asdict(sms) for sms in messages]})

    def _read_refusal(self, said: Any) -> Callable[[], None]:
        match said:
            case {"mobile_number": str(number), "reason": str(reason)} if reason in REASONS:
                return lambda: self.refuse(number, reason)
        raise ValueError(f"a refusal has mobile_number and reason, which is one of {', '.join(REASONS)}")

    def _read_reach(self, said: Any) -> Callable[[], None]:
        return lambda: self.refuse(str(said), None)
