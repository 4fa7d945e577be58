"""From settings to signatures: how each counterparty's messages are signed and checked.

Never signs anything itself: these are put where messages pass. What can only be found here (halves that are no pair,
an extra that is not installed) is told as a fault of the settings, with the remedy and without the key.
"""

import ipaddress
from collections.abc import Iterable

from cotransfer.adapters.crypto import sm2
from cotransfer.adapters.crypto.sm2_forms import CipherForm, Forms, SignatureForm
from cotransfer.adapters.wire.signing import (
    Covers,
    Demand,
    Encoding,
    Envelope,
    GovernmentCheck,
    GovernmentHeaders,
    GovernmentRequests,
    HeaderNames,
    Mode,
    Policy,
    RequestSigner,
    Scheme,
    SharedKey,
    Signatures,
    Signer,
    Signs,
    StandardCheck,
    StandardRequests,
    Verifier,
    checking_key,
    signing_key,
)
from cotransfer.adapters.wire.signing.government_requests import FirstUse
from cotransfer.settings import Client, Government, SignedWith, SigningWith
from cotransfer.settings.government import Mac, SmEnvelope
from cotransfer.wiring.faults import told_of

_MACS = {Mac.SHA256: Scheme.HMAC_SHA256, Mac.SM3: Scheme.HMAC_SM3}


def request_signer(section: SigningWith | None) -> RequestSigner | None:
    """What a `Line` signs with; None when nothing was agreed. Raises `ValueError` or `SmMissing` as the keys do."""
    if section is None:
        return None
    if section.government is None:
        return StandardRequests(Signer([signing_key(Scheme(one.scheme.value), one.key.text) for one in section.keys]))
    envelope = section.government.envelope
    return GovernmentRequests(
        headers=_headers(section.government),
        envelope=_envelope(envelope),
        answers=envelope is not None and envelope.answers,
    )


def signatures(clients: Iterable[Client], *, first_use: FirstUse) -> Signatures:
    """The gate of the posting pipeline; `first_use` is `Access.first_use`, so that no process takes a stamp twice.

    Raises `SettingsError` for keys that cannot be used.
    """
    policies = {}
    for one in clients:
        if one.signing is not None:
            with told_of(f'clients "{one.id}".signing'):
                policies[one.id] = _policy(one.signing, first_use)
    return Signatures(policies)


def _policy(section: SignedWith, first_use: FirstUse) -> Policy:
    demand = Demand.REQUIRED if section.required else Demand.IF_PRESENT
    if section.government is None:
        keys = [checking_key(Scheme(one.scheme.value), one.key.text) for one in section.keys]
        return Policy(check=StandardCheck(Verifier(keys)), demand=demand)
    check = GovernmentCheck(
        headers=_headers(section.government),
        first_use=first_use,
        envelope=_envelope(section.government.envelope),
        networks=tuple(ipaddress.ip_network(one) for one in section.government.networks),
    )
    return Policy(check=check, demand=demand)


def _headers(government: Government) -> GovernmentHeaders:
    return GovernmentHeaders(
        requester=government.requester,
        service=government.service,
        keys=tuple(SharedKey(_MACS[government.mac], one.text.encode()) for one in government.keys),
        names=_names(government),
    )


def _names(government: Government) -> HeaderNames:
    """Those that were agreed on one by one, else the national ones under their prefix."""
    prefix, named = government.prefix, government.headers
    if named is not None:
        return HeaderNames(
            requester=named.requester,
            service=named.service,
            time=named.time,
            signature=named.signature,
            nonce=named.nonce,
        )
    return HeaderNames(
        requester=f"{prefix}rid",
        service=f"{prefix}sid" if government.service is not None else None,
        time=f"{prefix}rtime",
        signature=f"{prefix}sign" if government.keys else None,
        nonce=f"{prefix}nonce" if government.nonce else None,
    )


def _envelope(agreed: SmEnvelope | None) -> Envelope | None:
    if agreed is None:
        return None
    forms = Forms(
        signature=SignatureForm.RAW if agreed.raw_signature else SignatureForm.DER,
        cipher=CipherForm(agreed.cipher.value),
        marked=agreed.marked,
        user_id=agreed.user_id.encode(),
    )
    return Envelope(
        ours=sm2.PrivateKey.parse(agreed.our_key.text, forms=forms),
        theirs=tuple(sm2.PublicKey.parse(one, forms=forms) for one in agreed.their_keys),
        mode=Mode.GCM if agreed.gcm else Mode.CBC,
        covers=Covers(agreed.covers.value),
        signs=Signs(agreed.signs.value),
        encoding=Encoding.HEX if agreed.hexadecimal else Encoding.BASE64,
        shows_key=agreed.shows_key,
    )
