//! What fuzzing found, and seeds for it: read alike in both ways, without panic.
mod common;

use common::changeset::{both, load, tree};

#[test]
fn the_fuzzing_corpus() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/layer");
    let mut count = 0;
    for file in std::fs::read_dir(corpus).expect("the corpus is part of the repository") {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // What is compressed is garbage to the reader of plain tars, and must be so for both ways.
        tree(&load(&bytes).changeset);
        if load(&bytes).media.label() == "none" {
            tree(&both(&bytes));
        }
        count += 1;
    }
    assert!(count >= 8, "{count} files in {corpus}");
}
