"""What the contract says of every field of the gateway's answers: where it stands, and which grant it leaves by."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import attrs

from cotransfer.adapters.wire.contract_files import contracts_folder, read_document
from cotransfer.adapters.wire.contracts import contract

SCHEMAS = contracts_folder() / "schemas"


@attrs.frozen
class Field:
    """One leaf of an answer: `path` as in properties[].location, `grants` as in properties.location; none is nobody's.

    `whole` is the path of the field that is granted, of which the leaf may be a part.
    """

    path: str
    grants: tuple[str, ...] = ()
    whole: str = ""


def answers() -> dict[str, tuple[Field, ...]]:
    """By operation, every leaf of what it answers when it succeeds."""
    return {operation.identifier: tuple(_answer(operation.node.value)) for operation in contract("gateway").operations}


def granted() -> dict[str, dict[str, str]]:
    """By operation that wants a token, the annotated leaves: from grant to path."""
    guarded = [
        operation.identifier for operation in contract("gateway").operations if wants_token(operation.node.value)
    ]
    found = answers()
    return {name: {grant: field.whole for field in found[name] for grant in field.grants} for name in guarded}


def wants_token(node: Mapping[str, Any]) -> bool:
    """Whether the operation is a client's."""
    return any("accessToken" in way for way in node.get("security", ()))


def there(body: Any, path: str) -> bool:
    """Whether anything stands at `path`."""
    name, _, rest = path.partition(".")
    if name.endswith("[]"):
        return any(there(item, rest) if rest else True for item in body.get(name[:-2], ()))
    if not isinstance(body, dict) or name not in body:
        return False
    return there(body[name], rest) if rest and isinstance(body[name], dict) else True


def _answer(node: Mapping[str, Any]) -> Iterator[Field]:
    for status, response in node["responses"].items():
        for media in response.get("content", {}).values() if status.startswith("2") else ():
            yield from _leaves(media["schema"], Field(""))


def _leaves(schema: Mapping[str, Any], so_far: Field, home: str = "") -> Iterator[Field]:
    """A field's own annotation covers all that stands under it."""
    path = so_far.path
    if "x-grant" in schema:
        so_far = Field(path, tuple(schema["x-grant"].split()), path)
    if "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        file = file.removeprefix("schemas/") or home
        yield from _leaves(_at(file, pointer), so_far, file)
        return
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if kinds:
        for kind in kinds:
            yield from _leaves(kind, so_far, home)
    elif "properties" in schema:
        for name, member in schema["properties"].items():
            yield from _leaves(member, attrs.evolve(so_far, path=f"{path}.{name}".lstrip(".")), home)
    elif "items" in schema:
        yield from _leaves(schema["items"], attrs.evolve(so_far, path=f"{path}[]"), home)
    else:
        yield so_far


@cache
def _file(name: str) -> Any:
    return read_document(SCHEMAS / name)


def _at(file: str, pointer: str) -> Any:
    found = _file(file)
    for step in pointer.split("/")[1:]:
        found = found[step]
    return found
