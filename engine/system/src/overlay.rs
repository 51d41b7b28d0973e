//! x
pub struct Overlay;
