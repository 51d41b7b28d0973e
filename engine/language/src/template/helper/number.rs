//! Numbers.
use super::{Arguments, Flow, Helper, helper};
use crate::expression::operator::{apply, order};
use crate::expression::tree::Operator;
use play_core::Value;
use serde_json::Number;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "int",
        "int value [default]",
        "A whole number from text or a number; the default (0) where it is none.",
        Flow::Opaque,
        int,
    ),
    helper(
        "float",
        "float value [default]",
        "A number with a fraction.",
        Flow::Opaque,
        float,
    ),
    helper(
        "abs",
        "abs number",
        "Without its sign.",
        Flow::Opaque,
        |a| match a.value(0)?.as_i64() {
            Some(whole) => Ok(whole.saturating_abs().into()),
            None => Ok(a.value(0)?.as_f64().ok_or("needs a number")?.abs().into()),
        },
    ),
    helper(
        "round",
        "round number [digits]",
        "Rounded; whole without digits.",
        Flow::Opaque,
        round,
    ),
    helper(
        "add",
        "add a b",
        "The sum of numbers, or lists and texts joined.",
        Flow::Opaque,
        |a| apply(Operator::Add, a.value(0)?, a.value(1)?),
    ),
    helper("plus", "plus a b", "The same as add.", Flow::Opaque, |a| {
        apply(Operator::Add, a.value(0)?, a.value(1)?)
    }),
    helper(
        "subtract",
        "subtract a b",
        "The difference.",
        Flow::Opaque,
        |a| apply(Operator::Subtract, a.value(0)?, a.value(1)?),
    ),
    helper(
        "minus",
        "minus a b",
        "The same as subtract.",
        Flow::Opaque,
        |a| apply(Operator::Subtract, a.value(0)?, a.value(1)?),
    ),
    helper(
        "multiply",
        "multiply a b",
        "The product.",
        Flow::Opaque,
        |a| apply(Operator::Multiply, a.value(0)?, a.value(1)?),
    ),
    helper(
        "divide",
        "divide a b",
        "The quotient; never whole.",
        Flow::Opaque,
        |a| apply(Operator::Divide, a.value(0)?, a.value(1)?),
    ),
    helper(
        "mod",
        "mod a b",
        "What a division leaves.",
        Flow::Opaque,
        |a| apply(Operator::Remainder, a.value(0)?, a.value(1)?),
    ),
    helper(
        "range",
        "range [from] to [step]",
        "Whole numbers below `to`.",
        Flow::Opaque,
        range,
    ),
    helper("min", "min list", "The least item.", Flow::Opaque, |a| {
        extreme(a, true)
    }),
    helper("max", "max list", "The greatest item.", Flow::Opaque, |a| {
        extreme(a, false)
    }),
    helper(
        "sum",
        "sum list [attribute=\"a\"] [start=0]",
        "All items added.",
        Flow::Opaque,
        sum,
    ),
];

fn int(arguments: &Arguments<'_>) -> Result<Value, String> {
    let default = arguments.integer_option("default", 1, 0);
    let base = u32::try_from(arguments.integer_option("base", 2, 10))
        .unwrap_or(10)
        .clamp(2, 36);
    Ok(match arguments.value(0)? {
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Value::Number(number.clone())
        }
        Value::Number(number) => truncated(number.as_f64(), default),
        Value::Bool(flag) => i64::from(*flag).into(),
        Value::String(text) => {
            let text = text.trim().replace('_', "");
            let digits = match base {
                16 => text.trim_start_matches("0x"),
                8 => text.trim_start_matches("0o"),
                _ => text.as_str(),
            };
            match i64::from_str_radix(digits, base) {
                Ok(whole) => whole.into(),
                Err(_) => truncated(text.parse().ok(), default),
            }
        }
        _ => default.into(),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked against the range of i64 before"
)]
#[expect(
    clippy::cast_precision_loss,
    reason = "the bound of the range need not be exact"
)]
fn truncated(value: Option<f64>, default: i64) -> Value {
    match value {
        Some(value) if value.abs() < i64::MAX as f64 => Value::from(value as i64),
        _ => default.into(),
    }
}

fn float(arguments: &Arguments<'_>) -> Result<Value, String> {
    let default = arguments
        .option("default", 1)
        .and_then(Value::as_f64)
        .unwrap_or(0.0);
    let value = match arguments.value(0)? {
        Value::String(text) => text.trim().parse().unwrap_or(default),
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        other => other.as_f64().unwrap_or(default),
    };
    Number::from_f64(value)
        .map(Value::Number)
        .ok_or_else(|| "not a finite number".into())
}

fn round(arguments: &Arguments<'_>) -> Result<Value, String> {
    let value = arguments.value(0)?.as_f64().ok_or("needs a number")?;
    let digits = i32::try_from(arguments.integer_option("precision", 1, 0)).unwrap_or(0);
    let scale = 10_f64.powi(digits);
    let scaled = value * scale;
    let rounded = match arguments.text_option("method", 2, "common").as_str() {
        "ceil" => scaled.ceil(),
        "floor" => scaled.floor(),
        _ => scaled.round(),
    };
    if digits == 0 {
        return Ok(truncated(Some(rounded), 0));
    }
    Ok((rounded / scale).into())
}

fn range(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (from, to) = match arguments.values.len() {
        1 => (0, arguments.integer(0)?),
        _ => (arguments.integer(0)?, arguments.integer(1)?),
    };
    let step = arguments.integer_option("step", 2, 1);
    if step == 0 {
        return Err("a step of 0".into());
    }
    let count = (i128::from(to) - i128::from(from)) / i128::from(step);
    if count > 1_000_000 {
        return Err("more than a million numbers".into());
    }
    let mut out = Vec::new();
    let mut at = from;
    while (step > 0 && at < to) || (step < 0 && at > to) {
        out.push(Value::from(at));
        at = at.saturating_add(step);
    }
    Ok(out.into())
}

fn extreme(arguments: &Arguments<'_>, least: bool) -> Result<Value, String> {
    let items = match arguments.values.len() {
        1 => arguments.list(0)?,
        _ => arguments.values.clone(),
    };
    let mut best: Option<Value> = None;
    for item in items {
        let better = match &best {
            None => true,
            Some(best) => order(&item, best)?.is_lt() == least && order(&item, best)?.is_ne(),
        };
        if better {
            best = Some(item);
        }
    }
    best.ok_or_else(|| "the list is empty".into())
}

fn sum(arguments: &Arguments<'_>) -> Result<Value, String> {
    let attribute = arguments.named("attribute").map(crate::template::text_of);
    let mut total = arguments
        .named("start")
        .cloned()
        .unwrap_or_else(|| 0.into());
    for item in arguments.list(0)? {
        let item = match &attribute {
            Some(path) => crate::expression::step::walk(&item, path)
                .ok_or_else(|| format!("an item has no `{path}`"))?,
            None => item,
        };
        total = match (&total, item) {
            // Lists are summed from an empty list in Ansible; the 0 it starts with here is nobody's.
            (Value::Number(zero), item @ Value::Array(_)) if zero.as_i64() == Some(0) => item,
            (total, item) => apply(Operator::Add, total, &item)?,
        };
    }
    Ok(total)
}
