"""Mails: each from its three files, its styles in place, and small enough to be shown whole. Must not know any reader:
their values are tokens still.

::

    issue -> with long summaries -> shorter ones -> none -> fewer stories, a link to the rest -> still too large: held
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import css_inline

from distributor.errors import TemplateError
from distributor.mime import LEAVE, TOKEN
from distributor.model import Message
from distributor.render.environment import Templates
from distributor.render.views import ReaderView, line

Context = dict[str, Any]

#: Gmail clips the HTML part above 102,400 bytes, and the way out with it
LARGEST_HTML = 95_000
#: what one reader's value may add to the HTML part, in bytes
_VALUE = 400
#: lengths of an issue's summaries, tried in this order until the mail is small enough
LONGEST_IN_ISSUE = 400
_SUMMARIES = (LONGEST_IN_ISSUE, 240, 120, 0)
#: white space between two tags, which nobody sees
_BETWEEN = re.compile(r">[ \t]*\n\s*<")
_CHARSET = '<meta charset="utf-8">'


class TooLargeError(TemplateError):
    """The HTML part is above the size that mailboxes show whole."""


class Mails:
    """The mails of one renderer."""

    def __init__(self, templates: Templates, frame: Callable[[str, Context], Context], *, is_public: bool) -> None:
        """``frame`` adds to a context what every template of a language sees; ``is_public``: readers' pages exist."""
        self._templates = templates
        self._frame = frame
        self._reader = ReaderView() if is_public else ReaderView(dials="", view="")
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)

    def mail(
        self,
        name: str,
        context: Context,
        *,
        language: str,
        link: str = "",
        kind: str = "email",
        is_limited: bool = True,
    ) -> Message:
        """A mail from its three files. Raises TemplateError, TooLargeError (unless it is not limited)."""
        subject_path, html_path, text_path = (f"{kind}/{name}.{end}.j2" for end in ("subject.txt", "html", "txt"))
        full = self._frame(language, {**context, "reader": self._reader})
        subject = line(self._templates.render(subject_path, full))
        if not subject:
            raise TemplateError(f"{subject_path}: a mail needs a subject")
        full["subject"] = subject
        markup = self._inlined(html_path, self._templates.render(html_path, full))
        if is_limited and (size := largest(markup)) > LARGEST_HTML:
            raise TooLargeError(f"{html_path}: {size:,} bytes of HTML; mailboxes clip it above {LARGEST_HTML:,}")
        plain = self._templates.render(text_path, full)
        if LEAVE not in markup or LEAVE not in plain:
            raise TemplateError(f"{html_path if LEAVE not in markup else text_path}: readers need reader.leave")
        return Message(text=plain + "\n", html=markup, subject=subject, link=link, language=language)

    def issue(
        self, name: str, context: Callable[[int, int], Context], count: int, *, language: str
    ) -> tuple[Message, int]:
        """A mail of ``count`` stories, and how many of them it shows.

        ``context`` is asked with the longest summary and the number of stories that stand in the mail. Raises
        TemplateError, also where even a mail that shows one story is too large.
        """
        failure = TooLargeError("")
        for most in _SUMMARIES:
            try:
                return self.mail(name, context(most, count), language=language), count
            except TooLargeError as error:
                failure = error
        found: tuple[Message, int] | None = None
        low, high = 1, count - 1 if self._reader.view else 0
        while low <= high:
            middle = (low + high) // 2
            try:
                found = self.mail(name, context(0, middle), language=language), middle
                low = middle + 1
            except TooLargeError:
                high = middle - 1
        if found is None:
            way_out = "" if self._reader.view else ", or set web.public: then the rest stands on a page"
            raise TemplateError(f"{failure}; let the digest have fewer stories (most){way_out}")
        return found

    def _inlined(self, path: str, markup: str) -> str:
        """The HTML part with its styles in place. Raises TemplateError."""
        try:
            markup = self._inliner.inline(markup)
        except css_inline.InlineError as error:
            raise TemplateError(f"{path}: styles: {error}") from error
        # the inliner puts the sheet first, but a reader's program must meet the encoding in the first 1,024 bytes
        markup = markup.replace(_CHARSET, "", 1).replace("<head>", f"<head>{_CHARSET}", 1)
        return _BETWEEN.sub(">\n<", markup)


def largest(markup: str) -> int:
    """The bytes of an HTML part with the longest values that any reader may have."""
    return len(markup.encode()) + _VALUE * len(TOKEN.findall(markup))
