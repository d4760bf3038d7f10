"""What the settings hold of secrets is known at the door of outgoing texts, and no malformed value is quoted."""

import base64

import pytest
from mini_migration import clean_environment

from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings
from resources.outgoing_text import outgoing

SECRETS = {
    "IVINEX_PASSWORD": "P4ss/W0rd+Sekret",
    "GORGIAS_API_KEY": "gk_S3cr3tKey",
    "GORGIAS_ACCESS_TOKEN": "tok_S3cr3t",
    "GORGIAS_EMAIL": "admin@shop.example",
    "MIGRATION_FAILURE_WEBHOOK": "https://hooks.example.com/T0/B1/s3cr3t",
}


def test_every_secret_of_the_settings_is_struck_out_of_outgoing_texts():
    with clean_environment(**SECRETS, LEDGER_URL="postgresql://u:db%40S3cr3t/x@h/d"):
        load_settings()
    basic = base64.b64encode(b"admin@shop.example:gk_S3cr3tKey").decode()
    for said in (*SECRETS.values(), "db@S3cr3t/x", "db%40S3cr3t%2Fx", f"Basic {basic}"):
        assert outgoing(f"they say {said}!") == f"they say {'Basic ' if said.startswith('Basic') else ''}[secret]!"


def test_a_password_among_the_parameters_of_the_ledger_s_address_is_struck_out_too():
    with clean_environment(LEDGER_URL="postgresql://h/d?user=u&password=db%40S3cr3t%2Fy"):
        load_settings()
    assert outgoing("they say db@S3cr3t/y!") == "they say [secret]!"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:Secr3t@x:y@db:port/z",
        "postgresql://u:a@Secr3t:pw@127.0.0.1:1/d",
        "postgresql://u:p@[Secr3t]:9:9/d",
        "mysql://u:Secr3tpw@h/d",
        "Secr3tpw",
        "://Secr3t",
    ],
)
def test_an_address_of_a_ledger_that_cannot_be_read_is_named_and_not_quoted(url: str):
    with clean_environment(LEDGER_URL=url), pytest.raises(SettingsError, match="LEDGER_URL") as refused:
        load_settings()
    assert "Secr3t" not in f"{refused.value} {refused.value.__cause__}"
