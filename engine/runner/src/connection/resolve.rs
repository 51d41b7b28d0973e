//! From a name to a TCP connection, with a deadline that is named when it passes.
use super::fault::{ConnectFault, Stage};
use super::hop::written;
use super::prompt_stream::PromptStream;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long an address is left alone before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Tries every address of the name in turn, all within one deadline.
pub(crate) async fn connect(
    host: &str,
    port: u16,
    deadline: Duration,
) -> Result<PromptStream, ConnectFault> {
    let seconds = deadline.as_secs();
    let lookup = timeout(deadline, tokio::net::lookup_host((host, port)));
    let addresses = match lookup.await {
        Err(_) => {
            return Err(late(
                Stage::Resolve,
                format!("no address for {host}"),
                seconds,
            ));
        }
        Ok(Err(error)) => return Err(unresolved(host, &error.to_string())),
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
    };
    let last = addresses
        .last()
        .map_or_else(|| written(host, port), ToString::to_string);
    let attempt = timeout(deadline, try_each(&addresses));
    match attempt.await {
        Err(_) => Err(late(
            Stage::Connect,
            format!("no answer from {last}"),
            seconds,
        )),
        Ok(Err(None)) => Err(unresolved(host, "it has no address")),
        Ok(Err(Some((address, error)))) => Err(failed(address, &error)),
        Ok(Ok(stream)) => Ok(stream),
    }
}

/// The next address is tried as well where one has failed, or has not answered for a moment (RFC 8305): a host whose IPv6 leads
/// nowhere is still reached.
async fn try_each(
    addresses: &[SocketAddr],
) -> Result<PromptStream, Option<(SocketAddr, io::Error)>> {
    let mut waiting = addresses.iter().copied();
    let mut attempts = JoinSet::new();
    let mut last = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(async move { (address, attempt(address).await) });
        }
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok((_, Ok(stream)))) => return Ok(stream),
                Some(Ok((address, Err(error)))) => last = Some((address, error)),
                Some(Err(_)) => {}
                None => return Err(last),
            },
            () = sleep(HEAD_START), if waiting.len() > 0 => {}
        }
    }
}

async fn attempt(address: SocketAddr) -> io::Result<PromptStream> {
    PromptStream::new(TcpStream::connect(address).await?)
}

fn late(stage: Stage, what: String, seconds: u64) -> ConnectFault {
    ConnectFault::Timeout {
        stage,
        what,
        seconds,
    }
}

fn unresolved(host: &str, message: &str) -> ConnectFault {
    ConnectFault::Resolve {
        host: host.to_owned(),
        message: message
            .trim_start_matches("failed to lookup address information: ")
            .to_owned(),
    }
}

fn failed(address: SocketAddr, error: &io::Error) -> ConnectFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectFault::Refused {
            address: address.to_string(),
        },
        _ => ConnectFault::Network {
            address: address.to_string(),
            message: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    /// An address that takes part in no connection: its queue is full.
    async fn silent() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(stream) = timeout(HEAD_START, TcpStream::connect(address)).await {
            queue.push(stream.unwrap());
        }
        (listener, queue, address)
    }

    #[tokio::test]
    async fn an_address_that_says_nothing_does_not_keep_from_the_next() {
        let (_listener, _queue, silent) = silent().await;
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [silent, open.local_addr().unwrap()];
        let reached = timeout(Duration::from_secs(5), try_each(&addresses)).await;
        assert!(reached.is_ok_and(|stream| stream.is_ok()));
        let closed = open.local_addr().unwrap();
        drop(open);
        let refused = try_each(&[closed, closed]).await;
        assert!(refused.is_err_and(|fault| fault.is_some_and(|(address, _)| address == closed)));
    }
}
