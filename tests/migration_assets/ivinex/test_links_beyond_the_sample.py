"""Links that stand in no field, on a site that gives no whole-tab answer and has more tickets than are sampled."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ivinex_site import Site
from ivinex_stage import Begun, Run, run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.relations import related_items

PerRecord = Callable[[list[tuple[str, str]]], tuple[Site, Run]]


@pytest.fixture
def per_record(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> PerRecord:
    """Serves a site that answers per record only, with these links added; five tickets are the sample."""
    monkeypatch.setattr(related_items, "WHOLE_UP_TO", 5)
    monkeypatch.setattr(related_items, "BARE_SAMPLE", 0)

    def start(links: list[tuple[str, str]]) -> tuple[Site, Run]:
        def add(folder: Path) -> None:
            kept = [json.loads(line) for line in (folder / "links.ndjson").read_text().splitlines()]
            kept = [link for link in kept if {link["From"].split(":")[0], link["To"].split(":")[0]} != {"50", "10101"}]
            kept += [{"From": one, "To": other, "LinkType": "Related"} for one, other in links]
            (folder / "links.ndjson").write_text("".join(json.dumps(link) + "\n" for link in kept))

        return begun(edit=add, switches={"A-11": "record"})

    return start


def tickets(run: Run) -> list[str]:
    """All of them, those of the sample first."""
    rows = run.rows("SELECT collection_id FROM ivinex.ticket_sweep ORDER BY md5(source_id)")
    return [f"10101:{number}" for (number,) in rows]


def test_every_ticket_is_asked_where_the_sample_has_a_link_in_no_field(
    finished: Callable[[str], Run], per_record: PerRecord, home: Path
) -> None:
    ids = tickets(finished("typical"))
    site, _ = per_record([(ids[0], ids[1]), (ids[-1], ids[-2])])
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    linked = again.rows("SELECT DISTINCT one_source_id FROM ivinex.other_links WHERE other_source_id LIKE '%:10101:%'")
    assert {one for (one,) in linked} == {f"ivinex:{one}" for one in (ids[0], ids[1], ids[-1], ids[-2])}
    metadata = again.metadata["activity_sweep"]
    assert (metadata["relations_mode"], metadata["linked_elsewhere"], metadata["differing"]) == ("ticket", 2, 0)
    assert again.rows("SELECT records = asked FROM ivinex.link_reads WHERE parent = 'ticket'") == [(True,)]


def test_a_sample_whose_links_all_stand_in_fields_is_enough_and_how_far_it_goes_is_kept(
    per_record: PerRecord, home: Path
) -> None:
    site, _ = per_record([])
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    metadata = again.metadata["activity_sweep"]
    assert (metadata["relations_mode"], metadata["linked_elsewhere"], metadata["sampled"]) == ("sweep", 0, 5)
    assert "links that no field holds are known of 5 of 60 records" in metadata["relations_note"]
    assert again.rows("SELECT asked, records FROM ivinex.link_reads WHERE parent = 'ticket'") == [(5, 60)]
