//! One line of a journal: a change as it was made, with everything secret taken out.
use crate::machine::fact::clock;
use play_core::change::Transition;
use play_core::content::Content;
use play_core::state::{File, FileKind};
use play_core::{Act, Change, Mask, Resource, State, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// Text up to this many bytes is kept; of anything else only its size and digest.
const KEPT: u64 = 256 << 10;

/// A change that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When, in ISO 8601, UTC.
    pub time: String,
    /// The task and its place.
    pub label: String,
    /// How it was made, masked.
    pub act: Value,
    pub steps: Vec<Step>,
    /// Why a rollback leaves it; None where it may be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
}

/// One resource of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub resource: Resource,
    pub before: State,
    pub after: State,
    /// Why what was there before cannot be brought back; None where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

impl Entry {
    pub(super) fn new(label: &str, change: &Change, mask: &Mask) -> Self {
        let mut mask = mask.clone();
        change.hidden().iter().for_each(|secret| mask.add(secret));
        for transition in &change.leaves {
            if let (Some(before), Some(after)) = (text(&transition.before), text(&transition.after))
            {
                mask.learn_earlier(before, after);
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let act = serde_json::to_value(without_keys(&change.act)).unwrap_or_default();
        let steps = change.leaves.iter().map(|transition| {
            let (before, lost) = kept(&transition.before, &mask);
            let (after, _) = kept(&transition.after, &mask);
            let (resource, nameless) = named(&transition.resource, &mask);
            let lost = lost.or_else(|| emptied(transition));
            Step {
                resource,
                before,
                after,
                lost: nameless.or(lost),
            }
        });
        Self {
            time: clock::iso8601(now.map_or(0, |now| now.as_secs())),
            label: mask.text(label),
            act: mask.value(&act),
            steps: steps.collect(),
            irreversible: change.irreversible.as_deref().map(|why| mask.text(why)),
        }
    }

    /// Of a task that is not to be logged: that it changed something, and nothing of what.
    pub(super) fn hidden(label: &str, mask: &Mask) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            time: clock::iso8601(now.map_or(0, |now| now.as_secs())),
            label: mask.text(label),
            act: Value::from("hidden"),
            steps: Vec::new(),
            irreversible: None,
        }
    }
}

/// A resource as the journal may name it, and why it cannot be found by that name.
fn named(resource: &Resource, mask: &Mask) -> (Resource, Option<String>) {
    let value = serde_json::to_value(resource).unwrap_or_default();
    let shown = mask.value(&value);
    if shown == value {
        return (resource.clone(), None);
    }
    let shown = serde_json::from_value(shown)
        .unwrap_or_else(|_| Resource::File(mask.text(&resource.to_string())));
    let lost = "its name held a secret, which is not kept".to_owned();
    (shown, Some(lost))
}

/// A folder that goes takes with it what is in it, of which the change says nothing.
fn emptied(transition: &Transition) -> Option<String> {
    let is_folder =
        |state: &State| matches!(state, State::File(file) if file.kind == FileKind::Directory);
    let goes = is_folder(&transition.before) && !is_folder(&transition.after);
    let Resource::File(path) = &transition.resource else {
        return None;
    };
    let mut names = goes.then(|| std::fs::read_dir(path).ok())??;
    names.next()?.ok()?;
    Some("what was in it is not kept".to_owned())
}

fn text(state: &State) -> Option<&str> {
    match state {
        State::File(file) => file.content()?.text(),
        _ => None,
    }
}

/// The configuration of a tunnel holds keys that were made on this host, which no mask knows.
fn without_keys(act: &Act) -> Act {
    match act {
        Act::Tunnel { interface, .. } => Act::Tunnel {
            interface: interface.clone(),
            configuration: "(not kept)".into(),
        },
        act => act.clone(),
    }
}

/// A state as the journal may hold it, and why it is less than it was.
fn kept(state: &State, mask: &Mask) -> (State, Option<String>) {
    match state {
        State::File(file) => match &file.kind {
            FileKind::Regular(content) => {
                let (content, lost) = kept_content(content, mask);
                let kind = FileKind::Regular(content);
                (
                    State::File(File {
                        kind,
                        ..file.clone()
                    }),
                    lost,
                )
            }
            _ => masked(state, mask),
        },
        State::User(user) if user.password.is_some() => {
            let mut user = user.clone();
            user.password = None;
            (State::User(user), Some("its password is not kept".into()))
        }
        _ => masked(state, mask),
    }
}

fn kept_content(content: &Content, mask: &Mask) -> (Content, Option<String>) {
    let small = content.text().filter(|text| text.len() as u64 <= KEPT);
    match (small, content) {
        (Some(text), _) => {
            let shown = mask.text(text);
            let lost = (shown != text).then(|| "it held a secret, which is not kept".to_owned());
            (Content::from(shown), lost)
        }
        (None, Content::Bytes(bytes)) => {
            let size = bytes.len() as u64;
            let sha256 = crate::machine::file::hexadecimal(&Sha256::digest(bytes));
            (Content::Large { size, sha256 }, Some(too_large()))
        }
        (None, large @ Content::Large { .. }) => (large.clone(), Some(too_large())),
    }
}

fn too_large() -> String {
    format!("only text up to {} KiB is kept", KEPT >> 10)
}

/// Any other state by way of its data: masking may touch any text in it.
fn masked(state: &State, mask: &Mask) -> (State, Option<String>) {
    let Ok(value) = serde_json::to_value(state) else {
        return (state.clone(), None);
    };
    let shown = mask.value(&value);
    if shown == value {
        return (state.clone(), None);
    }
    let lost = "it held a secret, which is not kept".to_owned();
    match serde_json::from_value(shown) {
        Ok(shown) => (shown, Some(lost)),
        Err(_) => (State::Unknown("masked".into()), Some(lost)),
    }
}
