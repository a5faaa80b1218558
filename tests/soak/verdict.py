"""The ledger at the end of the day, held against what was delivered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from folder_sync.photo import Record, State
from folder_sync.sandbox.ledger import Call
from folder_sync.sandbox.state import Sandbox
from folder_sync.store.photo_queries import PhotoQueries
from tests.soak.machine import Account, Machine, SharedFolder
from tests.soak.photographers import Photographers, Version
from tests.support.proof import Key, by_key
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
    stored = {post_key for post_key, posts in by_key(studio.sandbox).items() if any(post.image_id for post in posts)}
    return _judge(studio, [people], people.delivered, _wrong_heroes(studio.sandbox, people.delivered, stored))


def judge_several(
    machines: Sequence[Machine],
    shared: SharedFolder,
    accounts: Sequence[Account],
    sandbox: Sandbox,
    records: list[Record],
) -> Verdict:
    """``machines``, all of which see the same ``records``. The last hero is the last that arrived anywhere."""
    watched = [(machine.name, people) for machine in machines for people in machine.people.values()]
    watched.append((shared.watcher, shared.people))
    delivered = [version for account in accounts for version in account.agreed.delivered]
    wrong = [*_heroes_of_several(sandbox, accounts, records), *_out_of_order(watched, records)]
    return _judge(machines[0].studio, [people for _, people in watched], delivered, wrong)


def _judge(
    studio: Studio, everybody: Sequence[Photographers], delivered: Sequence[Version], heroes: list[str]
) -> Verdict:
    posts = by_key(studio.sandbox)
    stored = {key: sum(post.image_id is not None for post in several) for key, several in posts.items()}
    known = {version.key for version in delivered}
    images = studio.sandbox.catalogue.all_images
    # Told that an image is not there, when only its product was not for a moment, the service takes it for deleted.
    lied_about = {call.path.rpartition("/")[2] for call in studio.sandbox.ledger.calls if _says_gone(call)}
    ids = {image.id for image in images} - lied_about
    # The server may have rewritten a title; and a hero may have been demoted since, so the flag tells nothing here.
    titles = {post.image_id: post.title for post in studio.sandbox.ledger.stored}
    shown = {(image.gtin, titles[image.id], image.sha256) for image in images}
    standing = [version.key for people in everybody for version in people.standing.values()]
    return Verdict(
        lost=[key for key in standing if (*key[:2], key[3]) not in shown],
        twice=[key for key, several in posts.items() if sum(post.image_id in ids for post in several) > 1],
        strange=[key for key, count in stored.items() if count and key not in known],
        heroes=heroes,
        unaccounted=_unaccounted(studio, everybody),
        adopted=_adopted(studio),
    )


def _heroes_of_several(sandbox: Sandbox, accounts: Sequence[Account], records: list[Record]) -> list[str]:
    last: dict[tuple[str, str], Record] = {}
    for record in sorted(records, key=lambda one: one.arrival):
        if record.is_primary and record.image_id is not None and record.gtin is not None:
            last[record.account, record.gtin] = record
    wrong = []
    for account in accounts:
        for (of, gtin), record in last.items():
            images = sandbox.catalogue.images(account.organization_id, gtin) if of == account.name else []
            if of == account.name and [image.id for image in images if image.is_primary] != [record.image_id]:
                wrong.append(f"{of} {gtin} shows another hero than {record}")
    return wrong


def _out_of_order(watched: Sequence[tuple[str, Photographers]], records: list[Record]) -> list[str]:
    """Heroes of a product in the folders of one machine, or in the shared one, that were taken in otherwise than they
    came, besides those that were renamed: to a service that was not there meanwhile these came when that was done."""
    arrival = {
        (one.watcher, one.gtin or "", one.title, one.is_primary, one.sha256): one.arrival
        for one in records
        if one.image_id is not None
    }
    wrong = []
    for watcher, people in watched:
        latest: dict[str, int] = {}
        for version in people.own:
            gtin, _, is_primary, _ = version.key
            came = arrival.get((watcher, *version.key))
            if not is_primary or came is None or version.key in people.renamed:
                continue
            if came < latest.get(gtin, 0):
                wrong.append(f"{version} of {watcher} was taken in before an earlier one")
            latest[gtin] = came
    return wrong


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


def _unaccounted(studio: Studio, everybody: Sequence[Photographers]) -> list[str]:
    done = studio.command("list", "--format", "json")
    listed: dict[str, list[dict[str, Any]]] = {}
    for photo in json.loads(done.stdout):
        listed.setdefault(photo["path"], []).append(photo)
    return [fault for people in everybody for fault in _unlisted(listed, people)]


def _unlisted(listed: Mapping[str, list[dict[str, Any]]], people: Photographers) -> list[str]:
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
    with studio.opened() as database:
        photo_queries = PhotoQueries(database)
        histories = ([event.event for event in photo_queries.history(record.id)] for record in studio.records())
        return sum((State.UNCONFIRMED, State.UPLOADED) in pairwise(history) for history in histories)
