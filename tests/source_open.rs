//! Opening: every layout that is written by real tools, and what is chosen from it.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use capas::image::{ImageInfo, Presence};
use capas::layer::NoteKind;
use capas::oci::Digest;
use capas::source::{Options, SourceError, open, open_reader};
use common::{Image, Layer, gzip, zstd};
use serde_json::json;

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

fn amd64() -> Options {
    Options { platform: Some("linux/amd64".parse().expect("a platform")), ..Options::default() }
}

fn open_with(reference: &str, options: &Options) -> Result<ImageInfo, SourceError> {
    open(reference, options, &|_| {}, &AtomicBool::new(false)).map(|opened| (**opened.info()).clone())
}

fn info(reference: &str) -> ImageInfo {
    open_with(reference, &amd64()).unwrap_or_else(|error| panic!("{reference}: {error}"))
}

fn read(bytes: &[u8]) -> Result<ImageInfo, SourceError> {
    read_with(bytes, &amd64())
}

fn read_with(bytes: &[u8], options: &Options) -> Result<ImageInfo, SourceError> {
    open_reader(bytes, options, &|_| {}, &AtomicBool::new(false)).map(|opened| (**opened.info()).clone())
}

fn kinds(info: &ImageInfo) -> Vec<NoteKind> {
    info.notes.iter().map(|note| note.kind).collect()
}

fn platform(text: &str) -> Options {
    Options { platform: Some(text.parse().expect("a platform")), ..Options::default() }
}

fn image(name: &str) -> Options {
    Options { image: Some(name.to_owned()), ..amd64() }
}

/// A folder that goes away with its test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(String, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, content).expect("a file");
        }
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn text(&self) -> String {
        self.path().display().to_string()
    }
}

fn web() -> Image {
    Image::new("shop/web:2.4")
        .step("ADD rootfs.tar / # buildkit", Layer::new().dir("etc").file("etc/os-release", "ID=x"))
        .empty("ENV A=b")
        .step("RUN make", Layer::new().file("app", "binary"))
}

fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    files.iter().fold(Layer::new(), |outer, (name, content)| outer.file(name, content)).tar()
}

#[test]
fn docker_save_of_the_legacy_layout() {
    let info = info(&data("small-docker.tar"));
    assert_eq!(
        (info.source.as_str(), info.tags.as_slice()),
        ("docker archive", &["research/small:1".to_owned()][..])
    );
    let id = "sha256:02148f80c28fd56138c31af108f26e265474b249f8e1bf4347de53cc0d7b5bc2";
    assert_eq!(info.id.as_ref().map(Digest::as_str), Some(id));
    assert_eq!((info.manifest_digest.as_ref(), info.target_digest.as_ref()), (None, None));
    assert_eq!(
        (info.layers.len(), info.layers[0].stored_bytes, info.layers[0].digest.as_ref()),
        (1, 10240, None)
    );
    let diff_id = "sha256:0c027f8122a905ea3121bc96a1b93f169d3de79b7872262b896db96b07e68718";
    assert_eq!(info.layers[0].diff_id.as_ref().map(Digest::as_str), Some(diff_id));
    assert_eq!(
        (info.layers[0].step, info.steps.len(), info.platform.to_string()),
        (1, 1, "linux/amd64".into())
    );
    assert!(info.notes.is_empty() && info.set_aside.is_empty());
}

