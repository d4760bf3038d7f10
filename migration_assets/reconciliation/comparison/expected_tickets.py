"""What Gorgias should hold of a day: tickets and messages as staged, their links as Gorgias ids, and their fields.

It belongs here: the wanted side of tickets and messages, worked out from the staged rows by itself; it shares nothing
with what builds requests. It does not: customers and definitions (expected_objects.py) and the comparison
(comparator.py).
"""

from migration_assets.reconciliation.comparison.comparison_rules import Field, instants, plain
from migration_assets.reconciliation.target.account_acts import ANSWERED, SURVEYED

EXPECTED_TICKETS = """
    CREATE OR REPLACE TEMP TABLE asked_tickets AS
    SELECT s.* EXCLUDE (tags), names(s.tags) AS tags, w.gorgias_id, w.adopted,
           h.gorgias_id IS NOT NULL AS read, h.found, w.settled_at,
           c.gorgias_id AS customer_id, coalesce(m.survivor_id, c.gorgias_id) AS survivor_id,
           u.gorgias_id AS assignee_id, g.gorgias_id AS team_id, NULL::TIMESTAMPTZ AS trashed_at, 'api' AS via,
           true AS imported, false AS spam, NULL::TIMESTAMPTZ AS snooze_at, NULL::VARCHAR AS language,
           false AS departed
    FROM staging.tickets s JOIN reconciliation.scope w ON w.object = 'tickets' AND w.source_id = s.source_id
    LEFT JOIN reconciliation.target_tickets h ON h.gorgias_id = w.gorgias_id
    LEFT JOIN reconciliation.ids c ON c.object = 'customers' AND c.source_id = s.customer_source_id
    LEFT JOIN reconciliation.target_customers m ON m.gorgias_id = c.gorgias_id AND m.survivor_id IS NOT NULL
    LEFT JOIN reconciliation.ids u ON u.object = 'users' AND u.source_id = s.assignee_source_id
    LEFT JOIN reconciliation.ids g ON g.object = 'teams' AND g.source_id = s.team_source_id
    WHERE list_contains($keys, s.partition)
"""
"""Links to a customer who was merged into another one follow to the survivor (docs/verification.md)."""
FOLLOWED_TAGS = """
    CREATE OR REPLACE TEMP TABLE followed_tags AS
    SELECT i.source_id AS name, d.name AS now FROM reconciliation.ids i
    LEFT JOIN reconciliation.target_definitions d ON d.object = 'tags' AND d.gorgias_id = i.gorgias_id
    WHERE i.object = 'tags' AND EXISTS (FROM reconciliation.target_definitions t WHERE t.object = 'tags')
"""
"""Tags that we wrote, under the names that they have now; one that is gone has none."""
TICKET_PAIRS = """
    FROM (
        SELECT t.*, is_gone('users', t.assignee_id) AS user_gone, is_gone('teams', t.team_id) AS team_gone,
               coalesce(f.tags, t.tags) AS followed_tags
        FROM {asked} t LEFT JOIN (
            SELECT n.source_id, list_sort(coalesce(list(DISTINCT coalesce(f.now, n.name))
                FILTER (f.name IS NULL OR f.now IS NOT NULL), [])) AS tags
            FROM (SELECT source_id, unnest(tags) AS name FROM {asked}) n LEFT JOIN followed_tags f USING (name)
            GROUP BY n.source_id
        ) f USING (source_id)
    ) a JOIN reconciliation.target_tickets h ON h.gorgias_id = a.gorgias_id AND h.found = 'present'
"""
TICKETS_LOST = """
    SELECT partition, '*' AS field, source_id, gorgias_id, found AS detail, NULL AS parent FROM asked_tickets
    WHERE found <> 'present'
"""
_AS_WRITTEN = "a.status = h.status"
_TAGS_FOLLOWED = (
    "a.followed_tags = names(h.tags) OR (len(a.followed_tags) < len(a.tags) AND len(names(h.tags)) <= len(a.tags) "
    "AND list_has_all(names(h.tags), a.followed_tags))"
)
_MOVED = "h.updated_at > a.updated_at AND h.updated_at > a.settled_at - INTERVAL 1 DAY"
"""A later change moves it; a day is more than two clocks differ."""

