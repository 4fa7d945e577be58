"""From parsed TOML to settings classes, strictly: nothing is coerced, unknown options are refused by name.

Collects every fault of a section with the option's path, and never repeats a value.
"""

import enum
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError, ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from cotransfer.domain.calendars import Span
from cotransfer.domain.values import UtilityId

from .checks import Check, county, slug
from .faults import Wrong, near
from .secret import Secret
from .spans import read_span
from .whole import Finding

Hook = Callable[[Any, Any], Any]
Factory = Callable[[Any, Converter], Hook]

_SECRET_FILE_LIMIT = 65536
_SAID: Mapping[type, str] = types.MappingProxyType(
    {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table", list: "a list"}
)
_SAMPLES: Mapping[type, str] = types.MappingProxyType(
    {str: '"text" in quotes', int: "digits such as 8080", float: "a number such as 2.5", bool: "true or false"}
)


def structured(value: object, kind: Any, key: str, base: Path) -> tuple[Any, list[Finding]]:
    """`value` as `kind`, or what is wrong with it; `key` is its path, secret files lie relative to `base`."""
    try:
        return _converter(base).structure(value, kind), []
    except (BaseValidationError, Wrong) as error:
        return None, list(_findings(error, key))


def plain_kind(kind: Any) -> Any:
    """`kind` without its None."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


def words(kind: Any) -> list[str]:
    """What an option of this kind may say."""
    return [str(member.value) for member in kind]


def _findings(error: BaseException, key: str) -> Iterator[Finding]:
    match error:
        case ForbiddenExtraKeysError(cl=section, extra_fields=names):
            known = [one.name for one in attrs.fields(section)]
            for name in sorted(names):
                yield f"{key}.{name}".lstrip("."), "There is no such option.", near(name, known)
        case ClassValidationError():
            noted, bare = error.group_exceptions()
            for one, note in noted:
                yield from _findings(one, f"{key}.{note.name}")
            for fault in bare:
                yield from _findings(fault, key)
        case IterableValidationError():
            for one, item in error.group_exceptions()[0]:
                yield from _findings(one, f"{key}[{item.index}]")
        case KeyError():
            yield key, "It is missing.", "Add it; it has no default."
        case Wrong(wrong=wrong, remedy=remedy):
            yield key, wrong, remedy
        case _:
            yield key, "It is not what this option takes.", "See docs/settings.md."


def _converter(base: Path) -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, int, float, bool):
        converter.register_structure_hook(kind, _plain(kind))
    converter.register_structure_hook(UtilityId, _utility_id)
    converter.register_structure_hook_func(lambda kind: isinstance(kind, enum.EnumMeta), _member)
    for is_meant, factory in ((_is(tuple), _list_of), (_is(Mapping), _mapping_of), (attrs.has, _section)):
        converter.register_structure_hook_factory(is_meant, _bound(factory, converter))
    converter.register_structure_hook(Path, lambda value, _: base / _named_path(value))
    converter.register_structure_hook(Secret, lambda value, _: _secret(value, base))
    converter.register_structure_hook_func(lambda kind: kind == (tuple[str, ...] | None), _counties)
    converter.register_structure_hook_func(lambda kind: kind in (Span, Span | None), _span)
    return converter


def _is(origin: object) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _bound(factory: Factory, converter: Converter) -> Callable[[Any], Hook]:
    return lambda kind: factory(kind, converter)


def _plain(kind: type) -> Hook:
    def structure(value: object, _: object) -> object:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise Wrong(f"It is {_named(value)}.", f"Give {_SAMPLES[kind]}.")
        return value

    return structure


def _named(value: object) -> str:
    return _SAID.get(type(value), "of another kind")


def _member(value: object, kind: type[enum.Enum]) -> enum.Enum:
    for member in kind:
        if member.value == value and isinstance(value, str):
            return member
    raise Wrong("It is none of the words allowed here.", near(value if isinstance(value, str) else "", words(kind)))


def _utility_id(value: object, _: object) -> UtilityId:
    slug(_text(value))
    return UtilityId(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(f"It is {_named(value)}.", f"Give {_SAMPLES[str]}.")
    return value


def _named_path(value: object) -> str:
    text = _text(value)
    if not text.strip() or not text.isprintable():
        raise Wrong("It names no file or folder.", "Give its name, or take the option away.")
    return text


def _counties(value: object, _: object) -> tuple[str, ...] | None:
    if value == "all":
        return None
    if not isinstance(value, list):
        raise Wrong(f"It is {_named(value)}.", 'Give a list such as ["530102", "530103"], or "all".')
    for code in value:
        county(_text(code))
    return tuple(value)


def _span(value: object, _: object) -> Span:
    return read_span(_text(value))


def _secret(value: object, base: Path) -> Secret:
    match value:
        case str():
            return Secret(value)
        case {"file": str(name), **others} if not others:
            return Secret(_read_secret(base / name), base / name)
        case _:
            raise Wrong(f"It is {_named(value)}.", 'Give a text in quotes, or {file = "path"} to read it from a file.')


def _read_secret(path: Path) -> str:
    remedy = f'Mend the file "{path}": one line of text, readable by this process.'
    try:
        with path.open("rb") as file:
            content = file.read(_SECRET_FILE_LIMIT).decode("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        raise Wrong(f"The file that holds it cannot be read: {reason}.", remedy) from error
    if not content:
        raise Wrong("The file that holds it is empty.", remedy)
    if not content.isprintable():
        raise Wrong("The file that holds it has several lines, a hole, or control characters.", remedy)
    return content


def _list_of(kind: Any, converter: Converter) -> Hook:
    items: Any = types.GenericAlias(list, get_args(kind)[0])
    each = converter.get_structure_hook(items)

    def structure(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise Wrong(f"It is {_named(value)}.", "Give a list in square brackets.")
        return tuple(each(value, items))

    return structure


def _mapping_of(kind: Any, converter: Converter) -> Hook:
    pairs: Any = types.GenericAlias(dict, get_args(kind))
    each = converter.get_structure_hook(pairs)

    def structure(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise Wrong(f"It is {_named(value)}.", 'Give a table such as {thing1 = "location"}.')
        return each(value, pairs)

    return structure


def _section(kind: Any, converter: Converter) -> Hook:
    fields = attrs.fields(kind)
    checked = {
        one.name: override(struct_hook=_checked(converter.get_structure_hook(one.type), one.metadata["check"]))
        for one in fields
        if one.metadata.get("check")
    }
    each = make_dict_structure_fn(kind, converter, **checked)  # type: ignore[arg-type]  # they are overrides only

    def structure(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise Wrong(f"It is {_named(value)}, not a section.", "Write it as a table of options.")
        return each(value, kind)

    return structure


def _checked(hook: Hook, check: Check) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        found = hook(value, kind)
        if found is not None:
            check(found)
        return found

    return structure