#[test]
fn an_oci_archive_of_skopeo() {
    let info = info(&data("small-oci.tar"));
    assert_eq!((info.source.as_str(), info.tags.as_slice()), ("OCI archive", &["name:tag".to_owned()][..]));
    let manifest = Some("sha256:0a2a3ed69f6da1dc5c9cee8f6a244333f531a229d88f33b9e66048e78b6c2a8c");
    assert_eq!(info.manifest_digest.as_ref().map(Digest::as_str), manifest);
    assert_eq!(info.target_digest, info.manifest_digest);
    // It says gzip and is a plain tar: the bytes decide when it is read.
    assert_eq!(info.layers[0].media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert_eq!(Digest::of(&info.manifest_json), info.manifest_digest.expect("a digest"));
    assert_eq!(Some(Digest::of(&info.config_json)), info.id);
}

#[test]
fn docker_save_of_the_containerd_store_with_platforms_and_attestations() {
    let path = data("docker28-save-containerd-multiplatform.tar");
    let amd = info(&path);
    assert_eq!(amd.source, "docker archive");
    assert_eq!(amd.tags, ["research/mp:1", "research/mp:2"]);
    let target = Some("sha256:b80c5fa2c497684c529572e7c5fcd98f07214c22b206d40814516e2472a9bc2f");
    assert_eq!(amd.target_digest.as_ref().map(Digest::as_str), target);
    assert_ne!(amd.target_digest, amd.manifest_digest);
    assert_eq!(amd.platform.to_string(), "linux/amd64");
    let mut what: Vec<_> = amd.set_aside.iter().map(|it| it.what.split(':').next().unwrap_or("")).collect();
    what.sort_unstable();
    assert_eq!(what, ["attestation of sha256", "attestation of sha256", "linux/arm64"]);
    assert_eq!(kinds(&amd), [NoteKind::Attestation]);
    let arm = open_with(&path, &platform("linux/arm64")).expect("arm64");
    assert_eq!(arm.platform.architecture, "arm64");
    assert!(arm.id != amd.id && arm.target_digest == amd.target_digest);
    // Both names are one image; a manifest's digest names the platform as well.
    let by_tag = open_with(&path, &image("2")).expect("by tag");
    assert_eq!(by_tag.id, amd.id);
    let digest = arm.manifest_digest.as_ref().expect("a digest").to_string();
    let by_id = open_with(&path, &Options { image: Some(digest), ..Options::default() }).expect("by digest");
    assert_eq!(by_id.id, arm.id);
    match open_with(&path, &platform("linux/s390x")) {
        Err(SourceError::Platform { wanted, available, .. }) => {
            assert_eq!(
                (wanted.as_str(), available.join(" ")),
                ("linux/s390x", "linux/amd64 linux/arm64".to_owned())
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_buildx_writes() {
    let docker = info(&data("buildx-type-docker.tar"));
    assert_eq!(
        (docker.source.as_str(), docker.tags.as_slice()),
        ("docker archive", &["example.com/x/y:z".to_owned()][..])
    );
    assert_eq!(docker.layers.len(), 2);
    assert!(docker.manifest_digest.is_some() && docker.target_digest == docker.manifest_digest);
    assert!(docker.layers[0].media_type.contains("docker"));
    let oci = info(&data("buildx-oci-dir-multiplatform"));
    assert_eq!((oci.source.as_str(), oci.set_aside.len()), ("OCI layout", 3));
    let rootfs = info(&data("buildx-type-tar-rootfs.tar"));
    assert_eq!(
        (rootfs.source.as_str(), kinds(&rootfs)),
        ("root filesystem", vec![NoteKind::BareRootfs, NoteKind::HistoryMissing])
    );
    assert_eq!((rootfs.layers.len(), rootfs.layers[0].stored_bytes, rootfs.id), (1, 3072, None));
    assert!(rootfs.steps[0].synthetic);
}

#[test]
fn umoci_and_an_encrypted_layer() {
    let umoci = info(&data("oci-umoci"));
    assert_eq!((umoci.tags.as_slice(), umoci.layers.len()), (&["u".to_owned()][..], 1));
    let encrypted = info(&data("oci-encrypted"));
    assert_eq!(encrypted.layers[0].presence, Presence::Encrypted);
    assert_eq!((encrypted.layers[0].stored_bytes, kinds(&encrypted)), (204, vec![NoteKind::LayerEncrypted]));
    assert!(encrypted.layers[0].descriptor.as_ref().expect("a descriptor").annotations.len() > 1);
}

#[test]
fn schema_1_in_a_dir_layout() {
    let info = info(&data("dir-schema1"));
    assert_eq!((info.source.as_str(), info.layers.len(), info.steps.len()), ("dir layout", 1, 1));
    assert_eq!((info.id.as_ref(), info.platform.to_string()), (None, "linux/amd64".into()));
    assert_eq!(info.steps[0].comment, "Imported from -");
    assert_eq!(info.layers[0].stored_bytes, 10240);
    assert!(info.notes.is_empty(), "{:?}", info.notes);
}

#[test]
fn wholes_are_inflated_whatever_compresses_them() {
    let plain = web().docker_archive();
    let wanted = read(&plain).expect("plain");
    let bzip2 = {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        let mut encoder = bzip2::read::BzEncoder::new(&plain[..], bzip2::Compression::fast());
        encoder.read_to_end(&mut bytes).expect("bzip2");
        bytes
    };
    for (packed, how) in [(gzip(&plain), "gzip"), (zstd(&plain), "zstd"), (bzip2, "bzip2")] {
        let streamed = read(&packed).expect(how);
        assert_eq!((streamed.id.as_ref(), streamed.layers.len()), (wanted.id.as_ref(), 2), "{how}");
        let folder = Folder::new(&[("x".to_owned(), packed)]);
        let file = info(&folder.path().join("x").display().to_string());
        assert_eq!(file.config_json, wanted.config_json, "{how}");
    }
    let xz = std::fs::read(data("small-docker.tar.xz")).expect("xz");
    assert_eq!(read(&xz).expect("xz").tags, ["research/small:1"]);
    assert_eq!((wanted.layers[1].step, wanted.steps[1].layer, wanted.steps.len()), (3, None, 3));
}

#[test]
fn layouts_as_archives_and_as_folders() {
    for (media, pack) in
        [("tar", (|tar: &[u8]| tar.to_vec()) as fn(&[u8]) -> Vec<u8>), ("tar+gzip", gzip), ("tar+zstd", zstd)]
    {
        let media = format!("application/vnd.oci.image.layer.v1.{media}");
        let files = web().oci_files(&media, pack);
        let folder = Folder::new(&files);
        let streamed = read(&archive(&files)).expect("an archive");
        let unpacked = info(&folder.text());
        let scheme = info(&format!("oci:{}:shop/web:2.4", folder.text()));
        assert_eq!((streamed.source.as_str(), unpacked.source.as_str()), ("OCI archive", "OCI layout"));
        for info in [&streamed, &unpacked, &scheme] {
            assert_eq!((info.layers[0].media_type.as_str(), info.layers.len()), (media.as_str(), 2));
            assert_eq!(
                (info.tags.as_slice(), info.layers[0].presence.clone()),
                (&["shop/web:2.4".to_owned()][..], Presence::Here)
            );
        }
    }
    let unpacked = {
        let image = web();
        let config = image.config_json();
        let name = format!("{}.json", Digest::of(&config).hex());
        let manifest = json!([{"Config": name, "RepoTags": null, "Layers": ["a/layer.tar", "b/layer.tar"]}]);
        Folder::new(&[
            (name, config),
            ("a/layer.tar".into(), image.layers[0].clone()),
            ("b/layer.tar".into(), image.layers[1].clone()),
            ("manifest.json".into(), manifest.to_string().into()),
        ])
    };
    let info = info(&unpacked.text());
    assert_eq!((info.source.as_str(), info.tags.len(), info.layers.len()), ("docker archive", 0, 2));
}

#[test]
fn an_entry_for_each_tag_of_one_image_makes_all_of_them_names() {
    let image_of_two = web();
    let config = image_of_two.config_json();
    let name = format!("{}.json", Digest::of(&config).hex());
    let entry = |tag| json!({"Config": name, "RepoTags": [tag], "Layers": ["a/layer.tar", "b/layer.tar"]});
    let manifest = json!([entry("shop/web:1"), entry("shop/web:2")]).to_string();
    let archive = Layer::new()
        .file(&name, &config)
        .file("a/layer.tar", &image_of_two.layers[0])
        .file("b/layer.tar", &image_of_two.layers[1])
        .file("manifest.json", manifest)
        .tar();
    for wanted in ["shop/web:1", "shop/web:2", "docker.io/shop/web:2"] {
        let info = read_with(&archive, &image(wanted)).expect(wanted);
        assert_eq!(info.tags, ["shop/web:1", "shop/web:2"], "{wanted}");
    }
}

#[test]
fn several_images_are_told_apart() {
    let (one, two) =
        (web(), Image::new("docker.io/library/other:1").step("RUN x", Layer::new().file("x", "1")));
    let mut outer = Layer::new();
    let mut entries = Vec::new();
    for image in [&one, &two] {
        let config = image.config_json();
        let name = format!("{}.json", Digest::of(&config).hex());
        let mut layers = Vec::new();
        for tar in &image.layers {
            let layer = format!("{}.tar", Digest::of(tar).hex());
            outer = outer.file(&layer, tar);
            layers.push(layer);
        }
        entries.push(json!({"Config": name, "RepoTags": [image.name], "Layers": layers}));
        outer = outer.file(&name, &config);
    }
    let archive = outer.file("manifest.json", serde_json::to_vec(&entries).expect("JSON")).tar();
    match read(&archive) {
        Err(SourceError::Several { path, names }) => {
            assert_eq!(
                (path.as_str(), names.join(" ")),
                ("standard input", "shop/web:2.4 other:1".to_owned())
            );
        }
        other => panic!("{other:?}"),
    }
    let id = Digest::of(&two.config_json());
    for name in ["other:1", "docker.io/library/other:1", "1", id.as_str(), id.short(), id.hex()] {
        let info = read_with(&archive, &image(name)).expect(name);
        assert_eq!(
            (info.tags.as_slice(), info.id.as_ref()),
            (&["other:1".to_owned()][..], Some(&id)),
            "{name}"
        );
        let digest = Digest::of(&two.layers[0]);
        assert_eq!((info.layers[0].digest.as_ref(), info.layers.len()), (Some(&digest), 1));
    }
    match read_with(&archive, &image("absent")) {
        Err(SourceError::NotFound { wanted, names, .. }) => {
            assert_eq!(
                (wanted.as_str(), names),
                ("absent", vec!["shop/web:2.4".to_owned(), "other:1".to_owned()])
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_another_platform_opens_with_a_note() {
    let mut image = web();
    image.architecture = "s390x".into();
    for archive in [image.docker_archive(), image.oci_archive()] {
        let info = read(&archive).expect("s390x");
        assert_eq!(
            (kinds(&info), info.platform.to_string()),
            (vec![NoteKind::OtherPlatform], "linux/s390x".into())
        );
    }
}

#[test]
fn the_sample_is_part_of_the_binary() {
    let info = info("demo:");
    assert!(info.layers.len() > 5 && info.layers.iter().all(|layer| layer.presence == Presence::Here));
    assert!(info.notes.is_empty(), "{:?}", info.notes);
}

#[test]
fn what_is_no_archive_is_not_spooled_first() {
    let zeros = gzip(&vec![0; 20 << 20]);
    let noise = gzip(&vec![0xa5; 20 << 20]);
    let options = Options { max_spool: Some(1 << 20), ..Options::default() };
    for (bytes, expected) in
        [(zeros, "it begins with zeros: an empty archive, or none"), (noise, "it is not a tar")]
    {
        match open_reader(&bytes[..], &options, &|_| {}, &AtomicBool::new(false)).map(|_| ()) {
            Err(SourceError::NoImage { why, .. }) => assert_eq!(why, expected),
            other => panic!("{other:?}"),
        }
    }
}
