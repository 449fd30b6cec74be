//! Layers made to break a reader: every one ends in a fault that names the place, in bounded time and memory.
mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use capas::layer::{Cancelled, Changeset, Limits, NoteKind, Region, Watch, read, read_plain, read_stream};
use common::changeset::{both, both_within, load, notes, tree, watched};
use common::{Layer, gzip};
use proptest::prelude::*;

/// Something of everything.
fn everything() -> Vec<u8> {
    let mut sparse = b"1\n4096\n8\n".to_vec();
    sparse.resize(512, 0);
    sparse.extend_from_slice(b"12345678");
    Layer::new()
        .dir("d")
        .xattr("user.x", "1\n2")
        .file("d/file", "hello")
        .big("d/big", 3000, 1)
        .file("d/".to_owned() + &"long".repeat(60), "x")
        .entry(b'L', "././@LongLink", b"", 150, (0, 0))
        .data(&[b'n'; 150])
        .symlink("l", "d/file")
        .hardlink("h", "d/file")
        .whiteout("gone")
        .opaque("d")
        .device("null", b'3', 1, 3)
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.realsize", "100000")
        .file("s", sparse)
        .file("x", "1")
        .file("x/y", "2")
        .tar()
}

fn fault(layer: &Changeset) -> String {
    layer.fault.as_ref().map_or_else(|| "no fault".to_owned(), ToString::to_string)
}

#[test]
fn a_layer_cut_anywhere_keeps_what_came_before() {
    let tar = everything();
    let whole = both(&tar);
    assert_eq!(whole.fault, None);
    let mut entries = 0;
    for cut in (0..tar.len()).filter(|cut| cut % 512 < 2 || cut % 512 == 511) {
        let part = both(&tar[..cut]);
        tree(&part);
        assert!(part.entries.entries.len() >= entries, "{cut}");
        entries = part.entries.entries.len();
        assert_eq!(part.entries.entries[..], whole.entries.entries[..entries]);
        let open_end = part.notes.iter().any(|note| note.kind == NoteKind::NoEndBlocks);
        assert!(part.fault.is_some() != open_end, "{cut}: {}", fault(&part));
        if let Some(fault) = &part.fault {
            assert!(fault.offset <= cut as u64);
        }
        let zipped = gzip(&tar[..cut]);
        assert_eq!(load(&zipped).changeset.fault, part.fault);
    }
    assert_eq!(entries, whole.entries.entries.len());
}

#[test]
fn where_a_layer_ends_too_early() {
    let tar = Layer::new().file("a", "1").big("b", 2000, 0).tar();
    assert_eq!(
        fault(&both(&tar[..1536 + 700])),
        "the archive ends inside a file's data at byte 2236 of the layer's tar"
    );
    assert_eq!(
        fault(&both(&tar[..1024 + 100])),
        "the archive ends inside a header at byte 1124 of the layer's tar"
    );
}

#[test]
fn a_broken_header_stops_with_its_place() {
    let mut tar = Layer::new().file("a", "1").file("b", "2").tar();
    tar[1024] ^= 1;
    let layer = both(&tar);
    assert_eq!(
        fault(&layer),
        "this is no tar header (its checksum is wrong) at byte 1024 of the layer's tar"
    );
    assert_eq!(tree(&layer), ["a file"]);
    let lone = [Layer::new().file("a", "1").raw(&[0; 512]).file("b", "2").tar()].concat();
    assert_eq!(
        fault(&both(&lone)),
        "a lone zero block stands where the archive should end at byte 1024 of the layer's tar"
    );
}

