"""The bytes of a server's image are compared and forgotten: neither written anywhere, nor decoded."""

from __future__ import annotations

import subprocess
import sys

from tests.support.waiting import PATIENCE_SECONDS

SCRIPT = """
import hashlib, http.server, io, sys, threading
from PIL import Image
photo = io.BytesIO()
Image.new("RGB", (64, 64)).save(photo, "JPEG")
photo = photo.getvalue()
for name in [name for name in sys.modules if name.split(".")[0] == "PIL"]:
    del sys.modules[name]
from folder_sync.closient.fetching import Fetcher

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(photo)
    def log_message(self, *_):
        pass

written = []
def watch(event, arguments):
    if event == "open" and (set(str(arguments[1])) & set("wax+") or (arguments[2] or 0) & 3):
        written.append(arguments)

with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    fetcher = Fetcher(url, connect_seconds=5, read_seconds=5)
    sys.addaudithook(watch)
    assert fetcher.read(f"{url}/a.jpg", len(photo)).sha256 == hashlib.sha256(photo).hexdigest()
    open("/dev/null", "w").close()
    server.shutdown()
print([arguments[0] for arguments in written], [name for name in sys.modules if name.split(".")[0] == "PIL"])
"""


def test_images_of_the_server_are_neither_written_nor_decoded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert (done.stderr, done.stdout) == ("", "['/dev/null'] []\n")  # the one that shows that the look-out works
