"""Numbered migrations. The invariants of the queue stand here as constraints, so that no code path can break them.

Never edit a migration that has been released: add the next one.
"""

from __future__ import annotations

from typing import Final

from folder_sync.store.sqlite.indexes import INDEXES
from folder_sync.store.sqlite.triggers import TRIGGERS

_PHOTO = """
CREATE TABLE photo (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: people keep it
  watcher TEXT NOT NULL DEFAULT '',  -- the machine whose path it is; empty: all are one machine's
  folder BLOB NOT NULL,              -- absolute, as the kernel spells it
  name BLOB NOT NULL,
  place BLOB,                        -- where the service has put the file; NULL: it stands in its folder
  account TEXT NOT NULL,
  organization_id TEXT,              -- unknown until configured or told by whoami
  gtin TEXT CHECK (length(gtin) = 14),
  title TEXT NOT NULL,
  is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
  number INTEGER,
  state TEXT NOT NULL CHECK (state IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting',
                                       'rejected', 'duplicate', 'missing', 'superseded')),
  reason_code TEXT,
  reason_message TEXT,
  image_id TEXT,
  image_url TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  size INTEGER NOT NULL,
  format TEXT,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  absences INTEGER NOT NULL DEFAULT 0,
  undecidable INTEGER NOT NULL DEFAULT 0 CHECK (undecidable IN (0, 1)),  -- whether it arrived: left to people
  look_first INTEGER NOT NULL DEFAULT 0 CHECK (look_first IN (0, 1)),  -- the catalogue may have it already
  looked_for INTEGER NOT NULL DEFAULT 0 CHECK (looked_for = 0 OR look_first = 1),  -- once, without being decided
  not_before REAL,                   -- NULL: at once
  arrival INTEGER NOT NULL UNIQUE,   -- the order in which versions were first seen
  first_seen REAL NOT NULL,
  owner TEXT,                        -- which run of the service sent it
  started_at REAL,                   -- when the last request began
  uploaded_at REAL,
  look_again INTEGER NOT NULL DEFAULT 0 CHECK (look_again IN (0, 1)),  -- the next pass takes the file for changed
  put_away INTEGER NOT NULL DEFAULT 0 CHECK (put_away IN (0, 1)),      -- by the service: to ``place``, or deleted
  gone_at REAL,                      -- when the file of an uploaded photo was found to be gone
  replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1)),      -- another record stands for the path by now
  successor INTEGER REFERENCES photo (id) ON DELETE SET NULL,          -- by which it is, or is to be, superseded
  stands INTEGER NOT NULL DEFAULT 0 CHECK (stands = 0 OR state = 'superseded'),  -- replaced, and its file moved here
  unwanted INTEGER NOT NULL DEFAULT 0 CHECK (unwanted = 0 OR state = 'superseded'),  -- to be deleted on the server
  deleting_at REAL CHECK (deleting_at IS NULL OR state = 'superseded'),  -- first asked for: the image may be gone since
  superseded_at REAL,                -- NULL in any other state
  image_deleted_at REAL,             -- when its image was found to be gone from the server
  duplicate_of INTEGER REFERENCES photo (id) ON DELETE SET NULL,
  machine TEXT,                      -- which one took it in
  shot TEXT,                         -- the name of the one it is of
  width INTEGER,                     -- of the picture as it is seen
  height INTEGER,
  sent_sha256 TEXT CHECK (length(sent_sha256) = 64),  -- of the bytes that go, where they are not those of the file
  recipe TEXT,                       -- by which another file is made that goes in its place
  sent_size INTEGER,                 -- of that one
  sent_format TEXT,
  cuts TEXT NOT NULL DEFAULT '',     -- JSON, a list of pairs of offset and hexadecimal bytes that go in place of others
  notes TEXT NOT NULL DEFAULT '',    -- JSON, a list of pairs of code and message; empty: none
  changed_at REAL NOT NULL,
  note TEXT NOT NULL DEFAULT '',     -- what the last step was about; the history keeps all of them

  CHECK (state NOT IN ('queued', 'uploading', 'unconfirmed', 'uploaded', 'waiting')
         OR (gtin IS NOT NULL AND sha256 IS NOT NULL AND format IS NOT NULL)),
  CHECK (state NOT IN ('uploading', 'unconfirmed') OR (owner IS NOT NULL AND started_at IS NOT NULL)),
  CHECK (state NOT IN ('uploaded', 'superseded') OR (image_id IS NOT NULL AND uploaded_at IS NOT NULL)),
  CHECK (state NOT IN ('rejected', 'waiting') OR reason_code IS NOT NULL),
  CHECK ((undecidable = 1) = (state = 'unconfirmed' AND not_before IS NULL)),
  CHECK (replaced = 1 OR (successor IS NULL AND state <> 'superseded')),
  CHECK (superseded_at IS NULL OR state = 'superseded'),
  CHECK (image_deleted_at IS NULL OR state = 'superseded'),
  CHECK (recipe IS NULL OR (sent_sha256 IS NOT NULL AND sent_size IS NOT NULL AND sent_format IS NOT NULL))
) STRICT
"""

