-- Repeats of a natural key within one part, numbered in the order of its lines. Sorting only what repeats costs a
-- third of a window over everything, and leaves the events in the source's own order, in which they compress best.
WITH
part AS (SELECT rowid AS place, natural_key, line, line >> {bits} AS part FROM staged),
repeating AS (SELECT hash(natural_key) FROM part GROUP BY hash(natural_key), part HAVING count(*) > 1),
numbered AS (
    SELECT place, row_number() OVER (PARTITION BY natural_key, part ORDER BY line, place) AS occurrence
    FROM part
    WHERE hash(natural_key) IN (FROM repeating)
)
UPDATE staged
SET event_id = {event_id}
FROM numbered
WHERE staged.rowid = numbered.place AND numbered.occurrence > 1
