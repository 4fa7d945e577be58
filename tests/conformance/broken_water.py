"""Water companies with one thing wrong, and the rules that each of them breaks: the very ones, and no other.

Where more than one rule stands beside a company, the others follow from the same fault and cannot be kept with it.
"""

from collections.abc import Callable
from typing import Any

import attrs
from tests.conformance import water_faults as faults

from cotransfer.sandbox import Agreed, City

Make = Callable[[City, Agreed], Any]


@attrs.frozen(kw_only=True)
class Broken:
    """`make` builds the company around what was agreed; `restart` is what its operator does to it."""

    name: str
    breaks: frozenset[str]
    make: Make
    restart: Callable[[Any], None] | None = None
    patience_s: float = 60.0


def broken(name: str, breaks: str, make: Make, **more: Any) -> Broken:
    """One company, its rules in one text."""
    return Broken(name=name, breaks=frozenset(breaks.split()), make=make, **more)


VARIANTS: tuple[Broken, ...] = (
    broken(
        "another receipt for the same application",
        "submit.once_per_key submit.once_at_once",
        faults.altered(faults.another_receipt),
    ),
    broken("two receipts at once", "submit.once_at_once", faults.altered(faults.two_at_once)),
    broken("a second effect", "submit.one_effect", faults.second_effect),
    broken("a used key for another application", "submit.key_reused", faults.altered(faults.old_receipt_for_another)),
    broken(
        "keys forgotten by a restart",
        "submit.remembered list.in_order",  # Taken twice, it is stated twice.
        faults.forgetful,
        restart=faults.forget,
    ),
    broken("no key needed", "submit.key_required", faults.altered(lambda: faults.no_key_needed)),
    broken("any key", "submit.key_is_the_transfer", faults.altered(lambda: faults.any_key)),
    broken("progress only later", "progress.known_at_once", faults.altered(faults.only_later)),
    broken(
        "handled before signed",
        "progress.in_order list.as_progress_tells",
        faults.altered(lambda: faults.handled_first),
    ),
    broken("results taken back", "progress.never_shrinks renew.told_by_progress", faults.altered(faults.taken_back)),
    broken(
        "progress under another reference",
        "progress.bears_the_receipt",
        faults.altered(lambda: faults.another_reference),
    ),
    broken(
        "progress of what was never handed in",
        "progress.unknown progress.never_taken",
        faults.altered(lambda: faults.knows_everything),
    ),
    broken("progress of what was not taken", "progress.never_taken", faults.keeps_what_it_refused),
    broken("a withdrawal is forgotten", "cancel.before_it_came", faults.forgets_withdrawals),
    broken("a withdrawal is taken back", "cancel.same_again", faults.altered(faults.changes_its_mind)),
    broken("withdrawn, it goes on", "cancel.as_progress_tells", faults.altered(lambda: faults.goes_on_all_the_same)),
    broken(
        "always something to sign",
        "renew.nothing_to_sign",
        faults.altered(lambda: faults.an_address_for_nothing),
    ),
    broken("another address than told", "renew.told_by_progress", faults.altered(lambda: faults.another_address)),
    broken("a statement upside down", "list.in_order", faults.altered(lambda: faults.upside_down)),
    broken(
        "a statement without the newest", "list.holds_what_was_taken", faults.altered(lambda: faults.leaves_one_out)
    ),
    broken("a statement of yesterday", "list.as_progress_tells", faults.altered(lambda: faults.as_of_yesterday)),
    broken("everybody has an account", "account.unknown", faults.altered(lambda: faults.everybody_has_an_account)),
    broken(
        "another account",
        "account.that_very_number",
        faults.altered(lambda: faults.account(faults.changed(account_number="1"))),
    ),
    broken(
        "arrears left out", "account.arrears_told", faults.altered(lambda: faults.account(faults.less("in_arrears")))
    ),
    broken(
        "arrears hidden",
        "account.arrears_told",
        faults.altered(lambda: faults.account(faults.changed(in_arrears=False))),
    ),
    broken("questions leave marks", "account.changes_nothing", faults.altered(faults.counts_questions)),
    broken(
        "a field too many",
        "answers.exactly_the_fields",
        faults.altered(lambda: faults.account(faults.changed(holder_mobile="13800138000"))),
    ),
    broken(
        "a field too few", "answers.as_the_contract", faults.altered(lambda: faults.account(faults.less("location")))
    ),
    broken("a page with 200", "answers.media_type", faults.altered(lambda: faults.a_page)),
    broken("problems as plain JSON", "answers.media_type", faults.altered(lambda: faults.problems_as_json)),
    broken("403 for 401", "answers.known_status access.token_required", faults.altered(lambda: faults.forbids)),
    broken("no answer in time", "answers.in_time", faults.altered(lambda: faults.takes_its_time), patience_s=0.5),
    broken("hangs up", "answers.in_time", faults.altered(lambda: faults.hangs_up)),
    broken("500 on what it cannot read", "answers.never_5xx", faults.altered(lambda: faults.stumbles)),
    broken("problems without a title", "problems.form", faults.altered(lambda: faults.problems(faults.less("title")))),
    broken("another code", "problems.code", faults.altered(lambda: faults.problems(faults.changed(code="nothing")))),
    broken(
        "another correlation id",
        "problems.correlation_id",
        faults.altered(lambda: faults.problems(faults.changed(correlation_id="mine"))),
    ),
    broken("a problem repeats what was sent", "privacy.problems", faults.altered(lambda: faults.repeats_what_was_sent)),
    broken("a number in an address", "privacy.headers", faults.altered(lambda: faults.tells_where)),
    broken("a missing field is not missed", "input.missing_field", faults.altered(lambda: faults.tolerates("missing"))),
    broken("a strange field is taken", "input.extra_field", faults.altered(lambda: faults.tolerates("unknown_field"))),
    broken("another type is taken", "input.type_field", faults.altered(lambda: faults.tolerates("wrong_type"))),
    broken("a wrong value is taken", "input.value_field", faults.altered(lambda: faults.tolerates("wrong_value"))),
    broken("one fault at a time", "input.all_faults_at_once", faults.altered(lambda: faults.one_fault_at_a_time)),
    broken(
        "a key twice is read", "input.key_twice", faults.altered(lambda: faults.reads_anything(faults.has_key_twice))
    ),
    broken("NaN is read", "input.nan", faults.altered(lambda: faults.reads_anything(lambda body: b": NaN" in body))),
    broken(
        "any size is read",
        "input.too_large",
        faults.altered(lambda: faults.reads_anything(lambda body: len(body) > 65536)),
    ),
    broken("any media type is read", "input.media_type", faults.altered(lambda: faults.any_media_type)),
    broken(
        "nobody is asked for a token",
        "access.token_required access.token_checked",
        lambda city, agreed: faults.company(city, agreed, token=None),
    ),
    broken(
        "any token will do",
        "access.token_checked",
        lambda city, agreed: faults.company(city, agreed, token=faults.AnyToken()),
    ),
    broken("unsigned is good enough", "access.signature_required", faults.lax(unsigned=True)),
    broken("signed for elsewhere is good enough", "access.signature_bound", faults.lax(bound=False)),
    broken("signed long ago is good enough", "access.timestamp_checked", faults.lax(window_s=10**9)),
    broken(
        "anything that looks signed is good enough",
        "access.signature_checked access.signature_of_the_body access.signature_bound access.timestamp_checked",
        faults.lax(anything=True),
    ),
)
