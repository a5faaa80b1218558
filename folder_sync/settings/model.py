"""The settings as a whole: the tables together, and what one of them says about another.

Nothing here reads the disk or the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from folder_sync.settings import checks
from folder_sync.settings.checks import Wrong
from folder_sync.settings.tables import (
    Account,
    After,
    Audit,
    Catalogue,
    Convert,
    Delivery,
    Intake,
    Log,
    Notify,
    Quality,
    Shot,
    Store,
    Watch,
    Web,
)
from folder_sync.settings.types import AccountName, Expected


class Settings(BaseSettings):
    """All of it. Made by ``load``; made directly, it takes what it is given and looks nowhere else."""

    model_config = SettingsConfigDict(
        env_prefix="FOLDER_SYNC_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    accounts: Annotated[
        dict[AccountName, Account],
        Expected("written as [accounts.NAME], one table for each"),
    ] = Field(default={}, validate_default=True)
    catalogue: Catalogue = Catalogue()
    shots: Annotated[tuple[Shot, ...], Expected("written with two brackets on each side")] = ()
    # Behind what its names are held against.
    watch: Annotated[tuple[Watch, ...], Expected("written with two brackets on each side")] = Field(
        default=(), validate_default=True
    )
    quality: Quality = Quality()
    convert: Convert = Convert()
    intake: Intake = Intake()
    delivery: Delivery = Delivery()
    after: After = After()
    audit: Audit = Audit()
    # Behind the folders that may need one on a server.
    store: Store = Field(default=Store(), validate_default=True)
    web: Web = Web()
    notify: Notify = Notify()
    log: Log = Log()

    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path | None:
        """The file it came from; None where the environment alone said it all."""
        return self._source

    def anchored(self, source: Path | None) -> Settings:
        """The same, come from ``source``: files named relatively lie beside it."""
        folder = source.parent if source else Path.cwd()
        accounts = {
            name: account.model_copy(update={"key_file": account.key_file and folder / account.key_file})
            for name, account in self.accounts.items()
        }
        files = ("password_file", "viewer_password_file", "certificate_file", "certificate_key_file")
        beside = {key: named and folder / named for key in files if (named := getattr(self.web, key)) is not None}
        web = self.web.model_copy(update=beside)
        password = self.store.password_file
        store = self.store.model_copy(update={"password_file": password and folder / password})
        products = self.catalogue.products_file
        catalogue = self.catalogue.model_copy(update={"products_file": products and folder / products})
        settings = self.model_copy(update={"accounts": accounts, "catalogue": catalogue, "store": store, "web": web})
        settings._source = source  # noqa: SLF001  # of its own class
        return settings

    @field_validator("accounts")
    @classmethod
    def _some_account(cls, accounts: dict[str, Account]) -> dict[str, Account]:
        if not accounts:
            raise Wrong("has no account to send photos to", "Add a table [accounts.main].")
        if len({checks.folded(name) for name in accounts}) < len(accounts):
            raise Wrong("has two names that differ only in case or dashes", "Choose names further apart.")
        return accounts

    @field_validator("shots")
    @classmethod
    def _distinct_shots(cls, shots: tuple[Shot, ...]) -> tuple[Shot, ...]:
        checks.distinct([shot.name for shot in shots], "name")
        checks.distinct([code for shot in shots for code in shot.codes], "code")
        return shots

    @field_validator("intake")
    @classmethod
    def _patterns_below_the_folders(cls, intake: Intake, info: ValidationInfo) -> Intake:
        watch: tuple[Watch, ...] | None = info.data.get("watch")
        checks.ignore_patterns(intake.ignore, [one.path for one in watch or ()])
        return intake

    @field_validator("watch")
    @classmethod
    def _some_watch(cls, watch: tuple[Watch, ...], info: ValidationInfo) -> tuple[Watch, ...]:
        if not watch:
            raise Wrong("names no folder to watch", "Add a table [[watch]] with the path of the folder.")
        checks.not_inside_one_another([one.path for one in watch])
        catalogue: Catalogue | None = info.data.get("catalogue")
        shots: tuple[Shot, ...] | None = info.data.get("shots")
        for one in watch:
            checks.names(
                one.names,
                has_products=catalogue is None or catalogue.products_file is not None,
                has_codes=shots is None or any(shot.codes for shot in shots),
                recursive=one.recursive,
            )
        accounts: dict[str, Account] | None = info.data.get("accounts")
        if accounts is None:  # they have problems of their own
            return watch
        owners = [checks.account_of(one.path, one.account, list(accounts)) for one in watch]
        return tuple(one.model_copy(update={"account": owner}) for one, owner in zip(watch, owners, strict=True))

    @field_validator("store")
    @classmethod
    def _for_shared_folders(cls, store: Store, info: ValidationInfo) -> Store:
        watch: tuple[Watch, ...] | None = info.data.get("watch")
        if any(one.shared for one in watch or ()) and not checks.is_server(store.url):
            raise Wrong(
                "is one machine's alone, and a folder of [[watch]] is shared",
                "Set store.url to a PostgreSQL database, or leave shared out.",
            )
        return store

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **_others: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: ``load`` reads the file and the environment, and says where each value came from."""
        return (init_settings,)
