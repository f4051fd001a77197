"""One run of the program over the simulated store: the shipped modules, wired as ``app`` and ``engine`` wire them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from distributor.engine.engine import Engine
from distributor.engine.lanes import Lane
from distributor.errors import FetchError, TemplateError
from distributor.flows.deliver import HELD_BY_TEMPLATE, Deliverer
from distributor.flows.ingest import Ingester, SurgeGuard
from distributor.flows.pause import Pauses
from distributor.flows.typeset import Typesetter
from distributor.flows.verify import Verifier
from distributor.interfaces import Channel, Fetched, Validators
from distributor.model import Alert, Article, Digest, Issue, Limits, Line, Message, Occasion, Revision, Story, Window
from distributor.rules.queue import budget
from distributor.store.desk.alerts import Alerts
from distributor.store.desk.holds import Holds
from distributor.store.file.fence import Fence, raise_fence
from distributor.store.ledger.deliveries import Deliveries
from distributor.store.ledger.doubts import Doubts
from distributor.store.ledger.issues import Issues
from distributor.store.ledger.lines import Lines
from distributor.store.ledger.posts import Posts
from distributor.store.ledger.proof import Proof
from distributor.store.mail.letters import Letters
from distributor.store.mail.subscribers import Subscribers
from distributor.store.news.stories import Stories
from distributor.store.news.wordings import Wordings
from distributor.store.readers import Readers
from tests.simulation.machine import TroubledWriter

if TYPE_CHECKING:
    from tests.simulation.life import Life

FEED = "politics"
DIGEST = Digest(name="morning", title="Morning", channel="mail", slots=(), zone="UTC")


#: Up to which number deliveries are the same in a copy: all of them.
EVERY = 1 << 62


class Site:
    """The newsroom's feed: all that it has published, as it reads now."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.articles: dict[str, Article] = {}
        self.is_down = False
        self._version = 0

    @property
    def version(self) -> str:
        """Names the document as it stands."""
        return str(self._version)

    def put(self, article: Article) -> None:
        """Publish, correct or withdraw."""
        self.articles[article.guid] = article
        self._version += 1

    def fetch(self, validators: Validators) -> Fetched | None:
        """The document, unless nothing changed."""
        if self.is_down:
            raise FetchError("timed out")
        tag = Validators(etag=self.version)
        if tag == validators or not self.articles:
            return None
        return Fetched(body=b"", url="https://news.example.org/rss", content_type="text/xml", validators=tag)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """What it says now, the newest first."""
        return list(reversed(self.articles.values()))


class Printer:
    """A renderer that needs no templates; it can be broken."""

    def __init__(self) -> None:
        """In order."""
        self.is_broken = False

    def story(
        self,
        kind: str,
        limits: Limits,
        story: Story,
        *,
        link: str,
        template: str = "",
        occasion: Occasion = Occasion(),  # noqa: B008 - frozen
        notes: Sequence[Revision] = (),
    ) -> Message:
        """Headline and link, and a line for each change."""
        lines = (story.article.headline, link, *(f"corrected: {note.number}" for note in notes))
        return self._set("\n".join(lines), link)

    def correction(self, kind: str, limits: Limits, story: Story, *, link: str, occasion: Occasion) -> Message:
        """The headline as it reads now."""
        return self._set(f"Correction: {story.article.headline}\n{link}", link)

    def deletion(self, kind: str, story: Story, *, occasion: Occasion) -> Message:
        """Nothing."""
        return Message(text="")

    def own(self, kind: str, limits: Limits, story: Story, own: str, *, link: str) -> Message:
        """The words and the link."""
        return self._set(f"{own}\n{link}", link)

    def digest(
        self,
        digest: Digest,
        issue: Issue,
        stories: Sequence[Story],
        *,
        template: str = "",
        lines: Sequence[Line] = (),
        groups: Sequence[tuple[str, Sequence[Story]]] = (),
        link: Callable[[Story], str] | None = None,
    ) -> tuple[Message, Sequence[Story]]:
        """All headlines."""
        return self._set("\n".join(f"{story.article.headline}" for story in stories) + f"\n{issue.id}", ""), stories

    def roundup(
        self,
        kind: str,
        limits: Limits,
        issue: Issue,
        stories: Sequence[Story],
        *,
        link: Callable[[Story], str],
    ) -> tuple[Message, Sequence[Story]]:
        """Headline and link of each."""
        lines = "\n".join(f"{story.article.headline} {link(story)}" for story in stories)
        return self._set(lines, link(stories[0])), stories

    def notice(self, kind: str, limits: Limits, alert: Alert, *, over: bool, template: str = "") -> Message:
        """What is wrong, or how it ended."""
        return self._set(alert.recovery if over else alert.text, "")

    def _set(self, text: str, link: str) -> Message:
        if self.is_broken:
            raise TemplateError("post.txt:3: no such filter")
        return Message(text=text, link=link)


