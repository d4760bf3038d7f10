"""Staged rows as staging would write them, with what a test wants changed."""

import json
from datetime import UTC, datetime
from typing import Any

DAY = "2024-05-01"
AT = datetime(2024, 5, 1, 9, tzinfo=UTC)
RULE = {
    "id": 401,
    "name": "Answer",
    "code": 'Action("replyToTicket", {})',
    "effects": [{"do": "mail"}],
    "event_types": "ticket-created",
}
TAGS = [{"name": "ai_ignore", "description": None}]


def hook(number: int, trigger: str) -> dict[str, Any]:
    kinds = dict.fromkeys(("request_content_type", "response_content_type"), "application/json")
    calls = {"url": "https://hook.invalid", "method": "POST", "triggers": {trigger: True}}
    return {"id": number, "name": "Hook", "type": "http", "http": kinds | calls}


def customer(number: int, **changes: Any) -> dict[str, Any]:
    email = f"c{number}@shop.example"
    return {
        "source_id": f"ivinex:1001:{number}",
        "external_id": f"ivinex:1001:{number}",
        "kind": "contact",
        "name": f"Customer {number}",
        "email": email,
        "channels": f'[{{"type":"email","address":"{email}","preferred":true}}]',
        "field_values": "{}",
        "data": "{}",
        "merged": "[]",
        "source_version": "v",
    } | changes


def ticket(number: int, messages: int, **changes: Any) -> dict[str, Any]:
    return {
        "partition": DAY,
        "source_id": f"ivinex:101:{number}",
        "external_id": f"ivinex:101:{number}",
        "contact_source_id": "ivinex:1001:1",
        "customer_source_id": "ivinex:1001:1",
        "subject": "Where is my order",
        "status": "open",
        "priority": "normal",
        "channel": "email",
        "from_agent": False,
        "assignee_source_id": None,
        "team_source_id": None,
        "tags": '["ai_ignore"]',
        "field_values": "{}",
        "meta": '{"ivinex_id":"1"}',
        "created_at": AT,
        "opened_at": AT,
        "closed_at": None,
        "updated_at": AT,
        "messages": messages,
        "source_version": "v",
    } | changes


def message(ticket_number: int, position: int, **changes: Any) -> dict[str, Any]:
    ticket_id = f"ivinex:101:{ticket_number}"
    return {
        "partition": DAY,
        "source_id": f"ivinex:50:{position}@{ticket_id}",
        "ticket_source_id": ticket_id,
        "external_id": f"ivinex:50:{position}",
        "position": position,
        "kind": "activity",
        "synthetic": False,
        "channel": "email",
        "via": "api",
        "from_agent": False,
        "public": True,
        "sender_type": "customer",
        "sender_source_id": "ivinex:1001:1",
        "receiver_type": None,
        "receiver_source_id": None,
        "source": '{"type":"email","from":{"address":"c1@shop.example"},"to":[{"address":"help@shop.example"}]}',
        "subject": "Where is my order",
        "body_text": f"Message {position}",
        "body_html": None,
        "message_id": None,
        "meta": "{}",
        "source_version": "v",
        "created_at": AT,
        "sent_at": AT,
    } | changes


def user(number: int, disposition: str, **changes: Any) -> dict[str, Any]:
    return {
        "source_id": f"ivinex:user:{number}",
        "user_id": str(number),
        "name": f"Agent {number}",
        "email": f"agent{number}@shop.example",
        "active": disposition == "match",
        "disposition": disposition,
        "role": "observer-agent",
        "records": 1,
    } | changes


def stub(number: int) -> dict[str, Any]:
    return user(number, "stub", email=f"ivinex-user-{number}@stubs.invalid")


def agents(*numbers: int) -> list[dict[str, Any]]:
    """Users of the account who are found by the addresses of `user`."""
    agent = {"role": {"name": "agent"}}
    return [{"id": n, "name": f"Agent {n}", "email": f"agent{n}@shop.example"} | agent for n in numbers]


def team(number: int, *members: int, name: str = "Support") -> dict[str, Any]:
    named = json.dumps([f"ivinex:user:{member}" for member in members])
    return {"source_id": f"ivinex:group:{number}", "name": name, "members": named, "merged": "[]"}


def custom_field(number: int, object_type: str, **changes: Any) -> dict[str, Any]:
    return {
        "source_id": f"ivinex:field:101:{number}",
        "external_id": f"ivinex:field:101:{number}",
        "object_type": object_type,
        "label": f"Field {number}",
        "description": None,
        "data_type": "text",
        "input_type": "input",
        "choices": "[]",
        "priority": number,
        "collection_type_id": "101",
        "field_name": f"field_{number}",
    } | changes
