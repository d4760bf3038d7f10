"""What kind of site this is, found out by a handful of reads before any extraction (ivinex-api.md 11.2).

Belongs here: the order of the first calls and what they show. Does not belong here: keeping the answers (the
command's business) and reading whole tabs.
"""

from dataclasses import dataclass, field
from typing import Any

from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import IvinexFailure
from resources.ivinex.response_parser import Tab
from resources.ivinex.types import kind_of


@dataclass
class ProbeReport:
    """What the first calls showed.

    Attributes:
        tabs: the tabs that the API user sees.
        classic_path: template under which classic calls are served (A-01).
        credentials: how they take the credentials (A-02).
        records_json: whether Records.php answers.
        readable: tab name -> whether one row or the empty marker came.
        unknown_types: type words that types.py does not know, with the fields that carry them.
        whole_tab_links: whether GetAllRelatedItems answers for a whole tab (A-11).
        findings: sentences for a person.
    """

    tabs: list[Tab]
    classic_path: str = ""
    credentials: str = ""
    records_json: bool = False
    readable: dict[str, bool] = field(default_factory=dict)
    unknown_types: dict[str, list[str]] = field(default_factory=dict)
    whole_tab_links: bool | None = None
    findings: list[str] = field(default_factory=list)


def probe(client: IvinexClient) -> ProbeReport:
    """Makes GetTabs, then one row and the fields of each tab, then the links of the first readable one.

    GetTabs comes first although ivinex-api.md 11.2 puts Records.php first: only it names a module to ask for.

    Raises:
        IvinexFailure: GetTabs does not answer; nothing else can work then.
    """
    report = ProbeReport(tabs=client.tabs())
    if manner := client.sender.manner:
        report.classic_path, report.credentials = manner.path, manner.credentials.value
    for tab in report.tabs:
        _look(client, tab, report)
    report.records_json = any(tab.numbered and not client.renders_classic(tab) for tab in report.tabs)
    readable = [tab for tab in report.tabs if report.readable.get(tab.name)]
    if readable:
        report.whole_tab_links = client.all_links(readable[0]) is not None
    return report


def _look(client: IvinexClient, tab: Tab, report: ProbeReport) -> None:
    try:
        look = client.look(tab)
        described: list[Any] = client.fields(tab)
    except IvinexFailure as failure:
        report.readable[tab.name] = False
        report.findings.append(str(failure))
        return
    report.readable[tab.name] = not look.suspicious
    if look.suspicious:
        report.findings.append(
            f"tab {tab.name}: zero rows and no empty_fields marker: empty, or hidden from the API user"
        )
    for item in described:
        if kind_of(item.name, item.data_type, item.display_type) == "unknown":
            report.unknown_types.setdefault(item.data_type, []).append(f"{tab.name}.{item.name}")
