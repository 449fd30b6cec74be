//! From the stored bytes of a layer to its [`Changeset`].

use std::io::Read;

use super::blocks::{Blocks, Seek, Stop, Stream};
use super::builder::Builder;
use super::inflate::Inflate;
use super::reader::{Member, Next, Reader};
use super::{Cancelled, Changeset, LayerFault, Media, NoteKind, Region, Watch};

/// A layer that has been read, to its end or to its fault.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The compression that was found.
    pub media: Media,
    /// What the layer says.
    pub changeset: Changeset,
}

/// Reads the layer stored in `region`: a plain one by its headers only, a compressed one as a stream.
///
/// # Errors
///
/// Only when cancelled. What is wrong with the layer is in [`Changeset::fault`].
pub fn read(region: Region<'_>, watch: &Watch<'_>) -> Result<Loaded, Cancelled> {
    let mut start = [0; Media::PREFIX];
    let len = region.fill(0, &mut start).unwrap_or_default();
    match Media::sniff(&start[..len]) {
        media @ (Media::None | Media::Unknown) => Ok(Loaded { media, changeset: read_plain(region, watch)? }),
        _ => read_stream(region, watch),
    }
}

/// Reads a plain tar by seeking from header to header; contents are neither read nor hashed.
///
/// # Errors
///
/// Only when cancelled.
pub fn read_plain(region: Region<'_>, watch: &Watch<'_>) -> Result<Changeset, Cancelled> {
    read_members(&mut Reader::new(Seek::new(region, watch), watch.limits), watch, |_| false)
}

/// Reads a layer as a stream, whatever its compression (a plain tar included); every content is hashed on the way.
///
/// # Errors
///
/// Only when cancelled.
pub fn read_stream(stored: impl Read, watch: &Watch<'_>) -> Result<Loaded, Cancelled> {
    match Inflate::new(stored) {
        Ok(inflate) => {
            let mut reader = Reader::new(Stream::new(inflate, watch), watch.limits);
            let changeset = read_members(&mut reader, watch, |stream| stream.inner().has_trailing())?;
            Ok(Loaded { media: reader.blocks.inner().media(), changeset })
        }
        Err(error) => {
            let what = format!("the layer cannot be read ({error})");
            let changeset = Builder::new(watch, true).finish(0, Some(LayerFault { what, offset: 0 }));
            Ok(Loaded { media: Media::Unknown, changeset })
        }
    }
}

/// `trailing` says whether bytes behind the compressed data were ignored.
pub(super) fn read_members<B: Blocks>(
    reader: &mut Reader<B>,
    watch: &Watch<'_>,
    trailing: impl Fn(&B) -> bool,
) -> Result<Changeset, Cancelled> {
    let mut builder = Builder::new(watch, B::HASHES);
    let fault = match add_members(reader, &mut builder) {
        Ok(()) => None,
        Err(Stop::Cancelled) => return Err(Cancelled),
        Err(Stop::Fault(fault)) => Some(fault),
    };
    if trailing(&reader.blocks) {
        builder.note(NoteKind::TrailingData, b"");
    }
    (watch.progress)(reader.blocks.stored());
    let tar_bytes = fault.as_ref().map_or(reader.blocks.offset(), |fault| fault.offset);
    builder.share(reader.blocks.shares(), reader.blocks.stored());
    Ok(builder.finish(tar_bytes, fault))
}

fn add_members<B: Blocks>(reader: &mut Reader<B>, builder: &mut Builder) -> Result<(), Stop> {
    let mut member = Member::new();
    loop {
        match reader.next(&mut member)? {
            Next::Member => builder.add(&member, reader.blocks.offset())?,
            Next::End => break,
            Next::EndOfBytes => {
                builder.note(NoteKind::NoEndBlocks, b"");
                break;
            }
        }
    }
    if reader.blocks.rest()? {
        builder.note(NoteKind::TrailingData, b"");
    }
    Ok(())
}
