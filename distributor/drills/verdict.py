"""The verdict of a drill: what was published, what the journals show and what the ledger says, held against each other.

Must not contact or read anything. The journals alone say what readers saw; the ledger is the accused, and may only name
what it does not claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distributor.drills.ledger import Row
from distributor.drills.names import is_public, shown, story_name
from distributor.drills.wall import PLATFORMS, Wall, replay
from distributor.model import Act, State

Line = Mapping[str, Any]
#: A story in one place: (kind of channel, reader's address or "", name of the story).
Seen = tuple[str, str, str]

#: States in which the ledger says, with a reason, that it does not claim to have reached a reader.
_NAMED = (State.UNKNOWN, State.FAILED, State.SKIPPED)
#: ... and those in which it may have reached one.
_DOUBTS = (State.UNKNOWN, State.FAILED)
#: Acts about a post that stands, and how the reasons end for which one need not be done.
FOLLOWS = (Act.EDIT, Act.REPLY, Act.DELETE)
NEEDLESS = (
    "its post shows this text already",
    "a later text takes its place",
    "its post is taken away",
    "its post is taken away already",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is held against each other."""

    #: addresses of the published stories
    published: Sequence[str]
    #: what readers saw, by the sandbox's name of the platform: x, telegram, hooks, smtp
    journals: Mapping[str, Sequence[Line]]
    #: the whole ledger
    rows: Sequence[Row]
    #: readers of single stories, and readers of the digest; nobody is both
    readers: Sequence[str]
    digest_readers: Sequence[str]
    #: the kind of channel of every delivery that stood in ``sending`` at each kill, by its id
    kills: Sequence[Mapping[int, str]]
    #: faults that leave an outcome in doubt, by kind of channel
    faults: Mapping[str, int]
    #: sends that can be in flight, by kind of channel
    in_flight: Mapping[str, int]
    #: addresses of the stories that the digest is to carry; None: all
    digested: Sequence[str] | None = None
    #: kinds of channels whose platform can be asked, so that no unknown may be left in the end
    asked: frozenset[str] = frozenset()
    #: addresses of the stories that were corrected, each with words that stand only in the right text
    corrected: Mapping[str, str] = field(default_factory=dict)
    #: addresses of the stories that were withdrawn
    withdrawn: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The sums, and every finding in words."""

    lost: int
    false_sent: int
    doubled: int
    doubled_mail: int
    strange: int
    given_up: int
    #: stories that readers still have uncorrected, or although they were withdrawn
    unheeded: int = 0
    #: changes, answers and deletions that readers saw
    followed: int = 0
    #: by cause (kill, fault) and kind of channel
    unknown: Mapping[str, Mapping[str, int]]
    #: unknowns, rows at the wire and mails sent again beyond what kills and faults explain
    beyond: int
    #: each mail that a reader got again under one Message-ID: (address, Message-ID); no relay can tell the second
    mailed_again: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing claimed that readers never saw, nothing twice, no unknown without its cause."""
        return not self.findings


def judge(evidence: Evidence) -> Verdict:
    """Hold everything against each other."""
    wanted = {story_name(url) for url in evidence.published}
    walls = {kind: replay(name, evidence.journals[name], wanted) for name, (kind, _) in PLATFORMS.items()}
    mails = list(_mails(evidence, wanted))
    mailed = Counter(seen for seen, _ in set(mails))
    visible = {(kind, "", story) for kind, wall in walls.items() for story in wall.seen()} | mailed.keys()
    most = {(kind, "", story): n for kind, wall in walls.items() for story, n in wall.most.items()}
    answers = list(_answers(evidence, walls, wanted))
    findings = {
        "lost": _told("lost", _wanted(evidence, wanted) - visible - set(_named(evidence.rows))),
        "false_sent": _told("said to be sent and not seen", _false(evidence.rows, visible)),
        "doubled": [
            *_told("seen twice", (seen for seen, n in {**most, **mailed}.items() if n > 1 and seen[2])),
            *_told("corrected twice", (seen for seen, n in Counter(answers).items() if n > 1)),
        ],
        "unheeded": [*_uncorrected(evidence, walls, set(answers)), *_left_standing(evidence, walls)],
        "strange": _strange(evidence, wanted),
        "given_up": [
            f"{row.state.value} without a fault that explains it: delivery {row.id} on {row.platform}: {row.reason}"
            for row in evidence.rows
            if row.state in (State.FAILED, State.SKIPPED) and not _is_explained(row, evidence)
        ],
    }
    unknown = _unknown(evidence)
    again = _again(mails)
    beyond = [*_beyond(evidence, unknown), *_left(evidence, unknown), *_too_often(evidence, len(again))]
    return Verdict(
        **{name: len(found) for name, found in findings.items()},
        followed=len(answers) + sum(one.changes + one.is_gone for wall in walls.values() for one in wall.posts),
        unknown=unknown,
        beyond=len(beyond),
        doubled_mail=len(again),
        mailed_again=tuple(again),
        findings=(*(text for found in findings.values() for text in found), *beyond),
    )


