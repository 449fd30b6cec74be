//! Attributes that many entries share, kept once.

use std::collections::HashMap;

use super::Attrs;
use super::reader::Member;

/// Finds a member's attributes among those of the members before it.
pub(super) struct Interner {
    known: HashMap<Attrs, u32>,
    /// The last one found of each short key: real layers have a dozen, and never get to the map again.
    recent: [u32; 64],
}

impl Interner {
    pub(super) fn new() -> Self {
        Self { known: HashMap::new(), recent: [u32::MAX; 64] }
    }

    /// The index of the member's attributes in `table`, and how many bytes of text were added for it.
    pub(super) fn intern(&mut self, member: &Member, table: &mut Vec<Attrs>) -> (u32, u64) {
        let key = u64::from(member.mode) ^ member.uid << 3 ^ member.gid << 1 ^ (member.kind as u64) << 4;
        let slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize;
        if let Some(attrs) = table.get(self.recent[slot] as usize)
            && is_same(attrs, member)
        {
            return (self.recent[slot], 0);
        }
        let attrs = Attrs {
            kind: member.kind,
            mode: member.mode,
            uid: member.uid,
            gid: member.gid,
            user: member.user.as_slice().into(),
            group: member.group.as_slice().into(),
            xattrs: member.xattrs.as_slice().into(),
        };
        let next = table.len() as u32;
        let index = *self.known.entry(attrs.clone()).or_insert(next);
        self.recent[slot] = index;
        if index < next {
            return (index, 0);
        }
        let xattrs: usize = attrs.xattrs.iter().map(|xattr| xattr.name.len() + xattr.value.len() + 32).sum();
        // Kept twice, as a key and in the table.
        let text = 2 * (size_of::<Attrs>() + attrs.user.len() + attrs.group.len() + xattrs) as u64;
        table.push(attrs);
        (index, text)
    }
}

fn is_same(attrs: &Attrs, member: &Member) -> bool {
    attrs.kind == member.kind
        && attrs.mode == member.mode
        && attrs.uid == member.uid
        && attrs.gid == member.gid
        && is_same_text(&attrs.user, &member.user)
        && is_same_text(&attrs.group, &member.group)
        && *attrs.xattrs == *member.xattrs
}

/// Mostly both are empty, which costs a call if one only compares.
fn is_same_text(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}
