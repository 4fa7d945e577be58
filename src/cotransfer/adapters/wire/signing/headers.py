"""Reading headers as they came: raw names and raw values. Never joins two headers of one name, as frameworks do."""

from collections.abc import Iterable

from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw

RawHeaders = Iterable[tuple[bytes, bytes]]
LONGEST_VALUE = 2048
"""Eight signatures of the longest scheme fit into half of it."""


def only(headers: RawHeaders, name: bytes) -> bytes:
    """The value of the one header that is called `name`, in lower case; `BadSignature` when there is none, or two."""
    found = [value for each, value in headers if each.lower() == name]
    if not found:
        raise BadSignature(Flaw.HEADER_MISSING)
    if len(found) > 1:
        raise BadSignature(Flaw.HEADER_TWICE)
    if len(found[0]) > LONGEST_VALUE:
        raise BadSignature(Flaw.HEADER_TOO_LONG)
    return found[0]


def any_of(headers: RawHeaders, names: Iterable[bytes]) -> bool:
    """Whether a header of one of these names is there."""
    wanted = frozenset(names)
    return any(each.lower() in wanted for each, _ in headers)
