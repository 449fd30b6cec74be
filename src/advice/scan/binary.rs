//! ELF files: what kind they are, and what `strip` would take off (`elf(5)`, gABI chapter 4).

use crate::tree::EntryRef;

/// A program, a library or a core dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binary {
    /// The file.
    pub file: EntryRef,
    /// What it is.
    pub kind: BinaryKind,
    /// Bytes of its symbol table and of its debugging sections; 0 where it has none.
    pub strippable: u64,
}

/// What an ELF file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryKind {
    /// A program or a library.
    Program,
    /// The memory of a program that crashed.
    Core,
}

/// Longer section tables are not read.
const MOST: u64 = 1 << 20;
const HEADER: usize = 64;

/// Picks header and section table out of a stream.
#[derive(Default)]
pub(super) struct Elf {
    header: Vec<u8>,
    table: Vec<u8>,
    /// Where the table stands; `None` until the header is there.
    at: Option<(u64, u64)>,
    passed: u64,
    is_other: bool,
}

/// What differs between 32 and 64 bits, and between the byte orders.
struct Layout {
    is_64: bool,
    is_little: bool,
}

impl Layout {
    fn of(header: &[u8]) -> Self {
        Self { is_64: header[4] == 2, is_little: header[5] == 1 }
    }

    /// A number of `len` bytes; 0 past the end.
    fn number(&self, bytes: &[u8], at: usize, len: usize) -> u64 {
        let bytes = bytes.get(at..at + len).unwrap_or_default();
        let take = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.is_little { bytes.iter().rev().fold(0, take) } else { bytes.iter().fold(0, take) }
    }

    /// Place and length of the section table.
    fn table(&self, header: &[u8]) -> (u64, u64) {
        let (at, size, count) = if self.is_64 {
            (self.number(header, 40, 8), self.number(header, 58, 2), self.number(header, 60, 2))
        } else {
            (self.number(header, 32, 4), self.number(header, 46, 2), self.number(header, 48, 2))
        };
        (at, size * count)
    }

    /// Type, flags, size and link of a section.
    fn section(&self, section: &[u8]) -> (u64, u64, u64, usize) {
        if self.is_64 {
            let [flags, size, link] =
                [(8, 8), (32, 8), (40, 4)].map(|(at, len)| self.number(section, at, len));
            (self.number(section, 4, 4), flags, size, link as usize)
        } else {
            let [flags, size, link] = [8, 20, 24].map(|at| self.number(section, at, 4));
            (self.number(section, 4, 4), flags, size, link as usize)
        }
    }
}

impl Elf {
    /// The next piece. False when nothing more is wanted.
    pub fn add(&mut self, piece: &[u8]) -> bool {
        let start = self.passed;
        self.passed += piece.len() as u64;
        if self.header.len() < HEADER {
            let want = (HEADER - self.header.len()).min(piece.len());
            self.header.extend_from_slice(&piece[..want]);
            self.is_other |= !self.header.starts_with(&b"\x7fELF"[..self.header.len().min(4)]);
            if self.header.len() == HEADER && !self.is_other {
                self.at = Some(Layout::of(&self.header).table(&self.header));
            }
        }
        if let Some((at, length)) = self.at
            && (1..=MOST).contains(&length)
        {
            let from = at.saturating_sub(start).min(piece.len() as u64) as usize;
            let to = at.saturating_add(length).saturating_sub(start).min(piece.len() as u64) as usize;
            self.table.extend_from_slice(&piece[from..to]);
            return !self.is_other && self.passed < at.saturating_add(length);
        }
        !self.is_other && self.header.len() < HEADER
    }

    /// What it was.
    pub fn finish(&self, file: EntryRef) -> Option<Binary> {
        const PROGRAM: [u64; 2] = [2, 3];
        const CORE: u64 = 4;
        if self.is_other || self.header.len() < HEADER {
            return None;
        }
        let layout = Layout::of(&self.header);
        match layout.number(&self.header, 16, 2) {
            CORE => Some(Binary { file, kind: BinaryKind::Core, strippable: 0 }),
            kind if PROGRAM.contains(&kind) => {
                Some(Binary { file, kind: BinaryKind::Program, strippable: self.strippable(&layout) })
            }
            // Objects and kernel modules are stripped by nobody.
            _ => None,
        }
    }

    /// Bytes of the sections that are not loaded: debugging sections, the symbol table and its names.
    fn strippable(&self, layout: &Layout) -> u64 {
        const PROGBITS: u64 = 1;
        const SYMTAB: u64 = 2;
        const ALLOC: u64 = 2;
        // Some compilers give debugging sections a type of their own (`SHT_MIPS_DWARF`).
        const DWARF: u64 = 0x7000_001e;
        let size = layout.number(&self.header, if layout.is_64 { 58 } else { 46 }, 2) as usize;
        if size < 40 || self.at.is_none_or(|(_, length)| self.table.len() as u64 != length) {
            return 0;
        }
        let sections: Vec<_> = self.table.chunks_exact(size).map(|section| layout.section(section)).collect();
        let mut sum = 0_u64;
        for (kind, flags, bytes, link) in &sections {
            let names = if *kind == SYMTAB { sections.get(*link).map_or(0, |names| names.2) } else { 0 };
            if matches!(*kind, PROGBITS | SYMTAB | DWARF) && flags & ALLOC == 0 {
                sum = sum.saturating_add(*bytes).saturating_add(names);
            }
        }
        sum
    }
}
