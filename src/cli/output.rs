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
        flushed.map_err(|error| match &self.path {
            Some(path) => about(path, &error),
            None => error.into(),
        })
    }
}

fn about(path: &Path, error: &io::Error) -> CliError {
    CliError::failed(format!("{}: {error}", path.display()))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
