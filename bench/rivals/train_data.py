#!/usr/bin/env python3
"""Made-up conversations with tools, in the form that `wardian export --form trl` writes: a training set without anybody's text.

    bench/rivals/train_data.py OUT.jsonl [--conversations 400] [--seed 1]

A row is one JSON object: `messages` (with `tool_calls`, whose arguments are objects) and `tools`. An agent of an office looks things up, changes
them, is refused now and then, and ends with words. Equal arguments give equal bytes. Uses nothing but the standard library.
"""

import argparse
import json
import random

OFFICES = {
    "library": ["loan", "member", "hold", "branch", "fine"],
    "repair shop": ["ticket", "part", "customer", "estimate", "bench"],
    "ferry line": ["booking", "sailing", "vehicle", "cabin", "refund"],
    "garden centre": ["order", "plant", "supplier", "delivery", "voucher"],
    "museum": ["visit", "group", "exhibit", "guide", "donation"],
    "clinic": ["appointment", "patient", "room", "referral", "invoice"],
}
FIELDS = {
    "status": ["open", "closed", "waiting", "cancelled", "confirmed"],
    "priority": ["low", "normal", "high"],
    "note": ["call before noon", "leave it at the side door", "the second try", "asked for a window", "paid in cash", "needs a ramp"],
    "city": ["Lund", "Porto", "Graz", "Galway", "Turku", "Ghent", "Split", "Basel"],
    "person": ["Ada Holm", "Ben Okoro", "Carla Ruiz", "Dag Lind", "Eva Novak", "Finn Marsh", "Greta Bauer", "Hugo Serra"],
    "amount_cents": None,
    "count": None,
    "due_on": None,
}
VERBS = ["get", "list", "create", "update", "cancel"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--conversations", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with open(args.out, "w", encoding="utf-8") as out:
        for row in conversations(args.conversations, args.seed):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def conversations(count, seed):
    return [Conversation(random.Random(f"{seed} {i}")).row() for i in range(count)]


class Conversation:
    def __init__(self, draw):
        self.draw = draw
        self.office = draw.choice(sorted(OFFICES))
        nouns = OFFICES[self.office]
        # Many are short, some are long.
        self.nouns = draw.sample(nouns, draw.choice([1, 1, 2, 2, 3]))
        self.fields = draw.sample(sorted(FIELDS), draw.randint(3, 6))
        self.calls = 0
        self.messages = []

    def row(self):
        self.say("system", self.policy())
        for i in range(self.draw.choice([1, 1, 2, 2, 3, 4, 6])):
            self.wish(self.draw.choice(self.nouns), first=i == 0)
        return {"messages": self.messages, "tools": [tool(self, verb, noun) for noun in self.nouns for verb in VERBS]}

    def policy(self):
        rules = [f"Look a {noun} up before you change it." for noun in self.nouns]
        rules += [f"Never cancel a {noun} whose status is closed; say so instead." for noun in self.nouns]
        return f"You work at the desk of a {self.office}.\n\n" + "\n".join(f"- {rule}" for rule in rules) + "\n- Do not guess identifiers."

    def wish(self, noun, first):
        draw, key = self.draw, self.key(noun)
        field = draw.choice(self.fields)
        value = self.value(field)
        hello = draw.choice(["Hello. ", "Good morning, ", "Hi there! "]) if first else draw.choice(["Thanks. ", "And then: ", ""])
        verb = draw.choice(["update", "update", "cancel", "list"])
        known = draw.random() < 0.6
        what = {"update": f"set {field} of a {noun} to {value}", "cancel": f"cancel a {noun}", "list": f"tell me which {noun}s have {field} {value}"}[verb]
        self.say("user", f"{hello}please {what}." + (f" It is {key}." if known and verb != "list" else ""))
        if verb == "list":
            found = [self.item(noun, self.key(noun), {field: value}) for _ in range(draw.randint(0, 5))]
            self.call(f"list_{noun}s", {field: value, "limit": draw.choice([5, 10, 20])}, {f"{noun}s": found, "more": False})
            names = ", ".join(item["id"] for item in found) or "none"
            return self.say("assistant", f"There are {len(found)}: {names}.")
        if not known:
            self.say("assistant", f"Which {noun} is it? I need its identifier.")
            self.say("user", f"{key}, I think.")
        item = self.item(noun, key, {})
        self.call(f"get_{noun}", {"id": key}, item)
        if verb == "cancel" and item.get("status") == "closed":
            return self.say("assistant", f"I cannot do that: {key} is closed.")
        change = {field: value} if verb == "update" else {}
        self.call(f"{verb}_{noun}", {"id": key, **change}, {**item, **change, "changed": True})
        self.say("assistant", f"Done: {key} is {'cancelled' if verb == 'cancel' else 'changed, and its ' + field + ' is ' + str(value)}.")

    def say(self, role, content):
        self.messages.append({"role": role, "content": content})

    def call(self, name, arguments, result):
        self.calls += 1
        key = f"call_{self.calls}"
        call = {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}
        self.messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        self.messages.append({"role": "tool", "tool_call_id": key, "name": name, "content": json.dumps(result, separators=(",", ":"))})

    def key(self, noun):
        return noun[:3].upper() + "-" + "".join(self.draw.choice("23456789abcdefghjkmnpqrstvwxyz") for _ in range(8))

    def value(self, field):
        if FIELDS[field]:
            return self.draw.choice(FIELDS[field])
        if field == "due_on":
            return f"2025-{self.draw.randint(1, 12):02}-{self.draw.randint(1, 28):02}"
        return self.draw.randint(1, 40) if field == "count" else self.draw.randint(100, 90_000)

    def item(self, noun, key, given):
        return {"id": key, **{field: self.value(field) for field in self.fields}, **given}


def tool(conversation, verb, noun):
    fields = {field: schema(field) for field in conversation.fields}
    key = {"id": {"type": "string", "description": f"Identifier of the {noun}, as the user or another tool gave it."}}
    limit = {"limit": {"type": "integer", "description": "How many to return at most.", "minimum": 1, "maximum": 100}}
    properties = {"get": key, "cancel": key, "update": {**key, **fields}, "create": fields, "list": {**fields, **limit}}[verb]
    required = {"get": ["id"], "cancel": ["id"], "update": ["id"], "create": sorted(fields), "list": []}[verb]
    says = {"get": "Returns one", "list": "Lists every", "create": "Creates a", "update": "Changes fields of one", "cancel": "Cancels one"}[verb]
    parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    name = f"{verb}_{noun}s" if verb == "list" else f"{verb}_{noun}"
    return {"type": "function", "function": {"name": name, "description": f"{says} {noun} of the {conversation.office}.", "parameters": parameters}}


def schema(field):
    if FIELDS[field] and field in ("status", "priority"):
        return {"type": "string", "enum": FIELDS[field], "description": f"The {field}."}
    kind = "integer" if FIELDS[field] is None and field != "due_on" else "string"
    return {"type": kind, "description": "The day, as YYYY-MM-DD." if field == "due_on" else f"The {field.replace('_', ' ')}."}


if __name__ == "__main__":
    main()
