"""The reference file, the page and the starting files say what the program does: every key, its true default."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from distributor import channels, config, returns, sources
from distributor.config import options, schema
from distributor.config.durations import parse_duration, parse_size
from distributor.keys import make_key

ROOT = Path(__file__).parents[2]
SHIPPED = ("console", "email", "telegram", "twitter", "webhook")
#: ``#key = value`` with, where the default is no fixed value, the words that say what it is
OPTION = re.compile(r"#(?P<key>[a-z_]+) = (?P<value>.*?)(?:\s+# default: (?P<words>.+))?$")
NO_VALUE = object()
#: tables whose keys have a page of their own
_ELSEWHERE = ("channels", "mailboxes", "bounces")


def _uncommented(text: str) -> str:
    """The reference with every key switched on."""
    return "\n".join(OPTION.sub(r"\g<key> = \g<value>", line) for line in text.splitlines())


def _tables() -> dict[str, dict[str, tuple[bool, Any, str]]]:
    """For each table of the reference its keys: whether given, the value, and the words of the default."""
    tables: dict[str, dict[str, tuple[bool, Any, str]]] = {"": {}}
    table = ""
    for line in config.example().splitlines():
        if line.startswith("["):
            table = line.strip("[]")
            tables[table] = {}
        elif found := OPTION.fullmatch(line):
            value = tomllib.loads(f"x = {found['value']}")["x"]
            tables[table][found["key"]] = (False, value, found["words"] or "")
        elif not line.startswith("#") and "=" in line:
            key, value = next(iter(tomllib.loads(line).items()))
            tables[table][key] = (True, value, "")
    return tables


def _shape(table: str, keys: dict[str, tuple[bool, Any, str]]) -> dict[str, Any]:
    """Every key that the program knows in this table, with its default (NO_VALUE for a required one)."""
    head = table.split(".")[0]
    if head == "channels" and (inner := _inner(table)) is not None:
        return {field.name: _field_default(field) for field in dataclasses.fields(inner)}
    if head == "channels":
        kind = channels.kinds()[keys["type"][1]]
        tables = options.nested(kind.options)
        fields = [field for field in dataclasses.fields(kind.options) if field.init and field.name not in tables]
        shape = {field.name: _field_default(field) for field in fields}
        return shape | {"type": NO_VALUE} | _policy(table, kind.defaults)
    if head == "feeds":
        kind_of_feed = sources.kinds()[keys["type"][1]]
        shape = {field.name: _field_default(field) for field in dataclasses.fields(kind_of_feed.options)}
        every = {name: info.default for name, info in schema.Feed.model_fields.items()}
        return shape | ({**every, "type": schema.FEED} if table == "feeds.news" else {"type": NO_VALUE})
    if head in ("mailboxes", "bounces"):
        kind_of_it = (returns.inboxes() if head == "mailboxes" else returns.hooks())[keys["type"][1]]
        shape = {field.name: _field_default(field) for field in dataclasses.fields(kind_of_it.options)}
        common = schema.Mailbox if head == "mailboxes" else schema.Nothing
        return shape | {"type": NO_VALUE} | {name: info.default for name, info in common.model_fields.items()}
    named: dict[str, type[schema.Table]] = {
        "routes": schema.RouteTable,
        "digests": schema.DigestTable,
        "hooks": schema.HookTable,
        "": schema.Top,
    }
    model = named.get(head) or schema.SINGLE[head]
    return {name: NO_VALUE if info.is_required() else info.default for name, info in model.model_fields.items()}


def _inner(table: str) -> type | None:
    """The shape of a table below a channel's: ``channels.mail.dkim.s2026a``; None for a channel's own."""
    _, name, *rest = table.split(".", 3)
    if not rest:
        return None
    kind = channels.kinds()[_tables()[f"channels.{name}"]["type"][1]]
    return options.nested(kind.options)[rest[0]]


def _policy(table: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that every channel takes: all in the first table, in the others those with a default of the kind's."""
    every = {name: info.default for name, info in schema.Policy.model_fields.items()}
    return every if table == "channels.screen" else {name: defaults[name] for name in every if name in defaults}


def _field_default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return NO_VALUE if field.default is dataclasses.MISSING else field.default


