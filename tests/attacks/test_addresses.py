"""Signing addresses under attack: whatever we take, a browser takes for the same place; and we never go there."""

import ast
import asyncio
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.attacks.node import Read, as_a_browser
from tests.gateway.stage import WATER, staged

import cotransfer
from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import SigningAddress
from cotransfer.domain.values.signing import LONGEST_ADDRESS

TABLE = tomllib.loads(Path(__file__).with_name("addresses.toml").read_text(encoding="utf-8"))
HOSTS = frozenset(TABLE["hosts"])
GOOD = {
    text: kept
    for group in TABLE["good"]
    for text, kept in {**{one: one for one in group.get("addresses", ())}, **group.get("kept", {})}.items()
}
HOSTILE = {text: group["code"] for group in TABLE["hostile"] for text in group["addresses"]}
TOO_LONG = ("https://sign.kmwater.cn/" + "a" * LONGEST_ADDRESS, "https://sign.kmwater.cn/" + "a" * 10_000_000)
DEFAULT_PORTS = {"http": "80", "https": "443"}


def parse(text: object, hosts: frozenset[str] = HOSTS) -> SigningAddress:
    """Against the list of the table."""
    return SigningAddress.parse(text, hosts=hosts)


def agrees(address: SigningAddress, browser: Read | None) -> bool:
    """Whether a browser would go where we say, and write it as we do; and Python's parser as well."""
    python = urlsplit(address.text)
    ours, _, port = address.host.partition(":")
    scheme = address.text.split(":", 1)[0]
    return (
        browser is not None
        and browser.bare
        and (browser.href, browser.host, browser.scheme) == (address.text, ours, f"{scheme}:")
        and browser.port == port
        and (python.hostname, python.port) == (ours, int(port) if port else None)
        and port != DEFAULT_PORTS[scheme]
    )


def test_the_table_is_large_enough(count):
    """At least 80 hostile ones and 20 good ones, none twice."""
    listed = [text for group in TABLE["hostile"] for text in group["addresses"]]
    assert len(listed) == len(set(listed)) >= 80
    assert len(GOOD) >= 20
    assert not set(GOOD) & set(HOSTILE)
    count(f"signing addresses: {len(HOSTILE) + len(TOO_LONG)} hostile ones refused, {len(GOOD)} good ones read alike")


@pytest.mark.parametrize(("text", "code"), HOSTILE.items(), ids=[ascii(text)[:70] for text in HOSTILE])
def test_every_hostile_one_is_refused(text: str, code: str):
    """By name, and without repeating it."""
    with pytest.raises(Invalid) as raised:
        parse(text)
    (fault,) = raised.value.faults
    assert (fault.field, fault.code) == ("signing_address", code)
    assert text not in fault.wrong


@pytest.mark.parametrize("text", TOO_LONG, ids=[len(text) for text in TOO_LONG])
def test_a_very_long_one_is_refused_at_once(text: str):
    """Before the grammar is tried on it."""
    with pytest.raises(Invalid) as raised:
        parse(text)
    assert raised.value.faults[0].code == "too_long"


@pytest.mark.parametrize(("text", "kept"), GOOD.items(), ids=GOOD)
def test_every_good_one_is_kept_as_a_browser_writes_it(text: str, kept: str):
    """Nothing is appended, the default port is dropped, and parsing again changes nothing."""
    address = parse(text)
    assert address == SigningAddress(kept) == parse(address.text)


def test_a_browser_reads_the_good_ones_alike():
    """The same host, port and spelling, for the text as it came and as it is kept: not one disagreement."""
    came = as_a_browser(GOOD)
    kept = as_a_browser(parse(text).text for text in GOOD)
    disagreements = [
        text
        for text, one, other in zip(GOOD, came, kept, strict=True)
        if not agrees(parse(text), one) or not agrees(parse(text), other)
    ]
    assert disagreements == []


def test_the_hostile_ones_do_deceive_parsers(count):
    """The table has teeth: many of its addresses are of one host to Python and of another, or of none, to a browser."""
    deceived = [
        text
        for text, browser in zip(HOSTILE, as_a_browser(HOSTILE), strict=True)
        if (browser.host if browser else None) != _host_to_python(text)
    ]
    assert len(deceived) >= 40
    count(f"signing addresses: {len(deceived)} of the hostile ones are read differently by Python and a browser")


def _host_to_python(text: str) -> str | None:
    try:
        return urlsplit(text).hostname
    except ValueError:
        return None


def _written(chance: random.Random) -> str:
    """A text of the pieces that addresses are made of, most often nearly one."""
    pieces = [
        "/",
        "?",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "a",
        "B",
        "0",
        "~",
        "!",
        "$",
        "&",
        "(",
        "*",
        "+",
        ",",
        ";",
    ]
    pieces += [
        "=",
        "-",
        "_",
        "//",
        "%20",
        "%e7%ad%be",
        "%c0%ae",
        "%ff",
        "...",
        ".%2e",
        "=?",
        "&&",
        "%7e",
        "%25",
        "%253A",
    ]
    origin = chance.choice(["https://sign.kmwater.cn", "https://sign.kmwater.cn:443", "https://localhost:8443"])
    origin = chance.choice([origin, "http://127.0.0.1:8080", "https://a-b.xn--fiqs8s.cn"])
    return origin + "".join(chance.choice(pieces) for _ in range(chance.randint(0, 14)))


