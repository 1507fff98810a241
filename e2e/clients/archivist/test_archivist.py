"""PyPI's datatrails-archivist, as it is, against `proofbox serve`: what its users do with it.

Run by `make clients`; one instance for all tests, each with names of its own.
"""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
import unittest
import uuid
import zipfile
from pathlib import Path

from archivist.archivist import Archivist
from archivist.archivistpublic import ArchivistPublic
from archivist.errors import (
    ArchivistBadRequestError,
    ArchivistDuplicateError,
    ArchivistForbiddenError,
    ArchivistNotFoundError,
    ArchivistUnauthenticatedError,
)

from instance import Instance

HERE = Path(__file__).resolve().parent
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def document(name, content, version="1"):
    return {
        "arc_profile": "Document",
        "arc_display_name": name,
        "arc_display_type": "Document",
        "document_hash_alg": "sha256",
        "document_hash_value": sha256(content),
        "document_status": "Published",
        "document_version": version,
    }


class ArchivistTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.instance = cls.enterClassContext(Instance())
        cls.credentials = cls.instance.application("Client")
        cls.client = Archivist(cls.instance.url, cls.credentials, max_time=30)
        cls.public = ArchivistPublic()

    def name(self, what="Asset"):
        return f"{what} {uuid.uuid4()}"

    def private_asset(self, **attributes):
        name = self.name()
        attributes = {"arc_display_name": name, "arc_display_type": "Thing", **attributes}
        return name, self.client.assets.create(attrs=attributes, confirm=True)

    def published(self, content="one"):
        attrs = document(self.name("Document"), content)
        return self.client.assets.create(props={"public": True}, attrs=attrs, confirm=True)

    def record(self, asset, kind, **asset_attributes):
        return self.client.events.create(
            asset["identity"],
            {"operation": "Record", "behaviour": "RecordEvidence"},
            {"arc_display_type": kind, "arc_description": f"{kind} it"},
            asset_attrs=asset_attributes,
            confirm=True,
        )


class Tokens(ArchivistTest):
    def test_a_wrong_secret_is_refused(self):
        client_id, _ = self.credentials
        with self.assertRaises(ArchivistUnauthenticatedError):
            self.client.appidp.token(client_id, "bad")

    def test_a_token_is_a_bearer_token_with_an_end(self):
        token = self.client.appidp.token(*self.credentials)
        self.assertEqual(token["token_type"], "Bearer")
        self.assertGreater(token["expires_in"], 600)
        bearer = Archivist(self.instance.url, token["access_token"])
        self.assertGreaterEqual(bearer.assets.count(), 0)

    def test_no_token_reads_nothing(self):
        with self.assertRaises(ArchivistUnauthenticatedError):
            Archivist(self.instance.url, "nonsense").assets.count()


