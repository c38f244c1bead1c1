-- Secrets that people gave us for a connection. `sealed` is an envelope of the vault: it opens only in its own row.
CREATE TABLE kept_secret (
    connection TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (connection, name)
);

-- What a vendor was told about the language model of one product. `secret` names the kept secret with the keys' values;
-- NULL where the provider needs none. `key_names` is a JSON list.
CREATE TABLE llm_setting (
    connection TEXT NOT NULL,
    product_name TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    key_names TEXT NOT NULL,
    secret TEXT,
    set_by TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (connection, product_name)
);
