"""What a sentence still owes where it is broken off, and where it may be. Must not decide what is cut.

::

    joints   "the plant will open in May | but nobody has applied"    a clause begins without a comma
    owed     "in both position [and strength]", "must operate [within the law]", "said that the minister [was ill]"

The word lists of each language tell; a language without a list has neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from distributor.text.glue import Token, is_title_case
from distributor.text.languages import Language

#: words between "both" and "and", between "not only" and "but", and between two commas of a list
_PAIR, _LONG_PAIR, _LIST = 10, 18, 3
#: words behind "to" or "must" that say what is done, and those behind a verb that say to whom
_DONE, _AND_MORE = 2, 3
#: words in which "On Monday, ..." comes to its comma
_INTRO = 30
#: words that a main clause needs behind the comma of "On Monday, ..."
_MAIN = 3
_LOOSE = ",;:.!?"


def joints(everything: Sequence[Token], language: Language) -> set[int]:
    """Numbers of the words that begin a clause of their own without a comma before them."""
    found = set()
    for index in range(1, len(everything)):
        if _joins(everything, index, language):
            while index > 1 and _leads(everything[index - 1], language):
                index -= 1
            found.add(index)
    return found


def _joins(everything: Sequence[Token], index: int, language: Language) -> bool:
    word = everything[index].core
    before = everything[index - 1]
    if word not in language.joins:
        follows = everything[index + 1].core.lower() if index + 1 < len(everything) else ""
        return word in language.adds and follows in language.verbs
    if word in language.compares:  # "known as", "such as" go on; "as he left" does not
        return not (before.core.endswith("ed") or before.core.lower() in language.likens)
    return True


def _leads(token: Token, language: Language) -> bool:
    """Whether a word belongs to the joint behind it: "just four months after"."""
    is_plain = token.raw == token.core
    return is_plain and (token.core.lower() in language.leads or token.core.isdigit())


def parts_verb(everything: Sequence[Token], index: int, language: Language) -> bool:
    """Whether a word is a verb whose subject stands before it, or begins what that must have: "plans | to go"."""
    word = everything[index].core
    if word in language.modals and index + 1 < len(everything):
        return everything[index + 1].core.islower()  # "given to Minsk" is no verb
    return word in language.verbs or word in language.tells


def listed(everything: Sequence[Token], language: Language) -> set[int]:
    """Numbers of the words whose comma only parts the members of a list: "photos, drawings and documents"."""
    commas = [index for index, token in enumerate(everything) if token.raw.endswith(",")]
    found: set[int] = set()
    for index in reversed(commas):
        near = range(index + 2, min(index + 2 + _LIST, len(everything)))
        is_joined = any(everything[at].core in language.adds and at > index + 1 for at in near)
        is_next = any(at in found for at in range(index + 1, min(index + 1 + _LIST, len(everything))))
        if is_joined or is_next:
            found.add(index)
    return found


def owed(everything: Sequence[Token], language: Language) -> list[tuple[int, int]]:
    """Stretches in which no cut may fall, their two ends left out, because what was begun is not said yet.

    ``everything`` are the words of one sentence; offsets are those of its text.
    """
    if not everything or is_title_case(everything, language):
        return []
    return [
        (everything[first].start - 1, _behind(everything, last))
        for first, last in (
            *_paired(everything, language),
            *_done(everything, language),
            *_told(everything, language),
            *_begun(everything, language),
        )
    ]


def _behind(everything: Sequence[Token], index: int) -> int:
    """Where the word ends with which all is said; the sentence's end where that word never comes."""
    word = everything[min(index, len(everything) - 1)]
    return word.start + len(word.raw.rstrip(_LOOSE))


def _paired(everything: Sequence[Token], language: Language) -> Iterator[tuple[int, int]]:
    """From "both" to behind the word that its "and" adds."""
    for index, token in enumerate(everything):
        opener = token.core.lower()
        both = f"{opener}+{everything[index + 1].core.lower()}" if index + 1 < len(everything) else ""
        for partners, reach in ((language.pairs.get(opener), _PAIR), (language.pairs.get(both), _LONG_PAIR)):
            near = range(index + 1, min(index + 1 + reach, len(everything))) if partners else ()
            partner = next((at for at in near if everything[at].core in (partners or ())), None)
            if partner is not None:
                yield index, partner + 1


def _done(everything: Sequence[Token], language: Language) -> Iterator[tuple[int, int]]:
    """From "must" or "to" to behind what is done, and a word of what it is done to."""
    for index, token in enumerate(everything[:-1]):
        follows = everything[index + 1]
        if token.core in language.modals and follows.core.islower() and not language.is_small(follows.core):
            yield index, index + _DONE
        is_led = language.is_small(token.core) and token.core not in language.articles
        if is_led and follows.core.endswith(language.gerunds):
            yield index, index + _DONE


def _told(everything: Sequence[Token], language: Language) -> Iterator[tuple[int, int]]:
    """From "that", "who" or ", saying" to behind the verb of what is told, and some words of what it is about.

    Where no verb is known as one before the comma, "that" and "who" are done with it.
    """
    parted = listed(everything, language)
    for index, token in enumerate(everything):
        if token.core in language.tells:
            verb = _sure_verb(everything, index + 1, language)
            commas = (at for at in range(index + 1, verb) if everything[at].raw[-1] == "," and at not in parted)
            comma = next(commas, None) if token.core in language.relates else None
            begun = index if verb == len(everything) else verb
            yield index, begun + _AND_MORE if comma is None else comma


def _begun(everything: Sequence[Token], language: Language) -> Iterator[tuple[int, int]]:
    """From the beginning to behind the verb; in "On Monday, ..." to behind that of the main clause."""
    start = _main(everything, language)
    verb = _verb(everything, start, language)
    if verb == len(everything):
        verb = 0  # none is known as one, which tells nothing
    if start or verb:
        yield 0, max(verb, start + _MAIN - 1 if start else 0)


def _main(everything: Sequence[Token], language: Language) -> int:
    """The number of the word with which the main clause begins, where others are said first and a comma parts them."""
    first = everything[0].core.lower()
    comma = next((index for index, token in enumerate(everything[:_INTRO]) if token.raw.endswith(",")), None)
    if first not in language.intros or comma is None:
        return 0
    is_told = any(
        after.core in language.verbs and before.core.lower() not in language.modals
        for before, after in pairwise(everything[:comma])
    )
    return 0 if is_told and first not in language.joins else comma + 1


def _verb(everything: Sequence[Token], start: int, language: Language) -> int:
    """The number of the first word that may be a verb; the sentence's length where there is none."""
    return next(
        (index for index in range(start, len(everything)) if _is_verb(everything[index].core, language)),
        len(everything),
    )


def _sure_verb(everything: Sequence[Token], start: int, language: Language) -> int:
    """As :func:`_verb`, but no plural passes, nor "-ed" before a noun; behind a pronoun stands one."""
    for index in range(start, len(everything)):
        word = everything[index].core
        follows = everything[index + 1].core if index + 1 < len(everything) else ""
        is_past = bool(language.verb_ends) and word.endswith(language.verb_ends[0]) and language.is_small(follows)
        if word in language.verbs or is_past or everything[index - 1].core in language.pronouns:
            return index
    return len(everything)


def _is_verb(word: str, language: Language) -> bool:
    """By the language's list, or as "-ed" and "-s" tell in English; plurals pass too, for this only ever forbids."""
    if word in language.verbs:
        return True
    return (
        word.islower()
        and not language.is_small(word)
        and word.endswith(language.verb_ends)
        and not word.endswith(("ss", "'s", "’s"))
    )
