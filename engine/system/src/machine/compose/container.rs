//! The containers of a project, as docker shows them.
use super::{docker, mount, network, sound};
use play_core::state::{Health, Project, Service};
use play_core::{Fault, Value};
use std::collections::BTreeMap;

/// The labels our own comparison leaves.
pub(super) const DEFINITION: &str = "play.definition";
pub(super) const ATTRIBUTES: &str = "play.attributes";

/// One container.
#[derive(Default)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) service: String,
    pub(super) running: bool,
    pub(super) paused: bool,
    /// Docker pauses before it starts it anew, the longer the oftener it ended.
    pub(super) restarting: bool,
    /// It is there and was never started.
    pub(super) created: bool,
    /// It has a health check.
    pub(super) checked: bool,
    /// Services it waits for.
    pub(super) needs: Vec<String>,
    pub(super) health: Health,
    /// `restarting`, `exited (1)`, `unhealthy`: for messages.
    pub(super) words: String,
    /// It will not become better by itself.
    pub(super) ended: bool,
    /// How often docker started it anew since somebody did.
    pub(super) restarts: u64,
    /// The kernel ended it, as it used more memory than it may.
    pub(super) killed_for_memory: bool,
    /// Another one after each start.
    pub(super) pulse: String,
    pub(super) image: String,
    pub(super) definition: String,
    pub(super) attributes: BTreeMap<String, String>,
    /// Files it may write to and does not see as they are now.
    pub(super) outdated: Vec<String>,
}

/// The project's containers, stopped ones too, but not those of `compose run`.
pub(super) fn all(project: &str) -> Result<Vec<Container>, Fault> {
    let filter = format!("label=com.docker.compose.project={}", sound(project)?);
    // A container may go between the list and the inspection: then once more.
    for last in [false, true] {
        let listed = docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter])?;
        if listed.code != 0 {
            return Err(listed.fault());
        }
        let text = listed.out();
        let ids: Vec<&str> = text.lines().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let shown = docker(&[&["inspect", "--type", "container"], ids.as_slice()].concat())?;
        if shown.code == 0 {
            let shown: Vec<Value> =
                serde_json::from_slice(&shown.stdout).map_err(|error| Fault::Bug {
                    message: format!("docker inspect answers in an unknown form: {error}"),
                })?;
            return Ok(shown.iter().filter_map(|one| read(one, &shown)).collect());
        }
        if last {
            return Err(shown.fault());
        }
    }
    Ok(Vec::new())
}

