"""What we are built from: versions above the known holes, files checked against hashes, all of it listed."""

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.version import Version

from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"

FLOORS = {
    "authlib": ("1.7.2", "CVE-2026-27962, CVE-2025-61920, CVE-2024-37568, unvalidated redirect addresses"),
    "starlette": ("0.49.1", "CVE-2025-62727, CVE-2025-54121"),
    "cryptography": ("46.0", "SM3 and SM4-GCM in the wheel, and a supported OpenSSL"),
    "joserfc": ("1.1", "authlib.jose's follower"),
    "aiohttp": ("3.12.14", "CVE-2025-53643, requests smuggled in trailers"),
    "httptools": ("0.6.4", "the oldest that is tried"),
    "uvicorn": ("0.34", "the oldest that is tried"),
    "sqlalchemy": ("2.1", "the oldest that is tried"),
}
"""Package: the version below which it must not be, and why."""


def installed(name: str) -> Version:
    """As its metadata say."""
    return Version(importlib.metadata.version(name))


class TestFloors:
    @pytest.mark.parametrize("name", FLOORS)
    def test_what_is_installed(self, name: str) -> None:
        """No installed package has a hole that is known and closed."""
        assert installed(name) >= Version(FLOORS[name][0]), FLOORS[name][1]

    @pytest.mark.parametrize("file", ["run.txt", "dev.txt"])
    def test_what_is_pinned(self, file: str) -> None:
        """The same for what others will install."""
        pins = dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", (REQUIREMENTS / file).read_text(), re.MULTILINE))
        assert {name for name, (floor, _) in FLOORS.items() if Version(pins[name]) < Version(floor)} == set()

    def test_what_is_declared(self) -> None:
        """A library user who pins nothing gets nothing below the floors that stand against a known hole either."""
        declared = (ROOT / "pyproject.toml").read_text()
        for name in ("authlib", "starlette"):
            assert f'"{name}>={FLOORS[name][0]}"' in declared

    def test_sqlite(self) -> None:
        """The SQLite that the store uses does not lose commits; where no wheel brings one, start-up judges it."""
        if importlib.util.find_spec("pysqlite3") is None:
            pytest.skip("there is no wheel with a newer SQLite for this machine")
        assert MODULE.sqlite_version_info >= FIXED_LOG

    def test_the_deprecated_jose_is_not_used(self) -> None:
        """`authlib.jose` is succeeded by joserfc: nothing of ours loads it, not even by way of another package."""
        script = (
            "import importlib, pkgutil, sys, cotransfer\n"
            "for found in pkgutil.walk_packages(cotransfer.__path__, 'cotransfer.'):\n"
            "    if not found.name.endswith('__main__') and '.migrations' not in found.name:\n"
            "        importlib.import_module(found.name)\n"
            "print([name for name in sys.modules if name == 'authlib.jose' or name.startswith('authlib.jose.')])\n"
        )
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
        assert (said.returncode, said.stdout.strip()) == (0, "[]"), said.stderr[-2000:]


class TestHashes:
    @pytest.mark.parametrize(("file", "least"), [("pip.txt", 1), ("run.txt", 50), ("sm.txt", 1), ("dev.txt", 50)])
    def test_every_requirement_is_locked(self, file: str, least: int) -> None:
        """One exact version each, and at least one SHA-256; nothing is named by address or folder."""
        text = re.sub(r"\\\n\s*", "", (REQUIREMENTS / file).read_text())
        lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        locked = re.compile(
            r"[a-z0-9][a-z0-9-]*(\[[a-z,-]+\])?==[0-9][^ ]*( ; [^\\]*?)?( ?--hash=sha256:[0-9a-f]{64})+"
        )
        assert [line[:80] for line in lines if not locked.fullmatch(line.strip())] == []
        assert len(lines) >= least

    def test_an_installer_that_holds_every_pin(self) -> None:
        """Before 23.3 pip looked past the pin of what is asked for with an extra; so ours comes first, with a hash."""
        (pip,) = re.findall(r"^pip==([^ \\]+)", (REQUIREMENTS / "pip.txt").read_text(), re.MULTILINE)
        assert Version(pip) >= Version("23.3")
        assert installed("pip") == Version(pip)
        first, second = re.findall(r"--only-binary :all: -r (\S+?)\"", (ROOT / "Makefile").read_text())
        assert (first, second) == ("requirements/pip.txt", "$(1)")

    def test_the_extra_is_locked_as_it_is_tested(self) -> None:
        """`cotransfer[sm]` runs on what the tests ran on: the same version under the same hashes, and `make lock` keeps
        it so."""
        extra, tested = ((REQUIREMENTS / file).read_text() for file in ("sm.txt", "dev.txt"))
        blocks = [block for block in re.split(r"^(?=[a-z0-9])", extra, flags=re.MULTILINE)[1:] if block]
        assert [block.split("==")[0] for block in blocks] == ["gmssl-pyx"]
        assert all(block.rstrip() in tested for block in blocks)
        assert "--output-file requirements/sm.txt requirements/sm.in" in (ROOT / "Makefile").read_text()

    @pytest.mark.parametrize("file", ["pip", "run", "sm", "dev"])
    def test_no_address_of_an_index(self, file: str) -> None:
        """A hash says what a package is, not where it was found."""
        text = "".join((REQUIREMENTS / f"{file}.{kind}").read_text() for kind in ("in", "txt"))
        assert re.findall(r"https?://|--index-url|--extra-index-url|--find-links|--trusted-host", text) == []

    def test_nothing_runs_that_is_not_pinned(self) -> None:
        """Everything that a declared dependency needs, and what that needs, is pinned."""
        sbom = sbom_module()
        pins = sbom.pinned()
        needed, waiting = set(), ["cotransfer"]
        while waiting:
            for name in _needs(waiting.pop()):
                if name not in needed:
                    needed.add(name)
                    waiting.append(name)
        assert needed - set(pins) == set()


def _needs(name: str) -> Iterator[str]:
    """What a package needs on this machine, without its extras."""
    from packaging.requirements import Requirement

    for line in importlib.metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield re.sub(r"[-_.]+", "-", requirement.name).lower()


def sbom_module() -> ModuleType:
    """requirements/sbom.py, which is a program and not a part of the package."""
    spec = importlib.util.spec_from_file_location("sbom", REQUIREMENTS / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.campaign
def test_the_bill_of_materials(tmp_path: Path) -> None:
    """`make sbom` writes CycloneDX 1.6: each requirement pinned for this machine, nothing else, and who needs whom."""
    file = tmp_path / "sbom.json"
    said = subprocess.run(
        [sys.executable, str(REQUIREMENTS / "sbom.py"), str(file)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr[-2000:]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text()) is None
    document: dict[str, Any] = json.loads(file.read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")

    sbom = sbom_module()
    assert {sbom.normal(one["name"]): one["version"] for one in document["components"]} == sbom.pinned()
    assert all(one["purl"].startswith("pkg:pypi/") for one in document["components"])
    optional = {sbom.normal(one["name"]) for one in document["components"] if one.get("scope") == "optional"}
    assert optional == {"gmssl-pyx"}

    root = document["metadata"]["component"]["bom-ref"]
    refs = {one["bom-ref"] for one in document["components"]} | {root}
    graph = {one["ref"]: set(one.get("dependsOn", ())) for one in document["dependencies"]}
    assert set(graph) <= refs
    assert set().union(*graph.values()) <= refs
    assert len(graph[root]) >= 20
