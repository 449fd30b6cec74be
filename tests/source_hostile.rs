//! What is broken, cut or made to hurt: a sentence with the place, never a panic, a hang or a file from elsewhere.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use capas::image::Presence;
use capas::layer::LayerIndex;
use capas::oci::Digest;
use capas::source::{Opened, Options, SourceError, open, open_reader, verify};
use common::{Image, Layer, gzip, zstd};
use serde_json::{Value, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn read(bytes: &[u8]) -> Result<Opened, SourceError> {
    let options =
        Options { platform: Some("linux/amd64".parse().expect("a platform")), ..Options::default() };
    open_reader(bytes, &options, &|_| {}, &AtomicBool::new(false))
}

fn error(bytes: &[u8]) -> SourceError {
    match read(bytes) {
        Err(error) => error,
        Ok(opened) => panic!("opened: {:?}", opened.info()),
    }
}

fn image() -> Image {
    Image::new("t:1").step("one", Layer::new().big("f", 30_000, 1)).step("two", Layer::new().file("g", "x"))
}

fn config_name(image: &Image) -> String {
    format!("{}.json", Digest::of(&image.config_json()).hex())
}

fn docker(config: &str, layers: &Value, outer: Layer) -> Vec<u8> {
    let manifest = json!([{"Config": config, "RepoTags": ["t:1"], "Layers": layers}]);
    outer.file("manifest.json", manifest.to_string()).tar()
}

fn oci(files: &[(String, Vec<u8>)], index: &Value) -> Vec<u8> {
    let outer = files.iter().fold(Layer::new(), |outer, (name, bytes)| outer.file(name, bytes));
    outer.file("index.json", index.to_string()).tar()
}

fn index_of(files: &mut Vec<(String, Vec<u8>)>, manifests: &Value) -> Value {
    let bytes = json!({"schemaVersion": 2, "manifests": manifests}).to_string().into_bytes();
    let digest = Digest::of(&bytes);
    files.push((format!("blobs/sha256/{}", digest.hex()), bytes));
    json!({"mediaType": INDEX, "digest": digest.as_str()})
}

fn presence(bytes: &[u8]) -> Presence {
    read(bytes).unwrap_or_else(|error| panic!("{error}")).info().layers[0].presence.clone()
}

#[test]
fn archives_cut_anywhere_open_in_part_or_say_where() {
    let image = image();
    let packed = image.oci_files("application/vnd.oci.image.layer.v1.tar+zstd", zstd);
    let wholes = [
        image.docker_archive(),
        image.oci_archive(),
        gzip(&image.docker_archive()),
        zstd(&image.oci_archive()),
        packed.iter().rev().fold(Layer::new(), |outer, (name, bytes)| outer.file(name, bytes)).tar(),
    ];
    for (which, whole) in wholes.iter().enumerate() {
        let (mut opened, mut refused) = (0, 0);
        for cut in (0..whole.len()).step_by(whole.len() / 150 + 1) {
            match read(&whole[..cut]) {
                Ok(part) => {
                    opened += 1;
                    let loaded =
                        part.load_quietly(&|_| {}, &AtomicBool::new(false)).expect("faults are data");
                    assert!(loaded.is_complete());
                }
                Err(error) => {
                    refused += 1;
                    let text = error.to_string();
                    assert!(
                        text.starts_with("standard input") && text.len() > 20,
                        "{which} at {cut}: {text}"
                    );
                }
            }
        }
        assert!(refused > 0, "{which}");
        // Of a whole that is compressed, what comes out before the cut is read as if it were all.
        // The last one has its index in front; of the others nothing may lack but the end blocks.
        assert_eq!(opened > 60, which == 4, "{which}: {opened}");
    }
}

#[test]
fn an_archive_cut_between_two_members_is_no_root_filesystem() {
    let id = "ab".repeat(32);
    for name in [format!("{id}.json"), format!("{id}/layer.tar"), "app/layer1.tar.gz".to_owned()] {
        match error(&Layer::new().file(&name, "{}").unfinished()) {
            SourceError::NoImage { why, .. } => {
                assert_eq!(why, "it looks like a docker archive, but manifest.json is not there");
            }
            other => panic!("{other}"),
        }
    }
    match error(&Layer::new().dir("blobs").unfinished()) {
        SourceError::NoImage { why, .. } => assert_eq!(why, "there is no file in it"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_stream_that_breaks_off_is_read_as_far_as_it_goes() {
    let image = image();
    let files = image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let whole = files.iter().rev().fold(Layer::new(), |outer, (name, bytes)| outer.file(name, bytes));
    let noise: Vec<u8> = (0..300_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let packed = gzip(&whole.file("more", noise).tar());
    let part = read(&packed[..packed.len() - 100]).expect("the image comes before the cut");
    let cut = part.cut().expect("the fault");
    assert!(cut.starts_with("the stream breaks off after ") && cut.contains("end too early"), "{cut}");
    let loaded = part.load_quietly(&|_| {}, &AtomicBool::new(false)).expect("faults are data");
    assert!(loaded.figures.iter().all(|figures| figures.fault.is_none()), "no layer is cut");
    assert_eq!(read(&packed).expect("an image").cut(), None);
    match error(&packed[..40]) {
        SourceError::Broken { why, .. } => assert!(why.starts_with("the stream breaks off after "), "{why}"),
        other => panic!("{other}"),
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for whole in [image().docker_archive(), image().oci_archive()] {
        for at in (0..whole.len()).step_by(101) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            if let Ok(opened) = read(&bytes) {
                opened.load_quietly(&|_| {}, &AtomicBool::new(false)).expect("faults are data");
            }
        }
    }
}

#[test]
fn what_is_no_image_says_what_it_is() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "it is empty"),
        (&[0; 10240], "it begins with zeros: an empty archive, or none"),
        (b"PK\x03\x04 and so on", "it is a zip file, not a tar"),
        (br#"{"schemaVersion": 2}"#, "it is a JSON document, not a tar"),
        (b"\x7fELF\x02\x01", "it is a program, not a tar"),
        (b"hello", "it is not a tar"),
        (&gzip(b"hello"), "it is not a tar"),
        (&gzip(&gzip(b"hello")), "it is compressed twice: decompress it once"),
        (&gzip(b""), "it is empty"),
    ];
    for (bytes, wanted) in cases {
        match error(bytes) {
            SourceError::NoImage { path, why } => {
                assert_eq!((path.as_str(), why.as_str()), ("standard input", wanted));
            }
            other => panic!("{other}"),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let open =
        |reference: &str| open(reference, &Options::default(), &|_| {}, &AtomicBool::new(false)).map(|_| ());
    match open(&path) {
        Err(SourceError::NoImage { why, .. }) => {
            assert_eq!(why, "it has neither index.json nor manifest.json");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(open("./no/such/file"), Err(SourceError::NoFile { name }) if name == "./no/such/file"));
    let rootless = Layer::new().file("oci-layout", "{}").tar();
    match error(&rootless) {
        SourceError::NoImage { why, .. } => {
            assert_eq!(why, "it looks like an OCI layout, but index.json is not there");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_scheme_insists_on_its_layout() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let path = |name: &str| data.join(name).display().to_string();
    let open =
        |reference: &str| open(reference, &Options::default(), &|_| {}, &AtomicBool::new(false)).map(|_| ());
    for (reference, wanted) in [
        (format!("oci-archive:{}", path("small-docker.tar")), Err("no OCI layout: index.json is not there")),
        (
            format!("docker-archive:{}", path("small-oci.tar")),
            Err("no docker archive: manifest.json is not there"),
        ),
        (format!("dir:{}", path("oci-umoci")), Err("no `dir:` layout: manifest.json: it is not there")),
        (format!("docker-archive:{}", path("small-docker.tar")), Ok(())),
        (format!("oci-archive:{}:name:tag", path("small-oci.tar")), Ok(())),
        (format!("oci:{}:u", path("oci-umoci")), Ok(())),
    ] {
        match (open(&reference), wanted) {
            (Ok(()), Ok(())) => {}
            (Err(SourceError::NoImage { why, .. }), Err(wanted)) => assert_eq!(why, wanted, "{reference}"),
            (other, _) => panic!("{reference}: {other:?}"),
        }
    }
    assert!(matches!(open(&format!("oci:{}:other", path("oci-umoci"))), Err(SourceError::NotFound { .. })));
}

#[test]
fn broken_documents_are_named() {
    let image = image();
    let good = Layer::new().file(config_name(&image), image.config_json());
    let cases = [
        (
            Layer::new().file("manifest.json", "not json").tar(),
            "manifest.json",
            "it is no valid JSON: expected ident at line 1 column 2",
        ),
        (
            Layer::new().file("manifest.json", "[{\"Layers\": 3}]").tar(),
            "manifest.json",
            "invalid type: integer `3`, expected a list of at most 200000 items at line 1 column 13",
        ),
        (
            Layer::new().file("index.json", "{\"manifests\": [").tar(),
            "index.json",
            "it is no valid JSON: EOF while parsing a list at line 1 column 15",
        ),
        (docker("c.json", &json!([]), Layer::new()), "c.json", "the config cannot be read: it is not there"),
        (
            docker("c.json", &json!([]), Layer::new().file("c.json", "[1]")),
            "c.json",
            "invalid type: integer `1`, expected a string at line 1 column 2",
        ),
        (
            docker(
                "c.json",
                &json!([]),
                Layer::new().file("c.json", "{\"rootfs\": {\"diff_ids\": [\"sha256:1\x1b\"]}}"),
            ),
            "c.json",
            "it is no valid JSON",
        ),
        (
            docker("c.json", &json!([]), Layer::new().dir("c.json")),
            "c.json",
            "the config cannot be read: it is no file",
        ),
        (docker("c\u{1b}[2J", &json!([]), good), "c\\u{1b}[2J", "the config cannot be read: it is not there"),
    ];
    for (bytes, place, wanted) in cases {
        match error(&bytes) {
            SourceError::Broken { path, why } => {
                assert_eq!(path, format!("standard input: {place}"));
                assert!(why.starts_with(wanted), "{why}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn digests_cannot_name_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layout");
    std::fs::create_dir_all(path.join("blobs")).expect("folders");
    std::fs::write(folder.path().join("secret"), "secret").expect("written");
    let open = || open(&path.display().to_string(), &Options::default(), &|_| {}, &AtomicBool::new(false));
    for digest in ["sha256:../../secret", "../..:secret", "..:0123456789abcdef0123456789abcdef", "sha256:"] {
        let index = json!({"manifests": [{"mediaType": MANIFEST, "digest": digest}]});
        std::fs::write(path.join("index.json"), index.to_string()).expect("written");
        match open() {
            Err(SourceError::Broken { why, .. }) => {
                assert!(why.contains("is no digest") || why.contains("cannot be read"), "{digest}: {why}");
            }
            other => panic!("{digest}: {:?}", other.map(|_| ())),
        }
    }
    // Names in manifest.json are clamped at the folder.
    std::fs::remove_file(path.join("index.json")).expect("removed");
    let image = image();
    std::fs::write(path.join("c.json"), image.config_json()).expect("written");
    for layer in ["../secret", "/../secret", "./../secret", "blobs/../../secret", "blobs", "c.json\0"] {
        let manifest = json!([{"Config": "c.json", "Layers": [layer]}]);
        std::fs::write(path.join("manifest.json"), manifest.to_string()).expect("written");
        let opened = open().expect("an image");
        assert!(matches!(opened.info().layers[0].presence, Presence::Absent(_)), "{layer}");
    }
    // A pipe would block whoever opens it.
    assert!(std::process::Command::new("mkfifo").arg(path.join("pipe")).status().expect("mkfifo").success());
    let manifest = json!([{"Config": "c.json", "Layers": ["pipe"]}]);
    std::fs::write(path.join("manifest.json"), manifest.to_string()).expect("written");
    let opened = open().expect("an image");
    assert_eq!(opened.info().layers[0].presence, Presence::Absent("pipe: it is no file".into()));
}

#[test]
fn links_in_an_archive_lead_nowhere_else() {
    let image = image();
    let with = |outer: Layer| {
        docker(&config_name(&image), &json!(["l"]), outer.file(config_name(&image), image.config_json()))
    };
    let cases = [
        (Layer::new().symlink("l", "l"), "its links lead in a circle"),
        (Layer::new().symlink("l", "m").symlink("m", "l"), "its links lead in a circle"),
        (Layer::new().hardlink("l", "m").symlink("m", "./l"), "its links lead in a circle"),
        (Layer::new().symlink("l", "../../../../etc/passwd"), "it is a link to nothing"),
        (Layer::new().symlink("l", "/etc/passwd"), "it is a link to nothing"),
        (Layer::new().symlink("l", ""), "it is a link to nothing"),
        (Layer::new().dir("d").symlink("l", "d"), "it is no file"),
        (Layer::new().fifo("l"), "it is no file"),
        (Layer::new(), "it is not there"),
    ];
    for (outer, wanted) in cases {
        assert_eq!(presence(&with(outer)), Presence::Absent(format!("l: {wanted}")));
    }
    let mut chain = Layer::new().symlink("l", "0");
    for at in 0..100 {
        chain = chain.symlink(at.to_string(), (at + 1).to_string());
    }
    assert_eq!(
        presence(&with(chain.file("100", ""))),
        Presence::Absent("l: its links lead in a circle".into())
    );
}

#[test]
fn the_last_of_equal_names_wins_and_names_are_normalised() {
    let image = image();
    let tar = &image.layers[0];
    let outer = Layer::new()
        .file("a/layer.tar", "the first")
        .file("./a//layer.tar", tar)
        .file(config_name(&image), image.config_json());
    let opened = read(&docker(&config_name(&image), &json!(["./a/../a/layer.tar", "/a/layer.tar"]), outer))
        .expect("an image");
    assert!(opened.info().layers.iter().all(|layer| layer.stored_bytes == tar.len() as u64));
}

#[test]
fn layers_are_counted_before_they_are_read() {
    let image = image();
    let outer = Layer::new().file("l", &image.layers[0]).file(config_name(&image), image.config_json());
    let names = vec!["l"; 100_000];
    match error(&docker(&config_name(&image), &json!(names), outer)) {
        SourceError::Limit { path, why } => {
            assert_eq!(
                (path.as_str(), why.as_str()),
                ("standard input", "the image has more than 1000 layers")
            );
        }
        other => panic!("{other}"),
    }
    let mut files = Vec::new();
    let layer = json!({"digest": Digest::of(b"").as_str()});
    let config = image.config_json();
    let digest = Digest::of(&config);
    files.push((format!("blobs/sha256/{}", digest.hex()), config));
    let manifest = json!({"config": {"digest": digest.as_str()}, "layers": vec![layer; 100_000]})
        .to_string()
        .into_bytes();
    // 8 MiB is the limit of a manifest; this one has more.
    assert!(manifest.len() > 8 << 20);
    let name = Digest::of(&manifest);
    files.push((format!("blobs/sha256/{}", name.hex()), manifest));
    match error(&oci(&files, &json!({"manifests": [{"mediaType": MANIFEST, "digest": name.as_str()}]}))) {
        SourceError::Limit { path, why } => {
            assert!(path.ends_with(name.hex()) && why.ends_with("the limit is 8388608"), "{path}: {why}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn indexes_cannot_lead_on_for_ever() {
    let mut files = Vec::new();
    let mut nested = index_of(&mut files, &json!([]));
    for _ in 0..20 {
        nested = index_of(&mut files, &json!([nested]));
    }
    match error(&oci(&files, &json!({"manifests": [nested]}))) {
        SourceError::Limit { why, .. } => assert_eq!(why, "indexes within indexes, more than 8 deep"),
        other => panic!("{other}"),
    }
    let absent: Vec<Value> =
        (0..10_001).map(|at: u32| json!({"digest": Digest::of(&at.to_le_bytes()).as_str()})).collect();
    match error(&oci(&[], &json!({"manifests": absent}))) {
        SourceError::Limit { why, .. } => assert_eq!(why, "its indexes list more than 10000 manifests"),
        other => panic!("{other}"),
    }
    // An index that lists itself cannot have its own digest; only `verify` reads it all the same.
    let folder = tempfile::tempdir().expect("a folder");
    let digest = Digest::of(b"anything");
    let itself = json!({"manifests": [{"mediaType": INDEX, "digest": digest.as_str()}]}).to_string();
    std::fs::create_dir_all(folder.path().join("blobs/sha256")).expect("folders");
    std::fs::write(folder.path().join("index.json"), &itself).expect("written");
    std::fs::write(folder.path().join("blobs/sha256").join(digest.hex()), &itself).expect("written");
    let path = folder.path().display().to_string();
    let cancel = AtomicBool::new(false);
    match open(&path, &Options::default(), &|_| {}, &cancel) {
        Err(SourceError::Broken { why, .. }) => {
            assert!(why.starts_with("the manifest should have the digest"), "{why}");
        }
        other => panic!("{:?}", other.map(|_| ())),
    }
    match verify(&path, &Options::default(), &|_| {}, &cancel) {
        Err(SourceError::Broken { why, .. }) => assert_eq!(why, "an index that lists itself"),
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn documents_are_bounded() {
    let huge = vec![b' '; (64 << 20) + 1];
    match error(&docker("c.json", &json!([]), Layer::new().file("c.json", &huge))) {
        SourceError::Limit { path, why } => {
            assert_eq!(path, "standard input: c.json");
            assert_eq!(why, "a document of 67108865 bytes; the limit is 67108864");
        }
        other => panic!("{other}"),
    }
    // Many names of one large config.
    let large = vec![b'x'; 60 << 20];
    let mut outer = Layer::new().file("c", &large);
    let mut entries = Vec::new();
    for at in 0..50 {
        outer = outer.symlink(format!("c{at}"), "c");
        entries.push(json!({"Config": format!("c{at}"), "Layers": []}));
    }
    match error(&outer.file("manifest.json", json!(entries).to_string()).tar()) {
        SourceError::Limit { why, .. } => {
            assert_eq!(why, "its manifests and configs together are longer than 268435456 bytes");
        }
        other => panic!("{other}"),
    }
    let steps = vec!["{}"; 200_001].join(",");
    match error(&docker(
        "c.json",
        &json!([]),
        Layer::new().file("c.json", format!("{{\"history\": [{steps}]}}")),
    )) {
        SourceError::Broken { why, .. } => assert!(why.starts_with("invalid length 200001"), "{why}"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_layer_that_is_no_tar_is_a_fault() {
    let mut image = image();
    image.layers[0] = b"no tar at all".to_vec();
    let opened = read(&image.docker_archive()).expect("an image");
    let loaded = opened.load_quietly(&|_| {}, &AtomicBool::new(false)).expect("faults are data");
    assert!(loaded.figures[0].fault.is_some() && loaded.figures[1].fault.is_none());
    // Entries that lie about where they are get an error, not bytes from elsewhere.
    let entry = capas::layer::Entry { size: 10, offset: 1 << 60, mtime: 0, attrs: 0, link: 0 };
    for layer in 1..=2 {
        let bodies = opened.bodies();
        let mut stream = bodies.open(LayerIndex(layer), &entry).expect("a stream");
        assert!(stream.read(&mut [0; 10]).is_err());
    }
}
