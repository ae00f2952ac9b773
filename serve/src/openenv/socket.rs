//! `/ws`: a socket is a session, or stands for one that was made over HTTP.

use super::wire::{Fault, Request, read};
use super::{Shared, action, rpc};
use crate::{Full, Protocol, Refused, Session, World};
use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that a socket reads at once: what an idle one holds.
const READ_BYTES: usize = 4096;
/// Bytes of answers that may wait for a client that does not read.
const WAITING_BYTES_MAX: usize = 8 << 20;
/// A client from which nothing comes for so long is asked whether it is there …
const QUIET: Duration = Duration::from_secs(30);
/// … and gone if nothing comes for so long after that. Trainers stop for seconds on end.
const GONE: Duration = Duration::from_secs(90);
/// How long a client that was turned away may take to go.
const LEAVE: Duration = Duration::from_secs(10);
/// The code of an orderly end.
const NORMAL: u16 = 1000;

pub(super) async fn upgrade(
    State(shared): State<Shared>,
    path: Option<Path<String>>,
    Query(query): Query<BTreeMap<String, String>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(world) = shared.world(path.as_deref().map(String::as_str)) else {
        return (StatusCode::NOT_FOUND, axum::Json(json!({"detail": "Not Found"}))).into_response();
    };
    let bytes_max = shared.server.options().body_bytes_max;
    let upgrade = upgrade.read_buffer_size(READ_BYTES).write_buffer_size(0).max_write_buffer_size(WAITING_BYTES_MAX);
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    upgrade.max_message_size(bytes_max).max_frame_size(bytes_max).on_upgrade(move |socket| async move {
        let mut stopping = shared.server.stopping();
        tokio::select! {
            () = serve(&shared, &world, query.get("session_id").cloned(), peer, socket) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    })
}

async fn serve(shared: &Shared, world: &Arc<World>, id: Option<String>, peer: Option<IpAddr>, mut socket: WebSocket) {
    match session(shared, world, id) {
        Ok(session) => {
            talk(shared, &session.0, peer, &mut socket).await;
            // Its place is free before the client hears that the connection has ended, for it may come back at once.
            drop(session);
            close(&mut socket).await;
        }
        Err(fault) => {
            let _ = socket.send(Message::text(fault.frame())).await;
            close(&mut socket).await;
        }
    }
}

/// A session for as long as a socket stands for it.
struct Held(Arc<Session>, bool);

impl Drop for Held {
    fn drop(&mut self) {
        if self.1 {
            self.0.detach();
        }
    }
}

fn session(shared: &Shared, world: &Arc<World>, id: Option<String>) -> Result<Held, Fault> {
    let sessions = shared.server.sessions();
    let Some(id) = id else {
        return sessions.own(Protocol::OpenEnv, world).map(|session| Held(session, false)).map_err(|full| self::full(shared, full));
    };
    let unknown = || Fault::Session(format!("Unknown session_id: {}", wardian_format::names::untrusted(&id, 80)));
    let session = sessions.find(Protocol::OpenEnv, &id).ok_or_else(unknown)?;
    if !session.attach() {
        return Err(Fault::Session(format!("Session {id} already has an attached WebSocket")));
    }
    Ok(Held(session, true))
}

pub(super) fn full(shared: &Shared, full: Full) -> Fault {
    shared.server.metrics().refused(Refused::Sessions);
    Fault::Full { active: full.active, max: full.max }
}

/// Answers until either side ends it.
async fn talk(shared: &Shared, session: &Arc<Session>, peer: Option<IpAddr>, socket: &mut WebSocket) {
    let mut asked = false;
    loop {
        let wait = if asked { GONE } else { QUIET };
        let message = match tokio::time::timeout(wait, socket.recv()).await {
            Ok(Some(Ok(message))) => message,
            Ok(None | Some(Err(_))) => return,
            Err(_) if asked => return,
            Err(_) => {
                asked = true;
                if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
                continue;
            }
        };
        asked = false;
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return,
            Message::Binary(_) => {
                let fault = Fault::Session("messages are text".to_owned());
                let _ = socket.send(Message::text(fault.frame())).await;
                return;
            }
        };
        if !shared.rates.take(peer) {
            shared.server.metrics().refused(Refused::Rate);
            let fault = Fault::Refused("too many requests in too little time".to_owned());
            if socket.send(Message::text(fault.frame())).await.is_err() {
                return;
            }
            continue;
        }
        let answer = match answer(shared, session, &text).await {
            Ok(Some(answer)) => answer,
            Ok(None) => return,
            Err(fault) => {
                let sent = socket.send(Message::text(fault.frame())).await;
                if fault.is_last() || sent.is_err() {
                    return;
                }
                continue;
            }
        };
        if socket.send(Message::text(answer)).await.is_err() {
            return;
        }
    }
}

/// The answer to a message; none where it ends the session.
async fn answer(shared: &Shared, session: &Arc<Session>, text: &str) -> Result<Option<String>, Fault> {
    let server = &shared.server;
    Ok(Some(match read(text)? {
        Request::Reset(data) => action::reset(server, session, &data).await?.frame(),
        Request::Step(action) => action::step(server, session, &action).await?.frame(),
        Request::State => json!({"type": "state", "data": action::state(session).await?}).to_string(),
        Request::Mcp(request) => json!({"type": "mcp", "data": rpc::answer(shared, rpc::At::Socket(session), &request).await}).to_string(),
        Request::Close => return Ok(None),
    }))
}

/// Ends the connection in good order, and reads on until the client has gone, so that it can read what it was told.
async fn close(socket: &mut WebSocket) {
    let frame = CloseFrame { code: NORMAL, reason: "".into() };
    let _ = socket.send(Message::Close(Some(frame))).await;
    let _ = tokio::time::timeout(LEAVE, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
}
