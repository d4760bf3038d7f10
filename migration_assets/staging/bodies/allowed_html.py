"""What may stand in the HTML of a message: elements, attributes, styles and schemes, and the door that knows the same.

It belongs here: lists. It does not: what becomes of the rest (safe_html.py).
"""

import nh3

_TAGS_WORDS = (
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i "
    "img ins kbd li main map mark nav ol p pre q rp rt ruby s samp section small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
TAGS = frozenset(_TAGS_WORDS.split())
_CELL = {"bgcolor", "height", "nowrap", "valign", "width", "align", "colspan", "rowspan", "headers", "scope", "abbr"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "col": {"align", "span", "width"},
    "colgroup": {"align", "span", "width"},
    "del": {"cite", "datetime"},
    "div": {"align"},
    "font": {"color", "face", "size"},
    "hr": {"align", "size", "width"},
    "img": {"align", "alt", "height", "src", "width"},
    "ins": {"cite", "datetime"},
    "ol": {"start", "type"},
    "p": {"align"},
    "q": {"cite"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "height", "summary", "width"},
    "tbody": {"align"},
    "td": _CELL,
    "tfoot": {"align"},
    "th": _CELL,
    "thead": {"align"},
    "tr": {"align", "bgcolor", "height", "valign"},
    "ul": {"type"},
}
ALLOWED = {tag: names | ATTRIBUTES["*"] for tag, names in ATTRIBUTES.items()}
"""The same, each with what any element may have."""
_STYLES_WORDS = (
    "background-color border border-bottom border-collapse border-color border-left border-radius "
    "border-right border-spacing border-style border-top border-width color direction display font font-family "
    "font-size font-style font-weight height letter-spacing line-height list-style list-style-type margin "
    "margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width padding "
    "padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent "
    "text-transform vertical-align white-space width word-break word-spacing word-wrap"
)
STYLES = frozenset(_STYLES_WORDS.split())
_LINKS_WORDS = (
    "callto facetime ftp ftps geo http https irc magnet mailto msteams news nntp sftp sip sips skype sms "
    "tel tg urn viber webcal whatsapp xmpp"
)
LINKS = frozenset(_LINKS_WORDS.split())
"""Schemes that a link may have; another one stays as words behind it."""

LAST_DOOR = nh3.Cleaner(
    tags=set(TAGS),
    attributes={tag: names | ({"target"} if tag == "a" else set()) for tag, names in ATTRIBUTES.items()},
    url_schemes=set(LINKS),
    filter_style_properties=set(STYLES),
)
