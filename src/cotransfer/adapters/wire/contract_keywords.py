"""How the contracts' schemas are judged: JSON Schema 2020-12, two formats, and findings in plain sentences.

Never lets a received value into a sentence: findings are printed and logged, and values may be personal.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import relevance
from jsonschema.protocols import Validator
from jsonschema.validators import extend

FORMATS = FormatChecker(formats=())
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_NAME_SHOWN = 60


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """RFC 3339, a real moment, and its offset said."""
    if not isinstance(value, str):
        return True
    if _RFC3339.fullmatch(value) is None:
        return False
    # Python reads at most microseconds: whether nine digits are a real moment is decided without them.
    return datetime.fromisoformat(re.sub(r"\.\d+", "", value)).tzinfo is not None


@FORMATS.checks("uuid", raises=ValueError)
def is_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


def _pattern(
    validator: Validator, pattern: str, instance: object, schema: Mapping[str, object]
) -> Iterator[ValidationError]:
    """As ECMAScript has it: `$` is the very end, where Python's would let one more line break through."""
    end_meant = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(instance, str) and re.search(end_meant, instance) is None:
        yield ValidationError("pattern")


# `extend` is untyped in jsonschema's stubs.
CONTRACT_VALIDATOR: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@attrs.frozen
class Finding:
    """One breach: `where` it is (part of the message, then a JSON pointer) and `what` is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def judge(validator: Validator, value: Any, part: str) -> list[Finding]:
    """Everything that is wrong with `value`, in the order of the message. `part` opens every `where`."""
    errors = sorted(validator.iter_errors(value), key=lambda error: [str(step) for step in error.absolute_path])
    return [Finding(f"{part} {pointer}".rstrip(), what) for error in errors for pointer, what in [_said(error)]]


def keyword(error: ValidationError) -> str:
    """The schema's keyword that was broken; "not_allowed" for a field that must not be there."""
    forbidden = error.validator == "not" and error.validator_value == {}
    return "not_allowed" if forbidden else str(error.validator)


def innermost(error: ValidationError) -> ValidationError:
    """Of the branches of an anyOf, the breach in the one that was probably meant."""
    while error.context:
        meant = [inner for inner in error.context if inner.validator != "type"] or error.context
        error = max(meant, key=relevance)
    return error


def pointer_of(error: ValidationError) -> str:
    """Where in the message, as a JSON pointer; the whole message is the empty one."""
    steps = (str(step)[:_NAME_SHOWN].replace("~", "~0").replace("/", "~1") for step in error.absolute_path)
    return "".join(f"/{step}" for step in steps)


def _said(error: ValidationError) -> tuple[str, str]:
    error = innermost(error)
    word, limit = keyword(error), error.validator_value
    if word == "required":
        return pointer_of(error), f"{error.message.split(' is a required')[0].strip(chr(39))} is missing"
    if word == "additionalProperties":
        return pointer_of(error), f"the contract has no field {', '.join(_extras(error))}"
    if word == "enum":
        return pointer_of(error), f"must be one of {_listed(limit)}"
    if word == "type":
        return pointer_of(error), f"must be of type {_listed(limit)}"
    return pointer_of(error), _SENTENCES.get(word, "breaks the rule {0} ({1})").format(limit, word)


_SENTENCES = {
    "not_allowed": "is not allowed here",
    "const": "must be {0}",
    "pattern": "does not match {0}",
    "format": "is not a proper {0}",
    "minLength": "is shorter than {0} characters",
    "maxLength": "is longer than {0} characters",
    "minItems": "has fewer than {0} items",
    "maxItems": "has more than {0} items",
    "uniqueItems": "has the same item twice",
    "minimum": "is less than {0}",
    "maximum": "is more than {0}",
    "minProperties": "has fewer than {0} fields",
    "maxProperties": "has more than {0} fields",
    "dependentRequired": "has a field without the one that goes with it",
}


def _extras(error: ValidationError) -> list[str]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    names = error.instance if isinstance(error.instance, Mapping) else ()
    extras = [name for name in names if name not in known and not any(re.search(p, name) for p in patterns)]
    return [repr(name[:_NAME_SHOWN]) for name in sorted(extras)[:10]]


def _listed(limit: object) -> str:
    items = limit if isinstance(limit, list) else [limit]
    return ", ".join("null" if item is None else str(item) for item in items)
