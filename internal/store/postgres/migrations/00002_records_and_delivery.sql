-- +goose Up

-- owner is the server whose session drives the call, '' when none does; left_at
-- is since when. seen_at is when the switch last said that it still has the call.
ALTER TABLE calls ADD COLUMN owner text NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN left_at bigint;
ALTER TABLE calls ADD COLUMN seen_at bigint;
ALTER TABLE calls ADD COLUMN q850 bigint NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN bridged_at bigint;
CREATE INDEX calls_active ON calls (started_at, id) WHERE status = 'active';

-- A leg has times and media of its own; number is the caller's (a) or what was
-- dialled (b). told says of each value how good its source was, three bits each:
-- of the legs that are there cause, side and source are known, from the session.
ALTER TABLE call_legs ADD COLUMN number text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN sip_call_id text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN started_at bigint;
ALTER TABLE call_legs ADD COLUMN ringing_at bigint;
ALTER TABLE call_legs ADD COLUMN answered_at bigint;
ALTER TABLE call_legs ADD COLUMN ended_at bigint;
ALTER TABLE call_legs ADD COLUMN duration_sec bigint NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN bill_sec bigint NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN q850 bigint NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN sip_code bigint NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN hung_up_by text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN read_codec text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN write_codec text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN media text NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN source text NOT NULL DEFAULT 'live';
ALTER TABLE call_legs ADD COLUMN complete boolean NOT NULL DEFAULT false;
ALTER TABLE call_legs ADD COLUMN told bigint NOT NULL DEFAULT 0;
UPDATE call_legs SET told = CASE WHEN cause = '' THEN 144 ELSE 146 END;

-- once is '' for an event that happens at most once a call, else the event's id.
-- xid is the transaction that stored it: ids are given before they are committed,
-- so a reader goes by xid, up to the oldest transaction that still runs.
DROP INDEX events_once;
DROP INDEX events_by_call;
ALTER TABLE events ADD COLUMN once text NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
UPDATE events SET once = uid WHERE type NOT IN ('call.started', 'call.answered', 'call.ended');
CREATE UNIQUE INDEX events_once ON events (call_id, type, once);
CREATE INDEX events_by_commit ON events (tenant_id, xid, id);

-- What has an order of its own is a call; an event without a call has its own
-- id as call_id. attempt counts all attempts, tries those since the event was
-- put in line, or replayed: the place in the schedule. first_at is the first of
-- these. yield_at is when the next one of the route may go although this one is
-- not over, 0 if it has to wait. One that is unordered waits for none, and none
-- waits for it.
ALTER TABLE deliveries ADD COLUMN tries bigint NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN first_at bigint;
ALTER TABLE deliveries ADD COLUMN out_of_order boolean NOT NULL DEFAULT false;
ALTER TABLE deliveries ADD COLUMN replayed boolean NOT NULL DEFAULT false;
ALTER TABLE deliveries ADD COLUMN unordered boolean NOT NULL DEFAULT false;
ALTER TABLE deliveries ADD COLUMN yield_at bigint NOT NULL DEFAULT 0;
UPDATE deliveries SET tries = attempt;
-- Nobody asks for the next due one of all endpoints any more.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_by_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_given_up ON deliveries (tenant_id, id) WHERE state = 4;

-- What is known of an endpoint that failed; one that always worked has no row.
-- slots is how many deliveries it may have under way, 0 for as many as usual.
CREATE TABLE endpoints (
    id           text PRIMARY KEY,
    tenant_id    text NOT NULL,
    slots        bigint NOT NULL DEFAULT 0,
    paused_until bigint NOT NULL DEFAULT 0,
    pause_ms     bigint NOT NULL DEFAULT 0,
    failures     bigint NOT NULL DEFAULT 0,
    attempts     bigint NOT NULL DEFAULT 0,
    failing_since bigint,
    last_ok_at   bigint,
    disabled_at  bigint,
    disabled_why text NOT NULL DEFAULT ''
);

-- Servers that run, or did.
CREATE TABLE servers (
    id         text PRIMARY KEY,
    started_at bigint NOT NULL,
    seen_at    bigint NOT NULL
);

-- Keys for the HTTP endpoint; hash is of the key, which is shown once. tenant_id
-- is '' for a superadmin's.
CREATE TABLE api_keys (
    id           text PRIMARY KEY,
    tenant_id    text NOT NULL,
    name         text NOT NULL,
    role         text NOT NULL,
    hash         text NOT NULL UNIQUE,
    hint         text NOT NULL,
    created_at   bigint NOT NULL,
    created_by   text NOT NULL,
    last_used_at bigint,
    revoked_at   bigint
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at, id);

-- +goose Down
DROP TABLE api_keys;
DROP TABLE servers;
DROP TABLE endpoints;
DROP INDEX deliveries_given_up;
DROP INDEX deliveries_by_tenant;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state < 2;
DROP INDEX deliveries_by_endpoint;
ALTER TABLE deliveries DROP COLUMN tries, DROP COLUMN first_at, DROP COLUMN out_of_order, DROP COLUMN replayed,
    DROP COLUMN unordered, DROP COLUMN yield_at;
DROP INDEX events_by_commit;
DROP INDEX events_once;
ALTER TABLE events DROP COLUMN once, DROP COLUMN xid;
CREATE INDEX events_by_call ON events (call_id, id);
CREATE UNIQUE INDEX events_once ON events (call_id, type) WHERE type IN ('call.started', 'call.answered', 'call.ended');
ALTER TABLE call_legs DROP COLUMN number, DROP COLUMN sip_call_id, DROP COLUMN started_at, DROP COLUMN ringing_at,
    DROP COLUMN answered_at, DROP COLUMN ended_at, DROP COLUMN duration_sec, DROP COLUMN bill_sec, DROP COLUMN q850,
    DROP COLUMN sip_code, DROP COLUMN hung_up_by, DROP COLUMN read_codec, DROP COLUMN write_codec, DROP COLUMN media,
    DROP COLUMN source, DROP COLUMN complete, DROP COLUMN told;
DROP INDEX calls_active;
ALTER TABLE calls DROP COLUMN owner, DROP COLUMN left_at, DROP COLUMN seen_at, DROP COLUMN q850, DROP COLUMN bridged_at;
