//! Whether something is still as a change saw it.
use play_core::State;
use play_core::state::Health;

/// What changes by itself is no race: where a peer calls from, how a container fares.
pub(super) fn same(live: &State, seen: &State) -> bool {
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
}
