//! The account of every byte: what each layer ships, what of it a container sees, what is dead, why, and by whom.
//!
//! Every regular entry of a layer makes a file that is born there and, when its last path goes, dies in exactly one
//! layer of exactly one [`Cause`]. All figures are sums over those files, hard links counted once, so that they
//! add up: a layer's tar is its live bytes, its dead bytes by cause, and its overhead. Units are bytes of file data as
//! stored in the tar. May use `image`, `layer` and `tree`.

mod cause;
mod contents;
mod dead;
mod duplicates;
mod extents;
mod fates;
mod groups;
mod hardlinks;
mod matrix;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::image::Image;
use crate::layer::LayerIndex;
use crate::tree::{EntryRef, NodeId, View};

pub use cause::{Cause, Causes};
pub use dead::{DeadFile, Sum, sum_by};
pub use duplicates::{Duplicates, Hashes};
pub use extents::Extents;
pub use groups::{Group, Price, Span};
pub use hardlinks::Apart;
pub use matrix::{Matrix, Pair};

/// When and why a file died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// The layer in which its last path went.
    pub killer: LayerIndex,
    /// Why it went.
    pub cause: Cause,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The path that the entry states.
    pub node: NodeId,
    /// `None`: a container sees it; or it is no regular file.
    pub death: Option<Death>,
}

/// The account of a layer; `payload = live + dead`, `tar = payload + overhead - missing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Length of the uncompressed tar.
    pub tar: u64,
    /// File data that the layer ships.
    pub payload: u64,
    /// Of that, what a container sees.
    pub live: u64,
    /// Of that, what no container sees, by the cause for which it died.
    pub dead: Causes,
    /// Headers, PAX records, padding, end blocks.
    pub overhead: u64,
    /// File data that the headers promise behind the end of a tar that was cut off; 0 in any whole layer.
    pub missing: u64,
}

/// The account of an image.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    fates: Vec<Vec<Fate>>,
    accounts: Vec<Account>,
    matrix: Matrix,
    links: hardlinks::HardLinks,
    /// The files that were moved, with where; made when first asked for, or when contents were read for it.
    moves: OnceLock<HashMap<EntryRef, EntryRef>>,
}

impl Ledger {
    /// Draws up the account of an image, in one pass over its paths. Layers that have not been read count as empty.
    pub fn new(image: &Image) -> Self {
        let tree = &image.tree;
        let fates = fates::fates(tree);
        let mut accounts = Vec::with_capacity(fates.len());
        let mut matrix = Matrix::default();
        for (at, (fates, figures)) in fates.iter().zip(&image.figures).enumerate() {
            let born = LayerIndex::from_offset(at);
            let entries = tree.entries(born);
            let mut account = Account { tar: figures.tar_bytes, ..Account::default() };
            for (fate, entry) in fates.iter().zip(&entries.entries) {
                account.payload += entry.size;
                match fate.death {
                    None => account.live += entry.size,
                    Some(death) => {
                        account.dead.add(death.cause, entry.size);
                        matrix.add(born, death, entry.size);
                    }
                }
            }
            account.overhead = account.tar.saturating_sub(account.payload);
            account.missing = account.payload.saturating_sub(account.tar);
            accounts.push(account);
        }
        matrix.sort();
        let links = hardlinks::HardLinks::new(tree);
        let ledger = Self { fates, accounts, matrix, links, moves: OnceLock::new() };
        debug_assert_eq!(ledger.imbalance(image), None);
        ledger
    }

    /// What does not add up, as a sentence; `None` for every image there is. The tree's own sums, which are made
    /// another way, are the other side of the books.
    pub fn imbalance(&self, image: &Image) -> Option<String> {
        let whole: u64 = self.accounts.iter().map(|account| account.live + account.dead.total()).sum();
        let visible = image.tree.totals(View::Rootfs(LayerIndex(self.layer_count()))).bytes(NodeId::ROOT);
        let pairs: u64 = self.matrix.pairs().iter().map(Pair::bytes).sum();
        let layer = self.accounts.iter().zip(&image.figures).position(|(account, figures)| {
            let Account { tar, payload, live, dead, overhead, missing } = account;
            *payload != figures.payload_bytes
                || *payload != live + dead.total()
                || tar + missing != payload + overhead
        });
        if let Some(at) = layer {
            return Some(format!("layer {}: {:?}", at + 1, self.accounts[at]));
        }
        if whole != self.ship() || self.visible() != visible || pairs != self.causes().total() {
            return Some(format!("{whole} {} {visible} {} {pairs}", self.ship(), self.visible()));
        }
        None
    }

    /// What became of an entry.
    pub fn fate(&self, entry: EntryRef) -> Fate {
        self.fates
            .get(entry.layer.offset())
            .and_then(|fates| fates.get(entry.entry as usize))
            .copied()
            .unwrap_or_default()
    }

    /// What became of the entries of a layer, in archive order.
    pub fn fates(&self, layer: LayerIndex) -> &[Fate] {
        if layer == LayerIndex::EMPTY {
            &[]
        } else {
            self.fates.get(layer.offset()).map_or(&[], Vec::as_slice)
        }
    }

    /// All entries with a death that `wanted` takes: born where, and how they died; layers and entries ascending.
    pub fn dead<'a>(
        &'a self,
        wanted: impl Fn(LayerIndex, Death) -> bool + 'a,
    ) -> impl Iterator<Item = (EntryRef, NodeId, Death)> + 'a {
        let layers = self.fates.iter().enumerate().map(|(at, fates)| (LayerIndex::from_offset(at), fates));
        let all = layers.flat_map(|(layer, fates)| {
            fates.iter().enumerate().filter_map(move |(entry, fate)| {
                Some((EntryRef { layer, entry: entry as u32 }, fate.node, fate.death?))
            })
        });
        all.filter(move |(entry, _, death)| wanted(entry.layer, *death))
    }

    /// How many layers there are.
    pub fn layer_count(&self) -> u16 {
        self.accounts.len() as u16
    }

    /// The account of a layer; all zeros where there is no such layer.
    pub fn account(&self, layer: LayerIndex) -> Account {
        if layer == LayerIndex::EMPTY {
            return Account::default();
        }
        self.accounts.get(layer.offset()).copied().unwrap_or_default()
    }

    /// The accounts of all layers, base first.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Who wastes whom.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Bytes that ship: the payload of all layers.
    pub fn ship(&self) -> u64 {
        self.accounts.iter().map(|account| account.payload).sum()
    }

    /// Bytes that a container sees.
    pub fn visible(&self) -> u64 {
        self.accounts.iter().map(|account| account.live).sum()
    }

    /// Bytes that ship and are never seen, by cause.
    pub fn causes(&self) -> Causes {
        let mut causes = Causes::default();
        for account in &self.accounts {
            causes += account.dead;
        }
        causes
    }

    /// The part of what ships that a container sees, from 0 to 1; 1 when nothing ships.
    pub fn efficiency(&self) -> f64 {
        match self.ship() {
            0 => 1.0,
            ship => self.visible() as f64 / ship as f64,
        }
    }
}