class Program:
    """One process: its ledger, lanes and chores."""

    def __init__(self, life: Life, owner: int) -> None:
        """Wire it; :meth:`begin` starts it."""
        self.owner = owner
        connection = life.connection
        writer = TroubledWriter(connection, life.script, self, between=life.between, look=self._look)
        readers = Readers(lambda: connection)
        self.ledger = Deliveries(writer, readers, owner=owner)
        self.alerts = Alerts(writer, readers)
        self.stories = Stories(writer, readers, self.alerts)
        self.issues = Issues(writer, readers)
        self.subscribers = Subscribers(writer, readers, Letters(readers))
        self.proof = Proof(readers)
        self._writer = writer
        self.holds = Holds(writer, readers)
        self.doubts = Doubts(writer, readers)
        self.wordings = Wordings(writer, readers)
        self.posts = Posts(readers)
        self.lines = Lines(readers, self.stories, self.posts)
        self._verifiers: dict[str, Verifier] = {}
        self._life = life
        self._deliverers: dict[str, Deliverer] = {}
        self._lanes: dict[tuple[str, bool], Lane] = {}
        self.ingester = Ingester(
            FEED,
            life.site,
            self.stories,
            routes=life.routes,
            audiences=lambda: {"mail": self.subscribers.audience("mail")},
            publish_first=True,
            askable=[name for name in ("x", "tg") if name in life.platforms],
            guard=SurgeGuard(times=life.surge, least=1),
        )
        self._engine = object.__new__(Engine)
        store = SimpleNamespace(deliveries=self.ledger, issues=self.issues, holds=self.holds)
        app = SimpleNamespace(store=store, clock=life.clock, channels=life.platforms)
        self._engine._app, self._engine._all = cast(Any, app), []
        self._engine._last_chores = life.clock.now()
        self._engine._pauses = Pauses(life.platforms, self.ledger, self.alerts, begun=life.clock.now())

    def _look(self, phase: str) -> None:
        self._life.watch.look(self.owner, phase)

    def begin(self) -> None:
        """What a start does first."""
        now = self._life.clock.now()
        for platform in self._life.platforms.values():
            self.ledger.know_channel(platform.name, platform.kind, now)
        self.ledger.recover(now)
        self.ledger.release(HELD_BY_TEMPLATE)
        self.ledger.release(budget.GATE)
        self.holds.reconsider()

    def lane(self, name: str, *, urgent: bool = False) -> Lane:
        """A channel's lane, laid out when it is first wanted: most programs of a schedule live too short for all."""
        if name not in self._deliverers:
            self._deliverers[name] = self._deliverer(self._life.platforms[name])
        if (name, urgent) not in self._lanes:
            self._lanes[name, urgent] = Lane(self._deliverers[name], self.ledger, self._life.clock, urgent=urgent)
        return self._lanes[name, urgent]

    def verify(self, name: str) -> int:
        """Look once at what is in doubt on a channel."""
        life = self._life
        if name not in self._verifiers:
            self._verifiers[name] = Verifier(
                life.platforms[name],
                self.doubts,
                policy=life.policies[name].unknown,
                mark=life.mark,
                bell=self.alerts,
                clock=life.clock,
            )
        return self._verifiers[name].run_once()

    def read(self) -> None:
        """Read the feed."""
        self.ingester.run_once(self._life.clock.now())

    def restore(self, fence: Fence, now: datetime) -> None:
        """Raise the fence that a restore raises; no number was lost."""
        self._writer.call(
            lambda connection: raise_fence(connection, fence, delivery=0, subject=0, shared=EVERY, now=now)
        )

    def chores(self) -> None:
        """What the engine does every ten seconds."""
        self._engine.chores()

    def ask_paused(self) -> None:
        """What the engine does every five minutes."""
        self._engine.ask_paused()

    def issue(self, slot: str, window: tuple[int, int], stories: Sequence[int]) -> None:
        """Open and freeze an issue."""
        now = self._life.clock.now()
        look = Window(after=window[0], upto=window[1])
        issue = self.issues.open(DIGEST.name, slot, now, window=look, stories=stories, skipped="", now=now)
        if issue is not None:
            self.freeze(issue)

    def freeze(self, issue: int) -> None:
        """Write an issue's rows, from where an earlier run stopped."""
        now = self._life.clock.now()
        self.issues.freeze(issue, topic=DIGEST.name, channel="mail", template="", priority=6, now=now)

    def _deliverer(self, platform: Any) -> Deliverer:
        life = self._life
        channel: Channel = platform
        policy, gates, purse = life.rules[platform.name]
        typesetter = Typesetter(
            channel,
            stories=self.stories,
            issues=self.issues,
            alerts=self.alerts,
            renderer=life.printer,
            digests={DIGEST.name: DIGEST},
            mark=life.mark,
            policy=policy,
            frozen=self.doubts,
            wordings=self.wordings,
            posts=self.posts,
            lines=self.lines,
        )
        return Deliverer(
            channel,
            self.ledger,
            typesetter=typesetter,
            readership=self.subscribers,
            posts=self.posts,
            mark=life.mark,
            clock=life.clock,
            live=True,
            gate=gates if platform.kind != "email" and gates.matters else None,
            purse=purse,
        )
