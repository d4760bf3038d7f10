"""Which addresses are public, whatever release of Python judges."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ivinex.networks import is_public

OURS = [
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.7",
    "::ffff:0:127.0.0.1",
    "::1",
    "::",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:5",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:ffff::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "3fff::1",
    "3ffe::1",
    "5f00::1",
    "100::1",
    "2001:db8::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:20::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
    "0.0.0.0",
    "127.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "localhost",
    "",
    "0x7f.1",
    "2130706433",
    "127.1",
]


@pytest.mark.parametrize("address", OURS)
def test_an_address_of_ours_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
def test_an_address_of_the_world_is_public(address: str):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(inner: ipaddress.IPv4Address):
    alone = is_public(str(inner))
    number = int(inner)
    assert is_public(f"::ffff:{inner}") is alone
    assert is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | number))) is alone
    assert is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1))) in (alone, False)
    assert not is_public(f"::{inner}")


@given(st.ip_addresses())
def test_only_what_this_python_calls_global_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address):
    # Two forms that Python itself looks into no further are judged by what is inside.
    if is_public(str(address)) and not str(address).startswith(("64:ff9b::", "::ffff:")):
        assert address.is_global
