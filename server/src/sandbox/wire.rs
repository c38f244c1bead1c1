//! A listener whose connections can be cut from the inside, as a vendor's network does.
//! Knows bytes only; which request is cut is decided by the scripts.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures::task::AtomicWaker;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How long the listener waits after a failed accept (usually: no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A handle on one connection; handlers get it from the connect info.
#[derive(Clone, Debug)]
pub struct Wire(Arc<WireState>);

#[derive(Debug, Default)]
struct WireState {
    cut: AtomicBool,
    waker: AtomicWaker,
}

impl Wire {
    /// Resets the connection: the other side sees it end without an answer.
    pub fn cut_wire(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
        self.0.waker.wake();
    }
}

/// All open connections, so that a stopped sandbox leaves none behind.
#[derive(Clone, Debug, Default)]
pub struct OpenWires(Arc<Mutex<Vec<Weak<WireState>>>>);

impl OpenWires {
    fn add_wire(&self, wire: &Wire) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|old| old.strong_count() > 0);
        open.push(Arc::downgrade(&wire.0));
    }

    /// Resets every open connection.
    pub fn cut_all(&self) {
        for state in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).filter_map(|wire| wire.upgrade()) {
            Wire(state).cut_wire();
        }
    }
}

/// Accepts connections that can be cut.
pub struct WireListener {
    inner: TcpListener,
    open: OpenWires,
}

impl WireListener {
    /// Wraps a bound listener; `open` learns of each connection.
    pub fn new(inner: TcpListener, open: OpenWires) -> Self {
        Self { inner, open }
    }
}

impl Listener for WireListener {
    type Io = WireStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (WireStream, SocketAddr) {
        loop {
            match self.inner.accept().await {
                Ok((stream, address)) => {
                    let wire = Wire(Arc::default());
                    self.open.add_wire(&wire);
                    return (WireStream { stream, wire }, address);
                }
                Err(error) => {
                    tracing::warn!(%error, "The sandbox could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().wire.clone()
    }
}

/// One connection.
pub struct WireStream {
    stream: TcpStream,
    wire: Wire,
}

impl WireStream {
    /// Fails once the wire is cut. Zero linger makes the kernel send RST instead of FIN when the socket is dropped.
    fn check_cut(&self, cx: &Context<'_>) -> io::Result<()> {
        self.wire.0.waker.register(cx.waker());
        if self.wire.0.cut.load(Ordering::SeqCst) {
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for WireStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
