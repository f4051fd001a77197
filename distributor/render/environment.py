"""The one Jinja environment: folders, filters, and errors in words. Must not know what is rendered."""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache, wraps
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jinja2
import jinja2.meta
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.filters import do_urlencode
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from distributor.errors import TemplateError
from distributor.phrases import Phrase
from distributor.render.catalogues import city
from distributor.render.fitting import shortened
from distributor.render.hours import told_hours
from distributor.render.parts import PartTag
from distributor.render.recalled import heard, in_words, judged, plainly, recalled
from distributor.render.words import date_in_words
from distributor.rules.queue.holds import hold_of
from distributor.text.isolation import isolated
from distributor.text.sentences import sentences

#: what a template may be called; also what a route or digest may name
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
#: endings of a post's template, in the order in which they are looked for
ENDINGS = ("html", "json", "txt")
#: the folder of pages, which are no channel's
_PAGES = "web"
#: instants and addresses of which it is remembered how they are written; pages show the same again and again
_REMEMBERED = 4096
#: what a call from within a loop or a block brings beside its own arguments (jinja2.runtime.Context.call)
_FRAMES = ("_loop_vars", "_block_vars")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The newsroom: what every template may say about it."""

    #: its name, for people
    name: str
    #: IANA name of its time zone
    zone: str
    #: BCP 47
    language: str = "en"
    #: who is responsible and where to find them; plain text, may have several lines
    imprint: str = ""


def shipped_folder() -> Path:
    """The templates that came with the program: inside the wheel, or in a checkout beside the package."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def _fields(kind: type[object]) -> frozenset[str]:
    """The public fields of our own frozen values; none of any other type."""
    return frozenset(one.name for one in fields(kind) if one.name[0] != "_") if is_dataclass(kind) else frozenset()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Asks about everything but a field of a value that is made for templates, a key of a call's result, and the macros
    of templates: those are data and templates themselves, and most of what they ask for.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if obj.__class__ is dict and attribute in obj and not hasattr(dict, attribute):
            return obj[attribute]
        if obj.__class__ is TemplateModule and (macro := obj.__dict__.get(attribute)).__class__ is Macro:
            return macro
        return getattr(obj, attribute) if attribute in _fields(obj.__class__) else super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        if obj.__class__ is Macro:
            return context.call(obj, *args, **kwargs)
        if obj.__class__ is FunctionType and not obj.__dict__:  # without a mark it is safe, and wants no context
            for name in _FRAMES:
                kwargs.pop(name, None)
            return obj(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)


