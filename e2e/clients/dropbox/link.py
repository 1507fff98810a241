"""Links an app to the sandbox as a person would in a browser, by the SDK's own OAuth flow."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import dropbox
import requests

APP_KEY = "sandbox-app-key"
APP_SECRET = "any secret is the right one here"
REDIRECT = "http://127.0.0.1:9/back"
SCOPES = [
    "account_info.read",
    "account_info.write",
    "contacts.write",
    "email",
    "file_requests.read",
    "file_requests.write",
    "files.content.read",
    "files.content.write",
    "files.metadata.read",
    "files.metadata.write",
    "files.permanent_delete",
    "openid",
    "profile",
    "sharing.read",
    "sharing.write",
]


def tokens(email="ada@example.org"):
    """Signs in, allows everything, and returns what the SDK got for the code."""
    session = {}
    flow = dropbox.DropboxOAuth2Flow(
        APP_KEY,
        REDIRECT,
        session,
        "state",
        consumer_secret=APP_SECRET,
        token_access_type="offline",
        scope=SCOPES,
    )
    browser = requests.Session()
    browser.post(
        "https://www.dropbox.com/login",
        data={"email": email, "password": "anything", "cont": ""},
        allow_redirects=False,
    ).raise_for_status()
    reply = browser.get(flow.start(), allow_redirects=False)
    if reply.status_code == 200:
        form = re.search(r'name="form" value="([^"]*)"', reply.text).group(1)
        reply = browser.post(
            "https://www.dropbox.com/oauth2/authorize",
            data={"form": html.unescape(form), "choice": "allow"},
            allow_redirects=False,
        )
    query = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
    return flow.finish(query)


def client(result):
    """A client that refreshes its token by itself."""
    return dropbox.Dropbox(
        oauth2_refresh_token=result.refresh_token,
        app_key=APP_KEY,
        app_secret=APP_SECRET,
        max_retries_on_error=0,
    )
