//! Finds the `{{ … }}` of a template, and swaps those that hold an expression for a placeholder handlebars can parse.
use super::Mistake;
use crate::expression::depth;
use crate::expression::tree::Tree;
use crate::yaml::position;
use regex::Regex;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// Begins the names of placeholders. A private code point, refused in what users write.
pub(crate) const PLACEHOLDER: char = '\u{10FF02}';

/// An expression in a template and the byte it begins at.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    pub(crate) tree: Arc<Tree>,
    pub(crate) offset: usize,
}

/// The template handlebars is given, of the same length in characters wherever that is possible.
pub(super) struct Scanned {
    pub(super) text: String,
    pub(super) expressions: Vec<Embedded>,
    /// How many `{{ }}` and other pieces there are: one, from end to end, keeps its type.
    pub(super) single: bool,
    blocks: Blocks,
}

/// How deep blocks may be nested, each `else if` counting one.
const BLOCKS: usize = 64;

/// The open blocks, and how many `else if` each has.
#[derive(Default)]
struct Blocks(Vec<usize>);

impl Blocks {
    /// Takes what a tag begins with; false where that is too deep.
    fn follow(&mut self, before: &str) -> bool {
        let mark = before.trim_start_matches('~').trim_start();
        if mark.starts_with(['#', '^']) {
            self.0.push(1);
        } else if mark.starts_with('/') {
            self.0.pop();
        } else if let (true, Some(last)) = (mark.starts_with("else"), self.0.last_mut()) {
            *last += 1;
        }
        self.0.iter().sum::<usize>() <= BLOCKS
    }
}

/// Jinja's statements; `{%` alone is left to formats that use it.
pub(super) fn statement(text: &str) -> Option<(usize, &str)> {
    static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = "if|elif|else|endif|for|endfor|set|endset|macro|endmacro|block|endblock|include|import|from|extends|raw|endraw|filter|endfilter|call|with|endwith|do";
        Regex::new(&format!(r"\{{%[-+]?\s*({words})\b")).ok()
    });
    if !text.contains("{%") {
        return None;
    }
    let found = STATEMENT.as_ref()?.captures(text)?;
    Some((found.get(0)?.start(), found.get(1)?.as_str()))
}

