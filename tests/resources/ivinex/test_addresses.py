"""Where a file may be downloaded from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_networks import OURS

from resources.ivinex.addresses import Guard, RefusedAddress

SITES = "203.0.113.9"
KNOWN = {
    "acme.ivinex.com": [SITES],
    "files.example": ["93.184.215.14"],
    "inside.example": ["93.184.215.14", "10.0.0.5"],
    "127.0.0.1": ["127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "acme.ivinex.com.": [SITES],
    "twin.example": [SITES],
}


def _guard(base: str = "https://acme.ivinex.com") -> Guard:
    return Guard(base, resolve=lambda host: KNOWN.get(host, [host]))


def test_the_configured_site_gets_the_credentials_and_nobody_else():
    own = _guard().admit("https://acme.ivinex.com/API/Files.php?FileID=1", trusted=True)
    other = _guard().admit("https://files.example/a.pdf", trusted=True)
    assert (own.own, own.credentials, own.address) == (True, True, None)
    assert (other.own, other.credentials, other.address) == (False, False, "93.184.215.14")
    assert _guard().admit("/API/Files.php", trusted=True).credentials


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.ivinex.com/API/Files.php?FileID=1",  # a stranger's text
        "https://acme.ivinex.com/pictures/a.png",
        "https://ACME.ivinex.com:443/pictures/a.png",
    ],
)
def test_a_strangers_address_on_the_site_goes_without_credentials(url: str):
    target = _guard().admit(url)
    assert (target.own, target.credentials) == (True, False)


@pytest.mark.parametrize("path", ["/pictures/a.png", "/api/files.php?FileID=1", "/API/Files.php/x", "/API//Files.php"])
def test_another_path_than_that_of_the_files_gets_no_credentials(path: str):
    try:
        assert not _guard().admit(f"https://acme.ivinex.com{path}", trusted=True).credentials
    except RefusedAddress:
        return


@pytest.mark.parametrize(
    "site",
    [
        "https://acme.ivinex.com",
        "https://ACME.IVINEX.COM",
        "https://acme.ivinex.com.",
        "https://acme.ivinex.com:8443",
        "http://acme.ivinex.com",
        "https://twin.example",  # another name of its machine
        "",
    ],
)
@pytest.mark.parametrize("trusted", [True, False])
def test_a_call_of_the_site_is_refused_under_any_of_its_names(site: str, trusted: bool):
    for path in ("/API/UpdateRecord.php?Tab=Contacts", "/x/..%2fAPI/GetRecords.php", "/%41pi/Records.php"):
        with pytest.raises(RefusedAddress, match="API"):
            _guard().admit(f"{site}{path}", trusted=trusted)


@pytest.mark.parametrize(
    "url",
    [
        *(
            f"https://[{address}]/" if ":" in address else f"https://{address}/"
            for address in OURS
            if address not in ("", SITES)
        ),
        "http://169.254.169.254/latest/meta-data/",
        "https://inside.example/",
        "http://files.example/a.pdf",
        "https://user:pass@files.example/",
        "https://acme.ivinex.com@10.0.0.1/",
        "file:///etc/passwd",
        "ftp://files.example/x",
        "https://acme.ivinex.com:99999/x",
        "https://files.example:66079/x",
        "https://files.example:-1/x",
        "https://xn--a/x",
        "https://:@files.example/",
        "https://files.example\\@10.0.0.1/",
        "https://files.example\t.evil/",
        "//10.0.0.1/API/Files.php",
    ],
)
def test_what_leads_into_a_network_of_ours_is_refused(url: str):
    with pytest.raises(RefusedAddress):
        _guard().admit(url)


def test_another_port_of_the_own_machine_is_another_place():
    guard = _guard("http://127.0.0.1:8000")
    assert guard.admit("http://127.0.0.1:8000/x").own
    named = guard.admit("http://localhost:8000/x")
    assert (named.own, named.address) == (False, "127.0.0.1")
    with pytest.raises(RefusedAddress):
        guard.admit("http://127.0.0.1:8001/x")
    with pytest.raises(RefusedAddress):
        guard.admit("http://localhost:22/x")


@given(st.text(max_size=60))
def test_any_text_is_admitted_to_a_public_place_or_refused(text: str):
    try:
        target = Guard("https://acme.ivinex.com", resolve=lambda host: ["10.0.0.1"]).admit(text)
    except RefusedAddress:
        return
    assert target.own
