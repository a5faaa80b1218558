from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from folder_sync.errors import ConfigInvalid
from folder_sync.settings import load
from folder_sync.settings.keys import known
from tests.support.configured import GOOD, KEY, account, loaded, written

pytestmark = pytest.mark.usefixtures("own_home")


def refusal(tmp_path: Path, toml: str | bytes = GOOD, **environ: str) -> str:
    """The title and the hint, with ``FILE`` for the name of the configuration file."""
    path = written(tmp_path, toml)
    with pytest.raises(ConfigInvalid) as caught:
        load(path, environ)
    assert caught.value.exit_code == 78
    return str(caught.value).replace(str(path), "FILE")


def watch(line: str) -> str:
    return f"[accounts.main]\n[[watch]]\n{line}\n"


SECONDS = "must be a positive number of seconds."
NOT_AN_ADDRESS = "FILE: accounts.main.base_url is not a web address. Write it like https://www.closient.com."
STORE = (
    "FILE: store.url must be the address of an SQLite file with an absolute path, or that of a PostgreSQL "
    "database. Write it like sqlite:////var/lib/folder-sync/folder-sync.db, with four slashes."
)
SERVER = (
    "FILE: store.url is not the address of a PostgreSQL database. "
    "Write it like postgresql://folder_sync@db.example.com/photos."
)
SERVERS_PASSWORD = "FILE: store.url holds a password. Put it in a file and name that file in store.password_file."
INNER = "must be the name of a folder inside the watched one. Write it like uploaded."
NO_KEY_HERE = (
    'FILE: unknown key "key" in [accounts.main]. '
    "Did you mean key_file? Put the key in a file of its own and name that file there."
)