#[test]
fn sizes_beyond_everything() {
    for size in ["9223372036854775807", "9223372036854775296", "1099511627776"] {
        let layer = both(&Layer::new().file("a", "1").pax("size", size).file("b", "2").tar());
        assert_eq!(
            fault(&layer),
            "the archive ends inside a file's data at byte 4096 of the layer's tar",
            "{size}"
        );
        assert_eq!(tree(&layer), ["a file"]);
    }
    let layer = both(&Layer::new().pax("size", "18446744073709551615").file("b", "2").tar());
    assert_eq!(tree(&layer), ["b file"], "no number that Go reads");
    assert_eq!(notes(&layer)[0].0, NoteKind::BadPaxRecord);
    // The same in base 256, in the header itself; a negative size is no number.
    for (first, expected) in [(0x80, "ends inside a file's data"), (0xff, "is no number")] {
        let mut tar = Layer::new().file("b", "2").tar();
        tar[124..136].copy_from_slice(&[first, 0, 0, 0, 0x7f, 255, 255, 255, 255, 255, 255, 255]);
        if first == 0xff {
            tar[124..136].fill(0xff);
        }
        tar[148..156].fill(b' ');
        let sum: u32 = tar[..512].iter().map(|&byte| u32::from(byte)).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert!(fault(&both(&tar)).contains(expected), "{}", fault(&both(&tar)));
    }
}

#[test]
fn claims_of_sparse_files() {
    let terabyte = 1_u64 << 40;
    let layer = both(
        &Layer::new()
            .pax("GNU.sparse.size", terabyte.to_string())
            .pax("GNU.sparse.map", format!("{},8", terabyte - 8))
            .file("s", "12345678")
            .tar(),
    );
    assert_eq!((layer.entries.get(0).size, layer.entries.apparent_size(0)), (8, terabyte));
    assert_eq!(layer.docker_bytes(), terabyte);
    let mut data = b"1000000000000000000\n".to_vec();
    data.resize(512, 0);
    let map = Layer::new()
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.realsize", "1")
        .file("s", data)
        .tar();
    assert_eq!(
        fault(&both(&map)),
        "a sparse file has more than 1048576 pieces at byte 1536 of the layer's tar"
    );
    for text in [&b"2\n1\n"[..], b"\n\n", b"99999999999999999999999\n", b"1 2\n", b"-1\n"] {
        let map =
            Layer::new().pax("GNU.sparse.major", "1").pax("GNU.sparse.minor", "0").file("s", text).tar();
        assert!(
            fault(&both(&map)).starts_with("a sparse map does not fit its file"),
            "{}",
            text.escape_ascii()
        );
    }
}

#[test]
fn a_path_of_ten_thousand_directories() {
    let deep = "a/".repeat(10_000);
    let layer =
        both(&Layer::new().file(format!("{deep}x"), "1").file("b", "2").file(format!("{deep}w"), "3").tar());
    assert_eq!(layer.fault, None);
    assert_eq!(layer.paths.nodes.len(), 10_004);
    assert_eq!(layer.docker_bytes(), 3);
    let deeper = "a/".repeat(20_000);
    let layer = both(&Layer::new().file("a", "1").file(format!("{deeper}x"), "1").tar());
    assert!(fault(&layer).starts_with("a path of more than 16384 components at byte "), "{}", fault(&layer));
    assert_eq!(layer.entries.entries.len(), 1);
}

#[test]
fn limits() {
    let tar = everything();
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    for (limits, expected) in [
        (limits(|limits| limits.entries = 3), "the layer has more than 3 entries"),
        (
            limits(|limits| limits.text_bytes = 100),
            "the layer's names and attributes take more than 100 bytes",
        ),
        (limits(|limits| limits.record_bytes = 100), "an extended header of 252 bytes (more than 100)"),
        (limits(|limits| limits.sparse_pieces = 0), "a sparse file has more than 0 pieces"),
    ] {
        let layer = both_within(&tar, limits);
        assert!(fault(&layer).starts_with(expected), "{}", fault(&layer));
        tree(&layer);
    }
    let size = limits(|limits| limits.tar_bytes = 5000);
    let plain = watched(size, |watch| read_plain(Region::new(&tar, 0, tar.len() as u64), watch));
    assert_eq!(
        fault(&plain),
        "the layer is larger than the limit of 5000 bytes at byte 5000 of the layer's tar"
    );
    // A bomb: a hundred megabytes of zeros in a hundred kilobytes.
    let bomb = gzip(&Layer::new().file("a", "1").file("zeros", vec![0; 100 << 20]).tar());
    let limits = limits(|limits| limits.tar_bytes = 1 << 20);
    let stream = watched(limits, |watch| read_stream(&bomb[..], watch)).changeset;
    assert_eq!(
        fault(&stream),
        "the layer is larger than the limit of 1048576 bytes at byte 1048576 of the layer's tar"
    );
    assert_eq!(tree(&stream), ["a file"]);
}

