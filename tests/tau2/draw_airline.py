"""Calls of the airline."""

from draw import chance, expression, near, text, weighted

WEIGHTS = {
    "book_reservation": 22,
    "update_reservation_flights": 18,
    "update_reservation_baggages": 10,
    "update_reservation_passengers": 8,
    "cancel_reservation": 7,
    "send_certificate": 5,
    "get_reservation_details": 5,
    "get_user_details": 5,
    "get_flight_status": 4,
    "search_direct_flight": 4,
    "search_onestop_flight": 2,
    "calculate": 8,
    "list_all_airports": 0.4,
    "transfer_to_human_agents": 0.4,
}
CABINS = ["business", "economy", "basic_economy"]
DATES = [f"2024-05-{day:02}" for day in range(1, 31)]
OPEN = DATES[15:]  # flights before are under way or gone
AMOUNTS = [0, 1, -1, 50, 100, 200, 500, -100, 10**6, 10**9, 10**12]  # what is paid stays below 2^53, which JSON keeps exactly
# A reservation cancelled again and again doubles what it paid each time.
HISTORY_MAX = 40


class Airline:
    """A few customers, so that calls meet what earlier calls did; at least one has cards of all kinds."""

    def __init__(self, rng, env):
        self.rng, self.db = rng, env.tools.db
        users = list(self.db.users.values())
        rich = [user for user in users if len({method.source for method in user.payment_methods.values()}) == 3]
        self.focus = [user.user_id for user in rng.sample(users, 2) + rng.sample(rich, 2)]
        self.flights = list(self.db.flights)

    def set_up(self):
        return None

    def draw(self, env):
        self.db = env.tools.db
        name = weighted(self.rng, WEIGHTS)
        if name == "book_reservation" and "HATHAV" in self.db.reservations and chance(self.rng, 0.9):
            name = "update_reservation_flights"  # upstream has ids for three bookings
        args = getattr(self, name)()
        if chance(self.rng, 0.01):
            args = self.malformed(args)
        return name, "assistant", args

    def malformed(self, args):
        """Arguments that no schema allows: one missing, one too many."""
        if args and chance(self.rng, 0.5):
            args.pop(self.rng.choice(list(args)))
        else:
            args["surplus"] = 1
        return args

    # What calls are about.

    def user(self):
        return self.db.users[self.rng.choice(self.focus) if chance(self.rng, 0.85) else self.rng.choice(list(self.db.users))]

    def reservation(self):
        """A reservation, mostly of a customer in focus, and its id as the call says it."""
        rng = self.rng
        own = [one for user in self.focus for one in self.db.users[user].reservations]
        one = self.db.reservations[rng.choice(own) if own and chance(rng, 0.88) else rng.choice(list(self.db.reservations))]
        return one, near(rng, one.reservation_id) if chance(rng, 0.04) else one.reservation_id

    def open_flight(self, cabin, seats):
        """A flight and a date on which it has that many seats, nearly always."""
        for _ in range(20):
            number, date = self.rng.choice(self.flights), self.rng.choice(OPEN)
            day = self.db.flights[number].dates.get(date)
            if day and day.status == "available" and day.available_seats.get(cabin, 0) >= seats:
                break
        return {"flight_number": number, "date": date}

    def any_flight(self):
        """Any flight and date, also such as were cancelled, are under way, or never were."""
        rng, flight = self.rng, {"flight_number": self.rng.choice(self.flights), "date": self.rng.choice(DATES)}
        if chance(rng, 0.3):
            member = rng.choice(list(flight))
            flight[member] = near(rng, flight[member])
        return flight

    def flight_list(self, cabin, seats):
        rng = self.rng
        flights = [self.open_flight(cabin, seats) for _ in range(rng.choice([1, 1, 2, 2, 3, 4]))]
        kind = rng.random()
        if kind < 0.06:
            flights.append(dict(rng.choice(flights)))
        elif kind < 0.14:
            flights[rng.randrange(len(flights))] = self.any_flight()
        elif kind < 0.16:
            flights = []
        elif kind < 0.18:
            flights[0]["price"] = 1  # a member that upstream takes and forgets
        elif kind < 0.19:
            flights[0].pop(rng.choice(list(flights[0])))
        return flights

    def passengers(self, count):
        rng = self.rng
        names = ["Ana", "Wei", "O'Neil", "José", "Ω", ""]
        made = [{"first_name": rng.choice(names), "last_name": text(rng, names), "dob": f"19{rng.randint(50, 99)}-0{rng.randint(1, 9)}-11"}
                for _ in range(count)]
        if made and chance(rng, 0.02):
            made[-1].pop(rng.choice(list(made[-1])))
        elif made and chance(rng, 0.02):
            made[0]["seat"] = "1A"
        return made

    def cabin(self):
        return self.rng.choice(CABINS) if chance(self.rng, 0.98) else self.rng.choice(["first", "", "Economy"])

    def payment_id(self, user):
        """Mostly the customer's own; a card of somebody else's, one that almost exists, a certificate where none may be used."""
        rng, kind = self.rng, self.rng.random()
        own = list(user.payment_methods)
        cards = [method.id for method in user.payment_methods.values() if method.source == "credit_card"]
        if kind < 0.55 and cards:
            return rng.choice(cards)
        if kind < 0.9 and own:
            return rng.choice(own)
        if kind < 0.95:
            return rng.choice(list(self.db.users[rng.choice(list(self.db.users))].payment_methods) or [""])
        return near(rng, rng.choice(own)) if own else ""

    # Paying for a booking.

    def price(self, flights, cabin, count, nonfree, insurance):
        """What upstream will ask, as far as the flights are there."""
        total = (30 * count if insurance == "yes" else 0) + 50 * nonfree
        for flight in flights:
            known = self.db.flights.get(flight.get("flight_number"))
            day = known and known.dates.get(flight.get("date"))
            if day and day.status == "available":
                total += day.prices.get(cabin, 0) * count
        return total

    def payments(self, user, total):
        """Payments that add up exactly, in many ways; some then spoilt."""
        rng = self.rng
        stored = [method for method in user.payment_methods.values() if method.source != "credit_card"]
        cards = [method.id for method in user.payment_methods.values() if method.source == "credit_card"]
        way = rng.choice(["card", "stored", "stored", "one", "twice", "negative", "zero"])
        made, rest = [], total
        if way in ("stored", "one"):
            rng.shuffle(stored)
            for method in stored[: 1 if way == "one" else None]:
                part = min(rest, int(method.amount)) if chance(rng, 0.8) else rng.randint(0, max(0, min(rest, int(method.amount))))
                made.append((method.id, part))
                rest -= part
        elif way == "twice" and stored:
            # Each half is covered, both together may not be. A certificate given twice makes upstream fail half-way.
            card = rng.choice([method for method in stored if method.source == "gift_card" or chance(rng, 0.2)] or stored)
            part = min(rest // 2, int(card.amount))
            made, rest = [(card.id, part), (card.id, part)], rest - 2 * part
        elif way == "negative":
            part = rng.randint(1, 100)
            made, rest = [(rng.choice([method.id for method in stored] or cards or [""]), -part)], rest + part
        elif way == "zero":
            made = [(self.payment_id(user), 0)]
        if rest or not made:
            made.append((rng.choice(cards or [method.id for method in stored] or [""]), rest))
        return self.spoilt([{"payment_id": method, "amount": amount} for method, amount in made], user)

    def spoilt(self, payments, user):
        rng, kind, one = self.rng, self.rng.random(), self.rng.choice(payments)
        if kind < 0.04:
            one["amount"] += rng.choice([-1, 1, 100])
        elif kind < 0.07:
            one["payment_id"] = self.payment_id(user)
        elif kind < 0.08:
            payments.remove(one)
        elif kind < 0.1:
            one["amount"] = rng.choice([float(one["amount"]), one["amount"] + 0.5, str(one["amount"])])
        elif kind < 0.13:
            one["amount"] = rng.choice(AMOUNTS)
        return payments

    # The tools.

    def book_reservation(self):
        rng, user = self.rng, self.user()
        cabin, count = self.cabin(), rng.choice([1, 1, 1, 2, 2, 3, 5, 0])
        flights = self.flight_list(cabin, 20 if chance(rng, 0.03) else count)
        nonfree = rng.choice([0, 0, 0, 1, 2, -1, 7])
        insurance = rng.choice(["yes", "no"]) if chance(rng, 0.985) else "maybe"
        total = self.price(flights, cabin, count, nonfree, insurance)
        return {
            "user_id": near(rng, user.user_id) if chance(rng, 0.03) else user.user_id,
            "origin": rng.choice(["SFO", "JFK", "", "XXX"]),
            "destination": rng.choice(["LAX", "SEA", "SFO"]),
            "flight_type": rng.choice(["one_way", "round_trip"]) if chance(rng, 0.985) else "multi_city",
            "cabin": cabin,
            "flights": flights,
            "passengers": self.passengers(count),
            "payment_methods": self.payments(user, total),
            "total_baggages": rng.choice([nonfree, nonfree + 2, 0, 10**9]),
            "nonfree_baggages": nonfree,
            "insurance": insurance,
        }

    def update_reservation_flights(self):
        """Some flights kept, some new ones, often in the same cabin: a flight that stays keeps its price only there."""
        rng, (reservation, reservation_id) = self.rng, self.reservation()
        cabin = reservation.cabin if chance(rng, 0.6) else self.cabin()
        kept = [{"flight_number": one.flight_number, "date": one.date} for one in reservation.flights if chance(rng, 0.7)]
        new = self.flight_list(cabin, len(reservation.passengers)) if chance(rng, 0.6) else []
        flights = kept + new
        if chance(rng, 0.1):
            rng.shuffle(flights)
        payment = self.payment_id(self.db.users[reservation.user_id])
        return {"reservation_id": reservation_id, "cabin": cabin, "flights": flights, "payment_id": payment}

    def update_reservation_baggages(self):
        rng, (reservation, reservation_id) = self.rng, self.reservation()
        nonfree = reservation.nonfree_baggages + rng.choice([0, 1, 2, 3, -1, -2, rng.choice(AMOUNTS)])
        user = self.db.users[reservation.user_id]
        payment = self.payment_id(user)
        method = user.payment_methods.get(payment)
        if method and method.source == "gift_card" and chance(rng, 0.5):
            # As many as the card just pays for, or one more.
            nonfree = reservation.nonfree_baggages + int(method.amount // 50) + rng.choice([0, 1])
        total = rng.choice([nonfree, nonfree + 1, reservation.total_baggages, rng.choice(AMOUNTS)])
        return {"reservation_id": reservation_id, "total_baggages": total, "nonfree_baggages": nonfree, "payment_id": payment}

    def update_reservation_passengers(self):
        reservation, reservation_id = self.reservation()
        count = len(reservation.passengers) + (0 if chance(self.rng, 0.8) else self.rng.choice([-1, 1]))
        return {"reservation_id": reservation_id, "passengers": self.passengers(max(0, count))}

    def cancel_reservation(self):
        for _ in range(10):
            reservation, reservation_id = self.reservation()
            if len(reservation.payment_history) <= HISTORY_MAX:
                return {"reservation_id": reservation_id}
        return {"reservation_id": ""}

    def send_certificate(self):
        return {"user_id": self.user_id(), "amount": self.rng.choice(AMOUNTS)}

    def user_id(self):
        user = self.user().user_id
        return near(self.rng, user) if chance(self.rng, 0.1) else user

    def get_reservation_details(self):
        return {"reservation_id": self.reservation()[1]}

    def get_user_details(self):
        return {"user_id": self.user_id()}

    def get_flight_status(self):
        return self.any_flight()

    def search_direct_flight(self):
        rng, flight = self.rng, self.db.flights[self.rng.choice(self.flights)]
        ends = [flight.origin, flight.destination]
        if chance(rng, 0.2):
            ends[rng.randrange(2)] = rng.choice(["", "sfo", "XXX", flight.origin])
        date = near(rng, rng.choice(DATES)) if chance(rng, 0.1) else rng.choice(OPEN if chance(rng, 0.7) else DATES)
        return {"origin": ends[0], "destination": ends[1], "date": date}

    def search_onestop_flight(self):
        rng, late = self.rng, [one for one in self.db.flights.values() if "+1" in one.scheduled_arrival_time_est]
        search = self.search_direct_flight()
        if chance(rng, 0.5):
            # A first flight that lands the day after.
            first = rng.choice(late)
            second = rng.choice([one for one in self.db.flights.values() if one.origin == first.destination])
            search |= {"origin": first.origin, "destination": second.destination}
        return search

    def calculate(self):
        return {"expression": expression(self.rng)}

    def list_all_airports(self):
        return {}

    def transfer_to_human_agents(self):
        return {"summary": text(self.rng, ["The customer wants a person."])}
