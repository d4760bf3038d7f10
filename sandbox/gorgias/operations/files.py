"""Upload and download. Uploads can be neither listed nor deleted (gorgias-api.md 9)."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import PurePosixPath

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, invalid, not_found

PUBLIC_TYPES = ("public_attachment", "profile_picture", "widget_picture")


@serves("upload-file")
def upload(account: Account, call: Call) -> Reply:
    """One row per part; the part's name becomes the file's, and of two parts of one name the first counts."""
    file_type = call.query.get("type", "attachment")
    if not call.parts:
        raise invalid("file", "Missing data for required field.")
    size = sum(len(part.content) for part in call.parts)
    if size > account.switches["G-21"] * 1_000_000:
        raise ApiError(413, "The upload is too large.")
    unique = {part.name: part for part in reversed(call.parts)}
    answer = []
    for part in reversed(unique.values()):
        digest = hashlib.sha256(part.content).hexdigest()
        suffix = re.sub(r"[^.A-Za-z0-9]", "", PurePosixPath(part.name).suffix)[:12]
        domain_hash = hashlib.sha256(account.config.account.domain.encode()).hexdigest()[:16]
        path = f"{file_type}/{domain_hash}/{digest[:32]}{suffix}"
        account.files.add(
            {
                "id": None,
                "path": path,
                "name": part.name,
                "content_type": part.content_type,
                "size": len(part.content),
                "sha256": digest,
                "content": base64.b64encode(part.content).decode(),
                "created_datetime": account.now(),
            }
        )
        kind, rest = path.split("/", 1)
        place = f"/_files/{path}" if kind in PUBLIC_TYPES else f"/api/{kind}/download/{rest}"
        url = call.base_url + place
        answer.append({"url": url, "name": part.name, "content_type": part.content_type, "size": len(part.content)})
    return Reply(201, answer)


@serves("download-file")
def download(account: Account, call: Call) -> Reply:
    """Redirects to a place that takes no credentials; forwarding them is a client's mistake."""
    path = "{file_type}/{domain_hash}/{resource_name}".format(**call.params)
    if not account.files.by("path", path):
        raise not_found()
    return Reply(302, None, {"location": f"/_files/{path}"})


def content_of(account: Account, path: str) -> tuple[bytes, str] | None:
    """Bytes and content type of a stored file, by its path."""
    found = account.files.by("path", path)
    return (base64.b64decode(found[0]["content"]), found[0]["content_type"]) if found else None
