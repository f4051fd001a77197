"""Everything the loopback X knows, folded from two append-only files: the journal (posts, edits, deletes with their
price) and the state file beside it (calls, media, tokens, reads, options). Must not decide what is allowed.

Every change is an event that is applied and then written; a restarted process applies the same events again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from distributor.sandbox import accounts
from distributor.sandbox.clock import iso
from distributor.sandbox.journal import Journal, Line
from distributor.sandbox.x.billing import Books
from distributor.sandbox.x.limits import Counters, count
from distributor.sandbox.x.oauth import REFRESH_TOKEN, SCOPES, TOKEN_LIFE, USER_BEARER, Keys
from distributor.sandbox.x.options import Options, changed
from distributor.sandbox.x.text import duplicate_key

#: the first instant of X's ids, in milliseconds of Unix time
EPOCH = 1_288_834_974_657
#: seconds that an upload lives
MEDIA_LIFE = 86_400.0


@dataclass(frozen=True, kw_only=True)
class User:
    """An account on the loopback X."""

    id: str
    username: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Post:
    """One version of one post."""

    id: str
    user: str
    #: as the author wrote it
    text: str
    #: Unix seconds
    created: float
    media: tuple[str, ...] = ()
    reply_to: str = ""
    quote: str = ""
    community: str = ""
    poll: bool = False
    reply_settings: str = "everyone"
    #: first version of the same post
    root: str
    #: first post of the conversation
    conversation: str


@dataclass(kw_only=True)
class Media:
    """One upload."""

    id: str
    user: str
    #: ``image``, ``gif`` or ``video``
    kind: str
    mime: str
    created: float
    size: int = 0
    #: bytes announced by ``initialize``
    total: int = 0
    segments: dict[int, int] = field(default_factory=dict)
    #: the first bytes, hexadecimal; they tell the format and often the measures
    head: str = ""
    done: bool = False
    #: when X has finished working on it, Unix seconds
    ready: float = 0.0
    failed: bool = False
    width: int = 0
    height: int = 0
    alt: str = ""

    @property
    def key(self) -> str:
        """X's media key: a number for the kind, then the id."""
        return {"image": "3", "gif": "16", "video": "7"}[self.kind] + f"_{self.id}"

    def is_usable(self, now: float) -> bool:
        """Whether a post may carry it: complete, processed, and not older than a day."""
        return self.done and not self.failed and self.ready <= now < self.created + MEDIA_LIFE


