"""Plays platform, citizen and utility towards a gateway: each word is one operation of the contract, called for a case.

A case is a person with a home and, once it was submitted, a transfer. Leaves no transfer open that it has begun.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import attrs

from cotransfer.conformance.acting import Letter, Post
from cotransfer.conformance.calling import Caller
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.exchanges import Exchange, Trace
from cotransfer.conformance.gateway.parties import EASY, IN_ARREARS, Parties, Person, in_turn
from cotransfer.conformance.steps import FRESH_KEY, Sequence, Step

REPORTS: Mapping[str, tuple[str, dict[str, object]]] = {
    "passed": ("pre-review", {"result": "passed", "signing_address": ""}),
    "not_passed": ("pre-review", {"result": "not_passed", "reason": "户号与房屋不一致。"}),
    "signed_sms": ("signing", {"outcome": "signed", "channel": "sms"}),
    "signed_wechat": ("signing", {"outcome": "signed", "channel": "wechat"}),
    "declined": ("signing", {"outcome": "declined"}),
    "expired": ("signing", {"outcome": "expired"}),
    "withdrawn": ("signing", {"outcome": "withdrawn"}),
    "done": ("handling", {"result": "done"}),
    "not_done": ("handling", {"result": "not_done", "reason": "水表编号不符。"}),
}
"""The reports of steps 6 to 8: the address they go to, and what they say."""

OPERATIONS: Mapping[str, str] = {
    "properties": "searchProperties",
    "account": "searchAccount",
    "account_unknown": "searchAccount",
    "account_in_arrears": "searchAccount",
    "submit": "submitTransfer",
    "submit_other": "submitTransfer",
    "submit_in_arrears": "submitTransfer",
    "show": "showTransfer",
    "show_unknown": "showTransfer",
    "tap": "openSigning",
    "disclosures": "showDisclosures",
    "consents": "showConsents",
    "withdraw": "withdrawConsent",
    "take_back": "withdrawTransfer",
    "again": "submitAgain",
    "question": "openReversal",
    "reversals": "showReversals",
    "evidence": "addEvidence",
    "unquestion": "withdrawReversal",
    "questioned": "questionTransfer",
    "finding": "reportReversal",
    "session": "openCitizenSession",
    **{word: f"report{kind.title().replace('-', '')}" for word, (kind, _) in REPORTS.items()},
    "certificate": "showCertificateStatus",
    "identity": "showIdentity",
    "fetch_token": "fetchToken",
    "keys": "showKeys",
    "metadata": "showServerMetadata",
    "health": "showHealth",
    "ready": "showReadiness",
}
"""The contract's operation that each word calls."""

DOCUMENT = {"name": "合同.pdf", "sha256": "5f" * 32, "kept_at": "档案 7"}
OPENING: Mapping[str, object] = {"ground": "wrong_account", "documents": [DOCUMENT]}
FOUND: Mapping[str, object] = {"number": 1, "finding": "rejected", "reason": "户号无误。"}
"""What is said about a reversal; the utility's finding ends it."""

OPEN = {
    "keys": "/oauth/jwks.json",
    "metadata": "/.well-known/oauth-authorization-server",
    "health": "/healthz",
    "ready": "/readyz",
}
UNKNOWN_ACCOUNT = "9999999999"
MOST_PASSED_OVER = 20
"""How many people in a row are passed over for an account that they may not submit."""


@attrs.define(kw_only=True)
class Case:
    """One application of a sequence, from its person to its transfer; `word` makes its keys its own."""

    who: Person
    word: str
    transfer: str
    submitted: bool = False
    closed: bool = False
    session: str | None = attrs.field(default=None, repr=False)
    consents: list[dict[str, Any]] = attrs.field(factory=list)
    id_token: str = attrs.field(default="", repr=False)


