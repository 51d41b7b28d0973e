//! Text to tree through minijinja's parser. Everything that knows its types is here.
use super::Mistake;
use super::backslash;
use super::tree::{Call, Kind, Operator, Tree};
use minijinja::machinery::{ast, parse_expr};
use play_core::Value;

/// Reads one expression.
pub(crate) fn read(text: &str) -> Result<Tree, Mistake> {
    let hidden = backslash::hidden(text);
    let parsed = parse_expr(&hidden).map_err(|error| mistake(text, &error))?;
    convert(&parsed)
}

fn mistake(text: &str, error: &minijinja::Error) -> Mistake {
    let detail = error.detail().unwrap_or("not an expression");
    let offset = error.range().map_or(0, |range| range.start);
    let hint = if text.contains("&&") || text.contains("||") {
        Some("write `and`, `or`, `not`".to_owned())
    } else if text.contains("{{") {
        Some("conditions are expressions already: leave the braces out".to_owned())
    } else if has_lone_equals(text) {
        Some("compare with `==`".to_owned())
    } else {
        None
    };
    Mistake {
        message: detail.to_owned(),
        offset,
        hint,
    }
}

fn has_lone_equals(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        bytes[at] == b'='
            && bytes.get(at + 1) != Some(&b'=')
            && !at
                .checked_sub(1)
                .is_some_and(|before| b"=!<>".contains(&bytes[before]))
    })
}

fn convert(expression: &ast::Expr<'_>) -> Result<Tree, Mistake> {
    let span = expression.span();
    let kind = kind(expression).map_err(|mut mistake| {
        if mistake.offset == 0 {
            mistake.offset = span.start_offset as usize;
        }
        mistake
    })?;
    Ok(Tree {
        kind,
        start: span.start_offset as usize,
        end: span.end_offset as usize,
    })
}

fn boxed(expression: &ast::Expr<'_>) -> Result<Box<Tree>, Mistake> {
    convert(expression).map(Box::new)
}

fn optional(expression: Option<&ast::Expr<'_>>) -> Result<Option<Box<Tree>>, Mistake> {
    expression.map(boxed).transpose()
}

