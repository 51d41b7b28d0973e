//! Our side of an SSH connection: which algorithms, which host key, and what is heard when it ends.
use super::host_key::HostKeyCheck;
use super::{ConnectFault, Options};
use russh::client::{Config, DisconnectReason, Handler};
use russh::keys::PublicKeyOrCertificate;
use russh::{Preferred, cipher};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// Why a connection ended, once it has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Farewell(Arc<Mutex<Option<String>>>);

impl Farewell {
    fn set(&self, reason: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    pub(crate) fn words(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What goes wrong in russh, or in our judgement of the host.
#[derive(Debug)]
pub(crate) enum LinkFault {
    Judged(ConnectFault),
    Protocol(russh::Error),
}

impl From<russh::Error> for LinkFault {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

impl LinkFault {
    fn words(&self) -> String {
        match self {
            Self::Judged(fault) => fault.to_string(),
            Self::Protocol(error) => explain(error),
        }
    }
}

/// russh's short words, longer.
pub(crate) fn explain(error: &russh::Error) -> String {
    match error {
        russh::Error::KeepaliveTimeout => "the host no longer answers".into(),
        russh::Error::HUP | russh::Error::Disconnect => "the host closed the connection".into(),
        russh::Error::Version => "what answers there does not speak SSH".into(),
        russh::Error::NoCommonAlgo { kind, ours, theirs } => format!(
            "no {kind:?} algorithm in common; it offers {}, we take {}",
            theirs.join(", "),
            ours.join(", ")
        ),
        other => other.to_string(),
    }
}

pub(crate) struct Client {
    pub(crate) check: HostKeyCheck,
    pub(crate) farewell: Farewell,
}

impl Handler for Client {
    type Error = LinkFault;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, LinkFault> {
        self.check.judge(shown).await.map_err(LinkFault::Judged)?;
        Ok(true)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<LinkFault>) -> Result<(), LinkFault> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                self.farewell
                    .set(format!("the host says: {}", info.message.escape_default()));
                Ok(())
            }
            DisconnectReason::Error(fault) => {
                self.farewell.set(fault.words());
                Err(fault)
            }
        }
    }
}

/// AES-GCM first: with the processor's help it is the faster one.
const CIPHERS: &[cipher::Name] = &[
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

/// Algorithms and limits.
pub(crate) fn config(check: &HostKeyCheck, options: &Options) -> Arc<Config> {
    let usual = Preferred::default();
    let key = check.preference(&usual.key);
    let host_key_certificates = if check.trusts_certificates() {
        usual.key.clone()
    } else {
        Cow::Borrowed(&[][..])
    };
    Arc::new(Config {
        window_size: 16 << 20,
        preferred: Preferred {
            key: Cow::Owned(key),
            cipher: Cow::Borrowed(CIPHERS),
            host_key_certificates,
            ..usual
        },
        keepalive_interval: Some(options.keepalive_interval),
        keepalive_max: options.keepalive_count,
        nodelay: true,
        ..Config::default()
    })
}
