"""The newsroom of the crash drill: what it publishes, corrects and takes back. Must never ask what became of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from distributor.control import ask
from distributor.errors import CallError
from distributor.sandbox.client import Running

#: Least and most stories in the feed: what is published and corrected stays there until the daemon has read it, which
#: is every ten seconds at most, so a long drill with few kills needs a long feed.
ITEMS = (120, 500)
#: Every so many stories one is a flash.
FLASH_EVERY = 8
#: What stands only in the text of a corrected story.
AMENDED = "as amended"
#: Among so many of the newest stories that the daemon has read one is chosen to be corrected or withdrawn.
LATEST = 40
#: The section of the digest, and how many stories are published in it: no mailbox shows a mail of hundreds.
SECTION, DIGESTED = "society", 90


class Newsroom:
    """A site with a feed, and a desk that changes its mind."""

    def __init__(self, platforms: Running, random: Random, *, stories: int, at_once: int) -> None:
        """A newsroom that will have so many stories; ``at_once`` of them must fit into its feed."""
        self._platforms = platforms
        self._random = random
        self._stories = stories
        self._items = min(ITEMS[1], max(ITEMS[0], LATEST + at_once))
        platforms.control("site", "config", {"items": self._items})
        #: addresses, oldest first
        self.published: list[str] = []
        #: what stands in a story's text since it was corrected, by its address
        self.corrected: dict[str, str] = {}
        self.withdrawn: list[str] = []

    def publish(self, until: int, read: int) -> None:
        """Publish at once until there are so many; nothing new and no correction leaves the feed before it is read.

        ``read`` of them the daemon knows.
        """
        first, room = len(self.published) + 1, read + self._items - LATEST
        numbers = range(first, min(until, self._stories, room) + 1)
        if numbers:
            stories = [_story(number, self._random) for number in numbers]
            self.published += [str(one["url"]) for one in self._platforms.control("site", "publish", stories)]

    def digested(self) -> Sequence[str]:
        """The addresses of what belongs into the digest."""
        return [url for url in self.published if f"/{SECTION}/" in url]

    def correct(self, read: int) -> None:
        """Correct one of the newest stories that were read; the feed says so before the headline."""
        url = self._chosen(read)
        if url:
            number = re.search(r"-(\d+)-\d{4}/$", url)
            assert number is not None
            words = f"Decision {number[1]} {AMENDED}."
            told = {"id": number[1], "headline": f"CORRECTED: Decision {number[1]} {AMENDED}", "summary": words}
            self._platforms.control("site", "correct", {**told, "paragraphs": [words]})
            self.corrected[url] = AMENDED

    def withdraw(self, read: int, state: Path) -> None:
        """Take one back, by the call that a person's command makes to the daemon of the store in ``state``.

        One that the daemon does not know yet stays.
        """
        url = self._chosen(read)
        told = {"who": "the drill", "through": "command line", "url": url, "reason": "a drill"}
        try:
            if url and ask(state, "withdraw", told) is not None:
                self.withdrawn.append(url)
        except CallError:
            return

    def _chosen(self, read: int) -> str:
        """One of the newest stories that were read, of which nothing was said yet; empty where there is none."""
        newest = self.published[max(0, read - LATEST) : read]
        free = [url for url in newest if url not in self.corrected and url not in self.withdrawn]
        return self._random.choice(free) if free else ""


def _story(number: int, random: Random) -> dict[str, Any]:
    """A story with a headline that no other has."""
    subject = random.choice(("bridge", "budget", "harvest", "railway", "school", "library", "river", "theatre"))
    return {
        "section": SECTION if number <= DIGESTED else "economy",
        "headline": f"Council votes on the {subject}: decision {number}",
        "urgency": 1 if number % FLASH_EVERY == 0 else 5,
        "dateline": "MINSK, 24 November (Demo News) –",
        "paragraphs": [f"The council has voted on the {subject} for the {number}. time. The minutes are public."],
        "language": "en",
    }
