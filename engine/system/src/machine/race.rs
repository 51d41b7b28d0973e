//! Whether something is still as a change saw it.
use play_core::State;
use play_core::state::Health;

/// What changes by itself is no race: where a peer calls from, how a container fares; nor is what only a plan says, which files it will not see.
pub(crate) fn same(live: &State, seen: &State) -> bool {
    live == seen
        || matches!((settled(live), settled(seen)), (Some(live), Some(seen)) if live == seen)
}

/// The state without what changes by itself; None where nothing does.
fn settled(state: &State) -> Option<State> {
    let mut state = match state {
        State::Tunnel(_) | State::Project(_) => state.clone(),
        _ => return None,
    };
    match &mut state {
        State::Tunnel(tunnel) => {
            for peer in tunnel.peers.values_mut() {
                peer.endpoint = None;
            }
        }
        State::Project(project) => {
            for service in project.services.values_mut() {
                (service.health, service.running) = (Health::Good, 0);
                service.outdated.clear();
                service.sees.clear();
            }
        }
        _ => {}
    }
    Some(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use play_core::state::{Peer, Tunnel};

    fn tunnel(endpoint: Option<&str>, keepalive: Option<u16>) -> State {
        let peer = Peer {
            endpoint: endpoint.map(str::to_owned),
            keepalive,
            ..Peer::default()
        };
        State::Tunnel(Tunnel {
            peers: [("key".to_owned(), peer)].into(),
            ..Tunnel::default()
        })
    }

    #[test]
    fn a_peer_that_roams_is_no_race_and_one_that_was_changed_is() {
        let seen = tunnel(Some("192.0.2.1:7"), None);
        assert!(same(&tunnel(Some("192.0.2.9:7"), None), &seen));
        assert!(!same(&tunnel(Some("192.0.2.1:7"), Some(25)), &seen));
        assert!(!same(&State::Absent, &State::Text(String::new())));
    }

    /// A container that is restarted again and again is another one at each look, in a check as in an apply.
    #[test]
    fn how_a_container_fares_is_no_race_in_any_machine() {
        use crate::{Memory, Overlay};
        use play_core::state::{Project, Service};
        use play_core::{Act, Change, Resource, System};
        let project = |running, definition: &str| {
            let service = Service {
                running,
                definition: definition.to_owned(),
                ..Service::default()
            };
            State::Project(Project {
                services: [("shop".to_owned(), service)].into(),
            })
        };
        let shop = Resource::Project("shop".into());
        let change = |seen| Change::new(Act::Put).leaving(shop.clone(), seen, State::Absent);
        let mut memory = Memory::default().with(shop.clone(), project(0, "old"));
        let mut overlay = Overlay::over(memory.clone());
        assert!(overlay.apply(&change(project(1, "new"))).is_err());
        assert!(overlay.apply(&change(project(1, "old"))).is_ok());
        assert!(memory.apply(&change(project(1, "new"))).is_err());
    }
}
