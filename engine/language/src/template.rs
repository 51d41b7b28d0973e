pub(crate) fn is_template(text: &str) -> bool { text.contains("{{") || text.contains("{%") }