#[test]
fn directories_and_files_in_turn_cost_no_more_than_they_are() {
    let mut layer = Layer::new();
    for at in 0..1000 {
        layer = layer.file(format!("d/{at}"), "x");
    }
    for _ in 0..5000 {
        layer = layer.file("d", "").dir("d").file("d/0", "y");
    }
    let layer = both(&layer.tar());
    assert_eq!(layer.docker_bytes(), 1);
    assert_eq!(layer.paths.repeated.len(), 1000 + 3 * 5000 - 2);
}

#[test]
fn a_chain_of_symlinks_ends() {
    let mut layer = Layer::new();
    for at in 0..100 {
        layer = layer.symlink(format!("l{at}"), format!("l{}/../l{}", at + 1, at + 1));
    }
    let layer = both(
        &layer
            .dir("l100")
            .file("l99/x", "1")
            .file("l0/y", "2")
            .symlink("z", "y".repeat(5000))
            .file("z/z", "")
            .tar(),
    );
    tree(&layer);
    assert!(notes(&layer).iter().any(|(kind, ..)| *kind == NoteKind::FileAsParent));
    assert_eq!(layer.fault, None);
}

#[test]
fn progress_is_told_and_cancelling_heeded() {
    let tar = Layer::new().big("a", 5_000_000, 0).big("b", 5_000_000, 1).tar();
    for blob in [tar.clone(), gzip(&tar)] {
        let heard = Mutex::new(Vec::new());
        let cancel = AtomicBool::new(false);
        let progress = |bytes| heard.lock().unwrap().push(bytes);
        let watch = Watch { limits: Limits::default(), windows: false, progress: &progress, cancel: &cancel };
        let region = Region::new(&blob, 0, blob.len() as u64);
        assert_eq!(read(region, &watch).unwrap().changeset.entries.entries.len(), 2);
        let heard = heard.into_inner().unwrap();
        assert!(heard.is_sorted());
        assert_eq!(heard.last(), Some(&(blob.len() as u64)));
        let progress = |_| cancel.store(true, Ordering::Relaxed);
        let watch = Watch { limits: Limits::default(), windows: false, progress: &progress, cancel: &cancel };
        assert_eq!(read(region, &watch).err(), Some(Cancelled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_alike_and_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        tree(&both(&bytes));
        tree(&load(&bytes).changeset);
    }

    /// Headers that are right but for a few bytes, with a checksum that fits.
    #[test]
    fn a_damaged_layer_is_read_alike(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        mend: bool,
    ) {
        let mut tar = everything();
        for (at, byte) in changes {
            let at = at.index(tar.len());
            tar[at] = byte;
            if mend {
                let header = at / 512 * 512;
                tar[header + 148..header + 156].fill(b' ');
                let sum: u32 = tar[header..header + 512].iter().map(|&byte| u32::from(byte)).sum();
                tar[header + 148..header + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        tree(&both(&tar));
    }

    #[test]
    fn damaged_compression_never_panics(
        kind in 0..3_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut blob = match kind {
            0 => gzip(&everything()),
            1 => common::zstd(&everything()),
            _ => {
                use std::io::Write as _;
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(&everything()).unwrap();
                encoder.finish().unwrap()
            }
        };
        for (at, byte) in changes {
            let at = at.index(blob.len());
            blob[at] = byte;
        }
        tree(&load(&blob).changeset);
    }
}
