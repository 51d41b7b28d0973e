//! Text to template: scanned, parsed by handlebars, checked.
use super::scan::{Embedded, PLACEHOLDER, scan};
use super::{Mistake, is_helper};
use crate::expression::names::suggestion;
use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use regex::Regex;
use std::sync::LazyLock;

/// A template ready to be rendered.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) parsed: Template,
    pub(crate) expressions: Vec<Embedded>,
    /// The text is one `{{ }}` and nothing else.
    pub(crate) single: bool,
}

/// Blocks there are.
pub(crate) const BLOCKS: &[&str] = &["each", "if", "raw", "unless", "with"];

/// Helpers evaluated where names are, beside those of the table.
pub(crate) const SPECIAL: &[&str] = &["and", "default", "lookup", "not", "or"];

impl Compiled {
    pub(super) fn new(text: &str) -> Result<Self, Mistake> {
        let scanned = scan(text)?;
        let parsed = Template::compile(&scanned.text).map_err(|error| {
            let (line, column) = error.pos().unwrap_or((1, 1));
            Mistake {
                message: wording(&error.reason().to_string()),
                line: u32::try_from(line).unwrap_or(1),
                column: u32::try_from(column).unwrap_or(1),
                hint: None,
            }
        })?;
        check(&parsed)?;
        Ok(Self {
            parsed,
            expressions: scanned.expressions,
            single: scanned.single,
        })
    }

    /// The expression a placeholder stands for.
    pub(crate) fn embedded(&self, name: &str) -> Option<&Embedded> {
        let index: usize = name.strip_prefix(PLACEHOLDER)?.parse().ok()?;
        self.expressions.get(index)
    }
}

/// The first line of the parser's words; the rest is an excerpt we draw ourselves.
fn wording(reason: &str) -> String {
    let line = reason
        .lines()
        .rfind(|line| line.contains("= "))
        .unwrap_or(reason);
    let line = line.trim().trim_start_matches("= ");
    if line.contains("helper_block_end") {
        return "not a template: a block is opened and never closed ({{#if x}} … {{/if}})"
            .to_owned();
    }
    let mut shown = line.lines().next().unwrap_or_default().to_owned();
    if let Some(first) = shown.get(..1).map(str::to_lowercase) {
        shown.replace_range(..1, &first);
    }
    format!("not a template: {shown}")
}

pub(crate) fn block_names() -> Vec<String> {
    BLOCKS.iter().map(ToString::to_string).collect()
}

/// Whether handlebars is what the inside of a tag is meant to be: a path, or a helper that exists with arguments that parse.
pub(super) fn is_handlebars(before: &str, body: &str) -> bool {
    static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?:@root[./]|@)?(?:\.\./)*(?:this|\.|\.\.|[A-Za-z_$][\w$]*|\[[^\]'\x22]+\])(?:[./](?:[\w$:-]+|\[[^\]'\x22]*\]))*$").ok()
    });
    let body = body.trim();
    let is_path = |text: &str| PATH.as_ref().is_some_and(|path| path.is_match(text));
    let constant = matches!(
        body,
        "True" | "False" | "None" | "none" | "true" | "false" | "null"
    );
    if before.trim_start_matches('~').trim().is_empty() {
        let name = body
            .split(|c: char| c.is_whitespace())
            .next()
            .unwrap_or_default();
        if name == body {
            // A variable may be named like a helper; the expression reads the variable. `[a]` is a list of one, as in Jinja.
            let plain = is_path(body) && !constant && !is_helper(body) && !body.starts_with('[');
            return body == "else" || plain;
        }
        return (is_helper(name) || SPECIAL.contains(&name))
            && Template::compile(&format!("{{{{{body}}}}}"))
                .is_ok_and(|parsed| check(&parsed).is_ok());
    }
    let Some(mark) = before.trim_start_matches('~').trim_start().chars().next() else {
        return true;
    };
    if matches!(mark, '/' | '>' | '*' | '&' | '^') || body.is_empty() || is_path(body) && !constant
    {
        return true;
    }
    // A block's argument: a path or a call in parentheses.
    Parameter::parse(body).is_ok() && {
        let call = Template::compile(&format!("{{{{#if {body}}}}}{{{{/if}}}}"));
        call.is_ok_and(|parsed| check(&parsed).is_ok())
    }
}

/// Refuses blocks, helpers and partials that do not exist.
fn check(template: &Template) -> Result<(), Mistake> {
    for (index, element) in template.elements.iter().enumerate() {
        let wrong = match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => None,
            TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => {
                check_call(call)
            }
            TemplateElement::HelperBlock(block) => {
                for inner in [&block.template, &block.inverse].into_iter().flatten() {
                    check(inner)?;
                }
                check_block(block)
            }
            _ => Some((
                "partials and decorators (`{{> }}`, `{{* }}`) are not supported".to_owned(),
                None,
            )),
        };
        if let Some((message, hint)) = wrong {
            let place = template.mapping.get(index);
            return Err(Mistake {
                message,
                line: place.map_or(1, |place| u32::try_from(place.0).unwrap_or(1)),
                column: place.map_or(1, |place| u32::try_from(place.1).unwrap_or(1)),
                hint,
            });
        }
    }
    Ok(())
}

type Wrong = Option<(String, Option<String>)>;

fn check_block(block: &HelperTemplate) -> Wrong {
    let name = block.name.as_name().unwrap_or_default();
    if !BLOCKS.contains(&name) {
        return Some((
            format!("there is no block `{name}`"),
            suggestion(name, block_names()),
        ));
    }
    if name != "raw" && block.params.len() != 1 {
        return Some((
            format!("`{{{{#{name}}}}}` takes one argument"),
            Some("put a call in parentheses: {{#if (eq a b)}}".into()),
        ));
    }
    block.params.iter().find_map(check_parameter)
}

fn check_call(call: &HelperTemplate) -> Wrong {
    let parameters = || call.params.iter().chain(call.hash.values());
    if parameters().next().is_none() {
        return check_parameter(&call.name);
    }
    let name = call.name.as_name().unwrap_or_default();
    if !is_helper(name) && !SPECIAL.contains(&name) {
        let known = super::helpers().map(|helper| helper.name.to_owned());
        return Some((
            format!("there is no helper `{name}`"),
            suggestion(name, known),
        ));
    }
    parameters().find_map(check_parameter)
}

fn check_parameter(parameter: &Parameter) -> Wrong {
    match parameter {
        Parameter::Subexpression(inner) => match inner.as_element() {
            TemplateElement::Expression(call) => check_call(call),
            _ => None,
        },
        _ => None,
    }
}
