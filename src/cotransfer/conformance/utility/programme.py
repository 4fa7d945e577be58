"""What is tried against a utility, in which order: thought-out scenarios first, then sequences drawn from a seed.

Never tries what the target was not set up for: the rules that would need it are reported as not tried.
"""

from collections.abc import Iterator
from random import Random

from cotransfer.conformance.spoiling import access_calls, spoilt_calls
from cotransfer.conformance.steps import MOST_AT_ONCE, Scenario, Sequence, Step
from cotransfer.conformance.utility.acting import Target

LONGEST = 8
WATCHED = 6
"""How often progress is asked for while a case moves on."""


def programme(target: Target, *, seed: int, sequences: int, at_once: int = MOST_AT_ONCE) -> tuple[Scenario, ...]:
    """All scenarios; the same seed, the same ones."""
    random = Random(seed)
    words = (*_DRAWN, *(Step(do=word) for word, needed in _IF_IT_CAN.items() if needed in target.can))
    drawn = (Scenario(tries=(), steps=_drawn(random, words)) for _ in range(sequences))
    return (*_good(at_once), *_with(target), *_wrong(target), *drawn)


def _good(at_once: int) -> Iterator[Scenario]:
    watching = tuple(step for _ in range(WATCHED) for step in (Step(do="wait"), Step(do="progress")))
    yield _scenario("account.found account.that_very_number account.changes_nothing", Step(do="find"), Step(do="find"))
    yield _scenario("account.unknown", Step(do="find_unknown"))
    yield _scenario("progress.unknown", Step(do="progress_unknown"))
    yield _scenario("submit.receipt", Step(do="submit"))
    yield _scenario("submit.once_per_key", Step(do="submit"), Step(do="submit"))
    yield _scenario("submit.once_at_once", Step(do="submit", times=at_once), Step(do="submit"), Step(do="progress"))
    yield _scenario("submit.key_reused", Step(do="submit"), Step(do="submit_other"), Step(do="submit"))
    yield _scenario("progress.known_at_once progress.bears_the_receipt", Step(do="submit"), Step(do="progress"))
    yield _scenario("progress.in_order progress.never_shrinks", Step(do="submit"), *watching)
    for language in ("language:zh-CN", "language:en"):
        yield _scenario("problems.language", Step(do="find_unknown", twists=(language,)))


def _with(target: Target) -> Iterator[Scenario]:
    """What needs something given beyond the address."""
    if target.accounts.in_arrears:
        yield _scenario("account.arrears_told", Step(do="find_in_arrears"))
        yield _scenario(
            "submit.arrears_not_taken progress.never_taken", Step(do="submit_in_arrears"), Step(do="progress")
        )
    yield from _second_thoughts(target)
    if target.ledger is not None:
        repeated = (Step(do="submit"), Step(do="submit", times=4), Step(do="wait"), Step(do="ledger"))
        yield _scenario("submit.one_effect", *repeated)
    if target.restart is not None:
        yield _scenario("submit.remembered", Step(do="submit"), Step(do="restart"), Step(do="submit"))
    if target.desk is not None:
        yield _scenario("token.given", Step(do="token"))
        yield _scenario("token.refused", Step(do="token", twists=("secret:wrong",)))


def _second_thoughts(target: Target) -> Iterator[Scenario]:
    if "cancels" in target.can:
        cancelled = (Step(do="cancel"), Step(do="progress"))
        yield _scenario("cancel.before_it_came", Step(do="cancel"), Step(do="submit"))
        yield _scenario("cancel.same_again cancel.as_progress_tells", Step(do="submit"), *cancelled, *cancelled)
        watched = (Step(do="wait", times=WATCHED), *cancelled, Step(do="submit"), *cancelled)
        yield _scenario("cancel.same_again cancel.as_progress_tells", Step(do="submit"), *watched)
        yield from access_calls("cancel", target.client, posts=True)
    if "renews_signing_address" in target.can:
        yield _scenario("renew.nothing_to_sign", Step(do="renew"))
        asked = tuple(step for _ in range(WATCHED) for step in (Step(do="wait"), Step(do="renew"), Step(do="progress")))
        yield _scenario("renew.told_by_progress", Step(do="submit"), *asked)
        yield from access_calls("renew", target.client, posts=True)
    if "lists" in target.can:
        asking = tuple(Step(do=word) for _ in range(WATCHED) for word in ("progress", "list", "progress", "wait"))
        tries = "list.holds_what_was_taken list.in_order list.as_progress_tells"
        yield _scenario(tries, Step(do="submit", case=1), Step(do="submit"), *asking)
        yield from access_calls("list", target.client, posts=True)
        yield from spoilt_calls("utility", "list", "listApplications")


def _wrong(target: Target) -> Iterator[Scenario]:
    for word, operation in (("find", "findAccount"), ("submit", "submitApplication")):
        yield from access_calls(word, target.client, posts=True)
        yield from spoilt_calls("utility", word, operation)
    yield from access_calls("progress_unknown", target.client, posts=False)
    yield _scenario("submit.key_required", Step(do="submit", twists=("key:none",)))
    yield _scenario("submit.key_is_the_transfer", Step(do="submit", twists=("key:other",)))


def _scenario(tries: str, *steps: Step) -> Scenario:
    return Scenario(tries=tuple(tries.split()), steps=steps)


_DRAWN = (
    Step(do="submit"),
    Step(do="submit"),
    Step(do="submit", times=3),
    Step(do="submit_other"),
    Step(do="submit", twists=("key:none",)),
    Step(do="submit", twists=("body:not_json",)),
    Step(do="submit", twists=("missing:application.mobile_number",)),
    Step(do="progress"),
    Step(do="progress"),
    Step(do="progress_unknown"),
    Step(do="find"),
    Step(do="find_unknown"),
    Step(do="wait"),
)
"""What sequences are drawn from; a word that stands twice comes twice as often."""


_IF_IT_CAN = {"cancel": "cancels", "renew": "renews_signing_address", "list": "lists"}


def _drawn(random: Random, words: tuple[Step, ...]) -> Sequence:
    steps = (random.choice(words) for _ in range(random.randint(3, LONGEST)))
    return tuple(_of_case(step, random.randrange(2)) for step in steps)


def _of_case(step: Step, case: int) -> Step:
    return Step(do=step.do, case=case, twists=step.twists, times=step.times)
