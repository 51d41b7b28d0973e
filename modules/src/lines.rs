//! The lines of a text file, with its own line ends, and the place in it where something new goes.
use crate::pattern;
use play_core::Fault;

/// Lines without their ends.
pub(crate) struct Lines {
    pub lines: Vec<String>,
    end: &'static str,
}

/// Where something new goes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Anchor<'a> {
    /// After the last line it matches, or `EOF`.
    pub after: Option<&'a str>,
    /// Before the last line it matches, or `BOF`.
    pub before: Option<&'a str>,
    /// The first line matched instead of the last.
    pub first: bool,
}

impl Lines {
    pub(crate) fn parse(text: &str) -> Self {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines = text
            .split_inclusive('\n')
            .map(|line| {
                line.trim_end_matches('\n')
                    .trim_end_matches('\r')
                    .to_owned()
            })
            .collect();
        Self { lines, end }
    }

    /// The text; its last line is ended too.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(line);
            text.push_str(self.end);
        }
        text
    }

    /// The index at which something new goes.
    pub(crate) fn place(&self, anchor: &Anchor) -> Result<usize, Fault> {
        if anchor.after.is_some() && anchor.before.is_some() {
            return Err(Fault::arguments(
                "give either insertafter or insertbefore, not both",
            ));
        }
        let end = self.lines.len();
        match (anchor.after, anchor.before) {
            (_, Some("BOF")) | (Some("BOF"), _) => Ok(0),
            (Some("EOF"), _) | (_, Some("EOF")) | (None, None) => Ok(end),
            (Some(after), _) => {
                let at = self.find("insertafter", after, anchor.first)?;
                Ok(at.map_or(end, |at| at + 1))
            }
            (None, Some(before)) => {
                let at = self.find("insertbefore", before, anchor.first)?;
                Ok(at.unwrap_or(end))
            }
        }
    }

    fn find(&self, argument: &str, text: &str, first: bool) -> Result<Option<usize>, Fault> {
        let regex = pattern::compile(argument, text)?;
        let mut lines = self.lines.iter();
        Ok(if first {
            lines.position(|line| regex.is_match(line))
        } else {
            lines.rposition(|line| regex.is_match(line))
        })
    }

    /// The first `Match` line of a file that sshd reads: what stands below it holds for some connections only.
    pub(crate) fn match_block(&self, path: &str) -> Option<usize> {
        if !crate::validator::can_cut_line(path) {
            return None;
        }
        self.lines.iter().position(|line| {
            let word = line.split_whitespace().next().unwrap_or_default();
            word.eq_ignore_ascii_case("match")
        })
    }
}

/// Lines as the text of a file.
pub(crate) fn ended<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        text.push_str(line);
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_kept_and_the_last_line_gets_one() {
        assert_eq!(Lines::parse("a\r\nb").text(), "a\r\nb\r\n");
        assert_eq!(Lines::parse("").text(), "");
    }

    #[test]
    fn the_last_match_is_the_anchor_unless_the_first_is_wanted() {
        let lines = Lines::parse("a\nx\na\n");
        let mut anchor = Anchor {
            after: Some("^a"),
            ..Anchor::default()
        };
        assert_eq!(lines.place(&anchor).unwrap(), 3);
        anchor.first = true;
        assert_eq!(lines.place(&anchor).unwrap(), 1);
    }
}
