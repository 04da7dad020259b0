-- When a blob that failed is tried again is no longer kept: the pause ends with the program.
-- `begun` tells that the server may already have a part of a blob.
ALTER TABLE blob_queue DROP COLUMN not_before;
ALTER TABLE blob_want DROP COLUMN not_before;
ALTER TABLE blob_queue ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
-- What became of a change that the server put aside: `resent`, or `released` by the office.
ALTER TABLE rejected ADD COLUMN settled TEXT;
-- Chains of earlier epochs that a server restored from a backup is asked about: how far it is.
CREATE TABLE recheck (
    epoch     INTEGER PRIMARY KEY,
    last_seq  INTEGER NOT NULL,
    acked_seq INTEGER NOT NULL
) STRICT;
-- Bytes that stood under a name that a restored server has given to other bytes: kept for a person
-- who has to look what became of them; never folded, never sent.
CREATE TABLE displaced (
    device TEXT NOT NULL,
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    digest TEXT NOT NULL,
    raw    TEXT NOT NULL,
    PRIMARY KEY (device, epoch, seq, digest)
) STRICT, WITHOUT ROWID;
-- Who may see a change. Asked only when a scope leaves or returns, so it needs no index.
ALTER TABLE change ADD COLUMN scope TEXT GENERATED ALWAYS AS (raw ->> '$.scope') VIRTUAL;
-- Scopes that this laptop no longer has: what belongs to them is not shown.
CREATE TABLE evicted (
    scope TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
-- An own original that the server has and that was removed here, to make room.
ALTER TABLE blob_queue ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
-- Files to be removed: named in the transaction that makes them needless, removed after it.
CREATE TABLE blob_drop (
    sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
