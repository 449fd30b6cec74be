//! tar-split: what an engine keeps of a layer's tar beside the unpacked files, so that it can put the tar together again.
//!
//! A gzip of JSON lines. Type 2 is bytes of the tar: padding of the last file and all headers of the next member. Type 1
//! is a member with its data left out: name, size, CRC-64 of the data. Go's `vbatts/tar-split` writes it for docker and
//! for containers/storage.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::region::{Region, RegionReader};
use crate::layer::{Inflate, Piece, Pieces};

/// One line: engines write segments of 1 MiB at most, in base64.
const MAX_LINE: u64 = 16 << 20;

/// A line of another make than the usual one.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    /// Base64, where the name is not UTF-8.
    #[serde(borrow, default)]
    name_raw: Option<Cow<'a, str>>,
    #[serde(default)]
    size: i64,
    #[serde(borrow, default)]
    payload: Option<Cow<'a, str>>,
}

/// The pieces of a layer, as a tar-split file lists them.
pub struct TarSplit {
    lines: BufReader<Inflate<RegionReader>>,
    number: u64,
    line: Vec<u8>,
    bytes: Vec<u8>,
    name: Vec<u8>,
}

impl TarSplit {
    /// Reads the file from its start.
    ///
    /// # Errors
    ///
    /// Its first bytes cannot be read.
    pub fn new(file: &Region) -> io::Result<Self> {
        let lines = BufReader::with_capacity(128 << 10, Inflate::new(file.reader())?);
        Ok(Self { lines, number: 0, line: Vec::new(), bytes: Vec::new(), name: Vec::new() })
    }

    fn wrong(&self, why: impl std::fmt::Display) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {} of its tar-split: {why}", self.number))
    }

    fn other(&mut self) -> io::Result<Found> {
        let line = std::mem::take(&mut self.line);
        let row: Row<'_> = serde_json::from_slice(&line).map_err(|error| self.wrong(error))?;
        self.bytes.clear();
        let payload = row.payload.unwrap_or_default();
        BASE64.decode_vec(payload.as_bytes(), &mut self.bytes).map_err(|error| self.wrong(error))?;
        let found = match row.kind {
            2 => Found::Bytes,
            1 => {
                self.name.clear();
                match (row.name_raw, row.name) {
                    (Some(raw), _) if !raw.is_empty() => {
                        BASE64
                            .decode_vec(raw.as_bytes(), &mut self.name)
                            .map_err(|error| self.wrong(error))?;
                    }
                    (_, name) => self.name.extend_from_slice(name.unwrap_or_default().as_bytes()),
                }
                let size = u64::try_from(row.size).map_err(|error| self.wrong(error))?;
                let crc = <[u8; 8]>::try_from(&self.bytes[..]).ok().map(u64::from_be_bytes);
                Found::Data(size, crc)
            }
            kind => return Err(self.wrong(format!("a row of type {kind}"))),
        };
        self.line = line;
        Ok(found)
    }

    /// A segment as engines write it: `{"type":2,"payload":"...","position":3}`. Nearly all bytes are in such lines.
    fn segment(&mut self) -> Option<()> {
        let rest = self.line.strip_prefix(b"{\"type\":2,\"payload\":\"")?;
        let rest = rest.strip_suffix(b"\n").unwrap_or(rest).strip_suffix(b"}")?;
        let rest = &rest[..rest.len() - rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()];
        let payload = rest.strip_suffix(b"\",\"position\":")?;
        self.bytes.clear();
        BASE64.decode_vec(payload, &mut self.bytes).ok()
    }
}

enum Found {
    Bytes,
    Data(u64, Option<u64>),
}

impl Pieces for TarSplit {
    fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.lines).take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 == MAX_LINE {
            return Err(self.wrong(format!("it is longer than {MAX_LINE} bytes")));
        }
        if self.segment().is_some() {
            return Ok(Some(Piece::Bytes(&self.bytes)));
        }
        Ok(Some(match self.other()? {
            Found::Bytes => Piece::Bytes(&self.bytes),
            Found::Data(size, crc) => Piece::Data { name: &self.name, size, crc },
        }))
    }
}