def _answers(evidence: Evidence, walls: Mapping[str, Wall], wanted: set[str]) -> Iterator[Seen]:
    """Each correction that readers saw under a post, and each that a reader was mailed."""
    for kind, wall in walls.items():
        yield from ((kind, "", one.story) for one in wall.posts if one.is_answer)
    mails = {
        (address, line["id"], shown(line, wanted))
        for line in evidence.journals["smtp"]
        if line.get("reply_to")
        for address in map(str.lower, line["to"])
    }
    yield from (("email", address, story) for address, _, story in sorted(mails))


def _uncorrected(evidence: Evidence, walls: Mapping[str, Wall], answered: set[Seen]) -> Iterator[str]:
    """Corrected stories of which readers have neither the right text nor a correction, and that nobody names."""
    named = {(row.platform, story) for row in evidence.rows if _admitted(row) for story in row.stories}
    gone = {story_name(url) for url in evidence.withdrawn}
    for url, words in evidence.corrected.items():
        story = story_name(url)
        for kind, wall in walls.items() if story not in gone else ():
            posts = wall.now(story)
            is_told = (kind, "", story) in answered or all(words in post.text for post in posts)
            if posts and not is_told and (kind, story) not in named:
                yield f"not corrected: {story} on {kind}"


def _left_standing(evidence: Evidence, walls: Mapping[str, Wall]) -> Iterator[str]:
    """Withdrawn stories that readers still have, and that nobody names."""
    named = {(row.platform, story) for row in evidence.rows if row.state in _DOUBTS for story in row.stories}
    for story in map(story_name, evidence.withdrawn):
        for kind, wall in walls.items():
            stands = wall.now(story) or any(not one.is_gone for one in wall.answers(story))
            if stands and (kind, story) not in named:
                yield f"withdrawn and still there: {story} on {kind}"


def _is_explained(row: Row, evidence: Evidence) -> bool:
    """Whether it was rightly left undone: of a withdrawn story, or what follows a post and need not."""
    gone = {story_name(url) for url in evidence.withdrawn}
    is_needless = row.state is State.SKIPPED and row.act in FOLLOWS and row.reason.endswith(NEEDLESS)
    return bool(gone.intersection(row.stories)) or is_needless


def _mails(evidence: Evidence, wanted: set[str]) -> Iterator[tuple[Seen, str]]:
    """Each story that each accepted mail shows to each reader, with the mail's Message-ID."""
    digest = {address.lower() for address in evidence.digest_readers}
    for line in evidence.journals["smtp"]:
        for address in map(str.lower, line["to"] if not line.get("reply_to") else ()):
            stories = {story_name(url) for url in line["urls"]} & wanted if address in digest else {shown(line, wanted)}
            yield from ((("email", address, story), line["id"]) for story in stories - {""})


def _again(mails: Iterable[tuple[Seen, str]]) -> list[tuple[str, str]]:
    """Each mail that a reader got again: the address, and the Message-ID that both had."""
    return sorted({(seen[1], mail) for (seen, mail), count in Counter(mails).items() if count > 1})


