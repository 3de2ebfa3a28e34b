-- +goose Up

-- How many objects a revision added, changed or removed; NULL: not known.
ALTER TABLE revisions ADD COLUMN changes bigint;

-- Changes of the configuration that are being worked on. A scope is a tenant's
-- id, or operator. files is encrypted: they may hold secrets.
CREATE TABLE drafts (
    scope      text NOT NULL,
    name       text NOT NULL,
    version    bigint NOT NULL,
    author     text NOT NULL,
    comment    text NOT NULL,
    base       text NOT NULL,
    files      text NOT NULL,
    size       bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (scope, name)
);

-- +goose Down
DROP TABLE drafts;
ALTER TABLE revisions DROP COLUMN changes;
