"""The scripted world: time, the platforms and what readers see on them. Knows nothing of the ledger's states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Limits, Parcel, Receipt, Seen

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

#: Longest that a request is under way behind our back before it is lost: what a platform's own timeouts allow.
LATEST = timedelta(seconds=8)
#: Longest that the X-like timeline lags behind, mostly.
LAG = timedelta(seconds=8)


class Broken(BaseException):
    """A promise was broken; nothing of the program may catch this."""


class Clock:
    """The machine's clock, which may be wrong, over the world's time, which only goes on."""

    def __init__(self, at: datetime, world: World) -> None:
        """``world`` is told when time goes on."""
        self.true = at
        self.wrong_by = timedelta(0)
        self._world = world

    def now(self) -> datetime:
        return self.true + self.wrong_by

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        self.true += by
        self._world.arrive(self.true)


@dataclass(slots=True, kw_only=True)
class Copy:
    """One post or mail as it stands before its readers."""

    key: str
    text: str
    link: str
    remote_id: str
    at: datetime
    #: when the platform lists it to who asks
    listed_at: datetime


@dataclass(slots=True)
class Facts:
    """What the world knows of one delivery's name."""

    copies: list[Copy] = field(default_factory=list)
    contacts: int = 0
    #: requests of which the program cannot know what became
    doubts: int = 0
    #: reasons for which the platform said never
    rejected: list[str] = field(default_factory=list)
    #: what was handed over last: text, instant of the first start, recipient
    last: tuple[str, datetime, str] | None = None
    #: the words that may stand there since a request that was not plainly refused; None: there was none
    words: str | None = None
    #: when, by the machine's clock, the first such request left, and whether it carried a link
    left_at: datetime | None = None
    has_link: bool = False


class World:
    """All platforms, and the script by which they answer."""

    def __init__(self, random: Random, hits: Counter[str], at: datetime) -> None:
        """``random`` draws the script."""
        self.random, self.hits = random, hits
        self.clock = Clock(at, self)
        self.facts: defaultdict[str, Facts] = defaultdict(Facts)
        self.contacts = 0
        #: the faults have ended
        self.calm = False
        #: what has happened to the machine so far: after it, a promise may have been forgotten or a lease run out
        self.disturbances: Callable[[], int] = lambda: 0
        #: number of the present act, and whether it began after another one and nothing came between
        self.step = 0
        self.is_fresh: Callable[[int], bool] = lambda _: False
        self._late: list[tuple[datetime, Callable[[], object]]] = []

    def later(self, after: timedelta, act: Callable[[], object]) -> None:
        """Something that will happen by itself."""
        self._late.append((self.clock.true + after, act))

    @property
    def is_underway(self) -> bool:
        """Whether a request may still arrive."""
        return bool(self._late)

    def arrive(self, true: datetime) -> None:
        """What was under way arrives."""
        if self._late:
            come = sorted((found for found in self._late if found[0] <= true), key=lambda found: found[0])
            self._late = [found for found in self._late if found[0] > true]
            for at, act in come:
                self.clock.true = at
                act()
            self.clock.true = true


#: kinds of answer, each with its weight while the faults last
ANSWERS = {
    "accepted": 30,
    "slow": 2,
    "lost before": 3,
    "lost after commit": 3,
    "late": 2,
    "5xx before": 2,
    "5xx after commit": 2,
    "no connection": 4,
    "rejected": 1,
    "rate limit": 3,
    "rate limit of 12 hours": 1,
    "rate limit that says no time": 1,
    "credentials gone": 1,
    "credit gone": 1,
    "crash before the wire": 1,
    "crash after commit": 1,
    "hangs beyond its lease": 1,
}


