//! Streams of events as the clients of ORS read them: `task_id` first, then the answer in pieces, the last of which is `end`.

use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

/// A comment is sent so often while nothing else is: after 30 s of silence the clients begin anew.
const PING: Duration = Duration::from_secs(10);
/// Most bytes of a piece. The clients refuse lines of half a megabyte.
const PIECE_BYTES_MAX: usize = 64 << 10;

/// How a stream ends.
pub(super) enum End {
    /// With this text.
    Text(String),
    /// With an error, which ends the client's session.
    Error(&'static str),
}

/// A stream that names itself `id` at once, and ends as `end` comes to.
pub(super) fn answer(id: String, end: impl Future<Output = End> + Send + 'static) -> Response {
    let first = stream::once(async move { Ok::<_, Infallible>(Event::default().event("task_id").data(id)) });
    let rest = stream::once(end).flat_map(|end| {
        let events: Vec<Event> = match end {
            End::Error(words) => vec![Event::default().event("error").data(words)],
            End::Text(text) => {
                let pieces = pieces(&text);
                let last = pieces.len() - 1;
                let named = |(at, piece): (usize, &&str)| Event::default().event(if at == last { "end" } else { "chunk" }).data(*piece);
                pieces.iter().enumerate().map(named).collect()
            }
        };
        stream::iter(events.into_iter().map(Ok))
    });
    let headers = [(header::CACHE_CONTROL, "no-cache"), (HeaderName::from_static("x-accel-buffering"), "no")];
    (headers, Sse::new(first.chain(rest)).keep_alive(KeepAlive::new().interval(PING).text("ping"))).into_response()
}

/// Parts of `text`, at least one, none of which begins with white space: the clients take that away.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while rest.len() > PIECE_BYTES_MAX {
        let fits = |at: &usize| rest.is_char_boundary(*at) && !rest[*at..].starts_with(|c: char| c.is_whitespace());
        let Some(at) = (1..=PIECE_BYTES_MAX).rev().find(fits) else { break };
        let (piece, after) = rest.split_at(at);
        out.push(piece);
        rest = after;
    }
    out.push(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_text_again_and_begin_with_no_white_space() {
        let words = "a  b\u{3000}ü\u{1f600} ".repeat(60_000);
        for text in ["", "x", &words, &"y".repeat(3 * PIECE_BYTES_MAX)] {
            let pieces = pieces(text);
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().skip(1).all(|piece| !piece.starts_with(char::is_whitespace)));
            assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES_MAX));
        }
    }
}