fn read(shown: &Value, peers: &[Value]) -> Option<Container> {
    let labels = &shown["Config"]["Labels"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if text(&labels["com.docker.compose.oneoff"]).eq_ignore_ascii_case("true") {
        return None;
    }
    let state = &shown["State"];
    let (health, words, ended) = health(
        state,
        shown["HostConfig"]["RestartPolicy"]["Name"]
            .as_str()
            .unwrap_or_default(),
        serves(shown),
    );
    let mut attributes: BTreeMap<String, String> =
        serde_json::from_str(&text(&labels[ATTRIBUTES])).unwrap_or_default();
    let mut definition = text(&labels[DEFINITION]);
    if let Some(network) = network::lost(shown, peers).filter(|_| !definition.is_empty()) {
        definition.push_str(" cut off");
        attributes.insert(format!("its connection to {network}"), "lost".into());
    }
    Some(Container {
        id: text(&shown["Id"]),
        service: labels["com.docker.compose.service"].as_str()?.to_owned(),
        running: state["Running"] == true && state["Restarting"] != true && state["Paused"] != true,
        paused: state["Paused"] == true,
        restarting: state["Restarting"] == true,
        created: state["Status"] == "created",
        checked: state["Health"].is_object(),
        needs: needs(&text(&labels["com.docker.compose.depends_on"])),
        pulse: format!("{} {}", text(&shown["Id"]), text(&state["StartedAt"])),
        image: text(&shown["Image"]),
        definition,
        attributes,
        health,
        words,
        ended,
        restarts: shown["RestartCount"].as_u64().unwrap_or_default(),
        outdated: mount::replaced(shown),
        killed_for_memory: state["OOMKilled"] == true,
    })
}

/// Compose's label: `db:service_healthy:false,cache:service_started:true`.
fn needs(label: &str) -> Vec<String> {
    let each = label.split(',').filter_map(|one| one.split(':').next());
    each.filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether it publishes a port. A health check says nothing: many images bring one, and tasks are run from them too.
fn serves(shown: &Value) -> bool {
    let ports = shown["HostConfig"]["PortBindings"].as_object();
    ports.is_some_and(|ports| !ports.is_empty())
}

/// Our own rules: running and not found unhealthy is good, ended with 0 and not to be restarted is done. But one that serves others
/// has no task to be done with: it was stopped, by a reboot for one.
fn health(state: &Value, restart: &str, serves: bool) -> (Health, String, bool) {
    let status = state["Status"].as_str().unwrap_or_default();
    let code = state["ExitCode"].as_i64().unwrap_or_default();
    // Where docker is to start it anew its status is another one, `restarting`: with `on-failure` it has tried as often as it may.
    let stays = matches!(restart, "" | "no" | "on-failure");
    match (status, state["Health"]["Status"].as_str().unwrap_or("none")) {
        ("running", "none" | "healthy") => (Health::Good, "running".into(), false),
        ("running", "starting") => (
            Health::Starting,
            "starting (its health check has not passed yet)".into(),
            false,
        ),
        ("running", found) => (Health::Bad, found.to_owned(), false),
        ("created", _) => (Health::Starting, "created and not started".into(), false),
        ("exited", _) if code == 0 && stays && !serves => {
            (Health::Done, "ended with 0".into(), false)
        }
        ("exited" | "dead", _) => (Health::Bad, format!("ended with {code}"), stays),
        (other, _) => (
            Health::Bad,
            format!("{other} (ended with {code} before)"),
            false,
        ),
    }
}

/// The project's services out of their containers; where those of one service differ, the worst counts.
pub(super) fn project(containers: &[Container]) -> Project {
    let mut project = Project::default();
    for container in containers {
        let new = !project.services.contains_key(&container.service);
        let service = project
            .services
            .entry(container.service.clone())
            .or_default();
        service.running += u32::from(container.running);
        service.outdated.extend(container.outdated.iter().cloned());
        if new {
            service.definition.clone_from(&container.definition);
            service.attributes.clone_from(&container.attributes);
            service.image.clone_from(&container.image);
            service.health = container.health;
            continue;
        }
        mix(service, container);
    }
    project
}

fn mix(service: &mut Service, container: &Container) {
    let rank = |health: Health| match health {
        Health::Done => 0,
        Health::Good => 1,
        Health::Starting => 2,
        Health::Bad => 3,
    };
    if rank(container.health) > rank(service.health) {
        service.health = container.health;
    }
    if service.definition != container.definition {
        service.definition.clear();
        service.attributes.clear();
    }
    if service.image != container.image {
        service.image.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn our_own_rules_of_health() {
        let of = |state: Value, restart| health(&state, restart, false).0;
        let tried = health(
            &json!({"Status": "exited", "ExitCode": 1}),
            "on-failure",
            false,
        );
        assert!(tried.2, "it will not be started again");
        let served = health(&json!({"Status": "exited", "ExitCode": 0}), "no", true);
        assert_eq!(served.0, Health::Bad);
        assert_eq!(of(json!({"Status": "running"}), "always"), Health::Good);
        assert_eq!(
            of(
                json!({"Status": "running", "Health": {"Status": "starting"}}),
                "no"
            ),
            Health::Starting
        );
        assert_eq!(
            of(
                json!({"Status": "running", "Health": {"Status": "unhealthy"}}),
                "no"
            ),
            Health::Bad
        );
        assert_eq!(
            of(json!({"Status": "exited", "ExitCode": 0}), "no"),
            Health::Done
        );
        assert_eq!(
            of(json!({"Status": "exited", "ExitCode": 0}), "always"),
            Health::Bad
        );
        assert_eq!(
            of(json!({"Status": "exited", "ExitCode": 1}), "no"),
            Health::Bad
        );
        assert_eq!(
            of(json!({"Status": "restarting", "ExitCode": 1}), "always"),
            Health::Bad
        );
    }

    #[test]
    fn what_a_container_waits_for_is_in_its_label() {
        assert_eq!(
            needs("db:service_healthy:false,job:service_started:true"),
            ["db", "job"]
        );
        assert!(needs("").is_empty());
    }

    #[test]
    fn containers_of_one_service_that_differ_have_no_definition() {
        let container = |definition: &str, status: &str| {
            let shown = json!({
                "Id": definition, "State": {"Status": status, "Running": status == "running"},
                "Config": {"Labels": {"com.docker.compose.service": "web", "play.definition": definition, "play.attributes": "{\"image\":\"1\"}"}},
            });
            read(&shown, &[]).expect("read")
        };
        let same = project(&[container("a", "running"), container("a", "running")]);
        assert_eq!(
            (
                same.services["web"].running,
                same.services["web"].definition.as_str()
            ),
            (2, "a")
        );
        assert_eq!(same.services["web"].attributes["image"], "1");
        let mixed = project(&[container("a", "running"), container("b", "dead")]);
        assert_eq!(
            (
                mixed.services["web"].definition.as_str(),
                mixed.services["web"].health
            ),
            ("", Health::Bad)
        );
    }
}
