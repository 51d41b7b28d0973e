//! Values to text of other formats and back.
use super::{Arguments, Flow, Helper, helper};
use base64::{Engine, engine::general_purpose::STANDARD};
use play_core::Value;
use serde::Serialize;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "to_json",
        "to_json value",
        "The value as JSON on one line.",
        Flow::Spans,
        |a| Ok(json(a.value(0)?)?.into()),
    ),
    helper(
        "to_nice_json",
        "to_nice_json value [indent=4]",
        "The value as indented JSON.",
        Flow::Spans,
        nice_json,
    ),
    helper(
        "to_yaml",
        "to_yaml value",
        "The value as YAML.",
        Flow::Spans,
        |a| Ok(crate::emit::to_yaml(a.value(0)?).into()),
    ),
    helper(
        "to_nice_yaml",
        "to_nice_yaml value",
        "The value as YAML; the same as to_yaml.",
        Flow::Spans,
        |a| Ok(crate::emit::to_yaml(a.value(0)?).into()),
    ),
    helper(
        "from_json",
        "from_json text",
        "The value a JSON text stands for.",
        Flow::Opaque,
        from_json,
    ),
    helper(
        "from_yaml",
        "from_yaml text",
        "The value a YAML text stands for.",
        Flow::Opaque,
        from_yaml,
    ),
    helper(
        "b64encode",
        "b64encode text",
        "The text in base 64.",
        Flow::Opaque,
        |a| Ok(STANDARD.encode(a.text(0)?).into()),
    ),
    helper(
        "b64decode",
        "b64decode text",
        "The text that is in base 64.",
        Flow::Opaque,
        decode,
    ),
    helper(
        "urlencode",
        "urlencode text",
        "The text as part of an address, percent-encoded.",
        Flow::Opaque,
        |a| Ok(percent(&a.text(0)?).into()),
    ),
];

fn json(value: &Value) -> Result<String, String> {
    // Ansible writes a blank after `:` and `,`; so do we, so that files do not change on the way here.
    let mut out = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut out, Spaced);
    value
        .serialize(&mut writer)
        .map_err(|error| error.to_string())?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

/// JSON as Python writes it on one line.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

fn nice_json(arguments: &Arguments<'_>) -> Result<Value, String> {
    let width = usize::try_from(arguments.integer_option("indent", 1, 4))
        .unwrap_or(4)
        .min(16);
    let indent = " ".repeat(width);
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut writer = serde_json::Serializer::with_formatter(&mut out, formatter);
    arguments
        .value(0)?
        .serialize(&mut writer)
        .map_err(|error| error.to_string())?;
    String::from_utf8(out)
        .map(Value::String)
        .map_err(|error| error.to_string())
}

fn from_json(arguments: &Arguments<'_>) -> Result<Value, String> {
    match arguments.value(0)? {
        Value::String(text) => {
            serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
        }
        other => Ok(other.clone()),
    }
}

fn from_yaml(arguments: &Arguments<'_>) -> Result<Value, String> {
    let Value::String(text) = arguments.value(0)? else {
        return arguments.value(0).cloned();
    };
    let (node, diagnostics) = crate::yaml::parse("text", text.as_bytes());
    match (node, diagnostics.first()) {
        (Some(node), None) => Ok(node.value()),
        (_, Some(diagnostic)) => Err(diagnostic.to_string()),
        (None, None) => Ok(Value::Null),
    }
}

fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text: String = arguments.text(0)?.split_whitespace().collect();
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("not base 64: {error}"))?;
    String::from_utf8(bytes)
        .map(Value::String)
        .map_err(|_| "what is encoded is not text".into())
}

fn percent(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    text.bytes().fold(String::new(), |out, byte| {
        if keep(byte) {
            out + &char::from(byte).to_string()
        } else {
            out + &format!("%{byte:02X}")
        }
    })
}
