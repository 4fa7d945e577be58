"""The contracts: what may go over each wire, and whether a message keeps to it.

The documents under `contracts/` decide; nothing here repeats them. Never repairs a message, never shows a value in it.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import attrs

from cotransfer.adapters.wire import strict_json
from cotransfer.adapters.wire.contract_documents import Documents, Node, documents
from cotransfer.adapters.wire.contract_files import ContractUnreadable
from cotransfer.adapters.wire.contract_keywords import Finding, judge
from cotransfer.adapters.wire.contract_operations import Operation, operations_of, text

Name = Literal["gateway", "utility", "registry", "wechat", "sms"]
Body = bytes | str | Mapping[str, object] | None
"""A body as it went over the wire, or already read; None and b"" are no body."""

__all__ = ["Body", "Contract", "ContractBroken", "ContractUnreadable", "Finding", "Operation", "contract", "load"]

RESPONSE_LIMIT = 1024 * 1024
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
_BEARER = re.compile(r"Bearer [A-Za-z0-9._~+/-]{1,8192}=*")


class ContractBroken(AssertionError):
    """A message is not as the contract has it; one line per finding, none of which shows a value."""

    def __init__(self, contract: str, operation: str, findings: list[Finding]) -> None:
        lines = [f"{contract} contract, {operation}:", *(f"  {finding}" for finding in findings)]
        super().__init__("\n".join(lines))
        self.contract = contract
        self.operation = operation
        self.findings = tuple(findings)


@attrs.frozen
class Contract:
    """One OpenAPI document, ready to hold messages against."""

    name: str
    documents: Documents
    operations: tuple[Operation, ...]

    def operation(self, method: str, path: str) -> Operation:
        """Whose request this is; `ContractBroken` when the contract has no such operation."""
        bare = urlsplit(path).path
        here = [operation for operation in self.operations if operation.matches(bare) is not None]
        for operation in sorted(here, key=lambda operation: "{" in operation.template):
            if operation.method == method.upper():
                return operation
        # The path itself is not shown: it may carry what it should not.
        wrong = "the contract has no such method at this path" if here else "the contract has no such path"
        raise ContractBroken(self.name, f"{method.upper()} request", [Finding("request line", wrong)])

    def check_request(self, method: str, path: str, headers: Mapping[str, str], body: Body = None) -> None:
        """Raises `ContractBroken` unless the request is as the contract has it. `path` may carry a query."""
        operation = self.operation(method, path)
        known = _lowered(headers)
        findings = [*self._line_findings(operation, path, known)]
        if "requestBody" in operation.node:
            findings += self._body_findings(operation.node.child("requestBody"), "request", known, body)
        elif body:
            findings.append(Finding("request body", "the contract has none here"))
        self._raise(operation, findings)

    def check_response(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: Body = None
    ) -> None:
        """Raises `ContractBroken` unless the answer is one that the contract has for this operation."""
        operation = self.operation(method, path)
        responses = operation.node.child("responses")
        if str(status) not in responses:
            known_ones = ", ".join(name for name, _ in responses.children())
            wrong = f"the contract has no {status} here, only {known_ones}"
            self._raise(operation, [Finding("response status", wrong)])
        response = responses.child(str(status))
        known = _lowered(headers)
        findings = [*self._header_findings(response, known)]
        if "content" in response:
            findings += self._body_findings(response, "response", known, body)
            findings += _problem_findings(operation, status, known, body)
        elif body:
            findings.append(Finding("response body", "the contract has none here"))
        self._raise(operation, findings)

    def _line_findings(self, operation: Operation, path: str, headers: Mapping[str, str]) -> list[Finding]:
        """Path, query and header parameters, and the token."""
        line = urlsplit(path)
        query = parse_qsl(line.query, keep_blank_values=True)
        given = {"path": operation.matches(line.path) or {}, "query": dict(query), "header": headers}
        findings = []
        if len(given["query"]) < len(query):
            findings.append(Finding("request query", "has the same parameter twice"))
        named = set()
        for parameter in operation.parameters:
            name, place = text(parameter.child("name")), text(parameter.child("in"))
            named.add((place, name))
            value = given[place].get(name.lower() if place == "header" else name)
            required = "required" in parameter and parameter.child("required").value is True
            findings += self._value_findings(parameter, f"request {place} {name}", value, required=required)
        if any(("query", name) not in named for name in given["query"]):
            findings.append(Finding("request query", "has a parameter that the contract does not have"))
        if operation.guarded and _BEARER.fullmatch(headers.get("authorization", "")) is None:
            findings.append(Finding("request header Authorization", "must be a bearer token"))
        return findings

    def _header_findings(self, response: Node, headers: Mapping[str, str]) -> list[Finding]:
        findings: list[Finding] = []
        for name, header in response.child("headers").children() if "headers" in response else ():
            required = "required" in header and header.child("required").value is True
            findings += self._value_findings(
                header, f"response header {name}", headers.get(name.lower()), required=required
            )
        return findings

    def _value_findings(self, node: Node, part: str, value: str | None, *, required: bool) -> list[Finding]:
        if value is None:
            return [Finding(part, "is missing")] if required else []
        return judge(self.documents.validator(node.child("schema").address), value, part)

    def _body_findings(self, node: Node, part: str, headers: Mapping[str, str], body: Body) -> list[Finding]:
        media_type, _, parameters = headers.get("content-type", "").partition(";")
        content = node.child("content")
        if media_type.strip().lower() not in content:
            allowed = ", ".join(name for name, _ in content.children())
            return [Finding(f"{part} header Content-Type", f"must be {allowed}")]
        if re.search(r"charset\s*=(?!\s*\"?utf-8)", parameters, re.IGNORECASE):
            return [Finding(f"{part} header Content-Type", "has another charset than UTF-8")]
        try:
            limit = strict_json.LIMIT if part == "request" else RESPONSE_LIMIT
            value = _form_of(body) if media_type.strip().lower() == FORM else _value_of(body, limit)
        except strict_json.NotStrict as error:
            return [Finding(f"{part} body", error.wrong)]
        schema = content.child(media_type.strip().lower()).child("schema").address
        return judge(self.documents.validator(schema), value, f"{part} body")

    def _raise(self, operation: Operation, findings: list[Finding]) -> None:
        if findings:
            raise ContractBroken(self.name, operation.title, findings)


@cache
def contract(name: Name) -> Contract:
    """The contract of this name, or `ContractUnreadable`, which names file, line and remedy."""
    return load(documents(), name)


def load(source: Documents, name: str) -> Contract:
    """The contract `name` out of another folder than the installed one."""
    root = source.open(f"{name}.openapi.yaml")
    return Contract(name, source, operations_of(root))


def schema_findings(schema: str, value: object) -> list[Finding]:
    """What is wrong with `value` as the schema says, such as "account.json" or "wechat.openapi.yaml#/components/…"."""
    name, _, pointer = schema.partition("#")
    root = documents().open(name)
    return judge(documents().validator(f"{root.file}#{pointer}"), value, "value")


def _problem_findings(operation: Operation, status: int, headers: Mapping[str, str], body: Body) -> list[Finding]:
    """A problem says its own status, and a code that the operation may answer with it."""
    if not headers.get("content-type", "").startswith(PROBLEM):
        return []
    try:
        problem = _value_of(body, RESPONSE_LIMIT)
    except strict_json.NotStrict:
        return []
    if not isinstance(problem, Mapping):
        return []
    findings = []
    if problem.get("status") != status:
        findings.append(Finding("response body /status", f"must be {status}, as in the status line"))
    codes = operation.problem_codes(status)
    if codes is not None and problem.get("code") not in codes:
        findings.append(Finding("response body /code", f"must be one of {', '.join(sorted(codes))} for a {status}"))
    return findings


def _value_of(body: Body, limit: int) -> object:
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if body is None or body == b"":
        raise strict_json.NotStrict("missing", "is missing")
    return strict_json.loads(body, limit=limit) if isinstance(body, bytes) else body


def _form_of(body: Body) -> object:
    """A form's parameters, each a text; twice the same is a breach."""
    if isinstance(body, Mapping):
        return body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    pairs = parse_qsl(text, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise strict_json.NotStrict("duplicate_key", "has the same parameter twice")
    return dict(pairs)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
