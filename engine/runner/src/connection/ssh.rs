//! SSH: a connection over every hop of the way, and programs started over it.
use super::authentication::Authentication;
use super::both_ways::BothWays;
use super::client::{Client, Farewell, LinkFault, config, explain};
use super::fault::Stage;
use super::hop::{self, Hop};
use super::host_key::HostKeyCheck;
use super::pipe::{Ending, Output, Pipe};
use super::{ConnectFault, Options, Target, proxy_command, resolve};
use russh::client::{Handle, Msg, connect_stream};
use russh::{Channel, ChannelMsg, ChannelReadHalf};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// An open, authenticated connection. It closes when nobody holds it any more.
pub(crate) struct Link {
    handle: Handle<Client>,
    farewell: Farewell,
    /// The connection this one runs through.
    _through: Option<Arc<Link>>,
}

impl Link {
    pub(crate) fn is_open(&self) -> bool {
        !self.handle.is_closed()
    }
}

/// Starts `command` through the login shell of the host.
pub(crate) async fn start(
    target: &Target,
    options: &Options,
    command: &str,
    fresh: bool,
) -> Result<Pipe, ConnectFault> {
    let way = hop::way(target, options).await?;
    let (mut link, open) = if fresh {
        (connect(&way, options).await?, false)
    } else {
        reach(&way, options).await?
    };
    let session = match (open_session(&link, target, options).await, open) {
        // sshd may allow a single session for each connection (MaxSessions).
        (Err(_), true) => {
            link = connect(&way, options).await?;
            open_session(&link, target, options).await
        }
        (session, _) => session,
    };
    let channel = session?;
    let asked = channel.exec(true, command).await;
    asked.map_err(|error| ConnectFault::Lost {
        host: target.name.clone(),
        message: explain(&error),
    })?;
    let (read, write) = channel.split();
    let (sender, output) = mpsc::channel(64);
    tokio::spawn(pump(read, sender, link.farewell.clone()));
    Ok(Pipe {
        input: Box::new(Box::pin(write.make_writer())),
        output,
        keeper: Box::new((link, write)),
    })
}

async fn open_session(
    link: &Link,
    target: &Target,
    options: &Options,
) -> Result<Channel<Msg>, ConnectFault> {
    match timeout(options.connect_timeout, link.handle.channel_open_session()).await {
        Ok(Ok(channel)) => Ok(channel),
        Ok(Err(error)) => Err(ConnectFault::NoShell {
            host: target.name.clone(),
            said: link.farewell.words().unwrap_or_else(|| explain(&error)),
        }),
        Err(_) => {
            let what = format!("{} logged us in, but opened no session", target.name);
            Err(late(Stage::Shell, what, options.connect_timeout))
        }
    }
}

type Reaching<'a> =
    Pin<Box<dyn Future<Output = Result<(Arc<Link>, bool), ConnectFault>> + Send + 'a>>;

/// The connection that is open, or a new one that others may use.
fn reach<'a>(way: &'a [Hop], options: &'a Options) -> Reaching<'a> {
    let connecting = Box::pin(connect(way, options));
    Box::pin(options.shared.links.open(way, connecting))
}

/// A new connection over the hops before it, which are shared.
async fn connect(way: &[Hop], options: &Options) -> Result<Arc<Link>, ConnectFault> {
    let Some((last, before)) = way.split_last() else {
        return Err(ConnectFault::Configuration {
            place: "connection".into(),
            message: "there is no host to connect to".into(),
        });
    };
    let settings = &last.settings;
    let Some(jump) = before.last() else {
        let command = settings.proxy_command.as_ref();
        if let Some(command) = command.filter(|_| settings.proxy_jump.is_none()) {
            let stream = proxy_command::start(command, settings)?;
            return shake_hands(BothWays::new(stream), None, way, options).await;
        }
        let stream = resolve::connect(&settings.host_name, settings.port, options.connect_timeout);
        return shake_hands(stream.await?, None, way, options).await;
    };
    let (through, _) = reach(before, options).await.map_err(|fault| match fault {
        fault @ ConnectFault::Jump { .. } => fault,
        fault => ConnectFault::Jump {
            hop: jump.label(),
            fault: Box::new(fault),
        },
    })?;
    let stream = tunnel(&through, last, jump, options).await?;
    shake_hands(stream, Some(through), way, options).await
}

