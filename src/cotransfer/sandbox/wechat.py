"""The simulated WeChat official account: stable token and template messages as Tencent has them, errors as errcode.

Under /sandbox/inbox stands what each follower has received. Never delivers the same client_msg_id twice to one openid
within ten minutes, nor after a restart if it has a diary; access tokens do not outlive it.
"""

import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cotransfer.sandbox.answering import HANDLERS, answer
from cotransfer.sandbox.control import control_addresses, each, script_route
from cotransfer.sandbox.diary import Diary, Unwritten
from cotransfer.sandbox.misbehaving import Misbehaving
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import Script
from cotransfer.sandbox.wechat_templates import TEMPLATES, faulty_field
from cotransfer.sandbox.wechat_token import Tokens

APP_ID = "wxsandbox0000000001"
APP_SECRET = "sandbox-secret-of-no-use-elsewhere"  # noqa: S105  # opens nothing but this simulation
REMEMBERED_S = 600.0
FIRST_MSGID = 3_000_000_000_000_000_001

TEXTS = {
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    44002: "empty post data",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    47003: "argument invalid!",
}


@attrs.frozen(kw_only=True)
class Message:
    """One message in a follower's inbox."""

    msgid: int
    openid: str
    template_id: str
    url: str
    data: Mapping[str, Any]
    client_msg_id: str | None


class WeChat:
    """An ASGI application. `followers` receive; `strangers` are known but do not follow; anybody else is no openid.

    `now` gives seconds that only grow; with a `diary` they have to go on growing over its lives.
    """

    def __init__(
        self,
        *,
        followers: Iterable[str],
        strangers: Iterable[str] = (),
        templates: Mapping[str, Iterable[str]] = TEMPLATES,
        app_id: str = APP_ID,
        secret: str = APP_SECRET,
        pace: Pace | None = None,
        now: Callable[[], float] = time.monotonic,
        draw_token: Callable[[], str] = lambda: secrets.token_urlsafe(96),
        diary: Diary | None = None,
    ) -> None:
        self.script = Script()
        self.inbox: list[Message] = []
        self.tokens = Tokens(now=now, draw=draw_token)
        self._followers = set(followers)
        self._strangers = set(strangers)
        self._templates = {template: frozenset(fields) for template, fields in templates.items()}
        self._app_id, self._secret = app_id, secret
        self._now = now
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}
        self._diary: Diary = diary or Unwritten()
        for entry in self._diary.entries():
            self._recall(entry)
        self._msgids = itertools.count(self.inbox[-1].msgid + 1 if self.inbox else FIRST_MSGID)
        words = {
            "follow": each(self._read_follow),
            "unfollow": each(self._read_unfollow),
            "revoke_token": self._read_revoke,
        }
        app = Starlette(
            routes=[
                Route("/cgi-bin/stable_token", self._stable_token, methods=["POST"]),
                Route("/cgi-bin/message/template/send", self._send, methods=["POST"]),
                Route("/sandbox/inbox", self._shown_inbox, methods=["GET"]),
                script_route(self.script, words),
            ],
            exception_handlers=HANDLERS,
        )
        self.controls = control_addresses(app)
        self._app = Misbehaving(app, script=self.script, pace=pace or Pace())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def inbox_of(self, openid: str) -> tuple[Message, ...]:
        return tuple(message for message in self.inbox if message.openid == openid)

    def follow(self, openid: str) -> None:
        self._set_following(openid, following=True)
        self._diary.write(openid=openid, following=True)

    def unfollow(self, openid: str) -> None:
        self._set_following(openid, following=False)
        self._diary.write(openid=openid, following=False)

    def _set_following(self, openid: str, *, following: bool) -> None:
        then, no_longer = (self._followers, self._strangers) if following else (self._strangers, self._followers)
        no_longer.discard(openid)
        then.add(openid)

    def _recall(self, entry: Mapping[str, Any]) -> None:
        match entry:
            case {"message": said, "at": at}:
                self._keep(Message(**said), at)
            case {"openid": openid, "following": following}:
                self._set_following(openid, following=following)
            case _:
                raise ValueError("the diary of WeChat holds an entry that nobody understands")

    def _keep(self, message: Message, at: float) -> None:
        if message.client_msg_id:
            self._sent[message.openid, message.client_msg_id] = (at, message.msgid)
        self.inbox.append(message)

    async def _stable_token(self, request: Request) -> Response:
        match await _read(request):
            case {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret, **rest}:
                token = self.tokens.forced() if rest.get("force_refresh") is True else self.tokens.stable()
                if isinstance(token, int):
                    return _errcode(token)
                return answer({"access_token": token.text, "expires_in": self.tokens.left_s(token)})
            case {"grant_type": "client_credential", "appid": self._app_id}:
                return _errcode(40125)
            case {"grant_type": "client_credential"}:
                return _errcode(40013)
            case None:
                return _errcode(47001)
            case _:
                return _errcode(40002)

    async def _send(self, request: Request) -> Response:
        token = request.query_params.get("access_token")
        if not token:
            return _errcode(41001)
        if fault := self.tokens.fault(token):
            return _errcode(fault)
        message = await _read(request)
        if message is None:
            return _errcode(47001)
        code, detail = self._fault(message)
        if code:
            return _errcode(code, detail)
        return answer({"errcode": 0, "errmsg": "ok", "msgid": self._deliver(message)})

    def _fault(self, message: Mapping[str, Any]) -> tuple[int, str]:
        """The errcode of a message that cannot be sent and what errmsg adds; (0, "") when it can."""
        openid, template = message.get("touser"), message.get("template_id")
        if openid in self._strangers:
            return 43004, ""
        if openid not in self._followers:
            return 40003, ""
        if template not in self._templates:
            return 40037, ""
        field = faulty_field(self._templates[template], message.get("data"))
        return (47003, f" data.{field}.value invalid") if field else (0, "")

    def _deliver(self, said: Mapping[str, Any]) -> int:
        """The message's number; that of the first delivery for a client_msg_id which is still remembered."""
        openid, own = said["touser"], said.get("client_msg_id")
        at, msgid = self._sent.get((openid, own), (0.0, 0)) if own else (0.0, 0)
        if msgid and self._now() - at < REMEMBERED_S:
            return msgid
        message = Message(
            msgid=next(self._msgids),
            openid=openid,
            template_id=said["template_id"],
            url=said.get("url", ""),
            data=said["data"],
            client_msg_id=own,
        )
        self._keep(message, self._now())
        self._diary.write(message=attrs.asdict(message), at=self._now())
        return message.msgid

    async def _shown_inbox(self, request: Request) -> Response:
        openid = request.query_params.get("openid")
        messages = self.inbox if openid is None else self.inbox_of(openid)
        return answer({"messages": [attrs.asdict(message) for message in messages]})

    def _read_follow(self, said: Any) -> Callable[[], None]:
        return lambda: self.follow(str(said))

    def _read_unfollow(self, said: Any) -> Callable[[], None]:
        return lambda: self.unfollow(str(said))

    def _read_revoke(self, said: Any) -> Callable[[], None]:
        if said is not True:
            raise ValueError("revoke_token is true or left out")
        return self.tokens.revoke


async def _read(request: Request) -> dict[str, Any] | None:
    """Tencent reads the body whatever its content type says."""
    try:
        value = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _errcode(code: int, detail: str = "") -> Response:
    return answer({"errcode": code, "errmsg": TEXTS[code] + detail})
