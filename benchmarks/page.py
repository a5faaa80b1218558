"""The page over years of photos: how soon it answers, what it weighs, what it costs, and what it takes from a burst.

Measured from outside, over HTTP, in the process that ``folder-sync web`` is. See ``page_in_a_browser`` for the rest.
"""

from __future__ import annotations

import gzip
import itertools
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Final
from urllib.parse import quote, urlsplit

from benchmarks import burst, page_in_a_browser, page_records, photos, running
from benchmarks.figures import Figure
from benchmarks.processes import memory, processor_seconds

COUNTS: Final = (100_000, 1_000_000)
AIMS: Final = {100_000: (50, 20), 1_000_000: (150, 100)}
"""Milliseconds in which 95 of 100 pages, and scrapes, are wanted."""

LISTENERS: Final = 40
ASKED: Final = 40
IDLE_SECONDS: Final = 20.0
MOST_ROUNDS: Final = 3
"""Beside a burst: more would take longer than all else."""


def measure(home: Path, rounds: int) -> list[Figure]:
    figures: list[Figure] = []
    for count in COUNTS:
        studio = home / str(count)
        studio.mkdir()
        page_records.fill(studio, count)
        figures += of_a_studio(studio, count)
    return [*figures, *beside_a_burst(home, min(rounds, MOST_ROUNDS))]


def of_a_studio(studio: Path, count: int) -> list[Figure]:
    """What the page does over the records in ``studio``."""
    page_aim, scrape_aim = AIMS[count]
    figures: list[Figure] = []
    with serving(studio) as (pid, url):
        began = processor_seconds(pid)
        time.sleep(IDLE_SECONDS)
        unseen = (processor_seconds(pid) - began) / IDLE_SECONDS * 60
        figures.append(_figure(f"{count:,}: idle without a visitor, a minute", "s", unseen, "nothing", 0.02))
        for name, paths in addresses(count).items():
            times, spent = answers(pid, url, itertools.islice(paths, ASKED))
            most = scrape_aim if name == "metrics" else page_aim
            wall, processor = ([p95(one) * 1000] for one in (times, spent))
            aim = f"at most {most} ms"
            figures.append(Figure(f"{count:,}: {name}, p95", "ms", wall, "processor time", processor, aim, most))
        figures += _weights(url, count)
        figures += page_in_a_browser.measure(studio, url, f"{count:,}")
        with listeners(url, 1):
            time.sleep(1)
            began = processor_seconds(pid)
            time.sleep(IDLE_SECONDS)
            heard = (processor_seconds(pid) - began) / IDLE_SECONDS * 60
        figures.append(_figure(f"{count:,}: idle with one visitor, a minute", "s", heard, "at most 0.3 s", 0.3))
        figures.append(_figure(f"{count:,}: memory after all that", "MB", memory(pid) / 1e6, "at most 80 MB", 80))
    return figures


def addresses(count: int) -> dict[str, Iterator[str]]:
    """By the name of a page, addresses of it: another one each time where there are others."""
    chance = random.Random(7)

    def gtin() -> str:
        return photos.name(chance.randrange(count))[:14].strip("_")

    def many(make: str, *, before: bool = False) -> Iterator[str]:
        while True:
            number = chance.randrange(1, count)
            yield make.format(id=number, gtin=gtin(), part=gtin()[5:11], before=number if before else "")

    return {
        "today": itertools.repeat("/"),
        "wall": itertools.repeat("/wall"),
        "photos": itertools.repeat("/photos"),
        "photos, deep": many("/photos?before={id}"),
        "photos, pictures": itertools.repeat("/photos?view=grid"),
        "photos, rejected": many("/photos?state=rejected&before={id}"),
        "photos, on their way": itertools.repeat("/photos?state=queued&state=uploading&state=unconfirmed"),
        "photos, in the catalogue": many("/photos?state=uploaded&before={id}"),
        "photos, past": itertools.repeat("/photos?state=superseded&state=duplicate&state=missing"),
        "photos, of a week long ago": itertools.repeat("/photos?since=2023-03-01&until=2023-03-08"),
        "photos, of this week": itertools.repeat("/photos?since=7d"),
        "photos, before long ago": itertools.repeat("/photos?until=2022-03-01"),
        "photos, with remarks": itertools.repeat("/photos?notes=1"),
        "photos, of an unknown account": itertools.repeat("/photos?account=other"),
        "search, a GTIN": many("/photos?q={gtin}"),
        "search, part of a GTIN": many("/photos?q={part}"),
        "search, a word of many": itertools.repeat("/photos?q=front"),
        "search, two letters": itertools.repeat("/photos?q=fr"),
        "search, nothing": itertools.repeat("/photos?q=no+such+words"),
        "search, a word of many, rejected": itertools.repeat("/photos?q=front&state=rejected"),
        "search, a word of many, missing": itertools.repeat("/photos?q=front&state=missing"),
        "search, a word of many, of a week long ago": itertools.repeat(
            f"/photos?q={quote('Front of')}&since=2023-03-01&until=2023-03-08"
        ),
        "photo": many("/photos/{id}"),
        "products": itertools.repeat("/products"),
        "products, deep": many("/products?after={gtin}"),
        "products, incomplete": itertools.repeat("/products?incomplete=1"),
        "products, without a hero": itertools.repeat("/products?without_hero=1"),
        "products, a search": many("/products?q={part}"),
        "products, a word of many": itertools.repeat("/products?q=front"),
        "product": many("/products/{gtin}"),
        "activity": itertools.repeat("/activity"),
        "activity, deep": many("/activity?before={id}"),
        "names": itertools.repeat("/names?names=00012345678905__primay.jpg%0A00012345678905__Front.jpg"),
        "changes": many("/api/changes?limit=100"),
        "health": itertools.repeat("/healthz"),
        "metrics": itertools.repeat("/metrics"),
    }


