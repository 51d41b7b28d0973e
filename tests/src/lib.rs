//! Drivers of the cases that are data. A case is a small file; one driver per area checks every law on it.
#![expect(clippy::disallowed_methods, reason = "tests read their own cases")]

pub mod case;
pub mod machine;
pub mod project;
pub mod random;
