"""One notice, one template message. Never decides when to try again: that is the agenda's.

WeChat itself shows messages with the same `client_msg_id` to the same person once, but remembers for ten minutes only.
The notifier says so (`remembers_s`): a notice whose answer was lost is not to be sent again after that.
"""

import hashlib
import logging
import re
from collections.abc import Awaitable, Mapping

import httpx

from cotransfer.adapters.wechat import answers
from cotransfer.adapters.wechat.codes import Never, Renew
from cotransfer.adapters.wechat.templates import Template, keeps_limit
from cotransfer.adapters.wechat.tokens import Tokens
from cotransfer.adapters.wire.client import Line
from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeKind, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.values import OpenId
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable, Unintelligible

_log = logging.getLogger(__name__)
_FIELD_NAMED = re.compile(r"data\.([a-z_]{1,20}[0-9]{1,2})\.value")


def wechat_line(url: str = "https://api.weixin.qq.com", *, transport: httpx.AsyncBaseTransport | None = None) -> Line:
    """The line to WeChat, which calls its JSON plain text at times."""
    return Line(
        url,
        name="wechat",
        party=Party.NOTIFIER,
        media_types=("application/json", "text/plain"),
        transport=transport,
    )


class WeChatNotifier:
    """`Notifier` through one official account; `page_url` is ours, and the transfer's identifier is appended to it.

    `remembers_s` is less than WeChat's ten minutes, for clocks differ and calls take their time.

    Undeliverable for: no_openid, not_following, refused_by_citizen, template_invalid, field_refused, page_refused; the
    last three are our own fault, and are logged as an alert.
    """

    def __init__(
        self,
        line: Line,
        *,
        appid: str,
        secret: str,
        templates: Mapping[NoticeKind, Template],
        page_url: str,
        clock: Clock,
        remembers_s: float,
    ) -> None:
        if missing := [kind.value for kind in NoticeKind if kind not in templates]:
            raise ValueError(f"There is no WeChat template for the notice: {', '.join(missing)}.")
        self._line = line
        self._tokens = Tokens(line, appid, secret, clock)
        self._templates = dict(templates)
        self._page_url = page_url
        self._clock = clock
        self.remembers_s = remembers_s

    async def send(self, notice: Notice) -> Fate:
        """Deliver, or say why never; raises `Unavailable` or `Unintelligible`, party NOTIFIER or NETWORK."""
        if notice.openid is None:
            return Undeliverable("no_openid")
        template = self._templates[notice.kind]
        fields = template.filled(notice, self._clock.now())
        if bad := [key for key, text in fields.items() if not keeps_limit(key, text)]:
            return _given_up(Never("field_refused", fault=f"the field {bad[0]} oversteps its limit"), code=0)
        message = self._message(notice, notice.openid, template.template_id, fields)
        said = await self._say(message)
        if said.code != 0 and isinstance(said.verdict, Never) and said.verdict.again:
            said = await self._say(message)
        return self._fate(said)

    def _message(
        self, notice: Notice, openid: OpenId, template_id: str, fields: Mapping[str, str]
    ) -> dict[str, object]:
        return {
            "touser": openid.text,
            "template_id": template_id,
            "url": f"{self._page_url}{notice.transfer.text}",
            "client_msg_id": hashlib.sha256(notice.key.encode()).hexdigest()[:32],
            "data": {key: {"value": text} for key, text in fields.items()},
        }

    async def _say(self, message: Mapping[str, object]) -> answers.Said:
        """Send with the token at hand; then with one asked for anew; then with one asked for by force."""
        token = await self._token(self._tokens.current())
        said = await self._post(message, token)
        for renew in (self._tokens.renewed, self._tokens.forced):
            if said.code == 0 or not isinstance(said.verdict, Renew):
                break
            token = await self._token(renew(token))
            said = await self._post(message, token)
        return said

    async def _token(self, asked: Awaitable[str]) -> str:
        try:
            return await asked
        except Unavailable as error:
            # Whatever became of the token, the notice was not sent.
            wait_s, ids = error.retry_after_s, error.correlation
            raise Unavailable(error.party, error.what, retry_after_s=wait_s, certain=True, correlation=ids) from error
        except Unintelligible as error:
            raise Unintelligible(error.party, error.what, certain=True, correlation=error.correlation) from error

    async def _post(self, message: Mapping[str, object], token: str) -> answers.Said:
        answer = await self._line.post("/cgi-bin/message/template/send", message, query={"access_token": token})
        return answers.read(answer)

    def _fate(self, said: answers.Said) -> Fate:
        if said.code == 0:
            return Delivered(_reference(said))
        match said.verdict:
            case Never() as never:
                return _given_up(never, said.code, field=_named_field(said))
            case verdict:
                raise answers.failure(verdict, said.code, self._clock.now())


def _reference(said: answers.Said) -> str:
    """WeChat's number for the message: 64 bits, so a text with us."""
    match said.members.get("msgid"):
        case int(number) if not isinstance(number, bool):
            return str(number)
        case str(text) if re.fullmatch(r"[0-9A-Za-z_-]{1,64}", text):
            return text
        case _:
            raise Unintelligible(Party.NOTIFIER, "WeChat took the message, but gave no msgid.")


def _named_field(said: answers.Said) -> str | None:
    found = _FIELD_NAMED.search(str(said.members.get("errmsg", "")))
    return found[1] if found else None


def _given_up(never: Never, code: int, field: str | None = None) -> Undeliverable:
    if never.fault is not None:
        _log.error("ALERT: notices by WeChat fail (%s, %s, field %s): %s.", code, never.why, field, never.fault)
    return Undeliverable(never.why)
