DELETE FROM incoming WHERE line IN (SELECT line FROM dropped);
DELETE FROM staged WHERE line IN (SELECT line FROM dropped)
