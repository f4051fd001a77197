"""The shape of every table as a strict pydantic model, with its true defaults. Must not read files or the
environment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from distributor.config import checks
from distributor.config.durations import parse_duration, parse_size
from distributor.phrases import Phrase


class Table(BaseModel):
    """A table that takes its own keys, in their own types, and nothing else."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
    )


def _at_least(least: timedelta, words: str) -> AfterValidator:
    """A check that a duration is not shorter."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(Phrase("expected at least %(least)s", least=words))
        return value

    return AfterValidator(check)


def _check_slot(text: str, info: ValidationInfo) -> str:
    """A schedule, judged by the callable that the caller of ``load`` gave."""
    assert info.context is not None
    info.context["check_schedule"](text)
    return text


Text = Annotated[str, AfterValidator(checks.check_not_empty), AfterValidator(checks.check_one_line)]
OneLine = Annotated[str, AfterValidator(checks.check_one_line)]
Zone = Annotated[str, AfterValidator(checks.check_zone)]
ZoneOrNone = Annotated[str, AfterValidator(checks.check_zone_or_none)]
Language = Annotated[str, AfterValidator(checks.check_language)]
LanguageOrNone = Annotated[str, AfterValidator(checks.check_language_or_none)]
Proxy = Annotated[str, AfterValidator(checks.check_proxy)]
Allowed = Annotated[str, AfterValidator(checks.check_allowed)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration), _at_least(timedelta(0), "0s")]
Period = Annotated[timedelta, BeforeValidator(parse_duration), _at_least(timedelta(seconds=10), "10s")]
Timeout = Annotated[timedelta, BeforeValidator(parse_duration), _at_least(timedelta(seconds=1), "1s")]
Size = Annotated[int, BeforeValidator(parse_size)]
Slot = Annotated[str, AfterValidator(_check_slot)]
LintLevel = Annotated[str, AfterValidator(checks.check_lint)]
Utm = Annotated[str, AfterValidator(checks.check_utm)]
Host = Annotated[str, AfterValidator(checks.check_host)]
SectionTag = Annotated[str, AfterValidator(checks.check_tag)]
Person = Annotated[str, AfterValidator(checks.check_person)]
RhythmName = Literal["at-once", "flash", "hourly", "morning", "evening", "daily", "weekly"]
Tidings = Literal["sent", "failed", "unknown", "corrected", "withdrawn"]
ClockTime = Annotated[str, AfterValidator(checks.check_clock_time)]
CanaryShare = Annotated[str, BeforeValidator(checks.canary_text), AfterValidator(checks.check_canary)]
Texts = tuple[Text, ...]
#: 0 is no limit
Count = Annotated[int, Field(ge=0)]
#: of the account's currency
Price = Annotated[float, Field(ge=0)]


class Top(Table):
    """The keys above all tables."""

    mode: Literal["live", "shadow"] = "live"


class Store(Table):
    """``[store]``."""

    folder: Text = "state"


class Desk(Table):
    """``[desk]``."""

    name: Text = "Newsroom"
    zone: Zone = "UTC"
    language: Language = "en"
    editorial: Text = "editorial.toml"
    templates: Text | None = None
    corrections_feed: Text | None = None


class Net(Table):
    """``[net]``."""

    allow: tuple[Allowed, ...] = ()
    contact: OneLine = ""
    timeout: Timeout = Field(default="20s", validate_default=True)
    most_bytes: Size = Field(default="10MiB", validate_default=True)
    proxy: Proxy = ""


class Mail(Table):
    """``[mail]``."""

    imprint: str = ""
    count_clicks: bool = False


class Readers(Table):
    """``[readers]``."""

    letters: Text | None = None
    secret: Annotated[Any, AfterValidator(checks.check_key)] = None
    previous_secret: Annotated[Any, AfterValidator(checks.check_key)] = None
    proxies: tuple[Annotated[str, AfterValidator(checks.check_network)], ...] = ()

    SECRETS: ClassVar[frozenset[str]] = frozenset({"secret", "previous_secret"})


class Alerts(Table):
    """``[alerts]``."""

    channels: Texts = ()
    feed_failures: Annotated[int, Field(ge=1)] = 5
    heartbeat_file: Text | None = None
    heartbeat_url: Annotated[str, AfterValidator(checks.check_url)] | None = Field(default=None, repr=False)
    heartbeat_every: Period = Field(default="1m", validate_default=True)
    reconcile: Slot = "every day at 00:10"


class Style(Table):
    """``[style]``: the newsroom's own words about its words."""

    blocked_words: Texts = ()
    hosts: tuple[Host, ...] = ()
    hashtags: tuple[SectionTag, ...] = ()
    tags: Texts = ()
    most_tags: Annotated[int, Field(ge=0, le=5)] = 2


