"""What revisions, takes, kills and lint ask of the house: every channel's wishes and abilities, every feed's own marks,
the newsroom's style. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from distributor.flows.judge import Judge
from distributor.flows.recheck import Rechecker
from distributor.interfaces import Answerable, Channel, Clock, Editable, Erasable
from distributor.rules.change.following import Outlet
from distributor.rules.change.planning import Editing
from distributor.rules.words.lint import Linter
from distributor.text.marks import MarkKind

if TYPE_CHECKING:
    from distributor.config import FeedSettings, NetSettings, Settings
    from distributor.model import ChannelPolicy
    from distributor.net import Fetcher
    from distributor.store.opening import Store


def make_editing(settings: Settings, channels: Mapping[str, Channel], feed: FeedSettings | None = None) -> Editing:
    """What planning asks; without a feed no site's own marks count."""
    marks = {
        MarkKind.CORRECTION: feed.correction_marks if feed else (),
        MarkKind.KILL: feed.kill_marks if feed else (),
    }
    return Editing(
        outlets={
            one.name: _outlet(one.policy, channels[one.name]) for one in settings.channels if one.name in channels
        },
        feeds=[one.name for one in settings.feeds],
        marks={kind: words for kind, words in marks.items() if words},
    )


def make_recheckers(
    settings: Settings,
    store: Store,
    channels: Mapping[str, Channel],
    clock: Clock,
    fetcher: Callable[[NetSettings, str], Fetcher],
) -> Sequence[Rechecker]:
    """Who looks at the pages of each feed that wants it; nobody in shadow, where readers have nothing."""
    outlets = make_editing(settings, channels).outlets
    return [
        Rechecker(
            feed.name,
            partial(fetcher(settings.net, feed.proxy).get, follow=False),
            store.following,
            store.alerts,
            lasts=feed.recheck,
            outlets=outlets,
            clock=clock,
        )
        for feed in settings.feeds
        if feed.recheck and settings.mode == "live"
    ]


def make_judge(settings: Settings, store: Store, channel: Channel) -> Judge:
    """Who looks at the words of a channel before they leave."""
    return Judge(channel, make_linter(settings, channel.name), store.findings)


def make_linter(settings: Settings, channel: str) -> Linter:
    """The rules of lint as a channel's routes and the newsroom's style have them."""
    return Linter(settings.style, settings.routes, channel)


def _outlet(policy: ChannelPolicy, channel: Channel) -> Outlet:
    return Outlet(
        policy=policy,
        can_edit=isinstance(channel, Editable),
        can_reply=isinstance(channel, Answerable),
        can_erase=isinstance(channel, Erasable),
        erasable_for=channel.erasable_for if isinstance(channel, Erasable) else None,
        mails=channel.kind == "email",
    )