class _Compiled(jinja2.BytecodeCache):
    """What this process has compiled: a file whose text is the same is not compiled again, by whomever it is read."""

    def __init__(self) -> None:
        #: by the template's place: the hash of its text, and its code
        self._known: dict[str, tuple[str, CodeType]] = {}
        #: by the file: its text, and the names that it takes from its context
        self._used: dict[str, tuple[str, frozenset[str]]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of the template of a bucket, where it is of the same text."""
        checksum, code = self._known.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template, in the place of an older one's."""
        assert bucket.code is not None
        self._known[bucket.key] = bucket.checksum, bucket.code

    def used(self, environment: jinja2.Environment, path: str) -> frozenset[str]:
        """The names that a file takes from its context."""
        assert environment.loader is not None
        text, file, _ = environment.loader.get_source(environment, path)
        known, names = self._used.get(file or path, ("", frozenset()))
        if known != text:
            names = frozenset(jinja2.meta.find_undeclared_variables(environment.parse(text)))
            self._used[file or path] = text, names
        return names


#: Of all environments, which compile alike: what differs between them is looked up while a template renders.
_COMPILED = _Compiled()


class Templates:
    """Templates by kind and name: operators' folders first, then the shipped one.

    An immutable sandbox, no undefined names, ``.html.j2`` escaped. A file is read once: a change on disk takes effect
    with the next start, after it has been checked.
    """

    def __init__(self, folders: Sequence[Path], zone: str) -> None:
        """``zone`` is the desk's, for the filter ``when``."""
        self.folders = (*folders, shipped_folder())
        self._endings: dict[tuple[str, str], str] = {}
        self._environment = _Sandbox(
            loader=jinja2.FileSystemLoader([str(folder) for folder in self.folders]),
            undefined=jinja2.StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
            bytecode_cache=_COMPILED,
            extensions=[PartTag],
        )
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        self._environment.filters.update(
            shorten=_shorten,
            when=_when(ZoneInfo(zone)),
            domain=_domain,
            paragraphs=_paragraphs,
            sentences=_sentences,
            isolate=_isolate,
            hours=_hours,
            city=_city,
            slot=_slot,
            recalled=_recalled,
            heard=_heard,
            in_words=_in_words,
            judged=_judged,
            plainly=_plainly,
            lets_go=_lets_go,
            urlencode=_urlencode,
        )

    def ending(self, kind: str, name: str) -> str:
        """Which of :data:`ENDINGS` a post has, or ``mail`` for a template of three files. Raises TemplateError."""
        if (kind, name) not in self._endings:
            self._endings[kind, name] = self._found(kind, name)
        return self._endings[kind, name]

    def _found(self, kind: str, name: str) -> str:
        if not (_NAME.fullmatch(kind) and _NAME.fullmatch(name)):
            raise TemplateError(
                Phrase("%(path)s: not a name for a template; letters, digits, _ and - are", path=f"{kind}/{name}")
            )
        for folder in self.folders:
            if (folder / kind / f"{name}.subject.txt.j2").is_file():
                return "mail"
        for folder in self.folders:
            for ending in ENDINGS:
                if (folder / kind / f"{name}.{ending}.j2").is_file():
                    return ending
        raise TemplateError(
            Phrase("%(path)s: no such template; expected %(path)s.txt.j2, .html.j2 or .json.j2", path=f"{kind}/{name}")
        )

    def kinds(self, name: str) -> frozenset[str]:
        """The kinds that have a template of this name."""
        return frozenset(path.parent.name for folder in self.folders for path in folder.glob(f"*/{name}.*.j2"))

    def named(self, kinds: Collection[str]) -> frozenset[str]:
        """The names that a route or digest could give to a template of these kinds, whether it renders or not."""
        paths = (path for folder in self.folders for kind in kinds for path in folder.glob(f"{kind}/*.j2"))
        return frozenset(name for path in paths if _NAME.fullmatch(name := path.name.partition(".")[0]))

    def names(self, kinds: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
        """Every kind and name there is a file for; partials (``_name``) and pages are only compiled here.

        ``kinds``: of these alone. Raises TemplateError.
        """
        for folder in self.folders:
            for path in sorted(folder.glob("*/*.j2")):
                kind, name = path.parent.name, path.name.removesuffix(".j2")
                if kinds is not None and kind not in kinds:
                    continue
                if name.startswith("_") or kind == _PAGES:
                    self.compile(f"{kind}/{path.name}")
                    continue
                stem, _, ending = name.partition(".")
                if ending not in ("html", "json", "txt", "subject.txt"):
                    raise TemplateError(f"{path}: a name must end in .txt.j2, .html.j2 or .json.j2")
                yield kind, stem

    def render(self, path: str, context: Mapping[str, Any]) -> str:
        """One file rendered, without white space around it. Raises TemplateError."""
        try:
            return self._environment.get_template(path).render(context).strip()
        except Exception as error:
            # a template is an operator's text: whatever it raises is the template's error, told with its place
            raise _told(path, error) from error

    def compile(self, path: str) -> None:
        """Only compile. Raises TemplateError."""
        try:
            self._environment.get_template(path)
        except jinja2.TemplateError as error:
            raise _told(path, error) from error

    def uses(self, path: str) -> frozenset[str]:
        """The names a file takes from its context. Raises TemplateError."""
        try:
            return _COMPILED.used(self._environment, path)
        except jinja2.TemplateError as error:
            raise _told(path, error) from error


def _told(path: str, error: Exception) -> TemplateError:
    """Where and why, on one line: the deepest place in a template that the error passed through."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateError(f"{error.filename or path}:{error.lineno}: {error.message}")
    if isinstance(error, jinja2.TemplateNotFound):
        return TemplateError(f"{path}: there is no template {error.name}")
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    place = f"{places[-1].filename}:{places[-1].lineno}" if places else path
    return TemplateError(f"{place}: {str(error) or type(error).__name__}")


@jinja2.pass_context
def _shorten(context: Context, value: str, limit: int) -> str:
    """At most ``limit`` characters, cut between sentences or words."""
    return shortened(str(value), limit, language=str(context.get("language", "en")))


@jinja2.pass_context
def _isolate(context: Context, value: str) -> str:
    """A text whose direction may differ from its line's."""
    return value.__class__(isolated(value, str(context.get("direction", "ltr"))))


def _when(zone: ZoneInfo) -> Any:
    """The filter ``when`` for one zone."""

    @lru_cache(_REMEMBERED)
    def told(value: datetime, style: str, language: str) -> str:
        if style == "iso":
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        local = value.astimezone(zone)
        if style == "time":
            return f"{local:%H:%M}"
        date = date_in_words(local, language)
        if style == "date":
            return date
        if style != "full":
            raise ValueError(f"when: no style {style!r}; full, date, time or iso")
        return f"{date}, {local:%H:%M} ({zone.key})"

    @jinja2.pass_context
    def when(context: Context, value: datetime | None, style: str = "full") -> str:
        """An instant in the desk's zone: ``full`` (with the zone), ``date``, ``time``, or ``iso`` (in UTC)."""
        # in UTC: of an hour that comes twice, local instants are taken for each other
        return "" if value is None else told(value.astimezone(UTC), style, str(context.get("language", "en")))

    return when


@jinja2.pass_context
def _hours(context: Context, text: str, say: Any, zone: str, now: datetime) -> str:
    """A schedule in words; its next instants are those of ``zone`` after ``now``."""
    return told_hours(str(text), say, str(context.get("language", "en")), zone, now)


@jinja2.pass_context
def _slot(context: Context, name: str) -> str:
    """The name of a slot in words, in its own zone; what is none stays as it is."""
    local, _, zone = str(name).removesuffix("]").partition("[")
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        return str(name)
    return f"{date_in_words(at, str(context.get('language', 'en')))}, {at:%H:%M} ({zone})"


def _recalled(text: object) -> str:
    """A sentence of the program's own as a phrase, for ``_`` to say; what is none, or unknown, stays as it is."""
    return recalled(text if isinstance(text, str) else str(text)) if text else ""


def _heard(text: object) -> str:
    """Somebody's own words, which stay theirs, for ``_`` to say with what the program put behind them."""
    return heard(str(text)) if text else ""


def _in_words(hint: object) -> str:
    """A hint as pages tell it, without commands, for ``_`` to say; nothing where it was nothing else."""
    return in_words(hint if isinstance(hint, str) else str(hint)) if hint else ""


def _judged(problem: object) -> str:
    """What was wrong with rules as a phrase, for ``_`` to say."""
    return judged(problem if isinstance(problem, str) else str(problem)) if problem else ""


def _plainly(word: object, matter: str) -> str:
    """A word of the store's own as people say it, for ``_`` to say."""
    return plainly(str(word), matter) if word else ""


def _lets_go(held_by: object) -> str:
    """Who lets go what is held under a name, in plain words, for ``_`` to say."""
    return hold_of(str(held_by)).plainly if held_by else ""


@jinja2.pass_context
def _city(context: Context, zone: str) -> str:
    """The city that a zone is named after, in the page's language."""
    return city(str(zone), str(context.get("language", "en")))


@lru_cache(_REMEMBERED)
def _quoted(text: str) -> str:
    return do_urlencode(text)


@wraps(do_urlencode)
def _urlencode(value: Any) -> str:
    """As jinja2 has it, which spells every sign of an address anew: a page has the addresses of all its stories."""
    return _quoted(str(value)) if isinstance(value, str) else do_urlencode(value)


def _domain(url: str) -> str:
    """``example.org`` of ``https://www.example.org/story``."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _paragraphs(value: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", value) if part.strip()]


@jinja2.pass_context
def _sentences(context: Context, value: str) -> list[str]:
    """The sentences of a text, in the post's language."""
    return sentences(str(value), str(context.get("language", "en")))
