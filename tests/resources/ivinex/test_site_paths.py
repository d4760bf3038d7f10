"""What is a file of the site and what could be a call: the first written exactly, the second by any trick."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ivinex.site_paths import SitePaths, file_paths

SITE = SitePaths("https://acme.ivinex.com")
CALLS = [
    "/API/UpdateRecord.php?Tab=Contacts&CollectionID=502&email=a",
    "/API/UpdateRecord.php",
    "/API/UpdateRecord",
    "/API/Records.php?CollectionTypeID=20",
    "/API/AnythingElse.php",
    "/API/",
    "/API",
    "/api/updaterecord.php?x=1",
    "/Api//UpdateRecord.php?x=1",
    "//API/UpdateRecord.php?x=1",
    "/API;a=b/UpdateRecord.php",
    "/API./UpdateRecord.php.",
    "/API /UpdateRecord.php",
    "/%41PI/UpdateRecord.php",
    "/%2541PI/UpdateRecord.php",
    "/" + quote(quote(quote(quote("%41PI")))) + "/x",
    "/%" + "25" * 50 + "41PI/x",
    "/x/../API/UpdateRecord.php",
    "/x/%2e%2e/API/UpdateRecord.php",
    "/x/..%2fAPI%2fUpdateRecord.php",
    "/x/..\\API\\UpdateRecord.php",
    "/x%5c..%5cAPI%5cx.png",
    "/pictures/UpdateRecord.php",
    "/pictures/updaterecord",
    "/index.php/UpdateRecord/x.png",
    "/index.php/API/x.png",
    "/x.png%3fTab=Contacts",
    "/x.png%253fTab=Contacts",
    "/Records.php",
    "/RECORDS.PHP;x=.png",
    "/Records.phtml",
    "/crm/Records",
    "/x.png?Tab=Contacts",
    "/x.png?tab=Contacts",
    "/x.png?%54ab=Contacts",
    "/x.png?a=b;Tab=Contacts",
    "/x.png?T.ab=Contacts",
    "/x.png?Tab[]=Contacts",
    "/x.png?+Tab=Contacts",
    "/x.png?call=AddRecord",
    "/x.png?c=AddRecord",
    "/x.png?AddRecord",
    "/x.png?p=/API/AddRecord.php",
    "/x.png?CollectionID=5",
    "/x.png?UserName=a&Password=b",
    "/API/Files.php?FileID=1&Tab=Contacts",
    "/API/Files.php?FileID=1&call=UpdateRecord",
    "/API/Files.php?x[Tab]=1",
    "/API/Files.php?q=records.php",
    "/API/Files.php?q=/API/Records",
    "/API/Files.php?FileID=1%26Tab=Contacts",
    "/API/Files.php?%00Tab=1",
    "/API/Files.php/UpdateRecord.php",
    "/API/Files.php/../UpdateRecord.php?x=1",
    "/API/./Files.php",
    "/API/Files.php;x",
    "/API/Files%2ephp",
    "/api/Files.php",
    "/API//Files.php",
    "/API/Files.php.",
    "/API/DeleteRecord.php",
    "/v2/unlinkRecords",
    "/\uff21PI/x",
    "/x" * 5000,
]


@pytest.mark.parametrize("sent", CALLS)
def test_what_a_server_could_read_as_a_call_is_one_and_no_file(sent: str):
    assert SITE.is_call(sent)
    assert not SITE.is_file(sent)


@pytest.mark.parametrize("sent", ["/API/Files.php", "/API/Files.php?FileID=1&Token=a-b%2Fc", "/API/Files.php?"])
def test_the_path_of_the_files_written_exactly_is_a_file(sent: str):
    assert SITE.is_file(sent)
    assert not SITE.is_call(sent)


@pytest.mark.parametrize(
    "sent", ["/pictures/x.png", "/records.png", "/media/records.of.2024.pdf?v=3", "/getting/started.pdf", "/a%20b.png"]
)
def test_anything_else_is_neither(sent: str):
    assert not SITE.is_file(sent)
    assert not SITE.is_call(sent)


def test_a_setting_names_other_paths_of_files():
    site = SitePaths("https://acme.ivinex.com/crm/api", "Get.php, /uploads/*", ["TabName"])
    assert site.is_file("/crm/api/Get.php?id=1")
    assert site.is_file("/uploads/2024/a%20b%C3%A9.pdf")
    assert not site.is_file("/API/Files.php")
    assert not site.is_file("/crm/api/Get.php?TabName=Contacts")
    for trick in (
        "/uploads/../crm/api/UpdateRecord.php",
        "/uploads/%2e%2e/crm/api/UpdateRecord.php",
        "/uploads/..%2fcrm",
        "/uploads/a;b",
        "/uploads//a",
        "/uploads/.",
        "/uploads/UpdateRecord.php",
        "/uploads/%C0%AE%C0%AE/x",
        "/uploads/%252e%252e/x",
        "/uploads",
        "/uploads/",
        "/uploadsx/a.pdf",
    ):
        assert not site.is_file(trick), trick


@pytest.mark.parametrize(
    "setting",
    [
        "/API/*",
        "/*",
        "*",
        "Records.php",
        "UpdateRecord.php",
        "/crm/../API",
        "Files.php?x=1",
        "/a b",
        "{Call}.php",
        "/api",
    ],
)
def test_a_setting_that_would_open_the_calls_is_refused(setting: str):
    with pytest.raises(ValueError, match="IVINEX_FILE_PATH"):
        file_paths(setting, "/API")


@given(st.text(max_size=60))
def test_no_text_is_both_and_none_raises(sent: str):
    assert not (SITE.is_file(sent) and SITE.is_call(sent))


@pytest.mark.parametrize("unit", ["%25", "/..", "&Tab", ";", "%2541", "/a", "\u00bd", "=", "?"])
def test_the_work_is_bounded(unit: str):
    started = time.process_time()
    for _ in range(20):
        SITE.is_call("/x?" + unit * (3_900 // len(unit)))
        SITE.is_call("/" + unit * (3_900 // len(unit)))
    assert time.process_time() - started < 1
