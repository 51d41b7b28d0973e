//! Waiting for something to hold.
use super::{address, http};
use crate::Context;
use play_core::probe::{Observation, Probe};
use play_core::{Effect, Fault, Value};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection that is neither accepted nor refused in this time is filtered.
const CONNECT: Duration = Duration::from_secs(5);
/// A pattern is looked for in this much of a file, from its end: logs grow.
const READ: u64 = 8 << 20;

/// Looks once: an [`Observation`]. What cannot be reached is an observation too; a probe that makes no sense is a fault.
pub fn observe(probe: &Probe) -> Result<Value, Fault> {
    let seen = once(probe, CONNECT)?;
    serde_json::to_value(seen).map_err(|error| Fault::Bug {
        message: error.to_string(),
    })
}

/// Looks until the probe holds or its time is up; then the fault says what was seen last.
pub fn wait(
    probe: &Probe,
    seconds: u64,
    interval_ms: u64,
    context: &Context,
) -> Result<Effect, Fault> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let begun = Instant::now();
    loop {
        context.proceed()?;
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = CONNECT.min(left).max(Duration::from_millis(100));
        let seen = once(probe, limit)?;
        if seen.holds {
            let elapsed = begun.elapsed().as_secs();
            return Ok(Effect {
                output: serde_json::json!({ "elapsed": elapsed, "seen": seen.seen, "status": seen.status }),
            });
        }
        let pause = Duration::from_millis(interval_ms.max(10));
        if Instant::now() + pause > deadline {
            return Err(Fault::Timeout {
                what: words(probe),
                seconds,
                seen: Some(seen.seen),
            });
        }
        std::thread::sleep(pause);
    }
}

/// What it means that the time is up, before what was waited for.
pub fn meaning(fault: Fault, message: Option<&str>) -> Fault {
    match (fault, message) {
        (fault @ Fault::Timeout { .. }, Some(message)) => {
            Fault::stated(format!("{message} ({fault})"))
        }
        (fault, _) => fault,
    }
}

fn once(probe: &Probe, limit: Duration) -> Result<Observation, Fault> {
    match probe {
        Probe::Tcp { host, port, open } => Ok(connect(host, *port, *open, limit)),
        Probe::Path {
            path,
            present,
            pattern,
        } => exists(path, *present, pattern.as_deref()),
        Probe::Http(request) => http::request(request),
    }
}

/// What is waited for, in words.
fn words(probe: &Probe) -> String {
    match probe {
        Probe::Tcp { host, port, open } => {
            let state = if *open { "open" } else { "closed" };
            format!("port {port} of {host} {state}")
        }
        Probe::Path {
            path,
            present: false,
            ..
        } => format!("{path} gone"),
        Probe::Path {
            path,
            pattern: Some(pattern),
            ..
        } => format!("`{pattern}` in {path}"),
        Probe::Path { path, .. } => format!("{path} present"),
        Probe::Http(request) => format!("an answer of {}", http::shown(&request.url)),
    }
}

fn connect(host: &str, port: u16, open: bool, limit: Duration) -> Observation {
    let addresses = match address::resolve(host, port) {
        Ok(addresses) => addresses,
        Err(fault) => return seen(!open, fault.to_string()),
    };
    let mut words = String::new();
    for address in addresses {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(_) => return seen(open, format!("{address} accepts connections")),
            Err(error) => {
                let error = match error.kind() {
                    std::io::ErrorKind::TimedOut => "no answer".to_owned(),
                    std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
                    _ => error.to_string(),
                };
                words = format!("{address}: {error}");
            }
        }
    }
    seen(!open, words)
}

fn exists(path: &str, present: bool, pattern: Option<&str>) -> Result<Observation, Fault> {
    let pattern = pattern
        .map(|text| regex::RegexBuilder::new(text).multi_line(true).build())
        .transpose()
        .map_err(|error| Fault::arguments(format!("not a pattern: {error}")))?;
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(seen(!present, format!("{path} is not there")));
        }
        Err(error) => return Ok(seen(false, format!("{path}: {error}"))),
    };
    let Some(pattern) = pattern else {
        return Ok(seen(present, format!("{path} is there")));
    };
    if !metadata.is_file() {
        return Err(Fault::NotRegular { path: path.into() });
    }
    let text = tail(path).map_err(|error| Fault::file("read", path, &error))?;
    let matches = pattern.is_match(&text);
    let words = if matches { "matches" } else { "does not match" };
    Ok(seen(matches == present, format!("{path} {words}")))
}

/// The end of a file, whatever its encoding.
fn tail(path: &str) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(READ)))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn seen(holds: bool, words: String) -> Observation {
    Observation {
        holds,
        seen: words,
        ..Observation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_seen_open_then_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let port = listener.local_addr().expect("address").port();
        let probe = |open| Probe::Tcp {
            host: "127.0.0.1".into(),
            port,
            open,
        };
        assert!(once(&probe(true), CONNECT).expect("seen").holds);
        drop(listener);
        let closed = once(&probe(true), CONNECT).expect("seen");
        assert!(
            !closed.holds && closed.seen.contains("refused"),
            "{closed:?}"
        );
        assert!(once(&probe(false), CONNECT).expect("seen").holds);
    }

    #[test]
    fn time_that_is_up_tells_what_was_seen() {
        let probe = Probe::Path {
            path: "/nonexistent/marker".into(),
            present: true,
            pattern: None,
        };
        let fault = wait(&probe, 0, 10, &Context::default()).expect_err("never there");
        assert!(fault.to_string().contains("is not there"), "{fault}");
    }

    #[test]
    fn the_tasks_own_words_come_first_when_the_time_is_up() {
        let probe = Probe::Path {
            path: "/no-such-file-here".into(),
            present: true,
            pattern: None,
        };
        let context = Context::default();
        let fault = wait(&probe, 0, 10, &context)
            .map(drop)
            .map_err(|fault| meaning(fault, Some("start it")).to_string());
        assert!(fault.is_err_and(|words| words.starts_with("start it (") && words.contains("within 0 s")));
    }
}
