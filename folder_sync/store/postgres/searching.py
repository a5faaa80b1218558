"""The index of PostgreSQL behind the page's search: a photo's name, title and GTIN, by their trigrams.

The trigrams are those of the extension pg_trgm, which a server may lack and an administrator may add at any time:
without them the same rows are found by looking through all.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors, sql

from folder_sync.store.ports import Row

TABLE: Final = (
    # By the database's own collation: "C" knows no capital letters but the English ones.
    "CREATE TABLE photo_text (photo_id BIGINT PRIMARY KEY, text TEXT NOT NULL)",
    # Names are bytes, and may be no UTF-8.
    """CREATE FUNCTION photo_words(name BYTEA, title TEXT, gtin TEXT) RETURNS TEXT LANGUAGE plpgsql IMMUTABLE AS $$
       BEGIN
         RETURN convert_from(name, 'UTF8') || chr(10) || title || chr(10) || coalesce(gtin, '');
       EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
         RETURN encode(name, 'escape') || chr(10) || title || chr(10) || coalesce(gtin, '');
       END $$""",
)
CHANGED: Final = """
    IF NEW.name <> OLD.name OR NEW.title <> OLD.title OR NEW.gtin IS DISTINCT FROM OLD.gtin THEN
      UPDATE photo_text SET text = photo_words(NEW.name, NEW.title, NEW.gtin) WHERE photo_id = NEW.id;
    END IF;"""
GONE: Final = "DELETE FROM photo_text WHERE photo_id = OLD.id;"

HINT: Final = "As the database's owner: CREATE EXTENSION pg_trgm; then restart the service."

_INDEX: Final = "photo_text_trigrams"
_NOT_TO_BE_HAD: Final = (
    errors.InsufficientPrivilege,
    errors.UndefinedFile,  # until PostgreSQL 15
    errors.FeatureNotSupported,
)


class TrigramIndex:
    """As ``ports.TextIndex``."""

    table = "photo_text"
    id = "photo_text.photo_id"
    matches = "photo_text.text ILIKE :phrase"
    is_like = "photo_words(name, title, gtin) COLLATE \"default\" ILIKE :pattern ESCAPE '!'"
    last = "SELECT coalesce(max(photo_id), 0) FROM photo_text"
    catch_up = (
        "INSERT INTO photo_text (photo_id, text) SELECT id, photo_words(name, title, gtin) FROM photo"
        f" WHERE id > ({last}) ORDER BY id LIMIT :most RETURNING photo_id"
    )

    def phrase(self, text: str) -> str:
        for sign in ("\\", "%", "_"):
            text = text.replace(sign, f"\\{sign}")
        return f"%{text}%"


def index(connection: psycopg.Connection[Row]) -> None:
    """By trigrams, where there are any: also in a database that got them later. Within a transaction."""
    if is_indexed(connection):
        return
    try:
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = 0")  # of a million photos it takes half a minute
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            ((home,),) = connection.execute(_HOME).fetchall()
            connection.execute(
                sql.SQL("CREATE INDEX {} ON photo_text USING gin (text {}.gin_trgm_ops)").format(
                    sql.Identifier(_INDEX), sql.Identifier(home)
                )
            )
    except _NOT_TO_BE_HAD:
        pass


_HOME: Final = "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'"
"""Not always one that this role looks through."""


def is_indexed(connection: psycopg.Connection[Row]) -> bool:
    return connection.execute("SELECT to_regclass(%s) IS NOT NULL", (_INDEX,)).fetchall() == [(True,)]
