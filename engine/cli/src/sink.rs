//! Where a run is told: one that can take no more is named once, and the run goes on.
use crate::terminal::say;
use std::io::{ErrorKind, Result, Write};

/// A writer by name.
pub(crate) struct Sink<W> {
    writer: W,
    name: String,
    broken: bool,
}

impl<W: Write> Sink<W> {
    pub(crate) fn new(writer: W, name: impl Into<String>) -> Self {
        Self {
            writer,
            name: name.into(),
            broken: false,
        }
    }

    fn heed<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result
            // A reader that has gone away has read what it wanted.
            && !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted)
            && !std::mem::replace(&mut self.broken, true)
        {
            say(&format!(
                "warning: {}: {error}: not all that is told of this run is there; the run goes on",
                self.name
            ));
        }
        result
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.writer.write(bytes);
        self.heed(written)
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.writer.flush();
        self.heed(flushed)
    }
}
