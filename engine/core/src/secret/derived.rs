//! What was made of secrets by other means than writing them down: in capitals, a part, a hash.
use super::{Mask, SHORTEST, TELLING, whole};
use crate::Value;

/// In a secret's place, where it is looked for what stood around it.
const GAP: &str = "\0";

impl Mask {
    /// Texts in `made`, which came of the values `from`, that tell something of the secrets in those, and that this mask does not hide
    /// yet, as [`Mask::add`] takes them. A text that stood beside a secret tells nothing of it, nor does one shorter than [`SHORTEST`];
    /// a short one is hidden only where it stands alone: hiding it everywhere would blot out ordinary text.
    pub fn derived(&self, from: &[&Value], made: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if !from.iter().any(|value| self.finds(value)) || !holds_text(made) {
            return found;
        }
        let mut sources = Vec::new();
        for value in from {
            texts(value, &mut sources);
        }
        let around: Vec<String> = sources.iter().map(|text| self.gaps(text)).collect();
        let mut results = Vec::new();
        leaves(made, &mut results);
        for text in results {
            let mut lines: Vec<&str> = text.lines().collect();
            // A document of which only some lines hold secrets, made over line by line.
            let alike = around.iter().find(|source| {
                lines.len() > 1 && source.contains(GAP) && source.lines().count() == lines.len()
            });
            if let Some(source) = alike {
                let mut held = source.lines().map(|line| line.contains(GAP));
                lines.retain(|_| held.next().unwrap_or(true));
            }
            let tells = |line: &&str| {
                let line = line.trim();
                line.len() >= SHORTEST
                    && self.gaps(line) == line
                    && !around.iter().any(|source| source.contains(line))
            };
            found.extend(lines.into_iter().filter(tells).map(|line| {
                if line.trim().len() < TELLING {
                    whole(line.trim())
                } else {
                    line.to_owned()
                }
            }));
        }
        found
    }

    fn gaps(&self, text: &str) -> String {
        if self.whole.iter().any(|(secret, _)| text.trim() == secret) {
            return GAP.to_owned();
        }
        self.replaced(text, |_| GAP)
    }
}

fn holds_text(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().any(holds_text),
        Value::Object(map) => map.values().any(holds_text),
        _ => false,
    }
}

/// Every text, names of fields too.
fn texts<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(map) => {
            for (key, value) in map {
                into.push(key);
                texts(value, into);
            }
        }
        _ => {}
    }
}

/// Every text that is a value. Fields are named by whoever writes a playbook.
fn leaves<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        Value::Object(map) => map.values().for_each(|value| leaves(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn derived(from: &[Value], made: &Value) -> Vec<String> {
        let mask = Mask::new(["hunter22-secret".to_owned()]);
        mask.derived(&from.iter().collect::<Vec<_>>(), made)
    }

    #[test]
    fn what_tells_of_a_secret_is_found() {
        let secret = json!("hunter22-secret");
        for made in ["HUNTER22-SECRET", "hunt", "terces-22retnuh", "9f86d081884c"] {
            let found = derived(std::slice::from_ref(&secret), &json!(made));
            let wanted = if made == "hunt" {
                whole(made)
            } else {
                made.to_owned()
            };
            assert_eq!(found, [wanted]);
        }
        // `secr` stands in what a mask shows, too
        let part = derived(&[json!("x hunter22-secret")], &json!(["x", "secr"]));
        assert_eq!(part, [whole("secr")]);
        let document = json!("user=bob\npw=hunter22-secret\nhost=db");
        let made = json!("USER=BOB\nPW=HUNTER22-SECRET\nHOST=DB");
        assert_eq!(derived(&[document], &made), ["PW=HUNTER22-SECRET"]);
    }

    #[test]
    fn what_stood_beside_it_is_none_of_it() {
        let users = json!([{"name": "robert", "password": "hunter22-secret"}]);
        assert!(derived(std::slice::from_ref(&users), &json!(["robert"])).is_empty());
        assert!(derived(&[users], &json!([["name", "robert"]])).is_empty());
        let url = json!("db://admin:hunter22-secret@db.example");
        let parts = json!(["admin", "db.example", "hunter22-secret"]);
        assert!(derived(&[url], &parts).is_empty());
        let secret = json!("hunter22-secret");
        // too short, hidden already, a number, an argument's own words, no secret at all
        for made in [
            json!("hun"),
            json!("u:hunter22-secret@h"),
            json!(15),
            json!("instead"),
        ] {
            assert!(derived(&[secret.clone(), json!("instead")], &made).is_empty());
        }
        assert!(derived(&[json!("plain")], &json!("PLAIN")).is_empty());
    }
}
