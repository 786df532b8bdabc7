DELETE FROM staged WHERE line IN (FROM dropped)
