//! `package`: packages of the system's package manager.
mod lists;
mod transaction;
mod version;
mod wanted;

use crate::list::List;
use crate::text::Text;
use lists::Lists;
use play_core::query::PackageRequest;
use play_core::resource::Kind;
use play_core::{Fault, Module, Plan, Resource, Touch, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use transaction::Outlook;
use wanted::Wanted;

/// Installs, upgrades and removes packages, all named ones in one transaction.
///
/// The plan shows the real transaction: dependencies that come along and packages that must go. Package lists are refreshed where they
/// were never fetched and something must be installed, and as `update_cache` says. With `update_cache` and no `cache_valid_time`, they
/// are refreshed only where something must be installed or may be upgraded.
///
/// # Example
///
/// ```yaml
/// - name: a web server and its certificates
///   package:
///     name: [nginx, certbot]
///     state: present
///     update_cache: true
///     cache_valid_time: 3600
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The package, or several; `name=1.2*` for a version. A list may turn out empty.
    #[serde(default, alias = "pkg", alias = "package")]
    #[schemars(extend("aliases" = ["pkg", "package"]))]
    pub name: Option<List>,
    /// Installed, not installed, or installed in the newest version.
    #[serde(default)]
    pub state: Desired,
    /// Refresh the package lists first.
    #[serde(default, alias = "update-cache")]
    #[schemars(extend("aliases" = ["update-cache"]))]
    pub update_cache: bool,
    /// Seconds for which refreshed lists are new enough; implies `update_cache`.
    #[serde(default)]
    pub cache_valid_time: Option<u64>,
    /// Install what packages recommend too.
    #[serde(default = "yes", alias = "install-recommends")]
    #[schemars(extend("aliases" = ["install-recommends"]))]
    pub install_recommends: bool,
    /// With `state: absent`: remove the packages' settings too, also those of packages that were removed before.
    #[serde(default)]
    pub purge: bool,
    /// Remove packages that came along for others and that nothing needs any more.
    #[serde(default)]
    pub autoremove: bool,
    /// Allow an older version than the one installed.
    #[serde(default, alias = "allow-downgrade", alias = "allow_downgrades")]
    #[schemars(extend("aliases" = ["allow-downgrade", "allow_downgrades"]))]
    pub allow_downgrade: bool,
    /// Upgrade what is installed, and install nothing new.
    #[serde(default)]
    pub only_upgrade: bool,
    /// Upgrade the whole system: `safe` refuses where that would remove a package, `dist` does not.
    #[serde(default)]
    #[schemars(default = "no_upgrade")]
    pub upgrade: Upgrade,
}

fn no_upgrade() -> &'static str {
    "no"
}

fn yes() -> bool {
    true
}

/// What of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    #[default]
    #[serde(alias = "installed")]
    Present,
    #[serde(alias = "removed")]
    Absent,
    Latest,
}

/// How the whole system is upgraded: `no`, `safe` (or `yes`), `dist` (or `full`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Text")]
pub enum Upgrade {
    #[default]
    No,
    Safe,
    Dist,
}

/// `yes` and `no` are booleans to YAML.
impl TryFrom<Text> for Upgrade {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        match text.0.as_str() {
            "no" | "0" | "" => Ok(Self::No),
            "safe" | "yes" | "1" => Ok(Self::Safe),
            "dist" | "full" => Ok(Self::Dist),
            other => Err(format!("`upgrade: {other}`: it is one of no, safe, dist")),
        }
    }
}

impl Module for Package {
    fn sensible(&self) -> Result<(), Fault> {
        let upgrades = self.upgrade != Upgrade::No;
        if upgrades && !self.names().is_empty() {
            return Err(Fault::arguments(
                "`name` and `upgrade` exclude each other: `upgrade` is of the whole system; use `state: latest` for some packages",
            ));
        }
        if self.name.is_none()
            && !upgrades
            && !self.autoremove
            && !self.update_cache
            && self.cache_valid_time.is_none()
        {
            return Err(Fault::arguments(
                "nothing to do: give `name`, `upgrade`, `autoremove` or `update_cache`",
            ));
        }
        if self.purge && self.state != Desired::Absent {
            return Err(Fault::arguments("`purge` goes with `state: absent` only"));
        }
        let pattern = |name: &&String| name.contains('*');
        if self.state == Desired::Absent
            && let Some(name) = self.names().iter().find(pattern)
        {
            return Err(Fault::arguments(format!(
                "`{name}` is a pattern, which may take more than is meant; name the packages that go"
            )));
        }
        Wanted::all(self.names()).map(drop)
    }

