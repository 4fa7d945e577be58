"""`make golden`: what this version stores, written down for every later one to read. Never over a released set."""

import sys

from tests.golden.files import GOLDEN, Released, version, write
from tests.golden.making import made


def main() -> int:
    """Write the set of the version in pyproject.toml; 1 where that is released already."""
    try:
        write(version(), made())
    except Released as error:
        print(error, file=sys.stderr)
        return 1
    print(f"the golden set of {version()} is in {GOLDEN.relative_to(GOLDEN.parents[1]) / version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