BAD_FILES = [
    # not TOML at all
    (
        "a = \n",
        "FILE is not valid TOML at line 1, column 5 (a = …): Invalid value. "
        'Text needs straight quotation marks, as in level = "info".',
    ),
    (GOOD + "[log]\nlevel = “info”", "FILE is not valid TOML at line 5, column 9 (level = …): Invalid value. Text "),
    (
        GOOD + "[log]\nlevel = info",  # which begins like inf, a number
        "FILE is not valid TOML at line 5, column 12 (level = …): Expected newline or end of document after a "
        "statement. "
        'Text needs straight quotation marks, as in level = "info".',
    ),
    (
        GOOD + "recursive = True",
        "FILE is not valid TOML at line 4, column 13 (recursive = …): Invalid value. "
        "true and false are written in small letters.",
    ),
    (account(f"key = {KEY}"), "FILE is not valid TOML at line 2, column 7 (key = …): Invalid value. Text needs"),
    (account("a = 'x' secret"), "FILE is not valid TOML at line 2, column 9 (a = …): Expected newline or end of "),
    (GOOD + "[log\n", "FILE is not valid TOML at line 4, column 5 ([log …): Expected ']' at the end of a table"),
    (GOOD + "[log", "FILE is not valid TOML at end of document: Expected ']' at the end of a table declaration."),
    (
        GOOD + "[accounts.main]\n",
        "FILE is not valid TOML at line 4, column 15 ([accounts.main …): Cannot declare [accounts.main] twice. Correct",
    ),
    ("secret\n", "FILE is not valid TOML at line 1, column 7: Expected '=' after a key"),
    (b"# ok\n# caf\xe9\n", "FILE is not UTF-8 text, at line 2. Save it as UTF-8."),
    # unknown keys and tables
    (GOOD + "[intake]\nsettle_second = 1", 'FILE: unknown key "settle_second" in [intake]. Did you mean settle_sec'),
    (account("keyfile = 'x'"), 'FILE: unknown key "keyfile" in [accounts.main]. Did you mean key_file?'),
    (account("api_key = 'x'"), 'FILE: unknown key "api_key" in [accounts.main]. The nearest known name is key_file.'),
    (GOOD + "recursiv = true", 'FILE: unknown key "recursiv" in [[watch]] number 1. Did you mean recursive?'),
    (GOOD + "colour = 1", 'FILE: unknown key "colour" in [[watch]] number 1. The nearest known name is account.'),
    (
        GOOD + "shared = true",
        "FILE: [store] is one machine's alone, and a folder of [[watch]] is shared. Set store.url to a PostgreSQL",
    ),
    (GOOD + "[store]\nmachine = 'a|b'", "FILE: store.machine can't be a machine's name. Choose one without"),
    (GOOD + "[store]\nmachine = 'shared /nas'", "FILE: store.machine can't be a machine's name. Choose one"),
    (GOOD + "[intak]\n", "FILE: unknown table [intak]. Did you mean intake?"),
    (GOOD + "[store]\nwatch = '/a'", 'FILE: unknown key "watch" in [store]. [[watch]] is a table of its own.'),
    (GOOD + "[log]\nstore = 'x'", 'FILE: unknown key "store" in [log]. [store] is a table of its own.'),
    ("level = 'debug'\n" + GOOD, 'FILE: unknown key "level". It belongs in [log].'),
    ("path = '/a'\n" + GOOD, 'FILE: unknown key "path". It belongs in [[watch]].'),
    ("key_file = 'k'\n" + GOOD, 'FILE: unknown key "key_file". It belongs in [accounts.NAME].'),
    ("_env_prefix = 'X'\n" + GOOD, 'FILE: unknown key "_env_prefix". The nearest known name is '),
    ("source = 'x'\n" + GOOD, 'FILE: unknown key "source". '),
    (account(f"key = '{KEY}'"), NO_KEY_HERE),
    # accounts
    ("[[watch]]\npath = '/a'", "FILE: [accounts] has no account to send photos to. Add a table [accounts.main]."),
    (
        "accounts = []\n[[watch]]\npath = '/a'",
        "FILE: [accounts] must be written as [accounts.NAME], one table for each.",
    ),
    ("[accounts]\nmain = 3\n[[watch]]\npath = '/a'", "FILE: [accounts.main] must be a table."),
    (
        GOOD + "[accounts.'a b']",
        "FILE: [accounts.a b] has a name with other characters than letters, digits, - and _. Choose a plainer name.",
    ),
    (
        GOOD + "account = 'a-b'\n[accounts.a-b]\n[accounts.A_b]",
        "FILE: [accounts] has two names that differ only in case or dashes. Choose names further apart.",
    ),
    (
        account("base_url = 3"),
        "FILE: accounts.main.base_url must be an https address; plain http only to this machine.",
    ),
    (account("base_url = ''"), NOT_AN_ADDRESS),
    (account("base_url = 'www.closient.com'"), NOT_AN_ADDRESS),
    (account("base_url = 'ftp://www.closient.com'"), NOT_AN_ADDRESS),
    (account("base_url = 'https://:443'"), NOT_AN_ADDRESS),
    (account("base_url = 'https://a.example:port'"), NOT_AN_ADDRESS),
    (account("base_url = 'https://[::1'"), NOT_AN_ADDRESS),
    (account("base_url = 'https://www..closient.com'"), NOT_AN_ADDRESS),
    (account(f"base_url = 'https://{64 * 'a'}.example'"), NOT_AN_ADDRESS),
    (account("base_url = 'https://a.example /'"), NOT_AN_ADDRESS),
    (
        account("base_url = 'https://user:secret@a.example'"),
        "FILE: accounts.main.base_url holds a user name or password, which does not belong there.",
    ),
    (account("base_url = 'https://a.example/api'"), "FILE: accounts.main.base_url has more than a host and a port."),
    (account("base_url = 'https://a.example?'"), "FILE: accounts.main.base_url has more than a host and a port."),
    (account("base_url = 'https://a.example/#'"), "FILE: accounts.main.base_url has more than a host and a port."),
    (
        account("base_url = 'http://www.closient.com'"),
        "FILE: accounts.main.base_url must begin with https://. Plain http would show the key to everybody on the way.",
    ),
    (account("base_url = 'http://127.0.0.1.a.example'"), "FILE: accounts.main.base_url must begin with https://."),
    (
        account("organization_id = 'abc'"),
        "FILE: accounts.main.organization_id is not an organization id: "
        "22 letters and digits, without 0, 1, I, O and l. Leave it empty to take it from the key.",
    ),
    (account(f"organization_id = '{'a' * 21}l'"), "FILE: accounts.main.organization_id is not an organization id"),
    (account(f"organization_id = '{'a' * 21}'"), "FILE: accounts.main.organization_id is not an organization id"),
    (account("key_file = 3"), "FILE: accounts.main.key_file must be the name of a file, or empty."),
    (
        account(f"key_file = '{KEY}'"),
        "FILE: accounts.main.key_file holds a key, not the name of a file. "
        "Put the key in a file and name that file here.",
    ),
    (account("requests_per_minute = 0"), "FILE: accounts.main.requests_per_minute must be a whole number, 1 or more."),
    (account("requests_per_day = 1.5"), "FILE: accounts.main.requests_per_day must be a whole number, 1 or more."),
    (account("requests_per_day = true"), "FILE: accounts.main.requests_per_day must be a whole number, 1 or more."),
    # watched folders
    ("[accounts.main]", "FILE: [[watch]] names no folder to watch. Add a table [[watch]] with the path of the folder."),
    ("[accounts.main]\n[watch]\npath = '/a'", "FILE: [[watch]] must be written with two brackets on each side."),
    ("watch = ['/a']\n[accounts.main]", "FILE: [[watch]] number 1 must be a table."),
    (watch(""), "FILE: path of [[watch]] number 1 is missing. It must be an absolute path."),
    (watch("path = 1"), "FILE: path of [[watch]] number 1 must be an absolute path."),
    (
        watch("path = ''"),
        "FILE: path of [[watch]] number 1 must be an absolute path. Write it like /srv/studio/export.",
    ),
    (watch("path = 'export'"), "FILE: path of [[watch]] number 1 must be an absolute path."),
    (watch("path = '~nobody-of-this-name/export'"), "FILE: path of [[watch]] number 1 must be an absolute path."),
    (watch('path = "/a\\u0000b"'), "FILE: path of [[watch]] number 1 must be an absolute path."),
    (GOOD + "[[watch]]\npath = 'b'", "FILE: path of [[watch]] number 2 must be an absolute path."),
    (GOOD + "recursive = 7", "FILE: recursive of [[watch]] number 1 must be true or false."),
    (GOOD + "backend = 'inotify'", "FILE: backend of [[watch]] number 1 must be auto, native or polling."),
    (GOOD + "poll_seconds = 0", f"FILE: poll_seconds of [[watch]] number 1 {SECONDS}"),
    (GOOD + "account = 3", "FILE: account of [[watch]] number 1 must be text in quotes."),
    (
        GOOD + "account = 'mian'",
        'FILE: [[watch]] sends /srv/export to an unknown account "mian". Did you mean main?',
    ),
    (
        GOOD + "[accounts.two]",
        "FILE: [[watch]] does not say which account /srv/export belongs to. Add account, one of main, two.",
    ),
    (GOOD + "[[watch]]\npath = '/srv/./export/'", "FILE: [[watch]] names /srv/export twice. Keep one of the two."),
    (
        GOOD + "[[watch]]\npath = '/srv/export/a'",
        "FILE: [[watch]] has /srv/export/a inside /srv/export. A photo may lie in one watched folder only.",
    ),
    (GOOD + "[[watch]]\npath = '/other'\n[[watch]]\npath = '/srv'", "FILE: [[watch]] has /srv/export inside /srv."),
    # the rest
    ("log = 3\n" + GOOD, "FILE: [log] must be a table."),
    (GOOD + "[intake]\nmax_megabytes = 0", "FILE: intake.max_megabytes must be a number of megabytes above 0."),
    (GOOD + "[intake]\nmax_megabytes = inf", "FILE: intake.max_megabytes must be a number of megabytes above 0."),
    (GOOD + "[intake]\nignore = '*.bak'", 'FILE: intake.ignore must be a list of texts, such as ["a", "b"].'),
    (GOOD + "[intake]\nignore = ['a', 1]", 'FILE: intake.ignore must be a list of texts, such as ["a", "b"].'),
    (GOOD + "[intake]\nignore = ['a', '']", "FILE: intake.ignore has a pattern without a name in it. Take it out."),
    (
        GOOD + "[intake]\nignore = ['!a']",
        'FILE: intake.ignore has "!a", which would bring files back. '
        "Name only what is to be left out; a name's own ! is \\!.",
    ),
    (
        GOOD + "[intake]\nignore = ['/srv/export/drafts/*']",
        'FILE: [intake] has "/srv/export/drafts/*", an absolute path. '
        "Write it as seen from the watched folder, such as drafts/.",
    ),
    (GOOD + "names = []", "FILE: [[watch]] has names that are empty."),
    (GOOD + "names = 'gs1'", 'FILE: names of [[watch]] number 1 must be a list of texts, such as ["a", "b"].'),
    (
        GOOD + "names = ['hause']",
        'FILE: [[watch]] has names with "hause", which means nothing. '
        "Write house, gs1 or folder, or a template such as {sku}_{shot}.",
    ),
    (
        GOOD + "names = ['{sku}_{any}']",
        'FILE: [[watch]] has names with "{sku}_{any}", and no products are listed. Set products_file in [catalogue].',
    ),
    (
        GOOD + "names = ['{gtin}_{shot}']\n[[shots]]\nname = 'Front'",
        'FILE: [[watch]] has names with "{gtin}_{shot}", and no shot has a code. Give the codes in [[shots]].',
    ),
    (GOOD + "[[shots]]\ncodes = ['a']", "FILE: name of [[shots]] number 1 is missing. It must be text in quotes."),
    (GOOD + "[[shots]]\nname = 'Front_side'", "FILE: name of [[shots]] number 1 is not a title as it is sent."),
    (GOOD + "[[shots]]\nname = 'Primary'", "FILE: name of [[shots]] number 1 would be taken for a flag."),
    (GOOD + "[[shots]]\nname = 'x'\ncodes = ['a/b']", 'FILE: codes of [[shots]] number 1 has the code "a/b"'),
    (GOOD + "[[shots]]\nname = 'x'\ncodes = ['a', 'A']", 'FILE: [[shots]] has the code "A" twice.'),
    (GOOD + "[[shots]]\nname = 'x'\n[[shots]]\nname = 'X'", 'FILE: [[shots]] has the name "X" twice.'),
    (
        GOOD + "[[shots]]\nname = 'x'\ncode = ['a']",
        'FILE: unknown key "code" in [[shots]] number 1. Did you mean codes?',
    ),
    (GOOD + "[delivery]\nconcurrency = 0", "FILE: delivery.concurrency must be a whole number, 1 or more."),
    (GOOD + "[after]\nuploaded = 'erase'", "FILE: after.uploaded must be keep, move or delete."),
    (GOOD + "[after]\nrejected = 'delete'", "FILE: after.rejected must be keep or move."),
    (GOOD + "[after]\nsuperseded = 'move'", "FILE: after.superseded must be keep or delete."),
    (GOOD + "[after]\nuploaded_folder = ''", f"FILE: after.uploaded_folder {INNER}"),
    (GOOD + "[after]\nuploaded_folder = '.'", f"FILE: after.uploaded_folder {INNER}"),
    (GOOD + "[after]\nrejected_folder = '/x'", f"FILE: after.rejected_folder {INNER}"),
    (GOOD + "[after]\nrejected_folder = 'a/../..'", f"FILE: after.rejected_folder {INNER}"),
    (GOOD + '[after]\nrejected_folder = "a\\u0000"', f"FILE: after.rejected_folder {INNER}"),
    (
        GOOD + "[after]\nrejected_folder = './uploaded/'",
        "FILE: [after] has one folder for uploaded and rejected photos. Name two different ones.",
    ),
    (GOOD + "[store]\nurl = 'mysql://a/b'", STORE),
    (GOOD + "[store]\nurl = 'postgresql://a/'", SERVER),
    (GOOD + "[store]\nurl = 'postgresql://[a/b'", SERVER),
    (GOOD + "[store]\nurl = 'postgresql://me:hunter2@a/b'", SERVERS_PASSWORD),
    (GOOD + "[store]\nurl = 'postgres://me@a/b?password=hunter2'", SERVERS_PASSWORD),
    (GOOD + "[store]\nurl = 'sqlite:///relative.db'", STORE),
    (GOOD + "[store]\nurl = 'sqlite:////var/lib/'", STORE),
    (GOOD + "[web]\nport = 65536", "FILE: web.port must be a port number, 0 to 65535."),
    (GOOD + "[web]\nport = true", "FILE: web.port must be a port number, 0 to 65535."),
    (GOOD + "[web]\nhost = ''", "FILE: web.host must be a host name or an address."),
    (GOOD + "[notify]\nurls = 'mailto://x'", 'FILE: notify.urls must be a list of texts, such as ["a", "b"].'),
    (GOOD + "[log]\nlevel = 'loud'", "FILE: log.level must be debug, info, warning or error."),
    (GOOD + "[log]\nformat = 'xml'", "FILE: log.format must be auto, console or json."),
]


