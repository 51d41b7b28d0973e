//! The addresses of all interfaces, asked of the kernel itself (rtnetlink(7), `RTM_GETADDR`): no program, no C library.
use rustix::io;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One address of one interface, by the interface's index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) interface: u32,
    pub(super) ip: IpAddr,
    prefix: u8,
    scope: u8,
}

const NEWADDR: u16 = 20;
const GETADDR: u16 = 22;
const DONE: u16 = 3;
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_DUMP`
const DUMP: u16 = 0x1 | 0x300;
const HEADER: usize = 16;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;

impl Address {
    /// Of use to others: neither loopback nor of one link only.
    pub(super) fn global(&self) -> bool {
        self.scope == 0
    }

    /// `10.0.0.2/24`.
    pub(super) fn written(&self) -> String {
        format!("{}/{}", self.ip, self.prefix)
    }

    /// Whether another address is in its network.
    pub(super) fn reaches(&self, other: IpAddr) -> bool {
        match (self.ip, other) {
            (IpAddr::V4(one), IpAddr::V4(two)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                u32::from(one) & mask == u32::from(two) & mask
            }
            _ => false,
        }
    }
}

/// All addresses, IPv4 first.
pub(super) fn all() -> io::Result<Vec<Address>> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // NETLINK_ROUTE is protocol 0.
        None,
    )?;
    sendto(
        &socket,
        &request(),
        SendFlags::empty(),
        &SocketAddrNetlink::new(0, 0),
    )?;
    let mut addresses = Vec::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let (_, length) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
        let more = messages(&buffer[..length.min(buffer.len())], &mut addresses);
        if !more || length == 0 {
            break;
        }
    }
    addresses.sort_by_key(|address| address.ip.is_ipv6());
    Ok(addresses)
}

/// A header and an `ifaddrmsg` of zeros: every family, every interface.
fn request() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + 8);
    bytes.extend(24_u32.to_ne_bytes());
    bytes.extend(GETADDR.to_ne_bytes());
    bytes.extend(DUMP.to_ne_bytes());
    bytes.extend(1_u32.to_ne_bytes());
    bytes.extend(0_u32.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes
}

/// Reads one datagram's messages; false once the kernel said that was all.
fn messages(mut bytes: &[u8], addresses: &mut Vec<Address>) -> bool {
    while let (Some(length), Some(kind)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let length = usize::try_from(length).unwrap_or(0);
        if length < HEADER || length > bytes.len() {
            return false;
        }
        match kind {
            DONE | ERROR => return false,
            NEWADDR => addresses.extend(message(&bytes[HEADER..length])),
            _ => {}
        }
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    true
}

fn message(bytes: &[u8]) -> Option<Address> {
    let (prefix, scope) = (*bytes.get(1)?, *bytes.get(3)?);
    let interface = u32_at(bytes, 4)?;
    let mut rest = bytes.get(8..)?;
    let (mut address, mut local) = (None, None);
    while let (Some(length), Some(kind)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let length = usize::from(length);
        let value = rest.get(4..length)?;
        match kind {
            IFA_ADDRESS => address = ip(value),
            IFA_LOCAL => local = ip(value),
            _ => {}
        }
        rest = rest.get(aligned(length)..).unwrap_or_default();
    }
    // On a point-to-point link `IFA_ADDRESS` is the other end's.
    Some(Address {
        interface,
        ip: local.or(address)?,
        prefix,
        scope,
    })
}

fn aligned(length: usize) -> usize {
    length.div_ceil(4) * 4
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers() {
        let all = all().expect("addresses");
        let loopback = all.iter().find(|one| one.written() == "127.0.0.1/8");
        assert!(loopback.is_some_and(|one| !one.global()), "{all:?}");
    }

    #[test]
    fn broken_messages_end_the_reading() {
        let mut found = Vec::new();
        assert!(!messages(&[4, 0, 0, 0, 20, 0, 0, 0], &mut found));
        assert!(!messages(&[255; 16], &mut found));
        assert!(messages(&[], &mut found) && found.is_empty());
    }

    #[test]
    fn networks_are_told_apart() {
        let ip = "10.104.0.2".parse().expect("an address");
        let address = Address {
            interface: 1,
            ip,
            prefix: 24,
            scope: 0,
        };
        assert!(address.reaches("10.104.0.1".parse().expect("an address")));
        assert!(!address.reaches("10.104.1.1".parse().expect("an address")));
    }
}
