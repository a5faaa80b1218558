"""The studio's machine: a guest with a photographer, an export folder, and a sandbox to send to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from folder_sync.sandbox.state import Sandbox
from tests.support.studio import GTIN, photo_data
from tests.support.waiting import wait_for
from tests.systemd.guest import Guest
from tests.systemd.handbook import steps

FOLDER: Final = "/srv/studio/export"
KEY_FILE: Final = "/etc/folder-sync/main.key"
SLOW_SECONDS: Final = 40.0
AS_SERVICE: Final = "runuser -u folder-sync -- folder-sync"


class Machine:
    def __init__(self, guest: Guest, sandbox: Sandbox) -> None:
        self.guest = guest
        self.sandbox = sandbox
        guest.run(
            "groupadd studio; useradd --create-home --shell /bin/bash --groups studio photographer;"
            f"install --directory --owner photographer --group studio --mode 2775 {FOLDER}"
        )

    # What the operator does:

    def install_as_documented(self) -> dict[str, str]:
        """The package, by all commands of its section in docs/install.md."""
        return self.follow(steps("From a Debian package"))

    def follow(self, blocks: list[str]) -> dict[str, str]:
        """What each block of commands said. Where the page says so, the key is put into its file in between."""
        said = {}
        for block in blocks:
            said[block] = self.guest.run(
                f"cd /exchange\n{block}", env={"FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL": self.sandbox.url}
            )
            if block == f"install --mode 600 /dev/null {KEY_FILE}\n":
                self.write_key(self.sandbox.key)
        return said

    def write_key(self, key: str) -> None:
        """As an editor does: the file stays, with its owner and its mode."""
        self.guest.run(f"cat > {KEY_FILE}", stdin=f"{key}\n".encode())

    def drop_in(self, name: str, lines: str) -> None:
        folder = "/etc/systemd/system/folder-sync.service.d"
        self.guest.run(
            f"mkdir -p {folder}; printf '[Service]\\n{lines}\\n' > {folder}/{name}.conf; systemctl daemon-reload"
        )

    def without_drop_in(self, name: str) -> None:
        self.guest.run(f"rm /etc/systemd/system/folder-sync.service.d/{name}.conf; systemctl daemon-reload")

    def configure(self, key: str, value: str) -> None:
        """In place of the comment with the default, which `init` wrote."""
        self.guest.run(f"sed -i 's|^# {key} = .*|{key} = \"{value}\"|' /etc/folder-sync/config.toml")

    # What the photographer does:

    def drop(self, title: str) -> str:
        name = f"{GTIN}__{title}.jpg"
        self.guest.run(f"umask 027; cat > {FOLDER}/{name}", user="photographer", stdin=photo_data(title))
        return name

    # What is known:

    def photo(self, name: str) -> dict[str, Any]:
        photos: list[dict[str, Any]] = json.loads(self.guest.run(f"{AS_SERVICE} list --format json"))
        return next((photo for photo in reversed(photos) if photo["path"].endswith(f"/{name}")), {})

    def stored(self, title: str) -> int:
        """How many images with this title the catalogue has."""
        return sum(arrival.title == title for arrival in self.sandbox.ledger.stored)

    def wait_for_state(self, name: str, state: str) -> None:
        self.wait(lambda: self.photo(name).get("state") == state, f"{name} is {state}")

    def wait_for_refused_key(self) -> None:
        self.wait(lambda: "account:main" in self.guest.run(f"{AS_SERVICE} status || true"), "the account pauses")

    def wait_for_log(self, text: str) -> None:
        self.wait(lambda: text in self.log(), f'the log says "{text}"')

    def log(self) -> str:
        """Of the run that is there now, or of the last one."""
        return self.guest.run(
            "journalctl --no-pager --output=cat _SYSTEMD_INVOCATION_ID=$("
            "systemctl show --value --property InvocationID folder-sync)"
        )

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        try:
            wait_for(condition, what, SLOW_SECONDS)
        except AssertionError as failure:
            failure.add_note(self.guest.told())
            raise
