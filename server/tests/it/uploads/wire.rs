//! The smallest HTTP/1.1 client that can be cut anywhere: it shares nothing with the server under test.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// One connection for one request.
pub struct Wire {
    stream: TcpStream,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The sentence in the body of a refusal.
    pub fn message(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("a refusal is JSON");
        body["message"].as_str().expect("a refusal has a message").to_owned()
    }
}

impl Wire {
    /// Connects.
    pub fn open(address: SocketAddr) -> Self {
        // Bytes that lie in our own kernel when the other side dies are lost by nature. The buffer is kept small, so
        // that the tests of resuming measure the server; only tokio's socket can set it before connecting.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.set_send_buffer_size(64 * 1024).expect("a small buffer");
            socket.connect(address).await.expect("the server listens").into_std().expect("a socket")
        });
        stream.set_nonblocking(false).expect("a socket may block");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket takes a timeout");
        stream.set_nodelay(true).expect("a socket takes nodelay");
        Self { stream }
    }

    /// A whole exchange. `Tus-Resumable` and the caller `ada/operator` are sent where `headers` name no others; a
    /// header with an empty value is left out.
    pub fn exchange(mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send_head(method, path, headers, Some(body.len() as u64)).expect("the head is sent");
        // The server may refuse and close before all is sent; then its answer counts.
        let _ = self.stream.write_all(body);
        self.read_answer().expect("an answer")
    }

    /// Sends the head alone; without a length, the body is chunked.
    pub fn send_head(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        length: Option<u64>,
    ) -> io::Result<()> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: yard\r\nconnection: close\r\n");
        for (name, value) in [("tus-resumable", "1.0.0"), ("x-caller", "ada/operator")] {
            if !headers.iter().any(|(sent, _)| *sent == name) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match length {
            Some(length) => head.push_str(&format!("content-length: {length}\r\n\r\n")),
            None => head.push_str("transfer-encoding: chunked\r\n\r\n"),
        }
        self.stream.write_all(head.as_bytes())
    }

    /// Sends bytes of the body.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends bytes of a chunked body.
    pub fn send_chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
        self.stream.write_all(bytes)?;
        self.stream.write_all(b"\r\n")
    }

    /// Ends the connection in the middle.
    pub fn cut(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The answer, where it comes within `patience`.
    pub fn answer_within(&mut self, patience: Duration) -> Option<Answer> {
        self.stream.set_read_timeout(Some(patience)).expect("a socket takes a timeout");
        let mut first = [0];
        let peeked = self.stream.peek(&mut first);
        self.stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket takes a timeout");
        peeked.ok().filter(|read| *read > 0).and_then(|_| self.read_answer().ok())
    }

    /// Reads the answer; an error when the connection ended without one.
    pub fn read_answer(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                Err(_) if !bytes.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Ok(Answer { status: status.ok_or(io::ErrorKind::InvalidData)?, headers, body: body.to_owned() })
    }
}
