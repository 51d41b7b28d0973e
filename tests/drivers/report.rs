//! What reporters write for recorded runs: a case is the events of a run and, beside it, what each view of it must be.
//! `BLESS=1` writes what there is now; read the difference before committing it.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read their own cases, and end where they cannot"
)]

use play_core::{Diagnostic, Event, Place, Reporter};
use play_report::{Html, Human, Json, Junit, Style, Verbosity, diagnostics};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A view that exists beside a case is compared; the first two must exist.
const VIEWS: &[&str] = &[
    "txt",
    "json",
    "verbose.txt",
    "quiet.txt",
    "nodiff.txt",
    "colour.txt",
    "xml",
    "html",
];

/// What a reporter wrote, readable after it is gone.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_run_reads_as_written_beside_it() {
    let mut failures = Vec::new();
    let cases = cases("jsonl");
    assert!(!cases.is_empty(), "no cases in tests/report");
    for case in &cases {
        let events = events(case);
        for view in VIEWS {
            let beside = case.with_extension(view);
            if beside.exists() || VIEWS[..2].contains(view) {
                failures.extend(compare(&beside, &written(&events, view)));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A plan that cannot be applied afterwards says so.
fn written(events: &[Event], view: &str) -> String {
    let page = Page::default();
    let out = Box::new(page.clone());
    let mut reporter: Box<dyn Reporter> = match view {
        "json" => Box::new(Json::new(out)),
        "xml" => Box::new(Junit::new(out)),
        "html" => Box::new(Html::new(out)),
        _ => {
            let human = Human::new(out, style(view));
            let applies = events
                .iter()
                .any(|event| matches!(event, Event::TaskFinished(_)));
            Box::new(if applies { human } else { human.check_only() })
        }
    };
    for event in events {
        reporter.on(event);
    }
    drop(reporter);
    page.text()
}

fn style(view: &str) -> Style {
    let verbosity = match view {
        "verbose.txt" => Verbosity::Verbose,
        "quiet.txt" => Verbosity::Quiet,
        _ => Verbosity::Normal,
    };
    Style {
        colour: view == "colour.txt",
        terminal: false,
        width: 100,
        verbosity,
        diff: view != "nodiff.txt",
    }
}

#[test]
fn json_lines_are_json_and_hold_what_the_manual_promises() {
    for case in cases("jsonl") {
        for line in written(&events(&case), "json").lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["v"], 1, "{line}");
            if value["event"].as_str().unwrap().starts_with("task_")
                && value["event"] != "task_started"
            {
                let fields = [
                    "host", "task", "role", "module", "at", "item", "outcome", "changes", "message",
                ];
                for field in fields {
                    assert!(value.get(field).is_some(), "no `{field}` in {line}");
                }
                for change in value["changes"].as_array().unwrap() {
                    for field in ["resource", "action", "reason", "diff"] {
                        assert!(change.get(field).is_some(), "no `{field}` in {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_from_a_host_acts_on_the_terminal() {
    for case in cases("jsonl") {
        for view in ["txt", "verbose.txt"] {
            let text = written(&events(&case), view);
            let active: Vec<char> = text
                .chars()
                .filter(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || *c == '\u{202e}')
                .collect();
            assert!(
                active.is_empty(),
                "{}: {view} holds {active:?}",
                case.display()
            );
        }
    }
}

/// Mistakes, each at the nth place of a text in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistakes {
    texts: BTreeMap<String, String>,
    mistakes: Vec<Mistake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    message: String,
    #[serde(default)]
    warning: bool,
    #[serde(default)]
    at: Option<(String, String)>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    also: Vec<(String, String, String)>,
    #[serde(default)]
    hint: Option<String>,
}

#[test]
fn every_mistake_is_drawn_as_written_beside_it() {
    let mut failures = Vec::new();
    let cases = cases("yml");
    assert!(!cases.is_empty(), "no mistakes in tests/report");
    for case in cases {
        let mistakes: Mistakes =
            serde_yaml::from_str(&std::fs::read_to_string(&case).unwrap()).unwrap();
        let all: Vec<Diagnostic> = mistakes
            .mistakes
            .iter()
            .map(|mistake| diagnostic(mistake, &mistakes.texts))
            .collect();
        let text = diagnostics::render(&all, &|file| mistakes.texts.get(file).cloned(), false);
        failures.extend(compare(&case.with_extension("txt"), &text));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn diagnostic(mistake: &Mistake, texts: &BTreeMap<String, String>) -> Diagnostic {
    let mut diagnostic = if mistake.warning {
        Diagnostic::warning(&mistake.message)
    } else {
        Diagnostic::error(&mistake.message)
    };
    diagnostic.place = mistake
        .at
        .as_ref()
        .map(|(file, words)| place(file, words, texts));
    diagnostic.label.clone_from(&mistake.label);
    diagnostic.hint.clone_from(&mistake.hint);
    diagnostic.also = mistake
        .also
        .iter()
        .map(|(file, words, said)| (place(file, words, texts), said.clone()))
        .collect();
    diagnostic
}

/// Where words stand in a file; in a file nobody has, line 7, column 3.
fn place(file: &str, words: &str, texts: &BTreeMap<String, String>) -> Place {
    let Some(text) = texts.get(file) else {
        return Place {
            file: file.into(),
            line: 7,
            column: 3,
            start: 900,
            end: 910,
        };
    };
    let start = text
        .find(words)
        .unwrap_or_else(|| panic!("no `{words}` in {file}"));
    let line = text[..start].matches('\n').count();
    let column = text[..start]
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    Place {
        file: file.into(),
        line: u32::try_from(line).unwrap() + 1,
        column: u32::try_from(column).unwrap() + 1,
        start,
        end: start + words.len(),
    }
}

fn cases(extension: &str) -> Vec<PathBuf> {
    let folder = play_tests::case::folder().join("report");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.retain(|path| path.extension().is_some_and(|own| own == extension));
    found.sort();
    found
}

fn events(case: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(case).unwrap();
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}:{}: {error}", case.display(), at + 1))
        })
        .collect()
}

fn compare(beside: &Path, text: &str) -> Option<String> {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(beside, text).unwrap();
        return None;
    }
    let wanted = std::fs::read_to_string(beside).unwrap_or_default();
    (wanted != text).then(|| format!("{} differs; it is now:\n{text}", beside.display()))
}