TICKET_FIELDS = [
    *plain("external_id", "status", "priority", "channel", "via", "from_agent"),
    Field("imported", "a.imported", "h.imported", applies_if="h.imported IS NOT NULL"),
    Field("subject", "a.subject", "h.subject", "text"),
    Field("customer", "a.customer_id", "h.customer_id", equal_if="h.customer_id = a.survivor_id"),
    Field("assignee_user", "a.assignee_id", "h.assignee_id", equal_if="a.user_gone AND h.assignee_id IS NULL"),
    Field("assignee_team", "a.team_id", "h.team_id", equal_if="a.team_gone AND h.team_id IS NULL"),
    Field("tags", "a.tags", "names(h.tags)", "set", equal_if=_TAGS_FOLLOWED),
    Field("meta", "json(a.meta)", "json(h.meta)", equal_if="json_contains(h.meta, a.meta)"),
    *instants("created", "opened", "trashed"),
    Field("closed_datetime", "a.closed_at", "h.closed_at", applies_if=_AS_WRITTEN),
    Field("updated_datetime", "a.updated_at", "h.updated_at", equal_if=_MOVED),
    Field("spam", "a.spam", "h.spam", applies_if="h.spam IS NOT NULL"),
    Field("snooze_datetime", "a.snooze_at", "h.snooze_at"),
    Field("language", "a.language", "h.language"),
]

EXPECTED_MESSAGES = """
    CREATE OR REPLACE TEMP TABLE asked_messages AS
    SELECT s.* EXCLUDE (body_text, body_html, meta, source), coalesce(b.body_html, s.body_html) AS body_html,
           coalesce(x.files, []) AS files, coalesce(x.undelivered, false) AS undelivered,
           s.sender_source_id IS NOT NULL AND p.gorgias_id IS NULL AS authorless,
           -- Who has no user in Gorgias is named in the first line, and in meta.
           CASE WHEN authorless THEN '[Author in Ivinex: '
               || coalesce(nullif(s.meta ->> '$.author_name', ''), s.sender_source_id) || ']' || chr(10)
               || coalesce(s.body_text, '') ELSE s.body_text END AS body_text,
           nullif(CASE WHEN authorless THEN json_merge_patch(s.meta, json_object('author', s.sender_source_id))
                       ELSE s.meta END, '{}') AS meta,
           nullif(s.source, '') AS source,
           w.gorgias_id, t.gorgias_id AS ticket_id, k.read,
           coalesce(p.gorgias_id, f.gorgias_id) AS sender_id, coalesce(pm.survivor_id, p.gorgias_id) AS sender_survivor,
           r.gorgias_id AS receiver_id, coalesce(rm.survivor_id, r.gorgias_id) AS receiver_survivor, false AS failed
    FROM staging.messages s
    JOIN reconciliation.scope w ON w.object = 'messages' AND w.source_id = s.source_id
    JOIN reconciliation.scope t ON t.object = 'tickets' AND t.source_id = s.ticket_source_id
    JOIN asked_tickets k ON k.source_id = s.ticket_source_id
    LEFT JOIN reconciliation.ids p ON p.source_id = s.sender_source_id
        AND p.object = CASE s.sender_type WHEN 'user' THEN 'users' ELSE 'customers' END
    LEFT JOIN reconciliation.target_customers pm ON pm.gorgias_id = p.gorgias_id AND pm.survivor_id IS NOT NULL
    LEFT JOIN reconciliation.ids r ON r.source_id = s.receiver_source_id
        AND r.object = CASE s.receiver_type WHEN 'user' THEN 'users' ELSE 'customers' END
    LEFT JOIN reconciliation.target_customers rm ON rm.gorgias_id = r.gorgias_id AND rm.survivor_id IS NOT NULL
    LEFT JOIN reconciliation.target_definitions f ON f.object = 'users' AND f.fallback
    LEFT JOIN reconciliation.asked_bodies b ON b.source_id = s.source_id
    LEFT JOIN asked_files x ON x.source_id = s.source_id
    WHERE list_contains($keys, s.partition)
"""
PAIRED = """
    CREATE OR REPLACE TEMP TABLE paired AS
    SELECT a.source_id, h.gorgias_id, a.created_at IS NOT DISTINCT FROM h.created_at AND a.position IS NOT NULL AS same,
           -- In order: by time, then by id, among those that kept their time. What a delta appended comes last
           -- within its second.
           rank() OVER (
               PARTITION BY a.ticket_id, same ORDER BY a.created_at, coalesce(e.place, -1), a.position
           ) AS asked_rank,
           rank() OVER (PARTITION BY a.ticket_id, same ORDER BY h.created_at, h.gorgias_id) AS held_rank
    FROM asked_messages a JOIN reconciliation.target_messages h ON h.ticket_id = a.ticket_id
        AND (h.gorgias_id = a.gorgias_id OR (a.gorgias_id IS NULL AND h.external_id = a.external_id))
    LEFT JOIN (
        SELECT source_id, value::BIGINT AS place FROM gorgias.expected WHERE object = 'messages' AND field = 'order'
    ) e USING (source_id)
    QUALIFY row_number() OVER (PARTITION BY a.source_id ORDER BY h.gorgias_id) = 1
"""
MESSAGE_PAIRS = """
    FROM (SELECT m.*, p.gorgias_id AS paired_id, p.asked_rank, p.held_rank, p.same
          FROM {asked} m JOIN paired p USING (source_id)) a
    JOIN reconciliation.target_messages h ON h.gorgias_id = a.paired_id
    LEFT JOIN held_files v ON v.ticket_id = h.ticket_id AND v.carrier = h.external_id
"""
MESSAGES_LOST = """
    SELECT partition, '*' AS field, source_id, gorgias_id, '' AS detail, ticket_source_id AS parent
    FROM asked_messages ANTI JOIN paired USING (source_id) WHERE read
"""
MESSAGES_EXTRA = r"""
    SELECT k.partition, CASE WHEN d.source_id IS NULL THEN '*' ELSE 'external_id' END AS field, d.source_id,
           h.gorgias_id, 'on ' || k.source_id AS detail
    FROM reconciliation.target_messages h JOIN asked_tickets k ON k.gorgias_id = h.ticket_id
    ANTI JOIN paired p ON p.gorgias_id = h.gorgias_id
    LEFT JOIN asked_messages d ON d.ticket_id = h.ticket_id AND d.external_id = h.external_id
    -- A note that carries files which came later is no row of staging.messages.
    WHERE NOT regexp_matches(coalesce(h.external_id, ''), '#files\d*$')
"""
"""A message that carries the external id of one of ours doubles it; any other was added by somebody."""
_SENT = "a.source IS NOT NULL"


