//! apt: one apt-get call a transaction, never a question, never a removal that was not shown.
mod failure;
mod simulation;

use super::{Manager, dpkg};
use crate::Context;
use crate::program::Program;
use play_core::query::{PackageRequest, Transaction};
use play_core::{Effect, Fault, State};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

pub(super) struct Apt;

const LISTS: &str = "/var/lib/apt/lists";
const STAMP: &str = "/var/lib/apt/periodic/update-success-stamp";

impl Manager for Apt {
    fn look(&self, name: &str) -> Result<State, Fault> {
        let status =
            dpkg::status().map_err(|error| Fault::file("read", "/var/lib/dpkg/status", &error))?;
        let package = status.package(name).cloned();
        Ok(package.map_or(State::Absent, State::Package))
    }

    fn remains(&self, name: &str) -> Result<State, Fault> {
        let status =
            dpkg::status().map_err(|error| Fault::file("read", "/var/lib/dpkg/status", &error))?;
        let version = status.remains.get(name).cloned();
        Ok(version.map_or(State::Absent, State::Text))
    }

    fn lists(&self) -> Result<State, Fault> {
        let names = crate::machine::file::list(LISTS)?;
        if !names
            .iter()
            .any(|name| name.contains("Release") || name.contains("_Packages"))
        {
            return Ok(State::Absent);
        }
        let modified = |path| std::fs::metadata(path).ok().map(|status| status.mtime());
        let newest = [LISTS, STAMP].into_iter().filter_map(modified).max();
        Ok(newest.map_or(State::Absent, |seconds| State::Text(seconds.to_string())))
    }

    fn transaction(&self, request: &PackageRequest) -> Result<Transaction, Fault> {
        simulation::run(request)
    }

    fn candidate(&self, name: &str) -> Result<Option<String>, Fault> {
        let out = quiet("apt-cache")
            .args(["policy", "--", name])
            .succeed()?
            .out();
        let line = out
            .lines()
            .find_map(|line| line.trim().strip_prefix("Candidate:"));
        let version = line.map(str::trim).filter(|version| *version != "(none)");
        Ok(version.map(str::to_owned))
    }

    fn apply(
        &self,
        request: &PackageRequest,
        removes: bool,
        context: &Context,
    ) -> Result<Effect, Fault> {
        heal(context)?;
        let mut arguments = arguments(request)?;
        if !removes {
            arguments.push("--no-remove".into());
        }
        arguments.push("-y".into());
        arguments.extend(words(request));
        patiently(&arguments, context)
    }

    fn refresh(&self, source: Option<&str>, context: &Context) -> Result<Effect, Fault> {
        let mut arguments = vec!["update".to_owned()];
        let mut option = |option: String| arguments.extend(["-o".to_owned(), option]);
        option("APT::Update::Error-Mode=any".into());
        if let Some(source) = source {
            // Of this file only, and without throwing away the lists of all others.
            option(format!("Dir::Etc::sourcelist={source}"));
            option("Dir::Etc::sourceparts=-".into());
            option("APT::Get::List-Cleanup=0".into());
        }
        let effect = patiently(&arguments, context)?;
        if source.is_none() {
            mark_refreshed();
        }
        Ok(effect)
    }
}

/// How long another package manager may hold a lock.
const PATIENCE: Duration = Duration::from_secs(120);