@pytest.mark.parametrize(("toml", "sentence"), BAD_FILES, ids=[sentence for _, sentence in BAD_FILES])
def test_says_what_is_wrong_in_the_file(tmp_path: Path, toml: str | bytes, sentence: str) -> None:
    said = refusal(tmp_path, toml)
    assert said.startswith(sentence)
    assert "\n" not in said


DURATIONS = [key for key in known() if key[-1].endswith("_seconds") and key[0] != "watch"]


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "true", "'soon'", "[]"])
@pytest.mark.parametrize(("table", "key"), DURATIONS)
def test_a_duration_is_a_positive_number(tmp_path: Path, table: str, key: str, value: str) -> None:
    assert refusal(tmp_path, f"{GOOD}[{table}]\n{key} = {value}") == f"FILE: {table}.{key} {SECONDS}"


@pytest.mark.parametrize(("value", "seconds"), [("0.001", 0.001), ("7", 7.0), ("1e300", 1e9)])
@pytest.mark.parametrize(("table", "key"), DURATIONS)
def test_any_positive_duration_will_do(tmp_path: Path, table: str, key: str, value: str, seconds: float) -> None:
    settings = loaded(tmp_path, f"{GOOD}[{table}]\n{key} = {value}")
    assert getattr(getattr(settings, table), key) == seconds