class GatewayActor:
    """An `Actor`; people are used in turn, a new one for each case."""

    def __init__(self, caller: Caller, parties: Parties, people: tuple[Person, ...], *, seed: int) -> None:
        self.parties = parties
        self.post = Post(caller, Random(seed))
        self._caller = caller
        self._easy = in_turn(tuple(who for who in people if who.kind in EASY))
        self._in_arrears = in_turn(tuple(who for who in people if who.kind == IN_ARREARS))
        self._stranger: Case | None = None

    async def play(self, sequence: Sequence) -> Trace:
        cases: dict[int, Case] = {}
        trace: list[Exchange] = []
        try:
            for step in sequence:
                case = cases.get(step.case) or await self._case(step, sequence)
                cases[step.case] = case
                trace += await self._played(step, case)
        finally:
            for case in cases.values():
                await self._left(case)
        return tuple(trace)

    async def stranger(self) -> Case:
        """Somebody else who is signed in, for whom nothing was submitted."""
        if self._stranger is None:
            self._stranger = await self._signed_in(Case(who=next(self._easy), word="", transfer=""))
        return self._stranger

    async def _played(self, step: Step, case: Case) -> list[Exchange]:
        if step.do == "session":
            case.id_token = await self.parties.sandbox.id_token(case.who) or ""
        if step.do == "fetch_token":
            if self.parties.desk is None:
                return []
            sent = self.parties.desk.request(spoilt=step.spoilt)
            return [Exchange(step=step, nth=0, sent=sent, got=await self._caller.call(sent))]
        exchanges = await self.post.send(step, await self._letter(step, case))
        for exchange in exchanges:
            _noted(case, exchange)
        return exchanges

    async def _letter(self, step: Step, case: Case) -> Letter:
        letter = LETTERS[step.do](self, case)
        client, session = letter.client, case.session
        if "as:stranger" in step.twists:
            session = (await self.stranger()).session
        if "as:platform" in step.twists:
            client = self.parties.platform
        if "as:utility" in step.twists:
            client = self.parties.utility
        if "as:other" in step.twists and self.parties.other is not None:
            client = self.parties.other
        keyed = letter.method == "POST" and step.do != "session"
        key = self.post.word() if FRESH_KEY in step.twists else f"{case.word}-{_key_word(step.do)}"
        shows_session = client is self.parties.platform and session is not None and step.do not in ("session", *OPEN)
        headers = (("Citizen-Session", session),) if shows_session and session is not None else ()
        return attrs.evolve(letter, client=client, key=key if keyed else None, headers=headers)

    async def _case(self, step: Step, sequence: Sequence) -> Case:
        words = {each.do for each in sequence if each.case == step.case}
        if any(do.endswith("in_arrears") for do in words):
            case, _ = await self._applying(next(self._in_arrears))
            return case
        if not any(do.startswith(("submit", "account")) for do in words):
            case = self._begun(next(self._easy))
            return case if words <= {*OPEN, "fetch_token"} else await self._signed_in(case)
        case, may_submit = await self._applying(next(self._easy))
        for _ in range(0 if may_submit else MOST_PASSED_OVER):
            case, may_submit = await self._applying(next(self._easy))
            if may_submit:
                break
        return case

    def _begun(self, who: Person) -> Case:
        return Case(who=who, word=self.post.word()[:20], transfer=self.post.transfer())

    async def _applying(self, who: Person) -> tuple[Case, bool]:
        """Somebody who has been shown their account; and whether they may submit, for another run, or the kit for
        utilities, may have left the account in another name.
        """
        case = await self._signed_in(self._begun(who))
        await self.parties.sandbox.be_quiet(who)
        step = Step(do="account", twists=(FRESH_KEY,))
        (found,) = await self.post.send(step, await self._letter(step, case))
        if found.answer is None:
            return case, False
        names = ("receiver", "text_version", "text_digest")
        offers = found.answer.member("consents") or []
        case.consents = [{**{name: offer[name] for name in names}, "how": "h5"} for offer in offers]
        return case, found.answer.member("may_submit") is True

    async def _signed_in(self, case: Case) -> Case:
        token = await self.parties.sandbox.id_token(case.who)
        if token is not None:
            case.id_token = token
            (opened,) = await self.post.send(Step(do="session"), LETTERS["session"](self, case))
            case.session = opened.answer.member("session") if opened.answer is not None else None
        return case

    async def _left(self, case: Case) -> None:
        """Ends what was begun, here and at the water company, so that the same person can apply in another run."""
        if not case.submitted:
            return
        for word in () if case.closed else ("not_passed", "not_done"):
            letter = attrs.evolve(LETTERS[word](self, case), key=self.post.word())
            (answered,) = await self.post.send(Step(do=word), letter)
            if answered.answer is not None and answered.answer.is_success:
                break
        await self.parties.sandbox.be_done(case.transfer)


def _noted(case: Case, exchange: Exchange) -> None:
    """What later steps of the sequence need to know."""
    answer = exchange.answer
    if answer is None or not answer.is_success:
        return
    if exchange.step.do in ("submit", "again") and isinstance(answer.member("transfer"), str):
        case.transfer, case.submitted, case.closed = answer.member("transfer"), True, False
    elif exchange.step.do in ("done", "not_done", "not_passed", "declined", "expired", "withdrawn"):
        case.closed = True


def _key_word(do: str) -> str:
    """A key stands for one message; with another body under it, it is the same key."""
    return "submit" if do.startswith("submit") else do


def _platform(
    method: str, path: Callable[[GatewayActor, Case], str], body: Callable[[Case], dict[str, Any]] | None = None
) -> Callable[[GatewayActor, Case], Letter]:
    def letter(actor: GatewayActor, case: Case) -> Letter:
        return Letter(
            method=method,
            path=path(actor, case),
            client=actor.parties.platform,
            body=body(case) if body is not None else None,
            personal=case.who.personal,
        )

    return letter


