"""Where the contracts' files are, and how one is read: strictly, and by nobody else.

Never lets a broken file through: the error names the file, the line where there is one, and the remedy.
"""

import json
from pathlib import Path

import yaml

VERSION = "v1"
_PACKAGE = Path(__file__).resolve().parents[2]
_PLACES = (_PACKAGE / "contracts", _PACKAGE.parents[1] / "contracts")  # an installed wheel, a source checkout


class ContractUnreadable(Exception):
    """A document is missing or broken; the text names the file, the line where there is one, and the remedy."""

    def __init__(self, file: Path, wrong: str, *, line: int | None = None) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {wrong}")
        self.file = file
        self.line = line


def contracts_folder() -> Path:
    """The folder with the documents of this version, or `ContractUnreadable`."""
    for place in _PLACES:
        if (place / VERSION).is_dir():
            return place / VERSION
    raise ContractUnreadable(
        _PLACES[0] / VERSION, "There is no such folder. Install cotransfer again, or use a checkout."
    )


def read_document(file: Path) -> object:
    """What a JSON or YAML file says: no key twice, no value that JSON does not have."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ContractUnreadable(file, f"The document cannot be read ({reason}). Restore the file.") from None
    try:
        if file.suffix == ".json":
            return json.loads(text, object_pairs_hook=_members)
        return yaml.load(text, _Strict)  # noqa: S506 (a SafeLoader, narrowed further)
    except json.JSONDecodeError as error:
        raise ContractUnreadable(
            file, f"This is not JSON ({error.msg}). Correct the line.", line=error.lineno
        ) from None
    except _Twice as error:
        raise ContractUnreadable(file, f"An object has the key {error} twice. Remove one.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ContractUnreadable(
            file, f"This is not as expected ({error.problem}). Correct the line.", line=line
        ) from None


class _Twice(Exception):
    """An object has this key twice."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, value in pairs:
        if key in members:
            raise _Twice(key)
        members[key] = value
    return members


class _Strict(yaml.SafeLoader):
    """YAML as far as JSON goes: times stay text, keys are texts and stand once."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way of saying it)
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(("timestamp", "merge", "value"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is not a text: quote it", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands twice", key_node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))
