//! Loading: layers read in parallel, contents on demand, progress, cancelling.

mod common;

use std::io::Read as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use capas::extract::{self, ExtractError, Heard, Wanted, extract};
use capas::image::Presence;
use capas::layer::{self, BodyError, Entry, EntryKind, LayerIndex, Limits, NoteKind, Watch};
use capas::source::{Opened, Options, Progress, SourceError, open, open_reader};
use capas::tree::View;
use common::{Image, Layer, gzip, zstd};

type Pack = fn(&[u8]) -> Vec<u8>;

fn never() -> AtomicBool {
    AtomicBool::new(false)
}

fn open_bytes(bytes: &[u8]) -> Opened {
    let options =
        Options { platform: Some("linux/amd64".parse().expect("a platform")), ..Options::default() };
    open_reader(bytes, &options, &|_| {}, &never()).expect("an image")
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    files.iter().fold(Layer::new(), |outer, (name, content)| outer.file(name, content)).tar()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast());
    encoder.read_to_end(&mut packed).expect("bzip2");
    packed
}

/// pigz and BuildKit write many members, eStargz one for each file.
fn gzip_members(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(100_000).flat_map(gzip).collect()
}

fn zstd_frames(bytes: &[u8]) -> Vec<u8> {
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    bytes.chunks(100_000).flat_map(|chunk| [zstd(chunk), skippable.to_vec()].concat()).collect()
}

const PACKS: [(&str, Pack); 6] = [
    ("none", |bytes| bytes.to_vec()),
    ("gzip", gzip),
    ("gzip", gzip_members),
    ("zstd", zstd),
    ("zstd", zstd_frames),
    ("bzip2", bzip2),
];

fn three_layers() -> Image {
    Image::new("t:1")
        .step(
            "base",
            Layer::new().dir("d").big("d/big", 700_000, 1).file("d/small", "hello").symlink("l", "d/small"),
        )
        .step("same again", Layer::new().big("other", 300_001, 9).hardlink("hard", "other"))
        .step("copy", Layer::new().big("other", 300_001, 7).file("empty", ""))
}

