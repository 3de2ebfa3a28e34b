-- +goose Up
-- Times are microseconds since 1970 UTC; NULL means never.

-- One row a call.
CREATE TABLE calls (
    id                TEXT PRIMARY KEY,
    tenant_id         TEXT NOT NULL,
    switch            TEXT NOT NULL,
    sip_call_id       TEXT NOT NULL,
    direction         TEXT NOT NULL,
    source            TEXT NOT NULL,
    caller_number     TEXT NOT NULL,
    caller_name       TEXT NOT NULL,
    caller_raw        TEXT NOT NULL,
    dialled           TEXT NOT NULL,
    dialled_raw       TEXT NOT NULL,
    inbound_did       TEXT NOT NULL,
    destination       TEXT NOT NULL,
    destination_route TEXT NOT NULL,
    original_dest     TEXT NOT NULL,
    forwarded_to      TEXT NOT NULL,
    forward_type      TEXT NOT NULL,
    revision          INTEGER NOT NULL,
    rule              TEXT NOT NULL,
    tags              TEXT NOT NULL,
    started_at        INTEGER,
    ringing_at        INTEGER,
    answered_at       INTEGER,
    ended_at          INTEGER,
    duration_sec      INTEGER NOT NULL,
    bill_sec          INTEGER NOT NULL,
    pdd_ms            INTEGER NOT NULL,
    status            TEXT NOT NULL,
    hangup_cause      TEXT NOT NULL,
    sip_code          INTEGER NOT NULL,
    hung_up_by        TEXT NOT NULL,
    recording_file    TEXT NOT NULL,
    read_codec        TEXT NOT NULL,
    write_codec       TEXT NOT NULL,
    complete          INTEGER NOT NULL,
    steps             TEXT NOT NULL,
    facts             TEXT NOT NULL
) STRICT;
CREATE INDEX calls_by_tenant ON calls (tenant_id, started_at, id);
CREATE INDEX calls_by_time ON calls (started_at, id);

-- One row a leg that was tried; place is its order within the call.
CREATE TABLE call_legs (
    call_id TEXT NOT NULL,
    leg_id  TEXT NOT NULL,
    place   INTEGER NOT NULL,
    side    TEXT NOT NULL,
    cause   TEXT NOT NULL,
    PRIMARY KEY (call_id, leg_id)
) STRICT, WITHOUT ROWID;

-- What happened, in order of commit; body is the exact bytes that are signed.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uid         TEXT NOT NULL UNIQUE,
    tenant_id   TEXT NOT NULL,
    call_id     TEXT NOT NULL,
    type        TEXT NOT NULL,
    occurred_at INTEGER,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX events_by_call ON events (call_id, id);
CREATE UNIQUE INDEX events_once ON events (call_id, type)
    WHERE type IN ('call.started', 'call.answered', 'call.ended');

-- One row an event and endpoint. state: 0 ready, 1 leased, 2 waiting behind an
-- earlier delivery of its call at its endpoint, 3 done, 4 dead. next_at is when
-- it may be claimed; of a leased one, when the lease ends.
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    INTEGER NOT NULL,
    tenant_id   TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    call_id     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    next_at     INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    lease_epoch INTEGER NOT NULL,
    UNIQUE (endpoint_id, call_id, seq)
) STRICT;
CREATE INDEX deliveries_by_event ON deliveries (event_id);
CREATE INDEX deliveries_by_call ON deliveries (call_id, id);
CREATE INDEX deliveries_open ON deliveries (endpoint_id, next_at, id) WHERE state < 2;
CREATE INDEX deliveries_leased ON deliveries (endpoint_id, next_at) WHERE state = 1;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state < 2;

-- Every attempt that was made, also one whose lease was lost.
CREATE TABLE attempts (
    delivery_id INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    at          INTEGER,
    took_us     INTEGER NOT NULL,
    code        INTEGER NOT NULL,
    class       TEXT NOT NULL,
    error       TEXT NOT NULL,
    response    BLOB NOT NULL,
    PRIMARY KEY (delivery_id, n)
) STRICT, WITHOUT ROWID;

-- Configuration by revision: a row is valid for rev_from <= revision < rev_to,
-- rev_to NULL for the current one.
CREATE TABLE objects (
    scope    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    name     TEXT NOT NULL,
    place    INTEGER NOT NULL,
    body     TEXT NOT NULL,
    rev_from INTEGER NOT NULL,
    rev_to   INTEGER,
    PRIMARY KEY (scope, kind, id, rev_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_current ON objects (scope, kind, place) WHERE rev_to IS NULL;
CREATE UNIQUE INDEX objects_named ON objects (scope, kind, name) WHERE rev_to IS NULL AND name <> '';

CREATE TABLE revisions (
    scope        TEXT NOT NULL,
    rev          INTEGER NOT NULL,
    published_at INTEGER,
    author       TEXT NOT NULL,
    comment      TEXT NOT NULL,
    PRIMARY KEY (scope, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE meta;
DROP TABLE revisions;
DROP TABLE objects;
DROP TABLE attempts;
DROP TABLE deliveries;
DROP TABLE events;
DROP TABLE call_legs;
DROP TABLE calls;