_SERVICE = (
    """CREATE TABLE account (
         name TEXT PRIMARY KEY,
         base_url TEXT NOT NULL,
         organization_id TEXT NOT NULL,
         keeps_titles INTEGER NOT NULL DEFAULT 1 CHECK (keeps_titles IN (0, 1))  -- 0: was seen to change one
       ) STRICT""",
    # While a machine has a row, photos that it takes in may already be in the catalogue: records were lost.
    "CREATE TABLE adoption (watcher TEXT PRIMARY KEY DEFAULT '', since REAL NOT NULL) STRICT",
    # Which records these are: every copy of them has the same name.
    "CREATE TABLE provenance (id INTEGER PRIMARY KEY CHECK (id = 1), records TEXT NOT NULL) STRICT",
    "INSERT INTO provenance (id, records) VALUES (1, lower(hex(randomblob(8))))",
    # What the key has used, a row a second and machine: both windows are counted from it, and it survives a restart.
    """CREATE TABLE quota_use (
         account TEXT NOT NULL,
         second INTEGER NOT NULL,
         watcher TEXT NOT NULL,  -- who has used it; empty: the one machine that there is
         requests INTEGER NOT NULL,
         PRIMARY KEY (account, second, watcher)
       ) STRICT, WITHOUT ROWID""",
    # Where machines share the key: how often each has spent, by which the others see that they have to look again.
    """CREATE TABLE quota_spender (
         account TEXT NOT NULL,
         watcher TEXT NOT NULL,
         times INTEGER NOT NULL,
         held_until REAL NOT NULL,  -- the server told it to wait
         PRIMARY KEY (account, watcher)
       ) STRICT, WITHOUT ROWID""",
    # Bytes that look as if a part was never written, and of which somebody said that they are a whole picture.
    """CREATE TABLE vouched (sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64)) STRICT, WITHOUT ROWID""",
    # The windows as the server last described them.
    """CREATE TABLE quota_window (
         account TEXT NOT NULL,
         window_seconds INTEGER NOT NULL,
         max_requests INTEGER NOT NULL,
         PRIMARY KEY (account, window_seconds)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE pause (
         watcher TEXT NOT NULL DEFAULT '',
         scope TEXT NOT NULL,
         reason TEXT NOT NULL,
         until REAL,
         PRIMARY KEY (watcher, scope)
       ) STRICT, WITHOUT ROWID""",
    # How each watched folder is watched, and when that was last seen to work.
    """CREATE TABLE hearing (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         backend TEXT NOT NULL,
         heard_at REAL,
         poll_seconds REAL,
         remark TEXT NOT NULL DEFAULT '',
         about TEXT NOT NULL DEFAULT '' CHECK (about IN ('', 'network', 'limited', 'deaf')),
         PRIMARY KEY (watcher, folder)
       ) STRICT, WITHOUT ROWID""",
    # What intake holds back in each watched folder: how many files, and some of them by name.
    """CREATE TABLE held_folder (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         files INTEGER NOT NULL,
         PRIMARY KEY (watcher, folder)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE held_file (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         path BLOB NOT NULL,
         since REAL NOT NULL,
         why TEXT NOT NULL CHECK (why IN ('written', 'incomplete', 'failing', 'waiting')),
         PRIMARY KEY (watcher, folder, path)
       ) STRICT, WITHOUT ROWID""",
    # How long a pass through a watched folder takes.
    """CREATE TABLE folder_pass (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         seconds REAL NOT NULL,
         PRIMARY KEY (watcher, folder)
       ) STRICT, WITHOUT ROWID""",
    # Device and inode of each watched folder when it was last believed. They may be larger than SQLite's integers.
    """CREATE TABLE identity (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         device TEXT NOT NULL,
         inode TEXT NOT NULL,
         PRIMARY KEY (watcher, folder)
       ) STRICT, WITHOUT ROWID""",
    # What is mounted at, above and below each watched folder: a mount point without its mount shows something else.
    """CREATE TABLE mount (
         watcher TEXT NOT NULL DEFAULT '',
         folder BLOB NOT NULL,
         place BLOB NOT NULL,
         device TEXT NOT NULL,
         inode TEXT NOT NULL,
         PRIMARY KEY (watcher, folder, place)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE run (
         watcher TEXT PRIMARY KEY DEFAULT '',
         pid INTEGER NOT NULL,
         since REAL NOT NULL,
         program TEXT NOT NULL,     -- its version
         machine TEXT NOT NULL
       ) STRICT""",
)

