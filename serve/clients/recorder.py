#!/usr/bin/env python3
"""Stands between a client and a server and writes down what they say: HTTP/1.1 requests and responses, and WebSocket messages.

    recorder.py --listen 9000 --to 8000 --out run.jsonl         then give the client http://127.0.0.1:9000

Bytes pass unchanged and at once; what is written is parsed beside that. One JSON object a line, in the order in which the messages were complete:
    conn      number of the connection
    from      "client" or "server"
    at_ms     milliseconds since the recorder began, when the first byte of it was there
    what      request: method, target, headers, body; `complete` is false where the connection ended first
              response: status, headers, body, complete
              text, binary: a WebSocket message, joined and inflated, in body
              ping, pong, close: body; code for close
              end: that side has nothing more to say
              cut, unreadable: what was left of a message, or why it is none; refused: why the server was not reached
Headers are pairs, as spelt and in order. A body is text, or null where there is none; one that is not UTF-8 is in `base64` in its place.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import time
import zlib

OPCODES = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
BYTES_MAX = 1 << 30
"""Most bytes of a head, which is as good as none: a recorder judges nothing."""


class Recorder:
    def __init__(self, port, out):
        self.port, self.out, self.began, self.connections = port, out, time.monotonic(), 0

    def write(self, conn, side, at, what, body=None, **rest):
        line = {"conn": conn, "from": side, "at_ms": round((at - self.began) * 1000, 1), "what": what, **rest}
        try:
            line["body"] = body.decode() if body else None
        except UnicodeDecodeError:
            line["base64"] = base64.b64encode(body).decode()
        self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.out.flush()

    async def connected(self, reader, writer):
        self.connections += 1
        link = Link(self, self.connections)
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError as error:
            self.write(link.conn, "server", time.monotonic(), "refused", str(error).encode())
            writer.close()
            return
        await asyncio.gather(link.carry("client", reader, up_writer), link.carry("server", up_reader, writer))
        for side in (writer, up_writer):
            side.close()


class Link:
    """One connection. The server's side is read with the requests in hand: they tell which responses have no body."""

    def __init__(self, recorder, conn):
        self.recorder, self.conn = recorder, conn
        # Of each request its method, and for one that asks for a WebSocket where to tell what became of it.
        self.requests = asyncio.Queue()
        self.over = asyncio.get_running_loop().create_future()

    async def carry(self, side, reader, writer):
        """Passes bytes on, and gives them to the parser too."""
        copy = asyncio.StreamReader(limit=BYTES_MAX)
        parser = asyncio.create_task(Parser(self, side, copy).run())
        try:
            while data := await reader.read(65536):
                copy.feed_data(data)
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            # One end is gone: the other is told, as it would be without us.
            writer.close()
        copy.feed_eof()
        if side == "server":
            self.requests.put_nowait(("", None))
            self.over.set_result(None)
        await parser
        self.write(side, time.monotonic(), "end")

    def write(self, side, at, what, body=None, **rest):
        self.recorder.write(self.conn, side, at, what, body, **rest)


