"""The forms in which stored bodies have been spelt, and the way from each older one to the present one.

A body says its form beside its fields, under whatever seals it. Never writes anything: an older body stays on the disk
as it is, and is brought up to date whenever it is read.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from cotransfer.domain.events import NoticeSent, NoticeUndeliverable

Fields = dict[str, Any]
"""A body as JSON has it, without its form."""

Upgrade = Callable[[Fields], Fields]
"""From one form to the next; given what is its own to change. Pure: what was stored is all that it knows."""

FORM = "form"
"""Where a body says its form; no field of what is stored is called so."""

FIRST = 1
"""The form of every kind to begin with, and of what says none: it was stored before bodies said so."""


def _by_wechat(fields: Fields) -> Fields:
    """There was no other channel before a notice told its own."""
    return {**fields, "channel": "wechat"}


UPGRADES: Mapping[type, tuple[Upgrade, ...]] = MappingProxyType(
    {NoticeSent: (_by_wechat,), NoticeUndeliverable: (_by_wechat,)}
)
"""For each kind whose spelling was changed, in turn: from form 1 to 2, from 2 to 3 … An upgrade that was released is
never edited or taken away. Kinds are the events, the states (their details), `Case` (a transfer's facts) and `Consent`;
what holds another kind within itself, as `ApplicationSubmitted` holds a `Case`, is upgraded with it.
"""


class TooNew(Exception):
    """A form that this version does not know: a newer one has written it."""

    def __init__(self, form: int, newest: int) -> None:
        super().__init__(f"it is in form {form}, and this version of cotransfer knows forms up to {newest}")


@attrs.frozen
class Forms:
    """A kind's present form is one more than it has upgrades, so that no older form can be without a way."""

    upgrades: Mapping[type, tuple[Upgrade, ...]] = UPGRADES

    def present(self, kind: type) -> int:
        """What is written now; from 1."""
        return FIRST + len(self.upgrades.get(kind, ()))

    def mark(self, kind: type, fields: Fields) -> Fields:
        """A body to be stored: `fields`, as they are spelt now, under their form."""
        return {FORM: FIRST + len(self.upgrades.get(kind, ())), **fields}

    def read(self, kind: type, body: Fields) -> Fields:
        """The fields of a stored `body`, in the present form.

        Raises `TooNew`; anything else for what is no body of ours. `body` is used up.
        """
        form, upgrades = body.pop(FORM, FIRST), self.upgrades.get(kind, ())
        if type(form) is not int or form < FIRST:
            raise ValueError("no form")
        if form > FIRST + len(upgrades):
            raise TooNew(form, self.present(kind))
        for upgrade in upgrades[form - FIRST :]:
            body = upgrade(body)
        return body
