//! Decompression by magic bytes, for whole archives and for layers that are read from their start.

use std::io::{self, BufReader, Read};

/// A compression, as the first bytes show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// None that is known.
    None,
    /// gzip, of one member or many.
    Gzip,
    /// zstd, of one frame or many.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

/// How many bytes [`Compression::of`] wants to see.
pub const MAGIC: usize = 6;

/// The widest window that is accepted of a zstd frame, as a power of two: what `zstd --ultra --long=31` writes.
const ZSTD_WINDOW_LOG: u32 = 31;
/// Memory that an xz stream may ask for, in KiB: the dictionary of `xz -9` is 64 MiB.
const XZ_MEMORY_KIB: u32 = 512 << 10;

impl Compression {
    /// Looks at the first bytes. A zstd file may begin with a skippable frame.
    pub fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }
}

/// The inflated stream, whatever the compression.
///
/// # Errors
///
/// Reading the first bytes failed.
pub fn any<'a>(stream: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut stream = stream;
    let mut start = [0; MAGIC];
    let mut filled = 0;
    while filled < MAGIC {
        match stream.read(&mut start[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let start = io::Cursor::new(start[..filled].to_vec());
    let compression = Compression::of(start.get_ref());
    let stream = BufReader::with_capacity(128 << 10, start.chain(stream));
    Ok(match compression {
        Compression::None => Box::new(stream),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(stream)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stream)),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(stream, true, XZ_MEMORY_KIB)),
    })
}
