"""The installed service under systemd, from its first start to a reboot. Each test leaves it running."""

from __future__ import annotations

import re

import pytest

from folder_sync.sandbox.faults import Kind
from tests.support.receivers import web_hook
from tests.systemd.handbook import steps
from tests.systemd.machine import AS_SERVICE, FOLDER, KEY_FILE, Machine


@pytest.fixture(scope="module", autouse=True)
def said(machine: Machine) -> dict[str, str]:
    """Installed as the page says; what the commands of the page answered."""
    machine.drop_in("quick", "RestartSec=1")
    return machine.install_as_documented()


def test_the_documented_commands_say_that_all_is_well(machine: Machine, said: dict[str, str]) -> None:
    checks = [answer for block, answer in said.items() if "check" in block]
    assert len(checks) == 2
    for answer in checks:
        lines = answer.partition("check\n")[2].splitlines() if "Written" in answer else answer.splitlines()
        assert lines
        assert all(line.startswith("ok ") for line in lines), answer
    started = next(answer for block, answer in said.items() if "status folder-sync" in block)
    assert "Active: active (running)" in started
    assert 'Status: "Waiting for the first photo"' in started


def test_active_means_that_it_said_it_is_ready(machine: Machine) -> None:
    machine.drop_in("mute", "UnsetEnvironment=NOTIFY_SOCKET")
    machine.guest.run("systemctl stop folder-sync; systemctl start --no-block folder-sync")
    machine.wait_for_log("service_started")
    assert machine.guest.property("ActiveState") == "activating"
    machine.without_drop_in("mute")
    machine.guest.run("systemctl stop folder-sync; systemctl start folder-sync")
    assert "service_started" in machine.log()


def test_a_photo_of_somebody_else_goes_and_watching_is_proven(machine: Machine) -> None:
    name = machine.drop("somebody")
    machine.wait_for_state(name, "uploaded")
    assert machine.stored("somebody") == 1
    machine.wait(lambda: "uploaded" in machine.guest.property("StatusText"), "systemd knows the counts")
    machine.wait(lambda: "last proven" in machine.guest.run(f"{AS_SERVICE} status || true"), "the canary is heard")


