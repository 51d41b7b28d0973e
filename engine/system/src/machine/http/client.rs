//! The HTTP client: the host's own names, the host's own certificates, the proxies of its environment.
use super::super::address;
use base64::Engine;
use play_core::Fault;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// Where distributions keep the certificates they trust, in one file.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A client for one exchange or download. `http_proxy`, `https_proxy` and `no_proxy` are honoured.
pub(super) fn agent(limit: Duration, follow: bool, verify: bool) -> Result<Agent, Fault> {
    let roots = if verify {
        trusted()?
    } else {
        Arc::new(Vec::new())
    };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(roots))
        .disable_verification(!verify)
        .build();
    let config = Config::builder()
        .http_status_as_error(false)
        .timeout_global(Some(limit))
        .max_redirects(if follow { 10 } else { 0 })
        .max_redirects_will_error(follow)
        .user_agent(AutoHeaderValue::Provided(Arc::new("play".to_owned())))
        .tls_config(tls)
        .build();
    Ok(Agent::with_parts(
        config,
        DefaultConnector::default(),
        Names,
    ))
}

/// A request with its headers; a body is sent whatever the method.
pub(super) fn build(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    login: Option<&(String, String)>,
    body: Option<String>,
) -> Result<Request<String>, Fault> {
    let method = if method.is_empty() { "GET" } else { method };
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some((user, password)) = login {
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        request = request.header("Authorization", format!("Basic {token}"));
    }
    request
        .body(body.unwrap_or_default())
        .map_err(|error| Fault::arguments(format!("no HTTP request: {error}")))
}

/// What went wrong, as short as `connection refused`.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            std::io::ErrorKind::TimedOut => "no answer".to_owned(),
            _ => error.to_string(),
        },
        Error::Timeout(stage) => format!("no answer in time ({stage})"),
        Error::HostNotFound => "the name does not resolve".to_owned(),
        other => other.to_string(),
    }
}

/// The host's trusted certificates, read once.
fn trusted() -> Result<Arc<Vec<Certificate<'static>>>, Fault> {
    static KNOWN: OnceLock<Arc<Vec<Certificate<'static>>>> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known.clone());
    }
    let bundle = std::env::var_os("SSL_CERT_FILE")
        .map(std::path::PathBuf::from)
        .into_iter()
        .chain(BUNDLES.iter().map(std::path::PathBuf::from))
        .find_map(|path| std::fs::read(path).ok());
    let Some(bundle) = bundle else {
        return Ok(Arc::new(Vec::new()));
    };
    let certificates: Vec<_> = parse_pem(&bundle)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(Fault::Unsupported {
            what: "a certificate bundle with certificates in it".into(),
            hint: Some("package ca-certificates".into()),
        });
    }
    Ok(KNOWN.get_or_init(|| Arc::new(certificates)).clone())
}

/// Names by the host's `getent`.
#[derive(Debug)]
struct Names;

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let standard = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = uri.port_u16().unwrap_or(standard);
        let found = address::resolve(host, port).map_err(|_| Error::HostNotFound)?;
        let mut addresses = self.empty();
        for address in config.ip_family().keep_wanted(found.into_iter()).take(16) {
            addresses.push(address);
        }
        if addresses.is_empty() {
            return Err(Error::HostNotFound);
        }
        Ok(addresses)
    }
}
