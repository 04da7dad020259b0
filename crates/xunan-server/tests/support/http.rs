//! The smallest HTTP client: its sockets can be cut anywhere.

use std::net::SocketAddr;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn zstd_json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&zstd::decode_all(self.body.as_slice()).unwrap()).unwrap()
    }
}

fn head(method: &str, path: &str, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

pub(crate) async fn send(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
) -> Reply {
    let mut socket = begin(addr, method, path, headers, body.len(), body).await;
    finish(&mut socket).await
}

/// Sends the head, which announces `length` bytes, and `body`, which may be less; then leaves the
/// socket to the test.
pub(crate) async fn begin(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&'static str, String)],
    length: usize,
    body: &[u8],
) -> TcpStream {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket
        .write_all(head(method, path, headers, length).as_bytes())
        .await
        .unwrap();
    // The server may answer before it has read all.
    let _ = socket.write_all(body).await;
    socket
}

pub(crate) async fn finish(socket: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Reply {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}
