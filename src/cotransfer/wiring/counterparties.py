"""The lines to those whom the gateway calls: how it proves itself, what it signs with, what goes along with each call.

Never fetches a token: a line does when it is first used.
"""

import contextlib
from datetime import timedelta

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.memory.silent import SilentNotifier
from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.sms import SmsNotifier
from cotransfer.adapters.utilities import load_utility
from cotransfer.adapters.wechat import Template, WeChatNotifier, wechat_line
from cotransfer.adapters.wire.client import Allowance, Line, Tokens
from cotransfer.adapters.wire.jose import SigningKey
from cotransfer.adapters.wire.tokens import ByKey, BySecret, Credentials, TokenSource
from cotransfer.app.directory import Listing
from cotransfer.app.sequencing import Shown
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Party
from cotransfer.ports.notifier import Notifier
from cotransfer.settings import Access, Secret, Settings, UtilityEntry
from cotransfer.wiring.agreements import request_signer
from cotransfer.wiring.faults import told_of


async def registry(settings: Settings, opened: contextlib.AsyncExitStack, shown: Shown) -> HttpRegistry:
    """The certificate registry; its line is closed with `opened`."""
    section = settings.registry
    with told_of("registry"):
        line = Line(
            section.url,
            name="registry",
            party=Party.REGISTRY,
            token=token_of(section.access, section.token, name="registry", party=Party.REGISTRY),
            allowance=Allowance(connect_s=section.connect_timeout_s, read_s=section.read_timeout_s),
            signer=request_signer(section.signing),
            headers_of=shown.headers,
        )
    return HttpRegistry(await opened.enter_async_context(line))


async def listing(entry: UtilityEntry, opened: contextlib.AsyncExitStack, shown: Shown) -> Listing:
    """One utility; its line is closed with `opened`."""
    name = entry.id.text
    with told_of(f'utilities "{name}"'):
        line = Line(
            entry.url,
            name=name,
            party=Party.UTILITY,
            token=token_of(entry.access, entry.token, name=name, party=Party.UTILITY),
            signer=request_signer(entry.signing),
            headers_of=shown.headers,
        )
    utility = load_utility(entry.kind)(
        await opened.enter_async_context(line),
        entry.id,
        signing_hosts=frozenset(entry.signing_hosts),
        account_pattern=entry.account_pattern,
        can=frozenset(entry.can),
    )
    life = entry.address_life
    return Listing(
        id=entry.id,
        service=entry.service,
        utility=utility,
        counties=frozenset(entry.counties or ()),
        account_pattern=entry.account_pattern,
        address_life=life if isinstance(life, timedelta) else None,
    )


async def notifier(settings: Settings, opened: contextlib.AsyncExitStack) -> Notifier:
    """WeChat, or nobody."""
    wechat = settings.wechat
    if wechat is None:
        return SilentNotifier()
    templates = {
        NoticeKind.INVITATION: wechat.templates.invitation,
        NoticeKind.REMINDER: wechat.templates.reminder or wechat.templates.invitation,
        NoticeKind.RESULT: wechat.templates.result,
    }
    return WeChatNotifier(
        await opened.enter_async_context(wechat_line(wechat.url)),
        appid=wechat.appid,
        secret=wechat.secret.text,
        templates={kind: Template(one.template_id, one.fields) for kind, one in templates.items()},
        page_url=settings.gateway.page_url,
        clock=SystemClock(),
        remembers_s=wechat.remembers_s,
    )


async def sms(settings: Settings, opened: contextlib.AsyncExitStack, shown: Shown) -> Notifier | None:
    """The SMS service, None where there is none; its line is closed with `opened`."""
    section = settings.sms
    if section is None:
        return None
    with told_of("sms"):
        line = Line(
            section.url,
            name="sms",
            party=Party.NOTIFIER,
            token=token_of(section.access, section.token, name="sms", party=Party.NOTIFIER),
            signer=request_signer(section.signing),
            headers_of=shown.headers,
        )
    templates = {
        NoticeKind.INVITATION: section.templates.invitation,
        NoticeKind.REMINDER: section.templates.reminder or section.templates.invitation,
        NoticeKind.RESULT: section.templates.result,
    }
    return SmsNotifier(await opened.enter_async_context(line), templates=templates, remembers_s=section.remembers_s)


def token_of(access: Access | None, token: Secret | None, *, name: str, party: Party) -> str | Tokens | None:
    """A source of access tokens where the counterparty gives them out, else the fixed one, if there is one."""
    if access is None:
        return token.text if token else None
    return TokenSource(access.token_url, credentials_of(access), name=name, party=party, scope=access.scope)


def credentials_of(access: Access) -> Credentials:
    """How we prove ourselves at this counterparty's token endpoint; `OSError` where the key's file is gone."""
    if access.client_key_file is not None and access.client_key_id is not None:
        key = SigningKey.from_pem(access.client_key_file.read_bytes(), kid=access.client_key_id)
        return ByKey(access.client_id, key)
    assert access.client_secret is not None  # noqa: S101 - settings hold one or the other
    return BySecret(access.client_id, access.client_secret.text)
