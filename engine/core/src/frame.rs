//! How messages travel: a length in four bytes, big-endian, then that many bytes of MessagePack.

/// The line an agent prints before its first frame; whatever a login shell printed stands before it and is dropped.
pub const GREETING: &[u8] = b"\nplay-agent-speaks-frames\n";

/// No frame is longer; a length beyond it is refused before anything is allocated.
pub const LONGEST: u32 = 64 << 20;

/// Blobs travel in pieces of at most this many bytes.
pub const PIECE: usize = 1 << 20;
