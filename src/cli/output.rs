//! Where an answer goes: standard output, or a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::CliError;

/// A buffered writer. Call [`Output::finish`]: a full disk or a closed pipe shows only then.
pub struct Output {
    to: BufWriter<Box<dyn Write>>,
    path: Option<PathBuf>,
}

impl Output {
    /// Standard output for `None` and `-`, else a new file in place of what was there.
    ///
    /// # Errors
    ///
    /// The file cannot be made.
    pub fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let path = path.filter(|path| *path != Path::new("-"));
        let to: Box<dyn Write> = match path {
            None => Box::new(io::stdout().lock()),
            Some(path) => Box::new(File::create(path).map_err(|error| about(path, &error))?),
        };
        Ok(Self { to: BufWriter::with_capacity(1 << 16, to), path: path.map(Path::to_owned) })
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn finish(mut self) -> Result<(), CliError> {
        let flushed = self.to.flush().and_then(|()| self.to.get_mut().flush());
        flushed.map_err(|error| self.named(&error).into())
    }

    /// The failure with the place that it happened at. Its kind stays: a closed pipe is no failure.
    fn named(&self, error: &io::Error) -> io::Error {
        let place = self.path.as_ref().map_or("standard output".into(), |path| path.display().to_string());
        io::Error::new(error.kind(), format!("{place}: {error}"))
    }
}

fn about(path: &Path, error: &io::Error) -> CliError {
    CliError::failed(format!("{}: {error}", path.display()))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes).map_err(|error| self.named(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush().map_err(|error| self.named(&error))
    }
}
