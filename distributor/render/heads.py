"""The header fields of a newsletter's issue that its readers share. Must not know any reader."""

from __future__ import annotations

from distributor.mime import LIST, SENDER
from distributor.model import Digest, Issue
from distributor.render.views import line
from distributor.rules.mail.feedback import feedback_id, issue_name


def issue_headers(digest: Digest, issue: Issue, language: str) -> tuple[tuple[str, str], ...]:
    """List-Id (RFC 2919), the same for every issue of a newsletter, and Feedback-ID, its own for each."""
    topic = _label(digest.name)
    counted = feedback_id(issue_name(issue.slot), topic, language, "")
    return (
        ("List-Id", f"{line(digest.title)} <{topic}.{LIST}>"),
        ("Feedback-ID", f"{counted}{SENDER}"),
    )


def _label(name: str) -> str:
    """A newsletter's name as one label of a List-Id."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower()).strip("-") or "digest"
