//! An engine behind ssh, as the docker command line reaches it: `ssh HOST docker system dial-stdio` for each connection.
//! The connections come to a socket in a folder of our own.
//!
//! The API client has an ssh of its own, which does not understand ports and hides what ssh says.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const SOCKET: &str = "engine.sock";
/// How much of what ssh says is kept.
const MAX_SAID: u64 = 4096;
/// How long the end of a connection waits for what ssh says about it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The socket, and what stands behind it. Both go when it does.
pub struct Bridge {
    folder: tempfile::TempDir,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    children: Mutex<Vec<Child>>,
    said: Mutex<String>,
}

impl Bridge {
    /// A socket whose connections go to `[USER@]HOST[:PORT]`.
    ///
    /// # Errors
    ///
    /// The socket cannot be made.
    pub fn open(target: &str) -> io::Result<Self> {
        // The folder can be entered by its owner only.
        let folder = tempfile::Builder::new().prefix("capas-").tempdir()?;
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let state = Arc::new(State::default());
        let (shared, target) = (Arc::clone(&state), target.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { break };
                if let Err(error) = shared.connect(stream, &target) {
                    shared.say(&format!("ssh: {error}"));
                }
            }
        });
        Ok(Self { folder, state })
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(SOCKET)
    }

    /// What ssh complained about, if it did.
    pub fn said(&self) -> Option<String> {
        let said = self.state.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = said.trim().replace('\n', "; ");
        (!said.is_empty()).then_some(said)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        for child in self.state.children.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            // One that has ended already is all right.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl State {
    fn say(&self, what: &str) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push_str(what);
    }

    fn connect(self: &Arc<Self>, stream: UnixStream, target: &str) -> io::Result<()> {
        let mut child = command(target).spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        self.children.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        let (done, complete) = channel::<()>();
        if let Some(stderr) = stderr {
            let state = Arc::clone(self);
            thread::spawn(move || {
                let mut said = Vec::new();
                let _ = stderr.take(MAX_SAID).read_to_end(&mut said);
                state.say(&String::from_utf8_lossy(&said));
                drop(done);
            });
        }
        let there = stream.try_clone()?;
        if let Some(stdin) = stdin {
            thread::spawn(move || copy(there, stdin));
        }
        if let Some(stdout) = stdout {
            thread::spawn(move || {
                let back = stream.try_clone();
                copy(stdout, stream);
                // The client asks what ssh had to say once it sees the end. A shared connection that ssh leaves behind
                // keeps its voice for longer.
                let _ = complete.recv_timeout(LAST_WORDS);
                let _ = back.and_then(|back| back.shutdown(Shutdown::Both));
            });
        }
        Ok(())
    }
}

/// Either end may go away at any time, which the client sees as a cut answer.
fn copy(mut from: impl Read, mut to: impl Write) {
    let mut buffer = vec![0; 64 << 10];
    // `io::copy` leaves this to the kernel, and one was seen to end at once.
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// `ssh [-l USER] [-p PORT] -- HOST docker system dial-stdio`. Questions go to the terminal, as ssh always asks there.
fn command(target: &str) -> Command {
    let (user, host) = target.rsplit_once('@').map_or((None, target), |(user, host)| (Some(user), host));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, Some(port)),
        _ => (host, None),
    };
    let mut command = Command::new("ssh");
    command.args(["-o", "ConnectTimeout=15", "-T"]);
    if let Some(user) = user {
        command.args(["-l", user]);
    }
    if let Some(port) = port {
        command.args(["-p", port]);
    }
    // A host that begins with a dash is no option.
    command.args(["--", host.trim_matches(['[', ']']), "docker", "system", "dial-stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_ports_become_options() {
        let words = |target| {
            let command = command(target);
            let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
            words[3..].join(" ")
        };
        assert_eq!(words("build"), "-- build docker system dial-stdio");
        assert_eq!(words("me@build:2222"), "-l me -p 2222 -- build docker system dial-stdio");
        assert_eq!(words("[::1]:22"), "-p 22 -- ::1 docker system dial-stdio");
        assert_eq!(words("-oProxyCommand=x"), "-- -oProxyCommand=x docker system dial-stdio");
    }
}
