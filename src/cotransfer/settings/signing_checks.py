"""What must hold between the signing sections: one profile each, no bare government pattern, no secret used twice.

Never looks at a key alone: that is the option's own check.
"""

from collections.abc import Iterator, Sequence

from .counterparties import Client, UtilityEntry
from .government import Covering
from .sections import Registry
from .signing import SignedWith, SigningWith
from .sms import Sms
from .whole import Finding

Section = SigningWith | SignedWith


def between_signings(
    registry: Registry | None, sms: Sms | None, utilities: Sequence[UtilityEntry], clients: Sequence[Client]
) -> Iterator[Finding]:
    """Every signing section of the deployment, each by itself and against the others."""
    sections: list[tuple[str, Section | None]] = [("registry.signing", registry.signing if registry else None)]
    sections += [("sms.signing", sms.signing if sms else None)]
    sections += [(f"utilities[{nth}].signing", one.signing) for nth, one in enumerate(utilities)]
    sections += [(f"clients[{nth}].signing", one.signing) for nth, one in enumerate(clients)]
    used: dict[str, str] = {}
    for key, section in sections:
        if section is None:
            continue
        yield from _one_profile(key, section)
        yield from _whole_headers(key, section)
        yield from _quarantined(key, section)
        for text in _shared(section):
            if text in used:
                yield key, f"It holds a secret that {used[text]} holds.", "Draw one for each partner and direction."
            used.setdefault(text, key)


def _one_profile(key: str, section: Section) -> Iterator[Finding]:
    if bool(section.keys) == (section.government is not None):
        yield key, "It names no profile, or two.", "Give keys, or the government pattern, and not both."


def _whole_headers(key: str, section: Section) -> Iterator[Finding]:
    """Each header has something to say, and what is to be said has its header."""
    government = section.government
    if government is None:
        return
    if not government.keys and government.envelope is None:
        remedy = "Give one or two app keys, or an envelope."
        yield f"{key}.government.keys", "There are no keys, so that nothing would be signed.", remedy
        return
    named = government.headers
    if named is None:
        return
    for there, header, what in (
        (bool(government.keys), named.signature, "keys and headers.signature"),
        (government.service is not None, named.service, "service and headers.service"),
        (government.nonce or named.nonce is not None, named.nonce, "nonce and headers.nonce"),
    ):
        if there != (header is not None):
            yield f"{key}.government.headers", f"Of {what} only one is given.", "Give both, or neither."


def _quarantined(key: str, section: Section) -> Iterator[Finding]:
    """The national pattern signs neither body nor address, so what comes in by it needs something more."""
    government = section.government
    if not isinstance(section, SignedWith) or government is None or government.networks:
        return
    if government.envelope is None or government.envelope.covers is not Covering.EVERYTHING:
        remedy = 'Name the networks that the partner calls from, or agree on an envelope that covers "everything".'
        yield f"{key}.government", "The government pattern alone signs neither bodies nor addresses.", remedy


def _shared(section: Section) -> Iterator[str]:
    """What both sides hold; a public key may stand in two places without harm."""
    yield from (one.key.text for one in section.keys if one.key.text.startswith("whsec_"))
    if section.government is not None:
        yield from (one.text for one in section.government.keys)
