"""Calls of the retail shop."""

from draw import chance, expression, kelvin, near, text, weighted

WEIGHTS = {
    "modify_pending_order_items": 16,
    "exchange_delivered_order_items": 13,
    "modify_pending_order_payment": 12,
    "cancel_pending_order": 11,
    "return_delivered_order_items": 9,
    "modify_pending_order_address": 5,
    "modify_user_address": 4,
    "get_order_details": 5,
    "get_user_details": 3,
    "get_product_details": 2,
    "get_item_details": 2,
    "find_user_id_by_name_zip": 4,
    "find_user_id_by_email": 3,
    "calculate": 8,
    "list_all_product_types": 0.5,
    "transfer_to_human_agents": 0.5,
}
REASONS = ["no longer needed", "ordered by mistake"]
CITIES = ["Austin", "New York", "San José", "Chicago"]


class Retail:
    """A few customers, so that calls meet what earlier calls did; among them, often, orders with two items of one product."""

    def __init__(self, rng, env):
        self.rng, self.db = rng, env.tools.db
        users = rng.sample(list(self.db.users), 3)
        twins = [order for order in self.db.orders.values() if len({item.product_id for item in order.items}) < len(order.items)]
        self.focus = [order_id for user in users for order_id in self.db.users[user].orders]
        self.focus += [order.order_id for order in rng.sample(twins, 3)]
        self.weights = {name: weight for name, weight in WEIGHTS.items() if env.tools.has_tool(name)}

    def set_up(self):
        return None

    def draw(self, env):
        self.db = env.tools.db
        name = weighted(self.rng, self.weights)
        args = getattr(self, name)()
        if chance(self.rng, 0.01):
            args = self.malformed(args)
        return name, "assistant", args

    def malformed(self, args):
        """Arguments that no schema allows: one missing, one too many."""
        if args and chance(self.rng, 0.5):
            args.pop(self.rng.choice(list(args)))
        else:
            args["surplus"] = "1"
        return args

    # What calls are about.

    def order(self, status=None):
        """The order of a call, and its id as the call says it: mostly one that the tool is for."""
        rng, orders = self.rng, self.db.orders
        fits = [order_id for order_id in self.focus if orders[order_id].status == status]
        if status and chance(rng, 0.88):
            wanted = fits or [order.order_id for order in orders.values() if order.status == status]
        else:
            wanted = self.focus if chance(rng, 0.8) else list(orders)
        order = orders[rng.choice(wanted)]
        return order, near(rng, order.order_id) if chance(rng, 0.05) else order.order_id

    def user(self):
        rng = self.rng
        return self.db.users[self.db.orders[rng.choice(self.focus)].user_id if chance(rng, 0.8) else rng.choice(list(self.db.users))]

    def payment(self, order):
        rng, kind = self.rng, self.rng.random()
        own = self.db.users[order.user_id].payment_methods
        gift_cards = [method.id for method in own.values() if method.source == "gift_card"]
        if kind < 0.62:
            return rng.choice(list(own))
        if kind < 0.78 and gift_cards:
            return rng.choice(gift_cards)
        if kind < 0.86:
            return order.payment_history[0].payment_method_id
        if kind < 0.93:
            return rng.choice(list(rng.choice(list(self.db.users.values())).payment_methods) or [""])
        return near(rng, rng.choice(list(own)))

    def items(self, order):
        """Some items of an order: none, some twice, one that is not there."""
        rng, ids = self.rng, [item.item_id for item in order.items]
        chosen = rng.sample(ids, rng.randint(1, len(ids)))
        kind = rng.random()
        if kind < 0.05:
            return []
        if kind < 0.11:
            return chosen + [rng.choice(chosen)]
        if kind < 0.15:
            return chosen + [rng.choice([near(rng, chosen[0]), self.db.orders[rng.choice(list(self.db.orders))].items[0].item_id])]
        return chosen

    def variant(self, order, item_id):
        """What an item shall become: mostly an available variant of its product."""
        rng, kind = self.rng, self.rng.random()
        product_id = next((item.product_id for item in order.items if item.item_id == item_id), None)
        variants = self.db.products[product_id or rng.choice(list(self.db.products))].variants
        if kind < 0.93:
            good = [one for one, variant in variants.items() if variant.available and one != item_id]
            return rng.choice(good or list(variants))
        if kind < 0.955:
            return rng.choice([one for one, variant in variants.items() if not variant.available] or [item_id])
        if kind < 0.97:
            return item_id
        if kind < 0.985:
            return rng.choice(list(self.db.products[rng.choice(list(self.db.products))].variants))
        return near(rng, rng.choice(list(variants)))

    def change(self, order):
        """Items, what they become, and who pays."""
        rng, kind = self.rng, self.rng.random()
        chain = self.chain(order)
        if kind < 0.5 and chain:
            return *chain, self.payment(order)
        if kind < 0.62:
            tight = self.tight(order)
            if tight:
                return tight
        items = self.items(order)
        new = [self.variant(order, item) for item in items]
        if kind > 0.95:
            new = rng.choice([new[1:], new + new[:1], []])
        return items, new, self.payment(order)

    def chain(self, order):
        """A becomes B while B becomes C (or A again): possible where an order has two items of one product."""
        by_product = {}
        for item in order.items:
            by_product.setdefault(item.product_id, []).append(item.item_id)
        for product_id, ids in by_product.items():
            if len(ids) > 1:
                first, second = self.rng.sample(ids, 2)
                variants = self.db.products[product_id].variants
                third = self.rng.choice([one for one, variant in variants.items() if variant.available] or [first])
                rest = [item for item in self.items(order) if item not in (first, second)][:1]
                return [first, second, *rest], [second, third, *(self.variant(order, item) for item in rest)]
        return None

    def tight(self, order):
        """The change whose price is nearest to what a gift card has, from above or from below."""
        rng, own = self.rng, self.db.users[order.user_id].payment_methods
        cards = [method for method in own.values() if method.source == "gift_card"]
        if not cards:
            return None
        card, item = rng.choice(cards), rng.choice(order.items)
        dearer = {one: round(variant.price - item.price - card.balance, 2)
                  for one, variant in self.db.products[item.product_id].variants.items() if variant.available and one != item.item_id}
        above = [one for one, missing in dearer.items() if missing > 0]
        below = [one for one, missing in dearer.items() if missing <= 0]
        if above and (not below or chance(rng, 0.5)):
            return [item.item_id], [min(above, key=dearer.get)], card.id
        return ([item.item_id], [max(below, key=dearer.get)], card.id) if below else None

    def address(self):
        rng = self.rng
        return {
            "address1": text(rng, [f"{rng.randint(1, 999)} Main St", "1 Elm Ave"]),
            "address2": text(rng, ["", "Suite 7", f"Apt {rng.randint(1, 99)}"]),
            "city": text(rng, CITIES),
            "state": text(rng, ["TX", "NY"]),
            "country": text(rng, ["USA"]),
            "zip": text(rng, [f"{rng.randint(0, 99999):05}"]),
        }

    # The tools.

    def modify_pending_order_items(self):
        order, order_id = self.order("pending")
        items, new, payment = self.change(order)
        return {"order_id": order_id, "item_ids": items, "new_item_ids": new, "payment_method_id": payment}

    def exchange_delivered_order_items(self):
        order, order_id = self.order("delivered")
        items, new, payment = self.change(order)
        return {"order_id": order_id, "item_ids": items, "new_item_ids": new, "payment_method_id": payment}

    def modify_pending_order_payment(self):
        for _ in range(10):
            order, order_id = self.order("pending")
            others = self.db.users[order.user_id].payment_methods.keys() - {order.payment_history[0].payment_method_id}
            if others:
                break
        if others and chance(self.rng, 0.6):
            return {"order_id": order_id, "payment_method_id": self.rng.choice(sorted(others))}
        return {"order_id": order_id, "payment_method_id": self.payment(order)}

    def cancel_pending_order(self):
        rng = self.rng
        wrong = rng.choice(["", "No longer needed", "changed my mind", REASONS[0] + " "])
        return {"order_id": self.order("pending")[1], "reason": rng.choice(REASONS) if chance(rng, 0.88) else wrong}

    def return_delivered_order_items(self):
        order, order_id = self.order("delivered")
        return {"order_id": order_id, "item_ids": self.items(order), "payment_method_id": self.payment(order)}

    def modify_pending_order_address(self):
        return {"order_id": self.order("pending")[1], **self.address()}

    def modify_user_address(self):
        return {"user_id": self.user_id(), **self.address()}

    def user_id(self):
        user = self.user().user_id
        return near(self.rng, user) if chance(self.rng, 0.12) else user

    def get_order_details(self):
        return {"order_id": self.order()[1]}

    def get_user_details(self):
        return {"user_id": self.user_id()}

    def get_product_details(self):
        rng = self.rng
        product = rng.choice(list(self.db.products))
        return {"product_id": rng.choice([product, product, product, near(rng, product), next(iter(self.db.products[product].variants))])}

    def get_item_details(self):
        rng = self.rng
        item = rng.choice(list(rng.choice(list(self.db.products.values())).variants))
        return {"item_id": rng.choice([item, item, item, near(rng, item), rng.choice(list(self.db.products))])}

    def find_user_id_by_name_zip(self):
        rng, user = self.rng, self.user()
        names = [user.name.first_name, user.name.last_name]
        change = rng.choice([str, str, str.upper, str.lower, str.swapcase, lambda name: near(rng, name)])
        if chance(rng, 0.03):
            change = kelvin
        zip_code = near(rng, user.address.zip) if chance(rng, 0.15) else user.address.zip
        return {"first_name": change(names[0]), "last_name": change(names[1]), "zip": zip_code}

    def find_user_id_by_email(self):
        rng, email = self.rng, self.user().email
        change = rng.choice([str, str.upper, str.title, lambda one: near(rng, one)])
        return {"email": kelvin(email) if chance(rng, 0.03) else change(email)}

    def calculate(self):
        return {"expression": expression(self.rng)}

    def list_all_product_types(self):
        return {}

    def transfer_to_human_agents(self):
        return {"summary": text(self.rng, ["The customer wants a person."])}
