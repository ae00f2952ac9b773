"""A model behind the API of OpenAI that follows scripts: the model's name chooses the script, the number of its replies so far the line of it."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Scripted:
    """Serves until the process ends. `seen[name]` is what the user said last, before each reply."""

    def __init__(self, scripts):
        self.scripts = scripts
        self.seen = {name: [] for name in scripts}
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"model": self}))
        Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/v1"

    def reply(self, name, messages):
        said = [message["content"] for message in messages if message["role"] == "user"][-1]
        self.seen[name].append(said if isinstance(said, str) else "".join(part["text"] for part in said))
        line = sum(message["role"] == "assistant" for message in messages)
        # Past the end of the script it is silent, which ends an episode.
        return self.scripts[name][line] if line < len(self.scripts[name]) else ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model = None

    def do_GET(self):
        self.send("application/json", json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in self.model.scripts]}))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": self.model.reply(asked["model"], asked["messages"])}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "1", "created": 1, "model": asked["model"]}
        if not asked.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return self.send("application/json", json.dumps(head | {"object": "chat.completion", "choices": [choice], "usage": usage}))
        chunks = [{"choices": [{"index": 0, "delta": message, "finish_reason": None}]}]
        chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": usage}]
        lines = [json.dumps(head | {"object": "chat.completion.chunk"} | chunk) for chunk in chunks] + ["[DONE]"]
        return self.send("text/event-stream", "".join(f"data: {line}\n\n" for line in lines))

    def send(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
