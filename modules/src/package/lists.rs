//! The package lists, and how old they are.
use play_core::resource::Kind;
use play_core::{Act, Change, Fault, Query, Resource, State, View};

/// The package lists there are.
pub(super) struct Lists {
    state: State,
}

impl Lists {
    pub(super) fn look(view: &dyn View) -> Result<Self, Fault> {
        Ok(Self {
            state: view.look(&Resource::PackageLists)?,
        })
    }

    /// Whether they were ever fetched. Lists that something imagined may have brought count as fetched.
    pub(super) fn are_there(&self) -> bool {
        !self.state.is_absent()
    }

    /// Whether they were fetched longer than this many seconds ago. A clock that runs behind the lists makes them new.
    pub(super) fn are_older_than(&self, seconds: u64, view: &dyn View) -> bool {
        match &self.state {
            State::Absent => true,
            State::Text(time) => match (time.parse::<u64>(), now(view)) {
                (Ok(fetched), Some(now)) => now.saturating_sub(fetched) > seconds,
                _ => true,
            },
            _ => false,
        }
    }

    /// The refresh. It leaves lists of this moment.
    pub(super) fn refresh(&self, view: &dyn View) -> Change {
        let after = now(view).map_or_else(
            || State::Unknown("the refresh".into()),
            |now| State::Text(now.to_string()),
        );
        let change = Change::new(Act::RefreshPackages {
            source: None,
            otherwise: None,
        });
        let change = if after == self.state {
            change
        } else {
            change.leaving(Resource::PackageLists, self.state.clone(), after)
        };
        change.blurring(&[Kind::PackageLists])
    }
}

/// Seconds since 1970, by the host's clock.
pub(crate) fn now(view: &dyn View) -> Option<u64> {
    let facts = view
        .ask(&Query::Facts {
            wanted: vec!["date".into()],
        })
        .ok()?;
    let epoch = &facts["date"]["epoch"];
    epoch
        .as_u64()
        .or_else(|| epoch.as_str().and_then(|text| text.parse().ok()))
}
