"""What every page needs: the reader's language and role, the records, and the templates."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from folder_sync.accounts import configured_windows
from folder_sync.rules.names.meaning import Understanding
from folder_sync.rules.quota import Window
from folder_sync.service.folders import Folder, folders
from folder_sync.settings import Settings
from folder_sync.store.ports import Store
from folder_sync.store.whose import Whose
from folder_sync.text import iso
from folder_sync.version import program_version
from folder_sync.web import words
from folder_sync.web.access import Role
from folder_sync.web.catalogue import Catalogue
from folder_sync.web.completeness import Completenesses
from folder_sync.web.records import Records
from folder_sync.web.sessions import Sessions
from folder_sync.web.thumbnails import Thumbnails
from folder_sync.web.words import Words

HERE: Final = Path(__file__).parent
LANGUAGES: Final = (("en", "English"), ("de", "Deutsch"))

_COMMAND: Final = re.compile("`(folder-sync [A-Za-z -]+|[a-z]+)`")


@dataclass(frozen=True)
class Site:
    """All that the pages share; kept in ``app.state.site``."""

    settings: Settings
    records: Records
    sessions: Sessions
    thumbnails: Thumbnails
    folders: Sequence[Folder]
    roots: Sequence[bytes]
    catalogue: Catalogue
    completenesses: Completenesses
    windows: Mapping[str, Sequence[Window]]
    templates: Environment = field(repr=False)

    @classmethod
    def build(cls, settings: Settings, store: Store, sessions: Sessions) -> Site:
        watched = folders(settings)
        roots = [folder.root for folder in watched]
        kept = store.path.with_name(f"{store.path.name}.thumbnails")
        records, catalogue = Records(store), Catalogue(settings)
        shared = frozenset(folder.root for folder in watched if folder.is_shared)
        watchers = Whose(store.watcher, shared).names(shared)
        return cls(
            settings=settings,
            records=records,
            sessions=sessions,
            thumbnails=Thumbnails(kept, roots, settings.web.thumbnail_megabytes, watchers),
            folders=watched,
            roots=roots,
            catalogue=catalogue,
            completenesses=Completenesses(settings, catalogue, records),
            windows={name: configured_windows(account) for name, account in settings.accounts.items()},
            templates=_templates(),
        )

    def version(self) -> object:
        """Another one when the pages may show something else. Raises StoreUnavailable.

        A service that is killed, and a machine that falls silent, write nothing of it.
        """
        working = [(machine.name, machine.pid, machine.is_silent) for machine in self.records.open().machines()]
        return self.records.version(), self.completenesses.number, working

    def understand(self, path: bytes) -> Understanding | None:
        """What the name of a file says just now; None where it is not in a watched folder."""
        folder = next((folder for folder in self.folders if folder.holds(path)), None)
        if folder is None:
            return None
        products = self.catalogue.products()
        if folder.names.naming.products is not products:
            folder.names.take(products)
        return folder.names.understand(path)

    @cached_property
    def assets(self) -> str:
        """Changes with what is in ``static``, so that browsers may keep that for ever."""
        digest = hashlib.sha256()
        for file in sorted((HERE / "static").iterdir()):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:12]


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def words_of(request: Request) -> Words:
    return words.chosen(
        request.query_params.get("lang"), request.cookies.get(words.COOKIE), request.headers.get("accept-language", "")
    )


def role_of(request: Request) -> Role:
    role: Role = getattr(request.state, "role", Role.NOBODY)
    return role


def page(request: Request, template: str, *, status: int = 200, section: str = "", **values: Any) -> Response:
    """A page in the reader's language."""
    site, said = site_of(request), words_of(request)
    html = site.templates.get_template(template).render(
        _=said,
        words=said,
        q=request.query_params.get("q", ""),
        section=section,
        assets=site.assets,
        version=program_version(),
        zone=time.strftime("%Z"),
        languages=LANGUAGES,
        here_in=lambda tag: f"?{urlencode([*_without(request, 'lang'), ('lang', tag)])}",
        here=f"{request.url.path}?{request.url.query}",
        may_act=role_of(request) >= Role.ACT,
        signed_in=site.sessions.are_needed and role_of(request) > Role.NOBODY,
        **values,
    )
    response = HTMLResponse(html, status)
    if request.query_params.get("lang") == said.tag:
        response.set_cookie(words.COOKIE, said.tag, max_age=31_536_000, httponly=True, samesite="strict")
    return response


def _without(request: Request, name: str) -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.query_params.multi_items() if key != name]


def marked_commands(text: str) -> Markup:
    """A sentence in whose plain text commands stand between backticks, as terminals show them."""
    code = Markup("<code>{}</code>")
    parts = enumerate(_COMMAND.split(text))
    return Markup().join(code.format(part) if number % 2 else escape(part) for number, part in parts)


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["iso"] = iso
    environment.filters["commands"] = marked_commands
    return environment
