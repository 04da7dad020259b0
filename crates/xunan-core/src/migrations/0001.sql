-- The first schema.
--
-- `change` is the log: every change this laptop made (own = 1) or pulled, in its author's exact
-- bytes. It is also the outbox: own changes of the present epoch above `device.acked_seq` have
-- not reached the server. `edit` tells which records a change touched. `record` is what the log
-- adds up to, whatever the kind. `blob_queue` holds the blobs that the server has not confirmed,
-- `blob_want` those that others recorded and that are to be fetched. `local` is what is not yet
-- an action: half-typed text, places; as durable, never sent. `not_before` (ms since 1970)
-- postpones a blob that could not be sent or had, so that the others get through.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    device     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL,
    link       TEXT NOT NULL,
    stamp      TEXT NOT NULL,
    acked_seq  INTEGER NOT NULL,
    trusted    TEXT
) STRICT;

CREATE TABLE account (
    login TEXT PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
    scope        TEXT PRIMARY KEY,
    place        INTEGER NOT NULL,
    server_epoch INTEGER NOT NULL,
    n            INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    digest       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    device    TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    own       INTEGER NOT NULL,
    raw       TEXT NOT NULL,
    digest    TEXT NOT NULL,
    link      TEXT,
    effective TEXT NOT NULL,
    acked     INTEGER NOT NULL,
    PRIMARY KEY (device, epoch, seq)
) STRICT;

CREATE TABLE edit (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    device TEXT NOT NULL,
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (kind, id, device, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX edit_by_change ON edit (device, epoch, seq);

CREATE TABLE record (
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    fields     TEXT NOT NULL,
    writers    TEXT NOT NULL,
    inspection TEXT GENERATED ALWAYS AS (fields ->> '$.inspection') VIRTUAL,
    finding    TEXT GENERATED ALWAYS AS (fields ->> '$.finding') VIRTUAL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX record_by_inspection ON record (kind, inspection) WHERE inspection IS NOT NULL;
CREATE INDEX record_by_finding ON record (kind, finding) WHERE finding IS NOT NULL;

CREATE TABLE conflict (
    id     TEXT PRIMARY KEY,
    kind   TEXT NOT NULL,
    record TEXT NOT NULL,
    field  TEXT NOT NULL,
    policy TEXT NOT NULL,
    winner TEXT NOT NULL,
    loser  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected (
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_queue (
    sha256     TEXT PRIMARY KEY,
    bytes      INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    inspection TEXT NOT NULL,
    added      TEXT NOT NULL,
    not_before INTEGER NOT NULL DEFAULT 0,
    sent       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_queue_unsent ON blob_queue (lane, added) WHERE sent = 0;

CREATE TABLE blob_want (
    sha256 TEXT PRIMARY KEY,
    bytes  INTEGER NOT NULL,
    lane   INTEGER NOT NULL,
    not_before INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE local (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