class Assets(ArchivistTest):
    def test_an_asset_is_created_confirmed_and_read_back(self):
        name, asset = self.private_asset(nested={"k": "v"}, lst=[{"a": "b"}])
        self.assertEqual(asset["confirmation_status"], "CONFIRMED")
        self.assertEqual(asset["attributes"]["nested"], {"k": "v"})
        self.assertEqual(asset["attributes"]["lst"], [{"a": "b"}])
        self.assertFalse(asset["public"])
        self.assertTrue(asset["tenant_identity"].startswith("tenant/"))
        self.assertEqual(self.client.assets.read(asset["identity"]), asset)
        by_name = self.client.assets.read_by_signature(attrs={"arc_display_name": name})
        self.assertEqual(by_name, asset)

    def test_assets_are_listed_counted_and_filtered(self):
        kind = self.name("Kind")
        made = [self.private_asset(kind=kind, number=str(n))[1]["identity"] for n in range(5)]
        assets = self.client.assets
        wanted = {"kind": kind}
        self.assertEqual(assets.count(attrs=wanted), 5)
        listed = [asset["identity"] for asset in assets.list(attrs=wanted)]
        self.assertEqual(listed, made[::-1])
        paged = [a["identity"] for a in assets.list(attrs=wanted, page_size=2)]
        self.assertEqual(paged, made[::-1])
        self.assertEqual(assets.count(attrs={"kind": kind, "number": "3"}), 1)
        self.assertEqual(assets.count(attrs={**wanted, "number": "*"}), 5)
        self.assertEqual(assets.count(attrs={**wanted, "absent": "*"}), 0)
        self.assertEqual(assets.count(attrs=wanted, props={"privacy": "PUBLIC"}), 0)
        self.assertEqual(assets.count(attrs=wanted, props={"tracked": "TRACKED"}), 5)
        odd = "a b&c=d/é+x"
        self.private_asset(kind=odd)
        self.assertEqual(assets.count(attrs={"kind": odd}), 1)
        self.assertTrue(assets.wait_for_confirmed(attrs=wanted))

    def test_two_of_a_name_are_a_duplicate(self):
        kind = self.name("Kind")
        self.private_asset(kind=kind)
        self.private_asset(kind=kind)
        with self.assertRaises(ArchivistDuplicateError):
            self.client.assets.read_by_signature(attrs={"kind": kind})

    def test_if_there_is_none_it_is_created_and_then_found(self):
        data = {
            "selector": [{"attributes": ["arc_display_name"]}],
            "behaviours": ["RecordEvidence"],
            "attributes": {"arc_display_name": self.name()},
        }
        first, existed = self.client.assets.create_if_not_exists(data, confirm=True)
        self.assertFalse(existed)
        again, existed = self.client.assets.create_if_not_exists(data, confirm=True)
        self.assertTrue(existed)
        self.assertEqual(again["identity"], first["identity"])

    def test_what_is_not_there_is_not_found(self):
        with self.assertRaises(ArchivistNotFoundError):
            self.client.assets.read(f"assets/{uuid.uuid4()}")

    def test_numbers_are_refused(self):
        with self.assertRaises(ArchivistBadRequestError):
            self.client.assets.create(attrs={"weight": 7})


class Events(ArchivistTest):
    def test_events_are_recorded_listed_and_counted(self):
        _, asset = self.private_asset()
        for number in range(3):
            self.record(asset, "Inspect", number=str(number))
        events = self.client.events
        identity = asset["identity"]
        self.assertEqual(events.count(asset_id=identity), 4)
        self.assertEqual(events.count(asset_id=identity, attrs={"arc_display_type": "Inspect"}), 3)
        self.assertEqual(events.count(asset_id=identity, asset_attrs={"number": "1"}), 1)
        listed = list(events.list(asset_id=identity, page_size=2))
        self.assertEqual(len(listed), 4)
        self.assertEqual([e["operation"] for e in listed], ["Record"] * 3 + ["NewAsset"])
        self.assertEqual(self.client.assets.read(identity)["attributes"]["number"], "2")
        self.assertGreaterEqual(events.count(), 4)
        self.assertTrue(events.wait_for_confirmed(asset_id=identity))

    def test_who_and_when_may_be_declared(self):
        _, asset = self.private_asset()
        declared = {"issuer": "idp.example.org/1", "subject": "phil", "email": "p@example.org"}
        event = self.client.events.create(
            asset["identity"],
            {
                "operation": "Record",
                "behaviour": "RecordEvidence",
                "timestamp_declared": "2019-11-27T14:44:19Z",
                "principal_declared": declared,
            },
            {"arc_description": "Looked at it"},
            confirm=True,
        )
        self.assertEqual(event["timestamp_declared"], "2019-11-27T14:44:19Z")
        self.assertEqual(event["principal_declared"], {**declared, "display_name": ""})
        self.assertEqual(event["principal_accepted"]["subject"], self.credentials[0])
        self.assertEqual(self.client.events.read(event["identity"]), event)
        found = self.client.events.read_by_signature(
            asset_id=asset["identity"], props={"principal_declared.subject": "phil"}
        )
        self.assertEqual(found["identity"], event["identity"])

    def test_a_filter_carries_over_to_the_next_page(self):
        _, asset = self.private_asset()
        for kind in ["Inspect", "Repair"] * 3:
            self.record(asset, kind)
        listed = self.client.events.list(
            asset_id=asset["identity"], attrs={"arc_display_type": "Repair"}, page_size=1
        )
        kinds = [event["event_attributes"]["arc_display_type"] for event in listed]
        self.assertEqual(kinds, ["Repair"] * 3)


