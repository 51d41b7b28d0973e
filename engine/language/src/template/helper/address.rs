//! Arithmetic on IP addresses and networks, versions 4 and 6. Nothing is resolved.
use super::{Arguments, Flow, Helper, helper};
use crate::template::text_of;
use play_core::Value;
use std::net::IpAddr;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "ip_address",
        "ip_address \"10.0.0.0/24\" 5",
        "The address at a position of a network; the address alone without one.",
        Flow::Opaque,
        address,
    ),
    helper(
        "ip_network",
        "ip_network \"10.0.0.7/24\"",
        "The network an address with a prefix is in.",
        Flow::Opaque,
        |a| {
            let net = Net::parse(&a.text(0)?)?;
            Ok(format!("{}/{}", net.at(net.first()), net.prefix).into())
        },
    ),
    helper(
        "ip_prefix",
        "ip_prefix \"10.0.0.0/24\"",
        "The length of the prefix.",
        Flow::Opaque,
        |a| Ok(Net::parse(&a.text(0)?)?.prefix.into()),
    ),
    helper(
        "ip_netmask",
        "ip_netmask \"10.0.0.0/24\"",
        "The mask of the prefix.",
        Flow::Opaque,
        |a| {
            let net = Net::parse(&a.text(0)?)?;
            Ok(net.at(net.mask()).to_string().into())
        },
    ),
    helper(
        "ip_broadcast",
        "ip_broadcast \"10.0.0.0/24\"",
        "The last address of a network.",
        Flow::Opaque,
        |a| {
            let net = Net::parse(&a.text(0)?)?;
            Ok(net.at(net.last()).to_string().into())
        },
    ),
    helper(
        "ip_offset",
        "ip_offset \"10.0.0.7/24\"",
        "The position of an address in its network.",
        Flow::Opaque,
        |a| {
            let net = Net::parse(&a.text(0)?)?;
            let offset = net.bits - net.first();
            Ok(u64::try_from(offset).map_or_else(|_| offset.to_string().into(), Value::from))
        },
    ),
    helper(
        "ip_contains",
        "ip_contains \"10.0.0.0/24\" \"10.0.0.7\"",
        "Whether an address is in a network.",
        Flow::Opaque,
        |a| {
            let (net, other) = (Net::parse(&a.text(0)?)?, Net::parse(&a.text(1)?)?);
            let inside =
                (net.first()..=net.last()).contains(&other.bits) && net.width == other.width;
            Ok((inside && other.prefix >= net.prefix).into())
        },
    ),
    helper(
        "ipaddr",
        "ipaddr value [\"address\"]",
        "The value where it is an address, else false; or a part: address, network, prefix, netmask, broadcast, a position.",
        Flow::Opaque,
        query,
    ),
    helper(
        "ipv4",
        "ipv4 value",
        "The value where it is an IPv4 address, else false; of a list, those that are.",
        Flow::Opaque,
        |a| Ok(version(a.value(0)?, 32)),
    ),
    helper(
        "ipv6",
        "ipv6 value",
        "The value where it is an IPv6 address, else false; of a list, those that are.",
        Flow::Opaque,
        |a| Ok(version(a.value(0)?, 128)),
    ),
    helper(
        "ipwrap",
        "ipwrap address",
        "An IPv6 address in brackets; anything else as it is.",
        Flow::Opaque,
        |a| {
            let text = a.text(0)?;
            Ok(if text.parse::<std::net::Ipv6Addr>().is_ok() {
                format!("[{text}]")
            } else {
                text
            }
            .into())
        },
    ),
];

/// An address and the length of its prefix, as bits.
struct Net {
    bits: u128,
    prefix: u32,
    /// 32 or 128.
    width: u32,
}

