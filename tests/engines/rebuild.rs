//! What grouping steps is said to save, beside what it saves.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::image::Image;
use capas::layer::LayerIndex;
use capas::ledger::{Ledger, Price};
use capas::source::{Options, open};

/// A pair of Dockerfiles as one builder built them.
pub struct Pair {
    pub name: String,
    pub builder: &'static str,
    /// Which layers become one, or which layer's files one kills.
    pub change: Change,
    pub steps: PathBuf,
    grouped: PathBuf,
}

/// What the grouped Dockerfile does.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Layers `.0` to `.1` become one.
    Layers(u16, u16),
    /// What layer `.1` kills of layer `.0` does not ship.
    Moves(u16, u16),
}

pub const BUILDERS: [&str; 3] = ["classic", "buildkit", "buildah"];

/// All pairs that `tests/engines/run` built.
pub fn pairs(folder: &Path) -> Vec<Pair> {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/pairs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    names.sort();
    let mut pairs = Vec::new();
    for file in names {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let change = change(&std::fs::read_to_string(&file).unwrap());
        for builder in BUILDERS {
            let archive = |half: &str| folder.join(format!("rebuild/{builder}/{name}.{half}.tar"));
            let (steps, grouped) = (archive("steps"), archive("grouped"));
            pairs.push(Pair { name: name.clone(), builder, change, steps, grouped });
        }
    }
    pairs
}

fn change(text: &str) -> Change {
    let line = text.lines().nth(1).and_then(|line| line.strip_prefix("# ")).unwrap();
    let (word, numbers) = line.split_once(' ').unwrap();
    let (from, to) = numbers.split_once(['-', '>']).unwrap();
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    match word {
        "layers" => Change::Layers(from, to),
        "moves" => Change::Moves(from, to),
        word => panic!("{word}"),
    }
}

impl Pair {
    /// What grouping is said to save, and what it saves.
    pub fn measure(&self) -> (Price, u64) {
        let (image, ledger) = account(&self.steps);
        let (_, grouped) = account(&self.grouped);
        let price = match self.change {
            Change::Layers(from, to) => ledger.price(&image.tree, LayerIndex(from), LayerIndex(to)),
            Change::Moves(born, killed) => Price {
                saved: ledger
                    .matrix()
                    .pairs()
                    .iter()
                    .filter(|pair| (pair.born, pair.killed) == (LayerIndex(born), LayerIndex(killed)))
                    .map(capas::ledger::Pair::bytes)
                    .sum(),
                ..Price::default()
            },
        };
        (price, ledger.ship() - grouped.ship())
    }
}

/// Opens an archive and draws up its account.
pub fn account(archive: &Path) -> (Arc<Image>, Ledger) {
    let cancel = AtomicBool::new(false);
    let opened = open(archive.to_str().unwrap(), &Options::default(), &|_| {}, &cancel).unwrap();
    let image = opened.load_quietly(&|_| {}, &cancel).unwrap();
    let ledger = Ledger::new(&image);
    (image, ledger)
}
