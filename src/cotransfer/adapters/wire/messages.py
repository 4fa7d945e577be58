"""Messages: JSON objects as tables of fields, and sums told by a word; read with every fault at once.

Never ignores a field it does not know: somebody meant something by it.
"""

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from cotransfer.adapters.wire.forms import Form, Terms, collecting, complain, within
from cotransfer.domain.faults import Fault, Invalid

T = TypeVar("T")
U = TypeVar("U")

ITSELF = "itself"
MISSING = ("missing", "The field is missing.")
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


@attrs.frozen
class Field:
    """A field of a message: its name on the wire, its form, and the attribute `of` the value that it spells."""

    name: str
    form: Form[Any]
    of: str
    optional: bool = False
    spread: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names it takes up in the message."""
        return self.form.names if self.spread else frozenset({self.name})

    def read(self, raw: dict[str, object], terms: Terms) -> object:
        """Its value, found in the message; faults bear its name."""
        if self.spread:
            return self.form.read({name: raw[name] for name in self.names & raw.keys()}, terms)
        if self.name not in raw:
            if self.optional:
                return None
            raise Invalid(Fault(self.name, *MISSING, "Every field that the message needs is there."))
        return within(self.name, self.form, raw[self.name], terms)

    def write(self, value: object) -> dict[str, Any]:
        """Its part of the message; an optional field without a value is left out."""
        part = value if self.of == ITSELF else getattr(value, self.of)
        if part is None and self.optional:
            return {}
        return dict(self.form.write(part)) if self.spread else {self.name: self.form.write(part)}


def field(name: str, form: Form[Any], *, of: str | None = None) -> Field:
    """A field that is always there."""
    return Field(name, form, of or name)


def optional(name: str, form: Form[Any], *, of: str | None = None) -> Field:
    """A field that may be left out: None inside."""
    return Field(name, form, of or name, optional=True)


def spread(form: Form[Any], *, of: str) -> Field:
    """A message whose fields lie flat among those of the outer one."""
    return Field("", form, of, spread=True)


def message(make: Callable[..., T], *fields: Field, tag: str | None = None) -> Form[T]:
    """An object with exactly these fields; `make` is called with the attributes they spell.

    `tag` is one more name that belongs there: the field by which a sum told this variant, read already.
    """
    names = frozenset({tag} if tag else ()).union(*(each.names for each in fields))

    def read(raw: object, terms: Terms) -> T:
        members = _members(raw)
        faults = _strangers(members, names)
        parts: dict[str, object] = {}
        for each in fields:
            with collecting(faults):
                parts[each.of] = each.read(members, terms)
        complain(faults)
        return make(**parts)

    return Form(read, lambda value: _written(fields, value), names)


def weighed(form: Form[T], make: Callable[[T, Terms], U], back: Callable[[U], T]) -> Form[U]:
    """A message whose fields are weighed together by `make`, once each is right by itself.

    Unlike `Form.then`, a strange field beside them does not keep `make` from finding what is wrong as well.
    """

    def read(raw: object, terms: Terms) -> U:
        members = _members(raw)
        faults = _strangers(members, form.names)
        made: list[U] = []
        with collecting(faults):
            made.append(make(form.read({name: members[name] for name in form.names & members.keys()}, terms), terms))
        complain(faults)
        return made[0]

    return Form(read, lambda value: form.write(back(value)), form.names)


def wrapping(name: str, form: Form[T]) -> Form[T]:
    """A message of one field that stands for its value."""
    return message(lambda **parts: parts[ITSELF], field(name, form, of=ITSELF))


@attrs.frozen
class Variant(Generic[T]):
    """One way a sum can be: its word on the wire, its class, and its fields."""

    word: str
    type: type[T]
    fields: tuple[Field, ...] = ()

    def form(self, tag: str) -> Form[T]:
        """The variant as a message; its word, in `tag`, has been read and is not written."""
        return message(self.type, *self.fields, tag=tag)


def either(tag: str, *variants: Variant[Any]) -> Form[Any]:
    """A sum, told by the word in `tag`; of variants with the same word the one whose fields are there is meant."""
    words = tuple(dict.fromkeys(variant.word for variant in variants))
    forms = {variant: variant.form(tag) for variant in variants}
    names = frozenset[str]().union(*(form.names for form in forms.values()))

    def read(raw: object, terms: Terms) -> Any:
        members = _members(raw)
        meant = [variant for variant in variants if variant.word == members.get(tag)]
        if not meant:
            code, wrong = ("unknown_word", "It is none of the known words.") if tag in members else MISSING
            known = Fault(tag, code, wrong, f"One of: {', '.join(words)}.")
            raise Invalid(known, *_strangers(members, names))
        variant = next((each for each in meant if forms[each].names <= members.keys()), meant[-1])
        return forms[variant].read(members, terms)

    def write(value: Any) -> dict[str, Any]:
        variant = next(each for each in variants if each.type is type(value))
        return {tag: variant.word, **forms[variant].write(value)}

    return Form(read, write, names)


def _members(raw: object) -> dict[str, object]:
    if isinstance(raw, dict):
        return raw
    raise Invalid(Fault("", "not_an_object", "It is not a JSON object.", "An object with named fields."))


def _strangers(members: dict[str, object], names: frozenset[str]) -> list[Fault]:
    """A fault for each field nobody knows; a name that is not one is not repeated, for it may be anything."""
    right = f"Only these fields: {', '.join(sorted(names))}."
    strange = {name if _NAME.fullmatch(name) else "?" for name in members.keys() - names}
    return [Fault(name, "unknown_field", "There is no such field in this message.", right) for name in sorted(strange)]


def _written(fields: tuple[Field, ...], value: object) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for each in fields:
        written |= each.write(value)
    return written
