"""Gateways with one thing wrong, and the rules that each of them breaks: our own, altered on the way to the kit.

Where more than one rule stands beside a gateway, the others follow from the same fault and cannot be kept with it.
"""

from collections.abc import Callable
from typing import Any

import attrs
import httpx
from tests.conformance.between import Alter, Asked, Go, Told

from cotransfer.conformance.gateway.judges import STATES

JSON, UTILITYS = "application/json", "/v1/utility/"
TRANSFER = "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"


class Altering(httpx.AsyncBaseTransport):
    """The way to a gateway, with one thing wrong on it."""

    def __init__(self, alter: Alter) -> None:
        self._alter = alter
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, altered."""
        body = await request.aread()
        asked = Asked(method=request.method, path=request.url.path, headers=dict(request.headers), body=body)
        told = await self._alter(asked, lambda what: self._go(request, what))
        others = [pair for pair in told.headers if pair[0].lower() not in (b"content-length", b"transfer-encoding")]
        return httpx.Response(told.status, headers=others, content=told.body)

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()

    async def _go(self, request: httpx.Request, asked: Asked) -> Told:
        headers = {name: value for name, value in asked.headers.items() if name != "content-length"}
        real = httpx.Request(asked.method, request.url, headers=headers, content=asked.body)
        response = await self._inner.handle_async_request(real)
        answer = await response.aread()
        await response.aclose()
        return Told(status=response.status_code, headers=tuple(response.headers.raw), body=answer)


@attrs.frozen(kw_only=True)
class BrokenGateway:
    """`alter` is drawn afresh for each run."""

    name: str
    breaks: frozenset[str]
    alter: Callable[[], Alter]


def broken(name: str, breaks: str, alter: Callable[[], Alter]) -> BrokenGateway:
    """One gateway, its rules in one text."""
    return BrokenGateway(name=name, breaks=frozenset(breaks.split()), alter=alter)


# ---------------------------------------------------------------------------------------------------------- the faults


def code_of(told: Told) -> str:
    """The code of a problem; empty for a success."""
    return "" if told.ok or not told.body.startswith(b"{") else str(told.json.get("code", ""))


def instead_of(
    code: str, status: int, said: Callable[[Asked], Any], *, under: str = "/v1/", **headers: str
) -> Callable[[], Alter]:
    """Where a problem with this code is due, something else is answered."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if code_of(told) != code or not asked.path.startswith(under):
            return told
        other = told.saying(said(asked), status).typed(JSON)
        for name, value in headers.items():
            other = other.with_header(name, value)
        return other

    return lambda: alter


