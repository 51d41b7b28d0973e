//! The machine this runs on.
pub mod account;
pub mod address;
pub mod archive;
pub mod boot;
pub mod checkout;
pub mod command;
pub mod compose;
pub mod fact;
pub mod file;
pub mod hostname;
pub mod http;
pub mod package;
pub mod parsed;
pub(crate) mod race;
pub mod rules;
pub(crate) mod staging;
pub mod sysctl;
pub mod tunnel;
pub mod unit;
pub mod validate;
pub mod wait;

use crate::Context;
use play_core::resource::Kind;
use play_core::{Act, Change, Effect, Fault, Query, Resource, State, System, Value, View};

/// The real machine, for one step.
#[derive(Default, Clone)]
pub struct Machine {
    pub context: Context,
}

impl View for Machine {
    fn look(&self, resource: &Resource) -> Result<State, Fault> {
        match resource {
            Resource::File(path) => file::look(path),
            Resource::Package(name) => package::look(name),
            Resource::Remains(name) => package::remains(name),
            Resource::PackageLists => package::lists(),
            Resource::Unit(name) => unit::look(name),
            Resource::User(name) => account::look_user(name),
            Resource::Group(name) => account::look_group(name),
            Resource::Sysctl(key) => sysctl::look(key),
            Resource::Hostname => hostname::look(),
            Resource::Table(name) => rules::look(name),
            Resource::Tunnel(name) => tunnel::look(name),
            Resource::Project(name) => compose::look(name),
            Resource::Checkout(path) => checkout::look(path, &self.context),
            Resource::Boot => boot::look(),
            Resource::Other(_) => Ok(State::Absent),
        }
    }

    fn list(&self, directory: &str) -> Result<Vec<String>, Fault> {
        file::list(directory)
    }

    fn ask(&self, query: &Query) -> Result<Value, Fault> {
        match query {
            Query::Transaction(request) => package::transaction(request),
            Query::Candidate { package } => package::candidate(package),
            Query::NormalRules {
                script,
                family,
                name,
            } => rules::normal(script, family, name),
            Query::Compose {
                directory,
                files,
                project,
                profiles,
                environment_files,
                staged,
                planned,
            } => compose::resolve(
                directory,
                files,
                project,
                profiles,
                environment_files,
                staged,
                planned,
            ),
            Query::Images { references } => compose::images(references),
            Query::RemoteCommit {
                repository,
                version,
                user,
            } => checkout::remote(repository, version, user.as_deref()),
            Query::PublicKey { private_key_file } => tunnel::public_key(private_key_file),
            Query::Probe(probe) => wait::observe(probe),
            Query::Processes { user } => account::processes(user),
            Query::PasswordFits { password, hash } => account::password_fits(password, hash),
            Query::Calendar { expression } => unit::calendar(expression),
            Query::Archive { path } => archive::entries(path),
            Query::Validate {
                path,
                content,
                argv,
            } => validate::validate(path, content, argv, &self.context),
            Query::Reads {
                argv,
                directory,
                stdin,
            } => command::reads(argv, directory.as_deref(), stdin.as_deref(), &self.context),
            Query::Journal { run } => crate::journal::answer(run),
            Query::Facts { wanted } => Ok(fact::gather(wanted)),
        }
    }

    fn imagined(&self) -> bool {
        false
    }

    fn blurred(&self, _: Kind) -> Option<String> {
        None
    }

    fn acts_as(&self) -> Option<String> {
        self.context.acts_as.clone().or_else(account::own)
    }
}

impl System for Machine {
    fn apply(&mut self, change: &Change) -> Result<Effect, Fault> {
        self.context.proceed()?;
        for transition in &change.leaves {
            if transition.before.unknown().is_none()
                && !race::same(&self.look(&transition.resource)?, &transition.before)
            {
                return Err(Fault::Raced {
                    resource: transition.resource.clone(),
                });
            }
        }
        self.perform(change)
    }
}

impl Machine {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each act of a closed vocabulary"
    )]
    fn perform(&self, change: &Change) -> Result<Effect, Fault> {
        let context = &self.context;
        match &change.act {
            Act::Put => change
                .leaves
                .iter()
                .try_for_each(|transition| {
                    self.put(&transition.resource, &transition.before, &transition.after)
                })
                .map(|()| Effect::default()),
            Act::PutBlob { sha256 } => file::put_blob(change, sha256, context),
            Act::Packages(request) => package::apply(request, change, context),
            Act::RefreshPackages { source, otherwise } => {
                package::refresh(source.as_deref(), otherwise.as_deref(), context)
            }
            Act::Unit { unit, verb } => unit::apply(unit, *verb, context),
            Act::DaemonReload => unit::daemon_reload(context),
            Act::Table { script } => rules::load(script, context),
            Act::Tunnel {
                interface,
                configuration,
            } => tunnel::apply(interface, configuration, change, context),
            Act::PrivateKey { path, kind } => tunnel::private_key(path, *kind, context),
            Act::Compose(compose) => compose::apply(compose, context),
            Act::Command(command) => command::run(command, context),
            Act::Download {
                url,
                path,
                checksum,
                headers,
                timeout,
            } => http::download(
                url,
                path,
                checksum.as_deref(),
                headers,
                *timeout,
                change,
                context,
            ),
            Act::Unpack {
                archive,
                directory,
                strip,
                owner,
                group,
            } => archive::unpack(
                archive,
                directory,
                *strip,
                owner.as_deref(),
                group.as_deref(),
                context,
            ),
            Act::Checkout {
                repository,
                path,
                commit,
                depth,
                user,
                force,
            } => checkout::apply(
                &checkout::Wanted {
                    repository,
                    path,
                    commit,
                    depth: *depth,
                    user: user.as_deref(),
                    force: *force,
                },
                context,
            ),
            Act::Reboot { seconds } => boot::reboot(*seconds, context),
            Act::Wait {
                probe,
                seconds,
                interval_ms,
                message,
            } => wait::wait(probe, *seconds, *interval_ms, context)
                .map_err(|fault| wait::meaning(fault, message.as_deref())),
        }
    }

    fn put(&self, resource: &Resource, before: &State, after: &State) -> Result<(), Fault> {
        match resource {
            Resource::File(path) => file::put(path, before, after),
            Resource::User(name) => account::put_user(name, before, after, &self.context),
            Resource::Group(name) => account::put_group(name, before, after, &self.context),
            Resource::Sysctl(key) => sysctl::put(key, after),
            Resource::Hostname => hostname::put(after),
            other => Err(Fault::Bug {
                message: format!("{other} cannot be put into a state"),
            }),
        }
    }
}
