//! Several reporters of one run.
use play_core::{Event, Reporter};

/// Tells each of them, in this order.
#[derive(Default)]
pub struct Tee {
    reporters: Vec<Box<dyn Reporter + Send>>,
}

impl Tee {
    pub fn new(reporters: Vec<Box<dyn Reporter + Send>>) -> Self {
        Self { reporters }
    }
}

impl Reporter for Tee {
    fn on(&mut self, event: &Event) {
        self.reporters
            .iter_mut()
            .for_each(|reporter| reporter.on(event));
    }
}
