#!/usr/bin/env python3
"""A shop's days as commands, one JSON object a line, for `annal send`: generate.py ORDERS [SEED]

Stock is received, customers order, pay, are shipped to, change their minds. The same seed gives the
same lines. Orders run side by side, as in life: each line is one step of one order.
"""
import datetime
import json
import random
import sys

orders = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
rng = random.Random(seed)

GOODS = ["Field notebook", "Brass pen", "Desk lamp", "Oak shelf", "Linen apron", "Copper kettle",
         "Wool blanket", "Stoneware mug", "Garden shears", "Bread knife", "Rain jacket", "Trail map"]
CITIES = [("Lisboa", "PT"), ("Gent", "BE"), ("Graz", "AT"), ("Malmö", "SE"), ("Torino", "IT")]
products = [(f"P-{n:03}", GOODS[n % len(GOODS)] + ("" if n < len(GOODS) else f" no. {n}"),
             rng.randrange(290, 24900)) for n in range(40)]
customers = [f"C-{n:04}" for n in range(max(10, orders // 8))]
started = datetime.datetime(2026, 1, 5, 8, 0, tzinfo=datetime.timezone.utc)


def line(category, id, command, data, step):
    print(json.dumps({"category": category, "id": id, "command": command, "data": data,
                      "idempotencyKey": f"shop-{seed}-{category}-{id}-{step}"}, ensure_ascii=False))


def order_steps(n):
    id = f"ORD-2026-{seed:02}{n:06}"
    city, country = rng.choice(CITIES)
    items, total = [], 0
    for product, _, price in rng.sample(products, rng.choice([1, 1, 2, 2, 3, 5])):
        quantity = rng.choice([1, 1, 1, 2, 3])
        items.append({"productId": product, "quantity": quantity, "unitPrice": price})
        total += quantity * price
    at = started + datetime.timedelta(minutes=n * 17 + rng.randrange(17))
    yield id, "create", {"customerId": rng.choice(customers), "currency": "EUR",
                         "orderedAt": at.isoformat().replace("+00:00", "Z"),
                         "shipTo": {"name": f"Customer {n}", "city": city, "country": country},
                         "items": items, "place": True}
    fate = rng.random()
    if fate < 0.07:
        yield id, "cancel", {"reason": "changed my mind"}
        return
    if fate < 0.12:
        return
    yield id, "record-payment", {"amount": total, "currency": "EUR", "method": rng.choice(["card", "transfer"]),
                                 "reference": f"R{n:08}"}
    yield id, "confirm", {}
    if fate < 0.25:
        return
    yield id, "ship", {"carrier": rng.choice(["Post", "Rail parcel", "Bike courier"]), "trackingNumber": f"T{n:09}"}
    if fate < 0.8:
        yield id, "deliver", {}


for id, name, _ in products:
    line("inventory", id, "receive", {"quantity": orders * 2, "name": name}, 0)

# A window of orders under way; each turn one of them takes its next step.
waiting, under_way = iter(range(1, orders + 1)), []
while True:
    while len(under_way) < 50 and (n := next(waiting, None)) is not None:
        under_way.append((order_steps(n), [0]))
    if not under_way:
        break
    at = rng.randrange(len(under_way))
    steps, count = under_way[at]
    step = next(steps, None)
    if step is None:
        under_way.pop(at)
        continue
    count[0] += 1
    line("order", step[0], step[1], step[2], count[0])
