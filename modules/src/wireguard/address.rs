//! Addresses and networks, as the kernel shows them.
use play_core::Fault;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An interface's address with the length of its prefix, which for a bare one is all of it.
pub(super) fn interface(text: &str) -> Result<String, Fault> {
    let (address, length) = parse(text)?;
    Ok(format!("{address}/{length}"))
}

/// A network: no bits beyond its prefix.
pub(super) fn network(text: &str) -> Result<String, Fault> {
    let (address, length) = parse(text)?;
    Ok(format!("{}/{length}", first(address, length)))
}

fn parse(text: &str) -> Result<(IpAddr, u32), Fault> {
    let wrong = || Fault::arguments(format!("`{text}` is not an address such as 10.8.0.1/24"));
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(length) => length
            .trim()
            .parse()
            .ok()
            .filter(|bits| *bits <= most)
            .ok_or_else(wrong)?,
    };
    Ok((address, length))
}

fn first(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_form() {
        assert_eq!(network("10.8.0.7/24").unwrap(), "10.8.0.0/24");
        assert_eq!(network("fd00:0::2").unwrap(), "fd00::2/128");
        assert_eq!(network("0.0.0.0/0").unwrap(), "0.0.0.0/0");
        assert_eq!(interface("10.8.0.7").unwrap(), "10.8.0.7/32");
        assert!(network("10.8.0.0/33").is_err() && network("vpn").is_err());
    }
}
