//! Projects loaded from memory: what they become, and what is said of what is wrong.
#![expect(clippy::unwrap_used, reason = "tests stop at what they do not expect")]
mod late;
mod memory;
mod mistakes;
mod rendering;
mod shapes;
