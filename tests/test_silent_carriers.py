"""What carries people's data without being a personal value itself is as silent as one: bodies, answers, raw words."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import attrs
import pytest

import cotransfer
from cotransfer.adapters.gateway.answers import Answer
from cotransfer.adapters.gateway.signin.provider import Claims
from cotransfer.adapters.sql.codec import Spelt
from cotransfer.adapters.wire.spelling import Document
from cotransfer.app.errand import Keeping, Reply
from cotransfer.domain.datasets import FIELDS
from cotransfer.domain.trails import Link
from cotransfer.domain.values import DocumentType
from cotransfer.domain.values.text import Personal
from cotransfer.ports.transfers import MessageKey, Seen
from cotransfer.settings.identity_provider import ClaimNames
from cotransfer.settings.sms import SmsTemplates
from cotransfer.testing.histories import AT

PLANTED = "530102199003071238"
WORLDS_OWN = ("sandbox", "testing", "demo", "bench", "cli", "__main__", "adapters.sql.migrations")
CARRY = {"body", "answer", "members", "clear", "access_token"} | {name for names in FIELDS.values() for name in names}
NOBODYS = {
    (Link, "body"): "a line of the audit trail, which holds no personal value",
    (Claims, "identity_number"): "what the provider calls the claim",
    (ClaimNames, "identity_number"): "what the provider calls the claim",
    (SmsTemplates, "result"): "what the SMS service calls the text",
}


def classes() -> Iterator[type[attrs.AttrsInstance]]:
    """Every attrs class of the library and the gateway."""
    for module in pkgutil.walk_packages(cotransfer.__path__, "cotransfer."):
        if not module.name.removeprefix("cotransfer.").startswith(WORLDS_OWN):
            found = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
            yield from (one for _, one in found if attrs.has(one) and one.__module__ == module.name)


def is_raw(type_: object) -> bool:
    """Texts, bytes and whatever holds them as they came; a class of ours speaks for itself."""
    if str(type_).startswith("collections.abc.Callable"):
        return False
    words = getattr(type_, "__name__", "") if inspect.isclass(type_) else str(type_)
    return any(re.search(rf"\b{word}\b", words) for word in ("str", "bytes", "object", "Any", "dict", "Mapping"))


def talks_of(kind: type[attrs.AttrsInstance]) -> list[str]:
    """The raw fields of `kind` that its repr shows."""
    if "__repr__" not in vars(kind) or issubclass(kind, Personal):
        return []  # It prints nothing but what it is, or stars.
    return [one.name for one in attrs.fields(kind) if one.repr and one.name in CARRY and is_raw(one.type)]


def test_no_class_prints_what_it_carries() -> None:
    """Nobody adds a class that shows a body, an answer or a number as it was entered."""
    talking = {(kind, name) for kind in classes() for name in talks_of(kind)}
    assert talking - NOBODYS.keys() == set()


@pytest.mark.parametrize(
    "carrier",
    [
        Answer(200, PLANTED.encode(), ()),
        Reply(PLANTED.encode()),
        Keeping(None, PLANTED.encode()),
        Seen(MessageKey("platform", "k"), b"", PLANTED.encode(), AT),
        Spelt("submitted", 1, PLANTED.encode()),
        Document(DocumentType.IDENTITY_CARD, PLANTED),
    ],
    ids=lambda carrier: type(carrier).__name__,
)
def test_these_are_silent(carrier: object) -> None:
    """repr, str, in a container: the value is not there."""
    assert PLANTED not in f"{carrier!r} {carrier} {[carrier]}"
