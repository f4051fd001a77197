"""The settings as plain frozen values, for ``app.py`` alone. Knows nothing of files, environment or pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from distributor.model import ChannelPolicy, Digest, Route, Style
from distributor.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """``[desk]``: the newsroom itself."""

    #: as readers see it
    name: str
    #: IANA name of the newsroom's own time zone
    zone: str
    #: BCP 47 tag of what it writes in
    language: str
    #: the editors' file; need not exist
    editorial: Path
    #: folder of own templates that stand before the shipped ones; None where there is none
    templates: Path | None
    #: the public feed of corrections (Atom), written anew at each one; None: none is written
    corrections_feed: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSettings:
    """``[net]``: how documents are fetched."""

    #: ``host[:port]``, ``address[:port]`` or ``network[:port]`` that are let through although not public
    allow: tuple[str, ...]
    #: mail or web address that stands in the User-Agent; may be empty
    contact: str
    #: for the whole of one request
    timeout: timedelta
    #: bytes after decompression; a longer document is refused
    most_bytes: int
    #: empty (none), ``environment``, or the address of a proxy (which may hold a password)
    proxy: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """``[mail]``: what every mail has."""

    #: postal address or legal line at the foot; may be empty
    imprint: str
    #: whether it is counted how often a story's link in an issue is followed, by whoever it is
    count_clicks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """``[readers]``: how readers of mail come and go."""

    #: the email channel that letters to one reader leave through; None: the first
    letters: str | None
    #: what signs messages to ``/hooks/subscribers``, and what did before; None: nobody may send any
    secret: Secret | None
    previous_secret: Secret | None
    #: networks of proxies, whose word about where a reader comes from counts
    proxies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """``[feeds.NAME]``: one source of stories."""

    name: str
    #: the kind of source; ``feed`` is RSS, RDF or Atom
    type: str
    #: the keys of that kind, as its own dataclass
    options: Any
    #: between two fetches, while nothing is known of its rhythm
    every: timedelta
    #: between two fetches in its liveliest hours and in its quietest
    fastest: timedelta
    slowest: timedelta
    #: category given to every story of the feed; empty for none
    category: str
    #: language of the stories where the feed does not say; empty for unknown
    language: str
    #: agencies whose datelines open its stories
    agencies: tuple[str, ...]
    #: of the site's own clock (IANA), for dates that name no zone; empty: such a date is no instant
    zone: str
    #: ``seen``: what a new feed already holds is not published; ``publish``: it is
    first_run: str
    #: so many times a feed's usual volume is held as a whole; 0: never
    surge: float
    #: fewer new stories than this in an hour are never a surge
    surge_least: int
    #: whether somebody is told when it is unusually silent
    alert_silence: bool
    #: words before a headline that mark a correction, a kill or internal material, beside the known ones
    correction_marks: tuple[str, ...]
    kill_marks: tuple[str, ...]
    internal_marks: tuple[str, ...]
    #: ``given``: a picture may be used unless its rights say otherwise; ``required``: only if they say so
    image_rights: str
    #: for how long a published story's page is looked at again, to see that it still stands; zero: never
    recheck: timedelta
    #: as in ``[net]``, whose value stands here where the feed has none of its own
    proxy: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where its kind reads: an address, which may hold a password, or the path of a folder; empty where neither."""
        return str(getattr(self.options, "url", "") or getattr(self.options, "folder", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """``[channels.NAME]``: one account, chat or mail identity."""

    name: str
    #: the value of ``type``
    kind: str
    #: an instance of the ``options`` dataclass of that kind
    options: Any
    #: what the operator wants of it, whatever its kind
    policy: ChannelPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """``[alerts]``: who is told when something needs somebody."""

    #: names of channels; empty: the log only
    channels: tuple[str, ...]
    #: failures of a feed in a row before somebody is told
    feed_failures: int
    #: touched while all is well; None: no file
    heartbeat_file: Path | None
    #: asked for while all is well (a watchdog service); None: none. It may hold a key
    heartbeat_url: str | None = field(repr=False)
    heartbeat_every: timedelta
    #: schedule of the daily reconciliation, in the desk's zone
    reconcile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """``[backup]``: copies of the store."""

    #: None: ``backups`` beside the database
    folder: Path | None
    #: schedules, in the desk's zone; empty: only by hand
    at: tuple[str, ...]
    #: how many are kept
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsSettings:
    """``[operations]``: the chat in which the desk decides."""

    #: the channel of type telegram whose bot serves the chat; None: there is no chat
    bot: str | None
    #: its id or @name
    chat: str | None
    #: the forum topic for cards and alerts; None: the general one
    topic: int | None
    #: who may act: each person's own number on Telegram, and the name that goes on record
    people: Mapping[int, str]
    #: schedules at which the hand-over sheet is sent, in the desk's zone
    handover: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """``[mailboxes.NAME]``: where mail comes back to."""

    name: str
    #: the value of ``type``
    kind: str
    #: an instance of the ``options`` dataclass of that kind
    options: Any
    #: between two readings
    every: timedelta
    #: an address is given up on a report that names a mail of ours, never on one that names the address alone
    strict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """``[bounces.NAME]``: a provider that tells of bounces and complaints at ``/hooks/bounces/NAME``."""

    name: str
    #: the value of ``type``
    kind: str
    #: an instance of the ``options`` dataclass of that kind
    options: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSettings:
    """``[hooks.NAME]``: who is told what becomes of stories."""

    name: str
    #: where messages are posted; it may hold a key
    url: str = field(repr=False)
    secret: Secret
    #: the secret before the last change; while it stands here, both sign
    previous_secret: Secret | None
    #: which words it wants
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """``[web]``: the small web server."""

    #: address and port; None: there is no server
    listen: str | None
    #: where the world reaches it, without a slash at its end; None: it does not
    public: str | None
    #: where readers' pages stand, on a host of their own; None: beside everything else
    readers: str | None
    #: where they stood before, and still answer: mails that have left lead there
    readers_before: tuple[str, ...]
    #: whether the recent news stand there for anybody
    news: bool
    #: whether what was corrected and taken back does
    corrections: bool
    #: sites that may show the list of them within their own pages
    embed: tuple[str, ...]
    #: whether the desk and its API stand there
    desk: bool
    #: sites that may show a story's receipt within their own pages
    receipts: tuple[str, ...]
    #: networks of proxies, whose word counts at the desk about where somebody comes from, and by which scheme
    proxies: tuple[str, ...]

    @property
    def pages(self) -> str | None:
        """Where the links of readers' mails lead; None: nowhere."""
        return self.readers or self.public

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on, without brackets."""
        host, _, port = (self.listen or "").rpartition(":")
        return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """``[oidc]``: the OpenID provider by which people of the desk log in."""

    #: the provider's own name for itself; None: people have passwords alone
    issuer: str | None
    #: what we are called there
    client_id: str | None
    #: what we are known by there; None: by nothing (a public client)
    client_secret: Secret | None
    #: as the button names it; empty: by its host
    label: str
    #: which claim is the name of the account
    claim: str
    #: what is asked for beside ``openid``
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that was configured, checked and with its defaults filled in."""

    #: ``live``, or ``shadow``: plan and render everything, send nothing
    mode: str
    #: the configuration file, absolute
    file: Path
    #: folder of the database and the control socket, absolute; need not exist yet
    store_folder: Path
    desk: DeskSettings
    net: NetSettings
    mail: MailSettings
    readers: ReaderSettings
    feeds: tuple[FeedSettings, ...]
    channels: tuple[ChannelSettings, ...]
    routes: tuple[Route, ...]
    digests: tuple[Digest, ...]
    style: Style
    alerts: AlertSettings
    backup: BackupSettings
    operations: OperationsSettings
    web: WebSettings
    oidc: OidcSettings
    mailboxes: tuple[MailboxSettings, ...]
    hooks: tuple[HookSettings, ...]
    receivers: tuple[ReceiverSettings, ...]
    #: what works but should be changed, one line each
    warnings: tuple[str, ...]
