"""What an option's value must be beyond its type, and how an option is documented.

Each check raises `Wrong` and never repeats the value.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .faults import Wrong
from .secret import Secret

Check = Callable[[Any], None]

SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}")
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_SIGNING_HOST = re.compile(rf"{_HOST}(?::[0-9]{{1,5}})?|http://127\.0\.0\.1:[0-9]{{1,5}}")
_CLIENT = re.compile(r"[!-~]{1,255}")
_COUNTY = re.compile(r"[0-9]{6}")


def doc(en: str, zh: str, check: Check | None = None) -> Mapping[str, Any]:
    """The metadata of one option: a line of English, a line of Chinese, and its check."""
    return {"en": en, "zh": zh, "check": check}


def between(least: float, most: float) -> Check:
    def check(value: float) -> None:
        if not least <= value <= most:
            raise Wrong("The number is out of range.", f"Give a number from {least:g} to {most:g}.")

    return check


def text(most: int = 200) -> Check:
    def check(value: str) -> None:
        if not value.strip() or len(value) > most or not value.isprintable():
            raise Wrong("The text is empty, too long, or holds control characters.", f"Give 1 to {most} characters.")

    return check


def contact_line(value: str) -> None:
    if len(value) > 200 or not value.isprintable():
        raise Wrong("The text is too long, or holds control characters.", "Give at most 200 characters.")


def secret(least: int) -> Check:
    def check(value: Secret) -> None:
        if len(value.text) < least:
            raise Wrong("The secret is too short.", f"Give at least {least} characters, drawn at random.")

    return check


def provider_client(value: str) -> None:
    """What an identity provider calls one of its clients."""
    if not _CLIENT.fullmatch(value):
        raise Wrong("It is not a client's identifier.", "Give it as the provider shows it, without blanks.")


def slug(value: str) -> None:
    if not SLUG.fullmatch(value):
        raise Wrong(
            "It is not an identifier.", 'Give 2 to 41 lower-case letters, digits and hyphens, such as "kunming-water".'
        )


def schedule(value: tuple[float, ...]) -> None:
    if not 1 <= len(value) <= 50 or not all(0 <= pause <= 30 * 86400 for pause in value):
        raise Wrong("The schedule has no pauses, too many, or one out of range.", "Give 1 to 50 pauses of 0 s to 30 d.")


def county(value: str) -> None:
    if not _COUNTY.fullmatch(value):
        raise Wrong("It is not a county code.", 'Give the six digits of GB/T 2260, such as "530102".')


def signing_hosts(value: tuple[str, ...]) -> None:
    if any(not _SIGNING_HOST.fullmatch(host) for host in value):
        raise Wrong(
            "One of them is not a host.", 'Give hosts in lower case, without "https://", such as "sign.example.com".'
        )


def wechat_word(value: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise Wrong("It is not an identifier.", "Give 1 to 64 letters, digits, - and _, as WeChat shows it.")


def pattern(value: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise Wrong(
            "It is not a regular expression.", 'Give one such as "[0-9]{8}"; it must match the whole number.'
        ) from error


def base_url(value: str) -> None:
    """Where a counterparty is called: nothing after the path."""
    parts = _split(value)
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise Wrong("The address has a query or a fragment.", 'Give it without "?" and "#".')


def origin(value: str) -> None:
    """Where browsers find us: scheme, host and port, and nothing behind."""
    base_url(value)
    if value.count("/") != 2 or value != value.lower():
        raise Wrong("The address has a path, or capitals.", 'Give it such as "https://gateway.example", no "/" behind.')


def page_url(value: str) -> None:
    """Where the citizen's page of a transfer is: the transfer's identifier is appended."""
    _split(value)
    if not value.endswith(("/", "=")):
        raise Wrong(
            'The address does not end with "/" or "=".',
            'A transfer\'s identifier is appended to it, so give one such as "https://example.com/transfers/".',
        )


def _split(value: str) -> SplitResult:
    remedy = 'Give an address such as "https://example.com" (plain http only for this machine).'
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Wrong("It is not a web address.", remedy) from error
    if not host or not value.isascii() or not value.isprintable() or " " in value or "\\" in value or "@" in value:
        raise Wrong("It is not a web address.", remedy)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Wrong("The address is not https.", remedy)
    return parts


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
