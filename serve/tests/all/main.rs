//! The server, spoken to over loopback by clients that are none of ours below the protocol: tungstenite and reqwest.

mod mcp;
mod nemo;
mod openenv;
mod ors;
mod server;
mod support;
