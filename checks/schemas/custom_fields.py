"""staging.custom_fields: the definitions to create (gorgias-api.md 6.5)."""

from checks.schemas.limits import (
    EXTERNAL_ID_LENGTH,
    at_most,
    json_list,
    not_blank,
    one_of,
    row_rule,
    schema,
    text,
    whole,
)
from checks.schemas.limits import storable as plain

INPUTS = {("text", "input"), ("text", "dropdown"), ("number", "input_number"), ("boolean", "dropdown")}

SCHEMA = schema(
    "custom_fields",
    {
        "source_id": text("`ivinex:field:<CollectionTypeID>:<FieldID>`", unique=True),
        "external_id": text("external id in Gorgias", at_most(EXTERNAL_ID_LENGTH), unique=True),
        "object_type": text("Ticket or Customer", one_of("Ticket", "Customer")),
        "label": text("label, unique in the account", not_blank(), plain(), at_most(255), unique=True),
        "description": text("where the field comes from", at_most(1024)),
        "data_type": text("text, number or boolean", one_of("text", "number", "boolean")),
        "input_type": text("input, dropdown or input_number", one_of("input", "dropdown", "input_number")),
        "choices": text(
            "JSON list of the dropdown's choices",
            json_list(lambda items: all(isinstance(i, str) and i.strip() for i in items), "a JSON list of texts"),
            json_list(lambda items: len(set(items)) == len(items), "every choice once"),
        ),
        "priority": whole("higher is shown first, 0 to 5000"),
        "collection_type_id": text("the Ivinex tab"),
        "field_name": text("machine name of the Ivinex field"),
    },
    "Custom fields that the confirmed map asks for.",
    [
        row_rule(
            lambda rows: rows[["data_type", "input_type"]].apply(tuple, axis=1).isin(INPUTS),
            "an input that fits the data type",
        ),
        row_rule(
            lambda rows: (rows["choices"] != "[]") | (rows["input_type"] != "dropdown") | (rows["data_type"] != "text"),
            "a dropdown has choices",
        ),
        row_rule(lambda rows: rows["priority"].between(0, 5000), "priority between 0 and 5000"),
    ],
)
