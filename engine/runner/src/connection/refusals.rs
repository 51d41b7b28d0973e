//! Passwords that were refused: whoever tries one again may lock the account.
use crate::Password;
use std::sync::{Mutex, PoisonError};

/// Of all connections of a run, each with `user@host:port`.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<Vec<(String, Password)>>);

impl Refusals {
    pub(crate) fn add(&self, login: String, password: &Password) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((login, password.clone()));
    }

    pub(crate) fn has(&self, login: &str, password: &Password) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .any(|(refused, one)| refused == login && one == password)
    }
}
