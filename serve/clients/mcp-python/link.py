"""One client for both majors of the Python SDK of MCP, which name nearly everything differently."""

import json
from contextlib import asynccontextmanager
from importlib.metadata import version

STATELESS = "2026-07-28"
"""The first version without sessions."""

is_old = version("mcp").startswith("1.")
if is_old:
    from mcp import ClientSession
    from mcp import McpError as Fault
    from mcp.client.streamable_http import streamablehttp_client
else:
    from mcp import Client
    from mcp import MCPError as Fault


class Link:
    """A client of either major, by the names of neither. `world` is the handle that goes with each call: none in the session era."""

    def __init__(self, client, protocol, session=None):
        self.client, self.protocol, self.session, self.world = client, protocol, session, {}

    @property
    def is_stateless(self):
        return self.protocol >= STATELESS

    async def tools(self):
        found, cursor = {}, None
        while True:
            page = await self.client.list_tools(cursor=cursor)
            found |= {tool.name: tool.inputSchema if is_old else tool.input_schema for tool in page.tools}
            cursor = page.nextCursor if is_old else page.next_cursor
            if cursor is None:
                return found

    async def call(self, tool, arguments):
        """Whether it is an error, and what the model reads. The same must be there as text and as an object: hosts show one or the other."""
        result = await self.client.call_tool(tool, self.world | arguments)
        text = "".join(block.text for block in result.content)
        seen = result.structuredContent if is_old else result.structured_content
        failed = result.isError if is_old else result.is_error
        assert failed or seen is None or json.loads(text) == seen, (text, seen)
        return failed, text if seen is None else seen

    async def begin(self, task):
        """Begins the task's episode: in the session's own world, or in a new one."""
        if not self.is_stateless:
            return await self.call("wardian_reset", {"task": task})
        self.world = {}
        failed, opened = await self.call("wardian_open", {"task": task})
        self.world = {} if failed else {"world": opened["world"]}
        return failed, opened

    async def prompt(self, name, arguments=None):
        result = await self.client.get_prompt(name, arguments)
        return "".join(message.content.text for message in result.messages)

    async def read(self, uri):
        return "".join(content.text for content in (await self.client.read_resource(uri)).contents)


@asynccontextmanager
async def linked(url, mode):
    if is_old:
        async with streamablehttp_client(url) as (read, write, session), ClientSession(read, write) as client:
            yield Link(client, (await client.initialize()).protocolVersion, session())
    else:
        async with Client(url, mode=mode) as client:
            yield Link(client, client.protocol_version)