def _same(written: Any, default: Any) -> bool:
    """Whether the two mean the same, once durations, sizes and lists are read."""
    if isinstance(written, list):
        return bool(tuple(written) == default)
    return type(written) is type(default) and bool(written == default)


def test_the_reference_has_every_table_and_every_kind() -> None:
    tables = _tables()
    assert {name.split(".")[0] for name in tables} == {"", *schema.SINGLE, *schema.NAMED}
    own = [name for name in tables if name.startswith("channels.") and _inner(name) is None]
    kinds = {tables[name]["type"][1] for name in own}
    inner = {name.split(".")[2] for name in tables if name.startswith("channels.mail.")}
    assert inner == set(options.nested(channels.kinds()["email"].options))
    assert kinds == set(SHIPPED)
    assert set(channels.kinds()) >= kinds
    assert {keys["type"][1] for name, keys in tables.items() if name.startswith("feeds.")} == set(sources.OWN)
    for head, known in (("mailboxes.", returns.INBOXES), ("bounces.", returns.HOOKS)):
        assert {keys["type"][1] for name, keys in tables.items() if name.startswith(head)} == set(known)


@pytest.mark.parametrize("table", _tables())
def test_every_key_of_the_reference_exists_and_every_key_stands_in_it(table: str) -> None:
    keys = _tables()[table]
    assert set(keys) == set(_shape(table, keys))


@pytest.mark.parametrize("table", _tables())
def test_every_default_of_the_reference_is_the_true_one(table: str) -> None:
    keys = _tables()[table]
    for key, default in _shape(table, keys).items():
        given, value, words = keys[key]
        is_needed = default is NO_VALUE or (table, key) == ("feeds.wire", "folder")  # one of two must be given
        assert given == is_needed, f"{table}.{key} must be given exactly when it has no default"
        if is_needed:
            continue
        if default is None:
            assert words, f"{table}.{key} has no fixed default: say what happens"
        else:
            assert _same(value, default), f"{table}.{key}: the reference says {value!r}, the program {default!r}"


def test_the_texts_of_defaults_are_what_they_stand_for() -> None:
    assert config.NetSettings(
        allow=(), contact="", timeout=parse_duration("20s"), most_bytes=parse_size("10MiB"), proxy=""
    ) == config.NetSettings(**dict(schema.Net()))


def test_the_reference_loads_as_it_is_and_with_every_key_switched_on(tmp_path: Path) -> None:
    text = config.example()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    values = {"telegram_token": "123456:AAAA-bbbb", "hook_secret": "whsec_" + "QUJD" * 11}
    values["hook_secret_before"] = values["hook_secret"]
    values["dkim_s2026a"] = make_key("rsa-sha256")
    for name in re.findall(r'credential = "(\w+)"', text):
        (secrets / name).write_text(values.get(name, f"value-of-{name}"))
        (secrets / name).chmod(0o600)
    (tmp_path / "editorial.toml").write_text("")
    loaded = []
    for version in (text, _uncommented(text)):
        (tmp_path / "config.toml").write_text(version)
        loaded.append(config.load(None, environ={"DISTRIBUTOR_SECRETS": "secrets"}, cwd=tmp_path))
    plain, full = loaded
    assert {channel.kind for channel in plain.channels} == set(SHIPPED)
    for section in ("mode", "store_folder", "net", "mail"):
        assert getattr(plain, section) == getattr(full, section)
    for one, other in zip(plain.feeds, full.feeds, strict=True):
        assert one.name in ("wire", "cms") or one == other  # a token and a secret have no default
    for channel in plain.channels:
        shape = channels.kinds()[channel.kind].options
        assert set(options.hints(shape)) == {field.name for field in dataclasses.fields(shape) if field.init}
        assert type(channel.options) is shape


@pytest.mark.parametrize("key", ["stream", "base_url", "silent"])
def test_a_switched_on_default_changes_nothing(key: str) -> None:
    plain, full = (tomllib.loads(text) for text in (config.example(), _uncommented(config.example())))
    assert any(key in table for table in full["channels"].values())
    assert not any(key in table for table in plain["channels"].values())


