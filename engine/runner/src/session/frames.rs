//! Frames: a length in four bytes, then that many bytes of MessagePack. A length is believed only within its limit.
use play_core::frame::LONGEST;
use serde::Serialize;

/// A message as it travels.
pub(crate) fn encode(message: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut frame = vec![0; 4];
    rmp_serde::encode::write_named(&mut frame, message).map_err(|error| error.to_string())?;
    let length = u32::try_from(frame.len() - 4)
        .ok()
        .filter(|length| *length <= LONGEST);
    let Some(length) = length else {
        return Err(format!("it is longer than {LONGEST} bytes"));
    };
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

/// Cuts a stream of bytes into frames.
#[derive(Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// Bytes at the front that were handed out.
    used: usize,
}

impl Frames {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next complete frame; a length beyond the limit is an error before anything of it is kept.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, u64> {
        let rest = &self.bytes[self.used..];
        let Some((head, body)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*head);
        if length > LONGEST {
            return Err(length.into());
        }
        let length = length as usize;
        if body.len() < length {
            return Ok(None);
        }
        let from = self.used + 4;
        self.used = from + length;
        Ok(Some(&self.bytes[from..from + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use play_core::message::{Mode, Reply, Request};

    #[test]
    fn a_message_survives_in_any_pieces() {
        let request = Request::Begin {
            mode: Mode::Check,
            facts: vec!["os".into()],
            secrets: Vec::new(),
            run: "r".into(),
            confirm_within: None,
            keep_runs: 1,
        };
        let mut stream = encode(&request).unwrap();
        stream.extend(encode(&Request::Stop).unwrap());
        for size in [1, 3, 7, stream.len()] {
            let mut frames = Frames::default();
            let mut seen = Vec::new();
            for piece in stream.chunks(size) {
                frames.add(piece);
                while let Some(frame) = frames.next().unwrap() {
                    seen.push(rmp_serde::from_slice::<Request>(frame).unwrap());
                }
            }
            assert!(matches!(&seen[..], [Request::Begin { run, .. }, Request::Stop] if run == "r"));
        }
    }

    #[test]
    fn hostile_lengths_and_bytes_are_errors() {
        let mut frames = Frames::default();
        frames.add(&[0xff; 8]);
        assert_eq!(frames.next(), Err(u64::from(u32::MAX)));
        let mut frames = Frames::default();
        frames.add(&(LONGEST + 1).to_be_bytes());
        assert!(frames.next().is_err());
        for body in [
            &[0xdd, 0xff, 0xff, 0xff, 0xff][..],
            &[0xc1],
            b"",
            &[0x81, 0xdb, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(rmp_serde::from_slice::<Reply>(body).is_err(), "{body:?}");
        }
    }
}
