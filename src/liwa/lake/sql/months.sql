SELECT
    month,
    count(*),
    min(epoch_us(occurred_at)),
    max(epoch_us(occurred_at)),
    min(epoch_us(known_at)),
    max(epoch_us(known_at))
FROM staged
GROUP BY month
ORDER BY count(*) DESC, month