class Parser:
    """Reads one direction of a connection."""

    def __init__(self, link, side, bytes_):
        self.link, self.side, self.bytes = link, side, bytes_

    async def run(self):
        try:
            while await self.message():
                pass
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.link.write(self.side, time.monotonic(), "cut", error.partial)
        except (ValueError, zlib.error) as error:
            self.link.write(self.side, time.monotonic(), "unreadable", repr(error).encode())

    async def message(self):
        """Reads a message of HTTP; false when there are no more."""
        first = await self.bytes.readexactly(1)
        at = time.monotonic()
        try:
            head = (first + await self.bytes.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError as error:
            error.partial = first + error.partial
            raise
        start, *lines = head[:-4].split("\r\n")
        headers = [[name.strip() for name in line.split(":", 1)] for line in lines]
        known = {name.lower(): value for name, value in headers}
        if self.side == "client":
            return await self.request(at, start, headers, known)
        return await self.response(at, int(start.split(" ")[1]), headers, known)

    async def request(self, at, start, headers, known):
        method, target, _ = start.split(" ", 2)
        upgraded = asyncio.get_running_loop().create_future() if "websocket" in known.get("upgrade", "").lower() else None
        # Before the body, so that an early answer finds its request.
        self.link.requests.put_nowait((method, upgraded))
        body, complete = await self.body(known, False)
        self.link.write(self.side, at, "request", body, method=method, target=target, headers=headers, complete=complete)
        if upgraded:
            await asyncio.wait([upgraded, self.link.over], return_when=asyncio.FIRST_COMPLETED)
            if upgraded.done() and upgraded.result() is not None:
                return await self.frames(upgraded.result())
        return True

    async def response(self, at, status, headers, known):
        is_last = status == 101 or status >= 200
        method, upgraded = await self.link.requests.get() if is_last else ("", None)
        extensions = known.get("sec-websocket-extensions", "") if status == 101 else None
        if upgraded:
            upgraded.set_result(extensions)
        is_bare = status < 200 or status in (204, 304) or method == "HEAD"
        body, complete = (b"", True) if is_bare else await self.body(known, True)
        self.link.write(self.side, at, "response", body, status=status, headers=headers, complete=complete)
        return True if extensions is None else await self.frames(extensions)

    async def body(self, headers, until_end):
        """The body, without the marks of its chunks, and whether all of it came."""
        whole = b""
        try:
            if "chunked" in headers.get("transfer-encoding", "").lower():
                while size := int((await self.bytes.readuntil(b"\r\n")).split(b";")[0], 16):
                    whole += (await self.bytes.readexactly(size + 2))[:-2]
                while await self.bytes.readuntil(b"\r\n") != b"\r\n":
                    pass
                return whole, True
            if "content-length" in headers:
                whole = await self.bytes.readexactly(int(headers["content-length"]))
                return whole, True
            return (await self.bytes.read(-1) if until_end else b""), True
        except asyncio.IncompleteReadError as error:
            return whole + error.partial, False

    async def frames(self, extensions):
        """Reads WebSocket frames until the end."""
        inflater = zlib.decompressobj(-15) if "permessage-deflate" in extensions else None
        kind, whole, is_deflated = 0, b"", False
        while True:
            head = await self.bytes.readexactly(2)
            at = time.monotonic()
            opcode, size = head[0] & 15, head[1] & 127
            if size > 125:
                size = int.from_bytes(await self.bytes.readexactly(2 if size == 126 else 8), "big")
            mask = await self.bytes.readexactly(4) if head[1] & 128 else bytes(4)
            data = bytes(byte ^ mask[place & 3] for place, byte in enumerate(await self.bytes.readexactly(size)))
            if opcode >= 8:
                code = {"code": int.from_bytes(data[:2], "big")} if opcode == 8 and data else {}
                self.link.write(self.side, at, OPCODES.get(opcode, str(opcode)), data[2:] if code else data, **code)
                continue
            if opcode:
                kind, whole, is_deflated = opcode, b"", bool(head[0] & 64)
            whole += data
            if head[0] & 128:
                text = inflater.decompress(whole + b"\0\0\xff\xff") if is_deflated else whole
                self.link.write(self.side, at, OPCODES.get(kind, str(kind)), text)


async def main():
    parser = argparse.ArgumentParser(description="Writes down what a client and a server on this machine say to each other.")
    parser.add_argument("--listen", type=int, required=True, help="port that the client is given")
    parser.add_argument("--to", type=int, required=True, help="port of the server")
    parser.add_argument("--out", type=argparse.FileType("w"), required=True, help="file of JSON lines")
    arguments = parser.parse_args()
    server = await asyncio.start_server(Recorder(arguments.to, arguments.out).connected, "127.0.0.1", arguments.listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
