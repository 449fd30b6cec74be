//! Decoders of one compressed member, fed with slices: no buffer and no reader of their own.

use std::io;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use lzma_rust2::{Action, XzStream};
use zstd::stream::raw::Operation as _;
use zstd::zstd_safe::find_frame_compressed_size;

use super::media::Media;

/// The most memory that the dictionary of an xz layer may ask for, in KiB. `xz -9` takes 65 MiB.
const XZ_MEMORY: u32 = 256 * 1024;
/// The longest header of a zstd frame, in bytes.
const FRAME_HEADER: usize = 18;

/// A decoder by the kind of compression.
pub(super) enum Codec {
    Copy,
    Gzip(Box<Gzip>),
    Zstd(Zstd),
    Bzip2(bzip2::Decompress),
    Xz(Box<XzStream>),
}

/// What one call of [`Codec::step`] did.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
    /// The member is complete.
    pub(super) end: bool,
}

impl Codec {
    pub(super) fn new(media: Media) -> io::Result<Self> {
        Ok(match media {
            Media::None | Media::Unknown => Self::Copy,
            Media::Gzip | Media::EStargz => Self::Gzip(Box::new(Gzip::new())),
            Media::Zstd | Media::ZstdChunked => Self::Zstd(Zstd::new()?),
            Media::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
            Media::Xz => Self::Xz(Box::new(XzStream::new_mem_limit(false, XZ_MEMORY))),
        })
    }

    /// Makes ready for the next member.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        match self {
            Self::Copy => {}
            Self::Gzip(gzip) => gzip.reset(),
            Self::Zstd(zstd) => zstd.reset()?,
            Self::Bzip2(decoder) => *decoder = bzip2::Decompress::new(false),
            Self::Xz(decoder) => **decoder = XzStream::new_mem_limit(false, XZ_MEMORY),
        }
        Ok(())
    }

    /// Decodes from `input` into `output`, as far as both reach. An empty `input` says that no more will come.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        match self {
            Self::Copy => Ok(Step { read: 0, written: 0, end: true }),
            Self::Gzip(gzip) => gzip.step(input, output),
            Self::Zstd(zstd) => zstd.step(input, output),
            Self::Bzip2(decoder) => {
                let (read, written) = (decoder.total_in(), decoder.total_out());
                let status = decoder.decompress(input, output).map_err(io::Error::from)?;
                Ok(Step {
                    read: (decoder.total_in() - read) as usize,
                    written: (decoder.total_out() - written) as usize,
                    end: status == bzip2::Status::StreamEnd,
                })
            }
            Self::Xz(decoder) => {
                let action = if input.is_empty() { Action::Finish } else { Action::Run };
                let result = decoder.process(input, output, action)?;
                Ok(Step {
                    read: result.bytes_consumed,
                    written: result.bytes_produced,
                    end: result.status == lzma_rust2::Status::StreamEnd,
                })
            }
        }
    }
}

/// One zstd frame, decoded block by block: input is taken only when all that was decoded has been given out.
pub(super) struct Zstd {
    decoder: zstd::stream::raw::Decoder<'static>,
    /// How many bytes of input end the present block; `None` at the start of a frame.
    want: Option<usize>,
    /// The last output was full: there may be more.
    full: bool,
}

impl Zstd {
    fn new() -> io::Result<Self> {
        Ok(Self { decoder: zstd::stream::raw::Decoder::new()?, want: None, full: false })
    }

    fn reset(&mut self) -> io::Result<()> {
        (self.want, self.full) = (None, false);
        self.decoder.reinit()
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let feed = match self.want {
            _ if self.full => 0,
            Some(want) => want.min(input.len()),
            // A small frame is decoded in one go, without a buffer between.
            None => find_frame_compressed_size(input).unwrap_or(FRAME_HEADER).min(input.len()),
        };
        let status = self.decoder.run_on_buffers(&input[..feed], output)?;
        self.full = status.bytes_written == output.len();
        self.want = Some(status.remaining.max(1));
        Ok(Step {
            read: status.bytes_read,
            written: status.bytes_written,
            // 0 also before the first byte of a frame.
            end: status.remaining == 0 && status.bytes_read + status.bytes_written > 0,
        })
    }
}

/// One gzip member (RFC 1952). Header and trailer are read here and the body as raw deflate, since that is what flate2
/// can start anew without giving its memory back: eStargz has a member for each file.
pub(super) struct Gzip {
    part: Part,
    inflate: Decompress,
    crc: Crc,
}

