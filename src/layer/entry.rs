//! What one tar entry says.

/// The place of an entry in its layer's [`EntryTable`](super::EntryTable), in archive order.
pub type EntryId = u32;

/// One tar entry in 32 bytes; a million of them are held at once. The rest is interned in the layer's
/// [`EntryTable`](super::EntryTable).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Bytes of data stored in the tar; 0 for anything but a regular file. Logical size of a sparse file: see
    /// [`EntryTable::apparent_size`](super::EntryTable::apparent_size).
    pub size: u64,
    /// Where the data begin in the uncompressed tar.
    pub offset: u64,
    /// Seconds since 1970; fractions in [`EntryTable::nanos`](super::EntryTable::nanos).
    pub mtime: i64,
    /// Index into the interned attributes.
    pub attrs: u32,
    /// Symlinks and hard links: index into the link targets. Devices: index into the device numbers.
    pub link: u32,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file (`0`, NUL, `7`, and what no reader knows).
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// One more name for a file of this layer or of a lower one.
    HardLink,
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A named pipe.
    Fifo,
}

impl EntryKind {
    /// The letter by which `ls -l` names the type; a further name of a file is a file.
    pub fn letter(self) -> char {
        match self {
            Self::File | Self::HardLink => '-',
            Self::Dir => 'd',
            Self::Symlink => 'l',
            Self::Char => 'c',
            Self::Block => 'b',
            Self::Fifo => 'p',
        }
    }
}

/// What many entries share, interned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attrs {
    /// The type.
    pub kind: EntryKind,
    /// Permission, setuid, setgid and sticky bits: `mode & 07777`.
    pub mode: u16,
    /// Owner's number.
    pub uid: u64,
    /// Group's number.
    pub gid: u64,
    /// Owner's name as the tar gives it, mostly empty.
    pub user: Box<[u8]>,
    /// Group's name as the tar gives it, mostly empty.
    pub group: Box<[u8]>,
    /// Extended attributes (`SCHILY.xattr.`), sorted by name.
    pub xattrs: Box<[Xattr]>,
}

/// An extended attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Xattr {
    /// `security.capability` and the like.
    pub name: Box<[u8]>,
    /// The value, any bytes.
    pub value: Box<[u8]>,
}
