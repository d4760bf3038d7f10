"""Merging two customers: irreversible; the source answers 301 from then on (gorgias-api.md 6.1, 11)."""

from __future__ import annotations

from sandbox.gorgias.account import Account, channel_keys
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.operations.customers import apply_update, customer_or_404, full


@serves("merge-customers")
def merge_customers(account: Account, call: Call) -> Reply:  # noqa: C901
    """The body holds the fields of the surviving customer, at least one; channels and tickets move over."""
    source = customer_or_404(account, call.query["source_id"])
    target = customer_or_404(account, call.query["target_id"])
    if source is target:
        raise invalid("target_id", "A customer cannot be merged into itself.")
    if not call.body:
        raise invalid("body", "At least one field is needed.")
    account.customers.remove(source["id"])
    try:
        apply_update(account, target, call.body)
    except Exception:
        account.customers.add(source)
        raise
    held = set(channel_keys(target))
    if "channels" not in call.body:
        for key, channel in zip(channel_keys(source), source["channels"], strict=True):
            if key not in held:
                target["channels"].append(channel)
    target["custom_fields"] = {**source["custom_fields"], **target["custom_fields"]}
    for ticket in account.tickets.by("customer_id", source["id"]):
        ticket["customer_id"] = target["id"]
        account.tickets.save(ticket)
    for message in account.messages:
        for side in ("sender", "receiver"):
            if message.get(f"{side}_id") == source["id"]:
                message[f"{side}_id"] = target["id"]
                account.messages.save(message)
    account.customers.save(target)
    account.merges.add({"id": source["id"], "into": target["id"]})
    account.event("customer-merged", "Customer", target["id"], {"source_id": source["id"]})
    return Reply(202, full(account, target))
