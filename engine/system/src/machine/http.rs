//! HTTP, as far as downloads and probes need it.
pub mod checksum;
pub mod client;
pub mod download;

use play_core::Fault;
use play_core::probe::{HttpRequest, Observation};
use std::io::Read;
use std::time::Duration;

pub use download::download;

/// An answer's body is carried up to this many bytes.
const BODY: u64 = 1 << 20;
/// A whole exchange, where the request does not say.
const LIMIT: Duration = Duration::from_secs(30);

/// One exchange. `holds` is a status below 400; what hinders an answer is an observation, a request that makes no sense a fault.
pub fn request(request: &HttpRequest) -> Result<Observation, Fault> {
    let limit = match request.timeout {
        0 => LIMIT,
        seconds => Duration::from_secs(seconds),
    };
    let agent = client::agent(limit, request.follow, request.verify)?;
    let built = client::build(
        &request.method,
        &request.url,
        &request.headers,
        request.login.as_ref(),
        request.body.clone(),
    )?;
    let answer = match agent.run(built) {
        Ok(answer) => answer,
        Err(error) => {
            return Ok(Observation {
                seen: client::words(&error),
                ..Observation::default()
            });
        }
    };
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let mut body = Vec::new();
    let read = answer
        .into_body()
        .into_reader()
        .take(BODY)
        .read_to_end(&mut body);
    let (holds, seen) = match read {
        Ok(_) => (status < 400, format!("status {status}")),
        Err(error) => (false, format!("status {status}, then {error}")),
    };
    Ok(Observation {
        holds,
        seen,
        status: Some(status),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// A URL for messages: without the user, the password and the query, which may hold a token.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest
                .split_once('/')
                .map_or((rest, None), |(a, p)| (a, Some(p)));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            path.map_or_else(
                || format!("{scheme}://{host}"),
                |path| format!("{scheme}://{host}/{path}"),
            )
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};

    /// Answers one request with these bytes; the URL to ask, and what was asked.
    pub(super) fn serve(answer: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let url = format!("http://{}", listener.local_addr().expect("address"));
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("asked");
            let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
            let mut head = String::new();
            while reader.read_line(&mut head).expect("read") > 2 {}
            stream.write_all(&answer).expect("answered");
            head
        });
        (url, asked)
    }

    #[test]
    fn a_status_that_is_an_error_is_an_observation() {
        let (url, asked) =
            serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nX-A: b\r\n\r\nbusy".to_vec());
        let seen = request(&HttpRequest {
            url,
            method: "GET".into(),
            login: Some(("ann".into(), "pass".into())),
            verify: true,
            ..HttpRequest::default()
        })
        .expect("answered");
        assert!(!seen.holds);
        assert_eq!((seen.status, seen.body.as_str()), (Some(503), "busy"));
        assert!(seen.headers.contains(&("x-a".into(), "b".into())));
        let head = asked.join().expect("served").to_lowercase();
        assert!(head.contains("authorization: basic yw5uonbhc3m="), "{head}");
    }

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        assert_eq!(shown("https://u:p@h:1/a?token=x"), "https://h:1/a");
    }
}
