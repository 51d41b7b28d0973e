//! What a plain scalar means: YAML 1.1 as PyYAML reads it (<https://yaml.org/type/>), without base 60, infinities and dates,
//! plus `0o644` of YAML 1.2.
use crate::node::NodeKind;
use serde_json::Number;

/// The value of an unquoted scalar.
pub fn resolve(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return NodeKind::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return NodeKind::Bool(false);
        }
        _ => {}
    }
    match number(text) {
        Some(number) => NodeKind::Number(number, text.to_owned()),
        None => NodeKind::String {
            text: text.to_owned(),
            plain: true,
        },
    }
}

/// The number a text is in YAML 1.1; None where it is text. Integers beyond 64 bits are text.
pub(crate) fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    integer(digits)
        .and_then(|magnitude| signed(magnitude, negative))
        .or_else(|| float(digits, negative))
}

fn integer(digits: &str) -> Option<u64> {
    let (radix, body) = if let Some(body) = digits.strip_prefix("0b") {
        (2, body)
    } else if let Some(body) = digits.strip_prefix("0x") {
        (16, body)
    } else if let Some(body) = digits.strip_prefix("0o") {
        (8, body)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, &digits[1..])
    } else {
        (10, digits)
    };
    let body: String = body.chars().filter(|c| *c != '_').collect();
    // `from_str_radix` would take a second sign.
    if !body.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(&body, radix).ok()
}

fn signed(magnitude: u64, negative: bool) -> Option<Number> {
    if !negative {
        return Some(Number::from(magnitude));
    }
    0_i64.checked_sub_unsigned(magnitude).map(Number::from)
}

/// `1.5`, `1.`, `.5`, `1.5e+3`; PyYAML wants the point and, in an exponent, the sign.
fn float(digits: &str, negative: bool) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let decimal = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let begins = whole.starts_with(|c: char| c.is_ascii_digit())
        || (whole.is_empty() && fraction.starts_with(|c: char| c.is_ascii_digit()));
    if !begins || !decimal(whole) || !decimal(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['-', '+'])?;
        if power.is_empty() || !power.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let value: f64 = plain.parse().ok()?;
    Number::from_f64(if negative { -value } else { value })
}
