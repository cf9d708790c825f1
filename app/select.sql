-- What one user ordered and spent, product by product; the database first waits as long as asked.
SELECT p.name, sum(i.quantity) AS quantity, sum(i.quantity * p.price_cents) AS spent_cents
FROM fastapi_under_load.users u
JOIN fastapi_under_load.orders o ON o.user_id = u.id
JOIN fastapi_under_load.order_items i ON i.order_id = o.id
JOIN fastapi_under_load.products p ON p.id = i.product_id
CROSS JOIN pg_sleep(%(wait_s)s)
WHERE u.id = %(user_id)s
GROUP BY p.name
ORDER BY spent_cents DESC, p.name
LIMIT 10
