-- Made by `python -m tests.db.said`; what is said to each engine by statements.

-- name: attachments.brought
-- for: every engine
SELECT v.column1 FROM (VALUES (%s), (%s)) v
WHERE EXISTS (SELECT 1 FROM statements_link l WHERE l.term = v.column1);

-- name: bulk.add_activities
-- for: sqlite
INSERT INTO statements_activity (key, iri, definition) VALUES (?, ?, ?);
-- for: postgresql, opengauss
COPY statements_activity (key, iri, definition) FROM STDIN;

-- name: bulk.add_links
-- for: sqlite
INSERT INTO statements_link (term, seq) VALUES (?, ?);
-- for: postgresql, opengauss
COPY statements_link (term, seq) FROM STDIN;

-- name: bulk.add_statements
-- for: sqlite
INSERT INTO statements_statement (seq, id, voided, authority, size, payload) VALUES (?, ?, ?, ?, ?, ?);
-- for: postgresql, opengauss
COPY statements_statement (seq, id, voided, authority, size, payload) FROM STDIN;

-- name: query.all
-- for: every engine
SELECT s.seq, s.size FROM statements_statement s
WHERE s.seq > %s AND s.seq <= %s AND s.voided = %s AND s.authority = %s
ORDER BY s.seq DESC LIMIT %s;

-- name: query.also
-- for: every engine
AND EXISTS (SELECT 1 FROM statements_link m WHERE m.seq = l.seq AND m.term IN (%s, %s));

-- name: query.arm
-- for: every engine
SELECT s.seq, s.size FROM statements_link l CROSS JOIN statements_statement s
WHERE l.term = %s AND l.seq > %s AND l.seq <= %s AND s.seq = l.seq AND s.voided = %s AND s.authority = %s
ORDER BY l.seq DESC LIMIT %s;

-- name: query.last
-- for: every engine
SELECT last FROM statements_counter WHERE id = 1;

-- name: query.linked
-- for: sqlite
SELECT DISTINCT term FROM statements_link WHERE term IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT DISTINCT term FROM statements_link WHERE term = ANY(%s::bigint[]);

-- name: query.one
-- for: every engine
SELECT seq, payload FROM statements_statement WHERE id = %s AND voided = %s AND authority = %s;

-- name: query.payloads
-- for: sqlite
SELECT seq, payload FROM statements_statement WHERE seq IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT seq, payload FROM statements_statement WHERE seq = ANY(%s::bigint[]);

-- name: query.rarity
-- for: every engine
SELECT count(*) FROM (SELECT 1 FROM statements_link WHERE term IN (%s, %s) LIMIT 200) counted;

-- name: store.activities
-- for: sqlite
SELECT key, iri, definition FROM statements_activity WHERE key IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT key, iri, definition FROM statements_activity WHERE key = ANY(%s::text[]);

-- name: store.advance
-- for: every engine
UPDATE statements_counter SET last = %s WHERE id = 1;

-- name: store.begin
-- for: every engine
INSERT INTO statements_counter (id, last) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM statements_counter WHERE id = 1);

-- name: store.by_id
-- for: sqlite
SELECT seq, voided, payload FROM statements_statement WHERE id IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT seq, voided, payload FROM statements_statement WHERE id = ANY(%s::uuid[]);

-- name: store.by_seq
-- for: sqlite
SELECT seq, voided, payload FROM statements_statement WHERE seq IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT seq, voided, payload FROM statements_statement WHERE seq = ANY(%s::bigint[]);

-- name: store.known
-- for: sqlite
SELECT id, seq FROM statements_statement WHERE id IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT id, seq FROM statements_statement WHERE id = ANY(%s::uuid[]);

-- name: store.link
-- for: every engine
INSERT INTO statements_link (term, seq)
SELECT v.column1, v.column2
FROM (VALUES (%s, %s), (%s, %s)) v
WHERE NOT EXISTS (SELECT 1 FROM statements_link l WHERE l.term = v.column1 AND l.seq = v.column2);

-- name: store.linked
-- for: sqlite
SELECT term, seq FROM statements_link WHERE term IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
SELECT term, seq FROM statements_link WHERE term = ANY(%s::bigint[]);

-- name: store.lock
-- for: sqlite
SELECT last  FROM statements_counter WHERE id = 1 ;
-- for: postgresql, opengauss
SELECT last , set_config('enable_seqscan', 'off', true) FROM statements_counter WHERE id = 1 FOR UPDATE;

-- name: store.redefine
-- for: every engine
UPDATE statements_activity SET definition = %s WHERE key = %s;

-- name: store.rewrite
-- for: every engine
UPDATE statements_statement SET payload = %s, size = %s, voided = (voided OR %s) WHERE seq = %s;

-- name: store.unlink
-- for: every engine
DELETE FROM statements_link WHERE (term, seq) IN (VALUES (%s, %s), (%s, %s));

-- name: store.void
-- for: sqlite
UPDATE statements_statement SET voided = %s WHERE id IN (SELECT value FROM json_each(%s));
-- for: postgresql, opengauss
UPDATE statements_statement SET voided = %s WHERE id = ANY(%s::uuid[]);
