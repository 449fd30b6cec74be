//! What the bytes of a layer are, told by the bytes: media types and file names lie (`docker save` from the containerd
//! store lists gzip blobs without any extension).

/// The compression of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Media {
    /// A plain tar, or nothing at all.
    #[default]
    None,
    /// gzip, of any number of members.
    Gzip,
    /// gzip with one member for each file, and a table of contents: eStargz.
    EStargz,
    /// zstd, of any number of frames.
    Zstd,
    /// zstd with frames for each file, and a table of contents: zstd:chunked.
    ZstdChunked,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// No compression that is known here, and no tar: an encrypted layer, an artifact.
    Unknown,
}

/// How many bytes at the end of a blob tell eStargz and zstd:chunked.
pub(super) const FOOTER: usize = 72;

impl Media {
    /// How many bytes at the start of a blob [`Self::sniff`] wants to see: a tar header.
    pub const PREFIX: usize = 512;

    /// Tells the compression by the first bytes of a blob: [`Self::PREFIX`] of them, or all that there are; more do not
    /// count.
    pub fn sniff(start: &[u8]) -> Self {
        let start = &start[..start.len().min(Self::PREFIX)];
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [] => Self::None,
            _ if start.iter().all(|&byte| byte == 0) => Self::None,
            _ => match start.first_chunk::<512>() {
                Some(block) if super::header::checksum_fits(block) => Self::None,
                _ => Self::Unknown,
            },
        }
    }

    /// The same compression with what its last bytes say it also is.
    #[must_use]
    pub fn with_footer(self, end: &[u8]) -> Self {
        match self {
            Self::Gzip if is_estargz(end) => Self::EStargz,
            Self::Zstd if end.len() >= FOOTER && end.ends_with(b"GNUlInUx") => Self::ZstdChunked,
            _ => self,
        }
    }

    /// For people and JSON: `none`, `gzip (eStargz)`.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::EStargz => "gzip (eStargz)",
            Self::Zstd => "zstd",
            Self::ZstdChunked => "zstd (chunked)",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Unknown => "unknown",
        }
    }
}

/// The 51-byte footer of eStargz: an empty gzip member with an extra field `SG` of 22 bytes, 16 hexadecimal digits (where
/// the table of contents begins) and `STARGZ`. Bytes 12 to 16 of the member are the field's header.
fn is_estargz(end: &[u8]) -> bool {
    let Some(footer) = end.len().checked_sub(51).map(|start| &end[start..]) else {
        return false;
    };
    footer.starts_with(&[0x1f, 0x8b, 8, 4])
        && footer[12..16] == *b"SG\x16\x00"
        && footer[16..32].iter().all(u8::is_ascii_hexdigit)
        && footer[32..38] == *b"STARGZ"
}