_MESSAGES = (
    # What each target of [notify] was told, or has still to be told, of troubles; see rules/noticing.py.
    """CREATE TABLE notice (
         target TEXT NOT NULL,
         kind TEXT NOT NULL,
         subject TEXT NOT NULL,
         text TEXT NOT NULL,
         relief TEXT NOT NULL,
         weight INTEGER NOT NULL CHECK (weight IN (0, 1, 2)),
         since REAL NOT NULL,
         until REAL,
         times INTEGER NOT NULL,
         told INTEGER NOT NULL CHECK (told IN (0, 1)),
         PRIMARY KEY (target, subject)
       ) STRICT, WITHOUT ROWID""",
    # When it got its last message of a kind.
    """CREATE TABLE told (
         target TEXT NOT NULL,
         kind TEXT NOT NULL,
         at REAL NOT NULL,
         PRIMARY KEY (target, kind)
       ) STRICT, WITHOUT ROWID""",
    # Up to which step it was told of rejected photos, which is one of history, and of photos with remarks.
    """CREATE TABLE told_photos (
         target TEXT NOT NULL,
         kind TEXT NOT NULL CHECK (kind IN ('rejected', 'remarked')),
         step INTEGER NOT NULL,
         PRIMARY KEY (target, kind)
       ) STRICT, WITHOUT ROWID""",
)


_VERBATIM = (
    # Whether an account's catalogue was seen to serve images of a format byte for byte.
    """CREATE TABLE verbatim (
         account TEXT NOT NULL,
         base_url TEXT NOT NULL,
         format TEXT NOT NULL,
         same INTEGER NOT NULL CHECK (same IN (0, 1)),
         at REAL NOT NULL,
         PRIMARY KEY (account, format)
       ) STRICT, WITHOUT ROWID""",
)

_AUDIT = (
    # The products with images of ours, and when each was last held against the catalogue; 0: never.
    """CREATE TABLE audited (
         account TEXT NOT NULL,
         gtin TEXT NOT NULL,
         at REAL NOT NULL,
         PRIMARY KEY (account, gtin)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE audit_pass (
         account TEXT PRIMARY KEY,
         since REAL NOT NULL,
         finished_at REAL,          -- NULL: under way, or broken off
         through_at REAL            -- when the last one was through, also while the next is under way
       ) STRICT""",
    # What audits have used of the key, a row a second: a part of quota_use.
    """CREATE TABLE audit_use (
         account TEXT NOT NULL,
         second INTEGER NOT NULL,
         requests INTEGER NOT NULL,
         PRIMARY KEY (account, second)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE difference (
         id INTEGER PRIMARY KEY,
         account TEXT NOT NULL,
         gtin TEXT NOT NULL,
         kind TEXT NOT NULL CHECK (kind IN ('missing', 'foreign', 'other_hero', 'other_title', 'other_bytes', 'twice',
                                            'undeleted')),
         photo_id INTEGER REFERENCES photo (id) ON DELETE CASCADE,
         image_id TEXT,
         message TEXT NOT NULL,
         found_at REAL NOT NULL
       ) STRICT""",
    # How many there are, as it is asked at every glance.
    """CREATE TABLE difference_tally (
         account TEXT NOT NULL,
         kind TEXT NOT NULL,
         differences INTEGER NOT NULL CHECK (differences >= 0),
         PRIMARY KEY (account, kind)
       ) STRICT, WITHOUT ROWID""",
    """CREATE TRIGGER difference_found AFTER INSERT ON difference BEGIN
         INSERT INTO difference_tally (account, kind, differences) VALUES (NEW.account, NEW.kind, 1)
         ON CONFLICT (account, kind) DO UPDATE SET differences = difference_tally.differences + 1;
       END""",
    """CREATE TRIGGER difference_gone AFTER DELETE ON difference BEGIN
         UPDATE difference_tally SET differences = differences - 1 WHERE account = OLD.account AND kind = OLD.kind;
       END""",
)

_CATALOGUE = (
    # Products that were looked through, since photos of theirs are looked for.
    """CREATE TABLE listed (
         account TEXT NOT NULL,
         gtin TEXT NOT NULL,
         PRIMARY KEY (account, gtin)
       ) STRICT, WITHOUT ROWID""",
    # Their images, in the order of the list: what stood there while nothing of the product was on its way.
    """CREATE TABLE listed_image (
         account TEXT NOT NULL,
         gtin TEXT NOT NULL,
         image_id TEXT NOT NULL,
         title TEXT NOT NULL,
         is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
         created REAL NOT NULL,
         image_url TEXT,
         place INTEGER,               -- NULL: the last list did not have it any more
         PRIMARY KEY (account, gtin, image_id)
       ) STRICT, WITHOUT ROWID""",
    # What is served for an image. No digest: more bytes than the size, and no more were read.
    """CREATE TABLE image_bytes (
         account TEXT NOT NULL,
         image_id TEXT NOT NULL,
         sha256 TEXT CHECK (length(sha256) = 64),
         size INTEGER NOT NULL,
         PRIMARY KEY (account, image_id)
       ) STRICT, WITHOUT ROWID""",
)

_WRITTEN_BY = """
CREATE TABLE written_by (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema INTEGER NOT NULL,           -- how many of the steps below were taken
  program TEXT NOT NULL              -- the version of folder-sync that took the last of them
) STRICT
"""

STEPS: Final[dict[str, tuple[str, ...]]] = {
    "m0001_photos": (_WRITTEN_BY, _PHOTO, *_SERVICE, *_MESSAGES, *_VERBATIM, *_CATALOGUE, *_AUDIT, *TRIGGERS, *INDEXES),
}
VERSION: Final = len(STEPS)
