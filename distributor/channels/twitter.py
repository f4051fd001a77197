"""X (the platform key is ``twitter``): one post per parcel through tweepy, its only home.
Must not wait, retry, or decide what becomes of a post whose answer was lost.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from distributor.channels import ChannelKind
from distributor.channels._answer import Answer
from distributor.channels._options import require, require_address, require_proxy, require_secret, require_timeout
from distributor.channels._reason import require_unicode
from distributor.channels._timeline import FIELDS, ID, MOST_PAGES, PAGE, address, page
from distributor.channels._verdicts import NotThere, Scopes, data, judge, text, used_up
from distributor.errors import (
    AlreadyThere,
    PictureRefused,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Frame, Handed, Limits, Parcel, Photo, Receipt, Seen
from distributor.secret import Secret
from distributor.text.cashtags import one_cashtag
from distributor.text.measure import weighted_length

if TYPE_CHECKING:
    from distributor.channels._wire import Line

#: the host that tweepy writes into every request (4.17, ``BaseClient.request``)
TWEEPY_HOST = "https://api.twitter.com"
#: the host that signatures cover (RFC 5849 section 3.4.1.2): X's own, also when ``base_url`` is a relay before it
PUBLIC_HOST = "https://api.x.com"
#: weighted units of one post (twitter-text configuration v3)
LONGEST = 280
#: bytes of a picture (X, media upload)
LARGEST_PICTURE = 5 << 20
#: a token keeps the rights that its app had when it was made
READS_ONLY = "the access token may only read: give the app the right to write, then make the access token anew"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The keys of ``[channels.NAME]`` for X: OAuth 1.0a user context, which never expires."""

    api_key: Secret
    api_secret: Secret
    access_token: Secret
    access_secret: Secret
    #: name of the account without @; links to posts carry it, and ``check`` insists on it
    username: str = ""
    #: where requests go
    base_url: str = "https://api.x.com"
    #: seconds of silence before an answer counts as lost
    timeout: float = 20.0
    #: address of a proxy, ``environment``, or nothing for a direct connection
    proxy: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for values that cannot be right."""
        for name in ("api_key", "api_secret", "access_token", "access_secret"):
            require_secret(getattr(self, name), name)
        named = not self.username or re.fullmatch(r"[A-Za-z0-9_]{1,15}", self.username)
        require(holds=bool(named), sentence="username must be the account's name without @")
        require_address(self.base_url, "base_url")
        require_proxy(self.proxy)
        require_timeout(self.timeout)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Twitter:
    """One account on X."""

    kind = "twitter"
    limits = Limits(text=LONGEST, measure=weighted_length, tidy=one_cashtag)
    erasable_for: timedelta | None = None
    caption = limits
    frame = Frame(most_bytes=LARGEST_PICTURE)

    def __init__(self, name: str, options: Options, *, now: Callable[[], datetime] = _utc_now) -> None:
        """Keep the options; ``now`` stands in for an answer without a Date header. Contacts nobody."""
        self.name = name
        self.account = f"@{options.username}" if options.username else ""
        #: X's user access tokens begin with the account's number, which stays when keys are made anew
        number, dash, _ = options.access_token.reveal().partition("-")
        self.numbering = number if dash and number.isdigit() else options.username.lower()
        self._whose = Scopes.of(options.api_key, options.access_token)
        self.scopes = (self._whose.app, self._whose.user)
        self._options = options
        self._now = now
        self._lock = threading.Lock()
        self._open: tuple[Line, Any] | None = None
        self._account = ""
        #: what was read on this day (UTC), which X bills once a day, and how much of it nobody has asked for yet
        self._read: tuple[date, set[str]] = (date.min, set())
        self._unbilled = 0

    def send(self, parcel: Parcel) -> Receipt:
        """Post the text (``POST /2/tweets``); the receipt tells which limits that used up. Raises ChannelError."""
        return self._post(parcel, {})

    def reply(self, parcel: Parcel) -> Receipt:
        """Post under the account's own post ``parcel.target`` (``POST /2/tweets``). Raises ChannelError."""
        return self._post(parcel, {"in_reply_to_tweet_id": _id(parcel.target)})

    def erase(self, parcel: Parcel) -> Receipt:
        """Take the post ``parcel.target`` away, all its versions with it (``DELETE /2/tweets/:id``).

        Raises ChannelError; AlreadyThere where X knows no such post.
        """
        post = _id(parcel.target)
        try:
            answer = self._ask(lambda client: client.delete_tweet(post))
        except NotThere as error:
            raise AlreadyThere(str(error)) from None
        match data(answer).get("deleted"):
            case True:
                return Receipt(quotas=used_up(answer, self._now(), self._whose))
            case False:
                raise AlreadyThere("X knows no such post any more")
        raise UnknownOutcome(f"X answered {answer.status} without saying whether the post is gone")

    def _post(self, parcel: Parcel, more: Mapping[str, str]) -> Receipt:
        require_unicode(parcel.message.text)
        shown = {"media_ids": [parcel.media]} if parcel.media else {}
        answer = self._ask(lambda client: client.create_tweet(text=parcel.message.text, **shown, **more), parcel.media)
        post = text(data(answer), "id")
        if not ID.fullmatch(post):
            raise UnknownOutcome(f"X answered {answer.status} without the post's id")
        quotas = used_up(answer, self._now(), self._whose)
        return Receipt(remote_id=post, url=address(self._options.username, post), quotas=quotas)

    def shelf(self, key: str) -> str:
        """What X calls a picture serves one post: whether it would for a second one is nowhere written."""
        return f"{self._whose.user}:{key}"

    def hand_over(self, photo: Photo) -> Handed:
        """Give X a picture, and say what it shows (``POST /2/media/upload``, ``/2/media/metadata``).

        Raises ChannelError; a lost answer is Unavailable here, since no reader sees what was handed over.
        """
        from distributor.channels._media import described, handed, upload

        try:
            answer = self._ask(lambda client: upload(client, TWEEPY_HOST, photo, _signed(client)))
            found = handed(answer, used_up(answer, self._now(), self._whose))
            if photo.alt:
                self._ask(lambda client: described(client, found.name, photo.alt))
        except UnknownOutcome as error:
            raise Unavailable(str(error)) from None
        return found

    def check(self) -> str:
        """``@name`` of the account the keys belong to (``GET /2/users/me``). Raises ChannelError.

        Unauthorized also where X says that the token may only read: it would refuse every post.
        """
        answer = self._ask(lambda client: client.get_me())
        self._note("user")
        username = text(data(answer), "username")
        if not username:
            raise UnknownOutcome(f"X answered {answer.status} without the account's name")
        wanted = self._options.username
        if wanted and wanted.lower() != username.lower():
            raise Unauthorized(f"the keys belong to @{username}, not to @{wanted}")
        if answer.headers.get("x-access-level") == "read":
            raise Unauthorized(READS_ONLY)
        return f"@{username}"

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        """The account's own posts newer than one, oldest first; of all its posts (empty) the latest hundred.

        ``GET /2/users/:id/tweets`` without reposts. Raises RateLimited; Unavailable also for an answer that was lost
        or cannot be read, since looking changes nothing; Unauthorized, OutOfCredit; Rejected where more posts stand
        in between than X shows.
        """
        try:
            return tuple(reversed([*self._timeline(remote_id)]))
        except UnknownOutcome as error:
            raise Unavailable(str(error)) from None

    def close(self) -> None:
        """Give back the session; may be called twice, and a later send opens it again."""
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            opened[0].close()

    def _timeline(self, since: str) -> Iterator[Seen]:
        """Page after page, newest first."""
        wanted: dict[str, object] = {"max_results": PAGE, "tweet_fields": FIELDS, "exclude": "retweets"}
        if since:
            wanted["since_id"] = since
        account = self._own_id()
        for _ in range(MOST_PAGES if since else 1):
            answer = self._ask(lambda client: client.get_users_tweets(account, user_auth=True, **wanted))
            found = page(answer, self._options.username)
            self._note(*(post.remote_id for post in found.posts))
            yield from found.posts
            if not found.next:
                return
            wanted["pagination_token"] = found.next
        if since:
            raise Rejected(f"more than {MOST_PAGES * PAGE} posts stand behind {since}; X does not show them all")

    def reads(self) -> int:
        """Posts and accounts that were read since this was last asked, each once a day, as X counts them."""
        with self._lock:
            count, self._unbilled = self._unbilled, 0
        return count

    def _note(self, *names: str) -> None:
        with self._lock:
            today = self._now().date()
            day, known = self._read
            known = known if day == today else set()
            self._unbilled += len({*names} - known)
            self._read = today, known | {*names}

    def _own_id(self) -> str:
        """The account's number (``GET /2/users/me``), asked for once."""
        if not self._account:
            answer = self._ask(lambda client: client.get_me())
            self._note("user")
            number = text(data(answer), "id")
            if not ID.fullmatch(number):
                raise UnknownOutcome(f"X answered {answer.status} without the account's id")
            self._account = number
        return self._account

    def _ask(self, request: Callable[[Any], Any], media: str = "") -> Answer:
        """Make one request; everything but a 2xx is raised before tweepy reads it. ``media`` is shown with a post.

        tweepy 4.17 stumbles over error bodies that are lists and over reset headers that are not numbers, and would
        follow redirects.
        """
        from distributor.channels._wire import read

        line, client = self._client()
        try:
            with line.call():
                return read(request(client))
        except Rejected as error:
            if media and "media" in str(error).lower():  # "Your media IDs are invalid."
                raise PictureRefused(str(error)) from None
            raise

    def _client(self) -> tuple[Line, Any]:
        with self._lock:
            if self._open is None:
                self._open = self._connect()
            return self._open

    def _connect(self) -> tuple[Line, Any]:
        import tweepy

        from distributor.channels._wire import Detour, Line, response_type

        options = self._options
        base = options.base_url.rstrip("/")
        detour = Detour(written=TWEEPY_HOST, signed=PUBLIC_HOST, contacted=base)
        line = Line(base, timeout=options.timeout, proxy=options.proxy, detour=detour)
        line.listen(self._judge)
        client = tweepy.Client(
            consumer_key=options.api_key.reveal(),
            consumer_secret=options.api_secret.reveal(),
            access_token=options.access_token.reveal(),
            access_token_secret=options.access_secret.reveal(),
            return_type=response_type(),
        )
        client.session = line.session
        return line, client

    def _judge(self, answer: Answer) -> None:
        refusal = judge(answer, self._now(), self._whose)
        if refusal is not None:
            raise refusal


def _signed(client: Any) -> Any:
    """What signs a request as tweepy signs its own."""
    from tweepy import OAuth1UserHandler

    keys = (client.consumer_key, client.consumer_secret, client.access_token, client.access_token_secret)
    return OAuth1UserHandler(*keys).apply_auth()


def _id(target: str) -> str:
    """The id of a post. Raises Rejected for what can be none."""
    if not ID.fullmatch(target):
        raise Rejected("the post's id on X is not known")
    return target


#: what ``distributor.channels`` finds under the type ``twitter``
KIND = ChannelKind(
    options=Options,
    open=Twitter,
    # prices of X's pay-per-use plan (docs.x.com, pricing, April 2026), in US dollars
    takes_alerts=False,
    is_public=True,
    crawler="Twitterbot",
    defaults={"most_per_hour": 30, "fold_above": 20, "stale": "fold"}
    | {"price": 0.015, "price_with_link": 0.2, "price_to_delete": 0.01}
    # an account's own posts, read by an app that it owns
    | {"price_read": 0.001}
    # saying what a picture shows; the picture itself is free
    | {"price_picture": 0.005}
    # X edits only for subscribers of its own, within an hour, and not through its API for others
    | {"on_correction": "reply", "on_withdrawal": "delete"},
)
