"""Calls of the telephone company: the agent's and, on the phone, the user's."""

from draw import chance, kelvin, near, text, weighted

AGENT = {
    "refuel_data": 12,
    "send_payment_request": 8,
    "suspend_line": 6,
    "resume_line": 7,
    "enable_roaming": 5,
    "disable_roaming": 5,
    "get_data_usage": 4,
    "get_bills_for_customer": 4,
    "get_details_by_id": 6,
    "get_customer_by_phone": 3,
    "get_customer_by_id": 3,
    "get_customer_by_name": 3,
    "transfer_to_human_agents": 0.3,
}
USER = {
    "make_payment": 7,
    "check_payment_request": 4,
    "toggle_airplane_mode": 4,
    "toggle_data": 4,
    "toggle_roaming": 4,
    "toggle_data_saver_mode": 3,
    "toggle_wifi": 3,
    "toggle_wifi_calling": 3,
    "connect_vpn": 4,
    "disconnect_vpn": 3,
    "set_network_mode_preference": 5,
    "set_apn_settings": 5,
    "reset_apn_settings": 4,
    "reboot_device": 4,
    "reseat_sim_card": 3,
    "grant_app_permission": 4,
    "check_app_permissions": 2,
    "check_app_status": 2,
    "run_speed_test": 4,
    "can_send_mms": 3,
    "check_network_status": 3,
    "check_status_bar": 1,
    "check_network_mode_preference": 1,
    "check_sim_status": 1,
    "check_data_restriction_status": 1,
    "check_apn_settings": 2,
    "check_wifi_status": 1,
    "check_wifi_calling_status": 1,
    "check_vpn_status": 3,
    "check_installed_apps": 0.5,
}
MODES = ["4g_5g_preferred", "4g_only", "3g_only", "2g_only"]
APPS = ["messaging", "browser", "Messaging", "camera", ""]
PERMISSIONS = ["sms", "storage", "phone", "network", "SMS", "Network", "camera", ""]
# Sums that do not come out even, halves of a cent, whole numbers that are not floats, the very small and the very large.
AMOUNTS = [1.0, 2.0, 2.5, 0.1 + 0.2, 0.1, 1 / 3, 0.005, 0.125, 1.005, 2.675, 7.77, 1e-9, 5e-324, 1e15, 1e16, 1e22, 1, 2, 5,
           0, 0.0, -0.0, -1, -1.0, -1e-9]
USAGES = [0.0, 0.1 + 0.2, 4.999, 5.0, 5.1, 15.0, 15.000000000000002, 15.1, 999.0, 1000.5, 16, 0, -1.0, 1e300]
SWITCHES = ["turn_airplane_mode_on", "turn_airplane_mode_off", "turn_data_on", "turn_data_off", "turn_roaming_on", "turn_roaming_off",
            "turn_data_saver_mode_on", "turn_data_saver_mode_off", "unseat_sim_card", "break_apn_settings", "break_apn_mms_setting",
            "break_vpn", "simulate_network_search"]


