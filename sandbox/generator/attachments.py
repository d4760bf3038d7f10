"""Small real files: PNG, PDF and text that open in a viewer."""

from __future__ import annotations

import random
import struct
import zlib


def png(dice: random.Random, width: int, height: int) -> bytes:
    """A grey image of noise, so that its size follows its pixels."""
    rows = b"".join(b"\x00" + dice.randbytes(width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf(text: str) -> bytes:
    """One page with one line."""
    line = text.encode("ascii", "replace").replace(b"\\", b" ").replace(b"(", b" ").replace(b")", b" ")
    stream = b"BT /F1 12 Tf 72 720 Td (" + line + b") Tj ET"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    document, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(document))
        document += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        document
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(document)
    )


def draw(dice: random.Random, text: str) -> tuple[str, str, bytes]:
    """File name, content type and content of one attachment of 1 to 20 kB."""
    kind = dice.choices(("png", "pdf", "txt", "logo"), (5, 3, 2, 2))[0]
    if kind == "logo":
        return "logo.png", "image/png", png(random.Random(1), 48, 48)
    number = dice.randrange(1000, 9999)
    if kind == "png":
        side = dice.randrange(32, 136)
        return f"photo {number}.png", "image/png", png(dice, side, side)
    if kind == "pdf":
        return f"invoice-{number}.pdf", "application/pdf", pdf(f"Invoice {number}: {text} " * 12)
    return f"notes_{number}.txt", "text/plain", (text + "\n").encode() * dice.randrange(10, 40)