def _strange(evidence: Evidence, wanted: set[str]) -> list[str]:
    """What readers saw and nobody published or nobody should have got."""
    known = {address.lower() for address in (*evidence.readers, *evidence.digest_readers)}
    acts = {name: act for name, (_, act) in PLATFORMS.items()} | {"smtp": "mail"}
    return [
        f"seen on {name} and not ours: {line['id']} {line['text']:.60}"
        for name, act in acts.items()
        for line in evidence.journals[name]
        if line["act"] == act
        and is_public(line)
        and not line.get("reply_to")
        and (
            not {story_name(url) for url in line["urls"]} & wanted
            or not {a.lower() for a in line.get("to", ())} <= known
        )
    ]


def _wanted(evidence: Evidence, stories: set[str]) -> set[Seen]:
    places = [(platform, "") for platform, _ in PLATFORMS.values()]
    places += [("email", address.lower()) for address in evidence.readers]
    wanted = {(platform, reader, story) for platform, reader in places for story in stories}
    digested = stories if evidence.digested is None else {story_name(url) for url in evidence.digested}
    digested = digested - {story_name(url) for url in evidence.withdrawn}
    return wanted | {("email", address.lower(), story) for address in evidence.digest_readers for story in digested}


def _named(rows: Iterable[Row]) -> Iterator[Seen]:
    """What the ledger admits not to have delivered for sure; an admission without a reason is none."""
    return (
        (row.platform, row.reader, story)
        for row in rows
        if _admitted(row) and row.act not in FOLLOWS
        for story in row.stories
    )


def _admitted(row: Row) -> bool:
    return row.state in _NAMED and bool(row.reason)


def _false(rows: Iterable[Row], visible: Iterable[Seen]) -> set[Seen]:
    sent = [row for row in rows if row.state is State.SENT and row.act not in FOLLOWS]
    claimed = {(row.platform, row.reader, story) for row in sent for story in row.stories}
    return claimed - set(visible)


def _unknown(evidence: Evidence) -> Mapping[str, Mapping[str, int]]:
    """Rows in ``unknown``: those that a kill found at the wire, and those that a fault left in doubt."""
    killed = {number for kill in evidence.kills for number in kill}
    counts: dict[str, Counter[str]] = {"kill": Counter(), "fault": Counter()}
    for row in evidence.rows:
        if row.state is State.UNKNOWN:
            counts["kill" if row.id in killed else "fault"][row.platform] += 1
    return {cause: dict(sorted(found.items())) for cause, found in counts.items()}


def _beyond(evidence: Evidence, unknown: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Where there are more unknowns, or more rows at the wire at one kill, than can be explained."""
    found = []
    for number, kill in enumerate(evidence.kills, 1):
        for platform, count in Counter(kill.values()).items():
            if count > evidence.in_flight[platform]:
                found.append(f"kill {number} found {count} deliveries at the wire of {platform}")
    for platform, most in evidence.in_flight.items():
        bounds = {"kill": most * len(evidence.kills), "fault": evidence.faults.get(platform, 0)}
        for cause, bound in bounds.items():
            if (count := unknown[cause].get(platform, 0)) > bound:
                found.append(f"{count} unknown on {platform}, and {cause}s explain {bound}")
    return found


def _left(evidence: Evidence, unknown: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Unknowns of platforms that could have been asked."""
    counts = {kind: sum(found.get(kind, 0) for found in unknown.values()) for kind in sorted(evidence.asked)}
    return [f"{count} unknown left on {kind}, which can be asked" for kind, count in counts.items() if count]


def _too_often(evidence: Evidence, again: int) -> list[str]:
    """Mails sent again beyond one for each conversation at each kill, and one for each fault."""
    bound = evidence.in_flight["email"] * len(evidence.kills) + evidence.faults.get("email", 0)
    return [f"{again} mails came twice, and kills and faults explain {bound}"] if again > bound else []


def _told(what: str, pairs: Iterable[Seen]) -> list[str]:
    """One line for each."""
    return [
        f"{what}: {story} on {platform}{f' for {reader}' if reader else ''}"
        for platform, reader, story in sorted(pairs)
    ]
