//! `cron`: lines of crontabs.
use crate::body::Body;
use crate::crontab::{self, Crontab, Job, quoted};
use crate::ownership::{self, Ownership};
use crate::path;
use crate::presence::Presence;
use crate::written::Written;
use play_core::{Fault, FileMode, Module, Plan, Resource, State, Touch, View, unknown};
use schemars::JsonSchema;
use serde::Deserialize;

/// Keeps a job, or a variable, in an account's crontab or in a file of /etc/cron.d.
///
/// A job is found again by its name, which stands in a comment above it, as Ansible writes it. A line without a name that
/// says the same is taken over instead of being doubled.
///
/// # Example
///
/// ```yaml
/// - name: dump the database at night
///   cron:
///     name: database dump
///     user: root
///     minute: "30"
///     hour: "3"
///     job: /usr/local/bin/dump-database
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cron {
    /// The job's name; with `env`, the variable's.
    pub name: String,
    /// The command; with `env`, the variable's value.
    #[serde(default, alias = "value")]
    pub job: Option<String>,
    /// The account whose crontab it is; in a file of /etc/cron.d, the account it runs as. Without it, the account the task
    /// acts as.
    #[serde(default)]
    pub user: Option<String>,
    /// Whether it shall be there.
    #[serde(default)]
    pub state: Presence,
    /// Minutes, crontab(5).
    #[serde(default = "every")]
    pub minute: Body,
    /// Hours.
    #[serde(default = "every")]
    pub hour: Body,
    /// Days of the month.
    #[serde(default = "every", alias = "dom")]
    pub day: Body,
    /// Months.
    #[serde(default = "every")]
    pub month: Body,
    /// Days of the week, 0 to 6 from Sunday.
    #[serde(default = "every", alias = "dow")]
    pub weekday: Body,
    /// A word instead of the five fields.
    #[serde(default)]
    pub special_time: Option<Special>,
    /// Keep the job, but as a comment.
    #[serde(default)]
    pub disabled: bool,
    /// A file of /etc/cron.d instead of the account's crontab: its name, or a path.
    #[serde(default)]
    pub cron_file: Option<String>,
    /// It is a variable, not a job.
    #[serde(default)]
    pub env: bool,
}

/// A word for a time, crontab(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    Annually,
    Daily,
    Hourly,
    Monthly,
    Reboot,
    Weekly,
    Yearly,
}

impl Special {
    fn word(self) -> &'static str {
        match self {
            Self::Annually => "@annually",
            Self::Daily => "@daily",
            Self::Hourly => "@hourly",
            Self::Monthly => "@monthly",
            Self::Reboot => "@reboot",
            Self::Weekly => "@weekly",
            Self::Yearly => "@yearly",
        }
    }
}

fn every() -> Body {
    Body("*".into())
}

/// Debian's, and that of others.
const SPOOLS: [&str; 2] = ["/var/spool/cron/crontabs", "/var/spool/cron"];

impl Module for Cron {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.refuse()?;
        let user = match &self.user {
            Some(user) => user.clone(),
            None => view.acts_as().unwrap_or_else(|| "root".into()),
        };
        let (path, mode, group) = self.place(view, &user)?;
        if self.cron_file.is_some() && self.state == Presence::Present && !self.env {
            // cron passes over a whole file for one account it does not know.
            ownership::account(view, &user)?;
        }
        let text = view.text(&path)?;
        let mut table = Crontab::parse(text.as_deref().unwrap_or_default());
        match (self.state, self.env) {
            (Presence::Absent, true) => table.forget_variable(&self.name),
            (Presence::Absent, false) => table.forget(&self.name),
            (Presence::Present, true) => {
                table.set(&self.name, self.job.as_deref().unwrap_or_default());
            }
            (Presence::Present, false) => table.keep(&self.name, &self.line(&user), self.disabled),
        }
        let new = table.text();
        if text.is_none() && new.is_empty() {
            return Ok(Plan::nothing());
        }
        let new = match text {
            Some(text) if Crontab::parse(&text) == table => text,
            _ => new,
        };
        let owner = if self.cron_file.is_some() {
            "root"
        } else {
            &user
        };
        let mut written = Written::new(&path, new);
        written.ownership = Ownership {
            mode: Some(&mode),
            owner: Some(owner),
            group: group.as_deref(),
        };
        let mut plan = written.plan(view)?;
        if !plan.changes.is_empty() && self.cuts_at_percent() {
            plan.notes.push(
                "cron takes the first % of a job for the end of the command; write \\% for a percent sign".into(),
            );
        }
        Ok(plan)
    }

    fn touches(&self) -> Vec<Touch> {
        let user = self.user.as_deref().unwrap_or("root");
        let file = match &self.cron_file {
            Some(file) => path::join("/etc/cron.d", file.trim_start_matches("/etc/cron.d/")),
            None => SPOOLS[1].to_owned(),
        };
        vec![
            Touch::write(Resource::File(file)),
            Touch::read(Resource::User(user.to_owned())),
        ]
    }
}

