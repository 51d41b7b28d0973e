//! Packages, by the package manager this machine has.
mod apt;
pub(crate) mod dpkg;

use crate::Context;
use play_core::query::{PackageRequest, Transaction};
use play_core::{Change, Effect, Fault, State, Value};
use std::path::Path;

/// What is asked of a package manager. One implementation each; apt is the first.
trait Manager {
    /// The package as it is installed.
    fn look(&self, name: &str) -> Result<State, Fault>;
    /// The version of a package that was removed and has left something; absent where it has not.
    fn remains(&self, name: &str) -> Result<State, Fault>;
    /// When its lists were last refreshed, in seconds since 1970; absent where it has none.
    fn lists(&self) -> Result<State, Fault>;
    /// What it would do. Alters nothing and takes no lock.
    fn transaction(&self, request: &PackageRequest) -> Result<Transaction, Fault>;
    /// The newest version it could install.
    fn candidate(&self, name: &str) -> Result<Option<String>, Fault>;
    /// One transaction. Packages may only be removed where the plan showed it (`removes`).
    fn apply(
        &self,
        request: &PackageRequest,
        removes: bool,
        context: &Context,
    ) -> Result<Effect, Fault>;
    /// Refreshes its lists, or those of one sources file.
    fn refresh(&self, source: Option<&str>, context: &Context) -> Result<Effect, Fault>;
}

fn manager() -> Result<Box<dyn Manager>, Fault> {
    if Path::new("/usr/bin/apt-get").exists() {
        return Ok(Box::new(apt::Apt));
    }
    Err(Fault::Unsupported {
        what: "a package manager play knows".into(),
        hint: Some("there is no apt-get; other package managers are not supported yet".into()),
    })
}

/// The manager's name, where this machine has one we know of.
pub(crate) fn name() -> Option<&'static str> {
    const KNOWN: [(&str, &str); 7] = [
        ("/usr/bin/apt-get", "apt"),
        ("/usr/bin/dnf5", "dnf5"),
        ("/usr/bin/dnf", "dnf"),
        ("/usr/bin/zypper", "zypper"),
        ("/sbin/apk", "apk"),
        ("/usr/bin/pacman", "pacman"),
        ("/usr/bin/yum", "yum"),
    ];
    let there = |known: &&(&str, &str)| Path::new(known.0).exists();
    KNOWN.iter().find(there).map(|known| known.1)
}

/// A package by its name, `name:architecture` where one of several is meant.
pub fn look(name: &str) -> Result<State, Fault> {
    manager()?.look(name)
}

/// What a package that was removed has left.
pub fn remains(name: &str) -> Result<State, Fault> {
    manager()?.remains(name)
}

/// The time of the last refresh of the package lists.
pub fn lists() -> Result<State, Fault> {
    manager()?.lists()
}

/// What the package manager would do: a [`Transaction`].
pub fn transaction(request: &PackageRequest) -> Result<Value, Fault> {
    let transaction = manager()?.transaction(request)?;
    serde_json::to_value(transaction).map_err(|error| Fault::Bug {
        message: error.to_string(),
    })
}

/// The newest version available, or null.
pub fn candidate(name: &str) -> Result<Value, Fault> {
    Ok(manager()?.candidate(name)?.into())
}

/// One transaction of the package manager; what the change does not leave absent, it may not remove.
pub fn apply(
    request: &PackageRequest,
    change: &Change,
    context: &Context,
) -> Result<Effect, Fault> {
    let shown = change
        .leaves
        .iter()
        .any(|transition| transition.after.is_absent() && !transition.before.is_absent());
    let removes = shown || !request.remove.is_empty() || request.autoremove;
    manager()?.apply(request, removes, context)
}

fn taken_back(path: &str, fault: Fault) -> Fault {
    fault.reworded(|words| {
        format!("{words}\n{path} is again as it was before, so that apt goes on working")
    })
}

/// Refreshes the package lists. Where those of a source cannot be fetched, its file becomes again what it is `otherwise`.
pub fn refresh(
    source: Option<&str>,
    otherwise: Option<&State>,
    context: &Context,
) -> Result<Effect, Fault> {
    let refreshed = manager()?.refresh(source, context);
    if let (Err(_), Some(path), Some(otherwise)) = (&refreshed, source, otherwise) {
        super::file::put(path, &super::file::look(path)?, otherwise)?;
        return refreshed.map_err(|fault| taken_back(path, fault));
    }
    refreshed
}
