"""Which posts of a channel show a picture, and what stands under it. Must not render words or fetch a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from distributor.interfaces import Channel, Illustrated
from distributor.model import ChannelPolicy, Image, Limits, Media, Message, Story
from distributor.rules.story.captions import illustrated, less, may_show, names_author, with_line

#: From the limits of a text to the text within them.
Words = Callable[[Limits], Message]
#: The line that names a picture's author.
Line = Callable[[Story, Image], str]


class Easel:
    """The pictures of one channel's posts."""

    def __init__(self, channel: Channel, policy: ChannelPolicy, line: Line) -> None:
        """``policy`` says whether the channel's platform is to show pictures itself; not each can."""
        self._limits = channel.limits
        self._policy = policy
        self._line = line
        #: asked of the seam here, because that is no cheap question
        self._channel = channel if isinstance(channel, Illustrated) else None

    def post(self, story: Story, words: Words) -> Message:
        """A post's words, with its story's picture where the platform is to show that itself."""
        image = story.article.image
        if self._channel is None or self._policy.media is not Media.PHOTO or image is None or not may_show(image):
            return words(self._limits)
        line = self._line(story, image) if names_author(image, self._policy.credit) else ""
        return illustrated(words, image, line, limits=self._limits, caption=self._channel.caption)

    def change(self, stands: Message | None, words: Words) -> Message:
        """Other words for a post that stands with these: the caption of its picture, where it shows one."""
        if self._channel is None or stands is None or stands.image is None:
            return words(self._limits)
        line = stands.credit
        return replace(with_line(words(less(self._channel.caption, line)), line), image=stands.image)
