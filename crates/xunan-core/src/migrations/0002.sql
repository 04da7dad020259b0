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
