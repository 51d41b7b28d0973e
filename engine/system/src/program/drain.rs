//! Reading what a program says while it runs, within bounds: its beginning and its end are kept, however much it is.
use super::Lines;
use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

const CHUNK: usize = 64 << 10;
/// A line is passed on up to this many bytes.
const LINE: usize = 4 << 10;
/// Without a byte for so long, what a program has left in the background is no longer listened to;
const SILENCE: Duration = Duration::from_secs(1);
/// nor after so long, whatever it says.
const PATIENCE: Duration = Duration::from_secs(10);

/// A pipe that is read to its end on a thread; lines are passed on as they come.
pub(super) struct Drain {
    said: Arc<Mutex<Said>>,
    ended: mpsc::Receiver<()>,
}

impl Drain {
    /// `kept` bytes of its beginning are kept, and as many of its end.
    pub(super) fn of(
        mut pipe: impl Read + Send + 'static,
        output: &Option<Lines>,
        kept: usize,
    ) -> Self {
        let (sender, ended) = mpsc::channel::<()>();
        let said = Arc::new(Mutex::new(Said {
            kept,
            ..Said::default()
        }));
        let all = said.clone();
        let mut teller = output.clone().map(Teller::new);
        std::thread::spawn(move || {
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = match pipe.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                lock(&all).add(&chunk[..read]);
                if let Some(teller) = &mut teller {
                    teller.add(&chunk[..read]);
                }
            }
            if let Some(teller) = &mut teller {
                teller.end();
            }
            drop(sender);
        });
        Self { said, ended }
    }

    /// All that was said, the program having ended. What it left in the background may hold the pipe open: that is not waited
    /// for, but what is in the pipe is read.
    pub(super) fn collect(self) -> Vec<u8> {
        let begun = Instant::now();
        let mut before = lock(&self.said).total;
        while self.ended.recv_timeout(SILENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let now = lock(&self.said).total;
            if now == before || begun.elapsed() > PATIENCE {
                break;
            }
            before = now;
        }
        lock(&self.said).take()
    }
}

fn lock(said: &Mutex<Said>) -> std::sync::MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was said so far.
#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    kept: usize,
    total: u64,
    left_out: usize,
}

impl Said {
    fn add(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 4 * self.kept {
            self.cut();
        }
    }

    /// Takes away what lies between the beginning and the end that are kept.
    fn cut(&mut self) {
        let end = self.bytes.len().saturating_sub(self.kept);
        if end > self.kept {
            self.left_out += end - self.kept;
            self.bytes.drain(self.kept..end);
        }
    }

    fn take(&mut self) -> Vec<u8> {
        if self.bytes.len() > 2 * self.kept {
            self.cut();
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        if self.left_out > 0 {
            let words = format!("\n… {} bytes are left out here …\n", self.left_out);
            let end = bytes.split_off(self.kept);
            bytes.extend(words.into_bytes());
            bytes.extend(end);
        }
        bytes
    }
}

/// Cuts what comes into lines.
struct Teller {
    output: Lines,
    line: Vec<u8>,
}

impl Teller {
    fn new(output: Lines) -> Self {
        Self {
            output,
            line: Vec::new(),
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.tell();
            }
        }
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            self.tell();
        }
    }

    fn tell(&mut self) {
        (self.output)(String::from_utf8_lossy(&self.line).trim_end());
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_of_very_much_are_kept() {
        let mut said = Said {
            kept: 4,
            ..Said::default()
        };
        for byte in 0..100 {
            said.add(&[b'a' + byte % 26; 3]);
        }
        let words = String::from_utf8(said.take()).expect("text");
        assert_eq!(words, "aaab\n… 292 bytes are left out here …\nuvvv");
        said.add(b"12345678");
        said.left_out = 0;
        assert_eq!(said.take(), b"12345678");
    }

    #[test]
    fn lines_are_told_whole_up_to_a_length() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let all = told.clone();
        let mut teller = Teller::new(Arc::new(move |line: &str| {
            all.lock().expect("told").push(line.to_owned());
        }));
        teller.add(b"on");
        teller.add(b"e\ntwo\n");
        teller.add(&vec![b'x'; 3 * LINE]);
        teller.add(b"\nlast");
        teller.end();
        let long = "x".repeat(LINE);
        assert_eq!(
            *told.lock().expect("told"),
            ["one", "two", long.as_str(), "last"]
        );
    }
}
