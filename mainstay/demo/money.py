"""Made-up money of Orvanta: ordinary life of many accounts, with wage funnels and collections planted in it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from mainstay.demo.people import FIRST, LAST
from mainstay.demo.types import Scale

HEADER = [
    "transaction_id",
    "booked_at",
    "from_account",
    "to_account",
    "amount",
    "currency",
    "channel",
    "text",
    "from_country",
    "to_country",
]
HOLDERS = [
    "account_id",
    "holder_id",
    "holder_kind",
    "holder_name",
    "country",
    "phone",
    "address",
    "occupation",
    "opened_on",
]
HOME, ABROAD = "XO", ("XA", "XB", "XC")
FIRMS = [
    "Kalmar Packing",
    "Dune Laundry",
    "Tern Farms",
    "Bay Fisheries",
    "Hillside Brick",
    "Corner Textiles",
    "Grey Road Works",
]


@dataclass
class Books:
    """The transactions and accounts as they are made up."""

    random: Random
    start: datetime
    rows: list[tuple[datetime, str, str, float, str, str, str]] = field(default_factory=list)
    holders: list[list[str]] = field(default_factory=list)

    def account(
        self, kind: str, name: str, *, phone: str = "", address: str = "", opened: datetime | None = None
    ) -> str:
        """Open an account and return its number."""
        number = f"XO{self.random.randint(10**13, 10**14 - 1)}"
        opened_on = (opened or self.start - timedelta(days=self.random.randint(200, 3000))).date().isoformat()
        phone = phone or f"+999 44 {self.random.randint(1_000_000, 9_999_999)}"
        address = address or f"{self.random.randint(1, 400)} {self.random.choice(LAST)} Street"
        self.holders.append([number, f"H{len(self.holders):06d}", kind, name, HOME, phone, address, "", opened_on])
        return number

    def person(self, **known: str) -> str:
        """Open a person's account."""
        return self.account("person", f"{self.random.choice(FIRST)} {self.random.choice(LAST)}", **known)  # type: ignore[arg-type]  # only text is passed

    def pay(
        self, at: datetime, payer: str, payee: str, amount: float, channel: str = "transfer", country: str = HOME
    ) -> None:
        """Book a payment."""
        self.rows.append((at, payer, payee, round(amount, 2), channel, "", country))


def make_up(random: Random, scale: Scale, start: datetime, folder: Path) -> dict[str, list[str]]:
    """Write `transactions.csv` and `accounts.csv` into a folder; return what was planted, by name."""
    books = Books(random, start)
    people = [books.person() for _ in range(scale.accounts)]
    firms = [
        books.account("organisation", f"{FIRMS[i % len(FIRMS)]} {i}") for i in range(max(10, scale.accounts // 40))
    ]
    shops = [books.account("organisation", f"Market {i}") for i in range(max(8, scale.accounts // 150))]
    _ordinary_life(books, people, firms, shops, scale.days)
    planted: dict[str, list[str]] = {"controllers": [], "workers": [], "collectors": []}
    for _ in range(scale.funnels):
        controller, workers = _wage_funnel(books, firms, scale.days)
        planted["controllers"].append(controller)
        planted["workers"] += workers
    for _ in range(scale.collections):
        planted["collectors"].append(_collection(books, people, scale.days))
    _write(books, folder)
    return planted


def _ordinary_life(books: Books, people: list[str], firms: list[str], shops: list[str], days: int) -> None:
    random = books.random
    for person in people:
        firm, friends = random.choice(firms), random.sample(people, k=3)
        for day in range(random.randint(0, 5), days, 30):
            at = books.start + timedelta(days=day, hours=9)
            books.pay(at, firm, person, random.uniform(900, 2600))
            books.pay(at + timedelta(days=random.randint(1, 6)), person, random.choice(shops), random.uniform(300, 700))
        for _ in range(days // 6):
            at = books.start + timedelta(minutes=random.randint(0, days * 24 * 60 - 1))
            if random.random() < 0.8:
                books.pay(at, person, random.choice(shops), random.uniform(3, 90), "card")
            else:
                books.pay(at, person, random.choice(friends), random.uniform(5, 200))


def _wage_funnel(books: Books, firms: list[str], days: int) -> tuple[str, list[str]]:
    """Plant workers whose wages go on to who controls them within two days, month after month."""
    random = books.random
    employer, controller = random.choice(firms), books.person()
    phone, address = f"+999 44 {random.randint(1_000_000, 9_999_999)}", f"{random.randint(1, 400)} Quay Row"
    workers = [books.person(phone=phone, address=address) for _ in range(random.randint(6, 12))]
    for day in range(random.randint(2, 8), days, 30):
        for worker in workers:
            at = books.start + timedelta(days=day, hours=9, minutes=random.randint(0, 90))
            wage = random.uniform(900, 1500)
            books.pay(at, employer, worker, wage)
            onward = wage * random.uniform(0.86, 0.96)
            books.pay(at + timedelta(hours=random.uniform(2, 44)), worker, controller, onward)
    return controller, workers


def _collection(books: Books, people: list[str], days: int) -> str:
    """Plant a ransom: many pay one account within a day, some from abroad, and it goes on at once."""
    random = books.random
    collector, beyond = books.person(), books.person()
    at = books.start + timedelta(days=random.randint(days // 2, days - 8), hours=random.randint(6, 12))
    total = 0.0
    for payer in random.sample(people, k=random.randint(14, 26)):
        amount = random.choice([200, 250, 300, 400, 500])
        country = random.choice(ABROAD) if random.random() < 0.6 else HOME
        books.pay(at + timedelta(minutes=random.randint(0, 18 * 60)), payer, collector, amount, "remittance", country)
        total += amount
    share = random.uniform(0.55, 0.65)
    books.pay(at + timedelta(hours=22), collector, beyond, total * share)
    books.pay(at + timedelta(hours=30), collector, beyond, total * (0.96 - share))
    return collector


def _write(books: Books, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "transactions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_lines(books))
    with (folder / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HOLDERS)
        writer.writerows(books.holders)


def _lines(books: Books) -> Iterator[list[str]]:
    for number, (at, payer, payee, amount, channel, text, country) in enumerate(sorted(books.rows)):
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield [f"T{number:09d}", moment, payer, payee, f"{amount:.2f}", "EUR", channel, text, country, HOME]
