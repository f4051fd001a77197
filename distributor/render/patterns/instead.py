"""What pages say where a hint names a command, which is for whoever types commands. Knows no language."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.phrases import Phrase

#: How a hint begins, and what a page says in its place; nothing where a page has no such thing.
INSTEAD: Sequence[tuple[str, Phrase | None]] = (
    ("--reason", Phrase("say why")),
    ("--note", Phrase("say what was wrong")),
    ("--text", Phrase("write what is to be posted")),
    ("leave --headline out", Phrase("leave the headline as it is")),
    ("--sent URL where it stands", Phrase("say where it stands, or drop it")),
    ("--sent URL, --there", Phrase("say what became of it")),
    ("--end ", Phrase("end it to send nothing more of it")),
    ("--by NAME", Phrase("log in anew")),
    ("distributor where", Phrase("its page tells what became of it")),
    ("what stands there already is corrected", Phrase("what has left already is corrected or withdrawn")),
    ("distributor send-now", Phrase("to post it now, use Send now")),
    ("distributor subscribers add", Phrase("readers are added by a list on the page of readers")),
    ("distributor subscribers list", Phrase("look for the reader on the page of readers")),
    ("distributor issue", Phrase("the page of the issue tells more")),
    ("distributor stops", Phrase("stops stand on their page")),
    ("distributor check", Phrase("the operator looks at the mail channel")),
    ("distributor schedule held", Phrase("what waits for somebody stands on the page of decisions")),
    ("distributor deliveries", Phrase("what is unknown stands on the page of decisions")),
    ("distributor hooks", Phrase("receivers stand on the page of channels")),
    ("then distributor release --surge", Phrase("release or drop it on the page of feeds")),
    ("is its address right? distributor fetch", Phrase("is its address right?")),
    ("does the site stand? distributor withdraw", Phrase("does the site stand? A story is withdrawn on its page.")),
    ("distributor withdraw URL", Phrase("withdraw the story on its page, or skip the notice")),
    ("distributor backup", Phrase("the operator looks after the backups")),
    ("distributor restore", Phrase("the operator restores the last backup")),
    ("distributor bounce list", Phrase("the operator looks at what came back")),
    ("distributor reconcile", Phrase("stories tell on their pages what became of them")),
    ("set mode to live", Phrase("the operator begins to send")),
    ('mode = "live"', Phrase("the operator begins to send")),
    ("[web] public", Phrase("the operator names the public address")),
    ("name channels in [alerts]", Phrase("the operator names channels for alerts")),
    ("editorial_", Phrase("look at the versions of the rules")),
    ("config.toml", Phrase("the operator changes it in their file")),
    ("digest preview", Phrase("the preview of the digest tells more")),
    ("GET /", None),
    ("{", None),
    ("settle ID", None),
    ("ID ...", None),
    ("then distributor release URL", Phrase("release or skip it on its page")),
    ("or distributor skip", None),
    ("distributor skip", None),
    ("distributor release", Phrase("release it on its page")),
    ("mend it, then: distributor bounce resume", Phrase("the operator lets mail go on once it is mended")),
    ("distributor take-over", Phrase("the operator makes this the live store")),
    ("then distributor settle", None),
)
