"""What an option says, in many languages: a wrong value never looks sure."""

import pytest

from migration_assets.mapping.heuristics.languages import languages, spoken
from migration_assets.mapping.heuristics.option_labels import is_placeholder, read_option
from migration_assets.mapping.heuristics.option_values import SURE_ENOUGH, option_values
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.heuristics.word_list import bare, fold
from migration_assets.mapping.model import TO_DECIDE

ENGLISH = languages()[:1]

OPEN = (
    "Unresolved", "Not completed", "Incomplete", "Not yet solved", "Non-resolved", "To be closed", "Reopened",
    "Partially resolved", "In Bearbeitung", "Nicht gelöst", "Ungelöst", "Unerledigt", "No resuelto", "Sin resolver",
    "Non résolu", "Pas encore traité", "Non risolto", "Niet opgelost", "Onopgelost", "Não resolvido",
    "Nierozwiązane", "Ej löst", "Olöst", "Ikke løst", "Uløst", "Nevyřešeno", "未解決", "未完了", "解決していません",
    "Ratkaisematon", "Çözülmedi", "Не решено", "Нерешённые",
)  # fmt: skip
CLOSED = (
    "Rejected", "Closed - Unresolved", "Closed (No Response)", "Won't Fix", "Geschlossen", "Abgelehnt",
    "Geschlossen - nicht gelöst", "Nicht mehr offen - erledigt", "Cerrado", "Cerrado sin resolver", "Rechazado",
    "Fermé", "Rejeté", "Chiuso", "Gesloten", "Fechado", "Zamknięte", "Stängd", "Lukket", "Uzavřeno", "クローズ",
    "解決済み", "Suljettu", "Kapatıldı", "Закрыто",
)  # fmt: skip
OPEN += ("Pending auto close", "Warten auf erfolgreich schließen", "With registrar", "Beim Netzbetreiber")
OPEN += ("Customer wrote back", "Caller has answered")
CLOSED += ("Ordered in error", "Opened by mistake", "Struck from the register")
OPEN += ("Goodwill to be approved", "Patch being tested", "Put back to committee", "Credit check")
OPEN += ("Second look", "Left until spring", "Back from vendor")
CLOSED += ("Replacement sent, closed", "Back with sender (closed)", "Permission granted")
OPEN += (
    "RMA issued",
    "Researching",
    "Customer reply",
    "Refund pending approval",
    "Order placed",
    "To be checked & closed",
)
CLOSED += ("Information provided", "Confirmed & Closed", "No response from customer", "RMA rejected", "WONTFIX")
CLOSED += ("Auto-close", "Wird nicht umgesetzt", "Won't be fixed", "Nie będzie naprawiane", "Not reached - closed")
DOUBTFUL = (
    "Resolved - awaiting confirmation",
    "Level 2",
    "Inactive",
    "Foo",
    "倉庫",
    "?",
    "Closed / Open",
    "Not open",
    "Niet in behandeling genomen",
    "With",
    "Shipped",
    "Closed by mistake",
    "Referred on",
    "Reopened, previously closed",
    "Answered",
    "Rollout 2023",
    "Rollout Q2",
    "No response",
    "N/A",
    "Card expired",
    "Invalid address",
    "Suspected spam",
    "Package lost",
    "Closed - reopened",
)


OPTIONAL = {"not", "call_in", "call_out", "waits", "never", "closing", "form", "else"}
"""Classes that a language may do without."""


def sites():
    """A site of each language, as its few words show it."""
    return {
        "en": ENGLISH,
        "de": spoken(["Vorname", "Nachname", "Betreff", "Beschreibung", "Zuständig"]),
        "ja": spoken(["件名", "説明", "優先度", "担当者"]),
        "es": spoken(["Asunto", "Descripción", "Prioridad", "Apellidos"]),
    }


@pytest.mark.parametrize("site", ["en", "de", "ja", "es"])
def test_what_is_not_done_is_never_closed_and_what_is_over_is_never_open(site: str) -> None:
    speaks = sites()[site]
    for expected, labels in (("open", OPEN), ("closed", CLOSED)):
        for label in labels:
            read = read_option("status", label, speaks)
            decided = read.value if read.confidence >= SURE_ENOUGH["status"] else None
            assert decided in (expected, None), (label, read)


