//! Counting round trips: waits for the peer after something was sent.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Clone)]
pub(crate) struct Trips(Arc<Counts>);

struct Counts {
    trips: AtomicU64,
    /// Something was sent since the last wait.
    sent: AtomicBool,
}

impl Trips {
    pub(crate) fn new(trips: u64) -> Self {
        Self(Arc::new(Counts {
            trips: AtomicU64::new(trips),
            sent: AtomicBool::new(false),
        }))
    }

    pub(crate) fn sent(&self) {
        self.0.sent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn waits(&self) {
        if self.0.sent.swap(false, Ordering::Relaxed) {
            self.0.trips.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.trips.load(Ordering::Relaxed)
    }
}
