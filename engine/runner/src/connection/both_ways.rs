//! A stream that is read while it cannot be written to. russh reads nothing while it writes; within another connection, or behind a program,
//! the other side may take nothing more before it is heard: both would wait for ever, and with them every host behind the same jump.
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are kept unread. SSH's windows let far less come unasked.
const KEPT: usize = 64 << 20;

pub(crate) struct BothWays<S> {
    stream: S,
    heard: VecDeque<u8>,
    /// It ended while it was written to.
    ended: bool,
}

impl<S: AsyncRead + Unpin> BothWays<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            heard: VecDeque::new(),
            ended: false,
        }
    }

    /// Takes in what is there, and is woken by what comes.
    fn listen(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut room = [0; 16 << 10];
        while !self.ended {
            let mut buffer = ReadBuf::new(&mut room);
            let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, &mut buffer)
            else {
                return Ok(());
            };
            read?;
            self.ended = buffer.filled().is_empty();
            self.heard.extend(buffer.filled());
            if self.heard.len() > KEPT {
                return Err(io::Error::other("the other side sends and does not read"));
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for BothWays<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.is_empty() {
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let (first, _) = self.heard.as_slices();
        let length = first.len().min(buffer.remaining());
        buffer.put_slice(&first[..length]);
        self.heard.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for BothWays<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_pending() {
            self.listen(context)?;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_pending() {
            self.listen(context)?;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    const SIZE: usize = 1 << 20;

    /// Both sides write all they have, and only then read.
    async fn exchange(near: impl AsyncRead + AsyncWrite + Unpin, far: tokio::io::DuplexStream) {
        async fn side(mut stream: impl AsyncRead + AsyncWrite + Unpin, byte: u8) -> Vec<u8> {
            stream.write_all(&vec![byte; SIZE]).await.expect("written");
            stream.flush().await.expect("flushed");
            let mut heard = vec![0; SIZE];
            stream.read_exact(&mut heard).await.expect("read");
            heard
        }
        let (near, far) = tokio::join!(side(near, 1), side(far, 2));
        assert!(near.iter().all(|byte| *byte == 2) && far.iter().all(|byte| *byte == 1));
    }

    #[tokio::test]
    async fn two_sides_that_write_before_they_read_come_to_an_end() {
        let limit = Duration::from_secs(20);
        let (near, far) = duplex(1000);
        let done = timeout(limit, exchange(BothWays::new(near), far)).await;
        assert!(done.is_ok(), "both wait for each other");
    }

    #[tokio::test]
    async fn what_was_heard_before_the_end_is_read_and_then_the_end() {
        let (near, mut far) = duplex(8);
        let mut near = BothWays::new(near);
        let writing = async {
            far.write_all(b"words").await.expect("written");
            drop(far);
        };
        let full = async { near.write_all(&[0; 100]).await };
        let (broken, ()) = tokio::join!(full, writing);
        assert!(broken.is_err());
        let mut heard = Vec::new();
        near.read_to_end(&mut heard).await.expect("read");
        assert_eq!(heard, b"words");
    }
}
