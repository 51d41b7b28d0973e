//! Mistakes of users: each folder of `tests/language` is a project, and `expected.txt` all that is said of it, as people see it.
//! `BLESS=1` writes what is said now; look at it before it is committed.
#![expect(clippy::disallowed_methods, reason = "tests read their own cases")]
use play_language::{LoadRequest, load};
use play_modules::Modules;
use play_tests::case;
use play_tests::project::Files;
use serde::Deserialize;
use std::path::Path;

/// `request.yml` of a case: what the command line says beside the playbook.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Request {
    inventory: Vec<String>,
    limit: Option<String>,
    tags: Vec<String>,
    skip_tags: Vec<String>,
    extra: Vec<String>,
}

#[test]
fn what_is_said_of_mistakes_is_what_is_expected() {
    let folders = case::folders("language");
    assert!(folders.len() >= 30, "only {} cases", folders.len());
    let failures: Vec<String> = folders
        .iter()
        .filter_map(|folder| compare(folder).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn compare(folder: &Path) -> Result<(), String> {
    let said = said(folder)?;
    let expected = folder.join("expected.txt");
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(&expected, said).map_err(|error| error.to_string());
    }
    let text = std::fs::read_to_string(&expected).unwrap_or_default();
    if said == text {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    Err(format!("{name}: said is\n{said}\ninstead of\n{text}"))
}

fn said(folder: &Path) -> Result<String, String> {
    let files = Files::of(folder);
    let asked = folder.join("request.yml");
    let asked: Request = if asked.is_file() {
        case::read(&asked)?
    } else {
        Request::default()
    };
    let request = LoadRequest {
        playbooks: vec!["site.yml".into()],
        inventories: inventories(&files, &asked.inventory),
        limit: asked.limit,
        tags: asked.tags,
        skip_tags: asked.skip_tags,
        extra: asked.extra,
        ..LoadRequest::default()
    };
    let (project, diagnostics, sources) = load(&files, &request, &Modules);
    if diagnostics.is_empty() {
        let project = project.ok_or("no project, and no word why")?;
        return Ok(format!("nothing to say; {} plays\n", project.plays.len()));
    }
    let texts = |file: &str| sources.text(file).map(str::to_owned);
    Ok(play_report::diagnostics::render(
        &diagnostics,
        &texts,
        false,
    ))
}

/// Those of the request, else the case's own, else three hosts.
fn inventories(files: &Files, named: &[String]) -> Vec<std::path::PathBuf> {
    if !named.is_empty() {
        return named.iter().map(Into::into).collect();
    }
    let own = ["hosts.ini", "hosts.yml"]
        .into_iter()
        .find(|name| files.has(name));
    vec![own.unwrap_or("vps1,vps2,vps3,").into()]
}

/// `site.yml` and what is run beside it, for each set of inventories that the repository has.
#[test]
fn playbooks_and_inventories_of_the_repository_are_without_mistakes() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = Files::below(&top, &["playbooks", "roles", "inventories"]);
    for inventories in [
        &["simulated"][..],
        &["example"],
        &["platform_example"],
        &["testbed"],
        &["testbed", "testbed_four"],
    ] {
        for book in ["site", "verify", "backup", "restore", "failover"] {
            let request = LoadRequest {
                playbooks: vec![format!("playbooks/{book}.yml").into()],
                inventories: inventories
                    .iter()
                    .map(|name| format!("inventories/{name}").into())
                    .collect(),
                ..LoadRequest::default()
            };
            let (project, diagnostics, _) = load(&files, &request, &Modules);
            assert!(diagnostics.is_empty(), "{inventories:?}: {diagnostics:#?}");
            let plays = project.map_or(0, |project| project.plays.len());
            assert!(plays > 0, "{book} has no play");
        }
    }
}
