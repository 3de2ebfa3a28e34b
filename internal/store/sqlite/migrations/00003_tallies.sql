-- +goose Up

-- What is counted across restarts and servers: how often an entry of a blocklist
-- matched, how many calls a ring group took in turn.
CREATE TABLE tallies (
    tenant_id TEXT NOT NULL,
    kind      TEXT NOT NULL,
    key       TEXT NOT NULL,
    n         INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, key)
);
CREATE INDEX tallies_by_time ON tallies (last_at);

-- The number of the last batch that a server added to them, so that one that is
-- sent again, because nobody knows whether it was stored, is not added again.
CREATE TABLE tally_batches (
    server TEXT PRIMARY KEY,
    batch  INTEGER NOT NULL,
    at     INTEGER NOT NULL
);

-- +goose Down
DROP TABLE tally_batches;
DROP TABLE tallies;
