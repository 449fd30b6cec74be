//! Own and shared bytes of images, counted over the pieces of their store.

use std::collections::{HashMap, HashSet};

use super::{LocalImage, LocalStore, Piece, PieceKind, State};

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
    /// Own bytes, where all of them are known.
    pub fn known_own(&self) -> Option<u64> {
        (!self.partial).then_some(self.own)
    }

    /// Shared bytes, where all of them are known.
    pub fn known_shared(&self) -> Option<u64> {
        (!self.partial).then_some(self.shared)
    }

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
    /// Own and shared bytes of each image, in the order of [`LocalStore::images`]. Intermediate images count as parts of
    /// those that were made from them: they hold no bytes of theirs against them.
    pub fn shares(&self) -> Vec<Share> {
        let pieces: Vec<Vec<&Piece>> = self.images.iter().map(LocalImage::distinct).collect();
        let mut holders: HashMap<PieceKey<'_>, usize> = HashMap::new();
        let states = self.states();
        for (pieces, state) in pieces.iter().zip(&states) {
            for piece in pieces.iter().filter(|_| *state != State::Intermediate) {
                *holders.entry(piece.key()).or_default() += 1;
            }
        }
        let share = |(image, (pieces, state)): (&LocalImage, (&Vec<&Piece>, &State))| {
            let itself = usize::from(*state != State::Intermediate);
            let mut share = Share { shared: image.shared_bytes.unwrap_or(0), ..Share::default() };
            for piece in pieces {
                let Some(bytes) = piece.bytes else {
                    share.partial = true;
                    continue;
                };
                let alone = holders.get(&piece.key()).is_none_or(|&count| count == itself);
                let part = if alone { &mut share.own } else { &mut share.shared };
                *part = part.saturating_add(bytes);
            }
            share
        };
        self.images.iter().zip(pieces.iter().zip(&states)).map(share).collect()
    }

    /// Bytes of all pieces of all images, each once.
    pub fn image_bytes(&self) -> u64 {
        self.bytes.unwrap_or_else(|| bytes(self.images.iter().flat_map(|image| &image.pieces)))
    }

    /// Bytes of pieces that these images hold and no other does.
    pub fn bytes_without(&self, images: &[usize]) -> u64 {
        let of = |at: &usize| images.contains(at);
        let kept =
            self.images.iter().enumerate().filter(|(at, _)| !of(at)).flat_map(|(_, image)| &image.pieces);
        let kept: HashSet<PieceKey<'_>> = kept.map(Piece::key).collect();
        let held =
            self.images.iter().enumerate().filter(|(at, _)| of(at)).flat_map(|(_, image)| &image.pieces);
        bytes(held.filter(|piece| !kept.contains(&piece.key())))
    }
}

/// Bytes of pieces, each once.
pub fn bytes<'a>(pieces: impl Iterator<Item = &'a Piece>) -> u64 {
    let mut pieces: Vec<&Piece> = pieces.collect();
    pieces.sort_by_key(|piece| piece.key());
    pieces.dedup_by_key(|piece| piece.key());
    pieces.iter().filter_map(|piece| piece.bytes).fold(0, u64::saturating_add)
}
