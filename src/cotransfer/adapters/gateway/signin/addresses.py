"""Which addresses may be led to: pages of our own, and the endpoints that the provider names.

Never repairs an address: what is not plainly right is refused.
"""

import re
from urllib.parse import urlsplit

_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
# Each character can be matched in one way only: a pattern with two would take years over a path that almost fits.
_OWN_PATH = re.compile(rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?(?:\?[A-Za-z0-9._~=&%-]*)?", re.ASCII)
_ENDPOINT = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[!-~]*)?", re.ASCII)
_UNWANTED = frozenset('\\"<>^`{|}@#')
OWN_PATH_RIGHT = "Give a path on this site, such as /transfers."
LONGEST_PATH = 200
LONGEST_ENDPOINT = 2000
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def own_path(text: str) -> bool:
    """Whether `text` is a path on this site that somebody may be led to: no host, no dots to climb by, nothing encoded
    but in the query, and not the sign-in itself.
    """
    if len(text) > LONGEST_PATH or not _OWN_PATH.fullmatch(text):
        return False
    return text.partition("?")[0].strip("/").partition("/")[0] not in {"signin", "signout"}


def endpoint(text: object, *, issuer: str) -> bool:
    """Whether a provider's document may name this address: https, or this machine where the issuer is on it too."""
    if not isinstance(text, str) or len(text) > LONGEST_ENDPOINT or not _ENDPOINT.fullmatch(text):
        return False
    if not _UNWANTED.isdisjoint(text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme == "https":
        return port != 0
    return parts.hostname in LOOPBACK and is_loopback_http(issuer)


def is_loopback_http(address: str) -> bool:
    """Plain http on this very machine: for trials."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK
