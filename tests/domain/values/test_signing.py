"""电子合同签章地址: a strict grammar first, then the exact host, so that all programs agree where it leads.

What is refused, and that browsers agree about what is taken, is proved in tests/attacks.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cotransfer.domain.values import SigningAddress

from .support import EMPTIES, NOT_TEXTS, fault_of

SANDBOX = "http://127.0.0.1:8080"
HOSTS = frozenset({"sign.kmwater.cn", "a-b.xn--fiqs8s.cn", "localhost:8443", SANDBOX})

ACCEPTED = [
    ("https://sign.kmwater.cn/c/7f3a", None),
    ("https://sign.kmwater.cn/", None),
    ("https://sign.kmwater.cn", "https://sign.kmwater.cn/"),
    ("https://sign.kmwater.cn?t=1", "https://sign.kmwater.cn/?t=1"),
    ("https://sign.kmwater.cn:443/c", "https://sign.kmwater.cn/c"),
    ("https://sign.kmwater.cn/c?flow=A-1_2.3~4&to=%2Fdone%3Fa", None),
    ("https://sign.kmwater.cn/c?back=/a/b?c", None),
    ("https://sign.kmwater.cn/%E7%AD%BE%e7%ab%a0", None),
    ("https://sign.kmwater.cn/a;b=c,d/(e)!*+$", None),
    ("https://sign.kmwater.cn//evil.cn/", None),
    ("https://sign.kmwater.cn/...", None),
    ("https://sign.kmwater.cn/.well-known/..a", None),
    ("https://sign.kmwater.cn/?", None),
    ("https://a-b.xn--fiqs8s.cn/c", None),
    ("https://localhost:8443/c", None),
    ("http://127.0.0.1:8080/c?t=1", None),
    ("https://sign.kmwater.cn/" + "a" * (1024 - 24), None),
]


def parse(text: object) -> SigningAddress:
    """Against one utility's list."""
    return SigningAddress.parse(text, hosts=HOSTS)


class TestTables:
    @pytest.mark.parametrize(("text", "kept"), ACCEPTED)
    def test_agreed_addresses_are_kept_as_a_browser_writes_them(self, text, kept):
        """Nothing is appended, the default port is dropped, and parsing again changes nothing."""
        address = parse(text)
        assert address == SigningAddress(kept or text) == parse(address.text)

    @pytest.mark.parametrize("text", NOT_TEXTS, ids=repr)
    def test_what_is_no_text_is_refused(self, text):
        """An address is a text."""
        assert fault_of(lambda: parse(text)).code == "not_text"

    def test_nothing_is_refused_as_missing(self):
        """A utility that signs by SMS only leaves the field out; an empty one is a mistake."""
        assert fault_of(lambda: parse("")).code == "missing"

    @pytest.mark.parametrize("text", EMPTIES[1:], ids=repr)
    def test_blanks_are_no_address(self, text):
        """Nothing is trimmed before the grammar."""
        assert fault_of(lambda: parse(text)).code == "grammar"


class TestHosts:
    def test_without_hosts_nothing_is_allowed(self):
        """A utility that has agreed on no host signs by SMS only."""
        fault = fault_of(lambda: SigningAddress.parse("https://sign.kmwater.cn/c", hosts=frozenset()))
        assert fault.code == "unknown_host"

    @pytest.mark.parametrize(
        "entry",
        ["http://evil.cn", "http://evil.cn:80", "http://localhost:8080", "http://127.0.0.1", "http://127.0.0.1:80"],
    )
    def test_no_entry_allows_plain_http_elsewhere_than_to_a_port_of_this_machine(self, entry):
        """The exception is the sandbox's, and its address is spelled 127.0.0.1 with a port."""
        hosts = frozenset({entry, entry.removeprefix("http://")})
        assert fault_of(lambda: SigningAddress.parse(f"{entry}/c", hosts=hosts)).code == "not_https"

    @pytest.mark.parametrize(
        ("text", "host"),
        [
            ("https://sign.kmwater.cn/c?t=1", "sign.kmwater.cn"),
            ("https://sign.kmwater.cn:443?t=1", "sign.kmwater.cn"),
            ("https://localhost:8443/c", "localhost:8443"),
            ("http://127.0.0.1:8080/c", "127.0.0.1:8080"),
        ],
    )
    def test_the_host_can_be_shown_before_somebody_goes_there(self, text, host):
        """The page that redirects names where it leads."""
        assert parse(text).host == host


PARTS = ("https://", "http://", "sign.kmwater.cn", "evil.cn", "127.0.0.1", ":443", ":8080", "%2e", "%00", "%2F")
pieces = st.sampled_from((*PARTS, *"/\\@#?.aA\t\n '。\u200b&="))


class TestAnything:
    @given(st.lists(pieces, max_size=12).map("".join))
    @example("https://sign.kmwater.cn")
    def test_what_is_accepted_leads_to_an_agreed_host_and_nowhere_else(self, text):
        """After the scheme comes an entry of the list, and right after it the path."""
        try:
            address = parse(text)
        except ValueError:
            return
        assert address.text.startswith(("https://sign.kmwater.cn/", f"{SANDBOX}/"))
        assert address.text.isascii()
        assert not set(address.text) & set("\\@#' \t\n")
        assert parse(address.text) == address
