"""Which addresses of counterparties a line may call at all. Never looks one up, and never shows a wrong one."""

import re

import httpx

_HOST = re.compile(rb"[a-z0-9.-]+|::1")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def checked_address(base_url: str) -> httpx.URL:
    """`base_url`, if it is one we may call: https anywhere, or http on this very machine; else `ValueError`."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise ValueError("A counterparty's address must be a URL such as https://api.example.org/v1.") from None
    if url.userinfo or url.query or url.fragment or not _HOST.fullmatch(url.raw_host):
        raise ValueError("A counterparty's address has a host and at most a path: no user, query or fragment.")
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _LOOPBACK):
        raise ValueError("A counterparty's address must begin with https:// (http:// only on 127.0.0.1 or localhost).")
    return url
