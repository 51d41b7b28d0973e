//! Names to addresses, by the host's own `getent`: a static program must not load the host's resolver libraries.
use crate::program::Program;
use play_core::Fault;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Resolvers give up after 5 s a server; three of them.
const LIMIT: Duration = Duration::from_secs(15);

/// The addresses of a host name or address literal, in the order the host prefers; at least one.
pub fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if host.is_empty() || host.starts_with('-') {
        return Err(Fault::arguments(format!("not a host name: `{host}`")));
    }
    let ended = Program::new("getent")
        .args(["ahosts", host])
        .limit(LIMIT)
        .run()?;
    let mut found: Vec<SocketAddr> = Vec::new();
    for line in ended.out().lines() {
        let address = line.split_whitespace().next().map(str::parse::<IpAddr>);
        if let Some(Ok(address)) = address {
            let address = SocketAddr::new(address, port);
            if !found.contains(&address) {
                found.push(address);
            }
        }
    }
    if found.is_empty() {
        return Err(Fault::stated(format!("the name {host} does not resolve")));
    }
    Ok(found)
}