    fn plan(&self, view: &dyn View) -> Result<Plan, Fault> {
        self.sensible()?;
        let wanted = Wanted::all(self.names())?;
        let needed = self.needed(view, wanted)?;
        let lists = Lists::look(view)?;
        let mut plan = Plan::nothing();
        let refreshed = self.refreshes(&needed, &lists, view);
        if refreshed {
            plan.changes.push(lists.refresh(view));
        }
        plan.output = serde_json::json!({ "cache_updated": refreshed });
        let request = self.request(&needed);
        if request != self.request(&[]) || self.upgrade != Upgrade::No || self.sweeps() {
            let vague = refreshed
                .then(|| "the package lists are refreshed".to_owned())
                .or_else(|| view.blurred(Kind::PackageLists));
            let outlook = Outlook::new(view, request, vague, lists.are_there())?;
            outlook.fill(self, &needed, &mut plan)?;
        }
        Ok(plan)
    }

    /// A package may bring files, units and accounts; and there is one lock.
    fn touches(&self) -> Vec<Touch> {
        let mut touches = vec![
            Touch::write(Resource::PackageLists),
            Touch::read(Resource::File("/etc/apt".into())),
        ];
        if !self.only_refreshes() {
            touches.extend(
                play_core::change::PACKAGE_KINDS
                    .iter()
                    .map(|kind| Touch::write_every(*kind)),
            );
        }
        touches
    }

    /// A refresh or an upgrade without `cache_valid_time` acts each time.
    fn settles(&self) -> bool {
        let may_change = self.name.is_none() || self.state == Desired::Latest;
        !(self.update_cache && self.cache_valid_time.is_none() && may_change)
    }
}

impl Package {
    fn names(&self) -> &[String] {
        self.name.as_deref().unwrap_or_default()
    }

    fn only_refreshes(&self) -> bool {
        self.name.is_none() && self.upgrade == Upgrade::No && !self.autoremove
    }

    /// Removing what nothing needs is all that is asked.
    fn sweeps(&self) -> bool {
        self.autoremove && self.names().is_empty()
    }

    /// The packages that are not as they should be; with `latest`, those that may not be.
    fn needed(&self, view: &dyn View, wanted: Vec<Wanted>) -> Result<Vec<Wanted>, Fault> {
        let mut needed = Vec::new();
        for mut one in wanted {
            one.before = view.look(&Resource::Package(one.name.clone()))?;
            if self.purge && one.before.is_absent() {
                one.remains = view.look(&Resource::Remains(one.name.clone()))?;
            }
            let holds = match self.state {
                _ if self.state != Desired::Absent
                    && self.only_upgrade
                    && one.before.is_absent() =>
                {
                    true
                }
                Desired::Present if self.only_upgrade => false,
                Desired::Present => one.is_installed(),
                Desired::Absent => one.is_gone(),
                Desired::Latest => false,
            };
            if !holds {
                needed.push(one);
            }
        }
        Ok(needed)
    }

    fn refreshes(&self, needed: &[Wanted], lists: &Lists, view: &dyn View) -> bool {
        let brings =
            self.upgrade != Upgrade::No || (self.state != Desired::Absent && !needed.is_empty());
        match self.cache_valid_time {
            Some(seconds) => lists.are_older_than(seconds, view),
            None if self.update_cache => brings || self.only_refreshes(),
            None => brings && !lists.are_there(),
        }
    }

    fn request(&self, needed: &[Wanted]) -> PackageRequest {
        let removes = self.state == Desired::Absent;
        let (mut install, mut remove) = (Vec::new(), Vec::new());
        for one in needed {
            if removes {
                remove.push(one.name.clone());
            } else {
                install.push(one.specification());
            }
        }
        PackageRequest {
            install,
            remove,
            purge: self.purge,
            upgrade: self.upgrade != Upgrade::No,
            recommends: self.install_recommends,
            allow_downgrade: self.allow_downgrade,
            autoremove: self.autoremove,
        }
    }

    /// Whether what is installed may become newer.
    fn upgrades(&self) -> bool {
        self.upgrade != Upgrade::No || self.state == Desired::Latest || self.only_upgrade
    }
}
