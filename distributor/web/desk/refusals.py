"""What a refusal of a call is in HTTP and in words. Must not know whether a page or a program asked."""

from __future__ import annotations

from dataclasses import dataclass

from distributor.errors import CallError, DistributorError, StoreDamaged, StoreError
from distributor.phrases import Phrase, words_of
from distributor.render.recalled import in_words, recalled

#: What refusals are in HTTP by their code; by the beginning of it; and any other.
_STATUS = {"bad_request": 400, "not_known": 401, "not_allowed": 403, "other_site": 403, "not_json": 415} | {
    "body_too_late": 408,
    "body_too_long": 413,
}
_BEGINNINGS = {"unknown_": 404, "nothing_": 409, "not_": 409}
_OTHERWISE = 422
_BROKEN = Phrase("the store cannot be written or read now")
_DAMAGED = Phrase("the store's database is damaged, and the program ends; the latest backup belongs in its place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a call did nothing."""

    status: int
    code: str
    why: str
    hint: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether it is no refusal, but the store's own trouble: nobody asked for anything wrong."""
        return self.status == 503

    @property
    def said(self) -> str:
        """Why, and what would be right, in one line, for pages."""
        return Phrase.joined("", (self.why, " (", self.way_out, ")")) if self.way_out else self.why

    @property
    def way_out(self) -> str:
        """What would be right, for pages: without commands."""
        return in_words(self.hint)


def told_of(error: DistributorError) -> Refused:
    """What is told of an error; of the store's own nothing that it found inside."""
    if isinstance(error, StoreDamaged):
        return Refused(status=503, code="failed", why=_DAMAGED, hint="distributor restore FILE")
    if isinstance(error, StoreError):
        return Refused(status=503, code="failed", why=_BROKEN, hint=Phrase("try again"))
    if not isinstance(error, CallError):
        return Refused(status=_OTHERWISE, code="failed", why=recalled(words_of(error)))
    return Refused(status=status_of(error.code), code=error.code, why=recalled(words_of(error)), hint=error.hint)


def status_of(code: str) -> int:
    """What a refusal with a code is in HTTP."""
    begun = (status for begins, status in _BEGINNINGS.items() if code.startswith(begins))
    return _STATUS.get(code) or next(begun, _OTHERWISE)
