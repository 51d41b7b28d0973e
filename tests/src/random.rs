//! Numbers that look random and are the same each time.

/// Xorshift: enough for choosing cases, and nothing else.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn number(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let below = u64::try_from(below.max(1)).unwrap_or(1);
        usize::try_from((self.0 >> 11) % below).unwrap_or_default()
    }

    pub fn choice<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.number(from.len())]
    }
}
