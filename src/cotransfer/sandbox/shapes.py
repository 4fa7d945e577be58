"""What a message must look like, read off the contract's schema once, and judged quickly ever after.

Knows the few words of JSON Schema that the contracts' requests use, and refuses to read a schema with another one.
Never repeats a received value.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import attrs

from cotransfer.adapters.wire.contract_documents import Node, documents
from cotransfer.sandbox.answering import JSON_WORDS, Fault, invalid

_TYPES: Mapping[str, type] = {"string": str, "array": list, "object": dict}
_TOLD = {"$schema", "title", "description", "examples", "format", "maxProperties"}
"""Words that narrow nothing here: a format stands beside its pattern, and no field is let pass that is not listed."""


@attrs.frozen(kw_only=True)
class Shape:
    """One value: its type, and how it is narrowed; `fields` of an object, `items` of a list."""

    kind: type
    pattern: re.Pattern[str] | None = None
    words: frozenset[str] | None = None
    sizes: tuple[int, float] = (0, float("inf"))
    unique: bool = False
    items: "Shape | None" = None
    fields: "Mapping[str, Shape]" = attrs.field(factory=dict)
    required: frozenset[str] = frozenset()

    def check(self, value: Mapping[str, Any]) -> None:
        """Raises Problem 422 naming all the fields at fault, in the order of the schema, strange ones first."""
        if faults := list(self._of_fields(value, "")):
            raise invalid(*faults)

    def _of_fields(self, value: Mapping[str, Any], under: str) -> Iterator[Fault]:
        for name in sorted(set(value) - set(self.fields)):
            yield self._fault(under + name, "unknown_field", "is not known here")
        for name, shape in self.fields.items():
            if name in value:
                yield from shape._of_value(value[name], under + name)
            elif name in self.required:
                yield self._fault(under + name, "missing", "is missing")

    def _of_value(self, value: Any, path: str) -> Iterator[Fault]:
        if not isinstance(value, self.kind):
            yield self._fault(path, "wrong_type", f"must be a JSON {JSON_WORDS[self.kind]}")
        elif isinstance(value, dict):
            yield from self._of_fields(value, f"{path}.")
        elif not self._fits(value):
            yield self._fault(path, "wrong_value", "has a value that the contract excludes")

    def _fits(self, value: Any) -> bool:
        if self.words is not None and value not in self.words:
            return False
        if not self.sizes[0] <= len(value) <= self.sizes[1]:
            return False
        if isinstance(value, list):
            of_items = all(isinstance(each, str) and (self.items is None or self.items._fits(each)) for each in value)
            return of_items and not (self.unique and len(set(value)) < len(value))
        return self.pattern is None or self.pattern.search(value) is not None

    def _fault(self, field: str, code: str, wrong: str) -> Fault:
        right = f"The fields are {', '.join(self.fields)}." if self.fields else "The contract says what it may be."
        return Fault(field=field[:200], code=code, detail=f"The field {wrong}.", right=right)


@cache
def shape_of(schema: str) -> Shape:
    """The shape of a schema of the contracts, such as "application-delivery.json"."""
    return _shape(documents().open(f"schemas/{schema}"))


def _shape(node: Node) -> Shape:
    node = _followed(node)
    said: dict[str, Any] = {word: value for word, value in node.value.items() if word not in _TOLD}
    words = said.pop("enum", None)
    kind = _TYPES[said.pop("type", "string")]
    least = said.pop("minLength", said.pop("minItems", 0))
    most = said.pop("maxLength", said.pop("maxItems", float("inf")))
    pattern = said.pop("pattern", None)
    unique = bool(said.pop("uniqueItems", False))
    items = _shape(node.child("items")) if said.pop("items", None) is not None else None
    required = frozenset(said.pop("required", ()))
    members = node.child("properties").children() if said.pop("properties", None) is not None else ()
    if said.pop("additionalProperties", False) or said:
        raise ValueError(f"{node.address} uses words that the sandbox does not read: {', '.join(said)}")
    return Shape(
        kind=kind,
        # Python's `$` would let one more line break through.
        pattern=re.compile(re.sub(r"\$$", r"\\Z", pattern)) if pattern else None,
        words=frozenset(words) if words else None,
        sizes=(least, most),
        unique=unique,
        items=items,
        fields={name: _shape(member) for name, member in members},
        required=required,
    )


def _followed(node: Node) -> Node:
    """A schema's own reference, beside which its title and description may stand."""
    while "$ref" in node:
        node = node.documents.follow(attrs.evolve(node, value={"$ref": node.value["$ref"]}))
    return node
