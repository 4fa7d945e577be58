#!/usr/bin/env python3
"""A stand-in for curl where a machine has none: the few options that the pages use, in curl's own words.

Never pretends: an option it does not know ends it.
"""

import getopt
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main(words: list[str]) -> int:
    """Make one call, as curl would."""
    options, addresses = getopt.gnu_getopt(words, "sH:d:o:X:K:")
    said = dict(options)
    written = _headers(Path(said["-K"])) if "-K" in said else []
    headers = dict(line.split(": ", 1) for line in [*written, *(value for name, value in options if name == "-H")])
    request = urllib.request.Request(addresses[0], headers=headers, data=_body(said.get("-d")), method=said.get("-X"))
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            content = answer.read()
    except urllib.error.HTTPError as refused:
        content = refused.read()
    except OSError:
        return 7
    if "-o" in said:
        Path(said["-o"]).write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return 0


def _headers(file: Path) -> list[str]:
    """What stands in a file for `-K`, as far as it is one header a line."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix('header = "').removesuffix('"') for line in lines]


def _body(said: str | None) -> bytes | None:
    if said is None:
        return None
    return Path(said[1:]).read_bytes().replace(b"\n", b"") if said.startswith("@") else said.encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
