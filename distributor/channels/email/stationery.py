"""A parcel as it goes to the wire: addresses, headers, signatures, bytes. Must not speak SMTP, nor read a clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from distributor.channels.email.options import Options, signers
from distributor.channels.email.pool import Envelope
from distributor.dkim import chosen, signed
from distributor.errors import Rejected
from distributor.mime import Mailbox, bare_list_id, compose, mailbox
from distributor.model import Parcel
from distributor.rules.mail.feedback import feedback_id, sender_id
from distributor.rules.mail.groups import provider_of
from distributor.rules.mail.verp import Purpose, address

#: where our public pages begin, in the address of a reader's own link
_PAGES = "/r/"


class Stationery:
    """What all mails of a channel have in common."""

    def __init__(self, name: str, options: Options) -> None:
        """``name`` is the channel's."""
        self.sender = mailbox(options.sender)
        self._options = options
        self._list_id = options.list_id or f"{_label(name)}.{self.sender.domain}"
        self._owner = mailbox(options.list_owner or options.reply_to or options.sender).address
        self._sender_id = options.sender_id or sender_id(self.sender.domain)
        self._signers = signers(options)

    def message_id(self, parcel: Parcel) -> str:
        """The mail's Message-ID, by which it is known afterwards."""
        return f"<{parcel.key}@{self.sender.domain}>"

    def envelope(self, parcel: Parcel) -> Envelope:
        """The mail with its addresses. Raises Rejected for a reader no mail can reach."""
        try:
            recipient = mailbox(parcel.recipient.address)
        except ValueError as error:
            raise Rejected(str(error)) from error
        content = compose(
            parcel.message,
            sender=self._options.sender,
            recipient=parcel.recipient,
            key=parcel.key,
            date=parcel.first_sent_at,
            domain=self.sender.domain,
            reply_to=self._options.reply_to,
            list_id=self._list_id,
            answers=parcel.target,
            unsubscribe=tuple(self._ways_out(parcel)),
            sender_id=self._sender_id,
            usual=tuple(self._usual(parcel)),
        )
        content = signed(content, chosen(self._signers, parcel.first_sent_at), parcel.first_sent_at)
        return Envelope(
            sender=self._return_path(parcel),
            recipient=recipient,
            content=content,
            name=parcel.token or parcel.key,
            provider=provider_of(recipient.domain),
            relays=parcel.relays,
        )

    def _return_path(self, parcel: Parcel) -> Mailbox:
        """Where it bounces to: an address that names the mail, where there is a domain for such."""
        if not (self._options.bounce_domain and parcel.token):
            return self.sender
        return mailbox(address(Purpose.BOUNCE, parcel.token, self._options.bounce_domain))

    def _ways_out(self, parcel: Parcel) -> Iterator[str]:
        """The URIs of List-Unsubscribe: the reader's own page (RFC 8058), then a letter that names the mail."""
        if parcel.recipient.links.leave:
            yield parcel.recipient.links.leave
        options, token = self._options, parcel.token or parcel.key
        if options.bounce_domain and parcel.token and not options.unsubscribe:
            yield f"mailto:{quote(address(Purpose.LEAVE, token, options.bounce_domain), safe='@+')}?subject=unsubscribe"
        else:
            to = mailbox(options.unsubscribe or options.sender).address
            yield f"mailto:{quote(to, safe='@')}?subject=unsubscribe%20{token}"

    def _usual(self, parcel: Parcel) -> Iterator[tuple[str, str]]:
        """What is said of the list (RFC 2369, with Feedback-ID) where the message does not say it itself."""
        options, leave = self._options, parcel.recipient.links.leave
        pages = leave[: leave.find(_PAGES) + len(_PAGES)] if _PAGES in leave else ""
        owner = f"mailto:{quote(self._owner, safe='@')}"
        yield "List-Help", f"<{options.list_help or f'{owner}?subject=help'}>"
        for name, uri, page in (
            ("List-Subscribe", options.list_subscribe, "subscribe"),
            ("List-Archive", options.list_archive, "news"),
        ):
            if uri or pages:
                yield name, f"<{uri or pages + page}>"
        yield "List-Owner", f"<{owner}>"
        yield "List-Post", "NO"
        day, topic = f"{parcel.first_sent_at:%Y%m%d}", bare_list_id(self._list_id).partition(".")[0]
        yield "Feedback-ID", feedback_id(day, topic, parcel.message.language, self._sender_id)


def _label(name: str) -> str:
    """A channel's name as one label of a List-Id."""
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "list"
