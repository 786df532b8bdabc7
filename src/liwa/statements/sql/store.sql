-- {in_ids}, {in_numbers} and {in_keys} compare with a list that is one value, written as the engine likes it (bulk.py).

-- name: lock
SELECT last {by_index} FROM statements_counter WHERE id = 1 {for_update}

-- name: begin
INSERT INTO statements_counter (id, last) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM statements_counter WHERE id = 1)

-- name: advance
UPDATE statements_counter SET last = %s WHERE id = 1

-- name: known
SELECT id, seq FROM statements_statement WHERE id {in_ids}

-- name: by_id
SELECT seq, voided, payload FROM statements_statement WHERE id {in_ids}

-- name: by_seq
SELECT seq, voided, payload FROM statements_statement WHERE seq {in_numbers}

-- name: linked
SELECT term, seq FROM statements_link WHERE term {in_numbers}

-- name: void
UPDATE statements_statement SET voided = %s WHERE id {in_ids}

-- name: link
INSERT INTO statements_link (term, seq)
SELECT v.column1, v.column2
FROM (VALUES {values}) v
WHERE NOT EXISTS (SELECT 1 FROM statements_link l WHERE l.term = v.column1 AND l.seq = v.column2)

-- name: unlink
DELETE FROM statements_link WHERE (term, seq) IN (VALUES {values})

-- name: rewrite
UPDATE statements_statement SET payload = %s, size = %s, voided = (voided OR %s) WHERE seq = %s

-- name: activities
SELECT key, iri, definition FROM statements_activity WHERE key {in_keys}

-- name: redefine
UPDATE statements_activity SET definition = %s WHERE key = %s
