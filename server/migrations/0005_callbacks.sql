-- What vendors send us unasked. A promise is an address we gave out for one training; only its SHA-256 is kept.
INSERT INTO counter (name, value) VALUES ('callback', 0);
CREATE TABLE callback_promise (
    training TEXT PRIMARY KEY REFERENCES training (id),
    path_hash TEXT NOT NULL UNIQUE,
    promised_at BIGINT NOT NULL
);

-- When the newest callback of a training came that no poll was asked after yet.
CREATE TABLE callback_nudge (
    training TEXT PRIMARY KEY REFERENCES training (id),
    nudged_at BIGINT NOT NULL
);

-- The client a vendor signs in with at our token address: its secret is made from the vault's key and this number.
CREATE TABLE callback_client (
    connection TEXT PRIMARY KEY,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL
);

-- The inbox. The same body to the same address again is counted, not kept twice.
CREATE TABLE callback (
    id BIGINT PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    training TEXT REFERENCES training (id),
    timing TEXT NOT NULL,
    proof TEXT NOT NULL,
    content_type TEXT,
    body TEXT NOT NULL,
    is_base64 BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    repeated BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX callback_of_training ON callback (training, id);
