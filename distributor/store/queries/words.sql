-- name: left
-- Whether any story stands before the index: 0 or 1.
SELECT count(*) AS n FROM (SELECT 1 FROM stories WHERE id < (SELECT story FROM story_words_from) LIMIT 1);

-- name: put
-- A story that is new or has other words now.
INSERT OR REPLACE INTO story_words (rowid, headline, url) VALUES (?, ?, ?);

-- name: put_in
-- Of older stories some have been put in already, as they changed.
INSERT OR REPLACE INTO story_words (rowid, headline, url)
SELECT id, headline, url FROM stories WHERE id < (SELECT story FROM story_words_from) ORDER BY id DESC LIMIT ?;

-- name: move
-- In the same transaction: what has been put in now.
UPDATE story_words_from SET story = (
    SELECT min(id) FROM (SELECT id FROM stories WHERE id < (SELECT story FROM story_words_from) ORDER BY id DESC LIMIT ?));

-- name: worded
-- The stories whose headline or address says some words of three characters or more (an expression of FTS5) and all of
-- some others (as "found" has them), newest first; those that are older than the index are looked through.
SELECT s.*, json_extract(r.article, '$.guid') AS guid FROM (
    SELECT * FROM (
        SELECT one.* FROM story_words w CROSS JOIN stories one ON one.id = w.rowid
        WHERE w.story_words MATCH :match AND NOT EXISTS (
            SELECT 1 FROM json_each(:short) j WHERE NOT EXISTS (
                SELECT 1 FROM json_each(j.value) way WHERE instr(one.headline, way.value) OR instr(one.url, way.value)))
        ORDER BY w.rowid DESC LIMIT :most)
    UNION
    SELECT * FROM (
        SELECT * FROM stories one
        WHERE one.id < (SELECT story FROM story_words_from)
          AND (instr(one.headline, :as_is) OR instr(one.headline, :small) OR instr(one.headline, :capital)
               OR instr(one.headline, :capitals) OR instr(one.url, :as_is) OR instr(one.url, :small))
          AND NOT EXISTS (
            SELECT 1 FROM json_each(:words) j WHERE NOT EXISTS (
                SELECT 1 FROM json_each(j.value) way WHERE instr(one.headline, way.value) OR instr(one.url, way.value)))
        ORDER BY one.id DESC LIMIT :most)
    ORDER BY id DESC LIMIT :most) s
JOIN revisions r ON r.story_id = s.id AND r.revision = s.revision ORDER BY s.id DESC;