@contextmanager
def serving(studio: Path, server: str = "http://127.0.0.1:9") -> Iterator[tuple[int, str]]:
    """The page of the records in ``studio``: its process and its address."""
    config = running.configure(studio, server)
    with config.open("a", encoding="utf-8") as file:
        file.write("\n[web]\nport = 0\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "folder_sync", "--config", str(config), "web"],
        env=running.environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None:
            raise AssertionError("it was asked for")
        address = process.stdout.readline().removeprefix("The page is at ").partition(" ")[0]
        yield process.pid, address.rstrip("/")
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def listeners(url: str, count: int) -> Iterator[None]:
    """So many browsers follow the page, and load it anew as often as theirs would."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(closing(HTTPConnection(urlsplit(url).netloc)))
            connection.request("GET", "/events")
            if connection.sock is None:
                raise AssertionError("it is connected")
            stack.callback(connection.sock.shutdown, socket.SHUT_RDWR)  # closing would wait for who reads from it
            threading.Thread(target=_follow, args=(url, connection), daemon=True).start()
        yield


def _follow(url: str, connection: HTTPConnection) -> None:
    try:
        answer = connection.getresponse()
        while line := answer.readline():
            if line.startswith(b"event: change"):
                list(_seconds(url, ["/"]))
    except (OSError, ValueError, AttributeError):  # the end closes the socket under it
        return


def beside_a_burst(home: Path, rounds: int) -> list[Figure]:
    """A burst with forty browsers that look on, beside one that nobody looks at."""
    staging = home / "staging"
    staging.mkdir()
    for number in range(burst.PHOTOS):
        (staging / photos.name(number)).write_bytes(photos.jpeg(burst.PHOTO_BYTES, number))
    watched: list[float] = []
    alone: list[float] = []
    with running.stand_in() as url:
        for number in range(rounds):
            alone.append(burst.PHOTOS / burst.timed(home / f"alone-{number}", url, staging)[0])
            studio = home / f"watched-{number}"
            page_records.fill(studio, 0)
            with serving(studio, url) as (_, address), listeners(address, LISTENERS):
                watched.append(burst.PHOTOS / burst.timed(studio, url, staging)[0])
    name = f"burst, {LISTENERS} browsers look on"
    return [Figure(name, "photos/s", watched, "nobody looks on", alone, "ratio at least 0.95", None, 0.95)]


def answers(pid: int, url: str, paths: Iterable[str]) -> tuple[list[float], list[float]]:
    """Seconds, and processor seconds, of each: where others keep the processors busy too, only the second one tells."""
    times: list[float] = []
    spent: list[float] = []
    before = processor_seconds(pid)
    for seconds in _seconds(url, paths):
        now = processor_seconds(pid)
        times.append(seconds)
        spent.append(now - before)
        before = now
    return times, spent


def p95(samples: list[float]) -> float:
    return quantiles(samples, n=20, method="inclusive")[18]


def _seconds(url: str, paths: Iterable[str]) -> Iterator[float]:
    """How long each answer takes, over one connection. The first one of each kind counts too."""
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        for path in paths:
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Accept": "text/html"})
            answer = connection.getresponse()
            answer.read()
            yield time.perf_counter() - begun
            if answer.status >= 400 and not path.startswith("/healthz"):
                raise RuntimeError(f"{path} was answered with {answer.status}")


def _weights(url: str, count: int) -> list[Figure]:
    pages = ("/", "/photos", "/photos?view=grid", "/photos?state=rejected", "/products", "/activity", "/wall", "/names")
    html = max(_weight(url, path) for path in pages)
    return [
        _figure(f"{count:,}: heaviest HTML, compressed", "KB", html, "at most 20 KB", 20),
        _figure(f"{count:,}: CSS, compressed", "KB", _weight(url, "/static/page.css"), "at most 8 KB", 8),
        _figure(f"{count:,}: JS, compressed", "KB", _weight(url, "/static/page.js"), "at most 10 KB", 10),
    ]


def _weight(url: str, path: str) -> float:
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("GET", path)
        return len(gzip.compress(connection.getresponse().read())) / 1000


def _figure(name: str, unit: str, value: float, aim: str, most: float) -> Figure:
    return Figure(name, unit, [value], "", [], aim, most)
