//! Choices, comparisons and conversions. `default`, `and`, `or`, `not` and `lookup` are evaluated where names are: they accept
//! what is missing or need not look at every argument.
use super::{Arguments, Flow, Helper, helper};
use crate::expression::operator::{describe, equal, order, truthy};
use crate::template::{boolean, text_of};
use play_core::Value;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "eq",
        "eq a b",
        "Whether two values are equal; numbers compare by value.",
        Flow::Opaque,
        |a| Ok(equal(a.value(0)?, a.value(1)?).into()),
    ),
    helper(
        "ne",
        "ne a b",
        "Whether two values differ.",
        Flow::Opaque,
        |a| Ok((!equal(a.value(0)?, a.value(1)?)).into()),
    ),
    helper(
        "lt",
        "lt a b",
        "Whether a is less than b.",
        Flow::Opaque,
        |a| Ok(order(a.value(0)?, a.value(1)?)?.is_lt().into()),
    ),
    helper(
        "le",
        "le a b",
        "Whether a is b or less.",
        Flow::Opaque,
        |a| Ok(order(a.value(0)?, a.value(1)?)?.is_le().into()),
    ),
    helper(
        "gt",
        "gt a b",
        "Whether a is more than b.",
        Flow::Opaque,
        |a| Ok(order(a.value(0)?, a.value(1)?)?.is_gt().into()),
    ),
    helper(
        "ge",
        "ge a b",
        "Whether a is b or more.",
        Flow::Opaque,
        |a| Ok(order(a.value(0)?, a.value(1)?)?.is_ge().into()),
    ),
    helper(
        "ternary",
        "ternary condition yes no",
        "One of two values.",
        Flow::Items,
        ternary,
    ),
    helper(
        "bool",
        "bool value",
        "A boolean from the words YAML has for it.",
        Flow::Opaque,
        |a| truth(a.value(0)?),
    ),
    helper(
        "string",
        "string value",
        "The value as text.",
        Flow::Spans,
        |a| Ok(text_of(a.value(0)?).into()),
    ),
    helper(
        "type_debug",
        "type_debug value",
        "What kind of value it is.",
        Flow::Opaque,
        |a| Ok(describe(a.value(0)?).into()),
    ),
    helper(
        "env",
        "env \"HOME\"",
        "A variable of the environment play was started in.",
        Flow::Opaque,
        |a| Ok(a.names.environment(&a.text(0)?).unwrap_or_default().into()),
    ),
    helper(
        "file",
        "file \"path\"",
        "The text of a file of the controller, without its last line end.",
        Flow::Opaque,
        |a| Ok(a.names.file(&a.text(0)?)?.trim_end().into()),
    ),
];

fn ternary(arguments: &Arguments<'_>) -> Result<Value, String> {
    let condition = arguments.value(0)?;
    if condition.is_null() && arguments.values.len() > 3 {
        return arguments.value(3).cloned();
    }
    arguments
        .value(if truthy(condition) { 1 } else { 2 })
        .cloned()
}

fn truth(value: &Value) -> Result<Value, String> {
    Ok(match value {
        Value::Bool(flag) => *flag,
        Value::Null => false,
        Value::Number(number) => number.as_f64() == Some(1.0),
        Value::String(text) => boolean(text).unwrap_or(text == "1"),
        other => return Err(format!("{} is no boolean", describe(other))),
    }
    .into())
}