class Platform:
    """A channel and the platform behind it; the base of all kinds."""

    kind = "console"
    limits = Limits(text=None)
    #: kinds of answer that this platform never gives
    never: frozenset[str] = frozenset()

    def __init__(self, name: str, world: World) -> None:
        """An empty account."""
        self.name = name
        self.world = world
        self.posts: list[Copy] = []
        #: names of what was handed over
        self.keys: set[str] = set()
        #: why it refuses everything, until somebody mends it; empty: it does not
        self.trouble = ""
        #: what the platform told us to wait for
        self.limited_until: datetime | None = None
        #: cannot be asked what stands there
        self.is_protected = False
        #: the operator accepts a possible double where nobody can be asked
        self.accepts_doubles = False
        #: the operator accepts a possible double where the platform cannot be asked
        self.accepts = False
        #: it never gives a believable answer, also when the faults have ended
        self.is_doomed = False
        self._limit_told, self._limit_step = -1, 0
        self._number = 10**6
        #: told at every contact, before its first byte
        self.touched: Callable[[Platform, Parcel], None] = lambda _, __: None
        #: when a post last left that may stand there
        self.reached_at: datetime | None = None
        #: how often the ledger was in doubt about a name
        self.unknowns: Callable[[str], int] = lambda _: 0
        #: called where the process dies, and where it hangs
        self.crash: Callable[[], None] = lambda: None
        self.hang: Callable[[timedelta], None] = lambda _: None
        answers = {word: weight for word, weight in ANSWERS.items() if word not in self.never}
        self._words, self._weights = list(answers), list(answers.values())

    def send(self, parcel: Parcel) -> Receipt:
        """One request, and the answer that the script has for it."""
        world = self.world
        world.contacts += 1
        facts = world.facts[parcel.key]
        self.touched(self, parcel)
        facts.contacts += 1
        self.keys.add(parcel.key)
        facts.last = (parcel.message.text, parcel.first_sent_at, parcel.recipient.address)
        if self.trouble:
            self._refuse_all()
        if self.limited_until is not None and self.limited_until > world.clock.true:
            if world.disturbances() == self._limit_told and world.is_fresh(self._limit_step):
                raise Broken(f"{self.name} was asked before the end of the wait that it had named")
            raise RateLimited("flood", retry_after=self.limited_until - world.clock.true)
        word = self._calm_word() if world.calm else world.random.choices(self._words, self._weights)[0]
        world.hits[word] += 1
        before = self.reached_at, facts.words, facts.left_at
        facts.words = parcel.message.text
        # what was first tried days ago counts for no distance (started_lately)
        if world.clock.now() - parcel.first_sent_at < timedelta(days=2):
            self.reached_at = world.clock.true
        facts.has_link = bool(parcel.message.link)
        if facts.left_at is None:
            facts.left_at = world.clock.now() if not self.unknowns(parcel.key) else datetime.min.replace(tzinfo=UTC)
        try:
            found = self._answer(word, parcel, facts)
        except UnknownOutcome:
            # the ledger dates a repeated doubt by its first try, also by one that died before the wire
            is_first = facts.contacts == 1 and not self.unknowns(parcel.key)
            self.reached_at = self.reached_at if is_first else before[0]
            raise
        except ChannelError:
            self.reached_at, facts.words, facts.left_at = before
            raise
        except BaseException:  # the process is gone
            self.reached_at = before[0] if self.unknowns(parcel.key) else self.reached_at
            raise
        if self.unknowns(parcel.key):  # a doubt that was repeated keeps the date of its first try
            self.reached_at = before[0]
        return found

    def check(self) -> str:
        """Who we are."""
        if self.trouble:
            self._refuse_all()
        return "@desk"

    def close(self) -> None:
        return None

    def mend(self) -> None:
        """Credentials or credit are back."""
        if self.trouble:
            self.world.hits[f"{self.trouble} back"] += 1
            self.trouble = ""

    def post_by_hand(self, text: str, link: str) -> Copy:
        """Somebody else posts on the account."""
        return self._place("", text, link)

    def commit(self, parcel: Parcel) -> Receipt:
        """The platform takes it: from now on readers see it. Raises ChannelError."""
        copy = self._place(parcel.key, parcel.message.text, parcel.message.link)
        facts = self.world.facts[parcel.key]
        facts.copies.append(copy)
        self.judge(facts, parcel.key)
        return Receipt(remote_id=copy.remote_id, url=f"https://{self.name}.test/{copy.remote_id}")

    def judge(self, facts: Facts, key: str) -> None:
        """Raise Broken where readers see what they must not see."""
        if len(facts.copies) > 1 + self.accepts_doubles * self.unknowns(key):
            raise Broken(f"{self.name}: {key} is visible {len(facts.copies)} times")

    def _place(self, key: str, text: str, link: str) -> Copy:
        self._number += self.world.random.randint(1, 3)
        now = self.world.clock.true
        copy = Copy(key=key, text=text, link=link, remote_id=str(self._number), at=now, listed_at=now + self.lag())
        self.posts.append(copy)
        return copy

    def _calm_word(self) -> str:
        return self.world.random.choice(("lost before", "lost after commit")) if self.is_doomed else "accepted"

    def lag(self) -> timedelta:
        """How long a new post is not listed."""
        return timedelta(0)

    def _refuse_all(self) -> None:
        # one that refuses for an hour counts as one that cannot be asked
        self.accepts_doubles |= self.accepts
        if self.trouble == "credit":
            raise OutOfCredit("402: no credit left")
        raise Unauthorized("401: bad token")

    def _try_commit(self, parcel: Parcel) -> None:
        """A commit of which nobody is told; a refusal stays unheard too."""
        try:
            self.commit(parcel)
        except ChannelError:
            return

    def _answer(self, word: str, parcel: Parcel, facts: Facts) -> Receipt:
        world = self.world
        match word:
            case "accepted":
                return self._commit_openly(parcel, facts)
            case "slow":
                receipt = self._commit_openly(parcel, facts)
                self.hang(world.random.choice((5 * SECOND, 2 * MINUTE, 12 * MINUTE)))
                return receipt
            case "hangs beyond its lease":
                self._try_commit(parcel)
                facts.doubts += 1
                self.hang(timedelta(hours=world.random.choice((1, 2, 5))))
                raise UnknownOutcome("no answer for hours")
            case "crash before the wire" | "crash after commit":
                facts.doubts += 1
                if word == "crash after commit":
                    self._try_commit(parcel)
                self.crash()
                raise AssertionError("a crash ends everything")
            case "lost before" | "5xx before" | "lost after commit" | "5xx after commit" | "late":
                facts.doubts += 1
                if word == "late":
                    world.later(world.random.random() * LATEST, lambda: self._try_commit(parcel))
                elif word.endswith("after commit"):
                    self._try_commit(parcel)
                raise UnknownOutcome("503 from a proxy" if word.startswith("5xx") else "the answer was lost")
            case _:
                raise self._refusal(word, facts)

    def _commit_openly(self, parcel: Parcel, facts: Facts) -> Receipt:
        try:
            return self.commit(parcel)
        except Rejected as error:
            facts.rejected.append(str(error))
            raise

    def _refusal(self, word: str, facts: Facts) -> ChannelError:
        match word:
            case "no connection":
                return Unavailable("connection refused")
            case "rejected":
                facts.rejected.append("not allowed here")
                return Rejected("not allowed here")
            case "credentials gone" | "credit gone":
                self.trouble = word.split()[0]
                return OutOfCredit("402") if self.trouble == "credit" else Unauthorized("401")
            case "rate limit that says no time":
                return RateLimited("429")
            case _:
                wait = 12 * HOUR if word.endswith("hours") else self.world.random.randint(1, 60) * SECOND
                self.limited_until = self.world.clock.true + wait
                self._limit_told, self._limit_step = self.world.disturbances(), self.world.step
                return RateLimited("flood wait", retry_after=wait)


