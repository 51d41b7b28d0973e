//! The laws every case of every module must keep.
use play_core::message::Report;
use play_core::{Entry, Outcome, System, Value, View, unknown};
use play_system::{NoWitness, Overlay, run};
use play_tests::case;
use play_tests::machine::Described;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    given: Described,
    /// One key: the module; its value: the arguments.
    task: Value,
    expect: Expect,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    changed: Option<bool>,
    /// Text the reason contains.
    unknown: Option<String>,
    /// Text the fault contains.
    fault: Option<String>,
    after: Described,
    /// Fields the output has.
    output: Value,
    /// Texts the notes contain.
    notes: Vec<String>,
    /// Texts the shown diff contains.
    diff: Vec<String>,
}

#[test]
fn every_case_keeps_the_laws() {
    case::all("modules", |path| laws(path, &case::read::<Case>(path)?));
}

#[test]
fn every_module_that_runs_on_a_host_has_cases() {
    let bare: Vec<_> = play_modules::MODULES
        .iter()
        .filter(|entry| entry.side == play_core::Side::Host)
        .map(|entry| entry.name)
        .filter(|name| case::find(&format!("modules/{name}")).is_empty())
        .collect();
    assert!(bare.is_empty(), "modules without a case: {bare:?}");
}

fn laws(path: &Path, case: &Case) -> Result<(), String> {
    let (name, arguments) = case
        .task
        .as_object()
        .and_then(|map| map.iter().next())
        .ok_or("the task has no module")?;
    let entry = play_modules::find(name).ok_or_else(|| format!("no module `{name}`"))?;
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    if folder.as_deref() != Some(entry.name) {
        return Err(format!(
            "the case of `{}` lies in the folder of {folder:?}",
            entry.name
        ));
    }
    let arguments = &marked(arguments);
    let given = case.given.memory();
    let mut imagined = Overlay::over(given.clone());
    let checked = run(entry, arguments, &mut imagined, &mut NoWitness);
    hold(imagined.below == given, "check altered the machine")?;
    let mut machine = given;
    let applied = run(entry, arguments, &mut machine, &mut NoWitness);
    same(&checked, &applied)?;
    expected(&case.expect, &applied)?;
    for (resource, state) in case.expect.after.states() {
        let now = machine.look(&resource).map_err(|fault| fault.to_string())?;
        hold(
            now == state,
            &format!("{resource} is\n  {now:?}\ninstead of\n  {state:?}"),
        )?;
        let seen = imagined
            .look(&resource)
            .map_err(|fault| fault.to_string())?;
        hold(
            seen == state,
            &format!("in the check {resource} would be {seen:?}"),
        )?;
    }
    settles(entry, arguments, &applied, &mut machine)?;
    // the same task again in a check sees what the first one planned, or says that it cannot know
    settles(entry, arguments, &checked, &mut imagined)
        .map_err(|words| format!("in a check, {words}"))
}

/// The text `UNKNOWN(reason)` in an argument stands for a value that is not known yet.
fn marked(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            while let Some((start, end)) = text
                .find("UNKNOWN(")
                .and_then(|at| Some((at, at + text[at..].find(')')?)))
            {
                let mark = unknown::mark(&text[start + "UNKNOWN(".len()..end]);
                text.replace_range(start..=end, &mark);
            }
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(marked).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), marked(value)))
            .collect(),
        other => other.clone(),
    }
}

fn same(checked: &Report, applied: &Report) -> Result<(), String> {
    let plain = |report: &Report| Report {
        elapsed_ms: 0,
        ..report.clone()
    };
    hold(
        plain(checked) == plain(applied),
        &format!("check and apply differ:\n  {checked:?}\n  {applied:?}"),
    )
}

fn expected(expect: &Expect, report: &Report) -> Result<(), String> {
    let fault = report.fault.as_ref().map(ToString::to_string);
    match (&expect.fault, &fault) {
        (Some(text), Some(fault)) => hold(fault.contains(text), &format!("the fault is: {fault}"))?,
        (None, None) => {}
        (wanted, got) => return Err(format!("expected fault {wanted:?}, got {got:?}")),
    }
    match (&expect.unknown, &report.unknown) {
        (Some(text), Some(reason)) => {
            hold(reason.contains(text), &format!("unknown because: {reason}"))?;
        }
        (None, None) => {}
        (wanted, got) => return Err(format!("expected unknown {wanted:?}, got {got:?}")),
    }
    if let Some(changed) = expect.changed {
        hold(
            (report.outcome == Outcome::Changed) == changed,
            &format!("the outcome is {}: {:?}", report.outcome, report.changes),
        )?;
    }
    for (key, value) in expect.output.as_object().into_iter().flatten() {
        let got = report.output.get(key).unwrap_or(&Value::Null);
        hold(got == value, &format!("output.{key} is {got}"))?;
    }
    let notes = report.notes.join("\n");
    for text in &expect.notes {
        hold(
            notes.contains(text),
            &format!("no note contains {text:?}: {notes}"),
        )?;
    }
    let diff = serde_json::to_string(&report.changes).map_err(|error| error.to_string())?;
    expect.diff.iter().try_for_each(|text| {
        hold(
            diff.contains(text),
            &format!("the diff does not contain {text:?}: {diff}"),
        )
    })
}

/// A second apply has nothing to do, for every module but the few that act each time.
fn settles(
    entry: &Entry,
    arguments: &Value,
    applied: &Report,
    machine: &mut impl System,
) -> Result<(), String> {
    let settles = (entry.parse)(arguments.clone()).is_ok_and(|module| module.settles());
    if applied.outcome != Outcome::Changed || !settles {
        return Ok(());
    }
    let again = run(entry, arguments, machine, &mut NoWitness);
    hold(
        again.outcome == Outcome::Unchanged
            || (machine.imagined() && again.outcome == Outcome::Unknown),
        &format!(
            "a second apply is {}: {:?} {:?}",
            again.outcome, again.changes, again.fault
        ),
    )
}

fn hold(holds: bool, words: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words.to_owned()) }
}
