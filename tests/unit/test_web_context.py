"""What sentences become on a page."""

from __future__ import annotations

from folder_sync.web.context import marked_commands


def test_commands_in_a_sentence_stand_out_and_all_else_is_text() -> None:
    marked = marked_commands("`<b>`: `folder-sync retry PHOTO` or `sync` takes `IMG_1.jpg`, a`b & c`")
    assert marked == (
        "`&lt;b&gt;`: <code>folder-sync retry PHOTO</code> or <code>sync</code> takes `IMG_1.jpg`, a`b &amp; c`"
    )
