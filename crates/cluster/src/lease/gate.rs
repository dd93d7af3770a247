//! The fence again, as close to the network as a client can put it.
//!
//! A write that has passed the fence is not on its way yet: it waits for a connection, for the task that owns it, for its
//! turn to be encrypted. A process that is stopped in there and goes on long after its term would send it. So every
//! connection over which a leader writes belongs to one term, and looks at the fence before each of its own writes to
//! the network.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower::Service;

use super::fence::{Fence, Moment};

/// Opens connections that end with a term.
#[derive(Debug, Clone)]
pub(crate) struct Gate<C> {
    connector: C,
    fence: Arc<Fence>,
}

/// A connection that sends nothing after its term.
#[derive(Debug)]
pub(crate) struct Gated<S> {
    stream: S,
    fence: Arc<Fence>,
}

impl<C> Gate<C> {
    /// What `connector` opens, for the term of `fence`.
    pub(crate) fn new(connector: C, fence: Arc<Fence>) -> Gate<C> {
        Gate { connector, fence }
    }
}

impl<C> Service<Uri> for Gate<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = Gated<C::Response>;
    type Error = C::Error;
    type Future = BoxFuture<'static, Result<Gated<C::Response>, C::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let fence = self.fence.clone();
        self.connector.call(server).map(|stream| stream.map(|stream| Gated { stream, fence })).boxed()
    }
}

impl<S> Gated<S> {
    fn pass(&self) -> io::Result<()> {
        if self.fence.has_ended(Moment::now()) {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the term of leadership has ended"));
        }
        Ok(())
    }
}

impl<S: Write + Unpin> Write for Gated<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.pass()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pass()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pass()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Read + Unpin> Read for Gated<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: Connection> Connection for Gated<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}