def test_a_new_configuration_loads_without_problems_or_warnings(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(config.starter())
    (tmp_path / "editorial.toml").write_text(config.starter("editorial"))
    found = config.load(None, environ={}, cwd=tmp_path)
    assert found.warnings == ()
    assert [(channel.name, channel.kind) for channel in found.channels] == [("screen", "console")]
    assert [(feed.name, feed.url) for feed in found.feeds] == [("news", "https://example.org/feed.xml")]
    assert [route.name for route in found.routes] == ["everything"]


def test_the_examples_of_a_new_configuration_load_once_they_are_switched_on(tmp_path: Path) -> None:
    switched = re.sub(r"(?m)^#(?=[\[a-z])", "", config.starter())
    names = re.findall(r'= \{credential = "(\w+)"\}', switched)
    for name in names:
        (tmp_path / name).write_text({"telegram_token": "123456:AAAA-bbbb"}.get(name, "whsec_" + "QUJD" * 11))
        (tmp_path / name).chmod(0o600)
    (tmp_path / "config.toml").write_text(switched)
    (tmp_path / "editorial.toml").write_text(re.sub(r"(?m)^#(?=[\[a-z])", "", config.starter("editorial")))
    found = config.load(None, environ={"DISTRIBUTOR_SECRETS": str(tmp_path)}, cwd=tmp_path)
    assert {channel.kind for channel in found.channels} == set(SHIPPED)
    assert [digest.name for digest in found.digests] == ["morning", "weekly"]
    assert len(found.routes) == 3
    assert len(names) == 7


def test_the_page_has_every_key_with_its_default() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = {match[1]: match[2] for match in re.finditer(r"(?m)^\| `([a-z_.NAME]+)` \| (.*?) \|", page)}
    expected: dict[str, str] = {}
    for table, keys in _tables().items():
        head = table.split(".")[0]
        if head in _ELSEWHERE or (head == "feeds" and table != "feeds.news"):
            continue  # docs/channels.md, docs/sources.md, docs/bounces.md
        prefix = f"{head}.NAME." if head in schema.NAMED else f"{head}." if head else ""
        expected |= {prefix + key: "" if given else words for key, (given, _, words) in keys.items()}
    assert set(rows) == set(expected)
    for table, keys in _tables().items():
        head = table.split(".")[0]
        is_here = head not in _ELSEWHERE and (head != "feeds" or table == "feeds.news")
        for key, default in _shape(table, keys).items() if is_here else ():
            prefix = f"{head}.NAME." if head in schema.NAMED else f"{head}." if head else ""
            written = rows[prefix + key]
            if default is NO_VALUE:
                assert written == "required"
            elif default is not None:
                literal = written.split("`")[1]
                assert _same(tomllib.loads(f"x = {literal}")["x"], default), prefix + key


def test_the_page_of_bounces_has_every_kind_with_its_keys_and_their_defaults() -> None:
    page = (ROOT / "docs" / "bounces.md").read_text(encoding="utf-8")
    rows = {(kind, key): told for kind, key, told in re.findall(r"(?m)^\| `(\w+)` \| `(\w+)` \| (.*?) \|", page)}
    expected = {
        (keys["type"][1], key): default
        for table, keys in _tables().items()
        if table.startswith(("mailboxes.", "bounces."))
        for key, default in _shape(table, keys).items()
        if key != "type"
    }
    assert set(rows) == set(expected)
    for place, default in expected.items():
        if default is NO_VALUE or default is None:
            assert rows[place] == "required" if default is NO_VALUE else "`" not in rows[place], place
        else:
            assert _same(tomllib.loads(f"x = {rows[place].strip('`')}")["x"], default), place


def test_the_page_of_sources_has_every_kind_with_its_keys_and_their_defaults() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## `([a-z]+)`.*?\n(.*?)(?=^## |\Z)", page))
    assert set(sections) == set(sources.OWN)
    for kind, text in sections.items():
        rows = {match[1]: match[2] for match in re.finditer(r"(?m)^\| `([a-z_]+)` \| (.*?) \|", text)}
        fields = {field.name: _field_default(field) for field in dataclasses.fields(sources.kinds()[kind].options)}
        assert set(rows) == set(fields), kind
        for key, default in fields.items():
            if default is NO_VALUE:
                assert rows[key] == "required"
            elif default is None:
                assert rows[key] == "none"
            else:
                assert _same(tomllib.loads(f"x = {rows[key].strip('`')}")["x"], default), (kind, key)


def test_the_page_names_the_variables_that_are_no_keys() -> None:
    from distributor.config.environment import RESERVED

    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert all(name in page for name in RESERVED)
