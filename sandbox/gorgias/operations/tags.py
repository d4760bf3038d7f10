"""Tags: case-sensitive unique names, merge, deletion refused while a rule uses them (gorgias-api.md 6.4)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, invalid
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record

PALETTE = ("#EB144C", "#FF6900", "#FCB900", "#00D084", "#0693E3", "#9900EF")


def shown(account: Account, tag: Record) -> dict[str, Any]:
    return {**tag, "usage": len(account.tickets.by("tag", tag["id"])), "uri": f"/api/tags/{tag['id']}/"}


def brief(tag: Record) -> dict[str, Any]:
    """A tag as shown on a ticket."""
    return {"id": tag["id"], "name": tag["name"], "decoration": tag["decoration"]}


def new_tag(account: Account, body: dict[str, Any]) -> Record:
    tag_id = body.get("id")
    tag = account.tags.add(
        {
            "id": tag_id,
            "name": body["name"],
            "description": body.get("description"),
            "decoration": body.get("decoration") or {"color": PALETTE[len(account.tags) % len(PALETTE)]},
            "created_datetime": account.now(),
            "deleted_datetime": None,
        }
    )
    account.event("tag-created", "Tag", tag["id"])
    return tag


def check_name(account: Account, name: str, own_id: int | None) -> None:
    if any(tag["id"] != own_id for tag in account.tags.by("name", name)):
        raise account.duplicate("name", "A tag with this name already exists.")


@serves("list-tags")
def list_tags(account: Account, call: Call) -> Reply:
    search = call.query.get("search", "").lower()
    attribute = call.query.get("order_by", "").partition(":")[0]
    if attribute == "usage":
        rows = [shown(account, tag) for tag in account.tags if search in tag["name"].lower()]
        return listed(account, call, account.tags, lambda tag: shown(account, tag), rows=rows)
    keep = (lambda tag: search in tag["name"].lower()) if search else None
    return listed(account, call, account.tags, lambda tag: shown(account, tag), keep=keep)


@serves("create-tag")
def create_tag(account: Account, call: Call) -> Reply:
    check_name(account, call.body["name"], None)
    tag = new_tag(account, call.fields())
    account.hide(account.tags, tag, max(call.hidden_for, account.switches["G-08"]), True)
    return Reply(201, shown(account, tag))


@serves("get-tag")
def get_tag(account: Account, call: Call) -> Reply:
    return Reply(200, shown(account, account.tags.require(call.params["id"])))


@serves("update-tag")
def update_tag(account: Account, call: Call) -> Reply:
    tag = account.tags.require(call.params["id"])
    fields = call.fields()
    if "name" in fields:
        check_name(account, fields["name"], tag["id"])
    renamed = fields.get("name", tag["name"]) != tag["name"]
    tag.update(fields)
    account.tags.save(tag)
    account.event("tag-renamed" if renamed else "tag-updated", "Tag", tag["id"])
    return Reply(202, shown(account, tag))


@serves("delete-tag")
def delete_tag(account: Account, call: Call) -> Reply:
    remove(account, [account.tags.require(call.params["id"])])
    return Reply(204)


@serves("delete-tags")
def delete_tags(account: Account, call: Call) -> Reply:
    found = [account.tags.get(tag_id) for tag_id in dict.fromkeys(call.body["ids"])]
    remove(account, [tag for tag in found if tag])
    return Reply(204)


def remove(account: Account, tags: list[Record]) -> None:
    """Delete tags and take them off their tickets. Raises ApiError 400 while a rule names one."""
    for tag in tags:
        for rule in account.rules:
            used = {effect.get("tag") for effect in rule["effects"]} | {rule["unless_tag"]}
            if tag["name"] in used or f'"{tag["name"]}"' in rule["code"]:
                raise ApiError(400, f"Tag {tag['id']} is used in rule {rule['id']}.")
    for tag in tags:
        for ticket in account.tickets.by("tag", tag["id"]):
            ticket["tag_ids"] = [tag_id for tag_id in ticket["tag_ids"] if tag_id != tag["id"]]
            account.tickets.save(ticket)
        account.tags.remove(tag["id"])
        account.event("tag-deleted", "Tag", tag["id"])


@serves("merge-tags")
def merge_tags(account: Account, call: Call) -> Reply:
    destination = account.tags.require(call.params["destination_tag_id"])
    source_ids = dict.fromkeys(call.body["source_tags_ids"])
    if not source_ids or destination["id"] in source_ids:
        raise invalid("source_tags_ids", "Needs other tags than the destination.")
    sources = [account.tags.require(tag_id) for tag_id in source_ids]
    tickets = {ticket["id"]: ticket for tag in sources for ticket in account.tickets.by("tag", tag["id"])}
    remove(account, sources)
    for ticket in tickets.values():
        if destination["id"] not in ticket["tag_ids"]:
            ticket["tag_ids"] = [*ticket["tag_ids"], destination["id"]]
            account.tickets.save(ticket)
    account.event("tag-merged", "Tag", destination["id"], {"source_ids": list(source_ids)})
    return Reply(202, shown(account, destination))
