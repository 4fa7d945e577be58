"""What a golden database holds, told by the set it belongs to: never by the code that would make another today."""

import attrs
import orjson
from tests.golden.files import Line, lines, releases

from cotransfer.adapters.sql.codec import Spelt, read_facts, read_state
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.values import TransferId


def stored(release: str) -> tuple[str, list[Line]]:
    """The revision and the rows of a release's golden database."""
    first, *rest = lines(release, "rows.jsonl")
    return first["revision"], rest


def newest() -> str:
    """The release with the newest set."""
    return releases()[-1]


@attrs.frozen
class Kept:
    """A transfer of a golden database: where it stood, how many messages brought it there, what became of its tasks."""

    transfer: TransferId
    state: Open | Closed
    messages: int
    tasks: str


def kept(release: str, *, erased: bool = False) -> tuple[Kept, ...]:
    """Those that are there, or those that were erased."""
    found = [line for line in lines(release, "stock.jsonl") if (line["tasks"] == "erased") == erased]
    return tuple(Kept(TransferId(line["transfer"]), _state(line), line["commands"], line["tasks"]) for line in found)


def _state(line: Line) -> Open | Closed:
    case = read_facts("stock", orjson.dumps(line["facts"]))
    state = read_state("stock", Spelt(line["state"], line["format"], orjson.dumps(line["details"])), case)
    assert not isinstance(state, NotSubmitted)
    return state


def under_way(release: str) -> tuple[Kept, ...]:
    """Those that have not ended."""
    return tuple(one for one in kept(release) if isinstance(one.state, Open))
