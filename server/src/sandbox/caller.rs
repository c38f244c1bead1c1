//! A call that a fake vendor makes by itself: one HTTP/1.1 POST, to this machine only.
//! Opens no other address, follows nothing, and keeps of the answer its status and its beginning.

use axum::http::Uri;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How much of an answer is read.
const MAX_ANSWER_BYTES: u64 = 65_536;

/// A call to be made.
pub struct Outgoing<'a> {
    pub url: &'a str,
    pub content_type: &'a str,
    pub bearer: Option<&'a str>,
    pub body: Vec<u8>,
}

/// What came back.
pub struct CameBack {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Makes the call.
///
/// # Errors
/// `InvalidInput` for an address that is not plain http on this machine; nothing was opened then. Else what the network
/// said.
pub async fn post_on_this_machine(call: Outgoing<'_>) -> io::Result<CameBack> {
    let uri: Uri = call.url.parse().map_err(|_| refuse("the address is none"))?;
    let address = find_loopback(&uri)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let bearer = call.bearer.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    if call.bearer.is_some_and(|token| token.chars().any(char::is_control)) {
        return Err(refuse("a token with control characters is none"));
    }
    let length = call.body.len();
    let kind = call.content_type;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n{bearer}\r\n"
    );
    let exchange = async {
        let (read, mut write) = TcpStream::connect(address).await?.into_split();
        let mut answer = Vec::new();
        let mut limited = read.take(MAX_ANSWER_BYTES);
        // A server that refuses a large body answers before it has read it all: that is no fault of the call.
        let send = async {
            write.write_all(head.as_bytes()).await?;
            write.write_all(&call.body).await
        };
        let (sent, received) = tokio::join!(send, limited.read_to_end(&mut answer));
        read_answer(&answer).ok_or_else(|| sent.err().or(received.err()).unwrap_or_else(|| refuse("no answer came")))
    };
    tokio::time::timeout(LIMIT, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn refuse(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

/// The address itself must say that it is this machine: no name but `localhost` is believed or looked up.
fn find_loopback(uri: &Uri) -> io::Result<SocketAddr> {
    if uri.scheme_str() != Some("http") {
        return Err(refuse("the fake vendors call plain http on this machine only"));
    }
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let ip = if host == "localhost" { Some(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { host.parse().ok() };
    match ip.filter(IpAddr::is_loopback) {
        Some(ip) => Ok(SocketAddr::from((ip, uri.port_u16().unwrap_or(80)))),
        None => Err(refuse("the fake vendors call nobody but this machine")),
    }
}

fn read_answer(answer: &[u8]) -> Option<CameBack> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(CameBack { status, body: answer[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::find_loopback;

    #[test]
    fn only_this_machine_is_called() {
        for (url, is_called) in [
            ("http://127.0.0.1:3000/callbacks/x", true),
            ("http://localhost:3000/x", true),
            ("http://[::1]:3000/x", true),
            ("https://127.0.0.1/x", false),
            ("http://10.0.0.1/x", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("http://0.0.0.0:3000/x", false),
            ("http://127.0.0.1.nip.io/x", false),
            ("http://localhost.example.com/x", false),
            ("http://user@example.com/x", false),
            ("http://2130706433/x", false),
            ("/x", false),
        ] {
            assert_eq!(find_loopback(&url.parse().unwrap()).is_ok(), is_called, "{url}");
        }
    }
}
