//! Lines that a step's program prints, for whoever watches: no more than anybody can read, so that nothing fills up with them.
use crate::line::Replies;
use play_core::message::Reply;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);
/// Lines that are passed on within a window.
const MOST: u32 = 1000;

/// The lines of one step.
pub(crate) struct Watched {
    step: u32,
    replies: Replies,
    window: Mutex<Window>,
}

struct Window {
    since: Instant,
    told: u32,
    left_out: u64,
}

impl Watched {
    pub(crate) fn new(step: u32, replies: Replies) -> Self {
        let window = Mutex::new(Window {
            since: Instant::now(),
            told: 0,
            left_out: 0,
        });
        Self {
            step,
            replies,
            window,
        }
    }

    pub(crate) fn tell(&self, line: &str) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.since.elapsed() >= WINDOW {
            self.own_up(window.left_out);
            *window = Window {
                since: Instant::now(),
                told: 0,
                left_out: 0,
            };
        }
        if window.told < MOST {
            window.told += 1;
            self.send(line.to_owned());
        } else {
            window.left_out += 1;
        }
    }

    fn own_up(&self, left_out: u64) {
        if left_out > 0 {
            self.send(format!("… {left_out} lines are not shown"));
        }
    }

    fn send(&self, line: String) {
        self.replies.send(Reply::Output {
            step: self.step,
            line,
        });
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let window = self
            .window
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let left_out = window.left_out;
        self.own_up(left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_said_to_be() {
        let (replies, told) = Replies::to();
        let watched = Watched::new(3, replies);
        for number in 0..5 * MOST {
            watched.tell(&number.to_string());
        }
        drop(watched);
        let lines: Vec<String> = told
            .into_iter()
            .map(|reply| match reply {
                Reply::Output { step: 3, line } => line,
                _ => "something else".into(),
            })
            .collect();
        assert!(lines.len() < 5 * MOST as usize, "{}", lines.len());
        assert!(
            lines[..MOST as usize]
                .iter()
                .enumerate()
                .all(|(at, line)| *line == at.to_string())
        );
        assert!(
            lines
                .iter()
                .any(|line| line.ends_with("lines are not shown"))
        );
    }
}
