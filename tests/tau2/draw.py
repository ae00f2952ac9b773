"""What the drawers share: identifiers that almost exist, texts, expressions for `calculate`."""

CUSTOMARY = ["1 + 2", "100 - 0.01", "12.5 * 4", "(3 + 4) * 2", "1000 / 3", "2 * (3.5 - 1) / 7", "54.04 + 41.54 + 100.05", " 7 - 9"]
# Rounding, signs of zero, kinds of numbers, precedence: what Python says of each is a rule of the tool. One a bar or line.
SUBTLE = """\
2.675|1.005|0.125|0.375|1.115*100|0.1+0.2|-0.001|0*-1|-0.0|0.0*-1|1/3|2/3|-2/3|10/4|7//2|-7//2|7.5//2|-7.5//2|1//0.3|2**10|2**-1
-2**2|(-2)**2|2**3**2|--5|-+-5|+5|3--3|3- -3|2*-3|2**-2|00|0000|00.5|007.5|.5|5.|5.+.5|1./2.|0.0**0|0**0|10**15|10**16|10**22
123456789012345678901234567890|123456789012345678901234567890*2|99999999999999999999/7|9007199254740993|9007199254740993.0|1/7*7
0.1*3|1.1*1.1|4.35*100|1.15+2.30|33.33*3|100*1.1|(((((((((1)))))))))|1 +1|1+ 1|( 1 )|5 // 2 * 2|8 / 2 / 2|8 - 2 - 2|(1.5)|1.50
0.005|0.015|0.045|1234.565|99.995|0.994999|1000000.005|(0.1+0.7)*10|3*1.1|0.57*100|1.0**400|9**0.5|27**(1/3)|0.5**0.5|1-0.9
1.0//0.1|-1//3.0""".replace("\n", "|").split("|")
BROKEN = """\
|1/0|1//0|1.0/0|0**-1|0.0**-1|(-8)**(1/3)|()|()()|1()|(1)(2)|1 2|1 .5|.|..|...|1..2|1.2.3|012|0777|08|0 0|1+|*2|/2|**2|1+*2|1***2
((1)|)(|(1))|2 + two|2,3|[1]|1e5|0x10|1_000|5%3|1&1|~1|1<2|1==1|"1"|2^3|$5|π|٣+1|abs(1)|()+()|()*3|(1)*()|-()|3 (4)|1.. |  |+|-|(|//
2//|1 + 2;""".replace("\n", "|").split("|") + ["1\t+1", "1\n+1"]
TEXTS = ["", " ", "Apt 1", "O'Hara \"Q\"", "São Paulo", "北京市朝阳区", "🏠 9", "a\tb\nc", "back\\slash", "null", "0", "1e3", "\x7f\u2028", "%s;--",
         "x" * 300]


def near(rng, text):
    """An identifier that almost exists."""
    changes = ["", text[:-1], text + "0", text + " ", " " + text, text[1:], text.lower(), text.upper(), text.swapcase(), text + text]
    return rng.choice([change for change in changes if change != text])


def kelvin(name):
    """The same name to Python, whose lower case is Unicode's: the sign for kelvin is a k."""
    return name.replace("K", "\u212a").replace("k", "\u212a")


def text(rng, usual):
    return rng.choice(TEXTS) if rng.random() < 0.2 else rng.choice(usual)


def weighted(rng, weights):
    return rng.choices(list(weights), list(weights.values()))[0]


def chance(rng, share):
    return rng.random() < share


def expression(rng):
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(CUSTOMARY)
    if kind < 0.45:
        return rng.choice(SUBTLE)
    if kind < 0.65:
        return rng.choice(BROKEN)
    made = formula(rng, rng.randint(1, 4))
    if kind < 0.95:
        return made
    at = rng.randrange(len(made) + 1)
    return made[:at] + rng.choice("0123456789+-*/(). ") + made[at:]


def formula(rng, depth):
    """Nested arithmetic. Powers have small exponents: a large one keeps Python busy for hours, and upstream lets it."""
    if depth == 0 or chance(rng, 0.15):
        return number(rng)
    left, right = formula(rng, depth - 1), formula(rng, depth - 1)
    kind, gap = rng.random(), rng.choice(["", " "])
    if kind < 0.1:
        return f"({left}){gap}**{gap}{rng.randint(0, 3)}"
    if kind < 0.2:
        return f"{rng.choice('+-')}{gap}{left}"
    made = f"{left}{gap}{rng.choice(['+', '-', '*', '/', '//'])}{gap}{right}"
    return f"({made})" if chance(rng, 0.5) else made


def number(rng):
    if chance(rng, 0.03):
        return str(rng.randint(10**12, 10**19))
    return rng.choice([
        str(rng.randint(0, 9)),
        str(rng.randint(0, 2000)),
        f"{rng.uniform(0, 1000):.2f}",
        f"{rng.uniform(0, 3):.3f}",
        f".{rng.randint(0, 999)}",
        f"{rng.randint(1, 50)}.",
    ])
