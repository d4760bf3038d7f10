"""Which network addresses are public: an explicit table, because ipaddress knows what its release knew.

It belongs here: the judgement over one address. It does not: names, URLs and the configured site (addresses.py).

An IPv4 address inside an IPv6 one goes where the IPv4 one goes, so it is judged; forms of that kind that nobody
needs any more are refused as a whole. Of IPv6 only global unicast (2000::/3) can be public.
"""

import ipaddress
from typing import Final

_IPV4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; metadata of a cloud at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # platform address of a cloud, reachable from each of its machines
        "169.254.0.0/16",  # link-local; metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of a cloud at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_IPV6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


def is_public(text: str) -> bool:
    """Is it an address that everybody reaches, and no machine of ours or of our cloud?"""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return _public_ipv4(address)
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return _public_ipv4(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    if address.scope_id is not None or address not in _GLOBAL_UNICAST or any(address in one for one in _IPV6):
        return False
    if address in _SIX_TO_FOUR and not _public_ipv4(ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF)):
        return False
    if number >> 32 & 0xFFFFFFFF in _ISATAP and not _public_ipv4(ipaddress.IPv4Address(number & 0xFFFFFFFF)):
        return False
    return address.is_global


def _public_ipv4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _IPV4)
