//! Loading what the user wrote, and telling everything that is wrong with it.
use crate::argument;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::{Diagnostic, Mask, Severity};
use play_language::inventory::address::{is_ipv6, split};
use play_language::{LoadRequest, Loader, Project, Sources, load};
use play_modules::Modules;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The inventories where none is named.
const DEFAULTS: &[&str] = &["inventories/default", "hosts.yml"];

/// The request a command line makes.
pub(crate) fn request(project: &argument::Project) -> LoadRequest {
    LoadRequest {
        playbooks: project.playbooks.clone(),
        inventories: inventories(&project.inventory),
        limit: project.limit.clone(),
        tags: project.tags.clone(),
        skip_tags: project.skip_tags.clone(),
        extra: project.extra.clone(),
        ..LoadRequest::default()
    }
}

/// Those named, else the first default there is.
pub(crate) fn inventories(named: &[PathBuf]) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named.iter().flat_map(|word| several(word)).collect();
    }
    DEFAULTS
        .iter()
        .map(PathBuf::from)
        .find(|path| Path::new(path).exists())
        .into_iter()
        .collect()
}

/// Paths with `:` between them. In hosts with commas a colon is a port's or an address's.
fn several(word: &Path) -> Vec<PathBuf> {
    match word.to_str() {
        // an address that lacks its comma is told of as it was written
        Some(text) if !text.contains(',') && !word.exists() && !is_ipv6(split(text).0) => {
            text.split(':').map(PathBuf::from).collect()
        }
        _ => vec![word.to_path_buf()],
    }
}

/// The project, or the exit code after every diagnostic has been shown.
pub(crate) fn project(
    request: &LoadRequest,
    tell: &mut dyn FnMut(&Diagnostic),
) -> Result<(Project, Sources), Exit> {
    if request.inventories.is_empty() {
        let diagnostic =
            Diagnostic::error("no inventory: neither -i, nor inventories/default, nor hosts.yml")
                .hint("name one with -i, or hosts with commas: -i web1,web2,");
        show(&[diagnostic], &Sources::default(), tell);
        return Err(Exit::Wrong);
    }
    disk::vault().keep_in(&folder(&request.inventories));
    let (project, diagnostics, sources) = load(disk::vault(), request, &Modules);
    disk::vault().learn_kept();
    show(&diagnostics, &sources, tell);
    project.map(|project| (project, sources)).ok_or(Exit::Wrong)
}

/// The project of a command that is about playbooks: at least one must be named.
pub(crate) fn playbooks(
    project: &argument::Project,
    tell: &mut dyn FnMut(&Diagnostic),
) -> Result<(Project, Sources), Exit> {
    if project.playbooks.is_empty() {
        let diagnostic = Diagnostic::error("no playbook named")
            .hint(format!("name one or more, such as {}", usual().display()));
        show(&[diagnostic], &Sources::default(), tell);
        return Err(Exit::Wrong);
    }
    self::project(&request(project), tell)
}

/// The playbook there is, where it has the name most have.
fn usual() -> &'static Path {
    let names = ["site.yml", "playbooks/site.yml"].map(Path::new);
    let found = names.into_iter().find(|path| disk::vault().is_file(path));
    found.unwrap_or(names[0])
}

/// The same project once what it asks for is answered. What was said of it is not said again.
pub(crate) fn answered(
    project: &argument::Project,
    answers: BTreeMap<String, String>,
    tell: &mut dyn FnMut(&Diagnostic),
) -> Result<(Project, Sources), Exit> {
    let request = LoadRequest {
        answers,
        ..request(project)
    };
    let (project, diagnostics, sources) = load(disk::vault(), &request, &Modules);
    if project.is_none() {
        show(&diagnostics, &sources, tell);
    }
    project.map(|project| (project, sources)).ok_or(Exit::Wrong)
}

/// The folder of the last inventory that is one of files: its secrets lie beside it.
pub(crate) fn folder(inventories: &[PathBuf]) -> PathBuf {
    let files = inventories
        .iter()
        .rev()
        .find(|path| !path.display().to_string().contains(','));
    match files {
        Some(path) if path.is_dir() => path.clone(),
        Some(path) => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        None => PathBuf::new(),
    }
}

/// What nothing may show.
pub(crate) fn mask() -> Mask {
    Mask::new(disk::vault().secrets())
}

fn masked(diagnostic: &Diagnostic, mask: &Mask) -> Diagnostic {
    let mut diagnostic = diagnostic.clone();
    let hide = |text: &mut String| *text = mask.text(text);
    hide(&mut diagnostic.message);
    diagnostic.hint.iter_mut().for_each(hide);
    diagnostic.label.iter_mut().for_each(hide);
    diagnostic
        .also
        .iter_mut()
        .for_each(|(_, words)| hide(words));
    diagnostic
}

/// Shows diagnostics with their excerpts on stderr; each is told to whoever reports events, too.
pub(crate) fn show(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    tell: &mut dyn FnMut(&Diagnostic),
) {
    let mask = mask();
    let diagnostics: Vec<Diagnostic> = diagnostics
        .iter()
        .map(|diagnostic| masked(diagnostic, &mask))
        .collect();
    diagnostics.iter().for_each(&mut *tell);
    if !diagnostics.is_empty() {
        let text = |file: &str| sources.text(file).map(str::to_owned);
        terminal::say(
            mask.text(&play_report::diagnostics::render(
                &diagnostics,
                &text,
                play_report::colour_on_stderr(),
            ))
            .trim_end(),
        );
    }
}

pub(crate) fn wrong(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