def test_what_it_may_not(machine: Machine) -> None:
    """A sample of the hardening, as the kernel has it."""
    process = machine.guest.property("MainPID")
    status = machine.guest.run(f"cat /proc/{process}/status")
    (processors,) = re.findall(r"^Cpus_allowed_list:\s*(.*)$", status, re.MULTILINE)
    assert processors.isdecimal(), "it takes more than one processor"
    for line in ("CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert line in status
    limits = [line.split() for line in machine.guest.run(f"cat /proc/{process}/limits").splitlines()]
    assert ["Max", "core", "file", "size", "0", "0", "bytes"] in limits
    inside = f"nsenter --target {process} --mount --root"
    machine.guest.run(f"{inside} touch /usr/x", fails=True)
    machine.guest.run(f"{inside} touch /srv/studio/x", fails=True)
    machine.guest.run(f"{inside} touch {FOLDER}/.x; rm {FOLDER}/.x")


def test_moving_needs_the_folder_to_be_named(machine: Machine) -> None:
    machine.configure("uploaded", "move")
    machine.guest.run("systemctl reload folder-sync")
    name = machine.drop("moved")
    machine.wait(lambda: f"uploaded/{name}" in machine.photo(name).get("path", ""), "it is moved")
    owner = machine.guest.run(f"stat --format '%U %G' {FOLDER}/uploaded {FOLDER}/uploaded/{name}")
    assert owner == "folder-sync studio\nphotographer studio"
    machine.guest.run("cd /etc/systemd/system/folder-sync.service.d; mv folders.conf ~; systemctl daemon-reload")
    machine.guest.run("systemctl restart folder-sync")
    machine.wait_for_state(machine.drop("left"), "uploaded")
    machine.wait_for_log("file_left")
    machine.guest.run("mv ~/folders.conf /etc/systemd/system/folder-sync.service.d; systemctl daemon-reload")
    machine.guest.run("systemctl restart folder-sync")


def test_killed_while_sending_it_comes_back_and_sends_nothing_twice(machine: Machine) -> None:
    machine.sandbox.faults.add(Kind.STALL, route="upload", seconds=20, stored=True)
    name = machine.drop("killed")
    machine.wait_for_state(name, "uploading")
    machine.wait(lambda: machine.stored("killed") == 1, "the photo has arrived")
    machine.guest.run("systemctl kill --signal KILL folder-sync")
    machine.wait(lambda: machine.guest.property("NRestarts") == "1", "it is started again")
    machine.wait_for_state(name, "uploaded")
    assert machine.stored("killed") == 1


def test_an_upload_under_way_may_take_longer_to_finish_than_the_unit_allows_for_stopping(machine: Machine) -> None:
    machine.drop_in("short", "TimeoutStopSec=2")
    machine.guest.run("systemctl restart folder-sync")
    machine.sandbox.faults.add(Kind.STALL, route="upload", seconds=6, stored=True)
    name = machine.drop("finished")
    machine.wait_for_state(name, "uploading")
    machine.guest.run("systemctl stop folder-sync")
    assert machine.guest.property("Result") == "success"
    assert machine.photo(name)["state"] == "uploaded"
    machine.without_drop_in("short")
    machine.guest.run("systemctl start folder-sync")


def test_a_stopped_process_is_replaced_and_an_idle_one_is_not(machine: Machine) -> None:
    machine.drop_in("watchdog", "WatchdogSec=2")
    machine.guest.run("systemctl restart folder-sync")
    before = machine.guest.property("WatchdogTimestampMonotonic")
    machine.wait(lambda: machine.guest.property("WatchdogTimestampMonotonic") > before, "it gives signs of life")
    machine.guest.run("systemctl kill --signal STOP folder-sync")
    machine.wait(lambda: machine.guest.property("NRestarts") == "1", "it is started again")
    assert "Watchdog timeout" in machine.guest.run("journalctl --no-pager --unit folder-sync")
    machine.wait_for_state(machine.drop("watched"), "uploaded")
    machine.without_drop_in("watchdog")
    machine.guest.run("systemctl restart folder-sync")


def _change_key(machine: Machine) -> None:
    """A new key in the file, and the old one refused."""
    old = machine.guest.run(f"cat {KEY_FILE}")
    machine.write_key(machine.sandbox.accounts.add_key(machine.sandbox.organization_id))
    machine.sandbox.accounts.revoke(old)


def test_a_new_credential_is_taken_up_by_a_restart_and_not_by_a_reload(machine: Machine) -> None:
    _change_key(machine)
    name = machine.drop("credential")
    machine.wait_for_refused_key()
    machine.guest.run("systemctl reload folder-sync")
    machine.wait(lambda: machine.log().count("service_paused") == 2, "the old key is tried again")
    machine.guest.run("systemctl restart folder-sync")
    machine.wait_for_state(name, "uploaded")
    assert machine.stored("credential") == 1


def test_a_new_key_in_a_key_file_is_taken_up_by_a_reload(machine: Machine) -> None:
    machine.guest.run(f"chown root:folder-sync {KEY_FILE}; chmod 640 {KEY_FILE}")
    machine.configure("key_file", KEY_FILE)
    machine.guest.run("systemctl restart folder-sync")
    _change_key(machine)
    name = machine.drop("file")
    machine.wait_for_refused_key()
    process = machine.guest.property("MainPID")
    machine.guest.run("systemctl reload folder-sync")
    machine.wait_for_state(name, "uploaded")
    assert machine.guest.property("MainPID") == process


def test_people_are_told_in_spite_of_the_hardening(machine: Machine) -> None:
    """A message is sent by a process of its own, under the same unit."""
    configuration = "/etc/folder-sync/config.toml"
    with web_hook() as hook:
        machine.guest.run(
            f"cp --archive {configuration} ~/before.toml;"
            f"sed -i 's|^# urls = .*|urls = [\"{hook.url}\"]|' {configuration}; systemctl reload folder-sync"
        )
        machine.guest.run(f"cp /etc/hostname {FOLDER}/nonsense.jpg", user="photographer")
        machine.wait(lambda: any("rejected" in subject for subject in hook.subjects), "somebody is told")
        machine.guest.run(f"cp --archive ~/before.toml {configuration}; systemctl reload folder-sync")


def test_the_page_runs_beside_it_and_writes_only_beside_the_records(machine: Machine) -> None:
    guest, unit = machine.guest, "folder-sync-web"
    drop_ins = f"/etc/systemd/system/{unit}.service.d"
    # Any free port, for the network is shared with whatever else runs on this machine.
    guest.run(
        f"mkdir -p {drop_ins};"
        f"printf '[Service]\\nEnvironment=FOLDER_SYNC_WEB__PORT=0\\n' > {drop_ins}/port.conf; systemctl daemon-reload"
    )
    said = machine.follow(steps("The page"))
    assert any("Active: active (running)" in answer for answer in said.values())
    log = f"journalctl --no-pager --output=cat --unit {unit}"
    machine.wait(lambda: "The page is at " in guest.run(log), "it says where it is")
    (page,) = re.findall(r"The page is at (\S+)", guest.run(log))
    assert guest.run(_fetch(f"{page}livez")).splitlines() == ["text/plain; charset=utf-8", "ok"]
    assert guest.run(_fetch(f"{page}healthz")).splitlines()[-1] == "ok"
    name = machine.drop("shown")
    machine.wait_for_state(name, "uploaded")
    thumbnail = guest.run(_fetch(f"{page}photos/{machine.photo(name)['id']}/thumbnail"))
    assert thumbnail.startswith("image/webp"), "a photo can't be read or decoded under the hardening"
    inside = f"nsenter --target {guest.property('MainPID', unit)} --mount --root"
    for path in ("/usr/x", "/etc/folder-sync/x", f"{FOLDER}/x"):
        guest.run(f"{inside} touch {path}", fails=True)
    guest.run(f"{inside} touch /var/lib/folder-sync/x; rm /var/lib/folder-sync/x")
    guest.run(f"systemctl disable --now {unit}; rm -r {drop_ins}; systemctl daemon-reload")


def _fetch(address: str) -> str:
    """A command that prints the kind of an answer, and what it begins with."""
    program = (
        "import sys, urllib.request as r; a = r.urlopen(sys.argv[1]);"
        ' print(a.headers["content-type"]); print(a.read(200).decode("utf-8", "replace"))'
    )
    return f"python3 -c '{program}' {address}"


def test_a_share_that_is_mounted_while_it_runs_is_seen(machine: Machine) -> None:
    machine.guest.run(f"mount -t tmpfs -o gid=studio,mode=2775 tmpfs {FOLDER}")
    name = machine.drop("mounted")
    machine.wait(lambda: machine.stored("mounted") == 1, "the photo on the share has gone")
    machine.wait(lambda: f"uploaded/{name}" in machine.photo(name).get("path", ""), "it is moved on the share")
    machine.guest.run(f"umount {FOLDER}")
    machine.wait_for_state(machine.drop("unmounted"), "uploaded")


def test_after_a_reboot_it_goes_on_where_it_was(machine: Machine) -> None:
    key = machine.guest.run(f"cat {KEY_FILE}")
    machine.sandbox.revoke_key(key)
    name = machine.drop("rebooted")
    machine.wait_for_refused_key()
    machine.guest.reboot()
    assert machine.guest.property("ActiveState") == "active"
    assert machine.photo(name)["state"] == "queued"
    machine.sandbox.restore_key(key)
    machine.guest.run("systemctl reload folder-sync")
    machine.wait_for_state(name, "uploaded")
    assert machine.stored("rebooted") == 1
