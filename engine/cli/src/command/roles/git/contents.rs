//! What objects of a repository hold.
use super::Git;
use super::program::command;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// Objects, one after the other.
pub(in super::super) struct Contents {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Contents {
    pub(in super::super) fn of(&mut self, object: &str) -> Result<Vec<u8>, String> {
        self.read(object)
            .map_err(|error| format!("git cat-file {object}: {error}"))
    }

    fn read(&mut self, object: &str) -> std::io::Result<Vec<u8>> {
        let broken = || std::io::Error::other("is not in the repository");
        writeln!(self.ask.as_mut().ok_or_else(broken)?, "{object}")?;
        let mut line = String::new();
        self.answer.read_line(&mut line)?;
        let length = line
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|word| word.parse().ok());
        let length: usize = length.ok_or_else(broken)?;
        let mut content = vec![0; length + 1];
        self.answer.read_exact(&mut content)?;
        content.pop();
        Ok(content)
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        self.ask = None;
        drop(self.child.wait());
    }
}

impl Git {
    pub(in super::super) fn contents(&self) -> Result<Contents, String> {
        let mut command = command(Some(&self.folder));
        command.args(["cat-file", "--batch"]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| format!("git: {error}"))?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("git has no standard input".into());
        };
        Ok(Contents {
            child,
            ask: Some(ask),
            answer: BufReader::new(answer),
        })
    }
}
