//! A role's manual page, out of its specification.
use super::{Opt, Options, Spec};
use crate::template::text_of;
use std::fmt::Write;

/// The manual page as Markdown: each entry with its variables.
pub fn manual(spec: &Spec) -> String {
    let mut page = format!("# {}\n", spec.role);
    for (name, entry) in &spec.entries {
        if name != "main" {
            let _ = write!(page, "\n## tasks_from: {name}\n");
        }
        for text in std::iter::once(&entry.short).chain(&entry.description) {
            if !text.trim().is_empty() {
                let _ = write!(page, "\n{}\n", text.trim());
            }
        }
        page.push_str("\n## Variables\n\n");
        if entry.options.is_empty() {
            page.push_str("None.\n");
        }
        list(&entry.options, 0, &mut page);
    }
    page
}

fn list(options: &Options, depth: usize, page: &mut String) {
    let indent = "  ".repeat(depth);
    for (name, option) in options {
        let _ = writeln!(page, "{indent}- `{name}` ({})", about(option));
        for text in &option.description {
            for line in text.trim().lines() {
                let _ = writeln!(page, "{indent}  {line}");
            }
        }
        if let Some(below) = &option.options {
            list(below, depth + 1, page);
        }
    }
}

fn about(option: &Opt) -> String {
    let plain = |words: &'static str| words.trim_start_matches("a ");
    let mut words = vec![match option.elements {
        Some(kind) => format!("list, each {}", kind.words()),
        None => plain(option.kind.words()).to_owned(),
    }];
    if option.required {
        words.push("required".into());
    }
    if !option.choices.is_empty() {
        let choices: Vec<String> = option.choices.iter().map(text_of).collect();
        words.push(format!("one of {}", choices.join(", ")));
    }
    if let Some(default) = &option.default
        && !option.hidden
    {
        words.push(format!("default {}", default.value()));
    }
    words.join("; ")
}