class Documents(ArchivistTest):
    def test_a_document_is_published_withdrawn_and_published_again(self):
        asset = self.published("one")
        two = {**document("Again", "two", "2")}
        for attribute in ["arc_profile", "arc_display_name", "arc_display_type"]:
            del two[attribute]
        self.record(asset, "Publish", **two)
        self.record(asset, "Withdraw", document_status="Withdrawn")
        now = self.client.assets.read(asset["identity"])["attributes"]
        self.assertEqual((now["document_status"], now["document_version"]), ("Withdrawn", "2"))
        self.record(asset, "Publish", **{**two, "document_version": "3"})
        now = self.client.assets.read(asset["identity"])["attributes"]
        self.assertEqual((now["document_status"], now["document_version"]), ("Published", "3"))

    def test_everybody_reads_what_is_public_and_nobody_who_made_it(self):
        content = str(uuid.uuid4())
        asset = self.published(content)
        self.record(asset, "Inspect")
        url = self.client.assets.publicurl(asset["identity"])
        self.assertIn("/archivist/v2/publicassets/", url)
        public = self.public.assets.read(url)
        self.assertEqual(public["identity"], "public" + asset["identity"])
        self.assertEqual(self.public.events.count(asset_id=url), 2)
        events = list(self.public.events.list(asset_id=url, page_size=1))
        self.assertEqual(len(events), 2)
        for event in events:
            blank = {"issuer": "", "subject": "", "display_name": "", "email": ""}
            self.assertEqual(event["principal_accepted"], blank)
            self.assertEqual(event["principal_declared"], blank)
        first = next(iter(self.client.events.list(asset_id=asset["identity"])))
        event_url = self.client.events.publicurl(first["identity"])
        self.assertEqual(self.public.events.read(event_url)["identity"], "public" + first["identity"])
        wildcard = f"{self.instance.url}/archivist/v2/publicassets/-"
        attrs = {"document_hash_value": sha256(content)}
        found = list(self.public.events.list(asset_id=wildcard, asset_attrs=attrs))
        self.assertEqual([e["asset_identity"] for e in found], ["public" + asset["identity"]])
        with self.assertRaises(ArchivistBadRequestError):
            list(self.public.events.list(asset_id=wildcard))

    def test_a_private_asset_has_no_public_address(self):
        _, asset = self.private_asset()
        with self.assertRaises(ArchivistNotFoundError):
            self.client.assets.publicurl(asset["identity"])
        with self.assertRaises(ArchivistNotFoundError):
            self.public.assets.read(f"{self.instance.url}/archivist/v2/public{asset['identity']}")

    def test_a_document_without_its_hash_is_refused(self):
        with self.assertRaises(ArchivistBadRequestError):
            self.client.assets.create(attrs={"arc_profile": "Document"})


