//! A way to the fake vendors that can be darkened: a TCP server of the tests' own, which passes bytes on or spoils them.
//! Knows no vendor; of HTTP only where a message ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Duration;

/// How the vendor is dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dark {
    /// Accepts, reads, and never answers.
    Hangs,
    /// Does its work, and answers one byte at a time, longer than anybody waits.
    Trickles,
    /// Does its work, and resets the connection in the middle of the answer's head.
    Resets,
    /// Does its work, and the answer's body ends after its first bytes.
    Truncates,
    /// Does nothing, and answers with a web page that says 500.
    SaysHtml,
}

/// The way to a vendor.
pub struct Shade {
    address: SocketAddr,
    dark: watch::Sender<Option<Dark>>,
    calls: Arc<Calls>,
    listener: AbortHandle,
}

/// The calls that came while it was dark.
#[derive(Default)]
struct Calls {
    came: AtomicUsize,
    hanging_submits: AtomicUsize,
    hanging_questions: AtomicUsize,
}

impl Shade {
    /// A light way to `vendor`.
    pub async fn open(vendor: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (dark, seen) = watch::channel(None);
        let calls = Arc::new(Calls::default());
        let counted = calls.clone();
        let listener = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (mut seen, calls) = (seen.clone(), counted.clone());
                tokio::spawn(async move {
                    let way = *seen.borrow_and_update();
                    // When the light changes, every connection of before ends.
                    tokio::select! {
                        _ = seen.changed() => {}
                        _ = serve_client(client, vendor, way, &calls) => {}
                    }
                });
            }
        });
        Self { address, dark, calls, listener: listener.abort_handle() }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes it dark, or light again. What is under way breaks off.
    pub fn turn(&self, dark: Option<Dark>) {
        self.dark.send_replace(dark);
    }

    /// How many calls came while it was dark.
    pub fn dark_calls(&self) -> usize {
        self.calls.came.load(Ordering::SeqCst)
    }

    /// How many submits and how many questions hang now.
    pub fn hanging(&self) -> (usize, usize) {
        (self.calls.hanging_submits.load(Ordering::SeqCst), self.calls.hanging_questions.load(Ordering::SeqCst))
    }
}

impl Drop for Shade {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn serve_client(
    mut client: TcpStream,
    vendor: SocketAddr,
    dark: Option<Dark>,
    calls: &Calls,
) -> std::io::Result<()> {
    let Some(dark) = dark else {
        let mut upstream = TcpStream::connect(vendor).await?;
        tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
        return Ok(());
    };
    let request = read_message(&mut client).await?;
    calls.came.fetch_add(1, Ordering::SeqCst);
    match dark {
        Dark::Hangs => {
            let hanging = if request.starts_with(b"POST") { &calls.hanging_submits } else { &calls.hanging_questions };
            let _hangs = Hanging::new(hanging);
            // Ends when the client gives up.
            let _given_up = client.read(&mut [0]).await?;
        }
        Dark::Trickles => {
            for byte in ask_vendor(vendor, &request).await? {
                client.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
        Dark::Resets => {
            let answer = ask_vendor(vendor, &request).await?;
            client.write_all(&answer[..find_body(&answer).unwrap_or(0) / 2]).await?;
            client.set_zero_linger()?;
        }
        Dark::Truncates => {
            let answer = ask_vendor(vendor, &request).await?;
            let end = find_body(&answer).unwrap_or(0) + 7;
            client.write_all(&answer[..end.min(answer.len() - 1)]).await?;
        }
        Dark::SaysHtml => {
            let page = "<!doctype html><title>500</title><h1>Internal Server Error</h1>";
            let head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nConnection: close\r\n";
            client.write_all(format!("{head}Content-Length: {}\r\n\r\n{page}", page.len()).as_bytes()).await?;
        }
    }
    Ok(())
}

/// Counts a call for as long as it hangs.
struct Hanging<'a>(&'a AtomicUsize);

impl<'a> Hanging<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What the vendor answers.
async fn ask_vendor(vendor: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(vendor).await?;
    upstream.write_all(request).await?;
    read_message(&mut upstream).await
}

/// Reads a head and as much of a body as it announces.
async fn read_message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    while find_end(&message).is_none_or(|end| message.len() < end) {
        if stream.read_buf(&mut message).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(message)
}

fn find_body(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| at + 4)
}

fn find_end(message: &[u8]) -> Option<usize> {
    let body = find_body(message)?;
    let head = String::from_utf8_lossy(&message[..body]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    Some(body + length.unwrap_or(0))
}
