"""No secret stands in the repository: every tracked file is searched, and what only looks like one has its reason."""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[1]


@attrs.frozen(kw_only=True)
class Pattern:
    """What a secret looks like in a file; `everywhere` means tests as well, where invented ones are plenty."""

    name: str
    shape: re.Pattern[str]
    everywhere: bool = True
    least_bits: float = 0.0


PATTERNS = (
    Pattern(
        name="private key",
        shape=re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s*(?:\\n)?\s*([A-Za-z0-9+/]{32,})"),
    ),
    Pattern(name="webhook secret", shape=re.compile(r"whsec_([A-Za-z0-9+/=]{24,})"), least_bits=3.0),
    Pattern(name="cloud key", shape=re.compile(r"\b((?:AKIA|ASIA|LTAI)[A-Z0-9]{16,20})\b")),
    Pattern(name="forge token", shape=re.compile(r"\b((?:gh[pousr]|glpat|xox[abps])[_-][A-Za-z0-9_-]{20,})")),
    Pattern(
        name="signed token",
        shape=re.compile(r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"),
    ),
    Pattern(
        name="assigned secret",
        everywhere=False,
        least_bits=3.0,
        shape=re.compile(
            r"(?i)(?:secret|token|passw(?:or)?d|(?:api|private|claim|access)_?key)\w*[\"']?\s*[:=]\s*"
            r"[\"']([A-Za-z0-9+/=_.~-]{20,})[\"']"
        ),
    ),
    Pattern(
        name="long digits",
        everywhere=False,
        least_bits=3.0,
        shape=re.compile(
            r"[\"'=:\s]([0-9a-f]{40,}|[0-9A-F]{40,}|"
            r"(?=[A-Za-z0-9+/]*[0-9])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])[A-Za-z0-9+/]{43,}={0,2})[\"'\s,]"
        ),
    ),
    Pattern(name="password in an address", everywhere=False, shape=re.compile(r"://[A-Za-z0-9_]+:([^@\s/{}<>*\"'$]{6,})@")),
)  # fmt: skip


@attrs.frozen(kw_only=True)
class Allowed:
    """A finding that is none, with the reason."""

    path: str
    starts: str
    why: str


ALLOWED = (
    Allowed(path="src/cotransfer/sandbox/", starts="sandbox-", why="The sandbox's own; start-up refuses it elsewhere."),
    Allowed(path="src/cotransfer/settings/guessing.py", starts="", why="The list of secrets that start-up refuses."),
    Allowed(path="docs/", starts="drawn: ", why="Pages that say what would stand there."),
    Allowed(path="docs/", starts="sandbox-", why="The sandbox's own; start-up refuses it elsewhere."),
    Allowed(path="docs/trust/signing.md", starts="MDEyMzQ1Njc4", why="The invented secret of a worked example."),
    Allowed(path="docs/trust/signing.md", starts="whsec_MDEyMzQ1Njc4", why="The same, with its prefix."),
    Allowed(path="docs/conformance.md", starts="MDEyMzQ1Njc4", why="The same, where the kit's settings are shown."),
    Allowed(path="docs/conformance.md", starts="whsec_MDEyMzQ1Njc4", why="The same, with its prefix."),
    Allowed(path="src/cotransfer/conformance/", starts="a-token-that-nobody", why="Opens nothing, to be refused."),
    Allowed(path="docs/", starts="PASSWORD", why="A placeholder in an address."),
    Allowed(path="src/cotransfer/settings/", starts="PASSWORD", why="A placeholder in an address."),
    Allowed(path="contracts/v1/", starts="9f86d081", why="SHA-256 of the word test, where a digest is shown."),
    Allowed(path="contracts/v1/", starts="9F86D081", why="The same in capitals, in a bad example."),
    Allowed(path="contracts/v1/", starts="fJ3mQb7X", why="An invented session, where one is shown."),
    Allowed(path="contracts/v1/", starts="eyJhbGciOi", why="Invented tokens, signed by nobody."),
    Allowed(path="tests/", starts="MfKQ9r8GKYqrTwjU", why="The example of Standard Webhooks' own documentation."),
    Allowed(path="tests/vectors/", starts="", why="Keys printed in the standards, for everybody to check against."),
)


def tracked() -> list[Path]:
    """The repository's files; without git all there are, as in a source archive."""
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode == 0 and said.stdout:
        return [ROOT / name for name in said.stdout.split("\0") if name and (ROOT / name).is_file()]
    folders = ("src", "tests", "docs", "examples", "contracts", "requirements")
    return [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]


def bits_a_character(text: str) -> float:
    """Shannon's entropy of the text's characters."""
    return -sum(many / len(text) * math.log2(many / len(text)) for many in Counter(text).values())


def findings(name: str, text: str) -> Iterator[tuple[str, str]]:
    """The pattern, and what looks like a secret."""
    for pattern in PATTERNS:
        if pattern.everywhere or not name.startswith("tests/"):
            for found in pattern.shape.finditer(text):
                if bits_a_character(found[1]) >= pattern.least_bits:
                    yield pattern.name, found[1]


def is_allowed(name: str, found: str) -> bool:
    """Whether a reason is on the list."""
    return any(name.startswith(one.path) and found.startswith(one.starts) for one in ALLOWED)


class TestSecrets:
    def test_none_in_the_repository(self, count: Callable[[str], None]) -> None:
        """No key, token or password stands in a tracked file; what only looks like one is listed with its reason."""
        found, files = [], 0
        for file in tracked():
            name = str(file.relative_to(ROOT))
            if name.startswith("requirements/") and name.endswith(".txt"):
                continue  # Hashes of packages, by the thousand.
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            files += 1
            # Named by place only: a true secret shall not stand in the log of the test either.
            found += [
                f"{name}: {kind} {secret[:4]}…" for kind, secret in findings(name, text) if not is_allowed(name, secret)
            ]
        assert found == []
        assert files > 300
        count(f"secrets         {files} files searched, 0 found")

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("private key", "-----BEGIN EC PRIVATE KEY-----\n" + "MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk5" + "\n"),
            ("webhook secret", "key = 'whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'"),
            ("forge token", "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"),
            ("cloud key", "AKIA" + "IOSFODNN7EXAMPLE"),
            ("assigned secret", 'client_secret = "' + 'f3a91c07be52d8640f1e7a3c"'),
            ("long digits", 'KEY = "' + '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"'),
            ("password in an address", "postgresql://me:" + "Zk2mL3bqX9@db/x"),
        ],
    )
    def test_the_search_finds_them(self, kind: str, text: str) -> None:
        """Each kind is found where somebody left one."""
        assert kind in [name for name, _ in findings("src/x.py", text)]
