//! Verifying: what is right is said, what is wrong is found, and damaged images are checked as far as they go.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use capas::oci::Digest;
use capas::source::{Check, Options, SourceError, verify};
use common::{Image, Layer, gzip, zstd};

fn options() -> Options {
    Options { platform: Some("linux/amd64".parse().expect("a platform")), ..Options::default() }
}

fn checks_of(reference: &str) -> Vec<Check> {
    let verified = verify(reference, &options(), &|_| {}, &AtomicBool::new(false));
    verified.unwrap_or_else(|error| panic!("{reference}: {error}")).checks
}

fn checks(bytes: &[u8]) -> Vec<Check> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    checks_of(&file.path().display().to_string())
}

fn failures(checks: &[Check]) -> Vec<String> {
    checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| format!("{}: {}", check.subject, check.message))
        .collect()
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    files.iter().fold(Layer::new(), |outer, (name, content)| outer.file(name, content)).tar()
}

fn image() -> Image {
    Image::new("t:1").step("one", Layer::new().big("f", 50_000, 1)).step("two", Layer::new().file("g", "x"))
}

fn digest_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

#[test]
fn every_sample_is_as_it_says() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in [
        "small-docker.tar",
        "small-oci.tar",
        "buildx-type-docker.tar",
        "buildx-oci-dir-multiplatform",
        "docker28-save-containerd-multiplatform.tar",
        "oci-umoci",
        "oci-encrypted",
        "dir-schema1",
        "buildx-type-tar-rootfs.tar",
    ] {
        let checks = checks_of(&data.join(name).display().to_string());
        assert_eq!(failures(&checks), [""; 0], "{name}");
        assert!(name.contains("rootfs") || !checks.is_empty(), "{name}");
    }
    assert_eq!(failures(&checks_of("demo:")), [""; 0]);
}

#[test]
fn an_empty_tar_with_bytes_behind_its_end_is_a_layer() {
    let image = Image::new("t:1").step_tar("RUN true", [&[0; 1024][..], b"left over"].concat());
    for pack in [|tar: &[u8]| tar.to_vec(), gzip, zstd] {
        let files = image.oci_files("application/vnd.oci.image.layer.v1.tar", pack);
        assert_eq!(failures(&checks(&archive(&files))), [""; 0]);
    }
}

#[test]
fn each_digest_is_checked_in_one_pass_over_every_compression() {
    for pack in [|tar: &[u8]| tar.to_vec(), gzip, zstd] {
        let image = image();
        let files = image.oci_files("application/vnd.oci.image.layer.v1.tar", pack);
        let checks = checks(&archive(&files));
        let subjects: Vec<&str> =
            checks.iter().map(|check| check.subject.split(" sha256").next().unwrap_or("")).collect();
        let wanted = [
            "manifest",
            "config",
            "DiffIDs",
            "history",
            "layer 1",
            "layer 1 DiffID",
            "layer 2",
            "layer 2 DiffID",
        ];
        assert_eq!((subjects, failures(&checks)), (wanted.to_vec(), Vec::new()));
    }
}

#[test]
fn a_wrong_blob_fails_both_its_digests() {
    let image = image();
    let mut files = image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let name = digest_name(&Digest::of(&image.layers[0]));
    let blob = files.iter_mut().find(|(path, _)| *path == name).expect("the blob");
    blob.1[600] ^= 1;
    let found = Digest::of(&blob.1);
    let failures = failures(&checks(&archive(&files)));
    let (digest, len) = (Digest::of(&image.layers[0]), image.layers[0].len());
    assert_eq!(
        failures,
        [
            format!("layer 1 {digest}: its {len} bytes have the digest {found}"),
            format!("layer 1 DiffID {digest}: its tar of {len} bytes has the digest {found}"),
        ]
    );
}

