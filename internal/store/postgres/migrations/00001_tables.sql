-- +goose Up
-- Times are microseconds since 1970 UTC; NULL means never.

-- One row a call.
CREATE TABLE calls (
    id                text PRIMARY KEY,
    tenant_id         text NOT NULL,
    switch            text NOT NULL,
    sip_call_id       text NOT NULL,
    direction         text NOT NULL,
    source            text NOT NULL,
    caller_number     text NOT NULL,
    caller_name       text NOT NULL,
    caller_raw        text NOT NULL,
    dialled           text NOT NULL,
    dialled_raw       text NOT NULL,
    inbound_did       text NOT NULL,
    destination       text NOT NULL,
    destination_route text NOT NULL,
    original_dest     text NOT NULL,
    forwarded_to      text NOT NULL,
    forward_type      text NOT NULL,
    revision          bigint NOT NULL,
    rule              text NOT NULL,
    tags              text NOT NULL,
    started_at        bigint,
    ringing_at        bigint,
    answered_at       bigint,
    ended_at          bigint,
    duration_sec      bigint NOT NULL,
    bill_sec          bigint NOT NULL,
    pdd_ms            bigint NOT NULL,
    status            text NOT NULL,
    hangup_cause      text NOT NULL,
    sip_code          bigint NOT NULL,
    hung_up_by        text NOT NULL,
    recording_file    text NOT NULL,
    read_codec        text NOT NULL,
    write_codec       text NOT NULL,
    complete          boolean NOT NULL,
    steps             text NOT NULL,
    facts             text NOT NULL
);
CREATE INDEX calls_by_tenant ON calls (tenant_id, started_at, id);
CREATE INDEX calls_by_time ON calls (started_at, id);

-- One row a leg that was tried; place is its order within the call.
CREATE TABLE call_legs (
    call_id text NOT NULL,
    leg_id  text NOT NULL,
    place   bigint NOT NULL,
    side    text NOT NULL,
    cause   text NOT NULL,
    PRIMARY KEY (call_id, leg_id)
);

-- What happened, in order of commit; body is the exact bytes that are signed.
CREATE TABLE events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid         text NOT NULL UNIQUE,
    tenant_id   text NOT NULL,
    call_id     text NOT NULL,
    type        text NOT NULL,
    occurred_at bigint,
    body        bytea NOT NULL
);
CREATE INDEX events_by_call ON events (call_id, id);
CREATE UNIQUE INDEX events_once ON events (call_id, type)
    WHERE type IN ('call.started', 'call.answered', 'call.ended');

-- One row an event and endpoint. state: 0 ready, 1 leased, 2 waiting behind an
-- earlier delivery of its call at its endpoint, 3 done, 4 dead. next_at is when
-- it may be claimed; of a leased one, when the lease ends.
CREATE TABLE deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    bigint NOT NULL,
    tenant_id   text NOT NULL,
    endpoint_id text NOT NULL,
    call_id     text NOT NULL,
    seq         bigint NOT NULL,
    state       bigint NOT NULL,
    next_at     bigint NOT NULL,
    attempt     bigint NOT NULL,
    lease_epoch bigint NOT NULL,
    UNIQUE (endpoint_id, call_id, seq)
);
CREATE INDEX deliveries_by_event ON deliveries (event_id);
CREATE INDEX deliveries_by_call ON deliveries (call_id, id);
CREATE INDEX deliveries_open ON deliveries (endpoint_id, next_at, id) WHERE state < 2;
CREATE INDEX deliveries_leased ON deliveries (endpoint_id, next_at) WHERE state = 1;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state < 2;

-- Every attempt that was made, also one whose lease was lost.
CREATE TABLE attempts (
    delivery_id bigint NOT NULL,
    n           bigint NOT NULL,
    at          bigint,
    took_us     bigint NOT NULL,
    code        bigint NOT NULL,
    class       text NOT NULL,
    error       text NOT NULL,
    response    bytea NOT NULL,
    PRIMARY KEY (delivery_id, n)
);

-- Configuration by revision: a row is valid for rev_from <= revision < rev_to,
-- rev_to NULL for the current one.
CREATE TABLE objects (
    scope    text NOT NULL,
    kind     text NOT NULL,
    id       text NOT NULL,
    name     text NOT NULL,
    place    bigint NOT NULL,
    body     text NOT NULL,
    rev_from bigint NOT NULL,
    rev_to   bigint,
    PRIMARY KEY (scope, kind, id, rev_from)
);
CREATE INDEX objects_current ON objects (scope, kind, place) WHERE rev_to IS NULL;
CREATE UNIQUE INDEX objects_named ON objects (scope, kind, name) WHERE rev_to IS NULL AND name <> '';

CREATE TABLE revisions (
    scope        text NOT NULL,
    rev          bigint NOT NULL,
    published_at bigint,
    author       text NOT NULL,
    comment      text NOT NULL,
    PRIMARY KEY (scope, rev)
);

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- +goose Down
DROP TABLE meta;
DROP TABLE revisions;
DROP TABLE objects;
DROP TABLE attempts;
DROP TABLE deliveries;
DROP TABLE events;
DROP TABLE call_legs;
DROP TABLE calls;
