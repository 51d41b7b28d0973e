//! What a person needs to understand a failure: the message, and the last a program printed.
use crate::line::{Line, Tone};
use crate::style::Style;
use play_core::event::TaskReport;

/// Lines of a program's output that usually hold the reason.
const TAIL: usize = 10;

/// The message, and below it what the program printed last where the message does not say it already.
pub(crate) fn lines(report: &TaskReport, heard: &[String], style: &Style) -> Vec<Line> {
    let message = report
        .message
        .as_deref()
        .unwrap_or("it failed and did not say why");
    let mut lines: Vec<Line> = message
        .trim_end()
        .lines()
        .map(|line| Line::new().then(Tone::Failed, line))
        .collect();
    let printed = printed(report);
    let printed = if printed.is_empty() {
        heard.to_vec()
    } else {
        printed
    };
    let news = printed
        .iter()
        .any(|line| !line.trim().is_empty() && !message.contains(line.trim()));
    if news {
        lines.extend(tail(&printed, style));
    }
    lines
}

/// The last lines, quoted.
pub(crate) fn tail(printed: &[String], style: &Style) -> Vec<Line> {
    let left = printed.len() - style.cut(printed.len(), TAIL);
    let more = (left > 0)
        .then(|| Line::new().then(Tone::Dim, &format!("… {left} lines before (-v shows them)")));
    more.into_iter()
        .chain(
            printed[left..]
                .iter()
                .map(|line| Line::new().then(Tone::Dim, "| ").then(Tone::Plain, line)),
        )
        .collect()
}

/// What the task's program wrote: output first, then errors.
pub(crate) fn printed(report: &TaskReport) -> Vec<String> {
    ["stdout", "stderr"]
        .iter()
        .filter_map(|name| report.output.get(name)?.as_str())
        .flat_map(str::lines)
        .map(str::to_owned)
        .collect()
}
