//! Logging in with a password, once no key has been taken: one try a connection, and none with what was refused before.
use super::{Authentication, Step, explain};
use crate::Password;
use russh::MethodSet;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Answer, Prompt};

/// Why a password did not do, where that is more than one line among those of the keys.
pub(super) enum Shortfall {
    Wrong,
    /// The server takes none.
    Unwanted,
    /// It must be changed first; what the server says of that.
    Expired(String),
}

const PLAIN: &str = "password";
const INTERACTIVE: &str = "keyboard-interactive";

/// What `tried` calls it.
const LABEL: &str = "password";

/// Whether the server takes passwords, by the methods it offers.
pub(in crate::connection) fn is_taken(offered: &[String]) -> bool {
    offered
        .iter()
        .any(|method| method == PLAIN || method == INTERACTIVE)
}

impl Authentication<'_> {
    pub(super) async fn by_password(&mut self) -> Step {
        let Some(password) = self.hop.settings.password.clone() else {
            return Step::Over;
        };
        if !is_taken(&self.offered) {
            self.shortfall = Some(Shortfall::Unwanted);
            return Step::Over;
        }
        let refusals = &self.options.shared.clone().refusals;
        if refusals.has(&self.hop.label(), &password) {
            self.tell("refused before in this run, and not tried again");
            self.shortfall = Some(Shortfall::Wrong);
            return Step::Over;
        }
        let step = if self.offered.iter().any(|method| method == PLAIN) {
            self.plainly(&password).await
        } else {
            self.interactively(&password).await
        };
        if matches!(self.shortfall, Some(Shortfall::Wrong)) {
            refusals.add(self.hop.label(), &password);
        }
        step
    }

    /// The method `password` (RFC 4252, section 8). A server that wants it changed by this method is not understood by russh:
    /// the deadline ends that.
    async fn plainly(&mut self, password: &Password) -> Step {
        let user = self.hop.settings.user.clone();
        match self
            .handle
            .authenticate_password(user, password.text())
            .await
        {
            Ok(AuthResult::Success) => Step::In,
            Ok(AuthResult::Failure {
                remaining_methods,
                partial_success,
            }) => self.refused(&remaining_methods, partial_success),
            Err(error) => self.hung_up(&error),
        }
    }

    /// The method `keyboard-interactive` (RFC 4256): what is answered is one hidden prompt, once.
    async fn interactively(&mut self, password: &Password) -> Step {
        let user = self.hop.settings.user.clone();
        let mut answer = self
            .handle
            .authenticate_keyboard_interactive_start(user, None)
            .await;
        let mut given = None;
        loop {
            let (instructions, prompts) = match answer {
                Ok(Answer::Success) => return Step::In,
                Ok(Answer::Failure {
                    remaining_methods,
                    partial_success,
                }) => return self.refused(&remaining_methods, partial_success),
                Ok(Answer::InfoRequest {
                    instructions,
                    prompts,
                    ..
                }) => (instructions, prompts),
                Err(error) => return self.hung_up(&error),
            };
            let words = match prompts.as_slice() {
                [] => Vec::new(),
                [one] if !one.echo && given.is_none() => {
                    given = Some(one.prompt.clone());
                    vec![password.text().to_owned()]
                }
                others => return self.asked_further(given.as_deref(), &instructions, others),
            };
            answer = self
                .handle
                .authenticate_keyboard_interactive_respond(words)
                .await;
        }
    }

    fn refused(&mut self, offered: &MethodSet, partly: bool) -> Step {
        self.offered = offered.iter().map(String::from).collect();
        if partly {
            self.tell("accepted, but the server wants another proof, which cannot be given");
        } else {
            self.tell("refused");
            self.shortfall = Some(Shortfall::Wrong);
        }
        Step::Over
    }

    /// It was asked for something else than the password, or for more: that is for a person to answer.
    fn asked_further(&mut self, given: Option<&str>, said: &str, prompts: &[Prompt]) -> Step {
        let words: Vec<&str> = std::iter::once(said)
            .chain(prompts.iter().map(|prompt| prompt.prompt.as_str()))
            .map(str::trim)
            .filter(|words| !words.is_empty())
            .collect();
        let words = words.join(" ").escape_debug().to_string();
        let lower = words.to_lowercase();
        let again = matches!(prompts, [one] if Some(one.prompt.as_str()) == given);
        if again {
            self.tell("refused");
            self.shortfall = Some(Shortfall::Wrong);
        } else if given.is_some()
            && ["new", "change", "expired"]
                .iter()
                .any(|word| lower.contains(word))
        {
            self.shortfall = Some(Shortfall::Expired(words));
        } else {
            self.tell(&format!(
                "the server asks “{words}”, which only a person can answer"
            ));
        }
        Step::Over
    }

    /// A connection that ends is no refusal: PAM ends it where the account may not log in now (pam_nologin while a machine starts).
    fn hung_up(&mut self, error: &russh::Error) -> Step {
        let words = explain(error);
        self.tell(&format!(
            "the server hung up ({words}); it may not let this account in at present"
        ));
        Step::Over
    }

    fn tell(&mut self, words: &str) {
        self.tried.push(format!("{LABEL}: {words}"));
    }
}
