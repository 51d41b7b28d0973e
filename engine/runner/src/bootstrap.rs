//! Starting the agent: one command that runs it where it is, or asks for it and installs it first.
mod script;
mod verdict;

pub(crate) use verdict::last_words;

use crate::connection::{self, Ending, Output, Pipe, Stage};
use crate::{ConnectFault, Kind, Options, Target};
use play_core::frame::GREETING;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

/// Noise of a login shell beyond this is forgotten.
const NOISE: usize = 1 << 20;
const PIECE: usize = 256 << 10;
/// So much may be on its way when all is written: OpenSSH's window of a session (`CHAN_SES_WINDOW_DEFAULT`, channels.h).
const WINDOW: usize = 2 << 20;
/// How long a script that gives up is listened to.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// An agent that has greeted.
pub(crate) struct Started {
    pub(crate) pipe: Pipe,
    /// What came behind the greeting already.
    pub(crate) rest: Vec<u8>,
    /// What it printed on standard error so far.
    pub(crate) error: Vec<u8>,
    pub(crate) agent_sent: bool,
    pub(crate) round_trips: u64,
}

/// Starts `agent serve` and waits for its greeting.
pub(crate) async fn serve(target: &Target, options: &Options) -> Result<Started, ConnectFault> {
    let simulated = [
        "serve",
        "--simulated",
        target.name.as_str(),
        target.host.as_str(),
    ];
    let arguments = match target.kind {
        Kind::Simulated => &simulated[..],
        _ => &simulated[..1],
    };
    let mut boot = Boot::start(target, options, arguments, false).await?;
    let rest = match boot.drive().await? {
        Met::Greeting(rest) => rest,
        Met::End(ending) => return Err(boot.verdict(&ending)),
    };
    Ok(Started {
        rest,
        error: boot.error,
        pipe: boot.pipe,
        agent_sent: boot.agent_sent,
        round_trips: boot.round_trips,
    })
}

/// Runs `agent confirm TOKEN` over a new connection.
pub(crate) async fn confirm(
    target: &Target,
    options: &Options,
    token: &str,
) -> Result<(), ConnectFault> {
    let mut boot = Boot::start(target, options, &["confirm", token], true).await?;
    match boot.drive().await? {
        Met::End(Ending::Status(0)) => Ok(()),
        Met::End(ending) => Err(boot.verdict(&ending)),
        Met::Greeting(_) => Err(boot.did_not_start("it greeted instead of confirming".into())),
    }
}

/// How long what is still on its way will take, where so many bytes were written in that time: what fits into the window is written at once,
/// and the rest at the pace of the line.
fn on_its_way(bytes: usize, elapsed: Duration) -> Duration {
    let heard_of = bytes.saturating_sub(WINDOW).max(PIECE);
    let ahead = bytes.min(WINDOW).div_ceil(heard_of);
    elapsed * u32::try_from(ahead).unwrap_or(1)
}

struct Boot<'a> {
    target: &'a Target,
    options: &'a Options,
    pipe: Pipe,
    prompt: String,
    /// Standard output that is not yet understood.
    standard: Vec<u8>,
    error: Vec<u8>,
    /// The script ran: what comes is no longer the login shell's.
    here: bool,
    password_sent: bool,
    agent_sent: bool,
    /// How long what is still on its way will take, at the pace of what went before it.
    on_its_way: Duration,
    round_trips: u64,
}

enum Met {
    Greeting(Vec<u8>),
    End(Ending),
}

/// What output asks of us.
enum Wish {
    More,
    Upload,
    Password,
    /// The script gives up, with a reason of its own.
    Refused(String),
    Met(Met),
}

