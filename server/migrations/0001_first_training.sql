-- The first schema. One text for SQLite and PostgreSQL: TEXT, BIGINT and DOUBLE PRECISION only.
-- Times are milliseconds since 1970-01-01T00:00:00Z; flags are 0 or 1; JSON stands in TEXT.

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
-- Events are numbered from here inside their own transaction: the row lock makes numbers gap-free and in commit order,
-- on PostgreSQL too, where a sequence would not be.
INSERT INTO counter (name, value) VALUES ('event', 0), ('answer', 0);

CREATE TABLE person (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE session (
    id_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (name),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sign_in_link (
    token_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (name),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE api_token (
    token_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (name),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);

CREATE TABLE connection_health (
    connection TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    message TEXT,
    last_used_at BIGINT,
    last_refused_at BIGINT,
    silent_until BIGINT
);

CREATE TABLE dataset (
    sha256 TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    owner TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    metadata TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    offset_bytes BIGINT NOT NULL,
    sha256 TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_expiry ON upload (expires_at);

CREATE TABLE training (
    id TEXT PRIMARY KEY,
    vendor TEXT NOT NULL,
    kind TEXT NOT NULL,
    connection TEXT NOT NULL,
    name TEXT NOT NULL,
    vendor_ref TEXT NOT NULL,
    stage TEXT NOT NULL,
    ended BIGINT NOT NULL,
    state TEXT NOT NULL,
    request TEXT NOT NULL,
    submit_digest TEXT NOT NULL,
    vendor_state TEXT NOT NULL,
    owner TEXT NOT NULL,
    search TEXT NOT NULL,
    archived BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- When the vendor last said something new; and when the answers were asked for that are the newest, that gave the
    -- stage, and that ended it.
    last_change_at BIGINT NOT NULL,
    last_asked_at BIGINT,
    stage_asked_at BIGINT,
    ended_asked_at BIGINT,
    last_event BIGINT NOT NULL,
    retry_of TEXT REFERENCES training (id)
);
CREATE INDEX training_newest ON training (archived, created_at, id);
CREATE INDEX training_changed ON training (archived, changed_at, id);
CREATE INDEX training_stage ON training (archived, stage, created_at, id);
CREATE INDEX training_owner ON training (archived, owner, created_at, id);
CREATE INDEX training_kind ON training (archived, kind, created_at, id);
CREATE INDEX training_ref ON training (connection, vendor_ref, created_at);
-- At most one unfinished training owns a vendor's name on a connection.
CREATE UNIQUE INDEX training_owner_of_ref ON training (connection, vendor_ref) WHERE ended = 0;

CREATE TABLE stage_count (
    archived BIGINT NOT NULL,
    stage TEXT NOT NULL,
    trainings BIGINT NOT NULL,
    PRIMARY KEY (archived, stage)
);

CREATE TABLE training_tag (
    training TEXT NOT NULL REFERENCES training (id),
    tag TEXT NOT NULL,
    PRIMARY KEY (tag, training)
);
CREATE INDEX training_tag_of ON training_tag (training);

CREATE TABLE training_dataset (
    training TEXT NOT NULL REFERENCES training (id),
    position BIGINT NOT NULL,
    role TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES dataset (sha256),
    name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (training, position)
);
CREATE INDEX training_dataset_use ON training_dataset (sha256);

-- One send of a training to its vendor. `epoch` is the fence: a write that names an older one changes no row.
CREATE TABLE attempt (
    training TEXT NOT NULL REFERENCES training (id),
    number BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    state TEXT NOT NULL,
    intent_at BIGINT NOT NULL,
    absences BIGINT NOT NULL DEFAULT 0,
    run_id TEXT,
    message TEXT,
    PRIMARY KEY (training, number)
);

CREATE TABLE event (
    id BIGINT PRIMARY KEY,
    training TEXT NOT NULL REFERENCES training (id),
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    at_earliest BIGINT NOT NULL,
    at_latest BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX event_of_training ON event (training, id);

CREATE TABLE metric (
    training TEXT NOT NULL REFERENCES training (id),
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    value DOUBLE PRECISION,
    step BIGINT,
    epoch BIGINT,
    PRIMARY KEY (training, name, at)
);

CREATE TABLE answer (
    id BIGINT PRIMARY KEY,
    training TEXT NOT NULL REFERENCES training (id),
    purpose TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body TEXT NOT NULL,
    truncated BIGINT NOT NULL,
    error TEXT,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    repeated BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX answer_of_training ON answer (training, id);

-- Our own background work. `kind` and `key` name it once; `epoch` fences whoever holds the lease.
CREATE TABLE work (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    training TEXT,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    epoch BIGINT NOT NULL DEFAULT 0,
    tries BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
);
CREATE INDEX work_due ON work (kind, due_at);