class Telecom:
    """A customer who has a phone, mostly John Smith, whose draft bill lets data be refuelled without a random id."""

    def __init__(self, rng, env):
        self.rng, self.db = rng, env.tools.db
        self.lines = {line: customer.customer_id for customer in self.db.customers for line in customer.line_ids}
        self.line = rng.choice(["L1001", "L1002", "L1002", "L1003"]) if chance(rng, 0.7) else rng.choice(list(self.lines))
        self.customer = self.lines[self.line]
        self.phone = next(line.phone_number for line in self.db.lines if line.line_id == self.line)
        # Upstream shows 2 as `2` and 2.0 as `2.0`, which JSON does not keep apart: whole numbers in few sequences only.
        self.numbers = (int, float) if chance(rng, 0.1) else (float,)
        # Each sequence has tools it comes back to, or the phone's many switches would rarely meet.
        self.often = often = [*rng.sample(list(USER), 5), *rng.sample(list(AGENT), 3)]
        often += ["connect_vpn", "disconnect_vpn"] if chance(rng, 0.25) else []
        self.user, self.agent = ({name: weight * (5 if name in often else 1) for name, weight in each.items()} for each in (USER, AGENT))

    # The set-up.

    def set_up(self):
        """Functions that upstream calls before an episode, in any order and number. They know no private names."""
        rng, calls = self.rng, []
        if chance(rng, 0.92):
            calls.append(self.function("user", "set_user_info", name="John Smith", phone_number=self.phone))
        for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 12])):
            calls.append(self.phone_function() if chance(rng, 0.75) else self.line_function())
        return calls

    def function(self, kind, name, /, **arguments):
        return {"env_type": kind, "func_name": name, "arguments": arguments}

    def phone_function(self):
        rng, kind = self.rng, self.rng.random()
        if kind < 0.6:
            often = ["break_vpn"] * 3 if "connect_vpn" in self.often else []
            return self.function("user", rng.choice(SWITCHES + often))
        if kind < 0.72:
            return self.function("user", "set_user_location", abroad=rng.choice([True, True, False]))
        if kind < 0.77:
            return self.function("user", "lock_sim_card", mode=rng.choice(["pin", "puk"]))
        if kind < 0.85:
            return self.function("user", "set_network_mode_preference", mode=rng.choice(MODES))
        if kind < 0.93:
            return self.function("user", "remove_app_permission", app_name=rng.choice(APPS[:3]), permission=rng.choice(PERMISSIONS))
        over = {} if chance(rng, 0.4) else {"mms_over_wifi": rng.choice([True, True, False, None])}
        return self.function("user", "set_wifi_calling", enabled=rng.choice([True, False]), **over)

    def line_function(self):
        rng, kind, whose = self.rng, self.rng.random(), {"customer_id": self.customer, "line_id": self.line}
        if kind < 0.4:
            return self.function("assistant", "set_data_usage", **whose, data_used_gb=self.number(USAGES))
        if kind < 0.6:
            return self.function("assistant", rng.choice(["enable_roaming", "disable_roaming"]), **whose)
        if kind < 0.85:
            bill = {"new_bill_id": f"B{rng.randint(2000, 9999)}", "contract_ended": rng.choice([True, False])}
            return self.function("assistant", "suspend_line_for_overdue_bill", **whose, **bill)
        if kind < 0.95 and self.customer == "C1001":
            return self.function("assistant", "refuel_data", **whose, gb_amount=self.number(AMOUNTS))
        bill = rng.choice(self.bills(self.customer) or [""])
        return self.function("assistant", "send_payment_request", customer_id=self.customer, bill_id=bill)

    # The calls.

    def draw(self, env):
        self.db = env.tools.db
        requestor, weights = ("user", self.user) if chance(self.rng, 0.55) else ("assistant", self.agent)
        name = weighted(self.rng, weights)
        # A tool without a method here takes no arguments.
        args = getattr(self, name, dict)()
        if chance(self.rng, 0.01):
            args["surplus"] = 1
        return name, requestor, args

    def bills(self, customer_id):
        return next((customer.bill_ids for customer in self.db.customers if customer.customer_id == customer_id), [])

    def customer_id(self):
        rng = self.rng
        if chance(rng, 0.8):
            return self.customer
        customer = rng.choice(self.db.customers).customer_id
        return near(rng, customer) if chance(rng, 0.3) else customer

    def whose(self):
        """A line and its owner; somebody else's line; ids that almost exist."""
        rng, kind = self.rng, self.rng.random()
        line = self.line if chance(rng, 0.5) else rng.choice([one for one, owner in self.lines.items() if owner == self.customer])
        if kind < 0.8:
            return {"customer_id": self.customer, "line_id": line}
        if kind < 0.9:
            line = rng.choice(list(self.lines))
            return {"customer_id": self.lines[line], "line_id": line}
        return {"customer_id": self.customer_id(), "line_id": rng.choice([near(rng, line), rng.choice(list(self.lines))])}

    def number(self, numbers):
        return self.rng.choice([one for one in numbers if isinstance(one, self.numbers)])

    def refuel_data(self):
        rng = self.rng
        plain = [round(rng.uniform(0, 9), rng.randint(1, 4)), rng.uniform(0, 50)]
        amount = self.number(AMOUNTS) if chance(rng, 0.6) else rng.choice(plain)
        return {**self.whose(), "gb_amount": amount}

    def send_payment_request(self):
        rng, customer = self.rng, self.customer_id()
        bill = rng.choice(self.bills(customer) or [""]) if chance(rng, 0.88) else rng.choice(self.db.bills).bill_id
        return {"customer_id": customer, "bill_id": near(rng, bill) if chance(rng, 0.05) else bill}

    def suspend_line(self):
        return {**self.whose(), "reason": text(self.rng, ["vacation"])}

    resume_line = enable_roaming = disable_roaming = get_data_usage = whose

    def get_bills_for_customer(self):
        limit = self.rng.choice([None, None, 0, 1, 2, 3, 12, 1000, -1, -2, -9])
        return {"customer_id": self.customer_id()} | ({} if limit is None else {"limit": limit})

    def get_details_by_id(self):
        rng, db = self.rng, self.db
        ids = [rng.choice(db.lines).line_id, rng.choice(db.devices).device_id, rng.choice(db.bills).bill_id,
               rng.choice(db.customers).customer_id, rng.choice(db.plans).plan_id]
        one = rng.choice(ids)
        return {"id": near(rng, one) if chance(rng, 0.2) else one}

    def get_customer_by_phone(self):
        rng = self.rng
        phone = rng.choice([self.phone, rng.choice(self.db.lines).phone_number, rng.choice(self.db.customers).phone_number])
        return {"phone_number": near(rng, phone) if chance(rng, 0.2) else phone}

    def get_customer_by_id(self):
        return {"customer_id": self.customer_id()}

    def get_customer_by_name(self):
        rng, customer = self.rng, self.rng.choice(self.db.customers)
        change = kelvin if chance(rng, 0.02) else rng.choice([str, str.upper, str.lower, lambda name: near(rng, name)])
        wrong = rng.choice([near(rng, customer.date_of_birth), rng.choice(self.db.customers).date_of_birth])
        return {"full_name": change(customer.full_name), "dob": customer.date_of_birth if chance(rng, 0.8) else wrong}

    def transfer_to_human_agents(self):
        return {"summary": text(self.rng, ["The customer wants a person."])}

    def set_network_mode_preference(self):
        return {"mode": self.rng.choice(MODES) if chance(self.rng, 0.85) else self.rng.choice(["5g_only", "", "4G_ONLY"])}

    def set_apn_settings(self):
        """Any of the settings, and now and then one that is none."""
        rng, known = self.rng, {
            "apn_name": ["internet", "internet", "broken"],
            "reset_at_reboot": [True, False],
            "mms_apn": ["mms", None, "m"],
            "mmsc_url": ["http://mms.carrier.com/mms/wapenc", None, "", "http://[::1]/"],
            "mms_proxy": [None, "10.0.0.1"],
            "mms_port": [None, 8080, 0, -1],
        }
        settings = {name: rng.choice(values) for name, values in known.items() if chance(rng, 0.4)}
        if chance(rng, 0.08):
            settings |= rng.choice([{"apn_name": "wap"}, {"apn": "internet"}, {"mms_port": "no number"}, {"apn_name": None}])
        return {"apn_settings": settings}

    def grant_app_permission(self):
        return {"app_name": self.app(), "permission": self.rng.choice(PERMISSIONS)}

    def check_app_status(self):
        return {"app_name": self.app()}

    check_app_permissions = check_app_status

    def app(self):
        return self.rng.choice(APPS[:2]) if chance(self.rng, 0.75) else self.rng.choice(APPS)

    # Assertions of the environment, both kinds.

    def assertions(self, env):
        rng, made = self.rng, []
        expected = {
            "assert_airplane_mode_status": [True, False],
            "assert_service_status": ["connected", "searching", "no_service", "emergency_only"],
            "assert_mobile_data_status": [True, False],
            "assert_mobile_roaming_status": [True, False],
            "assert_mobile_data_saver_mode_status": [True, False],
            "assert_can_send_mms": [True, False],
            "assert_mobile_data_usage_exceeded": [True, False],
        }
        for name in rng.sample(list(expected), 4):
            made.append(self.function("user", name, expected_status=rng.choice(expected[name])))
        described = {} if chance(rng, 0.4) else {"expected_desc": rng.choice(["excellent", "Good", "fair", "POOR", "no connection", None])}
        speed = rng.choice([0, 1, 5.0, 55, 200, 275.0, 275.01])
        made.append(self.function("user", "assert_internet_speed", expected_speed=speed, **described))
        made.append(self.function("user", "assert_internet_not_excellent"))
        made += self.line_assertions()
        return [{**one, "assert_value": rng.choice([True, True, False]), "message": None} for one in made]

    def line_assertions(self):
        rng, whose = self.rng, {"customer_id": self.customer, "line_id": self.line}
        refuelled = next(line.data_refueling_gb for line in self.db.lines if line.line_id == self.line)
        amount = rng.choice([refuelled, refuelled + 5e-7, refuelled + 2e-6, 2.0, 0])
        status = rng.choice(["Active", "Suspended", "Closed", "active"])
        return [
            self.function("assistant", "assert_data_refueling_amount", **whose, expected_amount=amount),
            self.function("assistant", "assert_line_status", **whose, expected_status=status),
            self.function("assistant", "assert_no_overdue_bill", overdue_bill_id=rng.choice(self.bills(self.customer) + ["B0"])),
        ]
