//! Hearing the controller: requests, content and flags arrive on a thread of its own while steps run, and silence is noticed.
use crate::blob::Store;
use crate::line;
use crate::serve::Flags;
use play_core::message::{PING, Request};
use play_system::{Context, Lock};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

type Heard = Result<Request, String>;

/// A controller from which nothing comes for so long has gone, or the way to it: it would have given us up as well.
const DEAF: Duration = Duration::from_secs(3 * PING.as_secs());
const PAUSE: Duration = Duration::from_millis(500);

/// What arrives, and when something last did.
#[derive(Clone)]
pub(crate) struct Hearing {
    store: Arc<Store>,
    pub flags: Flags,
    last: Arc<Mutex<Instant>>,
    requests: Arc<Mutex<Option<Sender<Heard>>>>,
}

impl Hearing {
    pub(crate) fn new(store: Arc<Store>, flags: Flags) -> Self {
        Self {
            store,
            flags,
            last: Arc::new(Mutex::new(Instant::now())),
            requests: Arc::default(),
        }
    }

    /// What steps act under.
    pub(crate) fn context(&self) -> Context {
        Context {
            blobs: self.store.clone(),
            interrupted: self.flags.interrupt.clone(),
            ..Context::default()
        }
    }

    /// Reads the line until its end.
    pub(crate) fn listen(&self) -> Receiver<Heard> {
        let (sender, receiver) = channel();
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        let own = self.clone();
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            loop {
                let heard = line::receive(&mut input);
                *own.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                match heard {
                    Ok(Some(request)) => own.take(request, &sender),
                    Ok(None) => break,
                    Err(words) => {
                        drop(sender.send(Err(words)));
                        break;
                    }
                }
            }
            own.end();
        });
        receiver
    }

    fn take(&self, request: Request, to: &Sender<Heard>) {
        match request {
            Request::Blob {
                sha256,
                bytes,
                last,
            } => self.store.piece(&sha256, &bytes, last),
            Request::NoBlob { sha256, message } => self.store.refuse(&sha256, &message),
            Request::Drain => self.flags.drain.store(true, Ordering::Relaxed),
            Request::Interrupt => self.flags.interrupt.store(true, Ordering::Relaxed),
            Request::Ping => {}
            request => drop(to.send(Ok(request))),
        }
    }

    /// The controller is gone: what runs is finished, nothing more is changed.
    fn end(&self) {
        self.flags.interrupt.store(true, Ordering::Relaxed);
        self.store.close();
        let sender = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(sender) = sender {
            drop(sender.send(Ok(Request::Stop)));
        }
    }

    /// Where another run wants this host and our controller has fallen silent, it gets it: a line can be dead for hours before
    /// sshd finds out. Nobody is hurried who is only quiet: without another run nothing happens.
    pub(crate) fn give_way(&self) {
        let own = self.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(PAUSE);
                let last = *own.last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= DEAF && Lock::is_wanted() {
                    return own.end();
                }
            }
        });
    }
}
