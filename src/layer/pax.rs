//! PAX extended headers: records that override the header which follows.

use tar::PaxExtensions;

use super::number;
use super::{NoteKind, Xattr};

/// What the records of an `x` or `g` header say. Go's rules: an empty value says nothing, the last record of a key wins.
#[derive(Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) user: Option<Vec<u8>>,
    pub(super) group: Option<Vec<u8>>,
    pub(super) mtime: Option<(i64, u32)>,
    pub(super) xattrs: Vec<Xattr>,
    pub(super) sparse: PaxSparse,
    /// What was odd.
    pub(super) odd: Vec<NoteKind>,
}

/// The `GNU.sparse.` records.
#[derive(Default)]
pub(super) struct PaxSparse {
    pub(super) major: Option<u64>,
    pub(super) minor: Option<u64>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// Offsets and lengths in turn, of 0.0 and 0.1.
    pub(super) map: Option<Vec<u64>>,
}

/// A record, or its value, that cannot be read.
struct BadRecord;

impl Pax {
    /// Reads the records of an extended header's data.
    pub(super) fn parse(data: &[u8]) -> Self {
        let mut pax = Self::default();
        let mut rest = data;
        while !rest.is_empty() {
            let Some((record, next)) = cut(rest) else {
                pax.note(NoteKind::BadPaxRecord);
                break;
            };
            rest = next;
            if key_and_value(record).and_then(|(key, value)| pax.take(key, value)).is_err() {
                pax.note(NoteKind::BadPaxRecord);
            }
        }
        sort_xattrs(&mut pax.xattrs);
        pax.xattrs.retain(|xattr| !xattr.value.is_empty());
        pax
    }

    fn note(&mut self, kind: NoteKind) {
        if !self.odd.contains(&kind) {
            self.odd.push(kind);
        }
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), BadRecord> {
        if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
            if name.starts_with(b"trusted.overlay.") {
                self.note(NoteKind::OverlayXattr);
            }
            self.xattrs.push(Xattr { name: name.into(), value: value.into() });
            return Ok(());
        }
        if key.starts_with(b"LIBARCHIVE.xattr.") {
            self.note(NoteKind::LibarchiveXattr);
        }
        if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
            return self.sparse.take(key, value);
        }
        match key {
            b"path" => self.path = text(value)?,
            b"linkpath" => self.link = text(value)?,
            b"uname" => self.user = text(value)?,
            b"gname" => self.group = text(value)?,
            b"size" => self.size = number(value)?,
            b"uid" => self.uid = number(value)?,
            b"gid" => self.gid = number(value)?,
            b"mtime" if value.is_empty() => self.mtime = None,
            b"mtime" => self.mtime = Some(number::time(value).ok_or(BadRecord)?),
            _ => {}
        }
        Ok(())
    }
}

/// Sorts by name and keeps the last of each.
pub(super) fn sort_xattrs(xattrs: &mut Vec<Xattr>) {
    // Stable: what came last stays last among its equals, and comes first when all is turned around.
    xattrs.sort_by(|a, b| a.name.cmp(&b.name));
    xattrs.reverse();
    xattrs.dedup_by(|a, b| a.name == b.name);
    xattrs.reverse();
}

impl PaxSparse {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), BadRecord> {
        match key {
            b"major" => self.major = number(value)?,
            b"minor" => self.minor = number(value)?,
            b"name" => self.name = text(value)?,
            b"size" | b"realsize" => self.size = number(value)?,
            b"offset" | b"numbytes" => {
                let map = self.map.get_or_insert_default();
                // 0.0 has a pair of records for each piece; an offset stands first.
                if map.len() % 2 != usize::from(key == b"numbytes") {
                    return Err(BadRecord);
                }
                map.push(number::decimal(value).ok_or(BadRecord)?);
            }
            b"map" => {
                let map: Option<Vec<u64>> = value.split(|&byte| byte == b',').map(number::decimal).collect();
                self.map = Some(map.ok_or(BadRecord)?);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A string, `None` when empty. A NUL would be the end of it for some readers and not for others.
fn text(value: &[u8]) -> Result<Option<Vec<u8>>, BadRecord> {
    if value.contains(&0) {
        return Err(BadRecord);
    }
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

/// A number, `None` when empty. Go reads an `i64`: what does not fit is no number there either.
fn number(value: &[u8]) -> Result<Option<u64>, BadRecord> {
    if value.is_empty() {
        return Ok(None);
    }
    let number: i64 = number::decimal(value).ok_or(BadRecord)?;
    u64::try_from(number).map(Some).map_err(|_| BadRecord)
}

/// Cuts off the first record by the length that it states: `30 mtime=1350244992.023960108\n`.
fn cut(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = data.iter().take(20).position(|&byte| byte == b' ')?;
    let length: usize = number::decimal(&data[..space])?;
    let whole = length > space && data.len() >= length && data[length - 1] == b'\n';
    whole.then(|| data.split_at(length))
}

/// `PaxExtensions` takes the first line feed for the end of a record, but values (`security.capability`) may hold one:
/// such a record is split here.
fn key_and_value(record: &[u8]) -> Result<(&[u8], &[u8]), BadRecord> {
    if let Some(Ok(extension)) = PaxExtensions::new(record).next() {
        return Ok((extension.key_bytes(), extension.value_bytes()));
    }
    let body = record.splitn(2, |&byte| byte == b' ').nth(1).and_then(|body| body.strip_suffix(b"\n"));
    let body = body.ok_or(BadRecord)?;
    let equals = body.iter().position(|&byte| byte == b'=').ok_or(BadRecord)?;
    Ok((&body[..equals], &body[equals + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_line_feeds_and_equals_signs() {
        let pax = Pax::parse(b"24 SCHILY.xattr.a=x\n=y\n\n12 path=a=b\n");
        assert_eq!(pax.xattrs, [Xattr { name: (*b"a").into(), value: (*b"x\n=y\n").into() }]);
        assert_eq!(pax.path.as_deref(), Some(&b"a=b"[..]));
        assert!(pax.odd.is_empty());
    }

    #[test]
    fn a_bad_record_is_noted_and_ignored() {
        for bad in
            [&b"99 path=a\n"[..], b"8 path=a\n", b"x path=a\n", b"10 path=a", b"5 a\nb\n", b"2 ", b"\n"]
        {
            let pax = Pax::parse(bad);
            assert_eq!(pax.odd, [NoteKind::BadPaxRecord], "{}", bad.escape_ascii());
            assert_eq!(pax.path, None);
        }
        let pax = Pax::parse(b"12 size=-12\n10 uid=1a\n12 path=a\0b\n11 path=ab\n");
        assert_eq!((pax.size, pax.path), (None, Some(b"ab".to_vec())));
        assert_eq!(pax.odd, [NoteKind::BadPaxRecord]);
    }
}
