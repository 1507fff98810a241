"""`proofbox publish`, and what others see of it: the client of the published API, and `verify`."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from archivist.archivist import Archivist

from instance import BINARY, Instance


class Publish(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = cls.enterClassContext(Instance())
        cls.client_id, cls.secret = cls.instance.application("Publisher")
        cls.client = Archivist(cls.instance.url, (cls.client_id, cls.secret))
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "deep").mkdir()
        (cls.folder / "a.txt").write_text("one")
        (cls.folder / "deep" / "Secret lease.pdf").write_bytes(b"two" * 2_000_000)
        (cls.folder / "deep" / "link").symlink_to("/etc/hostname")

    def publish(self, *words, secret=None, client_id=None):
        command = [BINARY, "publish", "--server", self.instance.url, "--json"]
        command += ["--client-id", client_id or self.client_id, *words]
        environment = {**os.environ, "PROOFBOX_CLIENT_SECRET": secret or self.secret}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def verify(self, path):
        command = [BINARY, "verify", path, "--server", self.instance.url]
        key = self.instance.cookies.open(f"{self.instance.url}/log/vkey").read().decode()
        return subprocess.run(command + ["--key", key.splitlines()[0]], capture_output=True, text=True)

    def test_a_folder_is_looked_at_published_found_again_and_verified(self):
        folder = [self.folder, "--recursive"]
        before = self.client.assets.count()
        done, lines = self.publish(*folder, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["result"] for line in lines], ["would_be_published"] * 2)
        self.assertEqual(self.client.assets.count(), before)
        self.assertEqual(self.verify(self.folder / "a.txt").returncode, 20)

        done, lines = self.publish(*folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line["result"] for line in lines], ["published"] * 2)
        self.assertIn("2 of 2 files published", done.stderr)
        for line in lines:
            asset = self.client.assets.read(line["asset"])
            self.assertTrue(asset["public"])
            self.assertEqual(asset["attributes"]["arc_display_name"], "xxx...")
            self.assertEqual(asset["attributes"]["document_hash_value"], line["sha256"])
            verified = self.verify(line["file"])
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

        _, lines = self.publish(*folder)
        self.assertEqual([line["result"] for line in lines], ["already_published"] * 2)
        self.assertEqual(self.client.assets.count(), before + 2)

    def test_a_name_is_published_when_that_is_asked_for(self):
        file = self.folder / "Minutes.txt"
        file.write_text("three")
        _, [line] = self.publish(file, "--show-names")
        asset = self.client.assets.read(line["asset"])
        self.assertEqual(asset["attributes"]["arc_display_name"], "Minutes.txt")
        file.unlink()

    def test_what_cannot_be_done_is_said(self):
        for words, secret, said in [
            ([self.folder], None, "--recursive"),
            ([self.folder / "none"], None, "cannot be read"),
            ([self.folder / "a.txt"], "wrong", "do not match"),
        ]:
            done, lines = self.publish(*words, secret=secret)
            self.assertEqual((done.returncode, lines), (1, []), done.stderr)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
