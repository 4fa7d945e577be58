"""电子合同签章地址: where the right holder signs the contract. A secret; never fetched here, and never added to.

Programs disagree about which host an odd address names, so the whole text must first fit one strict grammar that they
all read alike; only then is the host compared. Nothing is repaired: neither NFKC nor trimming comes before the grammar.
"""

import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import Personal

SIGNING_RIGHT = "A signing address is https on a host agreed with the utility, such as https://sign.example.cn/c/7f3a."
LONGEST_ADDRESS = 1024
HIGHEST_PORT = 65535
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter: browsers take a host that ends in a number for an IPv4 address.
HOST = rf"(?:{LABEL}\.)*(?=[a-z]){LABEL}"
# Unreserved, sub-delimiters and %XX, without the apostrophe (browsers rewrite it) and without encoded controls.
CHARACTER = r"(?:[A-Za-z0-9._~!$&()*+,;=-]|%(?![01]|7[Ff])[0-9A-Fa-f]{2})"
# Dot segments would be resolved away by a browser, so that it opened another address than the one we hold.
DOT_SEGMENT = r"(?:\.|%2[Ee]){1,2}(?=[/?]|$)"
ADDRESS = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{HOST}|127\.0\.0\.1)(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    rf"(?P<path>(?:/(?!{DOT_SEGMENT}){CHARACTER}*)*)(?P<query>\?(?:{CHARACTER}|[/?])*)?"
)


@attrs.frozen(repr=False)
class SigningAddress(Personal):
    """An address that was on the list of its counterparty's hosts when it came in."""

    text: str

    @classmethod
    def parse(cls, text: object, *, hosts: frozenset[str], field: str = "signing_address") -> "SigningAddress":
        """`hosts` are exact: "sign.example.cn", or "localhost:8443" where the port is not 443.

        For the sandbox only, an entry "http://127.0.0.1:PORT" allows plain http to exactly that port of this machine;
        no entry allows http to anything else.
        """
        if not isinstance(text, str):
            raise Invalid(Fault(field, "not_text", "It is not a text.", SIGNING_RIGHT))
        if not text:
            raise Invalid(Fault(field, "missing", "It is empty.", SIGNING_RIGHT))
        if len(text) > LONGEST_ADDRESS:
            wrong = f"It is longer than {LONGEST_ADDRESS} characters."
            raise Invalid(Fault(field, "too_long", wrong, SIGNING_RIGHT))
        parts = ADDRESS.fullmatch(text)
        if parts is None or int(parts["port"] or 0) > HIGHEST_PORT:
            wrong = "It is not an address of scheme, host name, path and query in plain characters."
            raise Invalid(Fault(field, "grammar", wrong, SIGNING_RIGHT))
        return cls(_origin(parts, hosts, field) + (parts["path"] or "/") + (parts["query"] or ""))

    @property
    def host(self) -> str:
        """Where the address leads, to be shown before somebody goes there; with the port where one is named."""
        return self.text.split("/", 3)[2]


def _origin(parts: re.Match[str], hosts: frozenset[str], field: str) -> str:
    """Scheme and host as browsers write them, or `Invalid` when `hosts` does not list them."""
    authority = parts["host"] + (f":{parts['port']}" if parts["port"] else "")
    if parts["scheme"] == "http":
        origin = f"http://{authority}"
        # A browser leaves port 80 out, and so would name another entry of the list.
        if parts["host"] != "127.0.0.1" or parts["port"] in (None, "80") or origin not in hosts:
            raise Invalid(Fault(field, "not_https", "It is not https.", SIGNING_RIGHT))
        return origin
    authority = authority.removesuffix(":443")
    if authority not in hosts or parts["host"] == "127.0.0.1":
        raise Invalid(Fault(field, "unknown_host", "Its host is not on the utility's list.", SIGNING_RIGHT))
    return f"https://{authority}"
