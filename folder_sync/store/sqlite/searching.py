"""The index of SQLite behind the page's search: every three letters of a photo's name, title and GTIN."""

from __future__ import annotations


class TrigramIndex:
    """As ``ports.TextIndex``."""

    table = "photo_text"
    id = "photo_text.rowid"
    matches = "photo_text MATCH :phrase"
    is_like = (
        "(title LIKE :pattern ESCAPE '!' OR gtin LIKE :pattern ESCAPE '!'"
        " OR CAST(name AS TEXT) LIKE :pattern ESCAPE '!')"
    )
    last = "SELECT coalesce((SELECT rowid FROM photo_text ORDER BY rowid DESC LIMIT 1), 0)"
    catch_up = (
        "INSERT INTO photo_text (rowid, text)"
        " SELECT id, CAST(name AS TEXT) || char(10) || title || char(10) || coalesce(gtin, '') FROM photo"
        f" WHERE id > ({last}) ORDER BY id LIMIT :most RETURNING rowid"
    )

    def phrase(self, text: str) -> str:
        return f'"{text.replace(chr(34), chr(34) * 2)}"'
