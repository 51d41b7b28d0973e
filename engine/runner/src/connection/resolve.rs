//! From a name to a TCP connection, with a deadline that is named when it passes.
use super::fault::{ConnectFault, Stage};
use super::prompt_stream::PromptStream;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

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
        .map_or_else(|| format!("{host}:{port}"), ToString::to_string);
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

async fn try_each(
    addresses: &[SocketAddr],
) -> Result<PromptStream, Option<(SocketAddr, io::Error)>> {
    let mut last = None;
    for address in addresses {
        let stream = match TcpStream::connect(address).await {
            Ok(stream) => PromptStream::new(stream),
            Err(error) => Err(error),
        };
        match stream {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some((*address, error)),
        }
    }
    Err(last)
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