/// A comment of Jinja. The shell's `${#list[@]}` is none.
pub(super) fn comment(text: &str) -> Option<usize> {
    static COMMENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?s)(?:^|[^$\w])(\{#[\s-].*?#\})").ok());
    if !text.contains("{#") {
        return None;
    }
    Some(COMMENT.as_ref()?.captures(text)?.get(1)?.start())
}

fn mistake(text: &str, offset: usize, message: String, hint: Option<String>) -> Mistake {
    let (line, column) = position(text, offset);
    Mistake {
        message,
        line,
        column,
        hint,
    }
}

pub(super) fn scan(text: &str) -> Result<Scanned, Mistake> {
    if let Some((offset, word)) = statement(text) {
        let message =
            format!("`{{% {word} %}}` is a statement of Jinja, and templates are handlebars");
        return Err(mistake(text, offset, message, Some(equivalent(word))));
    }
    if let Some(offset) = comment(text) {
        let message = "`{# #}` is a comment of Jinja, and templates are handlebars";
        return Err(mistake(
            text,
            offset,
            message.into(),
            Some("write {{! … }}".into()),
        ));
    }
    if let Some(offset) = text.find(PLACEHOLDER) {
        return Err(mistake(
            text,
            offset,
            "a character reserved for templates".into(),
            None,
        ));
    }
    let mut out = Scanned {
        text: String::with_capacity(text.len()),
        expressions: Vec::new(),
        single: false,
        blocks: Blocks::default(),
    };
    let mut at = 0;
    let mut pieces = 0;
    while let Some(found) = text[at..].find("{{") {
        let open = at + found;
        out.text.push_str(&text[at..open]);
        pieces += usize::from(open > at);
        at = tag(text, open, &mut out)?;
        pieces += 1;
    }
    out.text.push_str(&text[at..]);
    out.single = pieces == 1 && at == text.len();
    Ok(out)
}

/// What to write instead of a statement.
fn equivalent(word: &str) -> String {
    let words = match word {
        "if" | "elif" | "else" | "endif" => {
            "write {{#if (eq a \"b\")}} … {{else if c}} … {{else}} … {{/if}}"
        }
        "for" | "endfor" => "write {{#each list as |item|}} … {{item.name}} … {{/each}}",
        "set" | "endset" => "set it under `vars:`, or write {{#with value as |name|}} … {{/with}}",
        "raw" | "endraw" => "write \\{{ for literal braces, or {{{{raw}}}} … {{{{/raw}}}}",
        "include" | "import" | "from" | "extends" | "block" | "endblock" => {
            "make one template of it, or put the part into a variable"
        }
        _ => "write it as a helper: {{upper name}}",
    };
    words.to_owned()
}

/// Copies or swaps one tag; returns where the text after it begins.
fn tag(text: &str, open: usize, out: &mut Scanned) -> Result<usize, Mistake> {
    let backslashes = text[..open]
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    if backslashes == 1 {
        out.text.push_str("{{");
        return Ok(open + 2);
    }
    let rest = &text[open..];
    let fixed = if rest.starts_with("{{{{") {
        rest.find("{{{{/")
            .and_then(|close| rest[close..].find("}}}}").map(|end| close + end + 4))
    } else if rest.starts_with("{{!--") {
        rest.find("--}}").map(|end| end + 4)
    } else if rest.starts_with("{{!") {
        rest.find("}}").map(|end| end + 2)
    } else if rest.starts_with("{{{") && !rest[3..].trim_start().starts_with(['\'', '"']) {
        rest.find("}}}").map(|end| end + 3)
    } else {
        let inner = &rest[2..];
        let Some(length) = close(inner) else {
            let hint = "close it with }}, or write \\{{ for literal braces";
            return Err(mistake(
                text,
                open,
                "`{{` is never closed".into(),
                Some(hint.into()),
            ));
        };
        expression(text, open + 2, length, out)?;
        return Ok(open + 2 + length + 2);
    };
    match fixed {
        Some(length) => {
            out.text.push_str(&rest[..length]);
            Ok(open + length)
        }
        None => Err(mistake(text, open, "`{{` is never closed".into(), None)),
    }
}

/// The length of a tag's inside: up to the `}}` that is in no quotes and no braces.
fn close(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let (mut at, mut depth, mut quote) = (0, 0_usize, 0_u8);
    while at < bytes.len() {
        let byte = bytes[at];
        if quote != 0 {
            match byte {
                b'\\' => at += 1,
                byte if byte == quote => quote = 0,
                _ => {}
            }
        } else {
            match byte {
                b'\'' | b'"' => quote = byte,
                b'{' => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
                _ => {}
            }
        }
        at += 1;
    }
    // A quote that never ends is an apostrophe in something that is no expression.
    inner.find("}}")
}

/// Refuses what would exhaust the stack.
fn bounded(
    text: &str,
    start: usize,
    before: &str,
    body: &str,
    out: &mut Scanned,
) -> Result<(), Mistake> {
    if depth::depth(body) > depth::LIMIT {
        return Err(mistake(
            text,
            start,
            "an expression nested or chained too deeply".into(),
            None,
        ));
    }
    if !out.blocks.follow(before) {
        return Err(mistake(
            text,
            start,
            format!("blocks nested deeper than {BLOCKS} levels"),
            None,
        ));
    }
    Ok(())
}

/// Copies the tag where handlebars understands it, else swaps what stands in it for a placeholder.
fn expression(text: &str, start: usize, length: usize, out: &mut Scanned) -> Result<(), Mistake> {
    let inside = &*trimming(&text[start..start + length]);
    let (before, body, after) = parts(inside);
    bounded(text, start, before, body, out)?;
    let as_is = |out: &mut Scanned| out.text.extend(["{{", inside, "}}"]);
    if body.trim().is_empty() || super::compile::is_handlebars(before, body) {
        as_is(out);
        return Ok(());
    }
    let offset = start + before.len();
    match crate::expression::compile(body) {
        Ok(tree) => {
            let name = format!("{PLACEHOLDER}{}", out.expressions.len());
            out.expressions.push(Embedded { tree, offset });
            let swapped = if before.trim_start_matches('~').is_empty() {
                name
            } else {
                format!(" ({name})")
            };
            let room = body.chars().count().saturating_sub(swapped.chars().count());
            let lines = body.matches('\n').count();
            let padding = "\n".repeat(lines) + &" ".repeat(room.saturating_sub(lines));
            out.text
                .extend(["{{", before, &swapped, &padding, after, "}}"]);
            Ok(())
        }
        // A block's own syntax errors are handlebars' to tell.
        Err(_) if before.contains(['#', '/', '^', '>', '*', '&']) || before.contains("else") => {
            as_is(out);
            Ok(())
        }
        Err(wrong) => {
            let hint = wrong.hint.or_else(|| literal_braces(body));
            let message = format!(
                "`{{{{{inside}}}}}` is neither handlebars nor an expression: {}",
                wrong.message
            );
            Err(mistake(text, offset + wrong.offset, message, hint))
        }
    }
}

/// Jinja's `{{- x -}}` cuts white space as `{{~ x ~}}` does.
fn trimming(inside: &str) -> Cow<'_, str> {
    let left = inside.starts_with('-');
    let right = inside.len() > 1 && inside.ends_with('-');
    if !left && !right {
        return inside.into();
    }
    let mark = |there: bool| if there { "~" } else { "" };
    let body = &inside[usize::from(left)..inside.len() - usize::from(right)];
    format!("{}{body}{}", mark(left), mark(right)).into()
}

fn literal_braces(body: &str) -> Option<String> {
    let foreign = body.trim_start().starts_with('.') || body.trim_start().starts_with('$');
    foreign.then(|| "braces meant for another program are written \\{{".to_owned())
}

/// What a tag begins with (`#if`, `else if`, `~`), its expression, and what it ends with (`as |x|`, `~`).
fn parts(inside: &str) -> (&str, &str, &str) {
    static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^~?\s*(?:[#^]\s*[\w-]+\b|[/>*&]|else\s+(?:if|unless|each|with)\b|(?:else|\^)\s*~?$)?",
        )
        .ok()
    });
    static TAIL: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:\bas\s*\|[^|]*\|\s*)?~?$").ok());
    let head = HEAD
        .as_ref()
        .and_then(|head| head.find(inside))
        .map_or(0, |found| found.end());
    let tail = TAIL
        .as_ref()
        .and_then(|tail| tail.find(&inside[head..]))
        .map_or(inside.len(), |found| head + found.start());
    (&inside[..head], &inside[head..tail], &inside[tail..])
}