#[test]
fn layers_of_every_compression_are_read_whole() {
    for (label, pack) in PACKS {
        let image = three_layers();
        let opened = open_bytes(&archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar", pack)));
        let loaded = opened.load_quietly(&|_| {}, &never()).expect(label);
        assert!(loaded.is_complete());
        for (figures, tar) in loaded.figures.iter().zip(&image.layers) {
            assert_eq!((figures.compression, figures.tar_bytes), (label, tar.len() as u64));
            assert!(figures.loaded && figures.fault.is_none());
        }
        let figures = |at: usize| {
            let figures = &loaded.figures[at];
            (figures.entries, figures.payload_bytes, figures.docker_bytes)
        };
        // Docker adds the length of a link's target, and counts an inode once.
        assert_eq!(figures(0), (4, 700_005, 700_005 + 7));
        assert_eq!(figures(1), (2, 300_001, 300_001));
        assert_eq!(figures(2), (2, 300_001, 300_001));
    }
}

#[test]
fn contents_are_had_from_every_compression() {
    for (label, pack) in PACKS {
        let image = three_layers();
        let opened = open_bytes(&archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar", pack)));
        let bodies = opened.bodies();
        let watch = Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel: &never() };
        for (at, tar) in image.layers.iter().enumerate() {
            let table = layer::read_stream(&tar[..], &watch).expect("not cancelled").changeset.entries;
            // Backwards, so that the second read in a layer lies before the first.
            for id in (0..table.entries.len() as u32).rev().filter(|&id| table.kind(id) == EntryKind::File) {
                let entry = table.get(id);
                let mut content = Vec::new();
                let stream = bodies.open(LayerIndex::from_offset(at), entry);
                stream.expect(label).read_to_end(&mut content).expect(label);
                let start = entry.offset as usize;
                assert!(
                    content == tar[start..start + entry.size as usize],
                    "{label}, layer {at}, entry {id}"
                );
            }
        }
    }
}

#[test]
fn one_pass_hands_out_many_contents_as_far_as_they_are_wanted() {
    for (label, pack) in PACKS {
        let image = three_layers();
        let opened = open_bytes(&archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar", pack)));
        let bodies = opened.bodies();
        let watch = Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel: &never() };
        for (at, tar) in image.layers.iter().enumerate() {
            let layer = LayerIndex::from_offset(at);
            let table = layer::read_stream(&tar[..], &watch).expect("not cancelled").changeset.entries;
            let files = (0..).zip(&table.entries).filter(|(id, _)| table.kind(*id) == EntryKind::File);
            let wanted: Vec<_> = files.map(|(_, entry)| *entry).collect();
            for limit in [u64::MAX, 3] {
                let mut heard = 0;
                bodies
                    .sweep(layer, &wanted, &mut |at, content| {
                        let mut bytes = Vec::new();
                        content.take(limit).read_to_end(&mut bytes).expect(label);
                        let start = wanted[at].offset as usize;
                        let end = start + wanted[at].size.min(limit) as usize;
                        assert!(bytes == tar[start..end], "{label}, layer {layer}, file {at}");
                        heard += 1;
                        true
                    })
                    .expect(label);
                assert_eq!(heard, wanted.len());
            }
            let mut heard = 0;
            let stop = &mut |_: usize, _: &mut dyn std::io::Read| {
                heard += 1;
                false
            };
            bodies.sweep(layer, &wanted, stop).expect(label);
            assert_eq!(heard, 1);
        }
        assert!(bodies.sweep(LayerIndex(9), &[Entry { size: 1, ..ENTRY }], &mut |_, _| true).is_err());
    }
}

const ENTRY: Entry = Entry { size: 0, offset: 0, mtime: 0, attrs: 0, link: 0 };

#[test]
fn what_is_not_there_is_said_and_the_rest_is_read() {
    let image = three_layers();
    let mut files = image.oci_files("application/vnd.oci.image.layer.v1.tar+gzip", gzip);
    let lost = files.remove(2);
    assert!(lost.0.starts_with("blobs/"));
    let opened = open_bytes(&archive(&files));
    let loaded = opened.load_quietly(&|_| {}, &never()).expect("the rest");
    let presence: Vec<bool> = loaded.info.layers.iter().map(|it| it.presence == Presence::Here).collect();
    assert_eq!(presence, [true, false, true]);
    assert_eq!(loaded.figures.iter().map(|it| it.loaded).collect::<Vec<_>>(), presence);
    assert!(loaded.is_complete());
    let absent: Vec<_> = loaded.notes.iter().filter(|note| note.kind == NoteKind::LayerAbsent).collect();
    assert_eq!((absent.len(), absent[0].layer), (1, Some(LayerIndex(2))));
    let watch = Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel: &never() };
    let table = layer::read_stream(&image.layers[1][..], &watch).expect("not cancelled").changeset.entries;
    for index in [LayerIndex(2), LayerIndex(9), LayerIndex::EMPTY] {
        assert!(
            matches!(opened.bodies().open(index, table.get(0)), Err(BodyError::Absent(at, _)) if at == index)
        );
    }
}

#[test]
fn a_cut_layer_is_a_fault_and_its_contents_an_error() {
    let image = three_layers();
    let whole = image.docker_archive();
    // In the third layer's data. `manifest.json` stands after the layers, so it is put before them.
    let config = image.config_json();
    let name = format!("{}.json", capas::oci::Digest::of(&config).hex());
    let manifest = serde_json::json!([{"Config": name, "RepoTags": ["t:1"], "Layers": ["a", "b", "c"]}]);
    let mut outer = Layer::new().file(&name, &config).file("manifest.json", manifest.to_string());
    for (name, tar) in ["a", "b", "c"].iter().zip(&image.layers) {
        outer = outer.file(name, tar);
    }
    let mut cut = outer.tar();
    cut.truncate(cut.len() - 200_000);
    assert!(cut.len() < whole.len());
    let opened = open_bytes(&cut);
    let loaded = opened.load_quietly(&|_| {}, &never()).expect("what is there");
    let faults: Vec<bool> = loaded.figures.iter().map(|figures| figures.fault.is_some()).collect();
    assert_eq!(faults, [false, false, true]);
    let noted = loaded.notes.iter().find(|note| note.kind == NoteKind::LayerFaulty).expect("a note");
    assert_eq!(noted.layer, Some(LayerIndex(3)));
    let watch = Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel: &never() };
    let table = layer::read_stream(&image.layers[2][..], &watch).expect("not cancelled").changeset.entries;
    let bodies = opened.bodies();
    let mut content = Vec::new();
    let result = bodies.open(LayerIndex(3), table.get(0)).expect("a stream").read_to_end(&mut content);
    assert!(result.is_err() && !content.is_empty());
}

