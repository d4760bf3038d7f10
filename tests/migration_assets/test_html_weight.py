"""No value asks for a tree that is out of proportion to it, and no ordinary one loses its layout."""

import subprocess
import sys
import time

import pytest

from migration_assets.html_tree import parse
from migration_assets.html_weight import bounded

BOMBS = {
    "fonts": "<p>" + "".join(f"<font a{number}=1>" for number in range(400)) + "</p><p>x" * 50_000,
    "attributes": "<p><font " + " ".join(f"a{number}" for number in range(10_000)) + "></p>" + "<p>x" * 5_000,
    "links": "".join(f"<a href={number}><div>x" for number in range(50_000)),
    "closed late": "".join(f"<b {number}>" for number in range(3_000)) + "<p>x" * 5_000 + "</b>" * 3_000,
    "others between": "".join(f"<i {number}><u {number}></i>" for number in range(3_000)) + "<div>x</div>" * 9_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_keeps_its_words_and_stays_small(bomb: str):
    started = time.process_time()
    tree = parse(BOMBS[bomb])
    assert sum(1 for _ in tree.iter_elements()) < 300_000
    assert tree.text.count("x") == BOMBS[bomb].count("x")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "value",
    [
        "<p><b>Hello</b> <i>you</i></p>" * 20_000,
        "<font color=red><b>" * 500 + "<p>x</p>" * 500,
        "<div>" * 400 + "<a href=x><b><font size=2><u>deep</u></font></b></a>" + "</div>" * 400,
        "<p><font face=a>unclosed<p>" * 5_000,
        "".join(f"<a href=/{number}>x</a><br>" for number in range(20_000)),
    ],
)
def test_an_ordinary_value_stays_as_it_is(value: str):
    assert bounded(value) == value


@pytest.mark.parametrize("piece", ["<b>", "<b {}>", "</b>", "<b {}></b>", "<a ", "<p>", "<b x=", "<font {0}><p>"])
def test_the_reckoning_grows_with_the_length_only(piece: str):
    value = "".join(piece.format(number) for number in range(300_000 // len(piece)))
    started = time.process_time()
    bounded(value)
    assert time.process_time() - started < 2


def test_memory_stays_bounded():
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))\n"
        "from migration_assets.html_tree import parse\n"
        "parse('<p><font ' + ' '.join(f'a{n}' for n in range(50_000)) + '></p>' + '<p>x' * 50_000)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
