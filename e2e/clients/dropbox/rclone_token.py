"""Prints the token that rclone.conf wants, after the consent that `rclone config` would ask for."""

import json

import link

result = link.tokens()
print(
    json.dumps(
        {
            "access_token": result.access_token,
            "token_type": "bearer",
            "refresh_token": result.refresh_token,
            "expiry": result.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
)
