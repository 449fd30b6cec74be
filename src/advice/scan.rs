//! What only reading contents tells: secrets, equal files, what kind a file is. Made in one pass over the bytes, which
//! costs as much as reading the image; the rules that need it are silent without it.

/// What a pass over the contents found.
#[derive(Clone, Debug, Default)]
pub struct Scan {}
