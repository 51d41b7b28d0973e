//! What somebody who is none of the hosts can connect to: every port of every host, tried from the namespace `outside`.

use super::HOSTS;
use crate::testbed::sh;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Connections tried at once, of each host.
const AT_ONCE: u64 = 2500;
/// A first packet that was lost is sent again after a second.
const PATIENCE: Duration = Duration::from_millis(1300);

/// # Panics
/// Where other ports answer than these, by host.
#[track_caller]
pub(super) fn expect_open(expected: &[(&str, &[u16])]) {
    let wanted: BTreeMap<&str, Vec<u16>> = HOSTS
        .iter()
        .map(|(host, _)| {
            let of_host = expected.iter().find(|(name, _)| name == host);
            (
                *host,
                of_host.map_or(Vec::new(), |(_, ports)| ports.to_vec()),
            )
        })
        .collect();
    assert_eq!(open(), wanted);
}

/// The ports that take a connection, by host.
fn open() -> BTreeMap<&'static str, Vec<u16>> {
    let limit = raise_files();
    let at_once = AT_ONCE.min(limit.saturating_sub(200) / HOSTS.len() as u64);
    std::thread::scope(|scope| {
        let scans =
            HOSTS.map(|(host, address)| (host, scope.spawn(move || scan(address, at_once))));
        scans
            .into_iter()
            .map(|(host, scan)| (host, scan.join().expect("a scan ends")))
            .collect()
    })
}

/// A question for a name server (RFC 1035, section 4.1): the name servers of the root.
const QUESTION: &[u8] = &[
    0x70, 0x6c, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, // asked to look further, one question
    0, 0, 2, 0, 1, // the root, NS, IN
];
/// So often each port is asked: a datagram may be lost.
const ROUNDS: usize = 2;

/// # Panics
/// Where any UDP port answers a question from outside. WireGuard and OpenVPN say nothing to who has no key.
#[track_caller]
pub(super) fn expect_no_datagram() {
    let answers =
        HOSTS.map(|(host, address)| (host, outside(move || datagrams(address, 1..=u16::MAX))));
    let none: [u16; 0] = [];
    assert_eq!(answers, HOSTS.map(|(host, _)| (host, none.to_vec())));
}

/// # Panics
/// Where the same question is not answered to a host of the private network: then silence outside shows nothing.
#[track_caller]
pub(super) fn expect_name_server_inside() {
    let bytes = QUESTION.escape_ascii();
    let ask =
        format!("exec 3<>/dev/udp/10.104.0.2/53; printf '{bytes}' >&3; timeout 10 head -c 2 <&3");
    assert_eq!(sh("vps2", &format!("bash -c \"{ask}\"")), "pl");
}

fn outside<T: Send>(action: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            enter_outside();
            action()
        });
        thread.join().expect("it ends")
    })
}

/// The ports of these that send anything back.
fn datagrams(address: &str, ports: std::ops::RangeInclusive<u16>) -> Vec<u16> {
    let address: IpAddr = address.parse().expect("an address");
    let socket = UdpSocket::bind(("0.0.0.0", 0)).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut found = std::collections::BTreeSet::new();
    for _ in 0..ROUNDS {
        for port in ports.clone() {
            socket
                .send_to(QUESTION, SocketAddr::new(address, port))
                .expect("a datagram is sent");
        }
        let mut room = [0; 1500];
        while let Ok((_, from)) = socket.recv_from(&mut room) {
            found.insert(from.port());
        }
    }
    found.into_iter().collect()
}

/// As many open files as may be; returns the number.
fn raise_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("a limit may be raised to its maximum");
    getrlimit(Resource::Nofile).current.unwrap_or(1 << 20)
}

/// Runs on a thread of its own: it moves to the namespace, and those it starts are born there.
fn scan(address: &str, at_once: u64) -> Vec<u16> {
    enter_outside();
    let address: IpAddr = address.parse().expect("an address");
    let next = AtomicU32::new(1);
    let (next, mut open) = (&next, Vec::new());
    std::thread::scope(|scope| {
        let tries: Vec<_> = (0..at_once)
            .map(|_| {
                std::thread::Builder::new()
                    .stack_size(128 << 10)
                    .spawn_scoped(scope, move || tries(address, next))
                    .expect("a thread starts")
            })
            .collect();
        for ports in tries {
            open.extend(ports.join().expect("a thread ends"));
        }
    });
    open.sort_unstable();
    open
}

/// One port after the other, until there is none left.
fn tries(address: IpAddr, next: &AtomicU32) -> Vec<u16> {
    std::iter::from_fn(|| u16::try_from(next.fetch_add(1, Ordering::Relaxed)).ok())
        .filter(|port| {
            TcpStream::connect_timeout(&SocketAddr::new(address, *port), PATIENCE).is_ok()
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test bed's namespace is a file"
)]
fn enter_outside() {
    let instance = std::env::var("PLAY_TESTBED_INSTANCE").unwrap_or_else(|_| "1".into());
    let suffix = if instance == "1" {
        String::new()
    } else {
        format!("-{instance}")
    };
    let namespace =
        std::fs::File::open(format!("/run/netns/outside{suffix}")).expect("the test bed is up");
    rustix::thread::move_into_link_name_space(
        std::os::fd::AsFd::as_fd(&namespace),
        Some(rustix::thread::LinkNameSpaceType::Network),
    )
    .expect("root may enter it");
}
