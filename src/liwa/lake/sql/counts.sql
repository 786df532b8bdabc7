SELECT line >> {bits}, count(DISTINCT line), count(*) FROM staged GROUP BY 1
