"""The planted bugs: each a change of shipped code that breaks one promise, and the test that must find it."""

from __future__ import annotations

from dataclasses import dataclass

#: Five hundred schedules of the simulation.
SIMULATION = (
    "tests/simulation/test_simulation.py::test_two_thousand_schedules_break_no_promise_and_meet_every_move_and_fault[0]"
)
LEDGER, LAW, ENGINE, FLOWS = (
    "tests/flow/test_ledger.py::",
    "tests/unit/test_lifecycle.py::",
    "tests/flow/test_engine.py::",
    "tests/flow/test_flows.py::",
)
RESTORE = "tests/flow/test_restore.py::test_what_was_sent_after_the_backup_is_sent_no_second_time"
DELIVERIES, SQL = "distributor/store/ledger/deliveries.py", "distributor/store/queries/deliveries.sql"
LEAVING, ANSWERS = "distributor/store/ledger/leaving.py", "distributor/store/ledger/answers.py"
DOUBT, VERIFY = "distributor/rules/fate/doubt.py", "tests/flow/test_verify.py::"
MAIL = "tests/unit/test_channel_email.py::"
PAGES = "tests/flow/test_public_pages.py::"
SHADOW = "tests/flow/test_shadow_gates.py::"
DAMAGE = "tests/flow/test_damaged_store.py::"
OPENID, LOGINS = "distributor/rules/people/openid.py", "tests/flow/test_openid.py::"
PAUSES = "tests/flow/test_pauses.py::"
LIFECYCLE, DELIVER = "distributor/rules/fate/lifecycle.py", "distributor/flows/deliver.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One planted bug."""

    #: what is wrong, in words
    name: str
    file: str
    #: (what stands there exactly once, what stands there instead)
    edits: tuple[tuple[str, str], ...]
    #: the tests of which one must fail
    tests: tuple[str, ...] = (SIMULATION,)

    def planted_in(self, sound: str) -> str:
        """The file with the bug. Raises ValueError where it no longer fits."""
        bad = sound
        for old, new in self.edits:
            if bad.count(old) != 1:
                raise ValueError(f"{self.name}: {bad.count(old)} times in {self.file}, not once: {old!r}")
            bad = bad.replace(old, new)
        return bad


