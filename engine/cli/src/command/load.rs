//! Loading what the user wrote, and telling everything that is wrong with it.
use crate::argument;
use crate::disk::Disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::{Diagnostic, Severity};
use play_language::{LoadRequest, Project, Sources, load};
use play_modules::Modules;
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
    }
}

/// Those named, else the first default there is.
pub(crate) fn inventories(named: &[PathBuf]) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named.to_vec();
    }
    DEFAULTS
        .iter()
        .map(PathBuf::from)
        .find(|path| Path::new(path).exists())
        .into_iter()
        .collect()
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
    let (project, diagnostics, sources) = load(&Disk, request, &Modules);
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
            .hint("name one or more: play playbooks/site.yml --check");
        show(&[diagnostic], &Sources::default(), tell);
        return Err(Exit::Wrong);
    }
    self::project(&request(project), tell)
}

/// Shows diagnostics with their excerpts on stderr; each is told to whoever reports events, too.
pub(crate) fn show(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    tell: &mut dyn FnMut(&Diagnostic),
) {
    diagnostics.iter().for_each(&mut *tell);
    if !diagnostics.is_empty() {
        let text = |file: &str| sources.text(file).map(str::to_owned);
        terminal::say(
            play_report::diagnostics::render(diagnostics, &text, terminal::colour_on_stderr())
                .trim_end(),
        );
    }
}

pub(crate) fn wrong(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
