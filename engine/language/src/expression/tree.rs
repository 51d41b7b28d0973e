//! An expression as a tree of our own, so that one file alone depends on the parser it comes from.
use play_core::Value;

/// Part of an expression and the bytes it spans in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Constant(Value),
    Variable(String),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Attribute(Box<Tree>, String),
    Item(Box<Tree>, Box<Tree>),
    /// From, to, step.
    Slice(Box<Tree>, [Option<Box<Tree>>; 3]),
    Not(Box<Tree>),
    Negative(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Binary(Operator, Box<Tree>, Box<Tree>),
    /// `yes if condition else no`.
    Choice {
        condition: Box<Tree>,
        yes: Box<Tree>,
        no: Option<Box<Tree>>,
    },
    /// `subject | name(arguments)`.
    Filter(Box<Tree>, Call),
    /// `subject is name(arguments)`.
    Test(Box<Tree>, Call),
    /// `name(arguments)`.
    Function(Call),
    /// `subject.name(arguments)`.
    Method(Box<Tree>, Call),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Without its collection: `ansible.utils.ipaddr` is `ipaddr`.
    pub(crate) name: String,
    pub(crate) arguments: Vec<Tree>,
    pub(crate) named: Vec<(String, Tree)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
    Power,
    Concatenate,
}

impl Tree {
    /// A path of constant steps from a variable: `hostvars['a'].b` is `hostvars`, `a`, `b`.
    pub(crate) fn path(&self) -> Option<Vec<String>> {
        match &self.kind {
            Kind::Variable(name) => Some(vec![name.clone()]),
            Kind::Attribute(tree, name) => {
                let mut path = tree.path()?;
                path.push(name.clone());
                Some(path)
            }
            Kind::Item(tree, key) => {
                let step = match &key.kind {
                    Kind::Constant(Value::String(text)) => text.clone(),
                    Kind::Constant(Value::Number(number)) if number.is_u64() => number.to_string(),
                    _ => return None,
                };
                let mut path = tree.path()?;
                path.push(step);
                Some(path)
            }
            _ => None,
        }
    }

    /// The parts directly below.
    pub(crate) fn children(&self) -> Vec<&Tree> {
        match &self.kind {
            Kind::Constant(_) | Kind::Variable(_) => Vec::new(),
            Kind::List(items) => items.iter().collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
            Kind::Attribute(tree, _) | Kind::Not(tree) | Kind::Negative(tree) => vec![tree],
            Kind::Item(a, b) | Kind::And(a, b) | Kind::Or(a, b) | Kind::Binary(_, a, b) => {
                vec![a, b]
            }
            Kind::Slice(tree, bounds) => {
                let bounds = bounds.iter().flatten().map(Box::as_ref);
                std::iter::once(tree.as_ref()).chain(bounds).collect()
            }
            Kind::Choice { condition, yes, no } => {
                let mut parts = vec![condition.as_ref(), yes.as_ref()];
                parts.extend(no.as_deref());
                parts
            }
            Kind::Function(call) => call.trees().collect(),
            Kind::Filter(tree, call) | Kind::Test(tree, call) | Kind::Method(tree, call) => {
                std::iter::once(tree.as_ref()).chain(call.trees()).collect()
            }
        }
    }
}

impl Call {
    fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.arguments
            .iter()
            .chain(self.named.iter().map(|(_, tree)| tree))
    }
}
