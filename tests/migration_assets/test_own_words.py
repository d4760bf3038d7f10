"""What a message of one of several migrations asks for can be typed and clicked as it stands."""

import pytest

from migration_assets.own_words import own_words, words_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the job prepare, or `migrate run`.", "the job north_prepare, or `migrate --migration north run`."),
        ("`migrate mapping confirm --by NAME`", "`migrate --migration north mapping confirm --by NAME`"),
        ("the jobs report and handoff make it", "the jobs north_report and north_handoff make it"),
        (
            "the jobs second_pass, verify and verify_days",
            "the jobs north_second_pass, north_verify and north_verify_days",
        ),
        ("a backfill of migrate_day over the days", "a backfill of north_migrate_day over the days"),
        (
            "the sensor changed_days, the schedule hypercare",
            "the sensor north_changed_days, the schedule north_hypercare",
        ),
        (
            "Set MIGRATION_HOME to an empty folder, and GORGIAS_BASE_URL to its account.",
            "Set `home` to an empty folder, and `gorgias_base_url` to its account. "
            "(`gorgias_base_url` and `home`: in the file of north.)",
        ),
        (
            "IVINEX_CREDENTIALS=query sends them so",
            "`ivinex_credentials: query` sends them so (`ivinex_credentials`: in the file of north.)",
        ),
        # What is there already, is of all, or is no name.
        ("the job north_prepare, `migrate --migration north run`", None),
        ("`migrate list`, `migrate ui`, `migrate demo`", None),
        ("GORGIAS_API_KEY holds the key, MY_MIGRATION_HOME is no setting", None),
        ("a job that runs others, and the jobs of the UI; the job again", None),
    ],
)
def test_jobs_sensors_and_commands_are_those_of_the_migration(text: str, told: str | None):
    assert words_of("north", text) == (told or text)
    assert words_of("north", words_of("north", text)) == (told or text)


def test_without_a_name_a_sentence_stays_and_with_one_it_is_changed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIGRATION", "")
    assert own_words("the job prepare, or `migrate run`") == "the job prepare, or `migrate run`"
    monkeypatch.setenv("MIGRATION", "shop1")
    assert own_words("the job prepare, or `migrate run`") == "the job shop1_prepare, or `migrate --migration shop1 run`"
