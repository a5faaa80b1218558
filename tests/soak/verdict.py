"""The ledger at the end of the day, held against what was delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from folder_sync.photo import State
from folder_sync.sandbox.ledger import Call
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.sqlite.database import Database
from tests.soak.photographers import PRODUCTS, Photographers, Version
from tests.support.proof import Key, by_key, gtin14
from tests.support.studio import Studio


@dataclass(frozen=True, slots=True)
class Verdict:
    """The lists must be empty. ``lost``: standing in the folder, but not one image; ``twice``: more than one;
    ``strange``: images that nobody delivered; ``heroes``: products that show another hero than the last one;
    ``unaccounted``: files that `list` says nothing or something wrong of. ``adopted``: photos that the service found
    on the server after an answer was lost, as far as their records still stand."""

    lost: list[Key]
    twice: list[Key]
    strange: list[Key]
    heroes: list[str]
    unaccounted: list[str]
    adopted: int

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.strange or self.heroes or self.unaccounted)


def judge(studio: Studio, people: Photographers) -> Verdict:
    posts = by_key(studio.sandbox)
    stored = {key: sum(post.image_id is not None for post in several) for key, several in posts.items()}
    known = {version.key for version in people.delivered}
    images = [image for number in range(PRODUCTS) for image in studio.sandbox.images(gtin14(number))]
    # Told that an image is not there, when only its product was not for a moment, the service takes it for deleted.
    lied_about = {call.path.rpartition("/")[2] for call in studio.sandbox.ledger.calls if _says_gone(call)}
    ids = {image.id for image in images} - lied_about
    # The server may have rewritten a title; and a hero may have been demoted since, so the flag tells nothing here.
    titles = {post.image_id: post.title for post in studio.sandbox.ledger.stored}
    shown = {(image.gtin, titles[image.id], image.sha256) for image in images}
    return Verdict(
        lost=[key for key in (version.key for version in people.standing.values()) if (*key[:2], key[3]) not in shown],
        twice=[key for key, several in posts.items() if sum(post.image_id in ids for post in several) > 1],
        strange=[key for key, count in stored.items() if count and key not in known],
        heroes=_wrong_heroes(studio.sandbox, people.delivered, {key for key, count in stored.items() if count}),
        unaccounted=_unaccounted(studio, people),
        adopted=_adopted(studio),
    )


def _says_gone(call: Call) -> bool:
    return (call.method, call.status) == ("DELETE", 404)


def _wrong_heroes(sandbox: Sandbox, delivered: list[Version], stored: set[Key]) -> list[str]:
    last: dict[str, Version] = {}
    for version in delivered:
        gtin, _, is_primary, _ = version.key
        if is_primary and version.key in stored:
            last[gtin] = version
    wrong = []
    for gtin, version in last.items():
        shown = [image.sha256 for image in sandbox.images(gtin) if image.is_primary]
        if shown != [version.key[3]]:
            wrong.append(f"{gtin} shows {shown}, not {version}")
    return wrong


def _unaccounted(studio: Studio, people: Photographers) -> list[str]:
    done = studio.command("list", "--format", "json")
    listed: dict[str, list[dict[str, Any]]] = {}
    for photo in json.loads(done.stdout):
        listed.setdefault(photo["path"], []).append(photo)
    wrong = []
    for path, version in people.standing.items():
        latest = max(listed.get(str(path), [{"id": 0}]), key=lambda photo: photo["id"])
        if latest.get("state") not in ("uploaded", "duplicate") or latest["sha256"] != version.key[3]:
            wrong.append(f"{path.name}: {latest}")
    for path, code in people.wrong.items():
        (latest, *_) = listed.get(str(path), [{}])
        if latest.get("state") != "rejected" or latest["reason"]["code"] != code:
            wrong.append(f"{path.name}: not {code} but {latest}")
    return wrong


def _adopted(studio: Studio) -> int:
    database = Database(studio.database, create=False)
    try:
        photo_queries = PhotoQueries(database)
        histories = ([event.event for event in photo_queries.history(record.id)] for record in studio.records())
        return sum((State.UNCONFIRMED, State.UPLOADED) in pairwise(history) for history in histories)
    finally:
        database.close()
