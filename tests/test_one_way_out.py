"""Who may write, open a store and let a text out (architecture.md 2 and 3), read from the source.

Who may import what is in pyproject.toml (importlinter) and test_house.py.
"""

import ast

from source_tree import PROGRAM, calls, defines_assets, importers, imports, modules, nodes


def test_the_source_is_where_these_tests_look():
    found = modules(*PROGRAM)
    assert "resources/gorgias/writer/writer.py" in found
    assert defines_assets(found["migration_assets/gorgias/assets.py"])


def test_no_connection_is_opened_with_the_standard_library():
    assert importers("http.client", *PROGRAM) == set()


def test_only_the_warehouse_opens_duckdb():
    for name in ("duckdb", "dagster_duckdb"):
        assert {path for path in importers(name, *PROGRAM) if not path.startswith("resources/warehouse/")} == set()
    assert calls("connect", "resources/warehouse") == {
        f"resources/warehouse/{name}.py" for name in ("instance", "copies", "schema_version")
    }


def test_only_the_ledger_speaks_sql_with_its_database():
    """The event log's engines are for Dagster's own statements on Dagster's own files."""
    for name in ("create_engine", "select", "text", "Table"):
        outside = {
            path for path in importers(f"sqlalchemy.{name}", *PROGRAM) if not path.startswith("resources/ledger/")
        }
        assert outside <= (
            {"migration_assets/orchestration/event_log_engines.py"} if name == "create_engine" else set()
        )


def test_only_the_gate_makes_a_writer():
    assert calls("WriteClient", *PROGRAM) == {"resources/gorgias/writer/write_context.py"}
    assert importers("resources.gorgias.client.WriteClient", *PROGRAM) <= {
        "resources/gorgias/writer/write_context.py",
        "resources/gorgias/writer/send.py",
    }


def test_only_the_client_module_holds_a_connection_to_gorgias_and_only_the_resource_opens_it():
    assert calls("client", "resources/gorgias") == {"resources/gorgias/client.py"}
    assert calls("Client", "resources") == {f"resources/{name}.py" for name in ("exchange", "notifier")}
    opened = calls("Connection", "resources/gorgias", "migration_assets", "checks")
    assert opened <= {"resources/gorgias/resource.py"}


def test_only_gate_and_client_call_send():
    """`Connection.send` takes any method, so nothing else may get at it."""
    assert calls("send", "migration_assets", "checks", "resources/gorgias") <= {
        "resources/gorgias/client.py",
        "resources/gorgias/writer/send.py",
    }


OWN_TEXTS = {
    # Libraries that speak of a file or a setting of the person who reads the message, and of no record.
    "migration_assets/cli/sandbox.py": "the own sandbox",
    "migration_assets/ivinex/exports/export_files.py": "csv: its own sentence, without the row",
    "migration_assets/mapping/roles.py": "mapping.yaml",
    "resources/ivinex/calls.py": "a setting",
    "resources/ledger/engine.py": "a setting, of which it quotes nothing",
    "resources/ivinex/body.py": "expat: a position, without the text",
    "resources/warehouse/warehouse.py": "looked at, and not said",
    "resources/warehouse/schema_version.py": "looked at, and not said",
    "migration_assets/orchestration/backup.py": "fsspec: the address that the person gave",
}
_DOOR = {"fault", "with_reference", "set_aside"}


def foreign_words(path: str, tree: ast.Module) -> list[str]:
    """Places where the text of an exception of another's class goes into a text, past the door."""
    own = {name.rpartition(".")[2] for name in imports(path, tree) if name.split(".")[0] in PROGRAM}
    own |= {node.name for node in nodes(tree) if isinstance(node, ast.ClassDef)}
    found = []
    for handler in nodes(tree):
        if not isinstance(handler, ast.ExceptHandler) or not handler.name or handler.type is None:
            continue
        caught = {one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)} - {"errors", "failures"}
        if caught <= own:
            continue
        inside = [node for statement in handler.body for node in ast.walk(statement)]
        let_out = {
            id(one)
            for node in inside
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in _DOOR
            for one in ast.walk(node)
        }
        for node in inside:
            text = node.value if isinstance(node, ast.FormattedValue) else None
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in {"str", "repr"} and node.args:
                text = node.args[0]
            if isinstance(text, ast.Name) and text.id == handler.name and id(node) not in let_out:
                found.append(f"{path}:{node.lineno}")
    return found


def test_no_text_of_anothers_exception_leaves_but_through_the_door():
    """What a library or a server says quotes values: resources/outgoing_text.py keeps it and gives a reference."""
    found = [place for path, tree in modules(*PROGRAM).items() for place in foreign_words(path, tree)]
    assert [place for place in found if place.rpartition(":")[0] not in {*OWN_TEXTS, *DOORS}] == []
    assert {place.rpartition(":")[0] for place in found} >= set(OWN_TEXTS) - {"resources/warehouse/warehouse.py"}


DOORS = {
    "resources/outgoing_text.py": "the door",
    "migration_assets/expected_failures.py": "errors whose sentences are ours, listed there",
    "migration_assets/orchestration/exit_codes.py": "the same",
    "migration_assets/cli/command_errors.py": "the same",
    "migration_assets/orchestration/operator_jobs/operator_job.py": "the same",
}


def test_a_server_s_words_are_read_where_they_are_judged_and_nowhere_else():
    """`said` and `said_between` make a sentence of ours of them; a body is parsed in answer.py."""
    for name in ("said", "said_between", "answer_of"):
        assert calls(name, *PROGRAM) <= {"resources/gorgias/answer.py", "resources/gorgias/client.py"}
    for attribute in ("content", "text", "reason_phrase", "json"):
        readers = {
            path
            for path, tree in modules("resources/gorgias").items()
            for node in nodes(tree)
            if isinstance(node, ast.Attribute)
            and node.attr == attribute
            and getattr(node.value, "id", "") == "response"
        }
        assert readers == set()


def test_only_the_door_makes_records_of_the_log():
    assert calls("setLogRecordFactory", *PROGRAM) == {"resources/outgoing_text.py"}


def test_modules_of_assets_keep_their_annotations():
    """`from __future__ import annotations` breaks Dagster's reading of them."""
    wrong = [
        path
        for path, tree in modules("migration_assets").items()
        if defines_assets(tree) and "__future__.annotations" in set(imports(path, tree))
    ]
    assert wrong == []
