//! Secrets in the repository: files and values sealed with age, opened as they are read, and remembered so that nothing shows them.
mod closed;
mod identity;
mod keeper;
mod recipient;
mod seal;

pub use identity::{generate, recipient_of};
pub use keeper::{Keeper, KeyFile};
pub use recipient::{Recipient, recipients};
pub use seal::{To, is_sealed, seal};

use crate::Loader;
use closed::{Closed, foreign};
use identity::Identities;
use play_core::secret::SHORTEST;
use play_core::{Mask, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a secret that is made once is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// In characters.
    pub length: usize,
    /// What they are taken from.
    pub characters: String,
}

/// Fewer characters than these can be guessed.
pub const LEAST: usize = 8;

/// The folder beside an inventory in which secrets made once are kept, and the list of who may open new ones.
const FOLDER: &str = "vault";
const RECIPIENTS: &str = "recipients.txt";

/// Reads what lies under it, opening what is sealed.
pub struct Vault {
    under: Box<dyn Loader + Send>,
    keeper: Box<dyn Keeper>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    identities: Option<Identities>,
    /// What has been opened, by the digest of the sealed: a passphrase is asked once, and opening with one is slow on purpose.
    opened: BTreeMap<Vec<u8>, Vec<u8>>,
    sealed: BTreeSet<PathBuf>,
    /// Files that are not on the disk.
    provided: BTreeMap<PathBuf, Vec<u8>>,
    secrets: BTreeSet<String>,
    /// Of all secrets; None where there are new ones.
    mask: Option<Arc<Mask>>,
    /// Where secrets that are made once are kept.
    folder: PathBuf,
}

impl Vault {
    pub fn new(under: Box<dyn Loader + Send>, keeper: Box<dyn Keeper>) -> Self {
        Self {
            under,
            keeper,
            state: Mutex::default(),
        }
    }

    /// Secrets made once are kept in `vault` of this folder.
    pub fn keep_in(&self, folder: &Path) {
        self.state().folder = folder.to_path_buf();
    }

    /// A file that is read as if it lay there.
    pub fn provide(&self, path: &Path, text: &str) {
        self.state().provided.insert(path.into(), text.into());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mask(&self) -> Arc<Mask> {
        let mut state = self.state();
        let State { secrets, mask, .. } = &mut *state;
        let made = mask.get_or_insert_with(|| Arc::new(Mask::new(secrets.iter().cloned())));
        made.clone()
    }

    /// The plain bytes of what is sealed. The error says who could open it, and which keys were tried.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let digest = Sha256::digest(sealed).to_vec();
        let mut state = self.state();
        if let Some(known) = state.opened.get(&digest) {
            return Ok(known.clone());
        }
        let folder = state.folder.clone();
        let identities = state
            .identities
            .get_or_insert_with(|| Identities::new(self.keeper.identities()));
        let opened = seal::open(sealed, identities, self.keeper.as_ref());
        let tried = identities.tried();
        let plain = opened.map_err(|closed| match closed {
            Closed::NoKey => {
                let known = self.listed(&folder).map(|(_, known)| known);
                closed::words(sealed, &known.unwrap_or_default(), &tried)
            }
            Closed::Damaged(words) => words,
        })?;
        state.opened.insert(digest, plain.clone());
        Ok(plain)
    }

    /// Seals for the recipients of `vault/recipients.txt` beside the inventory, else where `play` was started; or for whoever knows
    /// a passphrase.
    pub fn seal(&self, plain: &[u8], passphrase: Option<&str>) -> Result<String, String> {
        if let Some(words) = passphrase {
            return seal(plain, &To::Passphrase(words.to_owned()));
        }
        let folder = self.state().folder.clone();
        seal(plain, &To::Recipients(self.listed(&folder)?.1))
    }

    /// Seals as something was sealed before: with the passphrase, or for the recipients.
    pub fn seal_as(&self, before: &[u8], plain: &[u8]) -> Result<String, String> {
        let passphrase = closed::kinds(before)
            .iter()
            .any(|kind| kind == "scrypt")
            .then(|| self.passphrase())
            .flatten();
        self.seal(plain, passphrase.as_deref())
    }

    /// The passphrase of what is sealed with one, where it can be had.
    pub fn passphrase(&self) -> Option<String> {
        self.keeper.passphrase(seal::ENCRYPTED)
    }

    /// Where the recipients are listed, and who they are.
    fn listed(&self, folder: &Path) -> Result<(PathBuf, Vec<Recipient>), String> {
        let places = [folder.join(FOLDER), PathBuf::from(FOLDER)].map(|path| path.join(RECIPIENTS));
        let found = places.iter().find(|path| self.under.is_file(path));
        let Some(path) = found else {
            let names = places.map(|path| path.display().to_string());
            return Err(format!(
                "nobody is named who may open it: there is no `{}` (`play vault init` makes one)",
                names.join("` and no `")
            ));
        };
        let bytes = self.under.read(path)?;
        let listed = recipients(&String::from_utf8_lossy(&bytes))
            .map_err(|words| format!("{}: {words}", path.display()))?;
        if listed.is_empty() {
            return Err(format!("{} names nobody", path.display()));
        }
        Ok((path.clone(), listed))
    }

