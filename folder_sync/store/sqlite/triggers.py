"""What follows from every step of a photo, kept by triggers: no code path can forget it."""

from __future__ import annotations

from typing import Final

from folder_sync.rules.requests import DELIVERY_SECONDS

_HISTORY = (
    """CREATE TABLE history (
         id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: programs, and messages to people, go on from one
         photo_id INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
         at REAL NOT NULL,
         event TEXT NOT NULL,
         detail TEXT NOT NULL
       ) STRICT""",
    """CREATE TRIGGER photo_seen AFTER INSERT ON photo BEGIN
         INSERT INTO history (photo_id, at, event, detail) VALUES (NEW.id, NEW.changed_at, NEW.state, NEW.note);
       END""",
    # changed_at is part of every step, so no write that means something can leave the history out.
    """CREATE TRIGGER photo_stepped AFTER UPDATE OF state, changed_at ON photo BEGIN
         INSERT INTO history (photo_id, at, event, detail)
         VALUES (NEW.id, NEW.changed_at,
                 CASE WHEN NEW.folder <> OLD.folder OR NEW.name <> OLD.name OR NEW.place IS NOT OLD.place THEN 'moved'
                      ELSE NEW.state END,
                 NEW.note);
       END""",
)

_SPENT = (
    # A claim is one request of the key's quota, counted as it ends, and as `uploading` until then: no code path can
    # make the one without counting the other.
    """CREATE TRIGGER photo_spent AFTER UPDATE OF state ON photo
       WHEN OLD.state = 'uploading' AND NEW.state <> 'uploading' BEGIN
         INSERT INTO quota_use (account, second, watcher, requests)
         VALUES (NEW.account, CAST(NEW.changed_at AS INTEGER), '', 1)
         ON CONFLICT DO UPDATE SET requests = requests + 1;
       END""",
)

# Put away or renamed is no step for these; a rejected file that was exported anew and is rejected anew is one.
_COUNTED_IN = """
         INSERT INTO tally (account, state, photos, noted, entered, bytes, at)
         VALUES (NEW.account, NEW.state, 1, NEW.notes <> '', 1, NEW.size,
                 CASE NEW.state WHEN 'uploaded' THEN NEW.uploaded_at ELSE NEW.changed_at END)
         ON CONFLICT (account, state) DO UPDATE SET photos = tally.photos + 1,
           noted = tally.noted + excluded.noted, entered = tally.entered + 1,
           bytes = tally.bytes + excluded.bytes, at = max(tally.at, excluded.at);"""
_COUNTED_OUT = """
         UPDATE tally SET photos = photos - 1, noted = noted - (OLD.notes <> '')
         WHERE account = OLD.account AND state = OLD.state;"""
_REJECTION = """
         INSERT INTO rejections (account, reason_code, photos) VALUES (NEW.account, NEW.reason_code, 1)
         ON CONFLICT (account, reason_code) DO UPDATE SET photos = rejections.photos + 1;"""

_TALLIES = (
    # What is asked at every glance is counted as it changes: no answer takes longer for what is known.
    """CREATE TABLE tally (
         account TEXT NOT NULL,
         state TEXT NOT NULL,
         photos INTEGER NOT NULL CHECK (photos >= 0),  -- that are in this state now
         noted INTEGER NOT NULL CHECK (noted >= 0),    -- with notes, of these
         entered INTEGER NOT NULL,  -- how many ever came into it: this, bytes and at never fall
         bytes INTEGER NOT NULL,    -- the sizes of all that did
         at REAL NOT NULL,          -- when the last of them did
         PRIMARY KEY (account, state)
       ) STRICT, WITHOUT ROWID""",
    # All that ever were: photos go, and what is counted here stays.
    """CREATE TABLE rejections (
         account TEXT NOT NULL,
         reason_code TEXT NOT NULL,
         photos INTEGER NOT NULL,
         PRIMARY KEY (account, reason_code)
       ) STRICT, WITHOUT ROWID""",
    f"CREATE TRIGGER photo_counted_in AFTER INSERT ON photo BEGIN {_COUNTED_IN} END",
    f"""CREATE TRIGGER photo_counted_on AFTER UPDATE OF state, account, arrival ON photo
       WHEN NEW.state <> OLD.state OR NEW.account <> OLD.account OR NEW.arrival <> OLD.arrival
       BEGIN {_COUNTED_OUT} {_COUNTED_IN} END""",
    f"CREATE TRIGGER photo_counted_out AFTER DELETE ON photo BEGIN {_COUNTED_OUT} END",
    f"CREATE TRIGGER photo_rejected_at_once AFTER INSERT ON photo WHEN NEW.state = 'rejected' BEGIN {_REJECTION} END",
    f"""CREATE TRIGGER photo_rejected_later AFTER UPDATE OF state, arrival ON photo
       WHEN NEW.state = 'rejected' AND (OLD.state <> 'rejected' OR NEW.arrival <> OLD.arrival)
       BEGIN {_REJECTION} END""",
)


