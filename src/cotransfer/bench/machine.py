"""What the figures were measured on. Never anything that tells whose machine it is."""

import os
import platform
import tempfile
from collections.abc import Mapping
from importlib import metadata
from typing import Any

PACKAGES = ("cotransfer", "sqlalchemy", "psycopg", "attrs", "orjson")


def line(engines: Mapping[str, str]) -> dict[str, Any]:
    """The first line of a run; `engines` are the versions of those that take part."""
    return {
        "measure": "machine",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "databases_in": tempfile.gettempdir(),
        "engines": dict(engines),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }
