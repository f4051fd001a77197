"""The scripted faults at every step of an SMTP conversation. Must not know the commands' meaning."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from distributor.sandbox.clock import iso
from distributor.sandbox.control import Host
from distributor.sandbox.faults import Rule
from distributor.sandbox.http_server import HANG
from distributor.sandbox.journal import counting
from distributor.sandbox.log import Seen
from distributor.sandbox.smtp.syntax import RefusedError, Reply, reply
from distributor.sandbox.smtp.wire import Wire

#: one step of the conversation: what it does, and its reply
Step = Callable[[], Awaitable[Reply]]


class Stage:
    """Runs the steps of one connection under the script, and says their replies."""

    def __init__(self, host: Host, wire: Wire) -> None:
        """Begin with an open connection."""
        self._host = host
        self._wire = wire
        #: False once the conversation has to end
        self.open = True

    async def perform(self, verb: str, position: str, content: str, run: Step) -> Reply | None:
        """Run one step under the script; the reply that was said, or None where none was."""
        rule = self._host.faults.match(verb, position, content)
        shown = "" if position == "auth" else content
        seen = self._host.log.open(
            at=iso(self._host.clock.now()), method=verb, target=f"{position} {shown}".strip(), size=len(content)
        )
        if rule is not None:
            seen.fault, seen.fault_name = rule.action, rule.name
            return await self._spoil(rule, seen, run)
        said = await self._run(run, seen)
        seen.status = said.code
        self.say(said)
        return said

    async def _run(self, run: Step, seen: Seen) -> Reply:
        seen.handled = True
        with counting() as seen.lines:
            try:
                return await run()
            except RefusedError as refusal:
                return refusal.reply

    def say(self, said: Reply) -> None:
        """Queue a reply; one that closes ends the conversation."""
        self._wire.write(said.encode())
        if said.close:
            self.open = False

    async def _spoil(self, rule: Rule, seen: Seen, run: Step) -> Reply | None:
        """Do what the script says; most actions end the connection."""
        if rule.action == "delay_before":
            await self._pause(rule)
        true = await self._run(run, seen) if rule.runs else None
        if rule.action in ("hang_before", "hang_after"):
            await self._wire.wait_for_end(HANG if rule.seconds is None else rule.seconds)
        elif rule.action in ("reset_before", "reset_after"):
            await self._wire.reset()
        elif rule.action == "truncate_body" and true is not None:
            self._wire.write(true.encode()[:2])
        elif rule.action == "bad_json_200":
            self._wire.write(b"\x00\xff not a reply\r\n")
        elif rule.action != "lost_response":
            return await self._say_spoilt(rule, seen, true)
        self.open = False
        return None

    async def _pause(self, rule: Rule) -> None:
        self._wire.flush()
        await rule.delay()

    async def _say_spoilt(self, rule: Rule, seen: Seen, true: Reply | None) -> Reply:
        if rule.action in ("delay_after", "slow_body"):
            await self._pause(rule)
        said = _spoilt(rule, true)
        seen.status = said.code
        self.say(said)
        if rule.action == "drop_keepalive":
            self.open = False
        return said


def _spoilt(rule: Rule, true: Reply | None) -> Reply:
    """The reply that a rule makes of the true one (None where the step did not run)."""
    if rule.action in ("status", "status_after"):
        return reply(rule.status, rule.body or "scripted", close=rule.status == 421)
    if rule.action == "rate_limit":
        return reply(450, rule.body or "4.7.1 Too much mail, try again later")
    if rule.action in ("html_502", "html_503"):
        return reply(421, "4.3.2 Service not available, closing transmission channel", close=True)
    assert true is not None
    return true
