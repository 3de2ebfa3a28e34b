-- +goose Up

-- owner is the server whose session drives the call, '' when none does; left_at
-- is since when. seen_at is when the switch last said that it still has the call.
ALTER TABLE calls ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN left_at INTEGER;
ALTER TABLE calls ADD COLUMN seen_at INTEGER;
ALTER TABLE calls ADD COLUMN q850 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN bridged_at INTEGER;
CREATE INDEX calls_active ON calls (started_at, id) WHERE status = 'active';

-- A leg has times and media of its own; number is the caller's (a) or what was
-- dialled (b). told says of each value how good its source was, three bits each:
-- of the legs that are there cause, side and source are known, from the session.
ALTER TABLE call_legs ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN sip_call_id TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN started_at INTEGER;
ALTER TABLE call_legs ADD COLUMN ringing_at INTEGER;
ALTER TABLE call_legs ADD COLUMN answered_at INTEGER;
ALTER TABLE call_legs ADD COLUMN ended_at INTEGER;
ALTER TABLE call_legs ADD COLUMN duration_sec INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN bill_sec INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN q850 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN sip_code INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN hung_up_by TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN read_codec TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN write_codec TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN media TEXT NOT NULL DEFAULT '';
ALTER TABLE call_legs ADD COLUMN source TEXT NOT NULL DEFAULT 'live';
ALTER TABLE call_legs ADD COLUMN complete INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call_legs ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE call_legs SET told = CASE WHEN cause = '' THEN 144 ELSE 146 END;

-- once is '' for an event that happens at most once a call, else the event's id.
-- xid is 0: with one writer the order of ids is the order of commits.
DROP INDEX events_once;
DROP INDEX events_by_call;
ALTER TABLE events ADD COLUMN once TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN xid INTEGER NOT NULL DEFAULT 0;
UPDATE events SET once = uid WHERE type NOT IN ('call.started', 'call.answered', 'call.ended');
CREATE UNIQUE INDEX events_once ON events (call_id, type, once);
CREATE INDEX events_by_commit ON events (tenant_id, xid, id);

-- What has an order of its own is a call; an event without a call has its own
-- id as call_id. attempt counts all attempts, tries those since the event was
-- put in line, or replayed: the place in the schedule. first_at is the first of
-- these. yield_at is when the next one of the route may go although this one is
-- not over, 0 if it has to wait. One that is unordered waits for none, and none
-- waits for it.
ALTER TABLE deliveries ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN first_at INTEGER;
ALTER TABLE deliveries ADD COLUMN out_of_order INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN unordered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN yield_at INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET tries = attempt;
-- Nobody asks for the next due one of all endpoints any more.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
CREATE INDEX deliveries_by_tenant ON deliveries (tenant_id, id);
CREATE INDEX deliveries_given_up ON deliveries (tenant_id, id) WHERE state = 4;

-- What is known of an endpoint that failed; one that always worked has no row.
-- slots is how many deliveries it may have under way, 0 for as many as usual.
CREATE TABLE endpoints (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL,
    slots        INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER NOT NULL DEFAULT 0,
    pause_ms     INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    last_ok_at   INTEGER,
    disabled_at  INTEGER,
    disabled_why TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Servers that run, or did.
CREATE TABLE servers (
    id         TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys for the HTTP endpoint; hash is of the key, which is shown once. tenant_id
-- is '' for a superadmin's.
CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    hint         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at, id);

-- +goose Down
DROP TABLE api_keys;
DROP TABLE servers;
DROP TABLE endpoints;
DROP INDEX deliveries_given_up;
DROP INDEX deliveries_by_tenant;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state < 2;
DROP INDEX deliveries_by_endpoint;
ALTER TABLE deliveries DROP COLUMN unordered;
ALTER TABLE deliveries DROP COLUMN yield_at;
ALTER TABLE deliveries DROP COLUMN tries;
ALTER TABLE deliveries DROP COLUMN first_at;
ALTER TABLE deliveries DROP COLUMN out_of_order;
ALTER TABLE deliveries DROP COLUMN replayed;
DROP INDEX events_by_commit;
DROP INDEX events_once;
ALTER TABLE events DROP COLUMN once;
ALTER TABLE events DROP COLUMN xid;
CREATE INDEX events_by_call ON events (call_id, id);
CREATE UNIQUE INDEX events_once ON events (call_id, type) WHERE type IN ('call.started', 'call.answered', 'call.ended');
ALTER TABLE call_legs DROP COLUMN number;
ALTER TABLE call_legs DROP COLUMN sip_call_id;
ALTER TABLE call_legs DROP COLUMN started_at;
ALTER TABLE call_legs DROP COLUMN ringing_at;
ALTER TABLE call_legs DROP COLUMN answered_at;
ALTER TABLE call_legs DROP COLUMN ended_at;
ALTER TABLE call_legs DROP COLUMN duration_sec;
ALTER TABLE call_legs DROP COLUMN bill_sec;
ALTER TABLE call_legs DROP COLUMN q850;
ALTER TABLE call_legs DROP COLUMN sip_code;
ALTER TABLE call_legs DROP COLUMN hung_up_by;
ALTER TABLE call_legs DROP COLUMN read_codec;
ALTER TABLE call_legs DROP COLUMN write_codec;
ALTER TABLE call_legs DROP COLUMN media;
ALTER TABLE call_legs DROP COLUMN source;
ALTER TABLE call_legs DROP COLUMN complete;
ALTER TABLE call_legs DROP COLUMN told;
DROP INDEX calls_active;
ALTER TABLE calls DROP COLUMN owner;
ALTER TABLE calls DROP COLUMN left_at;
ALTER TABLE calls DROP COLUMN seen_at;
ALTER TABLE calls DROP COLUMN q850;
ALTER TABLE calls DROP COLUMN bridged_at;