impl Cron {
    fn refuse(&self) -> Result<(), Fault> {
        let present = self.state == Presence::Present;
        if self.name.is_empty() || self.name.contains('\n') {
            return Err(Fault::arguments("name must be one line, and not empty"));
        }
        if present && self.job.as_deref().is_none_or(str::is_empty) {
            return Err(Fault::arguments("state: present needs job"));
        }
        if self.job.as_deref().is_some_and(|job| job.contains('\n')) {
            return Err(Fault::arguments(
                "job is more than one line, and a crontab has one line a job; put it in a script",
            ));
        }
        let fields = [
            &self.minute,
            &self.hour,
            &self.day,
            &self.month,
            &self.weekday,
        ];
        let bad = |field: &&&Body| {
            field.is_empty() || field.contains(|c: char| c.is_whitespace() || c == '%')
        };
        if let Some(field) = fields.iter().find(bad) {
            return Err(Fault::arguments(format!(
                "`{}` is no field of a crontab",
                &***field
            )));
        }
        let known = fields.iter().all(|field| unknown::reason(field).is_none());
        if present && known && !self.env && self.special_time.is_none() {
            crontab::refuse_times(fields.map(|field| field.0.as_str()))
                .map_err(Fault::arguments)?;
        }
        if present
            && self.env
            && self
                .job
                .as_deref()
                .is_some_and(|value| quoted(value).is_none())
        {
            return Err(Fault::arguments(
                "the value has both kinds of quotes, which a crontab cannot hold",
            ));
        }
        if self.special_time.is_some() && fields.iter().any(|field| field.0 != "*") {
            return Err(Fault::arguments(
                "give either special_time or minute, hour and so on, not both",
            ));
        }
        Ok(())
    }

    fn cuts_at_percent(&self) -> bool {
        let job = self.job.as_deref().unwrap_or_default();
        !self.env && job.replace("\\%", "").contains('%')
    }

    fn line(&self, user: &str) -> Job {
        let time = match self.special_time {
            Some(special) => special.word().to_owned(),
            None => [
                &self.minute,
                &self.hour,
                &self.day,
                &self.month,
                &self.weekday,
            ]
            .map(|field| field.0.as_str())
            .join(" "),
        };
        let user = self.cron_file.as_ref().map(|_| user.to_owned());
        Job {
            time,
            user,
            command: self.job.clone().unwrap_or_default(),
        }
    }

    /// The file, its mode, and its group where cron insists on one.
    fn place(
        &self,
        view: &dyn View,
        user: &str,
    ) -> Result<(String, FileMode, Option<String>), Fault> {
        if let Some(file) = &self.cron_file {
            let name = path::name(file);
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let dropped = file.starts_with("/etc/cron.d/") || !file.contains('/');
            if name.is_empty() || (dropped && !name.chars().all(good)) {
                return Err(Fault::arguments(format!(
                    "cron_file `{file}`: cron reads only names of letters, digits, _ and -; no dot"
                )));
            }
            let path = if file.starts_with('/') {
                path::join("/", file)
            } else {
                path::join("/etc/cron.d", file)
            };
            return Ok((path, FileMode::Bits(0o644), None));
        }
        for spool in SPOOLS {
            match view.look(&Resource::File(spool.into()))? {
                State::File(directory) => {
                    let group = match directory.group.as_str() {
                        // Debian's crontab(1) is set-group-id to this group.
                        "crontab" => directory.group,
                        _ => ownership::primary_group(view, user)?,
                    };
                    let path = path::join(spool, user);
                    return Ok((path, FileMode::Bits(0o600), Some(group)));
                }
                State::Unknown(reason) => return Err(Fault::Unknown { reason }),
                _ => {}
            }
        }
        Err(Fault::Unsupported {
            what: "cron".into(),
            hint: Some("install the package cron first".into()),
        })
    }
}
