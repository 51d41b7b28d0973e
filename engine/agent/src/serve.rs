//! The conversation with the controller.
use crate::blob::Store;
use crate::hearing::Hearing;
use crate::line::{self, Replies};
use crate::stretch::{Phase, Stretch};
use play_core::Mask;
use play_core::message::{Mode, Reply, Request};
use play_core::{Query, Resource, State, View};
use play_system::machine::account;
use play_system::memory::debian;
use play_system::{Journal, Lock, Machine, Memory, Refused, journal, leftover, staged};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;

/// The machine steps act on.
pub(crate) enum Host {
    Real,
    Simulated(Box<Memory>),
}

impl Host {
    pub(crate) fn simulated(name: &str, address: &str) -> Self {
        Self::Simulated(Box::new(debian::bare(name, address)))
    }
}

/// Flags the controller raises while steps run.
#[derive(Clone, Default)]
pub(crate) struct Flags {
    /// Start no further step.
    pub drain: Arc<AtomicBool>,
    /// Start no further change.
    pub interrupt: Arc<AtomicBool>,
}

/// Serves one controller until it says `Stop` or the line ends.
pub(crate) fn serve(host: &Host) -> Result<(), String> {
    let (replies, writer) = line::open();
    let store = Arc::new(Store::new(replies.clone()));
    let flags = Flags::default();
    let line = Hearing::new(store.clone(), flags.clone());
    let requests = line.listen();
    replies.send(ready(host));
    let served = converse(host, &requests, &replies, &line);
    if let Err(words) = &served {
        replies.send(Reply::Broken {
            message: words.clone(),
        });
    }
    staged::clear();
    drop((replies, store, line, requests));
    let _ = writer;
    served
}

fn ready(host: &Host) -> Reply {
    let pending = if matches!(host, Host::Real) {
        journal::pending()
    } else {
        Vec::new()
    };
    let undone = if matches!(host, Host::Real) {
        reported()
    } else {
        Vec::new()
    };
    Reply::Ready {
        build: env!("CARGO_PKG_VERSION").into(),
        user: account::own_name(),
        pending,
        boot: boot(host),
        undone,
    }
}

/// The boot id, by which a controller sees that this machine has restarted.
fn boot(host: &Host) -> String {
    let state = match host {
        Host::Real => Machine::default().look(&Resource::Boot),
        Host::Simulated(memory) => memory.look(&Resource::Boot),
    };
    match state {
        Ok(State::Text(id)) => id,
        _ => String::new(),
    }
}

/// What was undone since the last contact; told once.
fn reported() -> Vec<String> {
    let undone = play_system::confirm::undone().unwrap_or_default();
    if !undone.is_empty() {
        drop(play_system::confirm::reported());
    }
    undone.into_iter().map(|one| one.what).collect()
}

fn converse(
    host: &Host,
    requests: &Receiver<Result<Request, String>>,
    replies: &Replies,
    line: &Hearing,
) -> Result<(), String> {
    let mut phase: Option<Phase> = None;
    let mut lock = None;
    let mut keep = usize::MAX;
    while let Ok(request) = requests.recv() {
        match request? {
            Request::Begin {
                mode,
                facts,
                secrets,
                run,
                confirm_within,
                keep_runs,
            } => {
                keep = keep_runs;
                if mode == Mode::Apply && lock.is_none() && matches!(host, Host::Real) {
                    lock = hold(&run, line, replies)?;
                    if lock.is_none() {
                        continue;
                    }
                }
                let context = line.context();
                replies.send(Reply::Facts {
                    facts: gather(host, &facts)?,
                });
                let journal = (mode == Mode::Apply && matches!(host, Host::Real))
                    .then(|| Journal::open(&run).map(|journal| (journal, Mask::new(secrets))))
                    .transpose()
                    .map_err(|fault| fault.to_string())?;
                phase = Some(Phase::new(mode, host, context, journal, confirm_within));
            }
            Request::Run { steps } => {
                let phase = phase.as_mut().ok_or("steps came before a phase began")?;
                let left = Stretch::new(steps, replies.clone(), line.flags.clone()).run(phase);
                replies.send(Reply::Ran { left });
            }
            Request::Secrets { secrets } => phase.iter_mut().for_each(|phase| phase.hide(&secrets)),
            Request::Forget { handlers } => phase.iter().for_each(|phase| phase.forget(&handlers)),
            Request::Stop => break,
            // heard already
            Request::Blob { .. }
            | Request::NoBlob { .. }
            | Request::Ping
            | Request::Drain
            | Request::Interrupt => {}
        }
    }
    if let Some((journal, _)) = phase.and_then(|phase| phase.journal) {
        // Nobody is left to be told, and what is there now is there the next time.
        drop(journal.prune(keep));
    }
    drop(lock);
    Ok(())
}

/// The host for this run alone; None where another has it, which the controller is told.
fn hold(run: &str, line: &Hearing, replies: &Replies) -> Result<Option<Lock>, String> {
    match Lock::take(run, &account::own_name()) {
        Ok(lock) => {
            line.give_way();
            leftover::remove();
            Ok(Some(lock))
        }
        Err(Refused::Held(holder)) => {
            replies.send(Reply::Busy { holder });
            Ok(None)
        }
        Err(Refused::Broken(words)) => Err(words),
    }
}

fn gather(host: &Host, wanted: &[String]) -> Result<play_core::Value, String> {
    let query = Query::Facts {
        wanted: wanted.to_vec(),
    };
    match host {
        Host::Real => Machine::default().ask(&query),
        Host::Simulated(memory) => memory.ask(&query),
    }
    .map_err(|fault| fault.to_string())
}
