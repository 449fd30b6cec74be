//! Images by the layers that they share: which layers lie below which images, and so what a pull would find here.

use std::collections::BTreeMap;

use super::{LocalStore, Piece, PieceKind, State};

/// Layers that lie in a row and are held by the same images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branch {
    /// The layers, the lowest first.
    pub layers: Vec<Piece>,
    /// The images that end with the last of them, in [`LocalStore::images`].
    pub images: Vec<usize>,
    /// What lies on top of it.
    pub above: Vec<Branch>,
}

impl Branch {
    /// Bytes of its own layers; what is not known counts as nothing.
    pub fn bytes(&self) -> u64 {
        self.layers.iter().filter_map(|layer| layer.bytes).fold(0, u64::saturating_add)
    }

    /// Images that end here or above.
    pub fn count(&self) -> usize {
        self.images.len() + self.above.iter().map(Self::count).sum::<usize>()
    }
}

/// A layer while the images are sorted in. IDs of layers stand for all that is below them, too.
#[derive(Default)]
struct Node<'a> {
    images: Vec<usize>,
    above: BTreeMap<&'a str, (&'a Piece, Node<'a>)>,
}

impl LocalStore {
    /// The images of a store as a tree of layers, those with most bytes first. Intermediate images are left out.
    pub fn branches(&self) -> Vec<Branch> {
        let mut root = Node::default();
        for (at, (image, state)) in self.images.iter().zip(self.states()).enumerate() {
            if state == State::Intermediate {
                continue;
            }
            let mut node = &mut root;
            for piece in image.pieces.iter().filter(|piece| piece.kind != PieceKind::Blob) {
                node = &mut node.above.entry(&piece.id).or_insert_with(|| (piece, Node::default())).1;
            }
            node.images.push(at);
        }
        let mut branches = above(root.above);
        // Images without layers stand alone.
        branches
            .extend((!root.images.is_empty()).then(|| Branch { images: root.images, ..Branch::default() }));
        branches
    }
}

fn above(nodes: BTreeMap<&str, (&Piece, Node<'_>)>) -> Vec<Branch> {
    let mut branches: Vec<Branch> = nodes.into_values().map(|(piece, node)| branch(piece, node)).collect();
    branches.sort_by_key(|branch| std::cmp::Reverse(branch.bytes()));
    branches
}

fn branch(piece: &Piece, mut node: Node<'_>) -> Branch {
    let mut layers = vec![piece.clone()];
    // As long as nothing ends and nothing forks it is one row.
    while node.images.is_empty() && node.above.len() == 1 {
        let Some((_, (piece, next))) = node.above.pop_first() else { break };
        layers.push(piece.clone());
        node = next;
    }
    Branch { layers, images: node.images, above: above(node.above) }
}
