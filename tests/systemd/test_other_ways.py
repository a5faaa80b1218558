"""Without the package: by hand under /opt, and for one person with pipx."""

from __future__ import annotations

import json

from tests.support.studio import GTIN, photo_data
from tests.systemd.handbook import steps
from tests.systemd.machine import Machine
from tests.systemd.packages import offline

_OFFLINE = offline("/exchange/wheels")


def test_for_one_person_without_root(machine: Machine) -> None:
    """As somebody logged in, who types the key where `init` asks for it."""
    guest, person = machine.guest, "photographer"
    guest.run("loginctl enable-linger photographer; systemctl start user@$(id -u photographer)")
    install, use = steps("For one person, without root")
    guest.run(f"cd /exchange/checkout\n{install}", user=person, env=_OFFLINE)
    guest.run("mkdir export", user=person)
    url = {"FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL": machine.sandbox.url}
    said = guest.run(f"cd /exchange/checkout\n{use}", user=person, stdin=f"{machine.sandbox.key}\n".encode(), env=url)
    assert "The service is running" in said
    guest.run(f"cat > export/{GTIN}__mine.jpg", user=person, stdin=photo_data("mine"))
    machine.wait(lambda: machine.stored("mine") == 1, "the photo arrives")

    key = machine.sandbox.accounts.add_key(machine.sandbox.organization_id)
    guest.run("cat > ~/.config/folder-sync/main.key", user=person, stdin=key.encode())
    machine.sandbox.revoke_key()
    guest.run("systemctl --user reload folder-sync", user=person)
    guest.run(f"cat > export/{GTIN}__later.jpg", user=person, stdin=photo_data("later"))
    machine.wait(lambda: machine.stored("later") == 1, "it goes with the new key")
    listed = json.loads(guest.run("folder-sync list --format json", user=person))
    assert [photo["title"] for photo in listed] == ["mine", "later"]
    guest.run("systemctl --user stop folder-sync", user=person)
    machine.sandbox.restore_key()


def test_by_hand_under_opt(machine: Machine) -> None:
    for block in steps("By hand under /opt"):
        machine.guest.run(f"cd /exchange/checkout\n{block}", env=_OFFLINE)
    program, *rest = steps("From a Debian package")
    assert program.startswith("apt install ")
    machine.follow(rest)
    machine.wait_for_state(machine.drop("opt"), "uploaded")
    assert machine.stored("opt") == 1
