//! Events to tree: anchors, aliases, keys, limits.
use super::{ALIAS_BUDGET, DEPTH, complaint, merge::merge, place::Source, scalar};
use crate::{Node, node::NodeKind};
use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place, unknown};
use std::collections::HashMap;

type Refused = Box<Diagnostic>;

/// YAML's own tags.
const CORE: &[&str] = &[
    "binary",
    "bool",
    "float",
    "int",
    "map",
    "merge",
    "null",
    "omap",
    "pairs",
    "seq",
    "set",
    "str",
    "timestamp",
    "value",
];

/// Builds one tree a document.
pub(super) struct Builder<'a> {
    source: &'a Source<'a>,
    parser: Parser<'a, StrInput<'a>>,
    /// Finished anchors; None while the value is being read.
    anchors: HashMap<usize, Option<Node>>,
    expanded: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a Source<'a>, parser: Parser<'a, StrInput<'a>>) -> Self {
        Self {
            source,
            parser,
            anchors: HashMap::new(),
            expanded: 0,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Refused> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => Err(complaint::syntax(self.source, &error)),
        }
    }

    /// The next event inside a collection.
    fn within(&mut self) -> Result<(Event<'a>, Span), Refused> {
        self.next()?
            .ok_or_else(|| Box::new(Diagnostic::error("the document ends inside a value")))
    }

    pub(super) fn node(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
    ) -> Result<Node, Refused> {
        let place = self.source.place(span);
        if depth > DEPTH {
            return Err(Box::new(
                Diagnostic::error(format!("nested deeper than {DEPTH} levels")).at(&place),
            ));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), place);
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::SequenceStart(_, anchor, tag) => self.list(anchor, tag.as_deref(), place, depth),
            Event::MappingStart(_, anchor, tag) => self.map(anchor, tag.as_deref(), place, depth),
            Event::Alias(id) => self.alias(id, &place),
            _ => Err(Box::new(Diagnostic::error("unexpected YAML").at(&place))),
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, Some(node.clone()));
        }
    }

    /// Refuses a tag that would make an object of something, as other programs' YAML has it.
    fn judge(&mut self, tag: Option<&Tag>, place: &Place) {
        let foreign = tag.filter(|tag| match tag.core_suffix() {
            Some(name) => !CORE.contains(&name),
            None => tag.original().starts_with("!!"),
        });
        if let Some(tag) = foreign {
            self.diagnostics.push(
                Diagnostic::error(format!("unknown tag `{}`", tag.original()))
                    .at(place)
                    .hint("remove it: nothing is made of tags but `!vault` and `!unsafe`"),
            );
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Node {
        self.judge(tag, &place);
        if text.contains(unknown::reserved) {
            self.diagnostics.push(
                Diagnostic::error("a character reserved for values not yet known").at(&place),
            );
        }
        let plain = style == ScalarStyle::Plain;
        let as_text = || NodeKind::String {
            text: text.to_owned(),
            plain: false,
        };
        let kind = match tag.map(Tag::core_suffix) {
            None if plain => scalar::resolve(text),
            Some(Some("str") | None) | None => as_text(),
            Some(Some(_)) => scalar::resolve(text),
        };
        Node {
            place,
            tag: tag.and_then(custom),
            kind,
        }
    }

    fn list(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        mut place: Place,
        depth: usize,
    ) -> Result<Node, Refused> {
        self.judge(tag, &place);
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let mut items = Vec::new();
        loop {
            let (event, span) = self.within()?;
            if event == Event::SequenceEnd {
                self.close(&mut place, &span, items.last());
                break;
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
        let node = Node {
            place,
            tag: tag.and_then(custom),
            kind: NodeKind::List(items),
        };
        self.remember(anchor, &node);
        Ok(node)
    }

    fn map(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        mut place: Place,
        depth: usize,
    ) -> Result<Node, Refused> {
        self.judge(tag, &place);
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let mut entries = IndexMap::new();
        let mut merged: Option<(Place, Node)> = None;
        loop {
            let (event, span) = self.within()?;
            if event == Event::MappingEnd {
                self.close(&mut place, &span, entries.last().map(|(_, (_, node))| node));
                break;
            }
            let merging =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.node(event, &span, depth + 1)?;
            let (event, span) = self.within()?;
            let value = self.node(event, &span, depth + 1)?;
            if merging && merged.is_none() {
                merged = Some((key.place, value));
            } else if merging {
                let first = merged.as_ref().map(|(place, _)| place.clone());
                self.duplicate("<<", &key.place, &first.unwrap_or_default());
            } else {
                self.enter(&mut entries, key, value);
            }
        }
        let merged = merged.map(|(_, node)| node);
        let node = Node {
            place,
            tag: tag.and_then(custom),
            kind: NodeKind::Map(merge(entries, merged, &mut self.diagnostics)),
        };
        self.remember(anchor, &node);
        Ok(node)
    }

    /// Extends a collection's place to its end. A block collection ends where its last value does, not at the line after.
    fn close(&self, place: &mut Place, span: &Span, last: Option<&Node>) {
        let end = self.source.place(span).end;
        let written = Place {
            end,
            ..place.clone()
        };
        place.end = match last {
            Some(last) if !self.source.written(&written).ends_with([']', '}']) => last.place.end,
            _ => end,
        }
        .max(place.start);
    }

    fn enter(&mut self, entries: &mut IndexMap<String, (Place, Node)>, key: Node, value: Node) {
        let name = match &key.kind {
            NodeKind::String { text, .. } | NodeKind::Number(_, text) => text.clone(),
            NodeKind::Bool(_) | NodeKind::Null => self.source.written(&key.place).to_owned(),
            NodeKind::List(_) | NodeKind::Map(_) => self.refuse_key(&key),
        };
        if name.contains('\u{a0}') {
            self.diagnostics.push(
                Diagnostic::error("a no-break space where a space is meant")
                    .at(&key.place)
                    .hint("it looks like a space and is none (U+00A0): type it again"),
            );
        }
        if let Some((first, _)) = entries.get(&name) {
            let first = first.clone();
            self.duplicate(&name, &key.place, &first);
            return;
        }
        entries.insert(name, (key.place, value));
    }

    fn duplicate(&mut self, name: &str, place: &Place, first: &Place) {
        self.diagnostics.push(
            Diagnostic::error(format!("`{name}` is given twice"))
                .at(place)
                .label("given again here")
                .also(first, "first given here")
                .hint("remove one of them"),
        );
    }

    /// A collection as a key is nearly always an unquoted template.
    fn refuse_key(&mut self, key: &Node) -> String {
        let written = self.source.written(&key.place).to_owned();
        let line = self.source.line(key.place.line);
        let diagnostic = match complaint::unquoted_template(line) {
            Some(value) => Diagnostic::error("a template that is not quoted is a mapping to YAML")
                .hint(format!("quote it: \"{value}\"")),
            None => Diagnostic::error(format!("{} cannot be a key", key.describe()))
                .hint("keys are text"),
        };
        self.diagnostics.push(diagnostic.at(&key.place));
        written
    }

    fn alias(&mut self, id: usize, place: &Place) -> Result<Node, Refused> {
        let node = match self.anchors.get(&id) {
            Some(Some(node)) => node.clone(),
            Some(None) => {
                return Err(Box::new(
                    Diagnostic::error("a value that contains itself")
                        .at(place)
                        .label("refers to the value it is in"),
                ));
            }
            None => return Err(Box::new(Diagnostic::error("no such anchor").at(place))),
        };
        self.expanded += size(&node);
        if self.expanded > ALIAS_BUDGET {
            return Err(Box::new(
                Diagnostic::error(format!("aliases expand to more than {ALIAS_BUDGET} values"))
                    .at(place)
                    .hint("repeat less: a file that grows like this exhausts memory"),
            ));
        }
        Ok(node)
    }
}

/// How many values a tree has.
fn size(node: &Node) -> usize {
    1 + match &node.kind {
        NodeKind::List(items) => items.iter().map(size).sum(),
        NodeKind::Map(map) => map.values().map(|(_, node)| size(node)).sum(),
        _ => 0,
    }
}

/// The tag as users write it, where it is not one of YAML's own.
fn custom(tag: &Tag) -> Option<String> {
    (tag.core_suffix().is_none() && tag.original() != "!").then(|| tag.original())
}
