"""Ivinex's type words as our kinds: a table that is data.

Belongs here: which `kind` a (data type, display type) pair is (ivinex-api.md 5.3). A word that is not in the table
becomes `unknown`: carried as text downstream, and reported.
"""

from typing import Final

DEFAULT_FIELDS: Final = (
    "collection_id",
    "site_id",
    "fields_changed",
    "created_by",
    "created_date",
    "modified_by",
    "modified_date",
)

_BY_DISPLAY: Final = {
    "TEXTAREA": "longtext",
    "TEXT AREA": "longtext",
    "RICH TEXT": "html",
    "RICHTEXT": "html",
    "HTML": "html",
    "PHONE NUMBER": "phone",
    "PHONE": "phone",
    "EMAIL": "email",
    "HYPERLINK": "url",
    "URL": "url",
}

_BY_TYPE: Final = {
    "TEXT": "text",
    "TEXTAREA": "longtext",
    "TEXT AREA": "longtext",
    "LONG TEXT": "longtext",
    "RICH TEXT": "html",
    "HTML": "html",
    "PHONE NUMBER": "phone",
    "PHONE": "phone",
    "EMAIL": "email",
    "HYPERLINK": "url",
    "URL": "url",
    "DROPDOWN": "dropdown",
    "SELECT": "dropdown",
    "RADIO": "dropdown",
    "RADIO GROUP": "dropdown",
    "RADIO BUTTON": "dropdown",
    "MULTI SELECT": "multi",
    "MULTISELECT": "multi",
    "MULTIPLE SELECT": "multi",
    "CHECKBOX GROUP": "multi",
    "CHECKBOX": "checkbox",
    "BOOLEAN": "checkbox",
    "DATE": "date",
    "DATE TIME": "datetime",
    "DATETIME": "datetime",
    "TIMESTAMP": "datetime",
    "TIME": "text",
    "DURATION": "text",
    "NUMBER": "number",
    "INTEGER": "number",
    "AUTO NUMBER": "text",
    "AUTONUMBER": "text",
    "DECIMAL": "decimal",
    "CURRENCY": "decimal",
    "PERCENT": "decimal",
    "EQUATION": "text",
    "FORMULA": "text",
    "USER": "user",
    "USER LINK": "user",
    "LINKED RECORD": "link",
    "FILE": "file",
    "FILES": "file",
    "ATTACHMENT": "file",
    "IMAGE": "file",
    "LAYOUT": "layout",
    "SECTION": "layout",
    "SECTION HEADER": "layout",
    "BUTTON": "layout",
    "LABEL": "layout",
    "RECORD LIST": "layout",
}


def kind_of(name: str, data_type: str, display_type: str = "") -> str:
    """Returns the kind of a field.

    Args:
        name: machine name; the default fields of every record are `default` whatever their type.
        data_type: the site's word, any case; hyphens and underscores count as spaces.
        display_type: the site's word; it refines TEXT only.
    """
    if name in DEFAULT_FIELDS:
        return "default"
    word, shown = _normal(data_type), _normal(display_type)
    if word == "TEXT" and shown in _BY_DISPLAY:
        return _BY_DISPLAY[shown]
    return _BY_TYPE.get(word, "unknown")


def _normal(word: str) -> str:
    return " ".join(word.upper().replace("-", " ").replace("_", " ").split())
