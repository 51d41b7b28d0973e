//! `user`: accounts.
use crate::account::Account;
use crate::group::refuse_name;
use crate::list::List;
use crate::path::HostPath;
use crate::presence::Presence;
use play_core::{Change, Fault, Module, Plan, Query, Resource, State, Touch, Value, View, unknown};
use schemars::JsonSchema;
use serde::Deserialize;

/// Makes, changes and removes accounts.
///
/// Without `append`, `groups` is the whole list: the plan says which groups it takes the account out of. A password is
/// given as a hash (`openssl passwd -6`, or the helper `password_hash` with a salt of its own), never as it is typed,
/// because it would stand in files and process lists. A new account has a group of its own name unless `group` says
/// otherwise, and a home directory with the files of /etc/skel unless `create_home` is false. When `home` changes,
/// nothing is moved.
///
/// # Example
///
/// ```yaml
/// - name: the account that deploys
///   user:
///     name: deploy
///     groups: [sudo]
///     append: true
///     shell: /bin/bash
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The account's name.
    #[serde(alias = "user")]
    pub name: String,
    /// Whether the account shall be there.
    #[serde(default)]
    pub state: Presence,
    /// The account's number; without it, the next free one.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Name of the primary group.
    #[serde(default)]
    pub group: Option<String>,
    /// Names of the other groups it is in.
    #[serde(default)]
    pub groups: Option<List>,
    /// Leave it in the groups it is in that `groups` does not name.
    #[serde(default)]
    pub append: bool,
    /// Home directory; /home and the name where nothing is said.
    #[serde(default)]
    pub home: Option<HostPath>,
    /// Login shell; that of useradd where nothing is said.
    #[serde(default)]
    pub shell: Option<String>,
    /// Full name or what the account is for.
    #[serde(default)]
    pub comment: Option<String>,
    /// A crypt(3) hash, or `!` or `*` for none.
    #[serde(default)]
    pub password: Option<String>,
    /// Whether `password` is for new accounts only.
    #[serde(default)]
    pub update_password: UpdatePassword,
    /// Lock the password, or unlock it.
    #[serde(default)]
    pub password_lock: Option<bool>,
    /// Make the home directory where there is none.
    #[serde(default = "yes", alias = "createhome")]
    pub create_home: bool,
    /// Choose a new account's number below 1000. Says nothing of an account that is there.
    #[serde(default)]
    pub system: bool,
    /// With `state: absent`: remove the home directory too.
    #[serde(default)]
    pub remove: bool,
}

/// When a password is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdatePassword {
    /// Whenever it differs.
    #[default]
    Always,
    /// Only for an account that is made.
    OnCreate,
}

fn yes() -> bool {
    true
}

impl Module for User {
    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        refuse_name("user", &self.name)?;
        self.refuse_plain_password()?;
        self.refuse_fields()?;
        let resource = Resource::User(self.name.clone());
        let before = view.look(&resource)?;
        match (self.state, before) {
            (_, State::Unknown(reason)) => Ok(Plan::unknown(reason)),
            (Presence::Absent, State::User(user)) => {
                self.refuse_busy(view, "removing user")?;
                let home = user.home.clone();
                let mut change = Change::put(resource, State::User(user), State::Absent);
                if self.remove {
                    change = self.without_home(view, change, &home)?;
                }
                Ok(change.into())
            }
            (Presence::Absent, _) => Ok(Plan::nothing()),
            (Presence::Present, State::User(user)) => Account { asked: self, view }.changed(user),
            (Presence::Present, _) => Account { asked: self, view }.made(),
        }
    }

    fn touches(&self) -> Vec<Touch> {
        let home = match &self.home {
            Some(home) => home.to_string(),
            None => format!("/home/{}", self.name),
        };
        let groups = self.groups.iter().flat_map(|groups| groups.iter());
        let mut touches = vec![
            Touch::write(Resource::User(self.name.clone())),
            Touch::write(Resource::Group(self.name.clone())),
            Touch::write(Resource::File("/etc/passwd".into())),
            Touch::write(Resource::File("/etc/group".into())),
            Touch::write(Resource::File(home)),
        ];
        touches.extend(
            groups
                .chain(&self.group)
                .map(|name| Touch::read(Resource::Group(name.clone()))),
        );
        touches
    }
}

impl User {
    fn refuse_plain_password(&self) -> Result<(), Fault> {
        match self.password.as_deref() {
            None | Some("!" | "!!" | "*") => Ok(()),
            Some("") => Err(Fault::arguments(
                "password is empty, which lets everybody in; give a hash, or `!` for none",
            )),
            Some(hash) if hash.trim_start_matches('!').starts_with(['$', '_']) => Ok(()),
            Some(_) => Err(Fault::arguments(
                "password is no crypt(3) hash; give one made with `openssl passwd -6`, or `!` for none",
            )),
        }
    }

    /// A field of passwd(5) holds neither a colon nor a line break.
    fn refuse_fields(&self) -> Result<(), Fault> {
        let fields = [
            ("comment", self.comment.as_deref()),
            ("shell", self.shell.as_deref()),
            ("home", self.home.as_deref()),
        ];
        for (name, text) in fields {
            let odd = |text: &str| text.contains([':', '\n']) && unknown::reason(text).is_none();
            if text.is_some_and(odd) {
                return Err(Fault::arguments(format!(
                    "{name} has a colon or a line break, which /etc/passwd cannot hold"
                )));
            }
        }
        Ok(())
    }

    /// userdel(8) refuses an account as which something runs, usermod(8) to give it another number or home.
    pub(crate) fn refuse_busy(&self, view: &dyn View, what: &str) -> Result<(), Fault> {
        let query = Query::Processes {
            user: self.name.clone(),
        };
        let running = match view.ask(&query) {
            // What is to be done before may end them.
            Err(Fault::Unknown { .. }) => return Ok(()),
            answer => answer?,
        };
        let named = |process: &Value| {
            format!(
                "{} ({})",
                process["name"].as_str().unwrap_or("?"),
                process["pid"]
            )
        };
        let all: Vec<String> = running
            .as_array()
            .into_iter()
            .flatten()
            .map(named)
            .collect();
        let (shown, more) = (
            all.iter().take(5).cloned().collect::<Vec<_>>(),
            all.len().saturating_sub(5),
        );
        if all.is_empty() {
            return Ok(());
        }
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        Err(Fault::refused(
            format!("{what} {}", self.name),
            format!(
                "what runs as it must be stopped first, by its service or with `loginctl terminate-user {}`: {}{more}",
                self.name,
                shown.join(", ")
            ),
        ))
    }

    fn without_home(&self, view: &dyn View, change: Change, home: &str) -> Result<Change, Fault> {
        let path = HostPath::parse(home).map_err(Fault::arguments)?;
        if path.matches('/').count() < 2 {
            return Err(Fault::refused(
                format!("removing the home {home} of {}", self.name),
                "it is no directory of its own; set remove: false",
            ));
        }
        Ok(match view.look(&path.resource())? {
            State::File(file) if file.owner != self.name => {
                return Err(Fault::refused(
                    format!("removing the home {home} of {}", self.name),
                    format!(
                        "it belongs to {}; set remove: false, or remove it with file: state=absent",
                        file.owner
                    ),
                ));
            }
            home @ State::File(_) => change.leaving(path.resource(), home, State::Absent),
            _ => change,
        })
    }
}
