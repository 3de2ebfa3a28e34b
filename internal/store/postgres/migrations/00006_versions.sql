-- +goose Up

-- The version of the configuration that a revision made (meta: configuration);
-- 0: it was published before that was kept.
ALTER TABLE revisions ADD COLUMN version bigint NOT NULL DEFAULT 0;
CREATE INDEX revisions_version ON revisions (version);
CREATE INDEX objects_begun ON objects (scope, rev_from);
CREATE INDEX objects_ended ON objects (scope, rev_to) WHERE rev_to IS NOT NULL;
CREATE INDEX objects_webhooks ON objects (id) WHERE kind = 'webhooks' AND rev_to IS NULL;

-- +goose Down
DROP INDEX objects_webhooks;
DROP INDEX objects_ended;
DROP INDEX objects_begun;
DROP INDEX revisions_version;
ALTER TABLE revisions DROP COLUMN version;