fn all(expressions: &[ast::Expr<'_>]) -> Result<Vec<Tree>, Mistake> {
    expressions.iter().map(convert).collect()
}

fn kind(expression: &ast::Expr<'_>) -> Result<Kind, Mistake> {
    Ok(match expression {
        ast::Expr::Var(variable) => word(variable.id),
        ast::Expr::Const(constant) => Kind::Constant(backslash::restored(
            serde_json::to_value(&constant.value).map_err(|error| plain(&error.to_string()))?,
        )),
        ast::Expr::List(list) => Kind::List(all(&list.items)?),
        ast::Expr::Tuple(tuple) => Kind::List(all(&tuple.items)?),
        ast::Expr::Map(map) => {
            let values = map.values.iter();
            let entries = map.keys.iter().zip(values);
            Kind::Map(
                entries
                    .map(|(key, value)| Ok((convert(key)?, convert(value)?)))
                    .collect::<Result<_, Mistake>>()?,
            )
        }
        ast::Expr::GetAttr(get) => Kind::Attribute(boxed(&get.expr)?, get.name.to_owned()),
        ast::Expr::GetItem(get) => Kind::Item(boxed(&get.expr)?, boxed(&get.subscript_expr)?),
        ast::Expr::Slice(slice) => Kind::Slice(
            boxed(&slice.expr)?,
            [
                optional(slice.start.as_ref())?,
                optional(slice.stop.as_ref())?,
                optional(slice.step.as_ref())?,
            ],
        ),
        ast::Expr::UnaryOp(unary) => match unary.op {
            ast::UnaryOpKind::Not => Kind::Not(boxed(&unary.expr)?),
            ast::UnaryOpKind::Neg => Kind::Negative(boxed(&unary.expr)?),
        },
        ast::Expr::BinOp(binary) => binary_kind(binary)?,
        ast::Expr::Compare(compare) => chain(compare)?,
        ast::Expr::IfExpr(choice) => Kind::Choice {
            condition: boxed(&choice.test_expr)?,
            yes: boxed(&choice.true_expr)?,
            no: optional(choice.false_expr.as_ref())?,
        },
        _ => application(expression)?,
    })
}

/// Filters, tests and calls.
fn application(expression: &ast::Expr<'_>) -> Result<Kind, Mistake> {
    Ok(match expression {
        ast::Expr::Filter(filter) => {
            let subject = filter.expr.as_ref();
            let subject = subject.ok_or_else(|| plain("a filter needs a value before its `|`"))?;
            Kind::Filter(boxed(subject)?, call(filter.name, &filter.args)?)
        }
        ast::Expr::Test(test) => Kind::Test(boxed(&test.expr)?, call(test.name, &test.args)?),
        ast::Expr::Call(called) => match &called.expr {
            ast::Expr::Var(variable) => Kind::Function(call(variable.id, &called.args)?),
            ast::Expr::GetAttr(get) => {
                Kind::Method(boxed(&get.expr)?, call(get.name, &called.args)?)
            }
            _ => return Err(plain("only named functions can be called")),
        },
        _ => return Err(plain("not an expression")),
    })
}

/// Python's and YAML's words for constants.
fn word(name: &str) -> Kind {
    match name {
        "True" | "true" => Kind::Constant(Value::Bool(true)),
        "False" | "false" => Kind::Constant(Value::Bool(false)),
        "None" | "none" | "null" => Kind::Constant(Value::Null),
        _ => Kind::Variable(name.to_owned()),
    }
}

fn binary_kind(binary: &ast::BinOp<'_>) -> Result<Kind, Mistake> {
    let (left, right) = (boxed(&binary.left)?, boxed(&binary.right)?);
    let operator = match binary.op {
        ast::BinOpKind::ScAnd => return Ok(Kind::And(left, right)),
        ast::BinOpKind::ScOr => return Ok(Kind::Or(left, right)),
        ast::BinOpKind::Eq => Operator::Equal,
        ast::BinOpKind::Ne => Operator::Unequal,
        ast::BinOpKind::Lt => Operator::Less,
        ast::BinOpKind::Lte => Operator::LessOrEqual,
        ast::BinOpKind::Gt => Operator::Greater,
        ast::BinOpKind::Gte => Operator::GreaterOrEqual,
        ast::BinOpKind::In => Operator::In,
        ast::BinOpKind::Add => Operator::Add,
        ast::BinOpKind::Sub => Operator::Subtract,
        ast::BinOpKind::Mul => Operator::Multiply,
        ast::BinOpKind::Div => Operator::Divide,
        ast::BinOpKind::FloorDiv => Operator::DivideWhole,
        ast::BinOpKind::Rem => Operator::Remainder,
        ast::BinOpKind::Pow => Operator::Power,
        ast::BinOpKind::Concat => Operator::Concatenate,
    };
    Ok(Kind::Binary(operator, left, right))
}

/// `a < b < c` is `a < b and b < c`.
fn chain(compare: &ast::Compare<'_>) -> Result<Kind, Mistake> {
    let mut left = convert(&compare.expr)?;
    let mut whole: Option<Tree> = None;
    for step in &compare.ops {
        let operator = match step.op {
            ast::CompareOpKind::Eq => Operator::Equal,
            ast::CompareOpKind::Ne => Operator::Unequal,
            ast::CompareOpKind::Lt => Operator::Less,
            ast::CompareOpKind::Lte => Operator::LessOrEqual,
            ast::CompareOpKind::Gt => Operator::Greater,
            ast::CompareOpKind::Gte => Operator::GreaterOrEqual,
            ast::CompareOpKind::In => Operator::In,
            ast::CompareOpKind::NotIn => Operator::NotIn,
        };
        let right = convert(&step.expr)?;
        let (start, end) = (left.start, right.end);
        let kind = Kind::Binary(operator, Box::new(left), Box::new(right.clone()));
        let link = Tree { kind, start, end };
        whole = Some(match whole {
            None => link,
            Some(before) => Tree {
                start: before.start,
                end,
                kind: Kind::And(Box::new(before), Box::new(link)),
            },
        });
        left = right;
    }
    whole
        .map(|tree| tree.kind)
        .ok_or_else(|| plain("a comparison of nothing"))
}

fn call(name: &str, arguments: &[ast::CallArg<'_>]) -> Result<Call, Mistake> {
    let mut call = Call {
        name: name.rsplit('.').next().unwrap_or(name).to_owned(),
        arguments: Vec::new(),
        named: Vec::new(),
    };
    for argument in arguments {
        match argument {
            ast::CallArg::Pos(value) => call.arguments.push(convert(value)?),
            ast::CallArg::Kwarg(name, value) => {
                call.named.push(((*name).to_owned(), convert(value)?));
            }
            ast::CallArg::PosSplat(_) | ast::CallArg::KwargSplat(_) => {
                return Err(plain("`*` and `**` arguments are not supported"));
            }
        }
    }
    Ok(call)
}

fn plain(message: &str) -> Mistake {
    Mistake {
        message: message.to_owned(),
        offset: 0,
        hint: None,
    }
}