def test_each_of_them_is_decided_on_a_site_of_its_language() -> None:
    for expected, labels in (("open", OPEN), ("closed", CLOSED)):
        wrong = [label for label in labels if read_option("status", label, ENGLISH).value != expected]
        assert not wrong


@pytest.mark.parametrize("label", DOUBTFUL)
def test_where_no_word_tells_or_words_contradict_each_other_nothing_is_decided(label: str) -> None:
    read = read_option("status", label, ENGLISH)
    assert read.value is None or read.confidence < SURE_ENOUGH["status"]
    assert read.reason


@pytest.mark.parametrize(
    ("target", "label", "value"),
    [
        ("status", "Disclosed", None),  # no closed inside a word
        ("priority", "Below average", "normal"),
        ("priority", "Highland", None),
        ("priority", "P1", "critical"),
        ("priority", "Sehr niedrig", "low"),
        ("kind", "Incoming Email", "email_in"),
        ("kind", "Telefonnotiz", "note"),
        ("kind", "受信メール", "email_in"),
        ("kind", "Missed call", "call_in"),
        ("kind", "Recall", None),
        ("direction", "Point of contact", None),
        ("direction", "Utgående", "out"),
        ("direction", "In / Out", None),
        ("kind", "E-Mail an Netzkunden", "email_out"),  # who is named hangs on nobody knowing him
        ("kind", "E-mail od studenta", "email_in"),
        ("kind", "E-mail to agent", "email_in"),
        ("kind", "契約者へのメール", "email_out"),
        ("kind", "Sähköposti asukkaalta", "email_in"),
        ("kind", "Called tenant", "call_out"),
        ("kind", "Tenant called", "call_in"),
        ("kind", "Chatverlauf", "chat"),
        ("kind", "Contact form", "email_in"),
        ("kind", "Email-to-case", "email_in"),
        ("kind", "Postal Mail", None),
        ("kind", "Facebook comment", None),
        ("kind", "Fax", None),
        ("direction", "System", None),
        ("direction", "Customer to agent", "in"),
        ("direction", "agent", "out"),
        ("priority", "Versorgungsausfall", "critical"),
        ("kind", "They emailed us", "email_in"),  # who acts says which way, whoever that is
        ("kind", "We received an email", "email_in"),
        ("kind", "Email we sent", "email_out"),
        ("direction", "From us", "out"),
        ("direction", "They got in touch", "in"),
        ("kind", "Customer was phoned", "call_out"),
        ("kind", "Email by agent", "email_out"),
        ("kind", "EMAIL_OUT", "email_out"),
        ("kind", "callIn", "call_in"),
        ("kind", "Call note", "note"),
        ("status", "Referred on and closed", "closed"),
        ("status", "Cancelled before dispatch", "closed"),
        ("status", "To be checked and closed", "open"),
        ("status", "PEND CUST", "open"),
    ],
)
def test_words_have_edges(target: str, label: str, value: str | None) -> None:
    assert read_option(target, label, ENGLISH).value == value


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Chasing zorble", "open"),
        ("Zorble quibbling", "open"),
        ("Engineer to quibble", "open"),
        ("Zorble to quibble", None),
        ("Not yet zorbled", "open"),
        ("Not a zorble", "closed"),
        ("Won't zorble", "closed"),
        ("Plumbing", None),
        ("Zorble plumbing", None),
        ("Unable to zorble", None),
        ("Zorbled", None),
    ],
)
def test_the_form_of_a_status_tells_where_its_words_do_not(label: str, value: str | None) -> None:
    read = read_option("status", label, ENGLISH)
    assert read.value == value
    assert read.confidence < 0.9


def test_who_has_tickets_is_told_by_the_tab_of_contacts() -> None:
    owners = tuple(language.with_customers(["Pet Owners"]) for language in ENGLISH)
    assert read_option("kind", "Email from owner", owners).value == "email_in"
    assert read_option("kind", "Email from owner", ENGLISH).value == "email_out"


