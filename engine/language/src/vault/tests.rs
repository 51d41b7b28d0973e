//! The vault: what is sealed opens again, what is wrong with it is told without its words, and secrets are made once.
use super::*;
use std::sync::Arc;

/// Files in memory, shared by who reads and who keeps.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>);

struct Ring {
    shelf: Shelf,
    keys: Vec<KeyFile>,
    passphrase: Option<String>,
}

impl Loader for Shelf {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let files = self.0.lock().unwrap();
        files
            .get(path)
            .cloned()
            .ok_or_else(|| "no such file".into())
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.lock().unwrap().contains_key(path)
    }
    fn is_directory(&self, _: &Path) -> bool {
        false
    }
    fn list(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }
    fn environment(&self, _: &str) -> Option<String> {
        None
    }
    fn is_executable(&self, _: &Path) -> bool {
        false
    }
    fn current_directory(&self) -> PathBuf {
        PathBuf::new()
    }
}

impl Keeper for Ring {
    fn identities(&self) -> Vec<KeyFile> {
        self.keys.clone()
    }
    fn passphrase(&self, _: &str) -> Option<String> {
        self.passphrase.clone()
    }
    fn keep(&self, path: &Path, sealed: &[u8]) -> Result<bool, String> {
        let mut files = self.shelf.0.lock().unwrap();
        Ok(files.insert(path.into(), sealed.into()).is_none())
    }
    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        let mut next = 7_u8;
        bytes.fill_with(|| {
            next = next.wrapping_mul(13).wrapping_add(101);
            next
        });
        Ok(())
    }
}

/// A vault with a key of its own, and what else lies there.
fn vault(files: &[(&str, &str)]) -> (Vault, Shelf, String) {
    let (text, recipient) = generate();
    let shelf = Shelf::default();
    for (path, text) in files {
        let text = text.replace("RECIPIENT", &recipient);
        shelf
            .0
            .lock()
            .unwrap()
            .insert(path.into(), text.into_bytes());
    }
    let ring = Ring {
        shelf: shelf.clone(),
        keys: vec![KeyFile {
            name: "own".into(),
            text,
        }],
        passphrase: None,
    };
    let vault = Vault::new(Box::new(shelf.clone()), Box::new(ring));
    vault.keep_in(Path::new("inv"));
    (vault, shelf, recipient)
}

fn put(shelf: &Shelf, path: &str, text: String) {
    shelf
        .0
        .lock()
        .unwrap()
        .insert(path.into(), text.into_bytes());
}

fn sealed_for(recipient: &str, text: &str) -> String {
    let to = recipient.parse::<Recipient>().unwrap();
    seal(text.as_bytes(), &To::Recipients(vec![to])).unwrap()
}

const BOB: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN bob@laptop";

#[test]
fn files_are_opened_as_they_are_read_and_values_are_remembered() {
    let (vault, shelf, recipient) = vault(&[]);
    put(
        &shelf,
        "a.yml",
        sealed_for(&recipient, "password: hunter22\n"),
    );
    assert_eq!(
        vault.read(Path::new("a.yml")).unwrap(),
        b"password: hunter22\n"
    );
    assert!(vault.was_sealed(Path::new("a.yml")));
    assert_eq!(
        vault
            .unlock(&sealed_for(&recipient, "open sesame"))
            .unwrap(),
        "open sesame"
    );
    assert_eq!(vault.secrets(), ["open sesame"]);
    let words = vault.unlock(&sealed_for(&recipient, "abc")).unwrap_err();
    assert!(words.contains("shorter than 4"), "{words}");
}

#[test]
fn what_stays_closed_says_who_could_open_it() {
    let list = format!("# who\n{BOB}\nRECIPIENT\n");
    let (vault, _, _) = vault(&[("inv/vault/recipients.txt", &list)]);
    let words = vault.unlock(&sealed_for(BOB, "open sesame")).unwrap_err();
    assert!(
        words.contains("the ssh-ed25519 key of bob@laptop can"),
        "{words}"
    );
    assert!(words.contains("the keys tried are own"), "{words}");
    let (_, other) = generate();
    let words = vault
        .unlock(&sealed_for(&other, "open sesame"))
        .unwrap_err();
    assert!(words.contains("the holder of one age key can"), "{words}");
    let words = vault.unlock("$ANSIBLE_VAULT;1.1;AES256\n6162").unwrap_err();
    assert!(words.contains("ansible-vault"), "{words}");
    let whole = sealed_for(&other, "open sesame");
    let words = vault.unlock(&whole[..whole.len() / 2]).unwrap_err();
    assert!(words.contains("damaged"), "{words}");
}

#[test]
fn a_passphrase_opens() {
    let sealed = seal(b"open sesame", &To::Passphrase("mellon".into())).unwrap();
    for (passphrase, opens) in [
        (Some("mellon"), true),
        (Some("friend"), false),
        (None, false),
    ] {
        let ring = Ring {
            shelf: Shelf::default(),
            keys: Vec::new(),
            passphrase: passphrase.map(str::to_owned),
        };
        let vault = Vault::new(Box::new(Shelf::default()), Box::new(ring));
        let opened = vault.open(sealed.as_bytes());
        assert_eq!(opened.is_ok(), opens, "{opened:?}");
        if let Err(words) = opened {
            assert!(words.contains("whoever knows its passphrase"), "{words}");
        }
    }
}

#[test]
fn a_secret_is_made_once_and_stays() {
    let (vault, shelf, _) = vault(&[("inv/vault/recipients.txt", "RECIPIENT\n")]);
    let recipe = Recipe {
        length: 24,
        characters: ('a'..='z').collect(),
    };
    assert_eq!(vault.secret("db", &recipe, false), Ok(None));
    assert!(
        !shelf.is_file(Path::new("inv/vault/db.age")),
        "a check writes nothing"
    );
    let made = vault.secret("db", &recipe, true).unwrap().unwrap();
    assert_eq!(made.len(), 24);
    assert_eq!(vault.secret("db", &recipe, false), Ok(Some(made.clone())));
    let kept = shelf.read(Path::new("inv/vault/db.age")).unwrap();
    assert!(is_sealed(&kept) && !String::from_utf8(kept).unwrap().contains(&made));
    assert!(vault.secrets().contains(&made));
    let short = Recipe {
        length: 7,
        ..recipe.clone()
    };
    assert!(vault.secret("db", &short, true).is_err());
    assert!(vault.secret("../db", &recipe, true).is_err());
}

#[test]
fn a_secret_nobody_here_could_open_again_is_not_made() {
    let recipe = Recipe {
        length: 24,
        characters: ('a'..='z').collect(),
    };
    let (lonely, ..) = vault(&[]);
    let words = lonely.secret("db", &recipe, false).unwrap_err();
    assert!(words.contains("play vault init"), "{words}");
    let (foreign, shelf, _) = vault(&[("inv/vault/recipients.txt", BOB)]);
    let words = foreign.secret("db", &recipe, true).unwrap_err();
    assert!(words.contains("add your own recipient"), "{words}");
    assert!(!shelf.is_file(Path::new("inv/vault/db.age")));
}
