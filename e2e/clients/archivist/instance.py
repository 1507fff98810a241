"""A Proofbox of its own on loopback, with an application that may do everything.

Its store is SQLite, or a schema of its own in the PostgreSQL database that PROOFBOX_TEST_DATABASE names.
"""

import http.cookiejar
import json
import os
import re
import secrets
import subprocess
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BINARY = ROOT / "target" / "debug" / "proofbox"
START_S_MAX = 30


def _store():
    address = os.environ.get("PROOFBOX_TEST_DATABASE")
    if not address:
        return []
    schema = f"archivist_{secrets.token_hex(8)}"
    return ["--database", f"{address}&options=-c%20search_path%3D{schema}"]


class Instance:
    """`proofbox serve` over a temporary directory; use it in a `with` statement."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="proofbox-archivist-")
        data = Path(self.directory.name) / "data"
        self.store = _store()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0", *self.store],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url = self._address()
        self.cookies = self._signed_in(data)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(START_S_MAX)
        self.directory.cleanup()

    def _address(self):
        for line in self.process.stdout:
            found = re.search(r"Proofbox is at (\S+)", line)
            if found:
                return found.group(1).rstrip("/")
        raise RuntimeError("proofbox serve ended before it listened")

    def _signed_in(self, data):
        link = subprocess.run(
            [BINARY, "sign-in-link", "--data", data, *self.store],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()
        cookies = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        opener.open(urllib.request.Request(link, data=b"", method="POST")).read()
        return opener

    def application(self, name):
        """The id and secret of a new application with the role of an administrator."""
        body = json.dumps({"display_name": name, "roles": ["OWNER"]}).encode()
        request = urllib.request.Request(
            f"{self.url}/archivist/iam/v1/applications",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        answer = json.load(self.cookies.open(request))
        return answer["client_id"], answer["credentials"][0]["secret"]