/// Where in a member we are.
#[derive(Clone, Copy)]
enum Part {
    /// The byte of this number of the fixed header; then the flags.
    Fixed(u8, u8),
    ExtraLen(u8, Option<u8>),
    Extra(u8, u16),
    Name(u8),
    Comment(u8),
    HeaderCrc(u8),
    Body,
    /// The bytes of the trailer read so far, and how many they are.
    Trailer(u64, u8),
}

/// Flag bits of the header.
const FHCRC: u8 = 2;
const FEXTRA: u8 = 4;
const FNAME: u8 = 8;
const FCOMMENT: u8 = 16;

impl Gzip {
    fn new() -> Self {
        Self { part: Part::Fixed(0, 0), inflate: Decompress::new(false), crc: Crc::new() }
    }

    fn reset(&mut self) {
        self.part = Part::Fixed(0, 0);
        self.inflate.reset(false);
        self.crc.reset();
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let mut read = 0;
        loop {
            if let Part::Body = self.part {
                let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
                let status = self
                    .inflate
                    .decompress(&input[read..], output, FlushDecompress::None)
                    .map_err(|_| invalid("the gzip data are corrupt"))?;
                read += (self.inflate.total_in() - before_in) as usize;
                let written = (self.inflate.total_out() - before_out) as usize;
                self.crc.update(&output[..written]);
                if status == Status::StreamEnd {
                    self.part = Part::Trailer(0, 0);
                }
                if status != Status::StreamEnd || written > 0 {
                    return Ok(Step { read, written, end: false });
                }
            }
            let Some(&byte) = input.get(read) else {
                return Ok(Step { read, written: 0, end: false });
            };
            read += 1;
            if let Part::Trailer(bytes, count) = self.part {
                let bytes = bytes | u64::from(byte) << (8 * count);
                self.part = Part::Trailer(bytes, count + 1);
                if count == 7 {
                    let length = self.inflate.total_out() as u32;
                    if bytes as u32 != self.crc.sum() || (bytes >> 32) as u32 != length {
                        return Err(invalid("the gzip checksum is not that of the data"));
                    }
                    return Ok(Step { read, written: 0, end: true });
                }
            } else {
                self.part = self.part.after(byte).ok_or_else(|| invalid("the gzip header is corrupt"))?;
            }
        }
    }
}

impl Part {
    /// The part that follows this byte of the header.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match self {
            Self::Fixed(at, flags) => {
                let fits = match at {
                    0 => byte == 0x1f,
                    1 => byte == 0x8b,
                    2 => byte == 8,
                    3 => byte & 0xe0 == 0,
                    _ => true,
                };
                let flags = if at == 3 { byte } else { flags };
                match (fits, at) {
                    (false, _) => return None,
                    (true, 9) => Self::ExtraLen(flags, None).skip_absent(),
                    (true, _) => Self::Fixed(at + 1, flags),
                }
            }
            Self::ExtraLen(flags, None) => Self::ExtraLen(flags, Some(byte)),
            Self::ExtraLen(flags, Some(low)) => {
                Self::Extra(flags, u16::from_le_bytes([low, byte])).skip_absent()
            }
            Self::Extra(flags, left) => Self::Extra(flags, left - 1).skip_absent(),
            Self::Name(flags) if byte == 0 => Self::Comment(flags).skip_absent(),
            Self::Comment(flags) if byte == 0 => Self::HeaderCrc(flags).skip_absent(),
            Self::HeaderCrc(FHCRC) => Self::HeaderCrc(0),
            Self::HeaderCrc(_) => Self::Body,
            part => part,
        })
    }

    /// Passes over the parts that the flags say are not there.
    fn skip_absent(self) -> Self {
        match self {
            Self::ExtraLen(flags, _) if flags & FEXTRA == 0 => Self::Extra(flags, 0).skip_absent(),
            Self::Extra(flags, 0) => Self::Name(flags).skip_absent(),
            Self::Name(flags) if flags & FNAME == 0 => Self::Comment(flags).skip_absent(),
            Self::Comment(flags) if flags & FCOMMENT == 0 => Self::HeaderCrc(flags).skip_absent(),
            Self::HeaderCrc(flags) if flags & FHCRC == 0 => Self::Body,
            Self::HeaderCrc(_) => Self::HeaderCrc(FHCRC),
            part => part,
        }
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
