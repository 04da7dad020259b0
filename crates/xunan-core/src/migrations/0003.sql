-- A site's visits and findings without reading all of them.
ALTER TABLE record ADD COLUMN site TEXT GENERATED ALWAYS AS (fields ->> '$.site') VIRTUAL;
CREATE INDEX record_by_site ON record (kind, site) WHERE site IS NOT NULL;

-- The ledger of hazards (隐患台账): what a finding's record, its steps and its site add up to, so that a
-- hundred thousand can be filtered. Made from the records alone, never written by anything else.
-- `n` is the order in which they were found: milliseconds since 1970 and twenty bits of the id.
-- `site` is the one that stands for the finding's; days are civil dates. `fact` is what the statistics read.
CREATE TABLE ledger (
    n          INTEGER PRIMARY KEY,
    finding    TEXT NOT NULL UNIQUE,
    site       TEXT NOT NULL,
    region     TEXT NOT NULL,
    sector     TEXT NOT NULL,
    level      TEXT NOT NULL,
    hazard_key TEXT,
    channel    TEXT NOT NULL,
    inspector  TEXT NOT NULL,
    found      TEXT NOT NULL,
    state      TEXT NOT NULL,
    deadline   TEXT,
    due        TEXT,
    closed     TEXT,
    listed     TEXT,
    disputed   INTEGER NOT NULL,
    fact       TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_by_site ON ledger (site, n);
CREATE INDEX ledger_by_due ON ledger (due, n) WHERE due IS NOT NULL;
CREATE VIRTUAL TABLE ledger_words USING fts5(text, content = '', contentless_delete = 1, tokenize = 'ascii');

-- Findings of which the ledger's row is to be made again before the write ends. Triggers name them, so no
-- way of writing a record can forget it. One may be named several times: within a trigger the conflict
-- clause of the statement outside counts.
CREATE TABLE ledger_stale (
    finding TEXT NOT NULL
) STRICT;
CREATE TRIGGER ledger_inserted AFTER INSERT ON record
WHEN new.kind IN ('finding', 'transition') BEGIN
    INSERT INTO ledger_stale VALUES (iif(new.kind = 'finding', new.id, coalesce(new.finding, '')));
END;
CREATE TRIGGER ledger_updated AFTER UPDATE ON record
WHEN new.kind IN ('finding', 'transition') BEGIN
    INSERT INTO ledger_stale VALUES (iif(new.kind = 'finding', new.id, coalesce(new.finding, '')));
END;
CREATE TRIGGER ledger_deleted AFTER DELETE ON record
WHEN old.kind IN ('finding', 'transition') BEGIN
    INSERT INTO ledger_stale VALUES (iif(old.kind = 'finding', old.id, coalesce(old.finding, '')));
END;
CREATE TRIGGER ledger_site_inserted AFTER INSERT ON record WHEN new.kind = 'site' BEGIN
    INSERT INTO ledger_stale
        SELECT id FROM record WHERE kind = 'finding' AND site = new.id
        UNION SELECT finding FROM ledger WHERE site = new.id;
END;
CREATE TRIGGER ledger_site_updated AFTER UPDATE ON record WHEN new.kind = 'site' BEGIN
    INSERT INTO ledger_stale
        SELECT id FROM record WHERE kind = 'finding' AND site = new.id
        UNION SELECT finding FROM ledger WHERE site = new.id;
END;
INSERT INTO ledger_stale SELECT id FROM record WHERE kind = 'finding';
-- An office's rules say when a recheck is due.
CREATE TRIGGER ledger_office_updated AFTER UPDATE ON record WHEN new.kind = 'office' BEGIN
    INSERT INTO ledger_stale SELECT id FROM record WHERE kind = 'finding';
END;
CREATE TRIGGER ledger_office_inserted AFTER INSERT ON record WHEN new.kind = 'office' BEGIN
    INSERT INTO ledger_stale SELECT id FROM record WHERE kind = 'finding';
END;
