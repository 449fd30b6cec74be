//! Whose bytes they are: counting over stores, against a naive model.

use std::collections::BTreeSet;

use capas::local::{LocalImage, LocalStore, Piece, PieceKind};
use proptest::prelude::*;

/// An image of layers: number and size of each follow from its name.
fn image(name: &str, layers: &[u8]) -> LocalImage {
    let piece = |&layer: &u8| Piece {
        kind: PieceKind::Layer,
        id: format!("sha256:{layer:064x}"),
        diff_id: None,
        bytes: Some(size(layer)),
    };
    LocalImage {
        names: vec![name.to_owned()],
        pieces: layers.iter().map(piece).collect(),
        ..LocalImage::default()
    }
}

fn size(layer: u8) -> u64 {
    1 << (layer % 40)
}

proptest! {
    /// Own bytes are what the union of all layers loses without the image; own and shared are the image.
    #[test]
    fn own_bytes_are_the_difference_of_unions(images in prop::collection::vec(prop::collection::vec(0u8..12, 0..6), 0..6)) {
        let store = LocalStore { images: images.iter().map(|layers| image("x", layers)).collect(), ..LocalStore::default() };
        let union = |skip: Option<usize>| -> u64 {
            let all = images.iter().enumerate().filter(|(at, _)| Some(*at) != skip).flat_map(|(_, layers)| layers);
            all.copied().collect::<BTreeSet<u8>>().into_iter().map(size).sum()
        };
        prop_assert_eq!(store.image_bytes(), union(None));
        for (at, share) in store.shares().into_iter().enumerate() {
            prop_assert_eq!(share.own, union(None) - union(Some(at)));
            let whole: u64 = images[at].iter().copied().collect::<BTreeSet<u8>>().into_iter().map(size).sum();
            prop_assert_eq!(share.total(), whole);
            prop_assert!(!share.partial);
        }
    }
}

#[test]
fn a_size_that_is_not_known_is_not_counted_as_nothing() {
    let mut store =
        LocalStore { images: vec![image("a", &[1, 2]), image("b", &[2])], ..LocalStore::default() };
    store.images[0].pieces[0].bytes = None;
    let shares = store.shares();
    assert_eq!((shares[0].own, shares[0].shared, shares[0].partial), (0, size(2), true));
    assert!(!shares.last().unwrap().partial);
}
