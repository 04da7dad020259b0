-- One row: who this server is.
CREATE TABLE meta (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    server_epoch  INTEGER NOT NULL,
    server_device TEXT NOT NULL,
    created       TEXT NOT NULL
) STRICT;

-- What is typed at a login. The list of its office travels to each of the office's laptops.
CREATE TABLE account (
    login    TEXT PRIMARY KEY,
    person   TEXT NOT NULL,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    office   TEXT NOT NULL,
    verifier TEXT NOT NULL
) STRICT;
CREATE INDEX account_office ON account (office);

-- A laptop. `epoch` is the highest seen; `seen` is when it first used its token.
CREATE TABLE device (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    public_key   TEXT NOT NULL,
    token_sha256 BLOB UNIQUE,
    office       TEXT NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 0,
    revoked      TEXT,
    enrolled     TEXT NOT NULL,
    seen         TEXT
) STRICT;

-- What a laptop may see; `place` 0 is where its own changes go.
CREATE TABLE device_scope (
    device TEXT NOT NULL,
    place  INTEGER NOT NULL,
    scope  TEXT NOT NULL,
    PRIMARY KEY (device, place),
    UNIQUE (device, scope)
) STRICT;

CREATE TABLE enrol_code (
    sha256  BLOB PRIMARY KEY,
    office  TEXT NOT NULL,
    expires TEXT NOT NULL,
    device  TEXT
) STRICT;

-- How far each laptop's chain has been taken, merged or quarantined.
CREATE TABLE chain (
    device   TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    link     BLOB NOT NULL,
    PRIMARY KEY (device, epoch)
) STRICT;

-- `n` counts the changes of the scope, `digest` is the XOR over their names.
CREATE TABLE scope (
    name   TEXT PRIMARY KEY,
    n      INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- Every merged change in its author's exact bytes, for ever. `set_digest` is the scope's digest
-- after this change, so that it can be told for every cursor.
CREATE TABLE change (
    scope      TEXT NOT NULL,
    n          INTEGER NOT NULL,
    device     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    raw        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    link       BLOB NOT NULL,
    effective  TEXT NOT NULL,
    received   TEXT NOT NULL,
    set_digest BLOB NOT NULL,
    UNIQUE (scope, n),
    UNIQUE (device, epoch, seq)
) STRICT;

-- What could not be merged. It counts for the seq and the link like any other.
CREATE TABLE quarantine (
    device   TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    raw      TEXT NOT NULL,
    digest   BLOB NOT NULL,
    link     BLOB NOT NULL,
    reason   TEXT NOT NULL,
    received TEXT NOT NULL,
    PRIMARY KEY (device, epoch, seq)
) STRICT;

-- The fold of the changes. No CHECK and no foreign key: a newer laptop's value must not fail.
CREATE TABLE record (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    scope   TEXT NOT NULL,
    fields  TEXT NOT NULL,
    writers TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE TABLE conflict (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    record   TEXT NOT NULL,
    scope    TEXT NOT NULL,
    field    TEXT NOT NULL,
    policy   TEXT NOT NULL,
    winner   TEXT NOT NULL,
    loser    TEXT NOT NULL,
    received TEXT NOT NULL
) STRICT;

-- A blob that is whole, checked and in its place.
CREATE TABLE blob (
    sha256   BLOB PRIMARY KEY,
    bytes    INTEGER NOT NULL,
    received TEXT NOT NULL
) STRICT;

-- A blob on its way: the length that was announced. Its bytes so far are the part file's length.
CREATE TABLE blob_part (
    sha256 BLOB PRIMARY KEY,
    bytes  INTEGER NOT NULL
) STRICT;

-- Which scopes hold a record that points to a blob.
CREATE TABLE blob_ref (
    sha256 BLOB NOT NULL,
    scope  TEXT NOT NULL,
    PRIMARY KEY (sha256, scope)
) STRICT;
