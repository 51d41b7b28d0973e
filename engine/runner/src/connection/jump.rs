//! Connections that are open: one to each host, however many sessions go to it or through it.
use super::ConnectFault;
use super::hop::Hop;
use super::ssh::Link;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Instant;
use tokio::sync::Mutex;

/// Open connections by the way to them.
#[derive(Default)]
pub(crate) struct Links(Mutex<HashMap<String, Arc<Mutex<Slot>>>>);

#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    Open(Weak<Link>),
    /// Those who waited for the attempt share its fault, rather than wait for the same deadline one after another.
    Failed(Instant, ConnectFault),
}

impl Links {
    /// The open connection, or the one `connect` makes. The flag: whether it was open already.
    pub(crate) async fn open<F>(
        &self,
        way: &[Hop],
        connect: F,
    ) -> Result<(Arc<Link>, bool), ConnectFault>
    where
        F: Future<Output = Result<Arc<Link>, ConnectFault>>,
    {
        let asked = Instant::now();
        let name = way.iter().map(Hop::label).collect::<Vec<_>>().join(" ");
        let slot = self.0.lock().await.entry(name).or_default().clone();
        let mut slot = slot.lock().await;
        match &*slot {
            Slot::Open(link) => {
                if let Some(link) = link.upgrade().filter(|link| link.is_open()) {
                    return Ok((link, true));
                }
            }
            Slot::Failed(at, fault) if *at >= asked => return Err(fault.clone()),
            _ => {}
        }
        match connect.await {
            Ok(link) => {
                *slot = Slot::Open(Arc::downgrade(&link));
                Ok((link, false))
            }
            Err(fault) => {
                *slot = Slot::Failed(Instant::now(), fault.clone());
                Err(fault)
            }
        }
    }
}
