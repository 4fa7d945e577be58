"""The operations of a contract: which there are, whose a request is, and what each may answer.

Never judges a message: that is `contracts`.
"""

import re
from collections.abc import Mapping

import attrs

from cotransfer.adapters.wire.contract_documents import Node
from cotransfer.adapters.wire.contract_files import ContractUnreadable

_METHODS = ("get", "put", "post", "delete", "patch")


@attrs.frozen
class Operation:
    """One operation of a contract."""

    identifier: str
    method: str
    template: str
    node: Node
    parameters: tuple[Node, ...]
    guarded: bool

    @property
    def title(self) -> str:
        return f"{self.identifier} ({self.method} {self.template})"

    def problem_codes(self, status: int) -> frozenset[str] | None:
        """The codes that a problem with this status may carry; None when the contract leaves them open."""
        listed = self.node.child("x-problem-codes")
        return (
            frozenset(text(code) for _, code in listed.child(str(status)).children()) if str(status) in listed else None
        )

    def matches(self, path: str) -> Mapping[str, str] | None:
        """The path's parameters, or None when it is another operation's path."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


def operations_of(root: Node) -> tuple[Operation, ...]:
    """Every operation of the document, or `ContractUnreadable` when one lacks what it must say."""
    try:
        paths = root.child("paths")
        return tuple(
            _operation(root, path, item, method)
            for path, item in paths.children()
            for method in _METHODS
            if method in item
        )
    except KeyError as error:
        raise ContractUnreadable(root.path, f"The document, or an operation, has no {error}. Add it.") from None


def _operation(root: Node, path: str, item: Node, method: str) -> Operation:
    node = item.child(method)
    for needed in ("responses", "x-problem-codes"):
        node.child(needed)
    security = node if "security" in node else root
    return Operation(
        identifier=text(node.child("operationId")),
        method=method.upper(),
        template=path,
        node=node,
        parameters=tuple(
            parameter
            for place in (item, node)
            if "parameters" in place
            for _, parameter in place.child("parameters").children()
        ),
        # A way that needs nothing (an empty object) among the others makes them a matter of the message itself.
        guarded="security" in security and bool(ways := security.child("security").value) and {} not in ways,
    )


def text(node: Node) -> str:
    """What stands there, as text."""
    return str(node.value)
