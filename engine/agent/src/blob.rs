//! Content that comes from the controller piece by piece, only where a change needs it.
use crate::line::Replies;
use play_core::Fault;
use play_core::message::Reply;
use play_system::{Blobs, staged};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The content asked for and received so far.
pub(crate) struct Store {
    replies: Replies,
    known: Mutex<Known>,
    news: Condvar,
}

#[derive(Default)]
struct Known {
    contents: BTreeMap<String, Content>,
    /// The line is gone.
    closed: bool,
}

/// How far a content is.
#[derive(Clone)]
enum Content {
    /// Asked for by one step; others that need it wait for the same.
    Asked,
    /// A piece could not be kept; those under way behind it are of no use.
    Spoilt(String),
    Here(PathBuf),
    Refused(String),
}

impl Store {
    pub(crate) fn new(replies: Replies) -> Self {
        Self {
            replies,
            known: Mutex::default(),
            news: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece from the controller.
    pub(crate) fn piece(&self, sha256: &str, bytes: &[u8], last: bool) {
        let spoilt = match self.lock().contents.get(sha256) {
            Some(Content::Spoilt(words)) => Some(words.clone()),
            _ => None,
        };
        let result = match spoilt {
            Some(words) => Err(words),
            None => staged::add(sha256, bytes, last).map_err(|fault| fault.to_string()),
        };
        match result {
            Ok(path) if last => self.settle(sha256, Content::Here(path)),
            Ok(_) => {}
            Err(words) if last => self.settle(sha256, Content::Refused(words)),
            Err(words) => self.settle(sha256, Content::Spoilt(words)),
        }
    }

    /// The controller does not have it.
    pub(crate) fn refuse(&self, sha256: &str, message: &str) {
        self.settle(sha256, Content::Refused(message.to_owned()));
    }

    /// The line is gone: nobody waits any longer.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_all();
    }

    fn settle(&self, sha256: &str, content: Content) {
        self.lock().contents.insert(sha256.to_owned(), content);
        self.news.notify_all();
    }
}

impl Blobs for Store {
    fn fetch(&self, sha256: &str) -> Result<PathBuf, Fault> {
        let fault = |words: &str| {
            Err(Fault::stated(format!(
                "content from the controller: {words}"
            )))
        };
        let mut known = self.lock();
        // What was refused before is asked for once more: a full disk may have room again.
        if matches!(known.contents.get(sha256), None | Some(Content::Refused(_))) {
            known.contents.insert(sha256.to_owned(), Content::Asked);
            self.replies.send(Reply::Need {
                sha256: sha256.to_owned(),
            });
        }
        loop {
            match known.contents.get(sha256) {
                Some(Content::Here(path)) => return Ok(path.clone()),
                Some(Content::Refused(words)) => return fault(words),
                _ if known.closed => return fault("the controller is gone"),
                _ => {}
            }
            known = self
                .news
                .wait(known)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn content_that_two_steps_need_at_once_is_asked_for_once() {
        let (replies, asked) = Replies::to();
        let store = Arc::new(Store::new(replies));
        let sha256 = "0".repeat(64);
        let fetch = || {
            let (store, sha256) = (store.clone(), sha256.clone());
            std::thread::spawn(move || store.fetch(&sha256).map_err(|fault| fault.to_string()))
        };
        let both = [fetch(), fetch()];
        let need = asked.recv().expect("asked");
        assert!(matches!(need, Reply::Need { sha256: wanted } if wanted == sha256));
        store.settle(&sha256, Content::Here("/there".into()));
        for one in both {
            assert_eq!(one.join().expect("no panic"), Ok("/there".into()));
        }
        assert!(asked.try_recv().is_err(), "asked twice");
        store.refuse(&sha256, "gone");
        let again = fetch();
        asked.recv().expect("asked again");
        store.close();
        let words = again.join().expect("no panic").expect_err("nobody answers");
        assert!(words.contains("controller is gone"), "{words}");
    }
}
