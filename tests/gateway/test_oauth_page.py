"""The ten lines of docs/trust/clients.md, as a partner types them: openssl alone makes a proof that we take."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from cotransfer.adapters.wire.jose import opened, public_keys

PAGE = Path(__file__).parents[2] / "docs" / "trust" / "clients.md"
MISSING = [tool for tool in ("bash", "openssl", "xxd", "awk") if shutil.which(tool) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}")
def test_the_ten_lines_work(tmp_path: Path):
    """Run as they stand, but for the call itself: the key set is one that we take, and proves the assertion."""
    found = re.search(r"```sh\n(openssl.*?)\ncurl ", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    script = found[1] + "\nprintf '%s' $head.$body.$sig > assertion\n"
    for _ in range(3):  # A number that begins with zeros comes up now and then.
        done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (key,) = public_keys((tmp_path / "water.jwks.json").read_bytes())
        assertion = opened((tmp_path / "assertion").read_text())
        assert assertion.is_signed_by(key)
        assert assertion.claims["aud"] == "https://gateway.example/oauth/token"
        issued = assertion.claims["iat"]
        assert isinstance(issued, int)
        assert abs(issued - time.time()) < 60
