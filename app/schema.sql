-- A small shop in a schema of its own; the same rows on every machine.
CREATE SCHEMA fastapi_under_load;
SET search_path = fastapi_under_load;

CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, price_cents int NOT NULL);
CREATE TABLE orders (
    id int PRIMARY KEY,
    user_id int NOT NULL REFERENCES users,
    ordered_on date NOT NULL
);
CREATE TABLE order_items (
    order_id int NOT NULL REFERENCES orders,
    product_id int NOT NULL REFERENCES products,
    quantity int NOT NULL,
    PRIMARY KEY (order_id, product_id)
);

INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 1000) AS n;
INSERT INTO products SELECT n, 'product ' || n, 100 + n * 37 % 9900 FROM generate_series(1, 500) AS n;
INSERT INTO orders
    SELECT n, 1 + n % 1000, date '2025-01-01' + n % 365 FROM generate_series(1, 10000) AS n;
-- n and n + 7, n + 14 differ modulo 500, so the three items of one order are three products
INSERT INTO order_items
    SELECT n, 1 + (n * 13 + n / 1000 * 31 + i * 7) % 500, 1 + (n + i) % 5
    FROM generate_series(1, 10000) AS n, generate_series(0, 2) AS i;

CREATE INDEX orders_by_user ON orders (user_id);
ANALYZE users, products, orders, order_items;
