"""Tabs get roles in any language, by their names, fields and links."""

import json

import pandas as pd
import pytest

from migration_assets.mapping.heuristics.role_proposal import propose_roles, unsure_roles

TICKET = (("Asunto", "text", ""), ("Estado", "dropdown", ""), ("Prioridad", "dropdown", ""), ("Cliente", "link", "1"))
CONTACT = (("Nombre", "text", ""), ("Apellidos", "text", ""), ("Correo", "email", ""), ("Teléfono", "phone", ""))


def fields(**tabs):
    rows = [
        {
            "collection_type_id": number.removeprefix("t"),
            "tab": number,
            "field_id": f"{number}{place}",
            "field_name": f"x{place}",
            "label": label,
            "kind": kind,
            "linked_collection_type_id": linked or None,
            "options": json.dumps([]),
            "position": place,
        }
        for number, listed in tabs.items()
        for place, (label, kind, linked) in enumerate(listed)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("contact", "ticket"),
    [
        ("Kontakte", "Anfragen"),
        ("Contactos", "Incidencias"),
        ("Contatti", "Segnalazioni"),
        ("Kontakty", "Zgłoszenia"),
        ("連絡先", "チケット"),
        ("Contacts", "Demandes"),
        ("Yhteyshenkilöt", "Tapaukset"),
        ("Müşteriler", "Talepler"),
        ("Контакты", "Заявки"),
    ],
)
def test_a_name_in_any_language_tells(contact: str, ticket: str) -> None:
    found = propose_roles([("1", contact), ("2", ticket), ("3", "Payroll")])
    assert [found[number].role for number in ("1", "2", "3")] == ["contact", "ticket", None]
    assert unsure_roles(found, {}) == ()


def test_where_names_say_nothing_fields_and_links_do() -> None:
    found = propose_roles([("1", "Xq"), ("2", "Zz")], fields(t1=CONTACT, t2=TICKET))
    assert (found["1"].role, found["2"].role) == ("contact", "ticket")
    assert "fields and links" in found["2"].reason


def test_what_is_not_sure_is_asked_and_not_an_error() -> None:
    found = propose_roles([("1", "Xq"), ("2", "Zz")], fields(t1=CONTACT, t2=TICKET[:2]))
    assert found["2"].role == "ticket"
    (question,) = unsure_roles({"2": found["2"]}, {"2": "Zz"})
    assert question.startswith("Tab 2 (Zz) was taken for the role ticket")
    assert "`migrate discover`" in question


def test_a_tab_of_something_else_gets_no_role_because_it_has_a_like_field() -> None:
    found = propose_roles(
        [("1", "Contacts"), ("2", "Tickets"), ("3", "Projects")],
        fields(t1=CONTACT, t2=TICKET, t3=(("Project Name", "text", ""), ("Deadline", "date", ""))),
    )
    assert found["3"].role is None
