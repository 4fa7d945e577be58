"""What is tried against a gateway, in which order: thought-out scenarios first, then sequences drawn from a seed.

Never begins a transfer for each wrong call: those on one transfer are played one after the other, and shrinking finds
the one that matters.
"""

import itertools
from collections.abc import Iterator
from random import Random

from cotransfer.conformance.gateway.acting import OPEN, OPERATIONS, REPORTS
from cotransfer.conformance.gateway.parties import Parties
from cotransfer.conformance.spoiling import access_calls, spoilt_calls
from cotransfer.conformance.steps import FRESH_KEY, MOST_AT_ONCE, Scenario, Sequence, Step

LONGEST = 8
IN_A_ROW = 12
"""How many wrong calls are played on one transfer."""

_STORIES = (("passed", "signed_sms", "done"), ("passed", "signed_wechat", "not_done"), ("passed", "declined"))
_SPOILT = ("properties", "account", "submit", "session", "passed", "signed_sms", "not_done")


def programme(parties: Parties, *, seed: int, sequences: int, at_once: int = MOST_AT_ONCE) -> tuple[Scenario, ...]:
    """All scenarios; the same seed, the same ones."""
    random = Random(seed)
    drawn = (Scenario(tries=(), steps=_drawn(random)) for _ in range(sequences))
    return (*_platform(at_once), *_reports(), *_others(parties), *_wrong(parties), *drawn)


def _platform(at_once: int) -> Iterator[Scenario]:
    for word in OPEN:
        yield _scenario("open.shown", word)
    yield _scenario("properties.found", "properties")
    yield _scenario("account.confirmed", "account")
    yield _scenario("account.unknown", "account_unknown")
    yield _scenario("account.in_arrears submit.in_arrears", "account_in_arrears", "submit_in_arrears")
    yield _scenario("session.opened", "session")
    yield _scenario("submit.created transfer.shown transfer.names_nobody", "submit", "show", "disclosures", "consents")
    yield _scenario("transfer.unknown", "show_unknown")
    yield _scenario("post.once_per_key", "submit", "submit", "show")
    yield _scenario("post.once_at_once", Step(do="submit", times=at_once), "submit", "show")
    yield _scenario("post.key_reused", "submit", "submit_other")
    yield _scenario("submit.one_open", "submit", Step(do="submit", twists=(FRESH_KEY,)))
    yield _scenario("signing.not_ready", "submit", "tap")
    yield _scenario(
        "signing.address_at_the_tap", "submit", "passed", "tap", "signed_sms", Step(do="tap", twists=(FRESH_KEY,))
    )
    yield _scenario(
        "identity.shown certificate.shown", "submit", "identity", "certificate", "not_passed", "identity", "certificate"
    )
    yield _scenario("consents.withdrawn", "submit", "withdraw", "consents", "identity")
    yield _scenario("withdrawal.until_signed", "submit", "take_back", "show")
    yield _scenario("withdrawal.until_signed", "submit", "passed", "signed_sms", "take_back", "show")
    yield _scenario("attempt.linked", "submit", "not_passed", "again", "show")
    yield _scenario("reversal.of_completed", "submit", "question", "questioned")
    handled = ("submit", "passed", "signed_sms", "done")
    yield _scenario("reversal.of_completed", *handled, "question", "reversals", "evidence", "unquestion", "show")
    yield _scenario("reversal.of_completed", *handled, "questioned", "finding", "reversals")
    for language in ("language:zh-CN", "language:en"):
        yield _scenario("problems.language", Step(do="show_unknown", twists=(language,)))


def _reports() -> Iterator[Scenario]:
    for story in _STORIES:
        for order in itertools.permutations(story):
            yield _scenario("reports.heard reports.any_order", "submit", *order, "show")
    for word in REPORTS:
        again = (Step(do=word), Step(do=word), Step(do=word, twists=(FRESH_KEY,)))
        yield _scenario("reports.no_news_twice post.once_per_key", "submit", *again, "show")
    for end, against in (
        ("done", "not_done"),
        ("not_passed", "done"),
        ("declined", "signed_sms"),
        ("not_done", "not_passed"),
    ):
        yield _scenario("reports.contradiction reports.end_absorbs", "submit", end, against, "show")


def _others(parties: Parties) -> Iterator[Scenario]:
    yield _scenario("transfer.not_anothers", "submit", Step(do="show", twists=("as:stranger",)))
    for word in ("passed", "identity"):
        yield _scenario("roles.platform", "submit", Step(do=word, twists=("as:platform",)))
        if parties.other is not None:
            yield _scenario("roles.other_utility", "submit", Step(do=word, twists=("as:other",)))
    for word in ("show", "properties"):
        yield _scenario("roles.utility", "submit", Step(do=word, twists=("as:utility",)))
    yield _scenario("reports.unknown_transfer", Step(do="passed", twists=("transfer:unknown",)))
    if parties.desk is not None:
        yield _scenario("token.given", "fetch_token")
        yield _scenario("token.refused", Step(do="fetch_token", twists=("secret:wrong",)))


def _wrong(parties: Parties) -> Iterator[Scenario]:
    for word in ("properties", "submit", "show"):
        yield from access_calls(word, parties.platform, posts=word != "show")
    for word in ("passed", "signed_sms", "done"):
        yield from access_calls(word, parties.utility, posts=True)
    yield from access_calls("identity", parties.utility, posts=False)
    for word in ("properties", "account", "submit"):
        yield _scenario("post.key_required", Step(do=word, twists=("key:none",)))
    yield _scenario("post.key_required", "submit", Step(do="passed", twists=("key:none",)))
    for word in _SPOILT:
        yield from _in_a_row(word, tuple(spoilt_calls("gateway", word, OPERATIONS[word])))


def _in_a_row(word: str, wrong: tuple[Scenario, ...]) -> Iterator[Scenario]:
    """Several wrong calls of a word in one sequence, after a submission where there has to be one."""
    before = (Step(do="submit"),) if word in REPORTS else ()
    for first in range(0, len(wrong), IN_A_ROW):
        some = wrong[first : first + IN_A_ROW]
        tries = tuple(code for each in some for code in each.tries)
        yield Scenario(tries=tries, steps=(*before, *(step for each in some for step in each.steps)))


def _scenario(tries: str, *steps: Step | str) -> Scenario:
    said = tuple(step if isinstance(step, Step) else Step(do=step) for step in steps)
    return Scenario(tries=tuple(tries.split()), steps=said)


_DRAWN = (*REPORTS, *("show",) * 3, "tap", "identity", "submit")
_TWISTS = ((), (), (), (FRESH_KEY,), ("token:none",), ("key:none",))


def _drawn(random: Random) -> Sequence:
    """A transfer, and what may happen to it in any order."""
    words = [random.choice(_DRAWN) for _ in range(random.randint(3, LONGEST))]
    return (Step(do="submit"), *(_twisted(word, random.choice(_TWISTS)) for word in words), Step(do="show"))


def _twisted(word: str, twists: tuple[str, ...]) -> Step:
    """A look has no key that could be another, or missing."""
    looks = word in ("show", "identity") and any(twist.startswith("key:") for twist in twists)
    return Step(do=word, twists=() if looks else twists)
