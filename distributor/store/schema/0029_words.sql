-- Which headline or address says what, by every three characters in a row (sqlite.org/fts5.html, "The Trigram
-- Tokenizer"): any part of a word is found, small or capital, in every script. Whoever writes a story writes it here too:
-- a schema that is not trusted (PRAGMA trusted_schema) has no triggers that write virtual tables.
CREATE VIRTUAL TABLE story_words USING fts5 (headline, url, tokenize = 'trigram');

-- From this story on they stand in it. Those of a store that is older are put into it by and by, the latest first, for a
-- hundred thousand take five seconds.
CREATE TABLE story_words_from (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    story INTEGER NOT NULL
) STRICT;
INSERT INTO story_words_from (one, story) SELECT 1, coalesce(max(id), 0) + 1 FROM stories;
