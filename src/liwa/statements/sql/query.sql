-- CROSS JOIN fixes the order for SQLite: the links of a term are read from the end that is wanted, as far as needed.

-- name: one
SELECT seq, payload FROM statements_statement WHERE id = %s AND voided = %s {condition}

-- name: arm
SELECT s.seq, s.size FROM statements_link l CROSS JOIN statements_statement s
WHERE l.term = %s AND l.seq > %s AND l.seq <= %s AND s.seq = l.seq AND s.voided = %s {conditions}
ORDER BY l.seq {order} LIMIT %s

-- name: all
SELECT s.seq, s.size FROM statements_statement s
WHERE s.seq > %s AND s.seq <= %s AND s.voided = %s {conditions}
ORDER BY s.seq {order} LIMIT %s

-- name: also
AND EXISTS (SELECT 1 FROM statements_link m WHERE m.seq = {seq} AND m.term IN ({terms}))

-- name: rarity
SELECT count(*) FROM (SELECT 1 FROM statements_link WHERE term IN ({terms}) LIMIT {most}) counted

-- name: payloads
SELECT seq, payload FROM statements_statement WHERE seq {in_numbers}

-- name: last
SELECT last FROM statements_counter WHERE id = 1

-- name: linked
SELECT DISTINCT term FROM statements_link WHERE term {in_numbers}
