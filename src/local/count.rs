//! Own and shared bytes of images, counted over the pieces of their store.

use std::collections::HashMap;

use super::{LocalImage, LocalStore, Piece, PieceKind};

/// Which piece: its kind and what the store knows it by.
pub type PieceKey<'a> = (PieceKind, &'a str);

impl Piece {
    /// What tells it from all other pieces of its store.
    pub fn key(&self) -> PieceKey<'_> {
        (self.kind, &self.id)
    }
}

/// What an image takes in its store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Bytes of pieces that no other image holds.
    pub own: u64,
    /// Bytes of pieces that other images hold, too.
    pub shared: u64,
    /// Whether the size of a piece is not known: the true figures are larger.
    pub partial: bool,
}

impl Share {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.own.saturating_add(self.shared)
    }
}

impl LocalImage {
    /// Its pieces, each once: a layer may stand in an image twice, and lies on the disk once.
    pub fn distinct(&self) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> = self.pieces.iter().collect();
        pieces.sort_by_key(|piece| piece.key());
        pieces.dedup_by_key(|piece| piece.key());
        pieces
    }
}

impl LocalStore {
    /// Own and shared bytes of each image, in the order of [`LocalStore::images`].
    pub fn shares(&self) -> Vec<Share> {
        let pieces: Vec<Vec<&Piece>> = self.images.iter().map(LocalImage::distinct).collect();
        let mut holders: HashMap<PieceKey<'_>, usize> = HashMap::new();
        for piece in pieces.iter().flatten() {
            *holders.entry(piece.key()).or_default() += 1;
        }
        let share = |pieces: &Vec<&Piece>| {
            let mut share = Share::default();
            for piece in pieces {
                let Some(bytes) = piece.bytes else {
                    share.partial = true;
                    continue;
                };
                let alone = holders.get(&piece.key()) == Some(&1);
                let part = if alone { &mut share.own } else { &mut share.shared };
                *part = part.saturating_add(bytes);
            }
            share
        };
        pieces.iter().map(share).collect()
    }

    /// Bytes of all pieces of all images, each once.
    pub fn image_bytes(&self) -> u64 {
        let mut pieces: Vec<&Piece> = self.images.iter().flat_map(|image| &image.pieces).collect();
        pieces.sort_by_key(|piece| piece.key());
        pieces.dedup_by_key(|piece| piece.key());
        pieces.iter().filter_map(|piece| piece.bytes).fold(0, u64::saturating_add)
    }
}