class Attachments(ArchivistTest):
    def word_file(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("_rels/.rels", "<Relationships/>")
            archive.writestr("word/document.xml", "<document/>" * 100)
            archive.writestr("word/_rels/document.xml.rels", "<Relationships/>")
        file.seek(0)
        return file

    def test_the_kind_of_a_blob_is_found_in_its_content(self):
        blob = self.client.attachments.upload(self.word_file())
        self.assertEqual(blob["mime_type"], WORD)
        self.assertEqual(self.client.attachments.info(blob["identity"])["mime_type"], WORD)
        back = io.BytesIO()
        response = self.client.attachments.download(blob["identity"], back)
        self.assertEqual(response.headers["content-type"], WORD)
        self.assertEqual(back.getvalue(), self.word_file().getvalue())
        self.assertEqual(blob["hash"]["value"], hashlib.sha256(back.getvalue()).hexdigest())
        allowed = {"allow_insecure": "true"}
        self.client.attachments.download(blob["identity"], io.BytesIO(), params=allowed)
        with self.assertRaises(ArchivistBadRequestError):
            strict = {"strict": "true"}
            self.client.attachments.download(blob["identity"], io.BytesIO(), params=strict)

    def attached(self, public):
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + uuid.uuid4().bytes)
            file.flush()
            attachment = self.client.attachments.create(
                {"filename": file.name, "content_type": "image/jpg", "display_name": "Front"}
            )
        attrs = {"arc_display_name": self.name(), "front": attachment}
        asset = self.client.assets.create(props={"public": public}, attrs=attrs, confirm=True)
        return asset, attachment["arc_blob_identity"]

    def test_an_attachment_is_read_back_from_its_asset_and_event(self):
        asset, blob = self.attached(public=False)
        identity = asset["identity"]
        info = self.client.assetattachments.info(identity, blob)
        self.assertEqual((info["mime_type"], info["scanned_status"]), ("image/png", "NOT_SCANNED"))
        event = next(iter(self.client.events.list(asset_id=identity)))
        for place in [identity, event["identity"]]:
            back = io.BytesIO()
            self.client.assetattachments.download(place, blob, back)
            self.assertEqual(hashlib.sha256(back.getvalue()).hexdigest(), info["hash"]["value"])

    def test_everybody_reads_the_attachment_of_a_public_asset(self):
        asset, blob = self.attached(public=True)
        url = self.client.assets.publicurl(asset["identity"])
        self.assertEqual(self.public.assetattachments.info(url, blob)["mime_type"], "image/png")
        back = io.BytesIO()
        self.public.assetattachments.download(url, blob, back)
        self.assertTrue(back.getvalue().startswith(b"\x89PNG"))
        event = next(iter(self.client.events.list(asset_id=asset["identity"])))
        event_url = self.client.events.publicurl(event["identity"])
        self.public.assetattachments.download(event_url, blob, io.BytesIO())

    def test_a_blob_is_no_attachment_of_what_does_not_name_it(self):
        _, other = self.private_asset()
        _, blob = self.attached(public=True)
        with self.assertRaises(ArchivistNotFoundError):
            self.client.assetattachments.info(other["identity"], blob)