class Backup(Table):
    """``[backup]``."""

    folder: Text | None = None
    at: tuple[Slot, ...] = ("every day at 03:30",)
    keep: Annotated[int, Field(ge=1)] = 14


class Operations(Table):
    """``[operations]``."""

    bot: Text | None = None
    chat: Annotated[str, AfterValidator(checks.check_not_empty)] | None = None
    topic: Annotated[int, Field(gt=1)] | None = None
    people: tuple[Person, ...] = ()
    handover: tuple[Slot, ...] = ()


class Web(Table):
    """``[web]``."""

    listen: Annotated[str, AfterValidator(checks.check_listen)] | None = None
    public: Annotated[str, AfterValidator(checks.check_public)] | None = None
    readers: Annotated[str, AfterValidator(checks.check_origin)] | None = None
    readers_before: tuple[Annotated[str, AfterValidator(checks.check_origin)], ...] = ()
    news: bool = True
    corrections: bool = True
    embed: tuple[Annotated[str, AfterValidator(checks.check_origin)], ...] = ()
    desk: bool = True
    receipts: tuple[Annotated[str, AfterValidator(checks.check_origin)], ...] = ()
    proxies: tuple[Annotated[str, AfterValidator(checks.check_network)], ...] = ()


class Oidc(Table):
    """``[oidc]``."""

    issuer: Annotated[str, AfterValidator(checks.check_issuer)] | None = None
    client_id: Text | None = None
    client_secret: Annotated[Any, AfterValidator(checks.check_secret)] = None
    label: Annotated[str, AfterValidator(checks.check_label)] = ""
    claim: Text = "email"
    scopes: tuple[Annotated[str, AfterValidator(checks.check_scope)], ...] = ("email",)

    SECRETS: ClassVar[frozenset[str]] = frozenset({"client_secret"})


class Feed(Table):
    """The keys that every ``[feeds.NAME]`` takes, whatever its type."""

    every: Period = Field(default="5m", validate_default=True)
    fastest: Period | None = None
    slowest: Period | None = None
    category: OneLine = ""
    language: LanguageOrNone = ""
    agencies: Texts = ()
    zone: ZoneOrNone = ""
    first_run: Literal["seen", "publish"] = "seen"
    surge: Annotated[float, Field(ge=0)] = 5.0
    surge_least: Annotated[int, Field(ge=1)] = 40
    alert_silence: bool = True
    correction_marks: Texts = ()
    kill_marks: Texts = ()
    internal_marks: Texts = ()
    image_rights: Literal["given", "required"] = "given"
    recheck: Duration = Field(default="0s", validate_default=True)
    proxy: Proxy | None = None


class Policy(Table):
    """The keys that every ``[channels.NAME]`` takes, whatever its type; a kind may have defaults of its own."""

    gap: Duration = Field(default="0s", validate_default=True)
    most_per_hour: Count = 0
    most_per_day: Count = 0
    quiet: Annotated[str, AfterValidator(checks.check_hours)] = ""
    quiet_silent: bool = False
    slots: tuple[Slot, ...] = ()
    fair_share: bool = True
    fold_above: Count = 0
    stale: Literal["fold", "skip", "send"] = "send"
    unknown: Literal["ask", "accept", "never"] = "ask"
    price: Price = 0.0
    price_with_link: Price = 0.0
    price_read: Price = 0.0
    price_to_delete: Price = 0.0
    price_picture: Price = 0.0
    budget_per_day: Price | None = None
    budget_per_month: Price | None = None
    links: Literal["always", "top", "never"] = "always"
    top_urgency: Annotated[int, Field(ge=1, le=9)] = 3
    utm: tuple[Utm, ...] = ()
    media: Literal["card", "photo"] = "card"
    credit: Literal["given", "required"] = "required"
    preflight: Literal["off", "warn", "hold"] = "off"
    preflight_wait: Duration = Field(default="10m", validate_default=True)
    watch: Duration = Field(default="0s", validate_default=True)
    on_update: Literal["nothing", "edit", "edit-visible", "reply", "replace", "post"] = "nothing"
    on_refile: Literal["nothing", "edit", "edit-visible", "reply", "replace", "post"] = "nothing"
    on_correction: Literal["nothing", "edit", "edit-visible", "reply", "replace", "post", "next-digest"] = "nothing"
    on_withdrawal: Literal["nothing", "edit-visible", "reply", "delete", "next-digest"] = "nothing"
    takes: Literal["replace", "reply", "follow"] = "follow"


