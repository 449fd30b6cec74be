//! Tar headers as engines write them: PAX, with records only for what a header has no room for.

use std::io::Write as _;

/// One member.
#[derive(Clone)]
pub struct Header {
    /// Type letter.
    pub kind: u8,
    /// Its name; of a directory with a slash at its end.
    pub path: Vec<u8>,
    /// Target of a link.
    pub link: Vec<u8>,
    /// Permissions.
    pub mode: u16,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Bytes of data.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Extended attributes.
    pub xattrs: Vec<(String, Vec<u8>)>,
}

/// Largest numbers of fields of seven and eleven octal digits.
const SEVEN: u64 = 0o7_777_777;
const ELEVEN: u64 = 0o77_777_777_777;

impl Header {
    /// An empty file of root.
    pub fn new(path: &[u8]) -> Self {
        Self {
            kind: b'0',
            path: path.to_owned(),
            link: Vec::new(),
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            mtime: 0,
            device: (0, 0),
            xattrs: Vec::new(),
        }
    }

    /// The blocks, those of the records before the header's own.
    pub fn bytes(&self) -> Vec<u8> {
        let mut records = Vec::new();
        let mut record = |key: &str, value: &[u8]| {
            let rest = key.len() + value.len() + 3;
            let mut len = rest + 1;
            while len != rest + len.to_string().len() {
                len = rest + len.to_string().len();
            }
            // Writing to memory does not fail.
            let _ = write!(records, "{len} {key}=");
            records.extend_from_slice(value);
            records.push(b'\n');
        };
        let is_odd = |text: &[u8]| text.len() > 100 || !text.is_ascii();
        if is_odd(&self.path) {
            record("path", &self.path);
        }
        if is_odd(&self.link) {
            record("linkpath", &self.link);
        }
        for (key, value, most) in
            [("size", self.size, ELEVEN), ("uid", self.uid, SEVEN), ("gid", self.gid, SEVEN)]
        {
            if value > most {
                record(key, value.to_string().as_bytes());
            }
        }
        if u64::try_from(self.mtime).is_ok_and(|mtime| mtime > ELEVEN) || self.mtime < 0 {
            record("mtime", self.mtime.to_string().as_bytes());
        }
        for (name, value) in &self.xattrs {
            record(&format!("SCHILY.xattr.{name}"), value);
        }
        let mut bytes = Vec::new();
        if !records.is_empty() {
            let header = Self { kind: b'x', size: records.len() as u64, ..Self::new(b"PaxHeaders.0") };
            header.block(&mut bytes);
            records.resize(records.len().next_multiple_of(512), 0);
            bytes.extend_from_slice(&records);
        }
        self.block(&mut bytes);
        bytes
    }

    fn block(&self, bytes: &mut Vec<u8>) {
        let mut block = [0; 512];
        put(&mut block[..100], &self.path);
        let mtime = u64::try_from(self.mtime).unwrap_or(0);
        for (at, digits, value) in [
            (100, 7, u64::from(self.mode)),
            (108, 7, if self.uid > SEVEN { 0 } else { self.uid }),
            (116, 7, if self.gid > SEVEN { 0 } else { self.gid }),
            (124, 11, if self.size > ELEVEN { 0 } else { self.size }),
            (136, 11, if mtime > ELEVEN { 0 } else { mtime }),
            (329, 7, u64::from(self.device.0)),
            (337, 7, u64::from(self.device.1)),
        ] {
            put(&mut block[at..at + digits], format!("{value:0digits$o}").as_bytes());
        }
        block[156] = self.kind;
        put(&mut block[157..257], &self.link);
        put(&mut block[257..265], b"ustar\x0000");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        put(&mut block[148..155], format!("{sum:06o}\0").as_bytes());
        bytes.extend_from_slice(&block);
    }
}

/// As much as there is room for.
fn put(field: &mut [u8], text: &[u8]) {
    let len = field.len().min(text.len());
    field[..len].copy_from_slice(&text[..len]);
}

/// The two blocks at the end of a tar.
pub fn end() -> Vec<u8> {
    vec![0; 1024]
}