class XLike(Platform):
    """Its timeline can be asked and lags; it refuses a text that stands there already."""

    def commit(self, parcel: Parcel) -> Receipt:
        if any(post.text == parcel.message.text for post in self.posts):
            self.world.hits["duplicate refused"] += 1
            raise AlreadyThere("duplicate: its very words stand there")
        return super().commit(parcel)

    def _calm_word(self) -> str:
        return self.world.random.choice(("lost before", "lost after commit")) if self.is_doomed else "accepted"

    def lag(self) -> timedelta:
        if self.world.random.random() < 0.1:
            return 5 * MINUTE  # beyond the last look
        return LAG * self.world.random.random()

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        """What the timeline lists."""
        return _listed(self, remote_id)


class TelegramLike(Platform):
    """Can be probed, unless it is protected."""

    def __init__(self, name: str, world: World) -> None:
        """Drawn: whether its content is protected."""
        super().__init__(name, world)
        self.is_protected = world.random.random() < 0.2

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        """What a probe finds."""
        if self.is_protected:
            self.world.hits["cannot be asked"] += 1
            raise Rejected("the content of this chat is protected")
        return _listed(self, remote_id)


class WebhookLike(Platform):
    """Its receiver knows the ids of what it has taken."""

    repeats = "the receiver knows its id"

    def commit(self, parcel: Parcel) -> Receipt:
        facts = self.world.facts[parcel.key]
        if facts.copies:
            self.world.hits["repeat recognised"] += 1
            return Receipt(remote_id=facts.copies[0].remote_id)
        return super().commit(parcel)


class MailLike(Platform):
    """A relay: many parcels over one connection, answers in any order, some of them twice."""

    kind = "email"
    batch = 3
    never = frozenset({"rejected"})

    def send_many(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Receipt | ChannelError]]:
        """What became of each."""
        for index, parcel in enumerate(parcels):
            try:
                answer: Receipt | ChannelError = self.send(parcel)
            except ChannelError as error:
                answer = error
            yield index, answer
            if not self.world.calm and self.world.random.random() < 0.1:
                self.world.hits["answer told twice"] += 1
                yield (
                    index,
                    self.world.random.choice((Receipt(remote_id="twice"), UnknownOutcome("told twice"), answer)),
                )

    def judge(self, facts: Facts, key: str) -> None:
        """A mail may come once more for each time that its fate was unknown."""
        if len(facts.copies) > 1 + self.unknowns(key):
            raise Broken(f"{self.name}: {key} came {len(facts.copies)} times after {self.unknowns(key)} doubts")


def _listed(platform: Platform, remote_id: str) -> Sequence[Seen]:
    world = platform.world
    if not world.calm and world.random.random() < 0.4:
        word = world.random.choice(("no connection while asking", "rate limit while asking"))
        world.hits[word] += 1
        raise Unavailable("connection refused") if word[0] == "n" else RateLimited("429", retry_after=MINUTE)
    if platform.trouble:
        platform.check()
    after = int(remote_id or 0)
    return [
        Seen(
            remote_id=post.remote_id,
            url=f"https://{platform.name}.test/{post.remote_id}",
            at=post.at,
            text=post.text,
            links=(post.link,) if post.link else (),
        )
        for post in platform.posts
        if int(post.remote_id) > after and post.listed_at <= world.clock.true
    ]
