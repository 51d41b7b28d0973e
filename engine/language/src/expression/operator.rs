//! Operators on values: numbers compare by value, texts by their characters, and what is unknown stays so.
use super::tree::Operator;
use crate::template::text_of;
use play_core::{Value, unknown};
use serde_json::Number;
use std::cmp::Ordering;

/// Applies an operator. Values not yet known give a value not yet known, unless the answer is sure.
pub(crate) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    match operator {
        Operator::Equal => Ok(equality(left, right, false)),
        Operator::Unequal => Ok(equality(left, right, true)),
        Operator::In => contains(right, left),
        Operator::NotIn => contains(right, left).map(|found| match found {
            Value::Bool(found) => Value::Bool(!found),
            other => other,
        }),
        Operator::Concatenate => Ok(Value::String(text_of(left) + &text_of(right))),
        _ => {
            if let Some(reason) = unknown::within(left).or_else(|| unknown::within(right)) {
                return Ok(Value::String(unknown::mark(reason)));
            }
            match operator {
                Operator::Less => order(left, right).map(|o| o.is_lt().into()),
                Operator::LessOrEqual => order(left, right).map(|o| o.is_le().into()),
                Operator::Greater => order(left, right).map(|o| o.is_gt().into()),
                Operator::GreaterOrEqual => order(left, right).map(|o| o.is_ge().into()),
                _ => arithmetic(operator, left, right),
            }
        }
    }
}

fn equality(left: &Value, right: &Value, negated: bool) -> Value {
    match unknown::within(left).or_else(|| unknown::within(right)) {
        Some(reason) if may_equal(left, right) => Value::String(unknown::mark(reason)),
        Some(_) => Value::Bool(negated),
        None => Value::Bool(equal(left, right) != negated),
    }
}

/// False where the parts that are known differ already.
fn may_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(a), Value::String(b)) => match (unknown::reason(a), unknown::reason(b)) {
            (Some(_), None) => unknown::may_equal(a, b),
            (None, Some(_)) => unknown::may_equal(b, a),
            _ => true,
        },
        _ => true,
    }
}

/// Equal by value: 3 is 3.0, and text is never a number.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => compare(a, b).is_eq(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => left == right,
    }
}

/// Numbers by value, without losing large integers.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    let whole = |number: &Number| {
        let signed = number.as_i64().map(i128::from);
        signed.or_else(|| number.as_u64().map(i128::from))
    };
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
    }
}

/// Which comes first. Values of different kinds have no order.
pub(crate) fn order(left: &Value, right: &Value) -> Result<Ordering, String> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Ok(compare(a, b)),
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Array(a), Value::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                match order(a, b)? {
                    Ordering::Equal => {}
                    other => return Ok(other),
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        _ => Err(format!(
            "cannot compare {} with {}: convert one, for example with `int`",
            describe(left),
            describe(right)
        )),
    }
}

/// Whether a list has an item, a mapping a key, a text a part.
pub(crate) fn contains(container: &Value, item: &Value) -> Result<Value, String> {
    if let (Some(reason), true) = (unknown::within(item), !container.is_object()) {
        return Ok(Value::String(unknown::mark(reason)));
    }
    let found = match container {
        Value::Array(items) => items.iter().any(|other| equal(other, item)),
        Value::Object(map) => map.contains_key(&text_of(item)),
        Value::String(text) => match item {
            Value::String(part) => known_pieces(text).any(|piece| piece.contains(part.as_str())),
            _ => return Err(format!("cannot look for {} in text", describe(item))),
        },
        other => return Err(format!("cannot look into {} with `in`", describe(other))),
    };
    match unknown::within(container) {
        Some(reason) if !found && !container.is_object() => {
            Ok(Value::String(unknown::mark(reason)))
        }
        _ => Ok(Value::Bool(found)),
    }
}