impl<'a> Boot<'a> {
    async fn start(
        target: &'a Target,
        options: &'a Options,
        arguments: &[&str],
        fresh: bool,
    ) -> Result<Self, ConnectFault> {
        let prompt = prompt();
        let escalation = options
            .escalation
            .as_ref()
            .filter(|_| target.kind != Kind::Simulated);
        let pipe = match &options.agent_program {
            Some(program) if target.kind != Kind::Ssh => {
                let program = program.to_string_lossy();
                let sudo = escalation
                    .filter(|_| !rustix::process::geteuid().is_root())
                    .map(|escalation| escalation.words(&prompt));
                let mut words: Vec<&str> = sudo
                    .as_deref()
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect();
                words.push(&program);
                words.extend(arguments);
                connection::start_here(&words)?
            }
            _ => {
                let command = script::command(&options.agent, escalation, &prompt, arguments);
                connection::start(target, options, &command, fresh).await?
            }
        };
        Ok(Self {
            target,
            options,
            pipe,
            prompt,
            standard: Vec::new(),
            error: Vec::new(),
            here: false,
            password_sent: false,
            agent_sent: false,
            on_its_way: Duration::ZERO,
            round_trips: 1,
        })
    }

    async fn drive(&mut self) -> Result<Met, ConnectFault> {
        let patience = self.options.start_timeout;
        // Whatever is said meanwhile: a login shell may make noise for ever.
        let mut allowed = patience;
        let mut until = Instant::now() + allowed;
        loop {
            let Ok(output) = timeout_at(until, self.pipe.output.recv()).await else {
                return Err(self.late(allowed));
            };
            match self.take(output)? {
                Wish::More => continue,
                Wish::Met(met) => return Ok(met),
                Wish::Refused(reason) => return Err(self.given_up(&reason).await),
                Wish::Password => self.send_password().await?,
                Wish::Upload => {
                    if let Some(met) = self.upload().await? {
                        return Ok(met);
                    }
                }
            }
            allowed = patience + self.on_its_way;
            until = Instant::now() + allowed;
        }
    }

    /// The script's reason; what its programs said may come behind it.
    async fn given_up(&mut self, reason: &str) -> ConnectFault {
        let listening = async {
            while let Some(output) = self.pipe.output.recv().await {
                match output {
                    Output::Error(bytes) => self.error.extend(bytes),
                    Output::Ended(_) => return,
                    Output::Standard(_) => {}
                }
            }
        };
        let _ = timeout(LAST_WORDS, listening).await;
        self.refused(reason)
    }

    /// Adds what came and says what is to be done.
    fn take(&mut self, output: Option<Output>) -> Result<Wish, ConnectFault> {
        match output {
            None => Ok(Wish::Met(Met::End(Ending::Lost(
                "the connection ended".into(),
            )))),
            Some(Output::Ended(ending)) => Ok(Wish::Met(Met::End(ending))),
            Some(Output::Error(bytes)) => {
                self.error.extend(bytes);
                forget(&mut self.error);
                self.asked()
            }
            Some(Output::Standard(bytes)) => {
                self.standard.extend(bytes);
                let wish = self.said()?;
                forget(&mut self.standard);
                Ok(wish)
            }
        }
    }

    /// Whether sudo asks for the password; if it does so twice, the first was wrong.
    fn asked(&mut self) -> Result<Wish, ConnectFault> {
        let Some(at) = find(&self.error, self.prompt.as_bytes()) else {
            return Ok(Wish::More);
        };
        self.error.drain(at..at + self.prompt.len());
        if self.password_sent {
            return Err(ConnectFault::SudoPasswordWrong {
                host: self.target.name.clone(),
            });
        }
        Ok(Wish::Password)
    }

    fn said(&mut self) -> Result<Wish, ConnectFault> {
        loop {
            let greeting = find(&self.standard, GREETING);
            let Some((from, to)) = line(&self.standard, script::SAYS) else {
                return Ok(match greeting {
                    Some(at) => {
                        Wish::Met(Met::Greeting(self.standard.split_off(at + GREETING.len())))
                    }
                    None => Wish::More,
                });
            };
            if let Some(at) = greeting.filter(|at| *at < from) {
                return Ok(Wish::Met(Met::Greeting(
                    self.standard.split_off(at + GREETING.len()),
                )));
            }
            let words = String::from_utf8_lossy(&self.standard[from..to]).into_owned();
            // The line's end stays: the next line may begin with it.
            self.standard.drain(..to);
            self.here = true;
            match words.split_once(' ').unwrap_or((&words, "")) {
                ("need", _) => return Ok(Wish::Upload),
                ("no", reason) => return Ok(Wish::Refused(reason.to_owned())),
                _ => {}
            }
        }
    }

