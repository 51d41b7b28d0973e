//! `vars_prompt` of a play: what is to be asked, and what the variables are until somebody has answered.
use super::Resolver;
use crate::inventory::Definition;
use crate::prompt::{Encryption, Prompt};
use crate::syntax::{field, table};
use crate::{Node, keyword, template};
use indexmap::IndexMap;
use play_core::secret::SHORTEST;
use play_core::{Diagnostic, Place, unknown};

type Map = IndexMap<String, (Place, Node)>;

const KEYS: &[&str] = &[
    "name",
    "prompt",
    "private",
    "default",
    "confirm",
    "encrypt",
    "salt",
    "salt_size",
    "unsafe",
];

/// Hashes by Ansible's name and by ours.
const KINDS: [(&str, &str); 4] = [
    ("sha512_crypt", "sha512"),
    ("sha256_crypt", "sha256"),
    ("sha512", "sha512"),
    ("sha256", "sha256"),
];

/// The most a hash takes.
const LONGEST_SALT: u64 = 16;

impl Resolver<'_, '_> {
    pub(super) fn prompts(&mut self, map: &Map) -> Vec<Definition> {
        let Some((_, node)) = map.get("vars_prompt") else {
            return Vec::new();
        };
        let entries = field::list(node, "`vars_prompt`", self.reader);
        entries
            .iter()
            .filter_map(|entry| self.prompt(entry))
            .collect()
    }

    fn prompt(&mut self, entry: &Node) -> Option<Definition> {
        let map = field::mapping(entry, "an entry of `vars_prompt`", self.reader)?;
        table::unknown_keys(map, "`vars_prompt`", &[KEYS], self.reader);
        let Some((place, name)) = map.get("name") else {
            let message = "an entry of `vars_prompt` needs a `name`: the variable's";
            self.reader
                .report(Diagnostic::error(message).at(&entry.place));
            return None;
        };
        let name = field::text(name, "`name`", self.reader)?.to_owned();
        if !keyword::is_identifier(&name) {
            let message = format!("`{name}` cannot be a variable's name");
            self.reader.report(Diagnostic::error(message).at(place));
            return None;
        }
        let words = self.prompt_text(map, "prompt");
        let flag = |key: &str, reader: &mut _| match map.get(key) {
            Some((_, node)) => field::boolean(node, &format!("`{key}`"), reader),
            None => None,
        };
        let prompt = Prompt {
            words: words.unwrap_or_else(|| name.clone()),
            private: flag("private", self.reader).unwrap_or(true),
            confirm: flag("confirm", self.reader).unwrap_or(false),
            default: self.prompt_text(map, "default"),
            encrypt: self.encryption(map),
            place: entry.place.clone(),
            name,
        };
        let default = map.get("default").map(|(_, node)| node);
        self.asked(prompt, default)
    }

    /// The variable as it is now; None where `-e` has said it, which is above all.
    fn asked(&mut self, prompt: Prompt, default: Option<&Node>) -> Option<Definition> {
        let said = |known: &&Definition| known.name == prompt.name;
        if let Some(extra) = self.project.extra.iter().find(said) {
            let text = template::text_of(&extra.value.value());
            if prompt.private && prompt.default.as_ref() != Some(&text) && text.len() >= SHORTEST {
                self.reader.loader.learn(&text);
            }
            return None;
        }
        let data = |text: String| Node {
            tag: Some("!unsafe".into()),
            ..field::made(text, &prompt.place)
        };
        let value = match (self.project.answers.get(&prompt.name), default) {
            (Some(answer), _) => data(answer.clone()),
            (None, Some(default)) if prompt.encrypt.is_none() => default.clone(),
            _ => data(unknown::mark(&format!("{} is asked for", prompt.name))),
        };
        let definition = Definition {
            name: prompt.name.clone(),
            place: prompt.place.clone(),
            value,
        };
        let known = |known: &Prompt| known.name == prompt.name;
        if !self.project.prompts.iter().any(known) {
            self.project.prompts.push(prompt);
        }
        Some(definition)
    }

    /// Text of a field, over which only `-e` is known.
    fn prompt_text(&mut self, map: &Map, key: &str) -> Option<String> {
        let (place, node) = map.get(key)?;
        let text = match node.value() {
            value @ (play_core::Value::Bool(_) | play_core::Value::Null) => {
                template::text_of(&value)
            }
            _ => field::text(node, &format!("`{key}`"), self.reader)?.to_owned(),
        };
        self.known_text(&text, place)
    }

    fn encryption(&mut self, map: &Map) -> Option<Encryption> {
        let (place, node) = map.get("encrypt")?;
        if matches!(node.value(), play_core::Value::Null) {
            return None;
        }
        let asked = field::text(node, "`encrypt`", self.reader)?;
        let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == asked) else {
            let message = format!("`encrypt` cannot be `{asked}`");
            self.reader.report(
                Diagnostic::error(message)
                    .at(place)
                    .hint("sha512_crypt or sha256_crypt"),
            );
            return None;
        };
        let size = match map.get("salt_size") {
            Some((_, node)) => field::count(node, "`salt_size`", self.reader)?,
            None => LONGEST_SALT,
        };
        Some(Encryption {
            kind: (*kind).to_owned(),
            salt: self.prompt_text(map, "salt"),
            salt_size: usize::try_from(size.clamp(1, LONGEST_SALT)).unwrap_or(1),
        })
    }
}
