"""The servers around ours in NeMo Gym: its `simple_agent`, its environment server `single_agent_turn`, and a model that follows a script."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PROGRAMS = {
    "agent": "import runpy; runpy.run_module('responses_api_agents.simple_agent.app', run_name='__main__')",
    # Run as a program, it would start a cluster of Ray first.
    "turn": "from environment_servers.single_agent_turn.app import SingleAgentTurnEnvironmentServer as S; S.ray_enabled = False; S.run_webserver()",
}
START_S = 120


class Model(BaseHTTPRequestHandler):
    """A model server: the request's metadata names the script, and what was called so far tells where in it we are."""

    protocol_version = "HTTP/1.1"
    scripts = {}

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        calls, words = self.scripts[asked["metadata"]["script"]]
        done = sum(item.get("type") == "function_call_output" for item in asked["input"])
        if done < len(calls):
            tool, arguments = calls[done]
            item = {"type": "function_call", "id": f"fc_{done}", "call_id": f"call_{done}", "name": tool, "arguments": json.dumps(arguments)}
        else:
            item = {"type": "message", "id": "msg", "role": "assistant", "content": [{"type": "output_text", "text": words, "annotations": []}]}
        answer = {"id": f"resp_{done}", "created_at": 1.0, "model": "script", "object": "response", "output": [item | {"status": "completed"}]}
        body = json.dumps(answer | {"parallel_tool_calls": True, "tool_choice": "auto", "tools": asked["tools"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def servers(url, scripts):
    """Addresses of the agent and of the environment server, both of which use the resources server at `url` and a model that follows `scripts`:
    {name: (calls, last words)}."""
    Model.scripts = scripts
    model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    Thread(target=model.serve_forever, daemon=True).start()
    ports = {name: free_port() for name in PROGRAMS}
    text = json.dumps(config(url, model.server_port, ports))
    started = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name, program in PROGRAMS.items():
                env = os.environ | {"NEMO_GYM_CONFIG_PATH": name, "NEMO_GYM_CONFIG_DICT": text, "WANDB_MODE": "disabled"}
                started[name] = subprocess.Popen([sys.executable, "-c", program], env=env, cwd=folder)
            for name, process in started.items():
                wait(process, ports[name])
            yield tuple(f"http://127.0.0.1:{ports[name]}" for name in PROGRAMS)
        finally:
            for process in started.values():
                process.kill()
                process.wait()
            model.shutdown()


def config(url, model_port, ports):
    """What the servers are told. JSON is YAML. A block without an entry point names a server that runs already: their command line would refuse it, the
    servers themselves do not."""
    host, port = url.removeprefix("http://").rsplit(":", 1)
    at = {name: {"entrypoint": "app.py", "host": "127.0.0.1", "port": number} for name, number in ports.items()}
    resources = {"resources_server": {"type": "resources_servers", "name": "wardian"}}
    agent = {"model_server": {"type": "responses_api_models", "name": "model"}, "max_steps": 100}
    turn = {"agent_server": {"type": "responses_api_agents", "name": "agent"}, "resources_tool_transports": ["direct_http"], "cleanup_timeout_seconds": 10}
    return {
        "head_server": {"host": "127.0.0.1", "port": free_port()},  # nobody asks it
        "dry_run": False,
        "wardian": {"resources_servers": {"wardian": {"host": host, "port": int(port)}}},
        "model": {"responses_api_models": {"script": {"host": "127.0.0.1", "port": model_port}}},
        "agent": {"responses_api_agents": {"simple_agent": at["agent"] | resources | agent}},
        "turn": {"environment_servers": {"single_agent_turn": at["turn"] | resources | turn}},
    }


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait(process, port):
    for _ in range(START_S * 5):
        if process.poll() is not None:
            raise RuntimeError("a server of NeMo Gym ended at once; its words are above")
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"a server of NeMo Gym was not there after {START_S} s")