    async fn send_password(&mut self) -> Result<(), ConnectFault> {
        let escalation = self.options.escalation.as_ref();
        let Some(password) = escalation.and_then(|escalation| escalation.password.clone()) else {
            return Err(ConnectFault::SudoPasswordNeeded {
                host: self.target.name.clone(),
            });
        };
        self.password_sent = true;
        self.round_trips += 1;
        let line = password.line();
        let sent = timeout(self.options.write_timeout, async {
            self.pipe.input.write_all(&line).await?;
            self.pipe.input.flush().await
        });
        // Where it fails, the program has ended: what it said is the better explanation.
        let _ = sent.await;
        Ok(())
    }

    /// Sends the agent, listening meanwhile: the host may give up half way.
    async fn upload(&mut self) -> Result<Option<Met>, ConnectFault> {
        self.agent_sent = true;
        self.round_trips += 1;
        let image = self.options.agent.gzip;
        let began = Instant::now();
        for piece in image.chunks(PIECE) {
            let Pipe { input, output, .. } = &mut self.pipe;
            let mut heard = Vec::new();
            let writing = timeout(self.options.write_timeout, async {
                input.write_all(piece).await?;
                input.flush().await
            });
            tokio::pin!(writing);
            let written = loop {
                tokio::select! {
                    written = &mut writing => break written,
                    Some(more) = output.recv() => {
                        let ended = matches!(more, Output::Ended(_));
                        heard.push(more);
                        if ended {
                            break Ok(Ok(()));
                        }
                    }
                }
            };
            for output in heard {
                match self.take(Some(output))? {
                    Wish::Met(met) => return Ok(Some(met)),
                    Wish::Refused(reason) => return Err(self.given_up(&reason).await),
                    _ => {}
                }
            }
            match written {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(None),
                Err(_) => return Err(self.stalled()),
            }
        }
        self.on_its_way = on_its_way(image.len(), began.elapsed());
        Ok(None)
    }

    fn late(&self, deadline: Duration) -> ConnectFault {
        let host = &self.target.name;
        let what = if self.here {
            format!("the agent on {host} said nothing")
        } else {
            let waiting = self.waiting();
            format!("the login shell of {host} started nothing{waiting}")
        };
        ConnectFault::Timeout {
            stage: if self.here {
                Stage::Agent
            } else {
                Stage::Shell
            },
            what,
            seconds: deadline.as_secs(),
        }
    }

    fn stalled(&self) -> ConnectFault {
        ConnectFault::Timeout {
            stage: Stage::Agent,
            // Up to 2 MiB, SSH's window, are on their way before the other side is heard.
            what: format!(
                "the line to {} is dead or very slow: it took less than 2 MiB of the agent's program",
                self.target.name
            ),
            seconds: self.options.write_timeout.as_secs(),
        }
    }
}

/// What sudo asks with: random, so that nothing a login shell prints can be taken for it.
fn prompt() -> String {
    let mut bytes = [0; 8];
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes);
    format!("play-asks-{:016x}:", u64::from_be_bytes(bytes))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

/// Where the words behind `mark` begin and end, once the line is complete.
fn line(text: &[u8], mark: &[u8]) -> Option<(usize, usize)> {
    let from = find(text, mark)? + mark.len();
    let length = text[from..].iter().position(|byte| *byte == b'\n')?;
    Some((from, from + length))
}

fn forget(noise: &mut Vec<u8>) {
    if noise.len() > NOISE {
        noise.drain(..noise.len() - NOISE / 2);
    }
}

#[cfg(test)]
pub(crate) mod tests;
