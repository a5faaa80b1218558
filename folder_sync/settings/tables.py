"""The tables of the configuration as values: every key, its default, what it takes and what it means, in one place.

The messages about a wrong value, the environment variables and docs/configuration.md all follow from here.
Durations are seconds. Nothing here reads the disk or the environment.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from folder_sync.closient.addresses import is_loopback
from folder_sync.settings import checks
from folder_sync.settings.checks import Wrong
from folder_sync.settings.types import (
    Address,
    Codes,
    Count,
    Days,
    Folder,
    Host,
    InnerFolder,
    Megabytes,
    OptionalFile,
    OrganizationId,
    Percent,
    Pixels,
    Port,
    Seconds,
    SecretKey,
    Share,
    ShotName,
    Sources,
    StoreUrl,
    Texts,
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Account(_Table):
    """One table per Closient organization; agencies have several."""

    base_url: Address = Field(default="https://www.closient.com", description="Where Closient answers.")
    organization_id: OrganizationId = Field(
        default="", description="Empty: taken from the key, if that belongs to one organization."
    )
    key_file: OptionalFile = Field(
        default=None,
        description="The file that holds the key. Without it: a systemd credential (`main.key` for `main`).",
    )
    key: SecretKey = Field(default=None, description="The key itself: it has no place in a configuration file.")
    requests_per_minute: Count = Field(default=300, description="Until the server's headers say otherwise.")
    requests_per_day: Count = Field(default=10_000, description="Until the server's headers say otherwise.")


class Catalogue(_Table):
    """What the studio knows of its products."""

    products_file: OptionalFile = Field(
        default=None,
        description="CSV with a header: `gtin`, and perhaps `sku` and `name`. Read again whenever it changes.",
    )


class Shot(_Table):
    """One table per shot that a finished product has; none unless given."""

    name: ShotName = Field(description="The title that is sent.")
    codes: Codes = Field(
        default=(), description="What stands for it in file names, where `names` has templates with `{shot}`, or `gs1`."
    )
    primary: bool = Field(default=False, description="Whether a photo named by one of its codes is the hero.")
    required: bool = Field(default=False, description="Whether a product is incomplete without it.")


class Watch(_Table):
    """One table per folder in which finished photos land."""

    path: Folder = Field(description="The folder. It may be away for a while, but not inside another watched one.")
    account: str = Field(default="", description="The account its photos go to; may be left out when there is one.")
    recursive: bool = Field(default=True, description="Whether folders inside it count too.")
    backend: Literal["auto", "native", "polling"] = Field(
        default="auto", description="How new files are noticed; `auto` polls on network file systems."
    )
    poll_seconds: Seconds = Field(default=5.0, description="How often the folder is scanned when polling.")
    names: Texts = Field(
        default=("house",),
        description="How names are read, by the first that fits: `house`, `gs1`, `folder`, or templates such as"
        " `{sku}_{shot}`.",
    )
    shared: bool = Field(
        default=False,
        description="Whether other machines on the same store have it at the same path: then one of them at a time"
        " takes in what is there.",
    )


_Said = Literal["off", "note", "reject"]


class Quality(_Table):
    """What whole, sound photos should be: `note` uploads them with a remark, `reject` does not upload them."""

    small: _Said = Field(default="note", description="The longer side has fewer than `min_pixels`.")
    min_pixels: Count = Field(default=1000, description="On the longer side.")
    not_srgb: _Said = Field(
        default="note", description="CMYK, a profile other than sRGB, or more than 8 bits a colour."
    )
    not_white: _Said = Field(default="off", description="Heroes: less than 98 % of the border is white or transparent.")
    rotated: _Said = Field(default="off", description="Only a note in the file (Exif) turns the picture upright.")
    has_location: _Said = Field(default="note", description="The file tells where it was taken (GPS).")
    heavy: _Said = Field(default="off", description="More than `heavy_megabytes`.")
    heavy_megabytes: Megabytes = Field(default=5.0, description="One is 1,000,000 bytes.")
    animated: _Said = Field(default="off", description="More than one frame.")
    other_barcode: _Said = Field(
        default="off", description="A barcode in the picture is another GTIN; needs the extra `barcode`."
    )
    other_product: _Said = Field(
        default="note", description="The same bytes are delivered for another GTIN; the later photo gets the remark."
    )


class Convert(_Table):
    """What is sent differently from what lies in the folder. The file there is never changed."""

    formats: Sources = Field(
        default=(),
        description="Formats that Closient does not take, and that are converted to JPEG or PNG: `tiff`, `heic` (needs"
        " the extra `heic`), `avif`, `psd` (its merged picture), `jp2`.",
    )
    max_pixels: Pixels = Field(
        default=0, description="Scale larger pictures down to so many pixels on the longer side; 0: as they are."
    )
    srgb: bool = Field(default=False, description="Bring CMYK, other profiles and more than 8 bits a colour to sRGB.")
    jpeg_quality: Percent = Field(default=92, description="Of the JPEGs that are made.")
    drop_location: bool = Field(
        default=False,
        description="Remove from JPEG, PNG and WebP where they were taken (GPS), without changing the picture.",
    )


class Intake(_Table):
    """How photos are taken in."""

    settle_seconds: Seconds = Field(default=1.0, description="A file that has not changed for this long is complete.")
    incomplete_seconds: Seconds = Field(
        default=120.0, description="How long a photo may end too early before it is rejected as truncated."
    )
    rescan_seconds: Seconds = Field(default=300.0, description="A full pass this often finds whatever events missed.")
    max_megabytes: Megabytes = Field(default=50.0, description="Larger photos are rejected. One is 1,000,000 bytes.")
    ignore: Texts = Field(
        default=(),
        description="Patterns as in .gitignore, such as `*_proof.*` or `drafts/`, for paths below the watched folder;"
        " letter case does not matter.",
    )

    @field_validator("ignore")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        checks.ignore_patterns(patterns)
        return patterns

    @property
    def max_bytes(self) -> int:
        return int(self.max_megabytes * 1_000_000)


class Delivery(_Table):
    """How photos are sent."""

    concurrency: Count = Field(default=4, description="Uploads under way at one time.")
    connect_seconds: Seconds = Field(default=10.0, description="How long to wait for a connection.")
    read_seconds: Seconds = Field(default=60.0, description="How long to wait for an answer.")
    retry_base_seconds: Seconds = Field(default=2.0, description="The wait before the first new attempt; it doubles.")
    retry_max_seconds: Seconds = Field(default=900.0, description="The longest wait between two attempts.")
    confirm_after_seconds: Seconds = Field(
        default=10.0, description="After a lost answer, wait this long before asking which images the product has."
    )
    recheck_seconds: Seconds = Field(
        default=3600.0, description="How often a product that the catalogue does not know is looked up again."
    )
    shutdown_seconds: Seconds = Field(default=20.0, description="How long uploads under way may take when stopping.")


class After(_Table):
    """What happens to a photo afterwards."""

    uploaded: Literal["keep", "move", "delete"] = Field(default="keep", description="To the file of an uploaded photo.")
    rejected: Literal["keep", "move"] = Field(
        default="keep",
        description="To the file of a rejected photo. `move` puts PHOTO.jpg.txt beside it, which says why.",
    )
    superseded: Literal["keep", "delete"] = Field(
        default="keep", description="To the image on the server that a newer version of its file replaced."
    )
    uploaded_folder: InnerFolder = Field(default="uploaded", description="Where uploaded photos are moved.")
    rejected_folder: InnerFolder = Field(default="rejected", description="Where rejected photos are moved.")

    @model_validator(mode="after")
    def _two_folders(self) -> After:
        if self.uploaded_folder == self.rejected_folder:
            raise Wrong("has one folder for uploaded and rejected photos", "Name two different ones.")
        return self


class Audit(_Table):
    """How the catalogue is held against the records."""

    every_days: Days = Field(default=0.0, description="How often the service does it by itself; 0: only when asked.")
    quota_share: Share = Field(
        default=0.1, description="What it may use of each window of the key's quota; nothing while that is short."
    )


class Store(_Table):
    """Where the records are kept."""

    url: StoreUrl = Field(default="", description="Empty: in $STATE_DIRECTORY, else in ~/.local/state/folder-sync.")
    password_file: OptionalFile = Field(
        default=None,
        description="Of PostgreSQL: the file that holds the role's password, or the systemd credential "
        "`store.password`; without either what libpq finds (`~/.pgpass`).",
    )
    machine: str = Field(default="", description="What this machine is called in the records. Empty: the host's name.")

    @field_validator("machine")
    @classmethod
    def _tells_machines_apart(cls, machine: str) -> str:
        if "|" in machine or machine.startswith("shared "):
            raise Wrong("can't be a machine's name", 'Choose one without "|" that does not begin with "shared ".')
        return machine


class Web(_Table):
    """The page that `folder-sync web` serves."""

    host: Host = Field(default="127.0.0.1", description="The address it listens on.")
    port: Port = Field(default=8765, description="The port it listens on; 0: any free one.")
    password_file: OptionalFile = Field(
        default=None,
        description="The file that holds the page's password, or the systemd credential `web.password`; needed for any "
        "host but this machine.",
    )
    viewer_password_file: OptionalFile = Field(
        default=None,
        description="A second password, whose holder may look but not act; or the credential `web.viewer_password`.",
    )
    certificate_file: OptionalFile = Field(default=None, description="TLS: the certificate and its chain, as PEM.")
    certificate_key_file: OptionalFile = Field(default=None, description="TLS: the certificate's key, as PEM.")
    allowed_hosts: Texts = Field(
        default=(),
        description="More host names under which the page is reached, such as those that a proxy in front passes on.",
    )
    thumbnail_megabytes: Megabytes = Field(default=200.0, description="The most disk space that thumbnails may take.")

    @property
    def is_private(self) -> bool:
        """Whether it is open to this machine alone."""
        return is_loopback(self.host)


class Notify(_Table):
    """Who gets a message when something needs attention."""

    # Tokens and passwords are part of these addresses.
    urls: Texts = Field(default=(), repr=False, description="Apprise addresses; needs the extra `notify`.")
    quiet_seconds: Seconds = Field(default=900.0, description="At most one message of a kind in this time.")

    @field_validator("urls")
    @classmethod
    def _addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        checks.message_addresses(urls)
        return urls


class Log(_Table):
    """What the service writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The lowest level that is logged."
    )
    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="`auto`: for people on a terminal, JSON otherwise."
    )
