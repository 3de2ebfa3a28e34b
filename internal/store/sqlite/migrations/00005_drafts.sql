-- +goose Up

-- How many objects a revision added, changed or removed; NULL: not known.
ALTER TABLE revisions ADD COLUMN changes INTEGER;

-- Changes of the configuration that are being worked on. A scope is a tenant's
-- id, or operator. files is encrypted: they may hold secrets.
CREATE TABLE drafts (
    scope      TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    author     TEXT NOT NULL,
    comment    TEXT NOT NULL,
    base       TEXT NOT NULL,
    files      TEXT NOT NULL,
    size       INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT;

-- +goose Down
DROP TABLE drafts;
ALTER TABLE revisions DROP COLUMN changes;
