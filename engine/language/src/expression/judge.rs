//! Conditions: an expression's value as true, false or not known yet.
use super::evaluate::{Evaluator, known};
use super::names::Names;
use super::operator::truthy;
use super::tree::{Kind, Tree};
use super::{Problem, compile};
use play_core::{Value, unknown};

/// The answer to a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    /// Known only after the reason.
    Unknown(String),
}

impl Truth {
    /// The truth of a value: text that YAML calls a boolean is one, other text is true unless empty.
    pub fn of(value: &Value) -> Self {
        let flag = match value {
            Value::String(text) => match unknown::reason(text) {
                Some(reason) => return Self::Unknown(reason.to_owned()),
                None => crate::template::boolean(text).unwrap_or(!text.is_empty()),
            },
            other => truthy(other),
        };
        if flag { Self::True } else { Self::False }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// All must hold: false wins over unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown(reason), _) | (_, Self::Unknown(reason)) => Self::Unknown(reason),
            _ => Self::True,
        }
    }
}

/// The inside of a condition that is wrapped in braces as a whole: `{{ x }}` is `x`.
pub fn unwrap_braces(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim())
}

/// Evaluates a condition.
pub(crate) fn judge(text: &str, names: &dyn Names) -> Result<Truth, Problem> {
    let text = unwrap_braces(text).unwrap_or(text);
    let tree = compile(text).map_err(|mistake| Problem::Here {
        message: mistake.message,
        hint: mistake.hint,
        span: (mistake.offset, mistake.offset),
    })?;
    weigh(&tree, &Evaluator { names, locals: &[] })
}

/// What stands beside `not`, `and` and `or` is judged as it would be alone: `not x` is never what `x` is.
fn weigh(tree: &Tree, evaluator: &Evaluator<'_>) -> Result<Truth, Problem> {
    match &tree.kind {
        Kind::Not(inner) => Ok(weigh(inner, evaluator)?.not()),
        Kind::And(left, right) => match weigh(left, evaluator)? {
            Truth::False => Ok(Truth::False),
            left => Ok(left.and(weigh(right, evaluator)?)),
        },
        Kind::Or(left, right) => match weigh(left, evaluator)? {
            Truth::True => Ok(Truth::True),
            left => Ok(left.not().and(weigh(right, evaluator)?.not()).not()),
        },
        _ => {
            let value = known(evaluator.evaluate(tree)?, tree, evaluator.names)?;
            Ok(Truth::of(&value))
        }
    }
}
