//! Reading what a program says while it runs.
use super::Lines;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// A pipe that is read to its end on a thread; whole lines are passed on as they come.
pub(super) struct Drain {
    said: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Drain {
    pub(super) fn of(pipe: impl Read + Send + 'static, output: &Option<Lines>) -> Self {
        let (sender, ended) = mpsc::channel::<()>();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (all, output) = (said.clone(), output.clone());
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                if let Some(output) = &output {
                    output(String::from_utf8_lossy(&line).trim_end());
                }
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.append(&mut line);
            }
            drop(sender);
        });
        Self { said, ended }
    }

    /// All that was said. What the program left in the background may hold the pipe open; that is not waited for.
    pub(super) fn collect(self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut said)
    }
}
