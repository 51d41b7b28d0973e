//! Whether a unit that was started stays up, and what it said where it does not.
use super::show::{Shown, settled};
use crate::program::{Ended, Program};
use play_core::Fault;
use std::time::Duration;

/// How long a service must live to count as started: `Type=simple` is "started" before its program has said a word.
const LIVES: Duration = Duration::from_millis(300);

/// A fault where the unit fails or starts over within a moment of its start.
pub(super) fn stays(unit: &str, verb: &str) -> Result<(), Fault> {
    let before = settled(unit)?;
    refuse(unit, verb, &before)?;
    refuse_ended(unit, verb, &before)?;
    if !unit.ends_with(".service") || before.property("ActiveState") != "active" {
        return Ok(());
    }
    if before.property("Type") == "oneshot" {
        return Ok(());
    }
    std::thread::sleep(LIVES);
    let after = Shown::of(unit)?;
    refuse(unit, verb, &after)?;
    refuse_ended(unit, verb, &after)?;
    if before.property("NRestarts") != after.property("NRestarts") {
        return Err(fault(unit, verb, "it starts over and over", &after));
    }
    Ok(())
}

fn refuse(unit: &str, verb: &str, shown: &Shown) -> Result<(), Fault> {
    if shown.property("ActiveState") == "failed" || shown.loops() {
        return Err(fault(unit, verb, "it does not stay up", shown));
    }
    Ok(())
}

/// systemctl(1) is content with a unit that was started and has ended, or never began; whoever asks for one that is started is not.
fn refuse_ended(unit: &str, verb: &str, shown: &Shown) -> Result<(), Fault> {
    if verb != "start" || shown.property("ActiveState") != "inactive" {
        return Ok(());
    }
    // systemd(1) forgets what became of a unit nothing refers to: which of the two it was cannot be asked.
    let why = match shown.property("Type") {
        "oneshot" => {
            "its program ran to its end, and such a unit is never up: `state: restarted` runs it each time, `RemainAfterExit=yes` in its file lets it count as up"
        }
        _ => {
            "it is inactive again: its program ended without an error, or a condition in its file does not hold"
        }
    };
    Err(Fault::refused(
        format!("unit {unit} counting as started"),
        why,
    ))
}

/// The fault of a verb that systemctl itself refused.
pub(super) fn failure(unit: &str, verb: &str, ended: &Ended) -> Fault {
    let said = ended.err();
    // systemctl's own hint to look at the journal is dropped: the journal's words follow.
    let words: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("See \"systemctl status") && !line.trim().is_empty())
        .collect();
    // Only where a job ran and failed did the unit itself have anything to say.
    match Shown::of(unit) {
        Ok(shown) if said.contains("Job for ") || said.contains("bad unit file") => {
            fault(unit, verb, &words.join("; "), &shown)
        }
        _ => Fault::Program {
            program: format!("systemctl {verb} {unit}"),
            status: format!("exit code {}", ended.code),
            words: words.join("; "),
            output: Box::default(),
        },
    }
}

fn fault(unit: &str, verb: &str, words: &str, shown: &Shown) -> Fault {
    let mut said = words.to_owned();
    let last = last_words(unit);
    if !last.is_empty() {
        said.push('\n');
        said.push_str(&last);
    }
    let result = shown.property("Result");
    let status = format!(
        "{}, {}{}",
        shown.property("ActiveState"),
        shown.property("SubState"),
        match result {
            "" | "success" => String::new(),
            "exit-code" => format!(", exit code {}", shown.property("ExecMainStatus")),
            result => format!(", result {result}"),
        }
    );
    Fault::Program {
        program: format!("systemctl {verb} {unit}"),
        status,
        words: said,
        output: Box::default(),
    }
}

/// The unit's last lines in the journal; nothing where there is none.
fn last_words(unit: &str) -> String {
    let ended = Program::new("journalctl")
        .args(["-u", unit, "-n", "8", "--no-pager", "-q", "-o", "cat"])
        .limit(Duration::from_secs(10))
        .run();
    ended.map_or_else(|_| String::new(), |ended| ended.out().trim_end().to_owned())
}
