//! The members of any tar by their headers: how an archive that holds layers is indexed.

use super::blocks::{Blocks, Seek, Stop};
use super::reader::{self, Next, Reader};
use super::{Cancelled, EntryKind, LayerFault, Region, Watch};

/// A member of a tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The name as the tar spells it.
    pub name: &'a [u8],
    /// Target of a symlink or hard link.
    pub link: &'a [u8],
    /// The type.
    pub kind: EntryKind,
    /// Bytes of data.
    pub size: u64,
    /// Where the data begin.
    pub offset: u64,
}

/// Walks the headers of a plain tar and tells of each member, also of a last one whose data are cut off. What is wrong
/// with the tar is returned.
///
/// # Errors
///
/// Only when cancelled.
pub fn members(
    region: Region<'_>,
    watch: &Watch<'_>,
    mut each: impl FnMut(Member<'_>),
) -> Result<Option<LayerFault>, Cancelled> {
    let mut reader = Reader::new(Seek::new(region, watch), watch.limits);
    let mut member = reader::Member::new();
    loop {
        let next = reader.next(&mut member);
        let reader::Member { name, link, kind, size, offset, .. } = &member;
        let told = Member { name, link, kind: *kind, size: *size, offset: *offset };
        match next {
            Ok(Next::Member) => each(told),
            Ok(Next::End | Next::EndOfBytes) => return Ok(None),
            Err(Stop::Cancelled) => return Err(Cancelled),
            Err(Stop::Fault(fault)) => {
                // A fault in the data leaves the cursor where they begin; one in a header has moved it, or found
                // the member before, whose data it has passed.
                if told.size > 0 && told.offset == reader.blocks.offset() {
                    each(told);
                }
                return Ok(Some(fault));
            }
        }
    }
}
