"""Forms: each reads one thing off the wire and writes it back; `messages` puts them together into objects.

Reading collects every fault of a message before it complains, and never shows a value; what it does not know is a
fault, never ignored. Writing trusts the value: it was checked when it was made.
"""

import contextlib
import datetime
import enum
import operator
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.account import ANY_ACCOUNT_NUMBER

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=enum.Enum)

ITEMS_LIMIT = 200


@attrs.frozen(kw_only=True)
class Terms:
    """What reading depends on besides the message: the day, where signing may lead, how an account number looks."""

    on: datetime.date
    hosts: frozenset[str] = frozenset()
    account_pattern: str = ANY_ACCOUNT_NUMBER


@attrs.frozen
class Form(Generic[T]):
    """`read` gives the value or raises `Invalid` with all faults, fields dotted; `write` gives what JSON can say.

    `names` are the fields of a message; a form of anything else has none.
    """

    read: Callable[[object, Terms], T]
    write: Callable[[T], Any]
    names: frozenset[str] = frozenset()

    def then(self, make: Callable[[T, Terms], U], back: Callable[[U], T]) -> "Form[U]":
        """The same on the wire, another value inside."""
        return Form(
            lambda raw, terms: make(self.read(raw, terms), terms), lambda value: self.write(back(value)), self.names
        )


def leaf(parse: Callable[[object, Terms], T], write: Callable[[T], Any]) -> Form[T]:
    """A single value; however it names itself, it is the field that holds it which is at fault."""

    def read(raw: object, terms: Terms) -> T:
        try:
            return parse(raw, terms)
        except Invalid as invalid:
            raise Invalid(*(attrs.evolve(fault, field="") for fault in invalid.faults)) from None

    return Form(read, write)


def text(parse: Callable[[Any], T]) -> Form[T]:
    """A value of the domain that is a text on the wire."""
    return leaf(lambda raw, _: parse(raw), operator.attrgetter("text"))


def word(words: type[E]) -> Form[E]:
    """One of a fixed set of words."""
    known = {member.value: member for member in words}

    def parse(raw: object, _: Terms) -> E:
        if isinstance(raw, str) and raw in known:
            return known[raw]
        raise Invalid(Fault("", "unknown_word", "It is none of the known words.", f"One of: {', '.join(known)}."))

    return leaf(parse, operator.attrgetter("value"))


def many(
    form: Form[T], *, at_least: int = 0, at_most: int = ITEMS_LIMIT, distinct: bool = False
) -> Form[tuple[T, ...]]:
    """A list, in order."""

    def read(raw: object, terms: Terms) -> tuple[T, ...]:
        if not isinstance(raw, list):
            raise Invalid(Fault("", "not_a_list", "It is not a list.", "A list, empty when there is nothing to tell."))
        if len(raw) > at_most:
            raise Invalid(Fault("", "too_many", f"The list has more than {at_most} items.", "A shorter list."))
        if len(raw) < at_least:
            raise Invalid(Fault("", "too_few", f"The list has fewer than {at_least} items.", "A longer list."))
        faults: list[Fault] = []
        items: list[T] = []
        for index, item in enumerate(raw):
            with collecting(faults):
                items.append(within(str(index), form, item, terms))
        complain(faults)
        if distinct and len(set(items)) < len(items):
            raise Invalid(Fault("", "repeated", "The list has the same item twice.", "Each item once."))
        return tuple(items)

    return Form(read, lambda values: [form.write(value) for value in values])


def nullable(form: Form[T]) -> Form[T | None]:
    """None inside is null on the wire."""
    return Form(
        lambda raw, terms: None if raw is None else form.read(raw, terms),
        lambda value: None if value is None else form.write(value),
    )


def within(name: str, form: Form[T], raw: object, terms: Terms) -> T:
    """Read `raw`, the part called `name` of something larger; faults bear the name."""
    try:
        return form.read(raw, terms)
    except Invalid as invalid:
        raise Invalid(*(_placed(name, fault) for fault in invalid.faults)) from None


def _placed(name: str, fault: Fault) -> Fault:
    return fault.under(name) if fault.field else attrs.evolve(fault, field=name)


@contextlib.contextmanager
def collecting(faults: list[Fault]) -> Iterator[None]:
    """Go on after a fault, to find them all."""
    try:
        yield
    except Invalid as invalid:
        faults += invalid.faults


def complain(faults: list[Fault]) -> None:
    """Raise `Invalid` when there were any."""
    if faults:
        raise Invalid(*faults)
