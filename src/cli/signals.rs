//! Ctrl-C and its kin during a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a command may tidy up after an interrupt: a blocked read never would.
const GRACE: Duration = Duration::from_millis(500);

/// Turns SIGINT, SIGTERM and SIGHUP into `cancel`; a command that does not end by itself soon, or hears a second
/// signal, is ended with exit code 130.
pub fn watch(cancel: Arc<AtomicBool>) {
    // Without the watch a signal ends the process as it always does, which a shell reports as 130 as well.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            cancel.store(true, Ordering::Relaxed);
            thread::spawn(|| {
                thread::sleep(GRACE);
                std::process::exit(130);
            });
            if signals.forever().next().is_some() {
                std::process::exit(130);
            }
        }
    });
}
