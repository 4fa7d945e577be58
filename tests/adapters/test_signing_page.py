"""docs/trust/signing.md can be followed: its script signs what we take, in the shell of whoever reads it."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cotransfer.adapters.wire.signing import Incoming, Scheme, StandardCheck, Verifier, checking_key

PAGE = (Path(__file__).parents[2] / "docs" / "trust" / "signing.md").read_text("utf-8")
(SCRIPT,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SECRET,) = re.findall(r"^SECRET='([^']+)'", SCRIPT, re.MULTILINE)
(TARGET,) = re.findall(r"^TARGET=(\S+)$", SCRIPT, re.MULTILINE)

ECHO = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done
"""

pytestmark = pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("sh")), reason="There is no openssl command here."
)


def arguments(folder: Path, script: str) -> list[str]:
    """What the script would call curl with."""
    curl = folder / "echo-arguments"
    curl.write_text(ECHO)
    curl.chmod(0o700)
    environment = {"CURL": str(curl), "TIME": "1780300800", "GATEWAY": "https://g", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.splitlines()


@pytest.mark.parametrize("scheme", [Scheme.HMAC_SHA256, Scheme.HMAC_SM3], ids=lambda scheme: scheme.value)
async def test_the_worked_example_is_taken(tmp_path: Path, scheme: Scheme) -> None:
    """With HMAC-SHA-256 as it stands, and with HMAC-SM3 as the page says to change it."""
    script = SCRIPT
    if scheme is Scheme.HMAC_SM3:
        script = script.replace("-sha256 -mac", "-sm3 -mac").replace("v1,$MAC", "v1sm3,$MAC")
    said = arguments(tmp_path, script)
    headers = [tuple(line.split(": ", 1)) for line in said if re.match(r"[\w-]+: ", line)]
    key = next(value for name, value in headers if name == "Idempotency-Key")
    incoming = Incoming(
        method="POST",
        target=said[1].removeprefix("https://g"),
        key=key,
        headers=[(name.encode(), value.encode()) for name, value in headers],
        body=said[-1].encode(),
        at=datetime.fromtimestamp(1780300810, UTC),
    )
    check = StandardCheck(Verifier([checking_key(scheme, SECRET)]))
    assert incoming.target == TARGET
    assert (await check.check(incoming)).body == b'{"result":"done"}'


def test_the_page_names_what_there_is() -> None:
    """Every scheme stands in its table."""
    assert set(re.findall(r"^\| `(v1\w*)` \|", PAGE, re.MULTILINE)) == {scheme.value for scheme in Scheme}