BAD_VARIABLES = [
    (
        {"LOG__LEVL": "debug"},
        "Unknown environment variable FOLDER_SYNC_LOG__LEVL. Did you mean FOLDER_SYNC_LOG__LEVEL?",
    ),
    (
        {"ACCOUNTS__AGENCY__KYE": KEY},
        "Unknown environment variable FOLDER_SYNC_ACCOUNTS__AGENCY__KYE. "
        "Did you mean FOLDER_SYNC_ACCOUNTS__AGENCY__KEY?",
    ),
    (
        {"WATCH__1__PAHT": "/a"},
        "Unknown environment variable FOLDER_SYNC_WATCH__1__PAHT. Did you mean FOLDER_SYNC_WATCH__1__PATH?",
    ),
    (
        {"WATCH__X__PATH": "/a"},
        "Unknown environment variable FOLDER_SYNC_WATCH__X__PATH. Did you mean FOLDER_SYNC_WATCH__0__PATH?",
    ),
    ({"CONFIGS": "/x"}, "Unknown environment variable FOLDER_SYNC_CONFIGS. Did you mean FOLDER_SYNC_CONFIG?"),
    ({"SOURCE": "/x"}, "Unknown environment variable FOLDER_SYNC_SOURCE. Did you mean "),
    ({"WATCH": "/a"}, "FOLDER_SYNC_WATCH must be a table in JSON. Or set its keys one by one."),
    ({"LOG": "3"}, "FOLDER_SYNC_LOG must be a table."),
    ({"ACCOUNTS": "[]"}, "FOLDER_SYNC_ACCOUNTS must be written as [accounts.NAME], one table for each."),
    ({"LOG__LEVEL": "loud"}, "FOLDER_SYNC_LOG__LEVEL must be debug, info, warning or error."),
    ({"INTAKE__SETTLE_SECONDS": "soon"}, f"FOLDER_SYNC_INTAKE__SETTLE_SECONDS {SECONDS}"),
    ({"INTAKE__IGNORE": "*.bak"}, 'FOLDER_SYNC_INTAKE__IGNORE must be a list of texts, such as ["a", "b"].'),
    ({"INTAKE__IGNORE": "[1]"}, 'FOLDER_SYNC_INTAKE__IGNORE must be a list of texts, such as ["a", "b"].'),
    ({"WATCH__0__PATH": "a"}, "FOLDER_SYNC_WATCH__0__PATH must be an absolute path."),
    ({"ACCOUNTS__MAIN__BASE_URL": "x"}, "FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL is not a web address."),
]


