//! Content that comes from the controller piece by piece, only where a change needs it.
use crate::line::Replies;
use play_core::Fault;
use play_core::message::Reply;
use play_system::{Blobs, staged};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

/// The content asked for and received so far.
pub(crate) struct Store {
    replies: Replies,
    arrived: Mutex<BTreeMap<String, Result<PathBuf, String>>>,
    news: Condvar,
}

impl Store {
    pub(crate) fn new(replies: Replies) -> Self {
        Self {
            replies,
            arrived: Mutex::default(),
            news: Condvar::new(),
        }
    }

    /// A piece from the controller.
    pub(crate) fn piece(&self, sha256: &str, bytes: &[u8], last: bool) {
        let result = staged::add(sha256, bytes, last).map_err(|fault| fault.to_string());
        match result {
            Ok(path) if last => self.settle(sha256, Ok(path)),
            Ok(_) => {}
            Err(words) => self.settle(sha256, Err(words)),
        }
    }

    /// The controller does not have it.
    pub(crate) fn refuse(&self, sha256: &str, message: &str) {
        self.settle(sha256, Err(message.to_owned()));
    }

    /// The line is gone: nobody waits any longer.
    pub(crate) fn close(&self) {
        self.settle("", Err("the controller is gone".into()));
    }

    fn settle(&self, sha256: &str, result: Result<PathBuf, String>) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.insert(sha256.to_owned(), result);
        self.news.notify_all();
    }
}

impl Blobs for Store {
    fn fetch(&self, sha256: &str) -> Result<PathBuf, Fault> {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        if !arrived.contains_key(sha256) {
            self.replies.send(Reply::Need {
                sha256: sha256.to_owned(),
            });
        }
        loop {
            if let Some(result) = arrived.get(sha256).or_else(|| arrived.get("")) {
                return result.clone().map_err(|words| {
                    Fault::stated(format!("content from the controller: {words}"))
                });
            }
            arrived = self
                .news
                .wait(arrived)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