def _duration(seconds: str) -> str:
    """The shortest of the durations that is long enough."""
    steps = " ".join(f"WHEN {seconds} <= {one} THEN {one}" for one in DELIVERY_SECONDS)
    return f"CASE {steps} ELSE 9e999 END"


_TOOK = "max(NEW.uploaded_at - NEW.first_seen, 0.0)"

_DURATIONS = (
    # Each request in the row of its duration: how many there were, and how long they took together.
    """CREATE TABLE requests_made (
         account TEXT NOT NULL,
         call TEXT NOT NULL,
         ending TEXT NOT NULL,
         within REAL NOT NULL,      -- seconds; infinite for those that took longer than any that is told apart
         number INTEGER NOT NULL,
         seconds REAL NOT NULL,
         PRIMARY KEY (account, call, ending, within)
       ) STRICT, WITHOUT ROWID""",
    # The same of photos, from first seen to uploaded.
    """CREATE TABLE deliveries (
         account TEXT NOT NULL,
         within REAL NOT NULL,
         number INTEGER NOT NULL,
         seconds REAL NOT NULL,
         PRIMARY KEY (account, within)
       ) STRICT, WITHOUT ROWID""",
    f"""CREATE TRIGGER photo_delivered AFTER UPDATE OF state ON photo
       WHEN NEW.state = 'uploaded' AND OLD.state IN ('queued', 'uploading', 'unconfirmed', 'waiting') BEGIN
         INSERT INTO deliveries (account, within, number, seconds)
         VALUES (NEW.account, {_duration(_TOOK)}, 1, {_TOOK})
         ON CONFLICT (account, within) DO UPDATE SET number = deliveries.number + 1,
           seconds = deliveries.seconds + excluded.seconds;
       END""",
)

# In the order in which they were first uploaded: whoever tells people looks at the new ones alone.
_REMARKS = (
    """CREATE TABLE remarked (
         photo_id INTEGER PRIMARY KEY REFERENCES photo (id) ON DELETE CASCADE,
         step INTEGER NOT NULL UNIQUE
       ) STRICT""",
    """CREATE TRIGGER photo_remarked AFTER UPDATE OF state ON photo
       WHEN NEW.state = 'uploaded' AND OLD.state <> 'uploaded' AND NEW.notes <> '' BEGIN
         INSERT INTO remarked (photo_id, step) SELECT NEW.id, coalesce(max(step), 0) + 1 FROM remarked WHERE true
         ON CONFLICT DO NOTHING;
       END""",
)

_SEARCH = (
    # Any part of a word of a photo's file name, title or GTIN, without looking through all of them. New photos come in
    # by `store.search`, many at once and when nobody waits: one by one each would take twice as long to record.
    "CREATE VIRTUAL TABLE photo_text USING fts5 (text, tokenize = 'trigram')",
    """CREATE TRIGGER photo_text_changed AFTER UPDATE OF name, title, gtin ON photo
       WHEN NEW.name <> OLD.name OR NEW.title <> OLD.title OR NEW.gtin IS NOT OLD.gtin BEGIN
         UPDATE photo_text
         SET text = CAST(NEW.name AS TEXT) || char(10) || NEW.title || char(10) || coalesce(NEW.gtin, '')
         WHERE rowid = NEW.id;
       END""",
    """CREATE TRIGGER photo_text_gone AFTER DELETE ON photo BEGIN
         DELETE FROM photo_text WHERE rowid = OLD.id;
       END""",
)

TRIGGERS: Final = (*_HISTORY, *_SPENT, *_TALLIES, *_DURATIONS, *_REMARKS, *_SEARCH)
"""With the tables that nothing else writes to. The table of the quota has to be there."""
