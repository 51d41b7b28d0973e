//! What a machine in memory answers to questions nobody has given it an answer for.
use super::Memory;
use play_core::query::{PackageRequest, Transaction};
use play_core::{Fault, Query, Resource, State, Value};
use serde_json::json;

/// A model of each question, or `Fault::Unknown` where only a real machine can tell.
pub(super) fn modelled(memory: &Memory, query: &Query) -> Result<Value, Fault> {
    let only_real = |what: &str| {
        Err(Fault::Unknown {
            reason: format!("{what} on a real host"),
        })
    };
    match query {
        Query::Transaction(request) => {
            serde_json::to_value(transaction(memory, request)).map_err(|error| Fault::Bug {
                message: error.to_string(),
            })
        }
        Query::Candidate { .. } | Query::Validate { .. } | Query::Calendar { .. } => {
            Ok(Value::Null)
        }
        Query::NormalRules {
            script,
            family,
            name,
        } => Ok(normal(script, family, name)),
        Query::Images { references } => Ok(references
            .iter()
            .map(|name| (name.clone(), Value::Null))
            .collect()),
        Query::PasswordFits { password, hash } => {
            Ok(Value::Bool(hash == &format!("$plain${password}")))
        }
        Query::PublicKey { private_key_file } => {
            match memory.known(&Resource::File(private_key_file.clone())) {
                Some(State::File(_)) => only_real("wg pubkey"),
                _ => Ok(Value::Null),
            }
        }
        Query::Processes { .. } => Ok(json!([])),
        Query::Journal { .. } => Ok(Value::Null),
        Query::Facts { wanted } => Ok(facts(memory, wanted)),
        Query::Compose { .. } => only_real("docker compose config"),
        Query::RemoteCommit { .. } => only_real("git ls-remote"),
        Query::Probe(_) => only_real("a connection"),
        Query::Archive { .. } => only_real("the archive's listing"),
        Query::Reads { argv, .. } => only_real(&format!("the program `{}`", argv.join(" "))),
    }
}

/// Every package exists, in a version nobody knows, unless a state says otherwise.
fn transaction(memory: &Memory, request: &PackageRequest) -> Transaction {
    let installed = |name: &str| match memory.known(&Resource::Package(name.to_owned())) {
        Some(State::Package(package)) => Some(package.version),
        _ => None,
    };
    let mut transaction = Transaction::default();
    for wanted in &request.install {
        let (name, version) = wanted.split_once('=').unwrap_or((wanted, ""));
        match installed(name) {
            None => transaction
                .install
                .push((name.to_owned(), version.to_owned())),
            Some(there) if !version.is_empty() && there != version => {
                transaction
                    .upgrade
                    .push((name.to_owned(), there, version.to_owned()));
            }
            Some(_) => {}
        }
    }
    for name in &request.remove {
        if let Some(version) = installed(name) {
            transaction.remove.push((name.clone(), version));
        }
    }
    transaction
}

/// Without nft, the normal form is the named table's own text with its space evened out.
fn normal(script: &str, family: &str, name: &str) -> Value {
    let head = format!("table {family} {name} {{");
    match script.rfind(&head) {
        Some(start) => {
            let lines: Vec<&str> = script[start..]
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect();
            json!({ "rules": format!("{}\n", lines.join("\n")) })
        }
        None => json!({ "error": format!("the script has no `{head}`") }),
    }
}

fn facts(memory: &Memory, wanted: &[String]) -> Value {
    let known = |name: &String| {
        memory
            .facts
            .get(name)
            .map(|fact| (name.clone(), fact.clone()))
    };
    Value::Object(wanted.iter().filter_map(known).collect())
}
