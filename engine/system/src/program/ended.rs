//! How a program ended, and what it said.
use play_core::{Fault, Value};

/// How it ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub name: String,
    /// The exit code; 128 + signal where it was killed.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ended {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// `stdout`, `stderr`, `rc` and the lines, as `register` has them.
    pub fn output(&self) -> Value {
        let (out, err) = (self.out(), self.err());
        let (out, err) = (out.trim_end_matches('\n'), err.trim_end_matches('\n'));
        serde_json::json!({
            "rc": self.code, "stdout": out, "stderr": err,
            "stdout_lines": out.lines().collect::<Vec<_>>(), "stderr_lines": err.lines().collect::<Vec<_>>(),
        })
    }

    /// The fault its ending is: the last lines it said.
    pub fn fault(&self) -> Fault {
        let said = if self.stderr.iter().any(|byte| !byte.is_ascii_whitespace()) {
            self.err()
        } else {
            self.out()
        };
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        let lines = lines[lines.len().saturating_sub(5)..].iter();
        let words = lines
            .map(|line| end_of(line))
            .collect::<Vec<_>>()
            .join("\n");
        let words = if words.is_empty() {
            "it said nothing".to_owned()
        } else {
            words
        };
        let status = if (129..=128 + 64).contains(&self.code) {
            format!("killed by signal {}", self.code - 128)
        } else {
            format!("exit code {}", self.code)
        };
        Fault::Program {
            program: self.name.clone(),
            status,
            words,
            output: Box::new(self.output()),
        }
    }
}

/// The last of a line that nobody would read whole.
fn end_of(line: &str) -> String {
    const LETTERS: usize = 2000;
    match line.char_indices().rev().nth(LETTERS) {
        Some((at, letter)) => format!("… {}", &line[at + letter.len_utf8()..]),
        None => line.to_owned(),
    }
}