def _people(part: str) -> Field:
    asked, held = (f"people({side}.source -> '$.{part}')" for side in ("a", "h"))
    return Field(f"source.{part}", asked, held, "addresses", applies_if=_SENT)


MESSAGE_FIELDS = [
    *plain("external_id", "channel", "via", "from_agent", "public", "message_id", "failed"),
    Field("sender", "a.sender_id", "h.sender_id", equal_if="h.sender_id = a.sender_survivor"),
    Field(
        "receiver",
        "a.receiver_id",
        "h.receiver_id",
        applies_if="a.receiver_id IS NOT NULL",
        equal_if="h.receiver_id = a.receiver_survivor",
    ),
    Field("source.type", "a.source ->> '$.type'", "h.source ->> '$.type'", applies_if=_SENT),
    Field("source.from", "sender_in(a.source)", "sender_in(h.source)", "address", applies_if=_SENT),
    *(_people(part) for part in ("to", "cc", "bcc")),
    *plain("subject", form="text"),
    Field(
        "body_text",
        "a.body_text",
        "h.body_text",
        "text",
        equal_if="a.undelivered AND starts_with(coalesce(h.body_text, ''), coalesce(a.body_text, ''))",
    ),
    Field("attachments", "a.files", "coalesce(v.files, [])", "set"),
    Field(
        "body_html",
        "a.body_html",
        "h.body_html",
        "html",
        applies_if="NOT a.undelivered",
        equal_if="a.body_html IS NULL AND visible(h.body_html) = visible(a.body_text)",
    ),
    Field("meta", "json(a.meta)", "json(h.meta)", equal_if="a.meta IS NULL OR json_contains(h.meta, a.meta)"),
    *instants("created", "sent"),
    Field("order", "a.asked_rank", "a.held_rank", applies_if="a.same"),
]
LINKS = ("customer", "assignee_user", "assignee_team", "sender", "receiver")
"""Fields that link an object to another one."""
SILENCE = ("sent_datetime", "failed", ANSWERED, SURVEYED)
"""What tells whether Gorgias sent, or tried to send, something (gorgias-api.md 7, 8)."""
