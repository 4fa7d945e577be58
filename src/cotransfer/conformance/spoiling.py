"""The wrong calls of one operation, made from its contract: bodies nobody can read, fields missing, strange or wrong.

Never says which rule a wrong call tries; the rules know their own twists.
"""

from collections.abc import Iterator

from cotransfer.adapters.wire.contracts import Name, contract
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.fields import Field, fields_of
from cotransfer.conformance.steps import Scenario, Step
from cotransfer.conformance.twists import BODIES, BODY, EXTRA, MISSING, TYPE, VALUE

SIGNATURES = {
    "signature:none": "access.signature_required",
    "signature:wrong": "access.signature_checked",
    "signature:body": "access.signature_of_the_body",
    "signature:moved": "access.signature_bound",
    "signature:old": "access.timestamp_checked",
}
MOST_FIELDS = 20


def spoilt_calls(name: Name, word: str, operation: str) -> Iterator[Scenario]:
    """Everything that a reader of JSON must not take, and every field of the contract once."""
    fields = fields_of(contract(name), operation)
    if not fields:
        return
    for body in BODIES:
        yield _one(f"input.{body}", word, f"{BODY}{body}")
    yield _one("input.media_type", word, "media:text")
    for kind, twists in _fields(fields).items():
        for twist in twists[:MOST_FIELDS]:
            yield _one(f"input.{kind}_field", word, twist)
    if several := several_faults(fields):
        yield Scenario(tries=("input.all_faults_at_once",), steps=(Step(do=word, twists=several),))


def access_calls(word: str, client: Client, *, posts: bool) -> Iterator[Scenario]:
    """Calls that must not be let in."""
    if client.tokens is not None:
        yield _one("access.token_required", word, "token:none")
        yield _one("access.token_checked", word, "token:wrong")
    if client.keys and posts:
        for twist, code in SIGNATURES.items():
            yield _one(code, word, twist)


def several_faults(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """A field missing, one of another type and one too many, each elsewhere; () where there are too few fields."""
    plain = [field for field in fields if not field.is_object and field.required]
    if len(plain) < 2:
        return (f"{MISSING}{plain[0].path}", EXTRA) if plain else ()
    return (f"{MISSING}{plain[0].path}", f"{TYPE}{plain[-1].path}", EXTRA)


def _fields(fields: tuple[Field, ...]) -> dict[str, list[str]]:
    holders = ["", *(field.path for field in fields if field.is_object)]
    return {
        "missing": [f"{MISSING}{field.path}" for field in fields if field.required],
        "extra": [f"{EXTRA}{holder}" for holder in holders],
        "type": [f"{TYPE}{field.path}" for field in fields],
        "value": [f"{VALUE}{field.path}" for field in fields if field.narrow and not field.is_object],
    }


def _one(code: str, word: str, twist: str) -> Scenario:
    return Scenario(tries=(code,), steps=(Step(do=word, twists=(twist,)),))
