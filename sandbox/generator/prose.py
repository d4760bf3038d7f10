"""Text of a shop's helpdesk, from pools that are drawn once, so that a long run does not pay Faker per word."""

from __future__ import annotations

import html
import random

from faker import Faker

SUBJECTS = (
    "Where is my order {order}?",
    "Return of {order}",
    "Wrong size delivered ({order})",
    "Refund for {order} not received",
    "Damaged on arrival: {order}",
    "Question about warranty",
    "Can't log in to my account",
    "Invoice for {order} missing",
    "Größe tauschen – {order}",
    "Gift card doesn't work",
    "Exchange {order} please",
    "Thank you! 🎉",
    "Discount code isn't accepted",
    "Delivery to the neighbour's address",
    "Ersatzteil für {order}",
)
OPENINGS = ("Hello,", "Hi there,", "Dear team,", "Good morning,", "Guten Tag,")
ASKS = (
    "I'm still waiting for my parcel.",
    "The box arrived torn and one piece is missing.",
    "Could you please check what went wrong with the refund?",
    "The colour isn't what I saw on your page.",
    "My neighbour's parcel came to me instead.",
    "Please send a return label.",
    "Das Paket ist schon zwei Wochen überfällig.",
    "I'd like to exchange it for the larger one.",
)
REPLIES = (
    "Thanks for getting in touch, and sorry for the trouble.",
    "We've asked the carrier to look into it.",
    "Your refund was sent today and should arrive within five days.",
    "You'll find the return label attached.",
    "A replacement leaves our warehouse tomorrow.",
    "Could you send us a photo of the damage?",
)
NOTES = (
    "Customer sounds upset, handle with care.",
    "Checked with the warehouse: stock is back on Thursday.",
    "Carrier confirmed the loss, claim filed.",
    "Refund approved by finance.",
    "Duplicate of an older case, kept open on request.",
)


class Prose:
    """Draws sentences, names and places."""

    def __init__(self, seed: str) -> None:
        """Fills the pools; the same seed fills them alike."""
        english, german = Faker("en_US"), Faker("de_DE")
        english.seed_instance(f"{seed}:en")
        german.seed_instance(f"{seed}:de")
        self._dice = random.Random(f"{seed}:prose")
        self._filler = [english.sentence(nb_words=self._dice.randint(6, 14)) for _ in range(300)]
        self.firsts = [english.first_name() for _ in range(150)] + [german.first_name() for _ in range(50)]
        self.lasts = (
            [english.last_name() for _ in range(180)]
            + [german.last_name() for _ in range(50)]
            + ["O'Brien", "D'Angelo", "Núñez"]
        )
        self.cities = [english.city() for _ in range(60)] + [german.city_name() for _ in range(20)]
        self.streets = [english.street_address() for _ in range(120)]
        self.companies = [english.company() for _ in range(300)]

    def sentences(self, pool: tuple[str, ...], low: int, high: int) -> list[str]:
        """One sentence of the pool, then fillers."""
        dice = self._dice
        return [dice.choice(pool), *dice.choices(self._filler, k=dice.randint(low, high))]

    def subject(self, order: str) -> str:
        """A ticket's subject."""
        return self._dice.choice(SUBJECTS).format(order=order)

    def email(self, pool: tuple[str, ...], greeting: str, signature: str) -> tuple[str, str]:
        """An e-mail's plain body and the same as HTML."""
        first, second = self.sentences(pool, 1, 4), self._dice.choices(self._filler, k=self._dice.randint(1, 4))
        plain = f"{greeting}\n\n{' '.join(first)}\n\n{' '.join(second)}\n\n{signature}"
        return plain, rich(plain)

    def note(self) -> str:
        """An internal note."""
        return " ".join(self.sentences(NOTES, 0, 2))

    def paragraph(self) -> str:
        """A few sentences about nothing."""
        return " ".join(self._dice.choices(self._filler, k=self._dice.randint(2, 5)))


def rich(plain: str) -> str:
    """Plain paragraphs as HTML."""
    paragraphs = html.escape(plain, quote=False).split("\n\n")
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)