/// One apt-get call. It waits for dpkg's lock by itself, but not for those of the lists and the archive; so do we.
fn patiently(arguments: &[String], context: &Context) -> Result<Effect, Fault> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let ended = get(context).args(arguments).run()?;
        if ended.code == 0 {
            return Ok(Effect {
                output: ended.output(),
            });
        }
        let waits = ended.err().contains("Could not get lock") && begun.elapsed() < PATIENCE;
        if !waits {
            return Err(failure::of(&ended));
        }
        context.proceed()?;
        if !told {
            (context.output)("waiting for another package manager to end");
            told = true;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// apt leaves the time as it was where nothing was new; that it looked is what counts.
fn mark_refreshed() {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    let _ = utimensat(CWD, LISTS, &times, AtFlags::empty());
}

/// A program of apt's that asks nothing and speaks English.
fn quiet(program: &str) -> Program {
    Program::new(program)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("DEBIAN_PRIORITY", "critical")
        .env("APT_LISTCHANGES_FRONTEND", "none")
        .env("APT_LISTBUGS_FRONTEND", "none")
        .env("NEEDRESTART_MODE", "l")
        .env("NEEDRESTART_SUSPEND", "1")
        .env("UCF_FORCE_CONFFOLD", "1")
}

/// apt-get as it is run for real: waits for the lock, keeps configuration files that were edited.
fn get(context: &Context) -> Program {
    quiet("apt-get").within(context).args([
        "-q",
        "-o",
        "DPkg::Lock::Timeout=120",
        "-o",
        "Dpkg::Options::=--force-confdef",
        "-o",
        "Dpkg::Options::=--force-confold",
        "-o",
        "Dpkg::Use-Pty=0",
        "-o",
        "APT::Color=0",
    ])
}

/// The options and the verb a request is.
fn arguments(request: &PackageRequest) -> Result<Vec<String>, Fault> {
    if let Some(odd) =
        request.install.iter().chain(&request.remove).find(|name| {
            name.is_empty() || name.starts_with('-') || name.contains(char::is_whitespace)
        })
    {
        return Err(Fault::arguments(format!("`{odd}` is no package name")));
    }
    let mut arguments = vec![
        "-o".to_owned(),
        format!("APT::Install-Recommends={}", request.recommends),
    ];
    for (wanted, option) in [
        (request.allow_downgrade, "--allow-downgrades"),
        (request.autoremove, "--auto-remove"),
        (request.purge, "--purge"),
    ] {
        arguments.extend(wanted.then(|| option.to_owned()));
    }
    let verb = if request.upgrade {
        "dist-upgrade"
    } else if !request.install.is_empty() {
        "install"
    } else if !request.remove.is_empty() {
        "remove"
    } else {
        "autoremove"
    };
    arguments.push(verb.to_owned());
    Ok(arguments)
}

/// The packages, after a `--`. With a verb that installs, a dash behind a name removes it.
fn words(request: &PackageRequest) -> Vec<String> {
    let installs = request.upgrade || !request.install.is_empty();
    let removed = |name: &String| {
        if installs {
            format!("{name}-")
        } else {
            name.clone()
        }
    };
    let mut words = vec!["--".to_owned()];
    words.extend(request.install.iter().cloned());
    words.extend(request.remove.iter().map(removed));
    words
}

/// Finishes what an interrupted dpkg left half way; until then apt refuses everything.
fn heal(context: &Context) -> Result<(), Fault> {
    let journal = crate::machine::file::list("/var/lib/dpkg/updates")?;
    let unfinished = dpkg::status().is_ok_and(|status| !status.unfinished.is_empty());
    if journal.is_empty() && !unfinished {
        return Ok(());
    }
    let ended = quiet("dpkg")
        .within(context)
        .args(["--force-confdef", "--force-confold", "--configure", "-a"])
        .run()?;
    match ended.code {
        0 => Ok(()),
        // A package whose script fails now may be the very one the transaction repairs or removes.
        _ if !journal.is_empty() && ended.err().contains("lock") => Err(failure::of(&ended)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_call() {
        let mut request = PackageRequest {
            install: vec!["nginx=1.2".into()],
            remove: vec!["apache2".into()],
            ..PackageRequest::default()
        };
        assert_eq!(
            arguments(&request)
                .ok()
                .and_then(|all| all.last().cloned())
                .as_deref(),
            Some("install")
        );
        assert_eq!(words(&request), ["--", "nginx=1.2", "apache2-"]);
        request.install.clear();
        assert_eq!(
            arguments(&request)
                .ok()
                .and_then(|all| all.last().cloned())
                .as_deref(),
            Some("remove")
        );
        assert_eq!(words(&request), ["--", "apache2"]);
        request.remove = vec!["-o".into()];
        assert!(arguments(&request).is_err());
    }
}