class RouteTable(Table):
    """``[routes.NAME]``."""

    feeds: Texts = ()
    categories: Texts = ()
    keywords: Texts = ()
    languages: tuple[Language, ...] = ()
    urgency: Annotated[int, Field(ge=1, le=9)] | None = None
    channels: Annotated[Texts, Field(min_length=1)] = Field(description=Phrase("the channels that the stories go to"))
    template: OneLine = ""
    delay: Duration = Field(default="0s", validate_default=True)
    shelf_life: Duration = Field(default="6h", validate_default=True)
    approval: Literal["none", "one", "two"] = "none"
    approval_edits: bool = False
    silence: Literal["hold", "send", "skip"] = "hold"
    silence_after: Duration = Field(default="1h", validate_default=True)
    undo: Duration = Field(default="0s", validate_default=True)
    lint: tuple[LintLevel, ...] = ()


class DigestTable(Table):
    """``[digests.NAME]``."""

    title: Text | None = None
    channel: Text = Field(description=Phrase("the channel of type email that it leaves through"))
    slots: tuple[Slot, ...] = ()
    zone: Zone | None = None
    feeds: Texts = ()
    categories: Texts = ()
    languages: tuple[Language, ...] = ()
    order: Literal["newest", "oldest", "urgency"] = "newest"
    most: Annotated[int, Field(ge=1)] = 20
    least: Annotated[int, Field(ge=1)] = 1
    template: OneLine = ""
    description: OneLine = ""
    offered: bool = True
    archive: bool = True
    sections: Texts = ()
    grouping: Literal["none", "section"] = "none"
    lead: Literal["first", "urgency", "newest"] = "first"
    rhythms: tuple[RhythmName, ...] = ("at-once", "flash", "hourly", "morning", "evening", "daily", "weekly")
    morning: ClockTime = "07:00"
    evening: ClockTime = "18:00"
    undo: Duration = Field(default="0s", validate_default=True)
    canary: CanaryShare = ""
    canary_wait: Duration = Field(default="20m", validate_default=True)


class HookTable(Table):
    """``[hooks.NAME]``."""

    url: Annotated[str, AfterValidator(checks.check_url)] = Field(repr=False, description="where messages are posted")
    secret: Annotated[Any, AfterValidator(checks.check_key)] = Field(description="what signs them")
    previous_secret: Annotated[Any, AfterValidator(checks.check_key)] = None
    on: Annotated[tuple[Tidings, ...], Field(min_length=1)] = ("sent", "failed", "unknown", "corrected", "withdrawn")

    SECRETS: ClassVar[frozenset[str]] = frozenset({"secret", "previous_secret"})


class Nothing(Table):
    """No keys beside those of a kind."""


class Mailbox(Table):
    """The keys that every ``[mailboxes.NAME]`` takes, whatever its type."""

    every: Period = Field(default="1m", validate_default=True)
    strict: bool = False


#: tables that exist once
SINGLE: dict[str, type[Table]] = {
    "store": Store,
    "desk": Desk,
    "net": Net,
    "mail": Mail,
    "readers": Readers,
    "style": Style,
    "alerts": Alerts,
    "backup": Backup,
    "operations": Operations,
    "web": Web,
    "oidc": Oidc,
}
#: tables that hold named tables; the shapes of a feed and of a channel come from their kinds
NAMED = ("feeds", "channels", "routes", "digests", "mailboxes", "bounces", "hooks")
#: what may stand in the editors' file
EDITORIAL = ("routes", "digests", "style", "channels")
#: what a feed is that says no ``type``
FEED = "feed"