#[test]
fn a_blob_that_occurs_twice_is_read_once() {
    let same = Layer::new().big("f", 600_000, 3);
    let tar = same.tar();
    let image = Image::new("t:1")
        .step_tar("one", tar.clone())
        .step("two", Layer::new().file("x", "y"))
        .step_tar("one again", tar);
    let opened = open_bytes(&image.oci_archive());
    let heard = Mutex::new(Vec::new());
    let hear = |progress| {
        if let Progress::LayerDone(layer) = progress {
            heard.lock().expect("a lock").push(layer.0);
        }
    };
    let loaded = opened.load_quietly(&hear, &never()).expect("an image");
    let mut heard = heard.into_inner().expect("a lock");
    heard.sort_unstable();
    assert_eq!(heard, [1, 2, 3]);
    assert_eq!(loaded.figures[0].payload_bytes, loaded.figures[2].payload_bytes);
}

#[test]
fn merged_models_come_to_who_asks_and_end_with_the_whole() {
    let opened = open_bytes(&three_layers().oci_archive());
    let merged = Mutex::new(Vec::new());
    let hear = |progress| {
        if let Progress::Merged(image) = progress {
            merged.lock().expect("a lock").push(image);
        }
    };
    let loaded = opened.load(&hear, &never()).expect("an image");
    let seen = std::mem::take(&mut *merged.lock().expect("a lock"));
    assert!(std::sync::Arc::ptr_eq(seen.last().expect("the last"), &loaded));
    opened.load_quietly(&hear, &never()).expect("an image");
    assert!(merged.lock().expect("a lock").is_empty());
}

#[test]
fn cancelling_ends_spooling_and_loading() {
    let bytes = three_layers().oci_archive();
    let cancel = AtomicBool::new(true);
    let opened = open_reader(&bytes[..], &Options::default(), &|_| {}, &cancel);
    assert!(matches!(opened, Err(SourceError::Cancelled)));
    let opened = open_bytes(&bytes);
    assert!(matches!(opened.load(&|_| {}, &cancel), Err(SourceError::Cancelled)));
    // In the middle: from the first that is heard of a layer.
    let (cancel, calls) = (never(), AtomicUsize::new(0));
    let hear = |progress| {
        if matches!(progress, Progress::Layer(..)) {
            calls.fetch_add(1, Ordering::Relaxed);
            cancel.store(true, Ordering::Relaxed);
        }
    };
    assert!(matches!(opened.load_quietly(&hear, &cancel), Err(SourceError::Cancelled)));
    assert!(calls.load(Ordering::Relaxed) >= 1);
}

