//! An HTTP proxy on loopback.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A proxy that leads every tunnel (`CONNECT`) to one server, whatever host is asked for. It ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    tunnels: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to `target`, a host and port, that wants the given name and password.
    pub async fn start(target: &str, username: &str, password: &str) -> io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let tunnels = Arc::new(AtomicUsize::new(0));
        let expected = base64::prelude::BASE64_STANDARD.encode(format!("{username}:{password}"));
        let accepting = tokio::spawn({
            let (target, expected, tunnels) = (target.to_owned(), format!("Basic {expected}"), Arc::clone(&tunnels));
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let (target, expected, tunnels) = (target.clone(), expected.clone(), Arc::clone(&tunnels));
                    tokio::spawn(async move {
                        // An error is one of both sides going away.
                        let _ended = tunnel(client, &target, &expected, &tunnels).await;
                    });
                }
            }
        });
        Ok(Proxy { address, tunnels, accepting })
    }

    /// Where the proxy listens, as `http://host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many tunnels were opened.
    pub fn tunnels(&self) -> usize {
        self.tunnels.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn tunnel(client: TcpStream, target: &str, expected: &str, tunnels: &AtomicUsize) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        client.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let is_allowed = head.iter().any(|line| {
        line.split_once(": ")
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value == expected)
    });
    if !is_allowed {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").await;
    }
    let mut server = TcpStream::connect(target).await?;
    tunnels.fetch_add(1, Ordering::SeqCst);
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
