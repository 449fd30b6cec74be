//! Compressions of layers: told by their bytes, read to their last member.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod common;

use std::io::Write as _;

use capas::layer::{Loaded, Media, NoteKind};
use common::changeset::{assert_same, load, notes, tree};
use common::{Layer, gzip, zstd};

/// A layer larger than any buffer on the way.
fn tar() -> Vec<u8> {
    (0..40_u8)
        .fold(Layer::new(), |layer, at| layer.big(format!("f{at:02}"), 25_000 + usize::from(at), at))
        .tar()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As xz(1) writes it; the library that reads xz here cannot write it.
fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut child = std::process::Command::new("xz")
        .args(["-0", "--stdout"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("xz is installed");
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.stdout
}

/// The blob says what the plain tar says.
fn check(blob: &[u8], media: Media) -> Loaded {
    let plain = load(&tar());
    assert_eq!(plain.media, Media::None);
    let loaded = load(blob);
    assert_eq!(loaded.media, media);
    assert_eq!(loaded.changeset.fault, None);
    assert_eq!(loaded.changeset.tar_bytes, tar().len() as u64);
    assert_eq!(loaded.changeset.entries.hashes.len(), 40);
    let mut quiet = loaded.clone();
    quiet.changeset.notes = plain.changeset.notes.clone();
    assert_same(&quiet.changeset, &plain.changeset);
    loaded
}

/// Compressed in pieces at odd places, and put together.
fn in_pieces(pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let tar = tar();
    [&tar[..700], &tar[700..300_001], &[], &tar[300_001..]].iter().flat_map(|piece| pack(piece)).collect()
}

#[test]
fn one_member_and_many() {
    for (pack, media) in [
        (&gzip as &dyn Fn(&[u8]) -> Vec<u8>, Media::Gzip),
        (&zstd, Media::Zstd),
        (&bzip2, Media::Bzip2),
        (&xz, Media::Xz),
    ] {
        assert!(check(&pack(&tar()), media).changeset.notes.is_empty());
        assert!(check(&in_pieces(pack), media).changeset.notes.is_empty());
    }
}

#[test]
fn bytes_after_the_last_member_are_noted() {
    for (pack, media) in [
        (&gzip as &dyn Fn(&[u8]) -> Vec<u8>, Media::Gzip),
        (&zstd, Media::Zstd),
        (&bzip2, Media::Bzip2),
        (&xz, Media::Xz),
    ] {
        for tail in [&b"garbage"[..], &[0; 4096], &vec![0xff; 300_000]] {
            let loaded = check(&[pack(&tar()), tail.to_vec()].concat(), media);
            if media == Media::Xz && tail[0] == 0 {
                assert!(loaded.changeset.notes.is_empty(), "padding that xz allows");
            } else {
                assert_eq!(notes(&loaded.changeset), [(NoteKind::TrailingData, 1, String::new())]);
            }
        }
    }
}

#[test]
fn gzip_headers_with_everything_in_them() {
    let mut blob = flate2::GzBuilder::new()
        .extra(vec![7; 300])
        .filename("layer.tar")
        .comment("a comment")
        .write(Vec::new(), flate2::Compression::fast());
    blob.write_all(&tar()).unwrap();
    check(&blob.finish().unwrap(), Media::Gzip);
    // A header with its own checksum: flag 2, and two bytes before the data.
    let mut with_crc = gzip(&tar());
    with_crc[3] |= 2;
    with_crc.splice(10..10, [0xab, 0xcd]);
    check(&with_crc, Media::Gzip);
}

#[test]
fn skippable_frames_of_zstd() {
    let skippable = |number: u8, len: u32| {
        [&[0x50 + number, 0x2a, 0x4d, 0x18], &len.to_le_bytes()[..], &vec![9; len as usize]].concat()
    };
    let tar = tar();
    let blob = [
        skippable(0, 0),
        skippable(15, 300_000),
        zstd(&tar[..5000]),
        skippable(3, 10),
        zstd(&tar[5000..]),
        skippable(0, 64),
    ]
    .concat();
    check(&blob, Media::Zstd);
}

#[test]
fn estargz_is_gzip_too() {
    let tar = tar();
    // The footer as stargz-snapshotter writes it: an empty stored block closes it.
    let mut footer = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0];
    footer.extend_from_slice(b"SG\x16\x000000000003d7a470STARGZ");
    footer.extend_from_slice(&[1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(footer.len(), 51);
    let blob = [tar.chunks(1000).flat_map(gzip).collect(), footer].concat();
    let loaded = check(&blob, Media::EStargz);
    assert_eq!(loaded.media.label(), "gzip (eStargz)");
    assert!(loaded.changeset.notes.is_empty());
}

#[test]
fn zstd_chunked_is_zstd_too() {
    let tar = tar();
    let mut footer = vec![0x50, 0x2a, 0x4d, 0x18, 64, 0, 0, 0];
    for number in [1_u64, 2, 3, 1, 4, 5, 6] {
        footer.extend_from_slice(&number.to_le_bytes());
    }
    footer.extend_from_slice(b"GNUlInUx");
    assert_eq!(footer.len(), 72);
    let blob = [tar.chunks(1000).flat_map(zstd).collect(), footer].concat();
    let loaded = check(&blob, Media::ZstdChunked);
    assert_eq!(loaded.media.label(), "zstd (chunked)");
}

#[test]
fn broken_compression_is_a_fault_with_what_was_read() {
    let tar = tar();
    for (pack, truncated, flipped) in [
        (
            &gzip as &dyn Fn(&[u8]) -> Vec<u8>,
            "the layer cannot be read (the compressed data end too early)",
            "the layer cannot be read (the gzip checksum is not that of the data)",
        ),
        (&zstd, "the layer cannot be read (the compressed data end too early)", ""),
        (&bzip2, "the layer cannot be read (the compressed data end too early)", ""),
        (&xz, "", ""),
    ] {
        let blob = pack(&tar);
        let half = load(&blob[..blob.len() / 2]).changeset;
        let fault = half.fault.clone().expect("half a layer").what;
        assert!(truncated.is_empty() || fault == truncated, "{fault}");
        assert!(half.entries.entries.len() < 40);
        tree(&half);
        for cut in [blob.len() - 1, 20, 7] {
            assert!(load(&blob[..cut]).changeset.fault.is_some(), "{cut} of {}", blob.len());
        }
        if !flipped.is_empty() {
            let mut wrong = blob.clone();
            let at = wrong.len() - 6;
            wrong[at] ^= 1;
            let whole = load(&wrong).changeset;
            assert_eq!(whole.fault.expect("a wrong checksum").what, flipped);
            assert_eq!(whole.entries.entries.len(), 40);
        }
    }
}

#[test]
fn what_is_no_layer_says_so() {
    for (blob, media) in [
        (b"just some text".to_vec(), Media::Unknown),
        (vec![0xa5; 5000], Media::Unknown),
        (br#"{"schemaVersion":2}"#.to_vec(), Media::Unknown),
        (vec![0x1f, 0x8b], Media::Gzip),
        (vec![0x28, 0xb5, 0x2f, 0xfd], Media::Zstd),
    ] {
        let loaded = load(&blob);
        assert_eq!(loaded.media, media);
        let fault = loaded.changeset.fault.expect("no layer");
        assert!(!fault.what.is_empty());
        assert_eq!(loaded.changeset.paths.nodes.len(), 1);
    }
    let text = load(&[b'x'; 600]).changeset.fault.expect("no layer");
    assert_eq!(
        text.to_string(),
        "this is no tar header (its checksum is wrong) at byte 0 of the layer's tar"
    );
    let nothing = load(b"");
    assert_eq!((nothing.media, nothing.changeset.fault), (Media::None, None));
}

/// Text as people write it, more or less: words of a small language, common ones more often.
fn text(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |limit: u64| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    };
    let mut text = Vec::with_capacity(len + 16);
    while text.len() < len {
        let word = below(2000) * below(2000) / 2000;
        for letter in 0..2 + word % 8 {
            text.push(b'a' + ((word * 7 + letter * letter * 11) % 26) as u8);
        }
        text.push(if below(12) == 0 { b'\n' } else { b' ' });
    }
    text.truncate(len);
    text
}

/// Three directories of text files of all sizes, and without the one that is left out.
fn texts(without: Option<u64>) -> Vec<u8> {
    let mut layer = Layer::new();
    for dir in (0..3).filter(|&dir| Some(dir) != without) {
        layer = layer.dir(format!("dir{dir}"));
        for file in 0..60 {
            let size = 300 + (file * file * 37 + dir * 4001) % 45_000;
            layer = layer.file(format!("dir{dir}/file{file:02}"), text(size as usize, dir * 100 + file));
        }
    }
    layer.whiteout("gone").tar()
}

/// The bytes of each directory of [`texts`] in the blob; and they add up to it.
fn stored(blob: &[u8]) -> Vec<u64> {
    let layer = load(blob).changeset;
    let table = &layer.entries;
    assert_eq!(table.stored.len(), 3 * 61);
    assert_eq!(table.stored.iter().sum::<u64>() + table.stored_rest, blob.len() as u64);
    table.stored.chunks(61).map(|dir| dir.iter().sum()).collect()
}

#[test]
fn what_entries_take_adds_up_to_the_blob() {
    let tar = texts(None);
    let pieces = |pack: &dyn Fn(&[u8]) -> Vec<u8>| tar.chunks(30_000).flat_map(pack).collect::<Vec<u8>>();
    let chunked = {
        let mut toc = vec![0x50, 0x2a, 0x4d, 0x18];
        toc.extend_from_slice(&40_000_u32.to_le_bytes());
        toc.extend(vec![7; 40_000 - 8]);
        toc.extend_from_slice(b"GNUlInUx");
        [pieces(&zstd), toc].concat()
    };
    for (name, blob) in [
        ("gzip", gzip(&tar)),
        ("gzip in members", pieces(&gzip)),
        ("zstd", zstd(&tar)),
        ("zstd in frames", pieces(&zstd)),
        ("zstd:chunked", chunked.clone()),
        ("bzip2", bzip2(&tar)),
        ("xz", xz(&tar)),
    ] {
        let dirs = stored(&blob);
        assert!(dirs.iter().all(|&bytes| bytes * 5 > blob.len() as u64), "{name}: {dirs:?}");
    }
    assert!(load(&chunked).changeset.entries.stored_rest > 40_000, "no file takes the table of contents");
    let plain = load(&tar).changeset.entries;
    assert_eq!((plain.stored_bytes(0), plain.stored_rest), (None, 0));
}

#[test]
fn what_entries_take_is_saved_without_them() {
    let whole = gzip(&texts(None));
    for (dir, taken) in stored(&whole).into_iter().enumerate() {
        let saved = (whole.len() - gzip(&texts(Some(dir as u64))).len()) as u64;
        assert!(saved.abs_diff(taken) * 100 < saved, "directory {dir}: {taken} bytes, {saved} saved");
    }
}

#[test]
fn a_frame_for_each_file_is_what_the_file_takes() {
    for pack in [&gzip as &dyn Fn(&[u8]) -> Vec<u8>, &zstd] {
        let mut blob = Vec::new();
        let mut sizes = Vec::new();
        let tar = Layer::new().file("a", text(400_000, 1)).file("b", text(700, 2)).file("c", text(90_000, 3));
        let tar = tar.tar();
        let mut rest = &tar[..];
        for len in [512 + 400_384, 512 + 1024, 512 + 90_112] {
            let member = pack(&rest[..len]);
            rest = &rest[len..];
            sizes.push(member.len() as u64);
            blob.extend(member);
        }
        blob.extend(pack(rest));
        assert_eq!(load(&blob).changeset.entries.stored, sizes);
    }
}
