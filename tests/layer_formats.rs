//! The dialects of tar, one feature at a time, with known answers.
mod common;

use capas::layer::{Changeset, EntryKind, NoteKind, Sparse};
use common::changeset::{both, notes, tree};
use common::{Layer, TIME};

fn read(layer: Layer) -> Changeset {
    both(&layer.tar())
}

/// A tar with its headers changed by `change` and their checksums made right again.
fn patched(layer: Layer, change: impl Fn(&mut [u8])) -> Changeset {
    let mut tar = layer.tar();
    patch(&mut tar[..512], change);
    both(&tar)
}

fn patch(header: &mut [u8], change: impl Fn(&mut [u8])) {
    change(header);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn plain_fields() {
    let layer = read(Layer::new().mode(0o104_755).owner(33, 44).mtime(7).file("a", "hello"));
    let attrs = layer.entries.attrs(0);
    assert_eq!((attrs.mode, attrs.uid, attrs.gid, attrs.kind), (0o4755, 33, 44, EntryKind::File));
    let entry = layer.entries.get(0);
    assert_eq!((entry.size, entry.offset, entry.mtime), (5, 512, 7));
    assert_eq!(layer.tar_bytes, 512 + 512 + 1024);
    assert_eq!(layer.entries.hash(0), Some(xxhash_rust::xxh3::xxh3_64(b"hello")));
}

#[test]
fn pax_records_override_the_header() {
    let long = "n".repeat(300);
    let layer = read(
        Layer::new()
            .pax("path", format!("dir/{long}"))
            .pax("uid", "3000000")
            .pax("gid", "3000001")
            .pax("uname", "böb")
            .pax("gname", "staff")
            .pax("mtime", "1700000000.25")
            .pax("size", "6")
            .pax("comment", "none")
            .entry(b'0', "short", b"", 3, (0, 0))
            .data(b"sixsix")
            .pax("linkpath", "t".repeat(200))
            .symlink("s", "t"),
    );
    assert_eq!(
        tree(&layer),
        ["dir implied".to_owned(), format!("dir/{long} file"), format!("s symlink -> {}", "t".repeat(200))]
    );
    let attrs = layer.entries.attrs(0);
    assert_eq!((attrs.uid, attrs.gid), (3_000_000, 3_000_001));
    assert_eq!((&*attrs.user, &*attrs.group), ("böb".as_bytes(), &b"staff"[..]));
    assert_eq!((layer.entries.get(0).mtime, layer.entries.nanos(0)), (1_700_000_000, 250_000_000));
    assert_eq!(layer.entries.get(0).size, 6);
    assert_eq!(layer.entries.nanos(1), 0);
    assert_eq!(layer.entries.attrs(1).uid, 0, "records hold for one entry");
    assert_eq!(notes(&layer), []);
}

#[test]
fn times_before_1970() {
    let layer = read(Layer::new().pax("mtime", "-1.5").file("a", "").pax("mtime", "-7").file("b", ""));
    assert_eq!((layer.entries.get(0).mtime, layer.entries.nanos(0)), (-2, 500_000_000));
    assert_eq!((layer.entries.get(1).mtime, layer.entries.nanos(1)), (-7, 0));
}

#[test]
fn an_empty_record_leaves_the_header_alone() {
    let layer = read(Layer::new().owner(5, 6).pax("path", "").pax("uid", "").pax("mtime", "").file("a", ""));
    assert_eq!(tree(&layer), ["a file"]);
    assert_eq!((layer.entries.attrs(0).uid, layer.entries.get(0).mtime), (5, TIME as i64));
}

#[test]
fn extended_attributes() {
    let capability = b"\x01\0\0\x02\n\x04\0\0=\n\0\0\0\0\0\0\0\0\0\0";
    let layer = read(
        Layer::new()
            .xattr("user.b", "2")
            .xattr("security.capability", capability)
            .xattr("user.gone", "")
            .file("a", "")
            .xattr("trusted.overlay.opaque", "y")
            .dir("d")
            .pax("LIBARCHIVE.xattr.user.x", "MQ==")
            .file("e", "")
            .xattr("user.on", "a link")
            .symlink("s", "a"),
    );
    assert_eq!(layer.entries.attrs(3).xattrs.len(), 1, "engines ignore it or refuse it; it is shown");
    let xattrs: Vec<(&[u8], &[u8])> =
        layer.entries.attrs(0).xattrs.iter().map(|xattr| (&*xattr.name, &*xattr.value)).collect();
    assert_eq!(xattrs, [(&b"security.capability"[..], &capability[..]), (b"user.b", b"2")]);
    assert_eq!(
        notes(&layer),
        [(NoteKind::OverlayXattr, 1, "d".to_owned()), (NoteKind::LibarchiveXattr, 1, "e".to_owned())]
    );
    assert_eq!(layer.entries.attrs(2).xattrs.len(), 0);
}

#[test]
fn bad_records_are_ignored() {
    let records = b"12 path=good\n99 path=bad\n";
    let layer = read(
        Layer::new()
            .entry(b'x', "PaxHeaders/x", b"", records.len() as u64, (0, 0))
            .data(records)
            .file("a", "1"),
    );
    assert_eq!(tree(&layer), ["a file"]);
    assert_eq!(notes(&layer), [(NoteKind::BadPaxRecord, 1, "a".to_owned())]);
    let records = b"13 path=good\n99 path=bad\n";
    let layer = read(
        Layer::new()
            .entry(b'x', "PaxHeaders/x", b"", records.len() as u64, (0, 0))
            .data(records)
            .file("a", "1"),
    );
    assert_eq!(tree(&layer), ["good file"]);
}

#[test]
fn a_global_header_holds_for_owners_but_not_for_names_and_sizes() {
    let records = b"11 path=no\n10 size=9\n10 uid=77\n16 gname=global\n";
    let layer = read(
        Layer::new()
            .entry(b'g', "pax_global_header", b"", records.len() as u64, (0, 0))
            .data(records)
            .file("a", "1")
            .pax("uid", "5")
            .file("b", "2"),
    );
    assert_eq!(tree(&layer), ["a file", "b file"]);
    assert_eq!((layer.entries.attrs(0).uid, layer.entries.attrs(1).uid), (77, 5));
    assert_eq!(&*layer.entries.attrs(1).group, b"global");
    assert_eq!(notes(&layer), [(NoteKind::PaxGlobal, 1, "a".to_owned())]);
}

#[test]
fn gnu_long_names_win_over_pax() {
    let name = [b"l/".as_slice(), &[b'x'; 200], b"\0"].concat();
    let link = [&[b'y'; 150][..], b"\0"].concat();
    let layer = read(
        Layer::new()
            .entry(b'L', "././@LongLink", b"", name.len() as u64, (0, 0))
            .data(&name)
            .entry(b'K', "././@LongLink", b"", link.len() as u64, (0, 0))
            .data(&link)
            .pax("path", "pax")
            .symlink("short", "t")
            .file("next", ""),
    );
    assert_eq!(
        tree(&layer),
        [
            "l implied".into(),
            format!("l/{} symlink -> {}", "x".repeat(200), "y".repeat(150)),
            "next file".into()
        ]
    );
}

#[test]
fn a_v7_directory_is_told_by_its_slash() {
    let to_v7 = |flag| {
        move |header: &mut [u8]| {
            header[257..265].fill(0);
            header[156] = flag;
        }
    };
    let v7 = patched(Layer::new().file("d/", ""), to_v7(0));
    assert_eq!(tree(&v7), ["d dir"]);
    let zero = patched(Layer::new().file("d/", ""), to_v7(b'0'));
    assert_eq!(tree(&zero), ["d file"]);
    let file = patched(Layer::new().file("f", "x"), to_v7(0));
    assert_eq!(tree(&file), ["f file"]);
}

#[test]
fn the_ustar_prefix_comes_before_the_name() {
    let layer = patched(Layer::new().file("name", ""), |header| header[345..352].copy_from_slice(b"pre/fix"));
    assert_eq!(tree(&layer), ["pre implied", "pre/fix implied", "pre/fix/name file"]);
    // GNU has other fields there.
    let gnu = patched(Layer::new().file("name", ""), |header| {
        header[257..265].copy_from_slice(b"ustar  \0");
        header[345..356].copy_from_slice(b"01234567012");
    });
    assert_eq!(tree(&gnu), ["name file"]);
}

#[test]
fn base_256_numbers() {
    let layer = patched(Layer::new().file("a", ""), |header| {
        header[108..116].copy_from_slice(&[0x80, 0, 0, 0, 0x80, 0, 0, 1]);
        header[136..148].copy_from_slice(&[0xff; 12]);
    });
    assert_eq!(layer.entries.attrs(0).uid, 0x8000_0001);
    assert_eq!(layer.entries.get(0).mtime, -1);
}

#[test]
fn user_and_group_names() {
    let layer = patched(Layer::new().file("a", ""), |header| {
        header[265..269].copy_from_slice(b"root");
        header[297..302].copy_from_slice(b"wheel");
    });
    assert_eq!(
        (&*layer.entries.attrs(0).user, &*layer.entries.attrs(0).group),
        (&b"root"[..], &b"wheel"[..])
    );
}

#[test]
fn types_that_engines_refuse_are_listed() {
    let layer = read(
        Layer::new()
            .entry(b'7', "contiguous", b"", 3, (0, 0))
            .data(b"abc")
            .entry(b'Q', "queer", b"", 600, (0, 0))
            .data(&[7; 600])
            .file("after", "x"),
    );
    assert_eq!(tree(&layer), ["after file", "contiguous file", "queer file"]);
    assert_eq!(layer.payload_bytes, 604);
    assert_eq!(notes(&layer), [(NoteKind::OddType, 2, "contiguous queer".to_owned())]);
}

#[test]
fn only_files_have_data() {
    let layer = read(
        Layer::new()
            .entry(b'5', "d/", b"", 512, (0, 0))
            .entry(b'2', "s", b"t", 512, (0, 0))
            .entry(b'3', "c", b"", 512, (1, 2))
            .entry(b'6', "p", b"", 512, (0, 0))
            .file("f", "x"),
    );
    assert_eq!(tree(&layer), ["c char 1:2", "d dir", "f file", "p fifo", "s symlink -> t"]);
    assert_eq!(layer.payload_bytes, 1);
}

#[test]
fn old_gnu_sparse_files() {
    let mut header = Layer::new().entry(b'S', "sparse", b"", 1024, (0, 0)).unfinished();
    patch(&mut header, |header| {
        header[257..265].copy_from_slice(b"ustar  \0");
        for (piece, (offset, length)) in [(0, 512), (4096, 256), (8192, 128), (9000, 64)].iter().enumerate() {
            let at = 386 + 24 * piece;
            header[at..at + 24].copy_from_slice(format!("{offset:011o}\0{length:011o}\0").as_bytes());
        }
        header[482] = 1;
        header[483..495].copy_from_slice(format!("{:011o}\0", 20_000).as_bytes());
    });
    let mut more = [0; 512];
    more[..48]
        .copy_from_slice(format!("{:011o}\0{:011o}\0{:011o}\0{:011o}\0", 10_000, 64, 20_000, 0).as_bytes());
    let layer = read(Layer::new().raw(&header).raw(&more).data(&[1; 1024]).file("z", "x"));
    assert_eq!(tree(&layer), ["sparse file", "z file"]);
    assert_eq!((layer.entries.get(0).size, layer.entries.apparent_size(0)), (1024, 20_000));
    let pieces = vec![(0, 512), (4096, 256), (8192, 128), (9000, 64), (10_000, 64)];
    assert_eq!(layer.entries.sparse(0), Some(&Sparse { size: 20_000, pieces }));
    assert_eq!(layer.entries.get(0).offset, 1024, "data begin behind the map");
    assert_eq!(layer.docker_bytes(), 20_001);
    assert_eq!(
        notes(&layer),
        [(NoteKind::OddType, 1, "sparse".to_owned()), (NoteKind::SparseFile, 1, "sparse".to_owned())]
    );
}

#[test]
fn pax_sparse_files() {
    let expected = Sparse { size: 100_000, pieces: vec![(10, 5), (50_000, 3)] };
    let v0_0 = Layer::new()
        .pax("GNU.sparse.size", "100000")
        .pax("GNU.sparse.numblocks", "3")
        .pax("GNU.sparse.offset", "10")
        .pax("GNU.sparse.numbytes", "5")
        .pax("GNU.sparse.offset", "50000")
        .pax("GNU.sparse.numbytes", "3")
        .pax("GNU.sparse.offset", "100000")
        .pax("GNU.sparse.numbytes", "0")
        .file("s", "12345678");
    let v0_1 = Layer::new()
        .pax("GNU.sparse.size", "100000")
        .pax("GNU.sparse.name", "s")
        .pax("GNU.sparse.map", "10,5,50000,3,100000,0")
        .file("GNUSparseFile.1/s", "12345678");
    let mut data = b"3\n10\n5\n50000\n3\n100000\n0\n".to_vec();
    data.resize(512, 0);
    data.extend_from_slice(b"12345678");
    let v1_0 = Layer::new()
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.name", "s")
        .pax("GNU.sparse.realsize", "100000")
        .file("GNUSparseFile.1/s", data);
    for layer in [v0_0, v0_1, v1_0] {
        let layer = read(layer.file("z", ""));
        assert_eq!(tree(&layer), ["s file", "z file"]);
        assert_eq!(layer.entries.sparse(0), Some(&expected));
        assert_eq!((layer.payload_bytes, layer.docker_bytes()), (8, 100_000));
        assert_eq!(layer.entries.hash(0), Some(xxhash_rust::xxh3::xxh3_64(b"12345678")));
        assert_eq!(notes(&layer), [(NoteKind::SparseFile, 1, "s".to_owned())]);
    }
}

#[test]
fn a_sparse_map_that_does_not_fit_is_a_fault() {
    for map in ["10,5,12,3", "10,9", "10", "99999,8,0,0", "18446744073709551615,8", "x"] {
        let layer = read(
            Layer::new()
                .file("a", "")
                .pax("GNU.sparse.size", "100000")
                .pax("GNU.sparse.map", map)
                .file("s", "12345678"),
        );
        let expected = if map == "x" {
            None
        } else {
            Some("a sparse map does not fit its file at byte 1536 of the layer's tar")
        };
        assert_eq!(layer.fault.as_ref().map(ToString::to_string).as_deref(), expected, "{map}");
        assert_eq!(tree(&layer)[0], "a file");
    }
}

#[test]
fn ends_of_archives() {
    let one = Layer::new().file("a", "x").unfinished();
    let zeros = |count: usize| vec![0; count];
    for (tail, expected) in [
        (zeros(1024), vec![]),
        (zeros(10_240), vec![]),
        (zeros(512), vec![NoteKind::NoEndBlocks]),
        (vec![], vec![NoteKind::NoEndBlocks]),
        ([zeros(1024), b"garbage".to_vec()].concat(), vec![NoteKind::TrailingData]),
        ([zeros(1024), one.clone()].concat(), vec![NoteKind::TrailingData]),
    ] {
        let tar = [one.clone(), tail].concat();
        let layer = both(&tar);
        assert_eq!(tree(&layer), ["a file"]);
        assert_eq!(notes(&layer).into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>(), expected);
        assert_eq!((layer.tar_bytes, &layer.fault), (tar.len() as u64, &None));
    }
    for empty in [zeros(0), zeros(1024)] {
        let layer = both(&empty);
        assert_eq!(tree(&layer), [""; 0]);
        assert_eq!(layer.fault, None);
    }
    let unpadded = both(&one[..513]);
    assert_eq!(tree(&unpadded), ["a file"], "Go, too, lets the padding of the last file be missing");
    assert_eq!(unpadded.fault, None);
}
