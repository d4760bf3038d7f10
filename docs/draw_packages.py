"""Draws docs/packages.svg: the packages of the program and which imports which, read from the source with ast.

    python docs/draw_packages.py

It belongs here: reading imports, layers, and the drawing. It does not: what a package is for (docs/architecture.md).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "packages.svg"
SPLIT = ("migration_assets", "resources")
"""Drawn folder by folder; the other packages are one box each."""
WHOLE = ("checks", "sandbox")
ENTRY, SHARED = "definitions, jobs, sensors", "settings, partitions, ..."
WIDTH, BOX, HEIGHT, GAP, ROW = 960, 196, 46, 34, 96

Modules = dict[str, set[str]]
"""Module -> the modules of the program that it imports."""


def modules() -> Modules:
    """Every module with what it imports; an import of a name counts as one of the module that holds it."""
    paths = [path for package in (*SPLIT, *WHOLE) for path in sorted((ROOT / package).rglob("*.py"))]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    return {name: set(_imports(path, name, names.keys())) - {name} for name, path in names.items()}


def _imports(path: Path, name: str, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            told = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = (name if path.stem == "__init__" else name.rpartition(".")[0]).split(".")
            base = ".".join(
                filter(None, [*(package[: len(package) + 1 - node.level] if node.level else ()), node.module])
            )
            told = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in told:
            while target and target not in known:
                target = target.rpartition(".")[0]
            if target:
                yield target


def boxes(imports: Modules) -> dict[str, str]:
    """Module -> the box that it is drawn in.

    A folder is a box. Modules beside the folders of `migration_assets` put these together (ENTRY) or serve them
    (SHARED); one that does both is a box of its own.
    """
    folders = {".".join(name.split(".")[:2]) for name in imports if name.count(".") > 1 and name.startswith(SPLIT)}
    folder = {name: of for name in imports if (of := ".".join(name.split(".")[:2])) in folders}
    beside = {name for name in imports if name.startswith("migration_assets") and name not in folder}
    stages = {name for name in folder if name.startswith("migration_assets")}
    above: set[str] = set()
    while more := {name for name in beside - above if imports[name] & (stages | above)}:
        above |= more
    entered = {
        folder[target] for name in imports for target in imports[name] & stages if folder.get(name) != folder[target]
    }
    serving = {target for name in stages if folder[name] in entered for target in imports[name]}
    found = {name: folder.get(name, name.split(".")[0]).replace(".", "/") for name in imports}
    for name in beside:
        found[name] = SHARED if name not in above else name.replace(".", "/") if name in serving else ENTRY
    return found


def arrows(imports: Modules, box: dict[str, str]) -> Counter[tuple[str, str]]:
    """(box, box that it imports) -> how many imports."""
    return Counter((box[a], box[b]) for a, targets in imports.items() for b in targets if box[a] != box[b])


def layers(names: set[str], edges: set[tuple[str, str]]) -> dict[str, int]:
    """Row of each box from below: above all that it imports; boxes that import each other share a row."""
    reach = {name: {name} for name in names}
    for _ in names:
        for a, b in edges:
            reach[a] |= reach[b]
    row = dict.fromkeys(names, 0)
    for _ in names:
        for name in names:
            below = [row[other] + (name not in reach[other]) for other in reach[name] - {name}]
            row[name] = max([row[name], *below])
    return row


def drawn(edges: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arrows that no longer way says as well, and those that go both ways."""
    pairs = set(edges)
    onward: dict[str, set[str]] = {}
    for a, b in pairs:
        onward.setdefault(a, set()).add(b)

    def leads(a: str, b: str, seen: set[str]) -> bool:
        if a == b:
            return True
        return any(leads(other, b, seen | {other}) for other in onward.get(a, set()) - seen)

    kept = []
    for a, b in sorted(pairs):
        others = onward[a] - {b}
        if (b, a) in pairs or not any(leads(other, b, {a, other}) for other in others):
            kept.append((a, b))
    return kept


def svg(imports: Modules) -> str:
    """The picture as text; the same source gives the same text."""
    box = boxes(imports)
    size, edges = Counter(box.values()), arrows(imports, box)
    row = layers(set(size), set(edges))
    rows = [sorted(name for name in size if row[name] == level) for level in range(max(row.values()), -1, -1)]
    place = {}
    for level, names in enumerate(rows):
        left = (WIDTH - len(names) * (BOX + GAP) + GAP) / 2
        place.update({name: (left + i * (BOX + GAP), 20 + level * ROW) for i, name in enumerate(names)})
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {len(rows) * ROW}" font-family="sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#777"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{len(rows) * ROW}" fill="white"/>',
    ]
    for a, b in drawn(edges):
        (x, y), (u, v) = place[a], place[b]
        same = row[a] == row[b]
        start, end, x, u = y + HEIGHT, v + HEIGHT * same, x + BOX / 2, u + BOX / 2
        curve = f"M{x:.0f} {start} C{x:.0f} {start + 30} {u:.0f} {end + (30 if same else -30)} {u:.0f} {end}"
        color = "#c33" if (b, a) in edges else "#777"
        lines.append(f'<path d="{curve}" fill="none" stroke="{color}" stroke-width="1.4" marker-end="url(#tip)"/>')
    for name, (x, y) in place.items():
        middle = f'x="{x + BOX / 2:.0f}" text-anchor="middle"'
        lines += [
            f'<rect x="{x:.0f}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6" fill="#eef3f8" stroke="#567"/>',
            f'<text class="package" {middle} y="{y + 20}" font-size="12">{escape(name)}</text>',
            f'<text {middle} y="{y + 36}" font-size="10" fill="#567">{size[name]} modules</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(svg(modules()), "utf-8")
