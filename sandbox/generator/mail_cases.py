"""What mail clients, mail servers and shops really write into the fields of an e-mail, one case each.

`%contact%`, `%name%`, `%support%` and `%number%` are filled in. All people and addresses are made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """A picture of a mail; the seed makes two of one name differ."""

    name: str
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """Values by the generator's keys of an activity, and the files of the mail."""

    values: dict[str, str]
    files: tuple[File, ...] = field(default_factory=tuple)


def _html(body: str, plain: str = "", **more: str) -> Case:
    return Case({"body": body, "plain": plain, **more})


def _plain(text: str, **more: str) -> Case:
    return Case({"body": "", "plain": text, **more})


QUOTED = (
    "Thanks, that worked.\n\n  indented\n  list\n\nOn Monday P. Smith <p.smith@x.example> wrote:\n"
    "> <li-ming@x.example> asked\n>> nested\n-- \nKim"
)
FORWARDED = (
    "Please see below.\n\n-----Original Message-----\nFrom: Ann Lee <a.lee@x.example>\nTo: <%support%>\n"
    "Subject: Order\n\nThe pole broke.\n"
)
BOUNCE = (
    "This is the mail system at host mx1.y.example.\n\n<u@ci.example>: host mail.ci.example said: 550 5.1.1\n"
    "    <u@ci.example>: Recipient address rejected\n\nReporting-MTA: dns; mx1.y.example\n"
)
XML_LEAD = '<?xml version="1.0"?><adf><name part="full">Kim Doe</name><street line="1">Main 1</street></adf>'
CODE = "if (a<b && c>d) { x = '<div class=\"y\">'; } // <script>no()</script>\n<body>\n  {{ title }}\n</body>"
OUTLOOK = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><title>RE: Order</title><style>p.MsoNormal'
    "{margin:0}</style><!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]--></head><body>"
    "<p class=MsoNormal>Hello,<o:p></o:p></p><p class=MsoNormal>the pole is too short.<o:p>&nbsp;</o:p></p></body>"
)
GMAIL = (
    '<div dir="ltr">Yes, please.<br clear="all"></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    'On Mon, <a href="mailto:kim@x.example">kim@x.example</a> wrote:<br></div><blockquote class="gmail_quote">Sure?'
    "</blockquote></div>"
)
TABLE = (
    "<table><tr><th>Item</th><th>Qty</th><th>Price</th></tr><tr><td>Tent</td><td>1</td><td>99</td></tr></table>"
    "<ul><li>first</li><li>second</li></ul><pre>  a\n    b</pre>"
)
HEADS = "<html><head><meta charset=utf-8><head><p>The real text of the mail</p>"
LINKS = (
    '<p><a href="ftp://x.example/list">list</a> <a href="whatsapp://send?phone=1">chat</a> '
    '<a href="callto:+1303">call</a> <a href="tel:+13035550100">phone</a> <a href="https://x.example/a?b=1&amp;c=2">go'
    "</a></p>"
)
PICTURES = '<p>A <img src="cid:image001.png@01DA"> B <img src="cid:image001.png@01DB"></p>'
HIDDEN = (
    '<div style="display:none">preheader</div><noscript>enable it</noscript><select><option>one<option>two</select>'
    "<button>Buy</button><p>Thank you!</p>"
)
CASES: tuple[Case, ...] = (
    _plain(QUOTED),
    _html(OUTLOOK, "Hello,\n\nthe pole is too short."),
    _html(GMAIL),
    _plain(BOUNCE, sender="MAILER-DAEMON@mx1.y.example (Mail Delivery System)", to="%support%"),
    _html(
        "<html><head><title>Undeliverable</title></head><body><p>Delivery to <b>u@ci.example</b> failed.</p></body>",
        sender="<>",
    ),
    _plain(FORWARDED, subject="Fwd: Order"),
    _plain("The list says hello.", to="Team: ann@x.example, bob@x.example;, undisclosed-recipients:;"),
    _plain("Guten Tag", sender="Käthe <info@äggsbärden.example>", cc="good@x.example, chef@müller.example"),
    _plain("To all", to="joe@x.example (Joe), ann@x.example", cc="root@localhost, admin@[192.0.2.7], ok@x.example"),
    _plain("Names", sender="Berg, Kim T <kim.berg@x.example>", to="Poe, Ed, PhD <ed@x.example>; %support%"),
    _plain("Odd names", cc='"odd local"@x.example, a..b@docomo.example, kim+orders@x.example'),
    _plain("An answer.", kind="Email", sender="Shop Support <%support%>", to="%contact%", created_by="3"),
    _plain("A question.", kind="Email", sender="%name% <%contact%>", to="%support%", created_by="3"),
    _plain("An answer without From.", kind="Email", sender="", to="%contact%", created_by="4"),
    _plain("From nobody knows whom", kind="Email", sender="stranger@elsewhere.example", to="%support%", created_by="0"),
    _plain(XML_LEAD),
    _plain(CODE),
    _html("Write to John <john.doe@x.example>\nif x<y then z>w", ""),
    _plain("Street 1\x0bTown\x0bCountry\x0cpage two"),
    _html(HEADS),
    _html(TABLE),
    _html(LINKS),
    _html(HIDDEN),
    Case({"body": PICTURES, "plain": ""}, (File("image001.png", 1), File("image001.png", 2))),
    Case({"body": '<p><img src="image002.png"></p>', "plain": "[image]"}, (File("image002.png"),)),
    Case({"body": "", "plain": "See the files."}, (File(""), File("C:\\TEMP\\nsmail.png"))),
    _plain(
        "Encoded", subject="=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", sender="=?iso-8859-1?Q?J=F6rg?= <j@x.example>"
    ),
    _plain("I am out of office until Monday.", subject="Automatic reply: Order", email_id="<auto.%number%@x.example>"),
    _plain("Zero\u200bwidth, soft\u00adhyphen, C1 \x85 end, caf\u0065\u0301", subject="\u200b"),
)
CONTACTS = (
    "{email} (at work)",
    "'{email}'",
    "mailto:{email}",
    "{email}; second.{email}",
    "Some Body <{email}>",
)
"""Ways in which address books write an address."""
