"""Receiving all of an order and booking it, against the bare driver writing as many counts.

Goal: a number of statements that does not grow with the lines.
"""

from django.db import connection, transaction

from purchasing import receiving
from purchasing.models import Delivery
from retailers.models import Retailer, User
from retailers.scope import acting_for
from tests.bench._table import cpu_ms, show, statements
from tests.bench.orders import order_of

SIZES = (10, 200, 1_000)
ROUNDS = 5


def main() -> None:
    """Print statements and ratios for three sizes of order."""
    shop = Retailer.objects.create(name="Bench receiving", currency="USD")
    ben = User.objects.create_user("ben@bench.example", "correct horse battery staple")
    rows = [_measured(shop, ben, lines) for lines in SIZES]
    columns = ("lines", "driver ms", "receive all + book ms", "x", "statements")
    show("receiving: everything arrived, and is booked", columns, rows)


def _measured(shop: Retailer, ben: User, lines: int) -> tuple[object, ...]:
    # One order a round, made beforehand, and one each for warming up and for counting.
    orders = iter([order_of(shop, lines, number=f"R{lines}-{n}") for n in range(ROUNDS + 2)])

    def receive() -> None:
        with acting_for(shop):
            delivery = receiving.begin(next(orders), by=ben)
            receiving.all_arrived(delivery, by=ben)
            receiving.book(delivery, remainder=Delivery.Remainder.FOLLOW_UP, by=ben)

    taken = cpu_ms(receive, rounds=ROUNDS)
    asked = statements(receive)
    driver = cpu_ms(lambda: _driver(lines))
    return lines, driver, taken, taken / driver, asked


def _driver(lines: int) -> None:
    """Insert as many counts and add them to as many lines, in one transaction."""
    rows = [(n, 6) for n in range(lines)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_counted (line INTEGER PRIMARY KEY, units INTEGER)")
        cursor.execute("CREATE TABLE bench_line (line INTEGER PRIMARY KEY, units INTEGER)")
        with transaction.atomic():
            cursor.executemany("INSERT INTO bench_line VALUES (%s, %s)", [(n, 0) for n, _ in rows])
            cursor.executemany("INSERT INTO bench_counted VALUES (%s, %s)", rows)
            cursor.execute(
                "UPDATE bench_line SET units = units + (SELECT units FROM bench_counted"
                " WHERE bench_counted.line = bench_line.line)"
            )
        cursor.execute("DROP TABLE bench_counted")
        cursor.execute("DROP TABLE bench_line")
