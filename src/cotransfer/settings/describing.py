"""docs/settings.md, printed from the classes: what is documented is what is read.

Never reads settings, and shows defaults only.
"""

import enum
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import attrs

from cotransfer.domain.calendars import WorkingDays
from cotransfer.domain.values import UtilityId

from .environment import variable
from .secret import Secret
from .spans import write_span
from .structuring import plain_kind, words
from .whole import Settings

_HEAD = """# Settings

Settings come from a TOML file, and from the environment, which wins. `cotransfer` runs without either.
Unknown options are refused by name, and all faults are told at once.

- In the environment an option is called `COTRANSFER_<SECTION>__<OPTION>`. Texts stand as they are, everything else is
  written as in TOML: `COTRANSFER_WORKER__RETRY_SCHEDULE_S='[0, 5, 30]'`. Lists of tables (`[[utilities]]`,
  `[[clients]]`) are set in the file only.
- A secret may stand in a file of its own: `token = {file = "registry.token"}`, relative to the settings file (in the
  environment: to where the process was started). Secrets are never shown.

设置来自 TOML 文件与环境变量，以环境变量为准；两者都没有也能运行。未知的选项会按名称指出，所有错误一次列出。
密钥可另存文件：`{file = "路径"}`。

<!-- Printed by cotransfer.settings.describe(); a test compares. -->
"""

EXAMPLE = """[gateway]
host = "0.0.0.0"
page_url = "https://gateway.example/transfers/"

[database]
url = {file = "secrets/database.url"}

[keys]
folder = "keys"

[registry]
url = "https://registry.example/api"
token = {file = "secrets/registry.token"}

[wechat]
appid = "wx0000invented"
secret = {file = "secrets/wechat.secret"}

[wechat.templates.invitation]
template_id = "TPL_invitation"
fields = {thing1 = "location", thing2 = "service", phrase3 = "phrase", time4 = "time"}

[wechat.templates.result]
template_id = "TPL_result"
fields = {thing1 = "location", thing2 = "result", character_string3 = "transfer", date4 = "time"}

[sms]
url = "https://sms.example/v1"
token = {file = "secrets/sms.token"}

[sms.templates]
invitation = "SMS_invitation"
result = "SMS_result"

[[utilities]]
id = "kunming-water"
service = "water"
counties = ["530102", "530103", "530111", "530112"]
url = "https://water.example/v1"
token = {file = "secrets/kunming-water.token"}
signing_hosts = ["sign.water.example"]
account_pattern = "[0-9]{8,12}"

[oauth]
issuer = "https://gateway.example"

[[clients]]
id = "platform"
role = "platform"
auth = "private_key_jwt"
jwks_file = "clients/platform.jwks.json"

[[clients]]
id = "water"
role = "utility"
utility = "kunming-water"
auth = "client_secret_basic"
client_secret = {file = "secrets/water.secret"}
"""
"""A whole file, as a city may have it; a test loads it."""

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    timedelta: "length of time",
    Secret: "secret",
    Path: "file",
}


def describe() -> str:
    """The whole page, as Markdown."""
    example = f"## An example · 示例\n\n```toml\n{EXAMPLE}```\n"
    return "\n".join([_HEAD, example, *_sections(Settings, ())])


def _sections(section: Any, path: tuple[str, ...], *, listed: bool = False) -> Iterator[str]:
    """`listed`: inside a list of tables, where no environment variable reaches."""
    for one in attrs.fields(section):
        kind, many = _table(one.type)
        if kind is None:
            continue
        here = (*path, one.name)
        title = f"[[{'.'.join(here)}]]" if many else f"[{'.'.join(here)}]"
        yield f"## `{title}`\n\n{one.metadata['en']} {one.metadata['zh']}\n"
        yield from _options(kind, None if many or listed else here)
        yield from _sections(kind, here, listed=many or listed)


def _options(section: Any, path: tuple[str, ...] | None) -> Iterator[str]:
    rows = [one for one in attrs.fields(section) if _table(one.type)[0] is None]
    if not rows:
        return
    yield "| option | takes | default | meaning | 含义 |"
    yield "|---|---|---|---|---|"
    for one in rows:
        name = f"`{one.name}`" + (f"<br>`{variable((*path, one.name))}`" if path else "")
        told = (name, _kind(one.type), _default(one.default), one.metadata["en"], one.metadata["zh"])
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in told)} |"
    yield ""


def _table(kind: Any) -> tuple[Any, bool]:
    """The class of a section, and whether there may be many; None for a plain option."""
    kind = plain_kind(kind)
    many = get_origin(kind) is tuple
    inner = get_args(kind)[0] if many else kind
    return (inner if attrs.has(inner) and inner not in (Secret, UtilityId) else None), many


def _kind(kind: Any) -> str:
    if kind == (tuple[str, ...] | None):
        return 'list of texts, or "all"'
    kind = plain_kind(kind)
    if get_origin(kind) is tuple:
        return f"list: {_kind(get_args(kind)[0])}"
    if get_origin(kind) is Mapping:
        return "table of texts"
    if isinstance(kind, enum.EnumMeta):
        return ", ".join(f"`{word}`" for word in words(kind))
    return _WORDS.get(kind, "identifier")


def _default(value: Any) -> str:
    match value:
        case attrs.NOTHING:
            return "required"
        case None:
            return "–"
        case Secret():
            return f"`{value.text}`"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`[{', '.join(f'{item:g}' for item in value)}]`"
        case str():
            return f'`"{value}"`'
        case enum.Enum():
            return f'`"{value.value}"`'
        case timedelta() | WorkingDays():
            return f'`"{write_span(value)}"`'
        case _:
            return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
