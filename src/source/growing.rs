//! A file that can be read while it is still being written: who reads ahead of the writer waits.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::layer::ReadAt;

/// Who waits is woken once so much more has come, or after a while: not for each header at the heels of the writer.
const LEAP: u64 = 4 << 20;
const TICK: Duration = Duration::from_millis(20);

/// The file.
pub struct Growing {
    file: File,
    growth: Mutex<Growth>,
    grown: Condvar,
    /// Nobody has to wait any more: what is not there will not come.
    ended: AtomicBool,
}

struct Growth {
    len: u64,
    /// The least length that somebody waits for, so that the writer wakes nobody in vain.
    wanted: u64,
}

impl Growing {
    /// An empty file that only grows through this.
    pub fn new(file: File) -> Self {
        let growth = Growth { len: 0, wanted: u64::MAX };
        Self { file, growth: Mutex::new(growth), grown: Condvar::new(), ended: AtomicBool::new(false) }
    }

    /// The file itself, for questions about where it lies.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Appends.
    ///
    /// # Errors
    ///
    /// Those of the file; what came before stays.
    pub fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)?;
        let mut growth = self.growth();
        growth.len += bytes.len() as u64;
        if growth.len >= growth.wanted {
            self.wake(growth);
        }
        Ok(())
    }

    /// Nothing more will come.
    pub fn end(&self) {
        let growth = self.growth();
        self.ended.store(true, Ordering::Release);
        self.wake(growth);
    }

    /// Whether it has come to its end.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Length of now, in bytes.
    pub fn len(&self) -> u64 {
        self.growth().len
    }

    fn growth(&self) -> MutexGuard<'_, Growth> {
        self.growth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, mut growth: MutexGuard<'_, Growth>) {
        growth.wanted = u64::MAX;
        drop(growth);
        self.grown.notify_all();
    }

    fn wait(&self, len: u64) {
        let mut growth = self.growth();
        while growth.len < len && !self.has_ended() {
            growth.wanted = growth.wanted.min(len.saturating_add(LEAP));
            growth = self.grown.wait_timeout(growth, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl ReadAt for Growing {
    /// Waits until all that is asked for is there, or the end has come.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.has_ended() {
            self.wait(offset.saturating_add(buffer.len() as u64));
        }
        FileExt::read_at(&self.file, buffer, offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ahead_of_the_writer_waits_for_the_bytes_or_the_end() {
        let growing = Growing::new(tempfile::tempfile().expect("a file"));
        std::thread::scope(|scope| {
            let read = |offset, len| {
                let growing = &growing;
                scope.spawn(move || {
                    let mut buffer = vec![0; len];
                    let count = growing.read_at(offset, &mut buffer).expect("bytes");
                    buffer.truncate(count);
                    buffer
                })
            };
            let (near, far, beyond) = (read(0, 4), read(2, 6), read(6, 100));
            for piece in [&b"01"[..], b"234", b"56789"] {
                std::thread::sleep(Duration::from_millis(5));
                growing.append(piece).expect("room");
            }
            assert_eq!(near.join().expect("no panic"), b"0123");
            assert_eq!(far.join().expect("no panic"), b"234567");
            std::thread::sleep(Duration::from_millis(5));
            assert!(!beyond.is_finished(), "more may come");
            growing.end();
            assert_eq!(beyond.join().expect("no panic"), b"6789");
        });
        assert_eq!((growing.len(), growing.read_at(10, &mut [0; 4]).expect("the end")), (10, 0));
    }
}