async fn tunnel(
    through: &Link,
    last: &Hop,
    jump: &Hop,
    options: &Options,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, ConnectFault> {
    let settings = &last.settings;
    let address = hop::written(&settings.host_name, settings.port);
    let opening = through.handle.channel_open_direct_tcpip(
        settings.host_name.clone(),
        settings.port.into(),
        "127.0.0.1",
        0,
    );
    match timeout(options.connect_timeout, opening).await {
        Ok(Ok(channel)) => Ok(BothWays::new(channel.into_stream())),
        Ok(Err(error)) => Err(ConnectFault::JumpRefused {
            hop: jump.label(),
            address,
            message: match error {
                russh::Error::ChannelOpenFailure(reason) => format!("{reason:?}"),
                other => explain(&other),
            },
        }),
        Err(_) => Err(ConnectFault::Timeout {
            stage: Stage::Connect,
            what: format!("no answer from {address} through {}", jump.label()),
            seconds: options.connect_timeout.as_secs(),
        }),
    }
}

async fn shake_hands(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    through: Option<Arc<Link>>,
    way: &[Hop],
    options: &Options,
) -> Result<Arc<Link>, ConnectFault> {
    let (Some(last), Some(check)) = (way.last(), HostKeyCheck::new(way, options).await) else {
        return Err(late(Stage::Connect, "no host".into(), Duration::ZERO));
    };
    let address = hop::written(&last.settings.host_name, last.settings.port);
    let farewell = Farewell::default();
    let config = config(&check, options);
    let client = Client {
        check,
        farewell: farewell.clone(),
    };
    let greeting = timeout(
        options.connect_timeout,
        connect_stream(config, stream, client),
    )
    .await;
    let mut handle = match greeting {
        Err(_) => {
            let seconds = options.connect_timeout.as_secs();
            return Err(ConnectFault::Silent { address, seconds });
        }
        Ok(Err(LinkFault::Judged(fault))) => return Err(fault),
        Ok(Err(LinkFault::Protocol(error))) => {
            let message = farewell.words().unwrap_or_else(|| explain(&error));
            return Err(ConnectFault::Handshake { address, message });
        }
        Ok(Ok(handle)) => handle,
    };
    log_in(&mut handle, last, options).await?;
    Ok(Arc::new(Link {
        handle,
        farewell,
        _through: through,
    }))
}

async fn log_in(
    handle: &mut Handle<Client>,
    hop: &Hop,
    options: &Options,
) -> Result<(), ConnectFault> {
    let login = Authentication::new(hop, options, handle);
    let Ok(answer) = timeout(options.authentication_timeout, login.run()).await else {
        let may = match hop.settings.password {
            Some(_) => " (it may want the password changed first)",
            None => "",
        };
        let what = format!("{} did not finish authentication{may}", hop.label());
        return Err(late(
            Stage::Authentication,
            what,
            options.authentication_timeout,
        ));
    };
    answer
}

fn late(stage: Stage, what: String, deadline: Duration) -> ConnectFault {
    ConnectFault::Timeout {
        stage,
        what,
        seconds: deadline.as_secs(),
    }
}

/// Passes on what the channel brings until it ends. An unread channel would block every other one of its connection.
async fn pump(mut read: ChannelReadHalf, to: mpsc::Sender<Output>, farewell: Farewell) {
    let mut ending = None;
    while let Some(message) = read.wait().await {
        let output = match message {
            ChannelMsg::Data { data } => Output::Standard(data.to_vec()),
            ChannelMsg::ExtendedData { data, ext: 1 } => Output::Error(data.to_vec()),
            ChannelMsg::ExitStatus { exit_status } => {
                ending = Some(Ending::Status(exit_status));
                continue;
            }
            ChannelMsg::ExitSignal { signal_name, .. } => {
                ending = Some(Ending::Signal(name(&signal_name)));
                continue;
            }
            ChannelMsg::Failure => {
                ending = Some(Ending::Lost("sshd refused to run a command".into()));
                break;
            }
            ChannelMsg::Close => break,
            _ => continue,
        };
        // Nobody listens: go on draining.
        let _ = to.send(output).await;
    }
    let ending = ending.unwrap_or_else(|| {
        Ending::Lost(
            farewell
                .words()
                .unwrap_or_else(|| "the host closed the connection".into()),
        )
    });
    let _ = to.send(Output::Ended(ending)).await;
}

fn name(signal: &russh::Sig) -> String {
    match signal {
        russh::Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}