impl Net {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no address (10.0.0.1, 10.0.0.0/24, fd00::/64)");
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let (bits, width) = match address.parse().map_err(|_| wrong())? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix = match prefix {
            None => width,
            Some(prefix) => match prefix.parse::<u32>() {
                Ok(length) if length <= width => length,
                Ok(_) => return Err(wrong()),
                Err(_) => mask_length(prefix, width).ok_or_else(wrong)?,
            },
        };
        Ok(Self {
            bits,
            prefix,
            width,
        })
    }

    fn host_bits(&self) -> u128 {
        match self.width - self.prefix {
            128 => u128::MAX,
            free => (1 << free) - 1,
        }
    }

    fn mask(&self) -> u128 {
        let all = if self.width == 128 {
            u128::MAX
        } else {
            u128::from(u32::MAX)
        };
        all & !self.host_bits()
    }

    fn first(&self) -> u128 {
        self.bits & self.mask()
    }

    fn last(&self) -> u128 {
        self.first() | self.host_bits()
    }

    fn at(&self, bits: u128) -> IpAddr {
        match u32::try_from(bits) {
            Ok(bits) if self.width == 32 => IpAddr::V4(bits.into()),
            _ => IpAddr::V6(bits.into()),
        }
    }

    /// The address at a position; negative ones count from the end.
    fn position(&self, position: i64) -> Result<IpAddr, String> {
        let distance = u128::from(position.unsigned_abs());
        let bits = if position >= 0 {
            self.first().checked_add(distance)
        } else {
            self.last().checked_sub(distance - 1)
        };
        bits.filter(|bits| (self.first()..=self.last()).contains(bits))
            .map(|bits| self.at(bits))
            .ok_or_else(|| format!("position {position} is outside the network"))
    }
}

fn mask_length(mask: &str, width: u32) -> Option<u32> {
    let bits = mask.parse::<std::net::Ipv4Addr>().ok()?.to_bits();
    (width == 32 && bits.leading_ones() == bits.count_ones()).then(|| bits.leading_ones())
}

fn address(arguments: &Arguments<'_>) -> Result<Value, String> {
    let net = Net::parse(&arguments.text(0)?)?;
    Ok(match arguments.values.len() {
        1 => net.at(net.bits),
        _ => net.position(arguments.integer(1)?)?,
    }
    .to_string()
    .into())
}

fn version(value: &Value, width: u32) -> Value {
    let fits = |value: &Value| Net::parse(&text_of(value)).is_ok_and(|net| net.width == width);
    match value {
        Value::Array(items) => items.iter().filter(|item| fits(item)).cloned().collect(),
        other if fits(other) => other.clone(),
        _ => Value::Bool(false),
    }
}

fn query(arguments: &Arguments<'_>) -> Result<Value, String> {
    let value = arguments.value(0)?;
    if let Value::Array(items) = value {
        let asked = |item: &Value| part(&text_of(item), &arguments.text_option("query", 1, ""));
        let found = items.iter().map(asked).collect::<Result<Vec<_>, _>>()?;
        return Ok(found
            .into_iter()
            .filter(|found| found != &Value::Bool(false))
            .collect());
    }
    part(&text_of(value), &arguments.text_option("query", 1, ""))
}

fn part(text: &str, query: &str) -> Result<Value, String> {
    let Ok(net) = Net::parse(text) else {
        return Ok(Value::Bool(false));
    };
    Ok(match query {
        "" => text.into(),
        "address" => net.at(net.bits).to_string().into(),
        "network" => net.at(net.first()).to_string().into(),
        "netmask" => net.at(net.mask()).to_string().into(),
        "broadcast" => net.at(net.last()).to_string().into(),
        "prefix" => net.prefix.into(),
        "subnet" | "network/prefix" => format!("{}/{}", net.at(net.first()), net.prefix).into(),
        "size" => (net.last() - net.first())
            .saturating_add(1)
            .to_string()
            .into(),
        "host" => format!("{}/{}", net.at(net.bits), net.prefix).into(),
        "ipv4" => version(&text.into(), 32),
        "ipv6" => version(&text.into(), 128),
        position => match position.parse() {
            Ok(position) => format!("{}/{}", net.position(position)?, net.prefix).into(),
            Err(_) => return Err(format!("no query `{query}` of addresses")),
        },
    })
}
