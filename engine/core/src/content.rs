//! What a file holds.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The content of a regular file: its bytes, or, for large ones, only what identifies them.
#[derive(Clone)]
pub enum Content {
    /// The bytes themselves.
    Bytes(Vec<u8>),
    /// Content too large to carry about: its size in bytes and its SHA-256 in lower-case hexadecimal.
    Large { size: u64, sha256: String },
}

/// Files up to this many bytes are carried as bytes; larger ones as digests.
pub const CARRIED: u64 = 1 << 20;

impl Content {
    /// The content as text, where it is text and is carried.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Large { .. } => None,
        }
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Large { size, .. } => *size,
        }
    }
}

/// Bytes are equal to a digest of another size only by accident of `CARRIED`, which both sides share; so kinds are not mixed.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (
                Self::Large { size, sha256 },
                Self::Large {
                    size: size2,
                    sha256: sha2,
                },
            ) => size == size2 && sha256 == sha2,
            _ => false,
        }
    }
}

impl Eq for Content {}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

/// Never the bytes: they may be a key.
impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Content({} bytes)", self.size())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wire {
    Text(String),
    Bytes(#[serde(with = "bytes")] Vec<u8>),
    Large { size: u64, sha256: String },
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Wire::Text(text.to_owned()).serialize(serializer),
                Err(_) => Wire::Bytes(bytes.clone()).serialize(serializer),
            },
            Self::Large { size, sha256 } => Wire::Large {
                size: *size,
                sha256: sha256.clone(),
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Wire::deserialize(deserializer)? {
            Wire::Text(text) => Self::Bytes(text.into_bytes()),
            Wire::Bytes(bytes) => Self::Bytes(bytes),
            Wire::Large { size, sha256 } => Self::Large { size, sha256 },
        })
    }
}

/// Bytes as a sequence of numbers in text formats and as one block in binary ones.
pub(crate) mod bytes {
    use serde::de::{SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl<'de> Visitor<'de> for Bytes {
        type Value = Vec<u8>;
        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("bytes")
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
        fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<u8>, A::Error> {
            let mut bytes = Vec::new();
            while let Some(byte) = sequence.next_element()? {
                bytes.push(byte);
            }
            Ok(bytes)
        }
    }
}
