//! Numbers of layers.

use std::fmt;

/// A layer's number: 1 is the base-most layer. 0 is the point before the first layer, the empty rootfs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerIndex(pub u16);

impl LayerIndex {
    /// The point before the first layer.
    pub const EMPTY: Self = Self(0);

    /// The layer at `offset` (from 0) in a list of layers.
    pub fn from_offset(offset: usize) -> Self {
        Self(u16::try_from(offset + 1).unwrap_or(u16::MAX))
    }

    /// The place in a list of layers (from 0); 0 for [`Self::EMPTY`] as well.
    pub fn offset(self) -> usize {
        usize::from(self.0).saturating_sub(1)
    }

    /// The layer below, or the empty rootfs.
    #[must_use]
    pub fn below(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for LayerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
