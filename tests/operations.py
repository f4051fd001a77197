"""The operations group on the loopback Telegram: people who write and press in it, and what the bot shows them."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from distributor.sandbox import accounts
from tests.platforms import Loop, until

OPS = accounts.TELEGRAM_OPERATIONS_ID
ANNA, BORIS, STRANGER = 200001, 300001, 200002


class Group:
    """The operations group, a forum with a topic for the desk."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        loop.platforms.control("telegram", "user", {"id": BORIS, "first_name": "Boris"})
        self.topic = self._topic("Desk")
        self.other = self._topic("Coffee")

    def _topic(self, name: str) -> int:
        url = f"{self.loop.platforms.urls['telegram']}/bot{accounts.TELEGRAM_TOKEN}/createForumTopic"
        body = json.dumps({"chat_id": OPS, "name": name}).encode()
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as told:
            return int(json.load(told)["result"]["message_thread_id"])

    def configure(self, *changes: tuple[str, str]) -> None:
        people = f'["{ANNA} Anna", "{BORIS} Boris"]'
        more = f'\n[operations]\nbot = "telegram"\nchat = "{OPS}"\ntopic = {self.topic}\npeople = {people}\n'
        self.loop.configure(*changes, more=more)

    def say(self, text: str, *, by: int = ANNA, topic: int = 0, **values: Any) -> int:
        where = {"chat": OPS, "user": by, "text": text, "thread": topic or self.topic}
        return int(self.loop.platforms.control("telegram", "say", where | values)["message_id"])

    def press(self, message: dict[str, Any], words: str, *, by: int = ANNA, **values: Any) -> str:
        data = {one["text"]: one["callback_data"] for one in buttons(message)}[words]
        where = {"chat": OPS, "user": by, "message": message["message_id"], "data": data}
        return str(self.loop.platforms.control("telegram", "press", where | values)["callback_query_id"])

    def answer(self, press: str) -> str | None:
        """What whoever pressed was told; None: nothing yet."""
        found = self.state()["callbacks"]
        return next((one["answer"]["text"] for one in found if one["id"] == press and one["answer"]), None)

    def messages(self) -> list[dict[str, Any]]:
        found = [one["message"] for one in self.state()["messages"]]
        return [one for one in found if one["chat"]["id"] == OPS and one.get("text")]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.loop.platforms.control("telegram", "state")
        return found

    def card(self, words: str) -> dict[str, Any]:
        """The newest message with such a button, once there is one."""
        return until(lambda: [one for one in self.messages() if words in (b["text"] for b in buttons(one))])[-1]

    def reply(self, to: int) -> str:
        """What the bot answers to a message, once it does."""
        return str(until(lambda: [one["text"] for one in self.messages() if answered(one) == to])[0])


def buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    return [one for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]


def answered(message: dict[str, Any]) -> int:
    return int(message.get("reply_to_message", {}).get("message_id", 0)) if message["from"]["is_bot"] else 0
