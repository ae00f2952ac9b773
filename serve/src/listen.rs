//! The listener: connections within a limit, none of which can hold its place by doing nothing.

use crate::guard::{Rates, guard};
use crate::{Refused, Server, routes};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::middleware::from_fn_with_state;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// Time for the head of a request; also how long a connection may wait for its next one. Clients of NeMo Gym keep theirs for 15 s and ask
/// again for ever where one broke.
const HEAD: Duration = Duration::from_secs(75);
/// Most bytes of a head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long requests in progress may take once the server was told to stop.
const LAST: Duration = Duration::from_secs(10);
/// Most connections that can be counted.
const PLACES_MAX: u32 = 1 << 20;
/// Pause after the system refused to accept, such as for want of file descriptors.
const RECOVER: Duration = Duration::from_millis(50);

impl Server {
    /// Everything that it answers, as an axum router, without the listener's limits.
    pub fn router(self: &Arc<Self>) -> Router {
        let rates = Rates::new(self.options().rate_max);
        routes::all(self, &rates).layer(from_fn_with_state((Arc::clone(self), rates), guard))
    }

    /// Answers on `listener` until `stop` comes true. Requests in progress are answered, sockets closed.
    ///
    /// # Errors
    /// None at present; what goes wrong with a connection ends that connection.
    pub async fn run(self: &Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let router = self.router();
        let places_max = u32::try_from(self.options().connections_max).unwrap_or(u32::MAX).min(PLACES_MAX);
        let places = Arc::new(Semaphore::new(places_max as usize));
        let sweeper = tokio::spawn(sweep(Arc::clone(self)));
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(RECOVER).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                self.metrics().refused(Refused::Connections);
                continue;
            };
            let (router, stopping) = (router.clone(), self.stopping());
            tokio::spawn(async move {
                if let Err(error) = connection(stream, peer, router, stopping).await {
                    tracing::debug!(%peer, %error, "connection ended");
                }
                drop(place);
            });
        }
        drop(listener);
        self.stop();
        sweeper.abort();
        // All places are free once every connection has ended.
        let _ = tokio::time::timeout(LAST, places.acquire_many(places_max)).await;
        Ok(())
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stopping: watch::Receiver<bool>) -> Result<(), hyper::Error> {
    // Small answers are sent at once.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES_MAX);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    tokio::select! {
        done = &mut connection => return done,
        _ = stopping.wait_for(|stopping| *stopping) => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

async fn sweep(server: Arc<Server>) {
    loop {
        tokio::time::sleep(server.sessions().sweep_pause()).await;
        let closed = server.sessions().sweep();
        if closed > 0 {
            tracing::info!(closed, "idle sessions closed");
        }
    }
}
