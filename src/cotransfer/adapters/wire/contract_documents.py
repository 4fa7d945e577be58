"""The documents of the contracts, tied together by their references.

Never fetches anything: a reference that leads out of the folder, or to nothing, is a broken document and says where.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import attrs
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from cotransfer.adapters.wire.contract_files import ContractUnreadable, contracts_folder, read_document
from cotransfer.adapters.wire.contract_keywords import CONTRACT_VALIDATOR, FORMATS


@attrs.frozen
class Node:
    """A place in a document, its references followed: `value` is what stands there, `address` is where."""

    documents: "Documents"
    file: str
    pointer: str
    value: Any

    @property
    def path(self) -> Path:
        return _file(self.file)

    @property
    def address(self) -> str:
        return f"{self.file}#{self.pointer}"

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def child(self, key: str | int) -> "Node":
        """One step down. KeyError where there is none."""
        match self.value, key:
            case dict(members), str():
                value = members[key]
            case list(items), int():
                value = items[key]
            case _:
                raise KeyError(key)
        step = str(key).replace("~", "~0").replace("/", "~1")
        return self.documents.follow(attrs.evolve(self, pointer=f"{self.pointer}/{step}", value=value))

    def children(self) -> Iterator[tuple[str, "Node"]]:
        """Every member of an object, or item of a list; nothing for anything else."""
        match self.value:
            case dict(members):
                yield from ((str(key), self.child(key)) for key in members)
            case list(items):
                yield from ((str(index), self.child(index)) for index in range(len(items)))


class Documents:
    """All documents of one folder, read when first needed and kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._read: dict[str, Any] = {}
        self._checked: set[str] = set()
        # `retrieve` is an attribute that the stubs do not show in the constructor.
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]

    def open(self, name: str) -> Node:
        """The whole document `name`, all its references checked."""
        root = Node(self, (self.folder / name).as_uri(), "", self._content((self.folder / name).as_uri()))
        self._check_references(root.file, root.value)
        return root

    def validator(self, schema: str) -> Validator:
        """Of the schema at this address (a file's URI with a JSON pointer)."""
        return CONTRACT_VALIDATOR({"$ref": schema}, registry=self._registry, format_checker=FORMATS)

    def follow(self, node: Node) -> Node:
        """`node`, or what its reference stands for. A schema's own references are the validator's to follow."""
        while isinstance(node.value, dict) and set(node.value) == {"$ref"}:
            file, pointer = urldefrag(urljoin(node.file, str(node.value["$ref"])))
            node = Node(self, file, unquote(pointer), self._at(file, unquote(pointer)))
        return node

    def _at(self, file: str, pointer: str) -> Any:
        value = self._content(file)
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict):
                value = value[key]
            elif isinstance(value, list):
                value = value[int(key)]
            else:
                raise KeyError(key)
        return value

    def _content(self, uri: str) -> Any:
        if uri not in self._read:
            self._read[uri] = read_document(_file(uri))
        return self._read[uri]

    def _retrieve(self, uri: str) -> Resource[Any]:
        content = self._content(uri)
        if isinstance(content, dict):  # A schema that names its metaschema would be judged without our keywords.
            content = {key: member for key, member in content.items() if key != "$schema"}
        return DRAFT202012.create_resource(content)

    def _check_references(self, uri: str, value: object) -> None:
        """Every reference under `value`, and in the documents it leads to, leads somewhere inside the folder."""
        if uri in self._checked:
            return
        self._checked.add(uri)
        for reference in _references(value):
            file, pointer = urldefrag(urljoin(uri, reference))
            if urlsplit(file).scheme != "file" or not _file(file).is_relative_to(self.folder):
                raise self._dangling(uri, reference, "leads out of the contracts' folder")
            try:
                self._at(file, unquote(pointer))
            except (LookupError, ValueError):
                raise self._dangling(uri, reference, "leads to nothing") from None
            self._check_references(file, self._content(file))

    def _dangling(self, uri: str, reference: str, wrong: str) -> ContractUnreadable:
        lines = _file(uri).read_text(encoding="utf-8").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if reference in text), None)
        return ContractUnreadable(_file(uri), f"The reference {reference} {wrong}. Correct it.", line=line)


def _file(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path)).resolve()


def _references(value: object) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(reference := value.get("$ref"), str):
                yield reference
            for member in value.values():
                yield from _references(member)
        case list():
            for item in value:
                yield from _references(item)


@cache
def documents() -> Documents:
    """The documents that came with this installation."""
    return Documents(contracts_folder())
