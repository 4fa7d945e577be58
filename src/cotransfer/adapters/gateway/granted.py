"""Answers cut to what a grant gives: a field that is not granted is not there. Never adds one, nor a reason why.

An answer that is given again is judged again: what was granted when it was stored may not be now.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import orjson

from cotransfer.adapters.gateway.answers import Answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.app.matter import Matter
from cotransfer.app.sharing import Sharing
from cotransfer.domain.datasets import FIELDS, GIVES, Dataset, Operation

Part = dict[str, Any]

PARTS: Mapping[Operation, Callable[[Part], Iterable[Part]]] = MappingProxyType(
    {
        Operation.SEARCH_PROPERTIES: lambda body: body["properties"],
        Operation.SEARCH_ACCOUNT: lambda body: (body["account"],),
        Operation.OPEN_SIGNING: lambda body: (body,),
    }
)
"""Where in a stored answer the fields of the operation's dataset stand."""


def only(fields: frozenset[str], dataset: Dataset, part: Mapping[str, Any]) -> Part:
    """`part` without the fields of `dataset` that are not among `fields`; a document number goes with its kind."""
    gone = frozenset(FIELDS[dataset]) - fields
    if "identity_number" in gone:
        gone |= {"document_type"}
    return {name: value for name, value in part.items() if name not in gone}


async def given_again(answer: Answer, exchange: Exchange, operation: Operation, sharing: Sharing | None) -> Answer:
    """A stored answer as it may leave today; raises as `Sharing.release` does."""
    if sharing is None or exchange.permit is None or answer.matter is None:
        return answer
    dataset, body = GIVES[operation][0], orjson.loads(answer.body)
    parts = tuple(PARTS[operation](body))
    wanted = {name for part in parts for name in FIELDS[dataset] if name in part}
    if not wanted:
        return answer
    fields = await sharing.release(exchange.permit, dataset, answer.matter, wanted=wanted, count=len(parts))
    if wanted <= fields:
        return answer  # Byte for byte as it was.
    for part in parts:
        kept = only(fields, dataset, part)
        part.clear()
        part.update(kept)
    return attrs.evolve(answer, body=orjson.dumps(body))


def about_one(matters: Iterable[Matter]) -> Matter | None:
    """Of one enquiry's several homes, all of it: one file in the trail, every county."""
    listed = tuple(matters)
    if not listed:
        return None
    counties = frozenset().union(*(matter.counties or frozenset() for matter in listed))
    return attrs.evolve(listed[0], counties=counties)