    fn kept(&self, path: &Path) -> Result<String, String> {
        let opened = self.under.read(path).and_then(|bytes| self.open(&bytes));
        let text = opened
            .and_then(|plain| String::from_utf8(plain).map_err(|_| "it is no text".to_owned()))
            .map_err(|words| format!("{}: {words}", path.display()))?;
        self.learn(&text);
        Ok(text)
    }

    /// Remembers every secret that was made once and can be opened: hosts may hold some that nothing written mentions any more.
    pub fn learn_kept(&self) {
        let folder = self.state().folder.join(FOLDER);
        for name in self.under.list(&folder) {
            if Path::new(&name)
                .extension()
                .is_some_and(|extension| extension == "age")
            {
                // What cannot be opened here is told of where it is used.
                drop(self.kept(&folder.join(name)));
            }
        }
    }

    fn make(&self, path: &Path, recipe: &Recipe) -> Result<String, String> {
        let (list, to) = self.listed(&self.state().folder.clone())?;
        let made = keeper::random(self.keeper.as_ref(), recipe)?;
        self.learn(&made);
        let sealed = seal(made.as_bytes(), &To::Recipients(to))?;
        if let Err(words) = self.open(sealed.as_bytes()) {
            return Err(format!(
                "it would be lost at once: add your own recipient to {} ({words})",
                list.display()
            ));
        }
        if self.keeper.keep(path, sealed.as_bytes())? {
            Ok(made)
        } else {
            // Another run was quicker.
            self.kept(path)
        }
    }
}

impl Loader for Vault {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        if let Some(text) = self.state().provided.get(path) {
            return Ok(text.clone());
        }
        let bytes = self.under.read(path)?;
        if let Some(words) = foreign(&bytes) {
            return Err(words);
        }
        if !is_sealed(&bytes) {
            return Ok(bytes);
        }
        let plain = self.open(&bytes)?;
        self.state().sealed.insert(path.to_path_buf());
        Ok(plain)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.under.is_file(path) || self.state().provided.contains_key(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.under.is_directory(path)
    }

    fn list(&self, path: &Path) -> Vec<String> {
        self.under.list(path)
    }

    fn distrust(&self, role: &Path) -> Option<(String, String)> {
        self.under.distrust(role)
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.under.environment(name)
    }

    fn is_executable(&self, path: &Path) -> bool {
        self.under.is_executable(path)
    }

    fn current_directory(&self) -> PathBuf {
        self.under.current_directory()
    }

    fn unlock(&self, sealed: &str) -> Result<String, String> {
        let sealed = sealed.trim();
        if let Some(words) = foreign(sealed.as_bytes()) {
            return Err(words);
        }
        if !is_sealed(sealed.as_bytes()) {
            return Err(
                "`!vault` stands before what is not sealed: `play vault encrypt --value NAME` makes what belongs here".into(),
            );
        }
        let plain = String::from_utf8(self.open(sealed.as_bytes())?)
            .map_err(|_| "what was sealed is no text".to_owned())?;
        if plain.trim().len() < SHORTEST {
            return Err(format!(
                "this secret is shorter than {SHORTEST} characters: hiding it would blot out ordinary text"
            ));
        }
        self.learn(&plain);
        Ok(plain)
    }

    fn was_sealed(&self, path: &Path) -> bool {
        self.state().sealed.contains(path)
    }

    fn learn(&self, secret: &str) {
        let mut state = self.state();
        if state.secrets.insert(secret.to_owned()) {
            state.mask = None;
        }
    }

    fn derive(&self, from: &[&Value], made: &Value) {
        if self.secret_count() == 0 {
            return;
        }
        for secret in self.mask().derived(from, made) {
            self.learn(&secret);
        }
    }

    fn secrets(&self) -> Vec<String> {
        self.state().secrets.iter().cloned().collect()
    }

    fn secret_count(&self) -> usize {
        self.state().secrets.len()
    }

    fn secret(&self, name: &str, recipe: &Recipe, make: bool) -> Result<Option<String>, String> {
        keeper::check(name, recipe)?;
        let folder = self.state().folder.clone();
        let path = folder.join(FOLDER).join(format!("{name}.age"));
        if self.under.is_file(&path) {
            return self.kept(&path).map(Some);
        }
        if make {
            return self.make(&path, recipe).map(Some);
        }
        // A plan must not promise what the run will refuse.
        self.listed(&folder).map(|_| None)
    }
}

#[cfg(test)]
mod tests;
