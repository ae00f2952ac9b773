-- The tools of guests/conformance, made by `wardian tool build` from its sources; change them there.

-- @tool echo
-- @doc Gives back a value of JSON.
-- @params {"type":"object","properties":{"value":true},"required":["value"],"additionalProperties":false}
-- @guest conformance
-- @effect read

-- @tool values
-- @doc Reads a value of each kind that SQLite has.
-- @params {"type":"object","additionalProperties":false}
-- @guest conformance
-- @effect read

-- @tool store
-- @doc Writes a value of one kind and reads it back.
-- @params {"type":"object","properties":{"id":{"type":"string"},"kind":{"type":"string"},"text":{"type":"string"}},"required":["id","kind","text"],"additionalProperties":false}
-- @guest conformance

-- @tool fail
-- @doc Fails with a code.
-- @params {"type":"object","properties":{"code":{"type":"string"},"message":{"type":"string"}},"required":["code","message"],"additionalProperties":false}
-- @guest conformance
-- @effect read

-- @tool attempt
-- @doc Runs a statement, whose failure is no failure of the call.
-- @params {"type":"object","properties":{"sql":{"type":"string"}},"required":["sql"],"additionalProperties":false}
-- @guest conformance

-- @tool uncaught
-- @doc Runs a statement, whose failure is that of the call.
-- @params {"type":"object","properties":{"sql":{"type":"string"}},"required":["sql"],"additionalProperties":false}
-- @guest conformance

-- @tool many
-- @doc Runs many statements, every third of which fails.
-- @params {"type":"object","properties":{"times":{"type":"integer"}},"required":["times"],"additionalProperties":false}
-- @guest conformance

-- @tool many_then_fail
-- @doc Runs many statements and fails then.
-- @params {"type":"object","properties":{"times":{"type":"integer"}},"required":["times"],"additionalProperties":false}
-- @guest conformance

-- @tool explode
-- @doc Writes, and ends in the way of its language that nobody expected.
-- @params {"type":"object","additionalProperties":false}
-- @guest conformance

-- @tool calls
-- @doc How often this memory was called.
-- @params {"type":"object","additionalProperties":false}
-- @guest conformance
-- @effect read