def test_two_thousand_invented_ones_are_read_alike(count):
    """Whatever of these our grammar takes, a browser and Python read as we do."""
    chance, taken = random.Random(9), dict[str, SigningAddress]()
    while len(taken) < 2_000:
        text = _written(chance)
        try:
            taken[text] = parse(text)
        except Invalid:
            continue
    browsers = as_a_browser(taken)
    wrong = [text for (text, one), browser in zip(taken.items(), browsers, strict=True) if not agrees(one, browser)]
    assert wrong == []
    count(f"signing addresses: {len(taken)} invented ones taken, 0 read differently by a browser")


@st.composite
def _with_any_host(draw: st.DrawFn) -> tuple[str, frozenset[str]]:
    """An address on a host of the pieces that hosts and numbers are made of, and a list that has it."""
    host = draw(st.text("a0x19ef-.", min_size=1, max_size=24))
    port = draw(st.just("") | st.integers(1, 70_000).map(lambda number: f":{number}"))
    rest = draw(st.text("/?.%2e5Cc~!$&()*+,;=:@'a", max_size=20))
    return f"https://{host}{port}/{rest}", frozenset({f"{host}{port}".removesuffix(":443")})


def test_whatever_the_grammar_lets_through_is_read_alike():
    """With any host on the list: what is taken is read alike. Whether an A-label says anything is the list's affair."""
    taken: dict[str, SigningAddress] = {}

    @settings(max_examples=2_000, deadline=None, derandomize=True, database=None)
    @given(_with_any_host())
    def collect(drawn: tuple[str, frozenset[str]]) -> None:
        text, hosts = drawn
        try:
            address = parse(text, hosts)
        except Invalid:
            return
        if "xn--" not in address.host:
            taken[text] = address

    collect()
    browsers = as_a_browser(taken)
    wrong = [text for (text, one), browser in zip(taken.items(), browsers, strict=True) if not agrees(one, browser)]
    assert wrong == []
    assert len(taken) > 100


CALLERS = {"httpx", "aiohttp", "urllib.request", "http.client", "requests", "socket", "webbrowser"}
"""What can open an address."""

ELSEWHERE = {"sandbox", "demo", "bench", "testing"}
"""Parts that play the citizen, who does open it."""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    root = Path(cotransfer.__file__).parent
    for file in sorted(root.rglob("*.py")):
        where = file.relative_to(root)
        if where.parts[0] not in ELSEWHERE:
            yield str(where), ast.parse(file.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def _speaks_of_addresses(tree: ast.Module) -> bool:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return "SigningAddress" in names or "signing_address" in attributes


def test_no_code_that_has_an_address_can_open_one():
    """API 7:2023: wherever the gateway handles a signing address, nothing at hand could fetch it."""
    speaking = {where: _imports(tree) for where, tree in _modules() if _speaks_of_addresses(tree)}
    assert len(speaking) >= 5, "The search finds nothing any more: mend it."
    able = {
        where: sorted(imports)
        for where, imports in speaking.items()
        if any(one == caller or one.startswith(f"{caller}.") for one in imports for caller in CALLERS)
    }
    assert able == {}


def _paths_called() -> Iterator[tuple[str, ast.expr]]:
    """Every first argument of a call on somebody's `_line`; the simulator's lines lead nowhere."""
    for where, tree in _modules():
        if where.startswith("simulation/"):
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="_line")), args=[path, *_]):
                    yield where, path


def test_every_call_of_ours_goes_to_a_configured_place():
    """The one client for counterparties is only ever given paths written in the code, never an address that came in."""
    paths = list(_paths_called())
    assert len(paths) >= 4, "The search finds nothing any more: mend it."
    for where, path in paths:
        first = path.values[0] if isinstance(path, ast.JoinedStr) else path
        assert isinstance(first, ast.Constant), where
        assert str(first.value).startswith("/"), where


async def test_nobody_knocks_at_the_signing_address():
    """A whole step 7 with an address that leads to a listening port: reported, shown, tapped, and never opened."""
    knocks: list[object] = []
    knocked = asyncio.Event()

    async def heard(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.append(writer.get_extra_info("peername"))
        knocked.set()
        writer.close()

    async with await asyncio.start_server(heard, "127.0.0.1", 0) as server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        address = f"{origin}/c/7Qm2"
        async with staged(signing_hosts={WATER: frozenset({origin})}) as stage:
            transfer = await stage.submit()
            heard_by_us = await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": address})
            assert heard_by_us.is_success
            await stage.office.worker.drain()
            await stage.get(f"/v1/transfers/{transfer}")
            tapped = await stage.post(f"/v1/transfers/{transfer}/signing", {})
            assert tapped.json()["signing_address"] == address
            await stage.office.worker.drain()
        assert knocks == []
        # The listener does hear who comes.
        _, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(knocked.wait(), 10)
        assert len(knocks) == 1