#: Two days of the month of newsletters, over a night when clocks change.
MONTH = (
    "tests/month/test_month.py::test_each_reader_gets_exactly_what_the_dials_say_over_a_night_when_clocks_change[back]"
)
MAIL_RULES = "distributor/rules/mail/"
READERS, DIALS = "tests/flow/test_readers_issues.py::", "tests/unit/test_readers_dials.py::"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        name="a reader is mailed a story again",
        file=MAIL_RULES + "portions.py",
        edits=(("if not reason and one.story.id in mailed:", "if not reason and one.story.id in ():"),),
        tests=(MONTH,),
    ),
    Mutant(
        name="a reader's slots are computed in the newsletter's zone",
        file=MAIL_RULES + "rhythms.py",
        edits=(
            (
                "where = zone_of(digest, wish.zone)\n    return min(",
                'where = zone_of(digest, "")\n    return min(',
            ),
        ),
        tests=(MONTH,),
    ),
    Mutant(
        name="quiet hours are those of the newsletter's zone",
        file=MAIL_RULES + "courtesy.py",
        edits=(("where, dials = zone(footing.dials.zone, home)", 'where, dials = zone("", home)'),),
        tests=(MONTH,),
    ),
    Mutant(
        name="mails of the day are counted from midnight in Greenwich",
        file=MAIL_RULES + "courtesy.py",
        edits=(("began = day_began(where, now)", 'began = day_began(ZoneInfo("UTC"), now)'),),
        tests=(DIALS + "test_the_most_mails_of_a_day_are_counted_in_the_readers_own_day",),
    ),
    Mutant(
        name="a flash wakes every reader",
        file=MAIL_RULES + "courtesy.py",
        edits=(("and entry.act is Act.POST and footing.choice.rhythm is Rhythm.FLASH", "and entry.act is Act.POST"),),
        tests=(MONTH,),
    ),
    Mutant(
        name="an issue looks no further back than the one before",
        file=MAIL_RULES + "issues.py",
        edits=(("min(newest(since), fresh_after), min(since, fresh_since)", "fresh_after, fresh_since"),),
        tests=(MONTH,),
    ),
    Mutant(
        name="sections are not looked at when an issue leaves",
        file="distributor/flows/courtesy.py",
        edits=(("chosen=footing.choice.sections,", "chosen=(),"),),
        tests=(MONTH,),
    ),
    Mutant(
        name="on the long night an hour fires once",
        file=MAIL_RULES + "rhythms.py",
        edits=(
            ('_schedule("0 * * * *", "")', '_schedule("every day at " + ", ".join(f"{n}:00" for n in range(24)), "")'),
        ),
        tests=(DIALS + "test_an_hour_that_comes_twice_has_two_slots_and_one_that_never_comes_none",),
    ),
    Mutant(
        name="a pause is no matter at the wire",
        file=MAIL_RULES + "courtesy.py",
        edits=(("if dials.paused_until is not None and now < dials.paused_until:", "if False:"),),
        tests=(READERS + "test_who_pauses_gets_nothing_and_after_it_what_is_news_still",),
    ),
    Mutant(
        name="what has changed since a mail was decided is not asked at its start",
        file="distributor/store/ledger/leaving.py",
        edits=(("for entry, _ in part.rows]) if part.guard else ()", "for entry, _ in ()]) if part.guard else ()"),),
        tests=(READERS + "test_what_a_reader_changes_between_the_decision_and_the_wire_holds",),
    ),
    Mutant(
        name="an unknown outcome is sent again",
        file=LIFECYCLE,
        edits=(
            (
                "return Verdict(outcome=Unknown(reason=str(answer)))",
                "return Verdict(outcome=RetryAt(at=now, reason=str(answer), counts=True))",
            ),
        ),
    ),
    Mutant(
        name="the mark comes after the send",
        file=DELIVER,
        edits=(
            (
                "started = self._ledger.start(messages, now=self._clock.now(), lease=LEASE, purse=self._purse,"
                " guard=guard)",
                "started = {rendered.delivery_id: self._clock.now() for _, rendered in batch}",
            ),
            (
                "for index, answer in self._answers(acts, parcels):",
                "answers = list(self._answers(acts, parcels))\n"
                "        self._ledger.start(messages, now=self._clock.now(), lease=LEASE, purse=self._purse)\n"
                "        for index, answer in answers:",
            ),
        ),
    ),
    Mutant(
        name="rows at the wire are reclaimed by age",
        file=SQL,
        edits=(
            (
                "UPDATE deliveries SET state = 6, reason = :reason, ended_at = :now, lease_owner = NULL",
                "UPDATE deliveries SET state = CASE WHEN lease_until <= :now THEN 1 ELSE 6 END, reason = :reason,"
                " ended_at = :now, lease_owner = NULL",
            ),
            (
                "look_at = :look_at\nWHERE state = 3 AND lease_owner IS NOT NULL",
                "look_at = CASE WHEN lease_until <= :now THEN NULL ELSE :look_at END\n"
                "WHERE state = 3 AND lease_owner IS NOT NULL",
            ),
        ),
    ),
    Mutant(
        name="a start makes due what was at the wire",
        file=SQL,
        edits=(
            (
                "UPDATE deliveries SET state = 6, reason = :reason, ended_at = :now, lease_owner = NULL",
                "UPDATE deliveries SET state = 1, reason = :reason, ended_at = :now, lease_owner = NULL",
            ),
            (
                "look_at = :look_at\nWHERE state = 3 AND lease_owner IS NOT NULL",
                "look_at = NULL\nWHERE state = 3 AND lease_owner IS NOT NULL",
            ),
        ),
    ),
    Mutant(
        name="an answer is recorded whoever holds the lease",
        file=SQL,
        edits=(
            (
                "WHERE id = :id AND state = 3 AND lease_owner = :owner AND doubts = :doubts;",
                "WHERE id = :id AND state = 3 AND doubts = :doubts;",
            ),
        ),
        tests=(LEDGER + "test_an_answer_of_another_owner_changes_nothing",),
    ),
    Mutant(
        name="a claim takes what is leased",
        file=SQL,
        edits=(
            (
                "      AND (d.lease_until IS NULL OR d.lease_until <= :now)\n    ORDER BY d.priority",
                "    ORDER BY d.priority",
            ),
        ),
        tests=(LEDGER + "test_a_row_is_claimed_once_until_its_lease_runs_out",),
    ),
    Mutant(
        name="a claim behind a gate takes what is leased",
        file=SQL,
        edits=(
            (
                "channel_id = :channel AND state = 1\n  AND (lease_until IS NULL OR lease_until <= :now)\nRETURNING",
                "channel_id = :channel AND state = 1\nRETURNING",
            ),
            (
                "due_at <= :now\n  AND (lease_until IS NULL OR lease_until <= :now)\nORDER BY priority",
                "due_at <= :now\nORDER BY priority",
            ),
        ),
        tests=(LEDGER + "test_a_row_behind_a_gate_is_claimed_once_until_its_lease_runs_out",),
    ),
    Mutant(
        name="a start needs no lease",
        file=SQL,
        edits=(
            (
                "WHERE id = :id AND state = 1 AND lease_owner = :owner AND lease_until > :now;",
                "WHERE id = :id AND state = 1;",
            ),
        ),
    ),
    Mutant(
        name="a withdrawal skips a row in whatever state",
        file=SQL,
        edits=(
            (
                "WHERE subject_id = :subject AND state IN (0, 1, 2) AND act <> 3 AND (doubts = 0 OR act = 1);",
                "WHERE subject_id = :subject;",
            ),
        ),
    ),
    Mutant(
        name="a withdrawn post in doubt is skipped as if it had never left",
        file=SQL,
        edits=(
            (
                "WHERE subject_id = :subject AND state IN (0, 1, 2) AND act <> 3 AND (doubts = 0 OR act = 1);",
                "WHERE subject_id = :subject AND state IN (0, 1, 2) AND act <> 3;",
            ),
        ),
        tests=(
            "tests/flow/test_verify.py::"
            "test_a_post_of_a_withdrawn_story_that_shows_after_the_last_look_is_looked_for_once_more",
        ),
    ),
    Mutant(
        name="a row is put aside in whatever state",
        file=SQL,
        edits=(
            (
                "hash = :message), message_id), lease_owner = NULL, lease_until = NULL\n"
                "WHERE id = :id AND state = 1 AND lease_owner = :owner;",
                "hash = :message), message_id), lease_owner = NULL, lease_until = NULL\nWHERE id = :id;",
            ),
        ),
        tests=(LEDGER + "test_the_sql_moves_rows_only_as_the_law_allows",),
    ),
    Mutant(
        name="a rate limit counts as a try",
        file=LIFECYCLE,
        edits=(
            (
                "again = RetryAt(at=until, reason=str(answer), counts=False)\n    if answer.scope",
                "again = RetryAt(at=until, reason=str(answer), counts=True)\n    if answer.scope",
            ),
        ),
        tests=(LAW + "test_a_rate_limit_waits_as_long_as_asked_and_uses_up_no_try",),
    ),
    Mutant(
        name="what a rate limit refused is dropped",
        file=LIFECYCLE,
        edits=(
            (
                "return _wait(now + (answer.retry_after or unsaid_wait(waits)), answer)",
                "return Verdict(outcome=Failed(reason=str(answer)))",
            ),
        ),
    ),
    Mutant(
        name="the wait that a platform named is forgotten",
        file=SQL,
        edits=(("SELECT c.paused_at IS NULL AND c.not_before <= :now AND NOT", "SELECT c.paused_at IS NULL AND NOT"),),
    ),
    Mutant(
        name="a question that is answered well is a recovery",
        file=SQL,
        edits=(("paused_reason = '', unproven = paused_reason WHERE", "paused_reason = '' WHERE"),),
        tests=(PAUSES + "test_a_question_that_is_answered_well_is_no_recovery_before_something_is_accepted",),
    ),
    Mutant(
        name="what was at the wire when the pause came is a recovery",
        file=ANSWERS,
        edits=(("if entry.is_trial and verdict.is_proof:", "if verdict.is_proof:"),),
        tests=(PAUSES + "test_what_was_at_the_wire_when_the_pause_came_proves_nothing",),
    ),
    Mutant(
        name="a silence ends by itself",
        file="distributor/engine/troubles.py",
        edits=(
            ("if self._app.store.stories.brought_after(feed, told.id, since=told.raised_at - MEMORY):", "if feed:"),
        ),
        tests=("tests/flow/test_alerts.py::test_a_silence_that_goes_on_is_one_alert_until_the_feed_brings_a_story",),
    ),
    Mutant(
        name="a channel pauses without a reason",
        file=LIFECYCLE,
        edits=(("return Verdict(outcome=again, pause=str(answer))", 'return Verdict(outcome=again, pause="")'),),
        tests=(LAW + "test_wrong_credentials_or_no_money_pause_the_channel_and_keep_the_delivery",),
    ),
    Mutant(
        name="an end leaves no event",
        file=ANSWERS,
        edits=(("        append(connection, *events)\n", "        assert events\n"),),
    ),
    Mutant(
        name="an event holds no hash of the one before",
        file="distributor/store/ledger/events.py",
        edits=(
            (
                "return hashlib.sha256(before + told.encode",
                "return hashlib.sha256(told.encode",
            ),
        ),
        tests=("tests/unit/test_events.py::test_an_event_that_was_forged_with_its_own_hash_breaks_the_next_one",),
    ),
    Mutant(
        name="a refused repetition counts as sent at the first try",
        file=LIFECYCLE,
        edits=(("case AlreadyThere() if doubted:", "case AlreadyThere():"),),
        tests=(LAW + "test_words_that_stand_there_already_prove_a_doubted_post_and_refuse_any_other",),
    ),
    Mutant(
        name="a lease is shorter than a batch",
        file=DELIVER,
        edits=(("LEASE = timedelta(hours=1)", "LEASE = timedelta(minutes=10)"),),
    ),
    Mutant(
        name="a feed's validators move before its stories",
        file="distributor/store/news/stories.py",
        edits=(
            (
                "        return self._writer.call(work, priority=NORMAL)\n\n    def feed(",
                '        told = {"name": feed, "now": to_ms(now), "etag": validators.etag,\n'
                '                "modified": validators.modified, "body_hash": validators.body_hash}\n'
                '        self._writer.call(lambda c: c.run(self._sql["feed_read"], told))\n'
                "        return self._writer.call(work, priority=NORMAL)\n\n    def feed(",
            ),
        ),
    ),
    Mutant(
        name="the first start is dated anew by each retry",
        file=SQL,
        edits=(
            (
                "started_at = coalesce(started_at, :now), lease_until = :until",
                "started_at = :now, lease_until = :until",
            ),
        ),
    ),
    Mutant(
        name="a reader who left is mailed",
        file=DELIVER,
        edits=(
            ("        if refusal:\n", "        if not reader:\n"),
            ("        return bool(refusal)\n", "        return not reader and bool(refusal)\n"),
        ),
    ),
    Mutant(
        name="a withdrawn story is still told",
        file="distributor/flows/typeset.py",
        edits=(
            (
                "return story if story is not None and story.article.pubstatus is PubStatus.USABLE else None",
                "return story",
            ),
        ),
        tests=(FLOWS + "test_a_story_that_is_withheld_after_planning_is_skipped_at_the_wire",),
    ),
    Mutant(
        name="a lost answer is taken for a refusal",
        file=LIFECYCLE,
        edits=(
            (
                "return Verdict(outcome=Unknown(reason=str(answer)))",
                "return Verdict(outcome=Failed(reason=str(answer)))",
            ),
        ),
    ),
    Mutant(
        name="a failed write is thought done",
        file="distributor/store/writer.py",
        edits=(
            (
                "        _roll_back(connection)\n        if isinstance(error, sqlite3.OperationalError):\n",
                '        connection.run("COMMIT")\n        if isinstance(error, sqlite3.OperationalError):\n',
            ),
        ),
    ),
    Mutant(
        name="an expired row at the wire leaves no event",
        file=DELIVERIES,
        edits=(
            (
                "            append(connection, *events)\n            return len(orphans)",
                "            return len(orphans)",
            ),
        ),
        tests=(LEDGER + "test_a_dead_owners_row_at_the_wire_becomes_unknown_and_its_claim_becomes_free",),
    ),
    Mutant(
        name="what is held by a gate is never let go",
        file=SQL,
        edits=(
            (
                "WHERE channel_id = :channel AND held_until IS NOT NULL AND held_until <= :now) AS is_let_go",
                "WHERE channel_id = :channel AND held_until IS NOT NULL AND held_until < 0) AS is_let_go",
            ),
        ),
    ),
    Mutant(
        name="a fold skips nothing",
        file="distributor/store/ledger/roundups.py",
        edits=(
            (
                'rows = connection.query(queries("deliveries")["skip_these"], fields)',
                'rows = connection.query("SELECT id, subject_id FROM deliveries WHERE id IN"\n'
                '                            " (SELECT value FROM json_each(:ids))", fields)',
            ),
        ),
    ),
    Mutant(
        name="a fold forgets the stories",
        file="distributor/store/ledger/roundups.py",
        edits=(
            (
                "for story in _stories(rows, skipped.ids)])",
                "for story in _stories(rows, skipped.ids)[:1]])",
            ),
        ),
    ),
    Mutant(
        name="a flash waits its turn",
        file="distributor/rules/queue/gates.py",
        edits=(("return row.priority <= FLASH or row.doubts > 0", "return row.doubts > 0"),),
        tests=("tests/unit/test_pacing.py::test_a_flash_an_alert_and_what_has_left_once_wait_for_nothing",),
    ),
    Mutant(
        name="quiet hours end at midnight",
        file="distributor/rules/queue/quiet.py",
        edits=(
            (
                "return began is not None and (ended is None or began > ended)",
                "return began is not None and (ended is None or began > ended) and"
                " began.astimezone(self._zone).date() == at.astimezone(self._zone).date()",
            ),
        ),
    ),
    Mutant(
        name="the gap between two posts is not kept",
        file="distributor/rules/queue/pacing.py",
        edits=(("if most <= len(starts) and (opens", "if 1 < most <= len(starts) and (opens"),),
    ),
    Mutant(
        name="what a doubt has paid is given back",
        file="distributor/store/ledger/charges.py",
        edits=(
            (
                "if isinstance(outcome, RetryAt | Failed) and _is_certain(connection, entry):",
                "if not isinstance(outcome, Sent):",
            ),
        ),
    ),
    Mutant(
        name="the budget is not looked at",
        file="distributor/rules/queue/budget.py",
        edits=(
            ("if month is not None and price > month:", "if month is not None and price > 10 * month + 100:"),
            ("if day is not None and price > day:", "if day is not None and price > 10 * day + 100:"),
        ),
    ),
    Mutant(
        name="what was in doubt is rendered anew",
        file="distributor/flows/typeset.py",
        edits=(
            (
                "if entry.doubts and entry.message_id is not None:",
                "if entry.doubts < 0 and entry.message_id is not None:",
            ),
        ),
    ),
    Mutant(
        name="a platform that cannot be asked has not got it",
        file=DOUBT,
        edits=(
            (
                "return unasked(doubt, policy, why=str(refusal), now=now)",
                "return SendAgain(at=now, reason=str(refusal))",
            ),
        ),
    ),
    Mutant(
        name="a post is not looked for twice",
        file=DOUBT,
        edits=(("if looks < len(times):", "if looks < 0:"),),
        tests=("tests/unit/test_doubt.py::test_what_is_not_there_is_looked_for_again_while_it_may_still_come",),
    ),
    Mutant(
        name="a marker is known by its beginning",
        file=DOUBT,
        edits=(
            (
                "if any(_marker(link) == key and _same_page(link, own)",
                'if any(key.startswith(_marker(link) or "?") and _same_page(link, own)',
            ),
        ),
    ),
    Mutant(
        name="a settlement leaves no event",
        file="distributor/store/ledger/doubts.py",
        edits=(("    append(connection, told)\n", "    assert told\n"),),
    ),
    Mutant(
        name="a verdict falls on a later doubt",
        file="distributor/store/queries/doubts.sql",
        edits=(
            (
                "    ended_at = :ended_at, looks = 0, look_at = NULL\n"
                "WHERE id = :id AND state = 6 AND doubts = :doubts AND looks = :looks",
                "    ended_at = :ended_at, looks = 0, look_at = NULL\nWHERE id = :id",
            ),
        ),
        tests=(VERIFY + "test_a_verdict_never_falls_on_a_later_doubt",),
    ),
    Mutant(
        name="a surge is let through",
        file="distributor/flows/ingest.py",
        edits=(
            (
                "if surge and change.kind is ChangeKind.NEW:",
                "if not surge and change.kind is ChangeKind.NEW:",
            ),
        ),
        tests=("tests/flow/test_surge.py::test_a_hundred_prepared_obituaries_are_held_as_a_whole_with_one_alert",),
    ),
    Mutant(
        name="a post in doubt keeps no distance once it is dropped",
        file=SQL,
        edits=(("AND (state IN (3, 4, 6) OR doubts > 0)", "AND state IN (3, 4, 6)"),),
        tests=(LEDGER + "test_the_next_post_keeps_its_distance_from_one_that_may_be_there_whatever_became_of_it",),
    ),
    Mutant(
        name="a restored store believes itself",
        file="distributor/store/file/fence.py",
        edits=(
            ('doubtful = connection.query(moves["fence"], ', 'doubtful = [] and connection.query(moves["fence"], '),
        ),
        tests=(RESTORE,),
    ),
    Mutant(
        name="a start does not look for a stop",
        file=LEAVING,
        edits=(
            ('not places[entry.delivery_id]["may_be_stopped"]', "True"),
            ('if place["may_be_stopped"] and is_stopped(connection, entry.delivery_id, part.now):', "if False:"),
        ),
        tests=("tests/flow/test_stops.py::test_what_was_claimed_before_a_stop_does_not_start_after_it",),
    ),
    Mutant(
        name="a copy of a store that was running is trusted at a take-over",
        file="distributor/rules/fate/binding.py",
        edits=(("    if not marker.closed:", "    if False:"),),
        tests=(
            "tests/flow/test_binding.py::test_a_copy_of_a_killed_store_puts_what_waited_in_doubt_when_it_takes_over",
        ),
    ),
    Mutant(
        name="a store that runs again still says that it ended in order",
        file="distributor/store/file/marker.py",
        edits=(
            ("            self._last = heights\n", "            self._last = replace(heights, closed=True)\n"),
            (
                "                self._replace(heights)\n",
                "                self._replace(replace(heights, closed=True))\n",
            ),
        ),
        tests=("tests/flow/test_binding.py::test_a_marker_says_whether_the_store_ended_in_order",),
    ),
    Mutant(
        name="behind a fence only the first reading is in doubt",
        file="distributor/rules/queue/fence.py",
        edits=(("    return told is not None and told < fenced_at", "    return False"),),
        tests=(
            "tests/flow/test_restore.py::test_after_a_restore_what_was_published_before_is_in_doubt_whenever_it_comes_and_what_comes_since_is_news",
        ),
    ),
    Mutant(
        name="a take-over repeats under numbers that another store may have given to others",
        file="distributor/store/file/binding.py",
        edits=(
            (
                "shared = lost.delivery if lost is not None and self.judgement.standing is Standing.MOVED else 0",
                "shared = 1 << 62",
            ),
        ),
        tests=(
            "tests/flow/test_binding.py::test_a_copy_of_a_killed_store_puts_what_waited_in_doubt_when_it_takes_over",
        ),
    ),
    Mutant(
        name="a claim does not look for a stop of everything",
        file="distributor/store/ledger/queue.py",
        edits=(('bool(turn["is_stopped"]) and halt(', "False and halt("),),
        tests=(
            "tests/flow/test_stops.py::test_what_comes_under_a_stop_of_everything_is_put_aside_by_the_first_claim_as_a_whole",
        ),
    ),
    Mutant(
        name="the same person twice is two",
        file="distributor/rules/queue/holds.py",
        edits=(('return frozenset(" ".join(name.split()).casefold() for name in people)', "return frozenset(people)"),),
        tests=("tests/flow/test_conditions.py::test_two_people_are_two_and_the_same_person_twice_is_one",),
    ),
    Mutant(
        name="what the desk lets go is not asked for its approval",
        file="distributor/store/news/conditions.py",
        edits=(("if wait is None:", "if wait is None or ended.hold == holds.DESK:"),),
        tests=("tests/flow/test_conditions.py::test_what_the_desk_holds_is_asked_for_its_approval_when_it_is_let_go",),
    ),
    Mutant(
        name="another text keeps the approvals of the one before",
        file="distributor/store/news/conditions.py",
        edits=(("if change.meaning is not RevisionClass.REFILE and connection.run(", "if False and connection.run("),),
        tests=("tests/flow/test_conditions.py::test_another_text_wants_another_yes_also_after_it_was_given",),
    ),
    Mutant(
        name="the platform forgets what was said before it is done",
        file="distributor/flows/watch.py",
        edits=(
            ("            kept += sum(self._book", "            self._ear.kept()\n            kept += sum(self._book"),
        ),
        tests=("tests/flow/test_hearing.py::test_what_could_not_be_done_is_told_again",),
    ),
    Mutant(
        name="what is told twice is done twice",
        file="distributor/chat/room.py",
        edits=(("        if hearing is Hearing.DONE:", "        if False:"),),
        tests=(
            "tests/flow/test_chat.py::test_a_press_that_is_told_twice_is_done_once_and_a_second_press_changes_nothing",
        ),
    ),
    Mutant(
        name="a press counts whatever its card showed",
        file="distributor/chat/deeds.py",
        edits=(('(press.verb != "menu" and press.stamp != facts.stamp)', "False"),),
        tests=(
            "tests/flow/test_chat.py::test_a_text_that_changed_after_it_was_shown_is_not_approved_by_a_press_on_the_old_one",
        ),
    ),
    Mutant(
        name="any button is believed",
        file="distributor/chat/signing.py",
        edits=(
            ("if found is None or not hmac.compare_digest(", "if found is None or False and not hmac.compare_digest("),
        ),
        tests=("tests/flow/test_chat.py::test_a_forged_press_does_nothing_and_is_not_answered",),
    ),
    Mutant(
        name="a stranger may act",
        file="distributor/chat/saying.py",
        edits=(("who = context.people.get(said.person)", 'who = context.people.get(said.person, "somebody")'),),
        tests=("tests/flow/test_chat.py::test_a_stranger_gets_nothing_and_is_named_once_in_the_log",),
    ),
    Mutant(
        name="an act that a crash cut short is repeated",
        file="distributor/chat/room.py",
        edits=(("if is_cut and deed.name not in deeds.REPEATABLE:", "if False:"),),
        tests=("tests/flow/test_chat.py::test_whoever_asked_for_what_a_crash_cut_short_is_told_to_look",),
    ),
    Mutant(
        name="the author of a picture that is not shown is named",
        file="distributor/rules/story/captions.py",
        edits=(("text = message.text[:place] + message.text[place + len(added) :]", "text = message.text"),),
        tests=("tests/unit/test_captions.py::test_taking_the_picture_away_takes_its_line_away",),
    ),
    Mutant(
        name="a picture that cannot be handed over stops its post",
        file="distributor/flows/illustrate.py",
        edits=(("except (SourceError, ChannelError) as error:", "except SourceError as error:"),),
        tests=("tests/flow/test_pictures_posted.py::test_a_lost_answer_to_an_upload_puts_no_post_in_doubt",),
    ),
    Mutant(
        name="what somebody lets go waits for its page again",
        file="distributor/rules/queue/preflight.py",
        edits=(("return until is None or now < until", "return False"),),
        tests=("tests/unit/test_preflight.py::test_what_somebody_let_go_is_told_from_what_the_clock_let_go",),
    ),
    Mutant(
        name="a mail that keeps readers from it leaves when it is an issue",
        file="distributor/rules/words/lint.py",
        edits=(('_OF_ALL = ("blocked-word", "mail-barrier")', '_OF_ALL = ("blocked-word",)'),),
        tests=("tests/unit/test_lint.py::test_what_is_wrong_with_a_mail_as_a_whole_blocks_an_issue_too",),
    ),
    Mutant(
        name="a page shows a reader's own links",
        file="distributor/render/online.py",
        edits=(('tree.all(".yours")', 'tree.all(".theirs")'), ('body=TOKEN.sub("", ', 'body=max("", ')),
        tests=(f"{PAGES}test_an_issue_is_the_mail_as_a_page_without_its_readers_own_values",),
    ),
    Mutant(
        name="the web shows what was taken back as long as its mail stands",
        file="distributor/flows/online.py",
        edits=(("is_less = len(stories) < len(wanted)", "is_less = False"),),
        tests=(f"{PAGES}test_what_was_taken_back_is_shown_nowhere_and_the_page_says_so",),
    ),
    Mutant(
        name="a link that is counted leads where anybody says",
        file="distributor/rules/mail/follow.py",
        edits=(("if not hmac.compare_digest(_mark(key, said), mark):", "if not mark:"),),
        tests=(f"{PAGES}test_no_link_leads_where_we_have_not_signed_it_to",),
    ),
    Mutant(
        name="an issue is cut although its readers have no page",
        file="distributor/render/mails.py",
        edits=(("count - 1 if self._reader.view else 0", "count - 1"),),
        tests=("tests/unit/test_render.py::test_a_digest_too_large_even_without_summaries_is_refused",),
    ),
    Mutant(
        name="by relay: a mail of unknown fate goes by another",
        file="distributor/channels/email/router.py",
        edits=(
            ("isinstance(failure, Unavailable | RateLimited | Unauthorized)", "not isinstance(failure, Rejected)"),
            ("from distributor.errors import ChannelError,", "from distributor.errors import ChannelError, Rejected,"),
        ),
        tests=(f"{MAIL}test_what_a_relay_judged_or_may_have_never_goes_by_another",),
    ),
    Mutant(
        name="by relay: a restart forgets what was used of a quota",
        file="distributor/store/queries/relays.sql",
        edits=(("AND minute > :since ORDER", "AND minute > :since + 1e9 ORDER"),),
        tests=("tests/flow/test_traffic.py::test_a_restart_forgets_no_quota",),
    ),
    Mutant(
        name="by relay: one reader's refusal for now stops the channel",
        file=LIFECYCLE,
        edits=(
            ("return _deferred(answer, tries, now)", "return _wait(now + (answer.retry_after or now - now), answer)"),
        ),
        tests=(
            "tests/flow/test_traffic.py::test_too_fast_slows_one_provider_through_a_restart_until_it_has_been_quiet",
        ),
    ),
    Mutant(
        name="by relay: a second Subject passes under our signature",
        file="distributor/dkim.py",
        edits=(("            if name in OVERSIGNED:\n", "            if name == 'from':\n"),),
        tests=("tests/unit/test_dkim.py::test_what_a_reader_could_see_cannot_be_changed",),
    ),
    Mutant(
        name="by relay: anybody can make up a return path",
        file="distributor/rules/mail/verp.py",
        edits=(("if hmac.compare_digest(mark(delivery), given.lower()):", "if len(mark(delivery)) == len(given):"),),
        tests=("tests/unit/test_verp.py::test_what_we_did_not_make_names_nothing",),
    ),
    Mutant(
        name="by a provider: a token for another login counts",
        file=OPENID,
        edits=(('if not _is_same(claims.get("nonce"), nonce):', 'if "nonce" not in claims:'),),
        tests=(f"{LOGINS}test_no_lie_of_a_provider_lets_anybody_in",),
    ),
    Mutant(
        name="by a provider: a token for another client counts",
        file=OPENID,
        edits=(("not isinstance(audience, list) or client_id not in audience", "not isinstance(audience, list)"),),
        tests=(f"{LOGINS}test_no_lie_of_a_provider_lets_anybody_in",),
    ),
    Mutant(
        name="by a provider: an address that nobody proved counts",
        file=OPENID,
        edits=(('and claims.get("email_verified") is not True', 'and "email_verified" not in claims'),),
        tests=(f"{LOGINS}test_who_has_no_account_by_a_proved_name_stays_outside",),
    ),
    Mutant(
        name="by a provider: an answer counts in any browser",
        file=OPENID,
        edits=(('if not _is_same(answer.get("state", ""), begun.state):', 'if not answer.get("state"):'),),
        tests=(f"{LOGINS}test_no_lie_of_a_provider_lets_anybody_in",),
    ),
    Mutant(
        name="by a provider: an answer counts twice",
        file="distributor/flows/vouch.py",
        edits=(("            self._used[made.state] = made.until\n", ""),),
        tests=(f"{LOGINS}test_an_answer_counts_once_in_its_own_browser_and_for_ten_minutes",),
    ),
    Mutant(
        name="by a provider: whoever has the name now has the account",
        file="distributor/store/queries/people.sql",
        edits=(("AND issuer = :issuer AND subject = :subject;", "AND issuer = :issuer;"),),
        tests=(f"{LOGINS}test_a_name_that_is_given_to_somebody_else_opens_nothing_until_the_account_is_made_anew",),
    ),
    Mutant(
        name="by a provider: a signature need not be right",
        file="distributor/keys/tokens.py",
        edits=(
            (
                "_is_signed(algorithm, _chosen(header, algorithm, published), signed, signature)",
                "_chosen(header, algorithm, published)",
            ),
        ),
        tests=(f"{LOGINS}test_no_lie_of_a_provider_lets_anybody_in",),
    ),
    Mutant(
        name="shadow: what would have left takes no turn",
        file="distributor/store/ledger/queue.py",
        edits=(("    if gate.in_shadow:\n", "    if False:\n"),),
        tests=(f"{SHADOW}test_a_gap_holds_in_shadow_as_it_holds_live_and_through_a_restart",),
    ),
    Mutant(
        name="shadow: what only would have left counts live",
        file="distributor/store/ledger/queue.py",
        edits=(("    if gate.in_shadow:\n", "    if True:\n"),),
        tests=(f"{SHADOW}test_when_it_goes_live_nothing_that_only_would_have_left_counts",),
    ),
    Mutant(
        name="shadow: between gate and wire the money is not looked at",
        file="distributor/store/ledger/deliveries.py",
        edits=(("rendered, channel, now) if purse else None\n", "rendered, channel, now) if not purse else None\n"),),
        tests=(f"{SHADOW}test_money_that_the_other_lane_would_have_spent_meanwhile_is_waited_for",),
    ),
    Mutant(
        name="shadow: what its gates held is sent by the first live start",
        file="distributor/store/ledger/shadowed.py",
        edits=(('    return held + connection.run(sql["end_let_go"], fields)\n', "    return held\n"),),
        tests=(
            f"{SHADOW}test_what_still_waits_behind_gates_of_shadow_is_not_sent_later_and_what_people_hold_waits_on",
        ),
    ),
    Mutant(
        name="damage: a damaged store is told to lie in another folder",
        file="distributor/store/migrations.py",
        edits=(('mark == APPLICATION_ID.to_bytes(4, "big") or', 'mark == APPLICATION_ID.to_bytes(4, "little") and'),),
        tests=(f"{DAMAGE}test_a_store_that_is_damaged_at_its_opening_is_never_told_to_lie_in_another_folder",),
    ),
    Mutant(
        name="damage: a start that does not touch the page sends on",
        file="distributor/store/opening.py",
        edits=(("    _look_through(path)\n", ""),),
        tests=(f"{DAMAGE}test_what_was_found_damaged_once_is_not_opened_again_though_a_start_would_not_touch_it",),
    ),
)