#[test]
fn a_wrong_diff_id_is_told_from_a_wrong_blob() {
    let mut image = image();
    let files = image.oci_files("application/vnd.oci.image.layer.v1.tar+gzip", gzip);
    let right = Digest::of(&image.layers[1]);
    // The config of an image whose second layer is another one.
    let (config, layer) = (image.config_json(), image.layers[1].clone());
    image.layers[1] = Layer::new().file("other", "bytes").tar();
    let wrong = Digest::of(&image.layers[1]);
    let lying = image.config_json();
    let swap = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let size = |len: usize| format!("\"size\":{len}");
        text.replace(Digest::of(&config).as_str(), Digest::of(&lying).as_str())
            .replace(&size(config.len()), &size(lying.len()))
    };
    let mut changed = Vec::new();
    let mut manifest = (Digest::of(b""), Digest::of(b""));
    for (name, content) in &files {
        let is_manifest = content.starts_with(b"{")
            && content.windows(8).any(|part| part == b"\"layers\"")
            && *content != config;
        if *content == config {
            changed.push((digest_name(&Digest::of(&lying)), lying.clone()));
        } else if is_manifest {
            let new = swap(content).into_bytes();
            manifest = (Digest::of(content), Digest::of(&new));
            changed.push((digest_name(&manifest.1), new));
        } else {
            changed.push((name.clone(), content.clone()));
        }
    }
    let index = changed.last_mut().expect("index.json");
    index.1 =
        String::from_utf8_lossy(&index.1).replace(manifest.0.as_str(), manifest.1.as_str()).into_bytes();
    let failures = failures(&checks(&archive(&changed)));
    let len = layer.len();
    assert_eq!(failures, [format!("layer 2 DiffID {wrong}: its tar of {len} bytes has the digest {right}")]);
}

#[test]
fn a_wrong_config_is_refused_on_opening_and_found_by_verify() {
    let image = image();
    let mut files = image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let right = Digest::of(&image.config_json());
    let name = digest_name(&right);
    let config = files.iter_mut().find(|(path, _)| *path == name).expect("the config");
    config.1.push(b' ');
    let wrong = Digest::of(&config.1);
    let len = config.1.len();
    let bytes = archive(&files);
    assert_eq!(
        failures(&checks(&bytes)),
        [
            format!("config {right}: its bytes have the digest {wrong}"),
            format!("config {right} size: its descriptor says {} bytes, it has {len}", len - 1),
        ]
    );
    let opened = capas::source::open_reader(&bytes[..], &options(), &|_| {}, &AtomicBool::new(false));
    match opened {
        Err(SourceError::Broken { path, why }) => {
            assert_eq!(path, format!("standard input: {name}"));
            assert_eq!(why, format!("the config should have the digest {right} and has {wrong}"));
        }
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn missing_and_cut_layers_and_wrong_counts_are_found() {
    let image = image();
    let mut files = image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let name = digest_name(&Digest::of(&image.layers[0]));
    files.retain(|(path, _)| *path != name);
    let digest = Digest::of(&image.layers[0]);
    assert_eq!(failures(&checks(&archive(&files))), [format!("layer 1 {digest}: {name}: it is not there")]);

    let mut gzipped = image.oci_files("application/vnd.oci.image.layer.v1.tar+gzip", gzip);
    let position = gzipped
        .iter()
        .position(|(path, _)| *path == digest_name(&Digest::of(&gzip(&image.layers[1]))))
        .expect("layer 2");
    let last = gzipped.remove(position);
    gzipped.push(last);
    let mut cut = archive(&gzipped);
    cut.truncate(cut.len() - 1024 - 512 + 40);
    let found = failures(&checks(&cut));
    assert!(found[0].starts_with("archive: the archive ends inside a file's data at byte"), "{found:?}");
    assert!(found.iter().any(|it| it.contains("size: its descriptor says")), "{found:?}");
    assert!(
        found.iter().any(|it| it.contains("DiffID") && it.contains("the compressed data end too early")),
        "{found:?}"
    );

    let mut short = image;
    short.history.pop();
    assert_eq!(failures(&checks(&short.docker_archive())), ["history: 2 layers, 1 step with a layer"]);
}