@pytest.mark.parametrize(("environ", "sentence"), BAD_VARIABLES, ids=[sentence for _, sentence in BAD_VARIABLES])
def test_says_what_is_wrong_in_the_environment(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    said = refusal(tmp_path, GOOD, **{f"FOLDER_SYNC_{name}": value for name, value in environ.items()})
    assert said.startswith(sentence)


def test_gives_the_first_problem_and_counts_the_others(tmp_path: Path) -> None:
    two = GOOD + "[log]\nlevel = 'loud'\nformat = 'xml'\n"
    assert refusal(tmp_path, two).endswith("warning or error. There is 1 more problem after it.")
    three = refusal(tmp_path, two + "levle = 'info'")
    assert three.startswith('FILE: unknown key "levle" in [log]'), "an unknown key may explain the others"
    assert three.endswith("Did you mean level? There are 2 more problems after it.")


LEAKS = [
    f"[accounts.{KEY}]\n[[watch]]\npath = '/a'\naccount = '{KEY[:-1]}'",
    account(f"key = '{KEY}'"),
    account(f"key_file = '{KEY}'"),
    account(f"key_file = '/etc/keys/{KEY[:20]}'"),
    account(f"base_url = 'https://{KEY}@a.example'"),
    account(f"base_url = '{KEY}'"),
    account(f"base_url = 'https://a.example/{KEY}'"),
    account(f"organization_id = '{KEY}'"),
    account(f"requests_per_day = '{KEY}'"),
    account(f"kee = '{KEY}'"),
    account(f"{KEY} = 1"),
    account(f"'{KEY} ' = 1"),
    f"[accounts]\nmain = '{KEY}'\n[[watch]]\npath = '/a'",
    f"accounts = '{KEY}'\n[[watch]]\npath = '/a'",
    f"[accounts.'{KEY} ']\n[[watch]]\npath = '/a'",
    f"{KEY} = 1\n{GOOD}",
    f"[{KEY}]\n{GOOD}",
    f"key = '{KEY}'\n{GOOD}",
    f"[accounts.main]\nkey = {KEY}",
    f"[{KEY}]\n[{KEY}]",
    GOOD + f"account = '{KEY}'",
    GOOD + f"backend = '{KEY}'",
    GOOD + f"[[watch]]\npath = '/srv/export/{KEY}'",
    GOOD + f"[log]\nlevel = '{KEY}'",
    GOOD + f"[store]\nurl = '{KEY}'",
    GOOD + f"[web]\npassword_file = '{KEY}'",
    GOOD + f"[notify]\nurls = '{KEY}'",
]


@pytest.mark.parametrize("toml", LEAKS)
def test_a_key_in_the_wrong_place_is_not_shown(tmp_path: Path, toml: str) -> None:
    assert KEY[4:16] not in refusal(tmp_path, toml)


def test_a_key_in_the_wrong_variable_is_not_shown(tmp_path: Path) -> None:
    names = ("ACCOUNTS", "ACCOUNTS__MAIN", "ACCOUNTS__MAIN__KEY_FILE", "ACCOUNTS__MAIN__BASE_URL", "KEY", "WATCH")
    for name in names:
        assert KEY[4:16] not in refusal(tmp_path, GOOD, **{f"FOLDER_SYNC_{name}": KEY})


def test_what_the_error_came_from_does_not_show_values_either(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        loaded(tmp_path, account(f"requests_per_day = '{KEY}'"))
    assert isinstance(caught.value.__cause__, ValidationError)
    assert KEY[4:16] not in str(caught.value.__cause__)


def test_settings_do_not_show_secrets(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, GOOD + "[notify]\nurls = ['tgram://token']", FOLDER_SYNC_ACCOUNTS__MAIN__KEY="hush-hush"
    )
    assert settings.notify.urls == ("tgram://token",)
    assert "hush-hush" not in repr(settings)
    assert "token" not in repr(settings)


def test_control_characters_of_the_file_stay_out_of_the_message(tmp_path: Path) -> None:
    assert refusal(tmp_path, '"\\u001b[2J" = 1\n' + GOOD).startswith('FILE: unknown key "�[2J".')
