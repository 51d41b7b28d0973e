//! `minio server FOLDER --address HOST:PORT`: an S3 server with MinIO's command line, environment and health paths, and not its
//! versioning, policies or console. Over TLS where `--certs-dir` (else `~/.minio/certs`) has `public.crt` and `private.key`.
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What the command line asked for.
struct Settings {
    folder: PathBuf,
    address: String,
    certificates: PathBuf,
}

fn settings(words: impl Iterator<Item = String>) -> Result<Settings, Fault> {
    // as the official entry point, which takes the program's name or leaves it out
    let mut words = words.skip_while(|word| word == "minio");
    if words.next().as_deref() != Some("server") {
        return Err(
            "usage: minio server FOLDER [--address HOST:PORT] [--console-address HOST:PORT]".into(),
        );
    }
    let (mut folder, mut address) = (None, ":9000".to_owned());
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".into());
    let mut certificates = Path::new(&home).join(".minio/certs");
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match name {
            "--address" => {
                address = value
                    .or_else(|| words.next())
                    .ok_or("--address needs HOST:PORT")?
            }
            "--certs-dir" | "-S" => {
                certificates = value
                    .or_else(|| words.next())
                    .ok_or("--certs-dir needs a folder")?
                    .into()
            }
            // there is no console; the option is taken, so that the command written for MinIO works
            "--console-address" => drop(value.or_else(|| words.next())),
            "--quiet" | "--json" | "--anonymous" => {}
            option if option.starts_with('-') => {
                return Err(format!("no such option: {option}").into());
            }
            path => folder = Some(PathBuf::from(path)),
        }
    }
    let address = if address.starts_with(':') {
        format!("0.0.0.0{address}")
    } else {
        address
    };
    Ok(Settings {
        folder: folder.ok_or("a folder is missing: minio server FOLDER")?,
        address,
        certificates,
    })
}

/// What TLS is spoken with; none where the folder has no certificate.
fn tls(folder: &Path) -> Result<Option<TlsAcceptor>, Fault> {
    let (certificate, key) = (folder.join("public.crt"), folder.join("private.key"));
    if !certificate.exists() && !key.exists() {
        return Ok(None);
    }
    let fault = |path: &Path, error: pem::Error| format!("{}: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .map_err(|error| fault(&certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|error| fault(&key, error))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Some(Arc::new(config).into()))
}

/// A setting from `NAME`, or from the file that `NAME_FILE` names, of MinIO's least length.
fn credential(name: &str, least: usize) -> Result<String, Fault> {
    let file = std::env::var(format!("{name}_FILE")).ok();
    let value = match file {
        Some(file) => std::fs::read_to_string(&file)
            .map_err(|error| format!("{file}: {error}"))?
            .trim()
            .to_owned(),
        None => std::env::var(name).map_err(|_| format!("{name} is not set"))?,
    };
    if value.len() < least {
        return Err(format!("{name} needs {least} characters or more").into());
    }
    Ok(value)
}

/// The S3 service, with the health paths that MinIO answers without a signature.
#[derive(Clone)]
struct Front(S3Service);

impl Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        match request.uri().path() {
            "/minio/health/live" | "/minio/health/ready" | "/minio/health/cluster" => {
                Box::pin(async { Ok(Response::new(Body::empty())) })
            }
            _ => Box::pin(Service::call(&self.0, request)),
        }
    }
}

/// Answers one client until it is done.
async fn answer(socket: TcpStream, tls: Option<TlsAcceptor>, front: Front, watcher: Watcher) {
    let Some(tls) = tls else {
        return converse(socket, front, watcher).await;
    };
    // who connects and says nothing is not waited for
    let greeted = tokio::time::timeout(Duration::from_secs(10), tls.accept(socket)).await;
    if let Ok(Ok(stream)) = greeted {
        converse(stream, front, watcher).await;
    }
}

async fn converse<S>(stream: S, front: Front, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), front);
    drop(watcher.watch(connection.into_owned()).await);
}

async fn serve() -> Result<(), Fault> {
    let settings = settings(std::env::args().skip(1))?;
    let auth = SimpleAuth::from_single(
        credential("MINIO_ROOT_USER", 3)?,
        credential("MINIO_ROOT_PASSWORD", 8)?,
    );
    std::fs::create_dir_all(&settings.folder)?;
    let mut service = S3ServiceBuilder::new(
        s3s_fs::FileSystem::new(&settings.folder)
            .map_err(|error| format!("{}: {error:?}", settings.folder.display()))?,
    );
    service.set_auth(auth);
    let front = Front(service.build());
    let listener = TcpListener::bind(&settings.address)
        .await
        .map_err(|error| format!("{}: {error}", settings.address))?;
    let tls = tls(&settings.certificates)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    eprintln!("API: {scheme}://{}", listener.local_addr()?);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let graceful = GracefulShutdown::new();
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                Err(error) => {
                    eprintln!("accept: {error}");
                    continue;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        tokio::spawn(answer(
            socket,
            tls.clone(),
            front.clone(),
            graceful.watcher(),
        ));
    }
    // what is being sent may end, within the time a container is given
    drop(tokio::time::timeout(Duration::from_secs(5), graceful.shutdown()).await);
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("minio: {fault}");
            ExitCode::FAILURE
        }
    }
}
