//! Takes connections in and answers them with the router, until it is told to stop.
//! Knows no route; a peer that is slow with its request's head is cut here, a slow body by the route's own limit.

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the head of a request may take to arrive, also of the next one on a kept connection.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// A pause after an accept that failed for want of something (file descriptors), so that it does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` fires; then lets the requests under way finish, at most for `grace`, and cuts the rest.
/// Says whether all of them finished.
pub async fn serve_connections(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    grace: Duration,
) -> bool {
    let cut = CancellationToken::new();
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let work = serve_connection(stream, router.clone(), stop.clone());
                let cut = cut.clone();
                connections.spawn(async move { cut.run_until_cancelled(work).await });
            }
            Err(error) if is_about_the_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "A connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    let finished = tokio::time::timeout(grace, connections.wait()).await.is_ok();
    cut.cancel();
    connections.wait().await;
    finished
}

async fn serve_connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Small answers go out at once; failing to ask for that only costs some milliseconds.
    stream.set_nodelay(true).ok();
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_LIMIT);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "A connection ended early");
    }
}

/// Errors of one peer, after which the next can be accepted at once.
fn is_about_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
