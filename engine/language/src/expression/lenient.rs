//! Filters that accept what is missing, before the `|` or in what they do not choose: `default`, `mandatory`, `ternary`.
use super::evaluate::Evaluated::{Known, Missing};
use super::evaluate::{Evaluator, Outcome, known, mark};
use super::operator::{marked, truthy};
use super::problem::Problem;
use super::tree::{Call, Kind, Tree};
use crate::template::text_of;
use play_core::Value;

impl Evaluator<'_> {
    /// What is not asked for need not have a value: `x | default(y)` where x is defined and y is not.
    pub(super) fn lenient(&self, tree: &Tree, subject: &Tree, call: &Call) -> Outcome {
        let first = match self.evaluate(subject) {
            Err(Problem::Here { message, .. })
                if is_edge(subject) && message.ends_with("is empty") =>
            {
                Missing(String::new(), None)
            }
            other => other?,
        };
        if call.name == "mandatory" {
            if let (Missing(..), Some(message)) = (&first, argument(call, 0, "msg")) {
                let message = text_of(&self.value(message)?);
                return Err(Problem::new(message, (tree.start, tree.end)));
            }
            return Ok(Known(known(first, subject, self.names)?));
        }
        if call.name == "ternary" {
            return self.ternary(&known(first, subject, self.names)?, call);
        }
        let also_false = argument(call, 1, "boolean").map(|tree| self.value(tree));
        let also_false = also_false.transpose()?.as_ref().is_some_and(truthy);
        let missing = match &first {
            Missing(..) => true,
            Known(value) => also_false && marked(value).is_none() && !truthy(value),
            _ => false,
        };
        if missing {
            return self.chosen(argument(call, 0, "default_value"));
        }
        Ok(Known(known(first, subject, self.names)?))
    }

    fn ternary(&self, asked: &Value, call: &Call) -> Outcome {
        let none = argument(call, 2, "none_val").filter(|_| asked.is_null());
        match marked(asked) {
            Some(reason) => Ok(mark(reason)),
            None if none.is_some() => self.chosen(none),
            None if truthy(asked) => self.chosen(argument(call, 0, "true_val")),
            None => self.chosen(argument(call, 1, "false_val")),
        }
    }

    /// The argument a filter settled on; without one, an empty text.
    fn chosen(&self, argument: Option<&Tree>) -> Outcome {
        let value = argument.map_or(Ok(Value::String(String::new())), |tree| self.value(tree));
        value.map(Known)
    }
}

/// An argument by its position or its name.
fn argument<'a>(call: &'a Call, at: usize, name: &str) -> Option<&'a Tree> {
    let named = || call.named.iter().find(|(given, _)| given == name);
    let given = call.arguments.get(at);
    given.or_else(|| named().map(|(_, argument)| argument))
}

/// `list | first` and the like, which of an empty list are nothing: `default` may stand behind them.
fn is_edge(tree: &Tree) -> bool {
    let edges = ["first", "last", "max", "min"];
    matches!(&tree.kind, Kind::Filter(_, call) if edges.contains(&call.name.as_str()))
}