def test_a_word_that_is_not_known_makes_a_value_less_sure() -> None:
    assert read_option("kind", "Email Blah", ENGLISH).confidence < read_option("kind", "Email", ENGLISH).confidence


def test_letters_of_every_script_are_kept() -> None:
    assert fold("Zgłoszenia") == "zgłoszenia"
    assert bare(fold("Zgłoszenia")) == "zgloszenia"
    assert fold("Größe #") == "grösse number"
    assert fold("チケット番号") == "チケット番号"
    assert fold("Приоритет") == "приоритет"


def test_urgent_is_but_high_where_something_is_more_urgent_and_nothing_else_is_high() -> None:
    def levels(*options: str) -> dict[str, str]:
        labels = {option: option for option in options}
        return option_values(
            "priority", Source("ticket", "1", "", "x", "1", "x", "dropdown", options=labels), ENGLISH
        ).values

    assert levels("Emergency", "Urgent", "Normal", "Low")["Urgent"] == "high"
    assert levels("Low", "Normal", "Urgent", "Critical")["Urgent"] == "high"
    assert levels("Critical", "Urgent", "High", "Normal", "Low")["Urgent"] == "critical"
    assert levels("Urgent", "Normal", "Low")["Urgent"] == "critical"


def test_numbers_behind_one_word_are_a_scale_by_what_stands_beside_them() -> None:
    numbered = [f"Class {number}" for number in (1, 2, 3, 4)]
    labels = [*numbered, "Critical", "Normal", "Low"]
    options = {label: label for label in labels}
    found = option_values("priority", Source("ticket", "1", "", "x", "1", "x", "dropdown", options=options), ENGLISH)
    assert [found.values[label] for label in numbered] == ["critical", "high", "normal", "low"]
    alone = {label: label for label in numbered}
    asked = option_values("priority", Source("ticket", "1", "", "x", "1", "x", "dropdown", options=alone), ENGLISH)
    assert set(asked.values.values()) == {TO_DECIDE}


def test_a_scale_has_its_top_where_it_ends_and_no_value_has_no_place_on_it() -> None:
    def levels(*options: str) -> list[str]:
        labels = {option: option for option in options}
        source = Source("ticket", "1", "", "x", "1", "x", "dropdown", options=labels)
        return list(option_values("priority", source, ENGLISH).values.values())

    assert levels("Major", "Very high", "High", "Medium", "Low")[:3] == ["critical", "critical", "high"]
    assert levels("Low", "Medium", "High", "Very high", "Major")[-1] == "critical"
    assert levels("Critical", "High", "Within the hour", "Medium", "Low")[1:3] == ["high", "high"]
    assert levels("Critical", "Major", "Minor", "Trivial") == ["critical", "high", "low", "low"]
    assert levels("Major", "High", "Medium", "Low") == ["critical", "high", "normal", "low"]
    assert levels("Important", "High", "Urgent", "Low") == ["high", "high", "critical", "low"]
    assert levels("Urgent", "High", "Normal", "Low", "None")[-1] == TO_DECIDE
    assert levels("Urgent", "High", "Normal", "Low", "--None--") == ["critical", "high", "normal", "low"]


def test_a_placeholder_is_known_in_every_language() -> None:
    assert all(map(is_placeholder, ("--None--", "- none -", "<select>", "(N/A)", "Not set", "(blank)", "[keine]")))
    assert not any(map(is_placeholder, ("None", "N/A", "- none of these -", "Keine")))
    assert all(map(is_placeholder, ("(please select)", "- Bitte wählen -", "Sélectionner", "選択してください")))
    assert all(map(is_placeholder, ("--", "…", "-- Select a team --", "(wybierz z listy)", "Choose a reason...", "")))
    assert not any(map(is_placeholder, ("Selected", "Choose at the counter", "- Selected -", "(selection)", "★★")))


def test_every_language_has_the_same_classes_of_words() -> None:
    english = languages()[0]
    names = {name for found in english.values.exact.values() for name in found} - OPTIONAL
    for language in languages():
        begins = [classes for known in language.values.begins.values() for classes in known.values()]
        listed = [*language.values.exact.values(), *begins]
        assert names <= {name for found in listed for name in found}, language.code