/// The text between spans that are not known yet.
fn known_pieces(text: &str) -> impl Iterator<Item = &str> {
    // A marker is one reserved character, its reason, and another: every second piece is a reason.
    text.split(unknown::reserved).step_by(2)
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    match (operator, left, right) {
        (_, Value::Number(a), Value::Number(b)) => calculate(operator, a, b),
        (Operator::Add, Value::String(a), Value::String(b)) => Ok(Value::String(a.clone() + b)),
        (Operator::Add, Value::Array(a), Value::Array(b)) => {
            Ok(a.iter().chain(b).cloned().collect())
        }
        (Operator::Multiply, Value::String(text), Value::Number(count)) => {
            let count = usize::try_from(count.as_i64().unwrap_or(0).max(0)).unwrap_or(0);
            if text.len().saturating_mul(count) > 1 << 24 {
                return Err("the text would be longer than 16 MiB".into());
            }
            Ok(Value::String(text.repeat(count)))
        }
        (Operator::Multiply, Value::Array(items), Value::Number(count)) => {
            let count = usize::try_from(count.as_i64().unwrap_or(0).max(0)).unwrap_or(0);
            if items.len().saturating_mul(count) > 1_000_000 {
                return Err("the list would have more than a million items".into());
            }
            Ok(std::iter::repeat_n(items, count)
                .flatten()
                .cloned()
                .collect())
        }
        (Operator::Remainder, Value::String(format), _) => {
            let values = match right {
                Value::Array(values) => values.clone(),
                other => vec![other.clone()],
            };
            crate::template::format_text(format, &values).map(Value::String)
        }
        (Operator::Add, _, _) => Err(format!(
            "cannot add {} and {}: join texts with `~`, or convert with `int`",
            describe(left),
            describe(right)
        )),
        _ => Err(format!(
            "cannot calculate with {} and {}",
            describe(left),
            describe(right)
        )),
    }
}

/// Arithmetic on two numbers: whole where both are and the result is, as in Python (`/` is never whole).
pub(crate) fn calculate(operator: Operator, a: &Number, b: &Number) -> Result<Value, String> {
    let too_large = || "the result is too large".to_owned();
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        if b == 0
            && matches!(
                operator,
                Operator::Divide | Operator::DivideWhole | Operator::Remainder
            )
        {
            return Err("division by zero".into());
        }
        let whole = match operator {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::DivideWhole => a.checked_div_euclid(b).map(|q| floor(q, a, b)),
            Operator::Remainder => a
                .checked_rem_euclid(b)
                .map(|r| if b < 0 && r != 0 { r + b } else { r }),
            Operator::Power if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            _ => return real(operator, float(a), float(b)),
        };
        return whole.map(Value::from).ok_or_else(too_large);
    }
    let (a, b) = (
        a.as_f64().ok_or_else(too_large)?,
        b.as_f64().ok_or_else(too_large)?,
    );
    real(operator, a, b)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a quotient of numbers beyond 2^53 is rounded, as in Python"
)]
fn float(whole: i64) -> f64 {
    whole as f64
}

/// Euclid's quotient turned into the floor, which differs for negative divisors.
fn floor(quotient: i64, a: i64, b: i64) -> i64 {
    if b < 0 && a.rem_euclid(b) != 0 {
        quotient - 1
    } else {
        quotient
    }
}

fn real(operator: Operator, a: f64, b: f64) -> Result<Value, String> {
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::DivideWhole => (a / b).floor(),
        Operator::Remainder => a - b * (a / b).floor(),
        Operator::Power => a.powf(b),
        _ => return Err("not an arithmetic operator".into()),
    };
    Number::from_f64(result)
        .map(Value::Number)
        .ok_or_else(|| "division by zero, or the result is too large".into())
}

/// What a value is, for messages.
pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Python's truth: nothing, zero and what is empty are false.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The reason, where a value is text that is not known yet, in whole or in part.
pub(crate) fn marked(value: &Value) -> Option<&str> {
    value.as_str().and_then(unknown::reason)
}