class World:
    """The state, and the only place that changes it."""

    def __init__(self, state_dir: Path, journal: Journal, now: datetime) -> None:
        """Fold both files; the state file lies in ``state_dir`` as ``twitter-state.jsonl``."""
        self.journal = journal
        self._path = state_dir / "twitter-state.jsonl"
        self._buffer: list[str] = []
        self._clear(now.timestamp())
        state_dir.mkdir(parents=True, exist_ok=True)
        for event in _events(self._path):
            self._apply(event)
        if not self._path.exists():
            self.change("begin", at=now.timestamp())
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.flush()
        for line in journal.lines():
            self._fold(line)

    def _clear(self, began: float) -> None:
        own = User(id=accounts.X_USER_ID, username=accounts.X_USERNAME, name="Newsroom")
        self.users = {own.id: own}
        self.posts: dict[str, Post] = {}
        self.deleted: set[str] = set()
        #: ids of all versions of a post, oldest first, by the id of the first
        self.versions: dict[str, list[str]] = {}
        #: ids of one user's posts, oldest first
        self._by_user: dict[str, list[str]] = {}
        #: first versions by user and duplicate key
        self._by_text: dict[tuple[str, str], list[str]] = {}
        self.media: dict[str, Media] = {}
        self.counters = Counters()
        self.books = Books()
        self.options = Options()
        self.keys = Keys()
        self._last_id = 0
        self._grant_first_tokens(began)

    def _grant_first_tokens(self, began: float) -> None:
        self.keys.grant(
            access=USER_BEARER, refresh=REFRESH_TOKEN, user=accounts.X_USER_ID, scope=SCOPES, expires=began + TOKEN_LIFE
        )

    def reset(self, now: datetime) -> None:
        """Forget everything but the account with its tokens; the server adds the journal's own line."""
        access = [{"access": name} | asdict(token) for name, token in self.keys.access.items()]
        refresh = [[name, *known] for name, known in self.keys.refresh.items()]
        self._buffer.clear()
        os.ftruncate(self._file, 0)
        self._clear(now.timestamp())
        self.change("keys", access=access, refresh=refresh)
        self.flush()

    def close(self) -> None:
        """Give the state file back; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # -- changes ---------------------------------------------------------------------------------------------------

    def change(self, event: str, **values: Any) -> None:
        """Apply an event at once; it is written with :meth:`flush`."""
        whole = {"event": event} | values
        self._apply(whole)
        self._buffer.append(json.dumps(whole, separators=(",", ":")))

    def flush(self) -> None:
        """Write all events since the last time with one ``write``."""
        if self._buffer:
            os.write(self._file, ("\n".join(self._buffer) + "\n").encode("utf-8"))
            self._buffer.clear()

    def publish(self, act: str, fields: dict[str, Any]) -> None:
        """Write a line of the journal (this is the commit of a post, an edit or a delete) and fold it."""
        self._fold(self.journal.append(act=act, **({"platform": "twitter"} | fields)))

    def next_id(self, now: float) -> str:
        """A new id, larger than every one before it, with the instant in its upper bits."""
        self._last_id = max(self._last_id + 1, (round(now * 1000) - EPOCH) << 22)
        return str(self._last_id)

    def _apply(self, event: dict[str, Any]) -> None:
        values = {name: value for name, value in event.items() if name != "event"}
        getattr(self, "_on_" + event["event"])(**values)

    def _on_begin(self, at: float) -> None:
        self.keys = Keys()
        self._grant_first_tokens(at)

    def _on_keys(self, access: list[dict[str, Any]], refresh: list[list[str]]) -> None:
        self.keys = Keys()
        for values in access:
            self.keys.grant(refresh="", **values)
        self.keys.refresh = {name: (user, scope) for name, user, scope in refresh}

    def _on_call(self, endpoint: str, user: str, at: float) -> None:
        count(self.counters.families(endpoint, user, self.options, at))

    def _on_options(self, values: dict[str, Any]) -> None:
        self.options = changed(self.options, values)

    def _on_grant(self, access: str, refresh: str, user: str, scope: str, expires: float) -> None:
        self.keys.grant(access=access, refresh=refresh, user=user, scope=scope, expires=expires)

    def _on_used(self, refresh: str) -> None:
        del self.keys.refresh[refresh]

    def _on_charge(self, price: int, at: float) -> None:
        self.books.charge(price, _instant(at))

    def _on_read(self, resources: list[str], price: int, at: float) -> None:
        self.books.note(resources, _instant(at))
        self.books.charge(price, _instant(at))

    def _on_media(self, values: dict[str, Any]) -> None:
        segments = {int(index): size for index, size in values.get("segments", {}).items()}
        self._last_id = max(self._last_id, int(values["id"]))
        self.media[values["id"]] = Media(**(values | {"segments": segments}))

    def _on_user(self, user: str, username: str) -> None:
        self.users[user] = User(id=user, username=username, name=username)
        self._last_id = max(self._last_id, int(user))

    def _on_foreign(self, values: dict[str, Any]) -> None:
        self._keep(Post(**(values | {"media": ()})))

    def keep_media(self, media: Media) -> None:
        """Take in a new or changed upload."""
        self.change("media", values=asdict(media))

    def _fold(self, line: Line) -> None:
        """Apply one line of the journal."""
        if line["act"] == "delete":
            self.deleted.update(line["ids"])
        elif line["act"] in ("post", "edit"):
            self._keep(_post(line))
        self.books.charge(round(line.get("cost", 0) * 1000), _instant(line.get("created", 0.0)))

    def _keep(self, post: Post) -> None:
        self.posts[post.id] = post
        self.versions.setdefault(post.root, []).append(post.id)
        self._by_user.setdefault(post.user, []).append(post.id)
        self._by_text.setdefault((post.user, duplicate_key(post.text)), []).append(post.root)
        self._last_id = max(self._last_id, int(post.id))

    # -- questions -------------------------------------------------------------------------------------------------

    def is_standing(self, post_id: str) -> bool:
        """Whether a version exists and was not deleted."""
        return post_id in self.posts and post_id not in self.deleted

    def seen(self, post_id: str, now: float) -> Post | None:
        """A post as a caller finds it at ``now``: not deleted, and old enough to have been copied everywhere."""
        post = self.posts.get(post_id)
        if post is None or post_id in self.deleted or post.created + self.options.replication_lag > now:
            return None
        return post

    def timeline(self, user: str, now: float) -> Iterator[Post]:
        """The newest readable version of every post of a user, newest first."""
        given: set[str] = set()
        for post_id in reversed(self._by_user.get(user, [])):
            post = self.seen(post_id, now)
            if post is not None and post.root not in given:
                given.add(post.root)
                yield post

    def same_text(self, user: str, text: str) -> Iterator[Post]:
        """The posts of a user that stand with the same text now, whether callers can see them yet or not."""
        key = duplicate_key(text)
        for root in self._by_text.get((user, key), ()):
            post = self.posts[self.versions[root][-1]]
            if post.id not in self.deleted and duplicate_key(post.text) == key:
                yield post

    def state(self, now: datetime) -> dict[str, Any]:
        """The state as JSON, without credentials."""
        mine = [self.posts[ids[-1]] for ids in self.versions.values() if ids[-1] not in self.deleted]
        return {
            "now": iso(now),
            "factor": self.options.factor,
            "options": asdict(self.options),
            "posts": [asdict(post) for post in mine if post.user == accounts.X_USER_ID],
            "deleted": sorted(self.deleted, key=int),
            "media": [asdict(media) for media in self.media.values()],
            "spent": self.books.spent / 1000,
            "balance": self.books.left(self.options) / 1000,
            "windows": [
                {"family": family, "endpoint": endpoint, "caller": caller} | asdict(window)
                for (family, endpoint, caller), window in self.counters.windows.items()
            ],
        }


def _instant(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def _post(line: Line) -> Post:
    """A post from its line in the journal."""
    return Post(
        id=line["id"],
        user=line["user_id"],
        text=line["text"],
        created=line["created"],
        media=tuple(line["media"]),
        reply_to=line["reply_to"],
        quote=line["quote"],
        community=line["community"],
        poll=line["poll"],
        reply_settings=line["reply_settings"],
        root=line["root"],
        conversation=line["conversation"],
    )


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """The events of the state file; a torn last line is cut, nobody was answered for it."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        os.truncate(path, len(whole))
    for line in whole.splitlines():
        yield json.loads(line)
