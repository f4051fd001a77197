-- Stories that were told otherwise after readers had them: the desk looks for them by when that was.
CREATE INDEX revisions_later ON revisions (seen_at) WHERE revision > 0;
