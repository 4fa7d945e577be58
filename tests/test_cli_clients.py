"""`cotransfer clients` as an operator types it: lists, new secrets, shutting a client out and letting it in again."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.adapters.gateway.oauth import secret_hash
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.cli.clients import app
from cotransfer.ports.access import Standing
from cotransfer.ports.keys import KeyUse

SETTINGS = """
[database]
url = "sqlite:///{folder}/cotransfer.db"

[[clients]]
id = "water"
role = "utility"
utility = "kunming-water"
auth = "private_key_jwt"
jwks_file = "water.jwks.json"

[[clients]]
id = "platform"
role = "platform"
auth = "client_secret_basic"
secret_hashes = ["{hash}"]

[[utilities]]
id = "kunming-water"
service = "water"
url = "http://127.0.0.1:1"
token = "a-token-of-the-tests-only"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment of its own, with keys."""
    upgrade(f"sqlite:///{tmp_path}/cotransfer.db")
    KeyFolder(tmp_path / "cotransfer.db.keys").make(KeyUse.INDEX, "1")
    (tmp_path / "c.toml").write_text(SETTINGS.format(folder=tmp_path, hash="a" * 64))
    return tmp_path


def typed(folder: Path, *arguments: str) -> Result:
    """A command, in this process."""
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "c.toml")])


def standing(folder: Path) -> Standing:
    """Who is shut out, as another process sees it."""

    async def look() -> Standing:
        async with open_store(f"sqlite:///{folder}/cotransfer.db", read_only=True, hints=False) as store:
            return await SqlAccess(store).standing()

    return asyncio.run(look())


def test_a_client_is_barred_and_admitted(folder: Path):
    """At once, idempotently, and beside a running gateway: another store is open on the file meanwhile."""
    owner = open_store(f"sqlite:///{folder}/cotransfer.db")
    assert typed(folder, "bar", "water", "--why", "leaked").output == "barred: water\n"
    assert typed(folder, "bar", "water", "--why", "leaked").output == "unchanged: water is barred already\n"
    assert standing(folder).barred == {"water"}
    shown = json.loads(typed(folder, "list", "--json").output)["clients"]
    assert shown[0]["barred"]["why"] == "leaked"
    assert "barred by operator" in typed(folder, "list").output
    assert typed(folder, "admit", "water", "--why", "new-key").output == "admitted: water\n"
    assert typed(folder, "admit", "water", "--why", "new-key").output == "unchanged: water is not barred\n"
    assert standing(folder).barred == frozenset()
    asyncio.run(owner.close())


def test_a_slip_in_a_name_bars_nobody(folder: Path):
    """The client that was meant would stay inside unnoticed, so an unknown name is an error."""
    result = typed(folder, "bar", "watre", "--why", "leaked")
    assert result.exit_code == 1
    assert standing(folder).barred == frozenset()


def test_a_new_secret_is_shown_once_with_its_hash(folder: Path):
    """256 bits; the hash is what the settings hold, under the server's own key."""
    output = typed(folder, "new-secret", "platform").output
    found = re.search(r"secret: (\S+)\nhash: +([0-9a-f]{64})\n", output)
    assert found is not None
    assert len(found[1]) == 43
    assert found[2] == secret_hash(KeyFolder(folder / "cotransfer.db.keys"), "platform", found[1])
    assert found[1] not in typed(folder, "new-secret", "platform").output


def test_the_list_shows_no_secret(folder: Path):
    """Neither a secret nor its hash."""
    output = typed(folder, "list").output + typed(folder, "list", "--json").output
    assert "aaaaaaaa" not in output
    assert "private_key_jwt" in output
    assert "1 live" in output