def _at(path: str) -> Callable[[GatewayActor, Case], str]:
    return lambda actor, case: path.format(transfer=case.transfer, receiver=actor.parties.receiver)


def _asked(what: str) -> Callable[[GatewayActor, Case], Letter]:
    def letter(actor: GatewayActor, case: Case) -> Letter:
        path = f"/v1/utility/transfers/{case.transfer}/{what}"
        return Letter(method="GET", path=path, client=actor.parties.utility, personal=case.who.personal)

    return letter


def _report(word: str) -> Callable[[GatewayActor, Case], Letter]:
    kind, said = REPORTS[word]

    def letter(actor: GatewayActor, case: Case) -> Letter:
        body = {
            **said,
            **({"signing_address": signing_address(actor.parties, case)} if "signing_address" in said else {}),
        }
        path = f"/v1/utility/transfers/{case.transfer}/{kind}"
        return Letter(method="POST", path=path, client=actor.parties.utility, body=body, personal=case.who.personal)

    return letter


def _of_utility(what: str, body: Mapping[str, object]) -> Callable[[GatewayActor, Case], Letter]:
    def letter(actor: GatewayActor, case: Case) -> Letter:
        path = f"/v1/utility/transfers/{case.transfer}/{what}"
        return Letter(method="POST", path=path, client=actor.parties.utility, body={**body}, personal=case.who.personal)

    return letter


def signing_address(parties: Parties, case: Case) -> str:
    """Where the contract of this case would be signed."""
    return f"{parties.signing_host}/sign/{case.word}"


def _submission(case: Case, **changes: Any) -> dict[str, Any]:
    return {**case.who.submission, "confirmed_match": True, "consents": case.consents, **changes}


LETTERS: Mapping[str, Callable[[GatewayActor, Case], Letter]] = {
    "properties": _platform("POST", _at("/v1/properties/search"), lambda case: case.who.property_search),
    "account": _platform("POST", _at("/v1/accounts/search"), lambda case: case.who.account_search),
    "account_in_arrears": _platform("POST", _at("/v1/accounts/search"), lambda case: case.who.account_search),
    "account_unknown": _platform(
        "POST",
        _at("/v1/accounts/search"),
        lambda case: {**case.who.account_search, "account_number": UNKNOWN_ACCOUNT},
    ),
    "submit": _platform("POST", _at("/v1/transfers"), _submission),
    "submit_in_arrears": _platform("POST", _at("/v1/transfers"), _submission),
    "submit_other": _platform(
        "POST", _at("/v1/transfers"), lambda case: _submission(case, mobile_number="13800138000")
    ),
    "show": _platform("GET", _at("/v1/transfers/{transfer}")),
    "show_unknown": _platform("GET", lambda actor, _: f"/v1/transfers/{actor.post.transfer()}"),
    "tap": _platform("POST", _at("/v1/transfers/{transfer}/signing"), lambda _: {}),
    "disclosures": _platform("GET", _at("/v1/transfers/{transfer}/disclosures")),
    "consents": _platform("GET", _at("/v1/transfers/{transfer}/consents")),
    "withdraw": _platform("POST", _at("/v1/transfers/{transfer}/consents/{receiver}/withdrawal"), lambda _: {}),
    "take_back": _platform("POST", _at("/v1/transfers/{transfer}/withdrawal"), lambda _: {}),
    "again": _platform(
        "POST",
        _at("/v1/transfers/{transfer}/again"),
        lambda case: {"confirmed_match": True, "consents": case.consents},
    ),
    "question": _platform("POST", _at("/v1/transfers/{transfer}/reversals"), lambda _: {**OPENING}),
    "reversals": _platform("GET", _at("/v1/transfers/{transfer}/reversals")),
    "evidence": _platform(
        "POST", _at("/v1/transfers/{transfer}/reversals/evidence"), lambda _: {"documents": [DOCUMENT]}
    ),
    "unquestion": _platform("POST", _at("/v1/transfers/{transfer}/reversals/withdrawal"), lambda _: {}),
    "questioned": _of_utility("reversals", OPENING),
    "finding": _of_utility("reversals/finding", FOUND),
    "session": _platform("POST", _at("/v1/citizen-sessions"), lambda case: {"id_token": case.id_token}),
    **{word: _report(word) for word in REPORTS},
    "certificate": _asked("certificate"),
    "identity": _asked("identity"),
    **{
        word: lambda _, __, path=path: Letter(method="GET", path=path, client=Client())  # type: ignore[misc]
        for word, path in OPEN.items()
    },
}
"""The call that each word stands for."""
