pub(crate) struct Mistake { pub(crate) message: String, pub(crate) offset: usize, pub(crate) hint: Option<String> }
pub(crate) fn check(_text: &str) -> Result<(), Mistake> { Ok(()) }
