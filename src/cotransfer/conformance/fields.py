"""The fields that an operation's request has by its contract: where the kit finds what it can leave out or spoil.

Never names a field itself: what the contract adds tomorrow is tried tomorrow.
"""

import attrs

from cotransfer.adapters.wire.contract_documents import Node
from cotransfer.adapters.wire.contracts import Contract


@attrs.frozen(kw_only=True)
class Field:
    """`path` is dotted where nested; `narrow` tells that the schema allows only certain words or digits."""

    path: str
    required: bool
    is_object: bool
    narrow: bool


def fields_of(contract: Contract, operation: str) -> tuple[Field, ...]:
    """Every field of the request of `operation` (its operationId), outer before inner; () without a JSON body."""
    node = next(each.node for each in contract.operations if each.identifier == operation)
    if "requestBody" not in node or "application/json" not in node.child("requestBody").child("content"):
        return ()
    schema = node.child("requestBody").child("content").child("application/json").child("schema")
    return tuple(_fields(_followed(schema), ""))


def _fields(schema: Node, under: str) -> list[Field]:
    found: list[Field] = []
    required = schema.value.get("required", ())
    for name, member in schema.child("properties").children() if "properties" in schema else ():
        inner = _followed(member)
        path = f"{under}{name}"
        is_object = "properties" in inner
        digits = inner.value.get("pattern", "").startswith("^[0-9")
        narrow = "enum" in inner or digits or inner.value.get("minItems", 0) > 0
        found.append(Field(path=path, required=name in required, is_object=is_object, narrow=narrow))
        found += _fields(inner, f"{path}.") if is_object else []
    return found


def _followed(node: Node) -> Node:
    """A schema's own reference, beside which its title and description may stand."""
    while "$ref" in node:
        reference = {"$ref": node.value["$ref"]}
        node = node.documents.follow(attrs.evolve(node, value=reference))
    return node
