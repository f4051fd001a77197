"""From the merged tree to checked tables, one at a time, so that every problem is found in one go. Reads no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from distributor import returns
from distributor.config import options, schema
from distributor.config.checks import NAME_HINT
from distributor.config.report import Report, TableKeys, dotted, found, known_hint
from distributor.config.scanner import KeyPath
from distributor.config.secrets import Vault
from distributor.phrases import Phrase
from distributor.secret import Secret

_T = TypeVar("_T", bound=schema.Table)
#: in the place of a secret that cannot be had
_STAND_IN = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedChannel:
    """One channel's table: what its kind takes, and what every channel takes."""

    name: str
    kind: str
    options: Any
    policy: schema.Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeed:
    """One feed's table: what its kind takes, and what every feed takes."""

    name: str
    kind: str
    options: Any
    table: schema.Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedMailbox:
    """One mailbox's table: what its kind takes, and what every mailbox takes."""

    name: str
    kind: str
    options: Any
    table: schema.Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHook:
    """One provider's table."""

    name: str
    kind: str
    options: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The tables that stood the test; one that did not is left out, and its problems are in the report."""

    top: schema.Top
    single: Mapping[str, schema.Table]
    feeds: dict[str, CheckedFeed] = field(default_factory=dict)
    routes: dict[str, schema.RouteTable] = field(default_factory=dict)
    digests: dict[str, schema.DigestTable] = field(default_factory=dict)
    channels: list[CheckedChannel] = field(default_factory=list)
    mailboxes: list[CheckedMailbox] = field(default_factory=list)
    hooks: list[CheckedHook] = field(default_factory=list)
    receivers: dict[str, schema.HookTable] = field(default_factory=dict)


class Checker:
    """Checks the tables of one tree against their models."""

    def __init__(
        self,
        report: Report,
        vault: Vault,
        check_schedule: Callable[[str], object],
        defaults: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """``check_schedule`` raises ValueError for a text that is no schedule.

        ``defaults`` gives, for a kind of channel, its own defaults of the keys that every channel takes.
        """
        self._report = report
        self._defaults = defaults
        self._vault = vault
        self._context = {"check_schedule": check_schedule}

    def check(self, tree: Mapping[str, Any], kinds: Mapping[str, type], feeds: Mapping[str, type]) -> Checked:
        """All tables; ``kinds`` and ``feeds`` give the options dataclass of each kind of channel and of source."""
        known = {*schema.Top.model_fields, *schema.SINGLE, *schema.NAMED}
        for key in tree:
            if key not in known:
                self._unknown(key, tree[key], known)
        top = {key: tree[key] for key in schema.Top.model_fields if key in tree}
        checked = Checked(
            top=self._table((), top, schema.Top) or schema.Top(),
            single={name: self._single(name, tree.get(name, {}), model) for name, model in _singles()},
        )
        for name, raw in self._tables(tree, "feeds"):
            if (feed := self._feed(name, raw, feeds)) is not None:
                checked.feeds[name] = feed
        self._named(tree, kinds, checked)
        return checked

    def _unknown(self, key: str, value: Any, known: set[str]) -> None:
        if isinstance(value, dict):
            self._report.problem((key,), Phrase("unknown table"), known_hint(key, known))
        else:
            self._report.unknown_key((key,), known)

    def _single(self, name: str, raw: Any, model: type[schema.Table]) -> schema.Table:
        """A table that exists once, with its secrets; its defaults after a problem, which was reported."""
        secrets: frozenset[str] = getattr(model, "SECRETS", frozenset())
        if isinstance(raw, dict):
            raw = self._revealed((name,), raw, secrets)
        return self._table((name,), raw, model) or model()

    def _revealed(self, path: KeyPath, raw: dict[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
        """A table with its secrets; a stand-in for one that cannot be had, which was reported."""
        found = {key: self._vault.resolve((*path, key), raw[key]) for key in secrets & raw.keys()}
        return raw | {key: _STAND_IN if secret is None else secret for key, secret in found.items()}

    def _named(self, tree: Mapping[str, Any], kinds: Mapping[str, type], checked: Checked) -> None:
        for name, raw in self._tables(tree, "channels"):
            checked.channels.extend(self._channel(name, raw, kinds))
        for name, raw in self._tables(tree, "routes"):
            _keep(checked.routes, name, self._table(("routes", name), raw, schema.RouteTable))
        for name, raw in self._tables(tree, "digests"):
            _keep(checked.digests, name, self._table(("digests", name), raw, schema.DigestTable))
        for name, raw in self._tables(tree, "mailboxes"):
            checked.mailboxes.extend(self._mailbox(name, raw))
        for name, raw in self._tables(tree, "bounces"):
            checked.hooks.extend(self._hook(name, raw))
        for name, raw in self._tables(tree, "hooks"):
            table = self._table(
                ("hooks", name),
                self._revealed(("hooks", name), raw, schema.HookTable.SECRETS),
                schema.HookTable,
                schema.HookTable.SECRETS | {"url"},
            )
            _keep(checked.receivers, name, table)

    def _tables(self, tree: Mapping[str, Any], table: str) -> list[tuple[str, dict[str, Any]]]:
        """The named tables of one sort; what is no table, or badly named, is reported."""
        named = tree.get(table, {})
        if not isinstance(named, dict):
            self._report.problem((table,), found(named), _tables_of(f"[{table}.NAME]"))
            return []
        good: list[tuple[str, dict[str, Any]]] = []
        for name, raw in named.items():
            if not isinstance(raw, dict):
                hint = Phrase("expected a table %(table)s", table=f"[{table}.NAME]")
                self._report.problem((table, name), found(raw), hint)
            elif not _is_name(name):
                self._report.problem((table, name), Phrase("a name with other signs"), NAME_HINT)
            else:
                good.append((name, raw))
        return good

    def _table(
        self,
        path: KeyPath,
        raw: Any,
        model: type[_T],
        hidden: frozenset[str] = frozenset(),
        beside: Mapping[str, str] | None = None,
    ) -> _T | None:
        """One table as its model, or None after its problems were reported.

        ``beside`` are keys that may stand in the same table and are not the model's.
        """
        if not isinstance(raw, dict):
            hint = Phrase("expected a table, such as %(table)s", table=f"[{path[-1]}]")
            self._report.problem(path, found(raw), hint)
            return None
        try:
            return model.model_validate(raw, context=self._context)
        except ValidationError as error:
            meanings = {**(beside or {}), **_meanings(model)}
            self._report.refused(path, error, TableKeys(meanings=meanings, hidden=hidden))
            return None

    def _pick(self, path: KeyPath, kind: Any, kinds: Mapping[str, Any]) -> Any | None:
        """What belongs to a ``type``, or None after a problem was reported."""
        if isinstance(kind, str) and kind in kinds:
            return kinds[kind]
        self._report.problem((*path, "type"), found(kind), known_hint(str(kind), kinds))
        return None

    def _feed(self, name: str, raw: dict[str, Any], kinds: Mapping[str, type]) -> CheckedFeed | None:
        """One feed, or None after its problems were reported."""
        path: KeyPath = ("feeds", name)
        kind = raw.get("type", schema.FEED)
        shape = self._pick(path, kind, kinds)
        if shape is None:
            return None
        common = {key: value for key, value in raw.items() if key in schema.Feed.model_fields}
        table = self._table(path, common, schema.Feed)
        own = {key: value for key, value in raw.items() if key not in common} | {"type": kind}
        built = self._own(path, own, shape, schema.Feed)
        if table is None or built is None:
            return None
        return CheckedFeed(name=name, kind=kind, options=built, table=table)

    def _own(
        self, path: KeyPath, own: dict[str, Any], shape: type, common: type[schema.Table] = schema.Table
    ) -> Any | None:
        """The options of a kind, or None after its problems were reported; ``common`` are keys beside its own."""
        secrets = {key: self._vault.resolve((*path, key), own[key]) for key in own if key in options.secret_keys(shape)}
        given = own | {key: _STAND_IN if secret is None else secret for key, secret in secrets.items()}
        inner = {
            key: self._inner((*path, key), own[key], one) for key, one in options.nested(shape).items() if key in own
        }
        given |= {key: {} if found is None else found for key, found in inner.items()}
        model = options.model(shape, is_kind=common is not schema.Table)
        table = self._table(path, given, model, options.hidden_keys(shape), _meanings(common))
        if table is None or None in secrets.values() or None in inner.values():
            return None
        try:
            return options.build(shape, table)
        except ValueError as error:
            self._refused(path, given, shape, str(error))
            return None

    def _inner(self, path: KeyPath, raw: Any, shape: type) -> dict[str, Any] | None:
        """The named tables below a table, or None after their problems were reported."""
        if not isinstance(raw, dict):
            self._report.problem(path, found(raw), _tables_of(f"[{dotted((*path, 'NAME'))}]"))
            return None
        good: dict[str, Any] = {}
        for name, table in raw.items():
            if not isinstance(table, dict) or not _is_name(name):
                hint = Phrase('expected a table, whose name has letters, digits, "-", "_" or "." (64 at most)')
                self._report.problem((*path, name), found(table), hint)
                good[name] = None
            else:
                good[name] = self._own((*path, name), table, shape)
        return None if None in good.values() else good

    def _channel(self, name: str, raw: dict[str, Any], kinds: Mapping[str, type]) -> list[CheckedChannel]:
        """One channel, or nothing after its problems were reported."""
        path: KeyPath = ("channels", name)
        shape = self._kind(path, raw, kinds)
        if shape is None:
            return []
        common = {key: raw[key] for key in raw if key in schema.Policy.model_fields}
        policy = self._table(path, {**self._defaults.get(raw["type"], {}), **common}, schema.Policy)
        built = self._own(path, {key: value for key, value in raw.items() if key not in common}, shape, schema.Policy)
        if built is None or policy is None:
            return []
        return [CheckedChannel(name=name, kind=raw["type"], options=built, policy=policy)]

    def _mailbox(self, name: str, raw: dict[str, Any]) -> list[CheckedMailbox]:
        """One mailbox, or nothing after its problems were reported."""
        path: KeyPath = ("mailboxes", name)
        shape = self._kind(path, raw, {kind: found.options for kind, found in returns.inboxes().items()})
        if shape is None:
            return []
        common = {key: raw[key] for key in raw if key in schema.Mailbox.model_fields}
        table = self._table(path, common, schema.Mailbox)
        built = self._own(path, {key: value for key, value in raw.items() if key not in common}, shape, schema.Mailbox)
        if built is None or table is None:
            return []
        return [CheckedMailbox(name=name, kind=raw["type"], options=built, table=table)]

    def _hook(self, name: str, raw: dict[str, Any]) -> list[CheckedHook]:
        """One provider's hook, or nothing after its problems were reported."""
        path: KeyPath = ("bounces", name)
        shape = self._kind(path, raw, {kind: found.options for kind, found in returns.hooks().items()})
        built = None if shape is None else self._own(path, raw, shape, schema.Nothing)
        return [] if built is None else [CheckedHook(name=name, kind=raw["type"], options=built)]

    def _kind(self, path: KeyPath, raw: dict[str, Any], kinds: Mapping[str, type]) -> type | None:
        """The shape that a table's ``type`` asks for, or None after a problem was reported."""
        if "type" not in raw:
            words = ", ".join(f'"{kind}"' for kind in kinds)
            hint = Phrase("this key is required: one of %(words)s", words=words)
            self._report.problem((*path, "type"), Phrase("missing"), hint)
            return None
        picked: type | None = self._pick(path, raw["type"], kinds)
        return picked

    def _refused(self, path: KeyPath, given: dict[str, Any], shape: type, sentence: str) -> None:
        """Report what a kind refused in its own words; the first word of the sentence is the key, where it is one."""
        key = sentence.split(maxsplit=1)[0].rstrip(":") if sentence.strip() else ""
        sentence = sentence.removeprefix(f"{key}:").strip()
        if key not in options.hints(shape):
            hint = Phrase.as_it_is(sentence) if sentence else Phrase("see docs/configuration.md")
            self._report.problem(path, Phrase("does not fit"), hint)
        elif key in given:
            shown = found(given[key], hidden=key in options.hidden_keys(shape))
            self._report.problem((*path, key), shown, Phrase.as_it_is(sentence))
        else:
            self._report.problem((*path, key), Phrase("missing"), Phrase.as_it_is(sentence))


def _tables_of(name: str) -> Phrase:
    return Phrase("expected tables such as %(name)s", name=name)


def _singles() -> list[tuple[str, type[schema.Table]]]:
    return list(schema.SINGLE.items())


def _keep(tables: dict[str, _T], name: str, table: _T | None) -> None:
    if table is not None:
        tables[name] = table


def _meanings(model: type[schema.Table]) -> dict[str, str]:
    """Every key of a model with what it is for."""
    return {info.alias or name: info.description or "" for name, info in model.model_fields.items()}


def _is_name(name: str) -> bool:
    """Whether a name can stand in commands, log lines and variable names."""
    return 1 <= len(name) <= 64 and all(char.isalnum() or char in "-_." for char in name)
