"""Whether a letter goes to an address that somebody has typed. Must not look at a clock or a store.

Anybody can type anybody's address. So that nobody can flood one with letters (list bombing), or learn who is
subscribed, each address gets one letter a day, a provider and a network only so many, and whoever asked is told the
same in any case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from distributor.model import LetterKind

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Letters to one address in a day.
PER_ADDRESS = 1
#: Letters to the addresses of one domain in an hour; those of the great providers, which many readers share.
PER_DOMAIN, PER_PROVIDER = 30, 300
#: Forms from one network (a /24, a /48) in an hour, whether a letter came of them or not; a school is one, too.
PER_NETWORK = 20
#: Letters in an hour, all in all.
AT_MOST = 1_000
#: A person needs longer than this to fill in a form, and has not kept it open for longer than that.
QUICKEST, SLOWEST = timedelta(seconds=2), timedelta(days=1)
#: Whose domains many readers share.
PROVIDERS = frozenset(
    """
    aol.com bk.ru gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com inbox.ru internet.ru list.ru live.com
    mail.ru me.com msn.com outlook.com proton.me protonmail.com rambler.ru t-online.de tut.by web.de ya.ru yahoo.com
    yandex.by yandex.com yandex.kz yandex.ru
    """.split()  # noqa: SIM905 - readable
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for in the name of an address."""

    #: checked, its domain in A-labels
    address: str
    topics: tuple[str, ...]
    #: the page, the command, or the system that brought it
    source: str
    language: str = ""
    name: str = ""
    #: the words beside the button, and their version
    form: str = ""
    version: str = ""
    network: str = ""

    @property
    def domain(self) -> str:
        """Where the address is."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """How often something was asked for of late."""

    #: letters to the address within a day
    address: int = 0
    #: letters to its domain, and to anybody, within an hour
    domain: int = 0
    all: int = 0
    #: forms from the same network within an hour
    network: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who the address is to us."""

    is_suppressed: bool = False
    #: the states of its subscriptions
    topics: dict[str, str] = field(default_factory=dict)


def letter_for(wish: Wish, standing: Standing, lately: Lately) -> LetterKind | None:
    """Which letter goes to the address; None: none, and nobody learns why.

    Who has all that was asked for gets a link to change it, so that a form answers readers and strangers alike.
    """
    if standing.is_suppressed or is_too_often(wish, lately):
        return None
    has_all = all(standing.topics.get(topic) == "confirmed" for topic in wish.topics)
    return LetterKind.FRESH if has_all else LetterKind.CONFIRM


def is_too_often(wish: Wish, lately: Lately) -> bool:
    """Whether a limit is reached."""
    of_domain = PER_PROVIDER if wish.domain in PROVIDERS else PER_DOMAIN
    return (
        lately.address >= PER_ADDRESS
        or lately.domain >= of_domain
        or lately.all >= AT_MOST
        or bool(wish.network and lately.network >= PER_NETWORK)
    )


class Filled(StrEnum):
    """Who seems to have filled in a form."""

    PERSON = "person"
    #: a field that people do not see has a value
    ROBOT = "robot"
    #: too quickly, or with a form of yesterday: it is shown once more
    AGAIN = "again"


def filled(*, bait: str, age: timedelta | None) -> Filled:
    """Who filled in a form of an age (None: nobody here made it) that has a field which nobody sees."""
    if bait:
        return Filled.ROBOT
    if age is None or not QUICKEST <= age <= SLOWEST:
        return Filled.AGAIN
    return Filled.PERSON