#[test]
fn a_layer_stops_at_its_limits() {
    let bytes = three_layers().oci_archive();
    let options =
        Options { max_layer_bytes: 500_000, platform: "linux/amd64".parse().ok(), ..Options::default() };
    let opened = open_reader(&bytes[..], &options, &|_| {}, &never()).expect("an image");
    let loaded = opened.load_quietly(&|_| {}, &never()).expect("the others");
    let faults: Vec<bool> = loaded.figures.iter().map(|figures| figures.fault.is_some()).collect();
    assert_eq!(faults, [true, false, false]);
    let options = Options { max_spool: Some(10_000), ..options };
    match open_reader(&bytes[..], &options, &|_| {}, &never()) {
        Err(SourceError::NoRoom { path, why }) => {
            assert!(path == "standard input" && why.contains("more than 10000 bytes"), "{path}: {why}");
        }
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn equal_sizes_are_decided_by_content() {
    let layer = |seed: u8, time: u64| {
        Layer::new()
            .mtime(time)
            .big("same", 100_000, 3)
            .mtime(time)
            .big("other", 100_000, seed)
            .file("alone", "x")
    };
    let image =
        Image::new("t:1").step("one", layer(1, 5)).step("two", layer(2, 6)).step("three", layer(2, 7));
    for (label, pack) in PACKS {
        let opened = open_bytes(&archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar", pack)));
        let loaded = opened.load_quietly(&|_| {}, &never()).expect("an image");
        let tree = &loaded.tree;
        let changed = |path: &[u8], layer| {
            let node = tree.find(path).expect("a path");
            let words: Vec<_> =
                tree.change(node, View::Changeset(LayerIndex(layer))).changed.words().collect();
            words.join(" ")
        };
        assert_eq!((changed(b"same", 2).as_str(), changed(b"same", 3).as_str()), ("time", "time"), "{label}");
        assert_eq!(
            (changed(b"other", 2).as_str(), changed(b"other", 3).as_str()),
            ("content time", "time"),
            "{label}"
        );
        assert!(tree.undecided().is_empty(), "{label}");
    }
}

#[test]
fn far_inside_a_layer_the_way_is_told_and_can_be_left() {
    let layer = Layer::new().big("large", 30 << 20, 3).file("last", "far inside").tar();
    for (media_type, pack) in [("tar+gzip", gzip as Pack), ("tar+zstd", zstd)] {
        let media_type = format!("application/vnd.oci.image.layer.v1.{media_type}");
        let image = Image::new("t:1").step_tar("one", layer.clone());
        let opened = open_bytes(&archive(&image.oci_files(&media_type, pack)));
        let loaded = opened.load_quietly(&|_| {}, &never()).expect("faults are data");
        let node = loaded.tree.find(b"last").expect("the path");
        let at = loaded.tree.facts(node, LayerIndex(1)).and_then(|facts| facts.content).expect("a file");
        let entry = loaded.tree.entries(at.layer).get(at.entry);
        let bodies = opened.bodies();
        let told = Mutex::new(Vec::new());
        let hear = |go_on: bool| {
            let told = &told;
            move |bytes| {
                told.lock().expect("a lock").push(bytes);
                go_on
            }
        };
        let left = bodies.open_heard(at.layer, entry, &hear(false)).map(|_| ());
        assert!(matches!(left, Err(BodyError::Io(..))), "{media_type}");
        assert_eq!(told.lock().expect("a lock").len(), 1, "{media_type}");
        let mut text = String::new();
        let mut body = bodies.open_heard(at.layer, entry, &hear(true)).expect("the file");
        body.read_to_string(&mut text).expect("its content");
        assert_eq!(text, "far inside");
        let told = told.lock().expect("a lock");
        assert!(told.len() > 2 && told[1..].is_sorted(), "{media_type}: {told:?}");
        assert!(told.iter().all(|&bytes| bytes < entry.offset), "{media_type}: {told:?}");
    }
}

#[test]
fn extracting_tells_the_way_to_a_file_and_leaves_nothing_half_done() {
    let layer = Layer::new().big("large", 30 << 20, 3).file("last", "far inside").tar();
    let image = Image::new("t:1").step_tar("one", layer);
    let opened = open_bytes(&archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar+gzip", gzip)));
    let loaded = opened.load_quietly(&|_| {}, &never()).expect("faults are data");
    let node = loaded.tree.find(b"last").expect("the path");
    let folder = tempfile::tempdir().expect("a folder");
    let wanted =
        Wanted { view: View::Rootfs(LayerIndex(1)), roots: &[node], folder: &folder.path().join("out") };
    let (stop, heard) = (never(), Mutex::new(Vec::new()));
    let extract = |last: bool| {
        let hear = |what| {
            heard.lock().expect("a lock").push(what);
            stop.store(!last, Ordering::Relaxed);
        };
        extract(&loaded, &*opened.bodies(), &wanted, extract::Options::default(), &hear, &stop)
    };
    assert!(matches!(extract(false), Err(ExtractError::Cancelled)));
    assert_eq!(std::fs::read_dir(wanted.folder).expect("the folder").count(), 0, "no half file stays");
    assert!(matches!(heard.lock().expect("a lock")[..], [Heard::Passed(bytes, of)] if bytes < of));
    stop.store(false, Ordering::Relaxed);
    assert_eq!(extract(true).expect("it goes well").files, 1);
    let heard = heard.lock().expect("a lock");
    assert_eq!((heard.len() > 2, heard.last()), (true, Some(&Heard::Written(10))), "{heard:?}");
    assert_eq!(std::fs::read(wanted.folder.join("last")).expect("the file"), b"far inside");
}

#[test]
fn layers_of_a_windows_image_begin_at_their_drive() {
    let layer = Layer::new().dir("Files").file("Files/a", "on the drive").file("Hives/b", "").tar();
    let image = Image::new("w:1").step_tar("one", layer.clone());
    let config = String::from_utf8(image.config_json()).expect("JSON").replace("linux", "windows");
    let manifest = r#"[{"Config": "config.json", "RepoTags": ["w:1"], "Layers": ["layer.tar"]}]"#;
    let archive = Layer::new().file("layer.tar", layer).file("config.json", config);
    let opened = open_bytes(&archive.file("manifest.json", manifest).tar());
    assert_eq!(opened.info().platform.os, "windows");
    let loaded = opened.load_quietly(&|_| {}, &never()).expect("faults are data");
    assert!(loaded.tree.find(b"Files").is_none() && loaded.tree.find(b"Hives/b").is_some());
    let node = loaded.tree.find(b"a").expect("the path");
    let at = loaded.tree.facts(node, LayerIndex(1)).and_then(|facts| facts.content).expect("a file");
    let bodies = opened.bodies();
    let mut body = bodies.open(at.layer, loaded.tree.entries(at.layer).get(at.entry)).expect("the file");
    let mut text = String::new();
    body.read_to_string(&mut text).expect("its content");
    assert_eq!(text, "on the drive");
}

/// A stream that waits a little before each piece, and ends as it is told: whole, cut off, or with an error.
struct Slow<'a> {
    bytes: &'a [u8],
    piece: usize,
    fails: bool,
}

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(std::time::Duration::from_millis(2));
        if self.bytes.is_empty() && self.fails {
            return Err(std::io::Error::other("the line is dead"));
        }
        let (piece, rest) = self.bytes.split_at(self.piece.min(self.bytes.len()).min(buffer.len()));
        buffer[..piece.len()].copy_from_slice(piece);
        self.bytes = rest;
        Ok(piece.len())
    }
}

#[test]
fn layers_that_are_read_while_they_come_are_those_of_the_whole_file() {
    let image = three_layers();
    let mut archives = vec![image.docker_archive()];
    let oci = |pack| archive(&image.oci_files("application/vnd.oci.image.layer.v1.tar", pack));
    archives.extend(PACKS.iter().map(|&(_, pack)| oci(pack)));
    let dir = tempfile::tempdir().expect("a folder");
    let options = Options { platform: "linux/amd64".parse().ok(), ..Options::default() };
    for bytes in archives {
        let middle = bytes.len() / 2 / 512 * 512;
        let ends = [bytes.len(), bytes.len() - 700, bytes.len() * 9 / 10, middle, middle + 100];
        for (end, fails) in ends.into_iter().flat_map(|end| [(end, false), (end, true)]) {
            let path = dir.path().join("image.tar");
            std::fs::write(&path, &bytes[..end]).expect("room");
            let of_file = open(path.to_str().expect("a name"), &options, &|_| {}, &never());
            let stream = Slow { bytes: &bytes[..end], piece: 40_000, fails };
            let of_stream = open_reader(stream, &options, &|_| {}, &never());
            match (of_file, of_stream) {
                (Ok(of_file), Ok(of_stream)) => {
                    assert_eq!(of_stream.cut().is_some(), fails || of_file.cut().is_some(), "{end}");
                    let load = |opened: &Opened| {
                        let image = opened.load_quietly(&|_| {}, &never()).expect("an image");
                        // Some of it is kept in no order.
                        let text = format!("{:#?}\n{:#?}", image.figures, image.tree);
                        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                        lines.sort_unstable();
                        lines
                    };
                    let (file, stream) = (load(&of_file), load(&of_stream));
                    let first = file.iter().zip(&stream).find(|(file, stream)| file != stream);
                    assert!(file == stream, "{end} of {}: {first:?}", bytes.len());
                }
                (Err(_), Err(_)) => {}
                (file, stream) => panic!("{end}: {:?}, {:?}", file.err(), stream.err()),
            }
        }
    }
}