class Management(ArchivistTest):
    def test_an_application_lives_and_its_tokens_die_with_it(self):
        applications = self.client.applications
        name = self.name("Application")
        made = applications.create(name, {"serial_number": "TL1"})
        secret = made["credentials"][0]["secret"]
        self.assertEqual(len(secret), 64)
        read = applications.read(made["identity"])
        self.assertEqual(read["credentials"][0]["secret"], "")
        self.assertEqual([a["identity"] for a in applications.list(display_name=name)], [made["identity"]])
        token = self.client.appidp.token(made["client_id"], secret)["access_token"]
        scanner = Archivist(self.instance.url, token)
        scanner.assets.create(attrs={"arc_display_name": self.name()}, confirm=True)
        with self.assertRaises(ArchivistForbiddenError):
            scanner.applications.create("Another", {})
        changed = applications.update(made["identity"], display_name="Two", custom_claims={"x": "y"})
        self.assertEqual((changed["display_name"], changed["custom_claims"]), ("Two", {"x": "y"}))
        fresh = applications.regenerate(made["identity"])["credentials"][0]["secret"]
        with self.assertRaises(ArchivistUnauthenticatedError):
            scanner.assets.count()
        with self.assertRaises(ArchivistUnauthenticatedError):
            self.client.appidp.token(made["client_id"], secret)
        token = self.client.appidp.token(made["client_id"], fresh)["access_token"]
        self.assertEqual(applications.delete(made["identity"]), {})
        with self.assertRaises(ArchivistUnauthenticatedError):
            Archivist(self.instance.url, token).assets.count()
        with self.assertRaises(ArchivistNotFoundError):
            applications.read(made["identity"])

    def test_an_access_policy_says_which_assets_it_is_about(self):
        kind = self.name("Kind")
        _, asset = self.private_asset(kind=kind)
        policies = self.client.access_policies
        name = self.name("Policy")
        permissions = [{"subjects": [], "behaviours": ["RecordEvidence"], "include_attributes": ["kind"]}]
        made = policies.create(
            {"display_name": name, "description": "d"},
            [{"or": [f"attributes.kind={kind}"]}],
            permissions,
        )
        self.assertEqual(policies.count(display_name=name), 1)
        self.assertEqual([p["identity"] for p in policies.list(display_name=name)], [made["identity"]])
        self.assertEqual(policies.read(made["identity"])["description"], "d")
        matching = policies.list_matching_assets(made["identity"])
        self.assertEqual([a["identity"] for a in matching], [asset["identity"]])
        about = policies.list_matching_access_policies(asset["identity"])
        self.assertEqual([p["identity"] for p in about], [made["identity"]])
        changed = policies.update(made["identity"], props={"display_name": "ap2"})
        self.assertEqual(changed["display_name"], "ap2")
        self.assertEqual(changed["filters"], [{"or": [f"attributes.kind={kind}"]}])
        self.assertEqual(policies.delete(made["identity"]), {})

    def test_subjects_are_kept_and_ones_own_is_fixed(self):
        subjects = self.client.subjects
        name = self.name("Subject")
        own = subjects.read("subjects/00000000-0000-0000-0000-000000000000")
        self.assertEqual(own["confirmation_status"], "CONFIRMED")
        made = subjects.create(name, ["04c1"], ["efdg"])
        self.assertEqual(made["confirmation_status"], "PENDING")
        self.assertEqual(subjects.count(display_name=name), 1)
        self.assertEqual([s["identity"] for s in subjects.list(display_name=name)], [made["identity"]])
        self.assertEqual(subjects.update(made["identity"], display_name="s2")["display_name"], "s2")
        self.assertEqual(subjects.delete(made["identity"]), {})

    def test_a_tenancy_is_named_by_its_domain(self):
        asset = self.published(str(uuid.uuid4()))
        info = self.client.tenancies.publicinfo(asset["tenant_identity"])
        self.assertEqual(info, {"identity": asset["tenant_identity"], "verified_domain": "", "verified_since": None})

    def test_the_estate_is_counted(self):
        self.assertIsNone(self.client.composite.estate_info())


class Stories(ArchivistTest):
    """The runner always ends with 0; the only sign of trouble is a line in its output."""

    def run_story(self, story):
        client_id, secret = self.credentials
        secret_file = Path(self.instance.directory.name) / "secret"
        secret_file.write_text(secret)
        command = Path(sys.executable).parent / "archivist_runner"
        done = subprocess.run(
            [command, "-u", self.instance.url, "--client-id", client_id]
            + ["--client-secret-filename", secret_file, HERE / "stories" / story],
            capture_output=True,
            text=True,
            timeout=120,
        )
        output = done.stdout + done.stderr
        self.assertNotIn("Runner exception", output)
        self.assertNotIn("Traceback", output)
        self.assertEqual(done.returncode, 0, output)
        return output

    def test_a_story_about_a_document_runs_and_runs_again(self):
        for _ in range(2):
            self.run_story("document.yaml")
        story = {"arc_display_name": "A document of a story"}
        asset = self.client.assets.read_by_signature(attrs=story)
        self.assertEqual(asset["attributes"]["document_status"], "Published")
        self.assertEqual(self.client.events.count(asset_id=asset["identity"]), 5)

    def test_a_story_about_things_runs(self):
        output = self.run_story("door.yaml")
        self.assertIn("Inspect", output)


if __name__ == "__main__":
    unittest.main()
