"""`make sbom`: what the gateway runs on, as a CycloneDX 1.6 document with versions, licences and who needs whom.

Lists exactly what requirements/run.txt pins and, as optional, requirements/sm.txt, as it is installed here; never what
only tests and checks need.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[1]
PINS = ROOT / "requirements" / "run.txt"
OPTIONAL_PINS = ROOT / "requirements" / "sm.txt"
USUAL_PLACE = ROOT / "build" / "sbom.json"


def pinned(*files: Path) -> dict[str, str]:
    """The names, as an index spells them, with their versions. What another system needs is left out."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files or (PINS, OPTIONAL_PINS))
    lines = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)([^\\\n]*)", text, re.MULTILINE)
    return {normal(name): version for name, version, condition in lines if _is_for_here(condition)}


def normal(name: str) -> str:
    """One spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def document() -> dict[str, Any]:
    """What the environment holds, minus what is not pinned for running. Raises `ValueError` for one that is missing."""
    whole = _of_environment()
    pins = pinned()
    kept = [one for one in whole["components"] if pins.get(normal(one["name"])) == one["version"]]
    missing = sorted(set(pins) - {normal(one["name"]) for one in kept})
    if missing:
        raise ValueError(f"Not installed as pinned: {', '.join(missing)}. Run `make install-dev`.")
    optional = pinned(OPTIONAL_PINS).keys() - pinned(PINS).keys()
    for one in kept:
        if normal(one["name"]) in optional:
            one["scope"] = "optional"
    root = whole["metadata"]["component"]["bom-ref"]
    stays = {root, *(one["bom-ref"] for one in kept)}
    graph = [one for one in whole["dependencies"] if one["ref"] in stays]
    for one in graph:
        one["dependsOn"] = [ref for ref in one.get("dependsOn", []) if ref in stays]
    return {**whole, "components": kept, "dependencies": graph}


def _of_environment() -> dict[str, Any]:
    command = [sys.executable, "-m", "cyclonedx_py", "environment", sys.executable, "--sv", "1.6", "--no-validate"]
    said = subprocess.run(  # noqa: S603  # the arguments are ours
        [*command, "--output-reproducible", "--pyproject", str(ROOT / "pyproject.toml")],
        capture_output=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def _is_for_here(condition: str) -> bool:
    from packaging.markers import Marker

    marker = condition.strip().lstrip(";").strip()
    return not marker or Marker(marker).evaluate()


def main() -> None:
    """Write it, or end with what is wrong."""
    text = json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        sys.exit(f"The document is not CycloneDX 1.6: {fault}")
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else USUAL_PLACE
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    print(f"{place}: CycloneDX 1.6, {len(json.loads(text)['components'])} components")  # noqa: T201


if __name__ == "__main__":
    main()