def changed(path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[], Alter]:
    """Successes at addresses with this ending say something else."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        return told.saying(change(told.json)) if told.ok and asked.path.endswith(path) else told

    return lambda: alter


def heard(asked: Asked) -> dict[str, Any]:
    """As if a report had been heard."""
    return {"transfer": asked.path.split("/")[4], "state": "in_handling", "news": False}


def shown(_: Asked) -> dict[str, Any]:
    """A transfer that was stored."""
    moment = "2026-11-23T10:15:00+08:00"
    return {
        "transfer": TRANSFER, "service": "water", "utility": "kunming-water", "state": "submitted",
        "state_text": "已提交", "closed": False, "submitted_at": moment, "updated_at": moment,
        "timeline": [{"step": 5, "code": "submitted", "text": "申请已提交。", "at": moment}],
        "next_action": {"code": "wait", "who": "utility", "text": "等待。"},
    }  # fmt: skip


def withdrawing(asked: Asked) -> dict[str, Any]:
    """A withdrawal that was asked for."""
    action = {"code": "wait", "who": "utility", "text": "请等待。"}
    return {"transfer": asked.path.split("/")[3], "state": "withdrawing", "state_text": "撤回中", "next_action": action}


def signs(_: Asked) -> dict[str, Any]:
    """Somebody who would sign."""
    return {"right_holder_name": "张春晓"}


def asked_for(asked: Asked) -> dict[str, Any]:
    """Who signs, or how the certificate stands."""
    return {"location": "五华区青年路388号"} if asked.path.endswith("/certificate") else signs(asked)


def without(*names: bytes) -> Callable[[], Alter]:
    """Answers lack these headers."""

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        return attrs.evolve(told, headers=tuple(pair for pair in told.headers if pair[0].lower() not in names))

    return lambda: alter


def draws_keys() -> Alter:
    """A message without a key is taken all the same."""
    count = 0

    async def alter(asked: Asked, go: Go) -> Told:
        nonlocal count
        told = await go(asked)
        if code_of(told) == "idempotency_key_missing":
            count += 1
            given = f"drawn-{count}-{id(alter)}"
            told = await go(attrs.evolve(asked, headers={**asked.headers, "idempotency-key": given}))
        # A signed message cannot be given a key: then at least it is not refused as it should be.
        return (
            told.saying(heard(asked), 200).typed(JSON)
            if code_of(told) == "signature_invalid" and not asked.key
            else told
        )

    return alter


def last_word_counts() -> Alter:
    """The state is what the last report said, in whatever order they came."""
    states: dict[str, str] = {}
    said = {"passed": "passed", "not_passed": "not_passed", "signed": "signed_sms", "declined": "declined"}
    said |= {"done": "done", "not_done": "not_done", "expired": "expired", "withdrawn": "withdrawn"}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        parts = asked.path.split("/")
        if "/v1/utility/" in asked.path and told.ok and asked.method == "POST" and asked.json:
            states[parts[4]] = STATES[said[asked.json.get("result") or asked.json["outcome"]]]
        if asked.method == "GET" and len(parts) == 4 and parts[2] == "transfers" and told.ok and parts[3] in states:
            return told.saying(in_state(told.json, states[parts[3]]))
        return told

    return alter


def in_state(seen: dict[str, Any], state: str) -> dict[str, Any]:
    """A transfer as it would be shown in another state."""
    closed = state not in ("awaiting_signing", "in_handling", "submitted")
    return {key: value for key, value in seen.items() if key != "reason"} | {"state": state, "closed": closed}


def rewrites_the_end() -> Alter:
    """A report that contradicts the end is refused, and moves it all the same."""
    moved: dict[str, str] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        parts = asked.path.split("/")
        if code_of(told) == "contradicts":
            moved[parts[4]] = "in_handling"
        if asked.method == "GET" and told.ok and parts[-1] in moved:
            return told.saying(in_state(told.json, moved[parts[-1]]))
        return told

    return alter


def forgets_withdrawals() -> Alter:
    """Who signs is shown all the same, whether the consent alone has ended or the transfer with it."""
    withdrawn: set[str] = set()

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        parts = asked.path.split("/")
        if asked.path.endswith("/withdrawal") and "consents" in parts and told.ok:
            withdrawn.add(parts[3])
        if asked.path.endswith("/identity") and parts[4] in withdrawn and not told.ok:
            return told.saying(signs(asked), 200).typed(JSON)
        return told

    return alter


def shows_everybody() -> Alter:
    """Whoever is signed in is shown any transfer."""
    owners: dict[str, str] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.path == "/v1/transfers" and told.ok:
            owners[told.json["transfer"]] = asked.headers.get("citizen-session", "")
        owner = owners.get(asked.path.split("/")[-1])
        if asked.method == "GET" and owner and code_of(told) in ("not_your_own", "unknown_transfer"):
            return await go(attrs.evolve(asked, headers={**asked.headers, "citizen-session": owner}))
        return told

    return alter


def names_somebody() -> Alter:
    """Whose transfer it is stands in its state."""
    names: dict[str, str] = {}

    async def alter(asked: Asked, go: Go) -> Told:
        told = await go(asked)
        if asked.path == "/v1/transfers" and told.ok:
            names[told.json["transfer"]] = asked.json["right_holder_name"]
        name = names.get(asked.path.split("/")[-1])
        return told.saying({**told.json, "state_text": name}) if asked.method == "GET" and told.ok and name else told

    return alter


def lends_a_token(*, only_wrong: bool) -> Callable[[], Alter]:
    """Whoever has no good token is let in with one that was seen before."""

    def drawn() -> Alter:
        seen: dict[bool, str] = {}

        async def alter(asked: Asked, go: Go) -> Told:
            told = await go(asked)
            utility = "/v1/utility/" in asked.path
            shown_token = asked.headers.get("authorization")
            if told.ok and shown_token and asked.path.startswith("/v1/"):
                seen[utility] = shown_token
            if code_of(told) == "not_authorised" and (shown_token or not only_wrong) and utility in seen:
                return await go(attrs.evolve(asked, headers={**asked.headers, "authorization": seen[utility]}))
            return told

        return alter

    return drawn


def numbered() -> Alter:
    """Each answer to a submission differs in something from the one before."""
    count = 0

    async def alter(asked: Asked, go: Go) -> Told:
        nonlocal count
        told = await go(asked)
        if asked.path != "/v1/transfers" or not told.ok:
            return told
        count += 1
        return told.saying({**told.json, "state_text": f"已提交（{count}）"})

    return alter


async def not_theirs(asked: Asked, go: Go) -> Told:
    """What only a utility may do, the platform may as well."""
    told = await go(asked)
    if code_of(told) in ("forbidden", "insufficient_scope") and asked.path.startswith("/v1/utility/"):
        return told.saying(heard(asked) if asked.method == "POST" else signs(asked), 200).typed(JSON)
    return told


SIGNATURES = (
    "access.signature_required access.signature_checked access.signature_of_the_body access.signature_bound "
    "access.timestamp_checked"
)
GATEWAYS: tuple[BrokenGateway, ...] = (
    broken("repetitions are not marked", "post.once_per_key", without(b"idempotency-replayed")),
    broken("no two answers are the same", "post.once_per_key post.once_at_once", numbered),
    broken(
        "a used key for another message",
        "post.key_reused",
        instead_of("idempotency_key_reused", 201, shown, location=f"/v1/transfers/{TRANSFER}"),
    ),
    broken("no key needed", "post.key_required", draws_keys),
    broken(
        "two open transfers of a home",
        "submit.one_open",
        instead_of("already_under_way", 201, shown, location=f"/v1/transfers/{TRANSFER}"),
    ),
    broken(
        "arrears are let pass",
        "submit.in_arrears",
        instead_of("in_arrears", 201, shown, location=f"/v1/transfers/{TRANSFER}"),
    ),
    broken(
        "arrears are not told",
        "account.in_arrears",
        changed("/v1/accounts/search", lambda said: {**said, "account": {**said["account"], "in_arrears": False}}),
    ),
    broken("nobody is told of the new transfer", "answers.headers", without(b"location")),
    broken("the last report counts", "reports.any_order", last_word_counts),
    broken(
        "everything is news",
        "reports.no_news_twice",
        changed("", lambda said: {**said, "news": True} if "news" in said else said),
    ),
    broken("contradictions are heard", "reports.contradiction", instead_of("contradicts", 200, heard)),
    broken("the end is rewritten", "reports.end_absorbs", rewrites_the_end),
    broken(
        "unknown transfers are heard of",
        "reports.unknown_transfer",
        instead_of("unknown_transfer", 200, heard, under=UTILITYS),
    ),
    broken(
        "the contract is elsewhere",
        "signing.address_at_the_tap",
        changed(
            "/signing",
            lambda said: (
                {**said, "signing_address": f"{said['signing_address']}?from=us"} if "signing_address" in said else said
            ),
        ),
    ),
    broken(
        "there is something to sign at once",
        "signing.not_ready",
        instead_of("not_ready_to_sign", 200, lambda _: {"action": "in_handling", "text": "办理中"}),
    ),
    broken("data after the end", "identity.shown certificate.shown", instead_of("closed", 200, asked_for)),
    broken("a withdrawn consent does not count", "consents.withdrawn", forgets_withdrawals),
    broken("taken back after the signature", "withdrawal.until_signed", instead_of("signed_already", 200, withdrawing)),
    broken(
        "another attempt stands alone",
        "attempt.linked",
        changed("/again", lambda said: {key: value for key, value in said.items() if key != "follows"}),
    ),
    broken("everybody sees everything", "transfer.not_anothers", shows_everybody),
    broken("a name in the state", "transfer.names_nobody", names_somebody),
    broken("the platform reports", "roles.platform", lambda: not_theirs),
    broken("nobody needs a token", "access.token_required access.token_checked", lends_a_token(only_wrong=False)),
    broken("any token will do", "access.token_checked", lends_a_token(only_wrong=True)),
    broken("any signature will do", SIGNATURES, instead_of("signature_invalid", 200, heard, under=UTILITYS)),
)
"""Each with one thing wrong."""
