//! containerd's store: the same image as from an archive, names and IDs, platforms, blobs that are gone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::image::{Image as Opened, Presence};
use capas::oci::Digest;
use capas::source::{Options, SourceError, Surroundings, open, open_reader};
use common::containerd::Store;
use common::{Image, Layer};

fn web() -> Image {
    Image::new("docker.io/shop/web:2")
        .step("ADD rootfs", Layer::new().dir("etc").file("etc/passwd", "root").file("bin/sh", "#!"))
        .empty("ENV A=b")
        .step("RUN rm", Layer::new().file("etc/motd", "hello").whiteout("etc/passwd"))
}

fn options(platform: &str) -> Options {
    Options { platform: Some(platform.parse().unwrap()), ..Options::default() }
}

fn open_in(root: &Path, name: &str) -> Result<Arc<Opened>, SourceError> {
    open_with(&format!("containerd:[{}]{name}", root.display()), &options("linux/amd64"))
}

fn open_with(reference: &str, options: &Options) -> Result<Arc<Opened>, SourceError> {
    let never = AtomicBool::new(false);
    open(reference, options, &|_| {}, &never)?.load_quietly(&|_| {}, &never)
}

fn paths(image: &Opened) -> Vec<String> {
    let layers =
        (1..=image.info.layers.len() as u16).map(|layer| image.tree.entries(capas::layer::LayerIndex(layer)));
    layers.flat_map(|entries| entries.entries.iter().map(|entry| format!("{entry:?}"))).collect()
}

#[test]
fn an_image_is_the_same_as_from_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    let stored = store.image("moby", &web());
    store.name("moby", "docker.io/shop/web:2", &stored.manifest);
    store.name("moby", "docker.io/shop/web:latest", &stored.manifest);
    store.write();
    let from_store = open_in(folder.path(), "moby/shop/web:2").unwrap();

    let archive = web().oci_archive();
    let never = AtomicBool::new(false);
    let opened = open_reader(&archive[..], &options("linux/amd64"), &|_| {}, &never).unwrap();
    let from_archive = opened.load_quietly(&|_| {}, &never).unwrap();

    let (info, other) = (&from_store.info, &from_archive.info);
    assert_eq!(info.source, "containerd store");
    assert_eq!((&info.id, &info.manifest_digest), (&other.id, &other.manifest_digest));
    assert_eq!(info.target_digest.as_ref(), Some(&stored.manifest.digest));
    assert_eq!(info.id.as_ref(), Some(&stored.config.digest));
    assert_eq!(info.config_json, other.config_json);
    assert_eq!(info.steps, other.steps);
    assert_eq!(info.tags, ["shop/web:2", "shop/web:latest"]);
    assert_eq!(info.engine.repo_digests, [format!("shop/web@{}", stored.manifest.digest)]);
    assert_eq!(info.engine.last_tag_time.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(paths(&from_store), paths(&from_archive));
    for (at, layer) in info.layers.iter().enumerate() {
        assert_eq!((&layer.digest, &layer.diff_id), (&other.layers[at].digest, &other.layers[at].diff_id));
        assert_eq!(layer.engine_bytes, Some(web().layers[at].len() as u64 + 4096));
        let folder = layer.folder.as_ref().unwrap();
        assert!(folder.ends_with(format!("snapshots/{}/fs", at + 1)), "{}", folder.display());
    }
}

#[test]
fn names_digests_and_ids_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    let web = store.image("moby", &web());
    store.name("moby", "docker.io/shop/web:2", &web.manifest);
    let base = Image::new("base").step("ADD", Layer::new().file("a", "1"));
    let base = store.image("default", &base);
    store.name("default", "docker.io/library/base:latest", &base.manifest);
    store.name("default", "ghcr.io/a/b:1", &base.manifest);
    let pod = store.image("k8s.io", &Image::new("pod").step("ADD", Layer::new().file("p", "1")));
    store.name("k8s.io", "registry.k8s.io/pause:3.9", &pod.manifest);
    store.name("k8s.io", &format!("registry.k8s.io/pause@{}", pod.manifest.digest), &pod.manifest);
    store.name("k8s.io", pod.config.digest.as_str(), &pod.manifest);
    let old = store.image("moby", &Image::new("old").step("ADD", Layer::new().file("o", "1")));
    store.name("moby", &format!("moby-dangling@{}", old.manifest.digest), &old.manifest);
    store.write();
    let cases = [
        ("shop/web:2", &web),
        ("docker.io/shop/web:2", &web),
        ("moby/shop/web:2", &web),
        ("moby/docker.io/shop/web:2", &web),
        (web.manifest.digest.as_str(), &web),
        (web.manifest.digest.short(), &web),
        (web.config.digest.as_str(), &web),
        (web.config.digest.short(), &web),
        ("base", &base),
        ("base:latest", &base),
        ("default/base", &base),
        ("docker.io/library/base", &base),
        ("ghcr.io/a/b:1", &base),
        ("registry.k8s.io/pause:3.9", &pod),
        ("k8s.io/registry.k8s.io/pause:3.9", &pod),
        (pod.config.digest.as_str(), &pod),
        (old.manifest.digest.short(), &old),
    ];
    for (name, wanted) in cases {
        let found = open_in(folder.path(), name).unwrap();
        assert_eq!(found.info.target_digest.as_ref(), Some(&wanted.manifest.digest), "{name}");
    }
    let by_digest = format!("registry.k8s.io/pause@{}", pod.manifest.digest);
    let found = open_in(folder.path(), &by_digest).unwrap();
    assert_eq!(found.info.tags, ["registry.k8s.io/pause:3.9"]);
    assert_eq!(open_in(folder.path(), old.manifest.digest.short()).unwrap().info.tags, [""; 0]);
    for name in ["shop/web", "shop/web:3", "k8s.io/base", "nothing", "ffffffffffff"] {
        let error = open_in(folder.path(), name).unwrap_err();
        assert!(matches!(error, SourceError::NotHere { .. }), "{name}: {error}");
        assert_eq!(error.to_string(), format!("{} has no image `{name}`", folder.path().display()));
    }
}

#[test]
fn the_beginning_of_several_ids_is_refused_with_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    for at in 0..200 {
        let image = Image::new("x").step("ADD", Layer::new().file("n", format!("{at}")));
        let stored = store.image("moby", &image);
        store.name("moby", &format!("docker.io/library/x:{at}"), &stored.manifest);
    }
    store.write();
    let error = open_in(folder.path(), "sha256:0").unwrap_err();
    let SourceError::Ambiguous { names, .. } = &error else { unreachable!("{error}") };
    assert!(
        names.len() > 1 && names.iter().all(|name| name.starts_with('0') && name.contains("(x:")),
        "{names:?}"
    );
}

#[test]
fn the_platform_is_chosen_and_others_are_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    let amd = store.image("default", &web());
    let arm =
        Image { architecture: "arm64".to_owned(), ..web() }.step("RUN arm", Layer::new().file("arm", "64"));
    let arm = store.image("default", &arm);
    let absent = serde_json::json!({"mediaType": common::containerd::MANIFEST,
        "digest": Digest::of(b"absent").as_str(), "size": 7});
    let manifests = [
        (amd.manifest.descriptor(), "linux/amd64"),
        (arm.manifest.descriptor(), "linux/arm64"),
        (absent, "linux/s390x"),
    ];
    let index = store.index("default", &manifests);
    store.name("default", "docker.io/shop/web:2", &index);
    store.write();
    let reference = format!("containerd:[{}]shop/web:2", folder.path().display());
    for (platform, wanted) in [("linux/amd64", &amd), ("linux/arm64", &arm)] {
        let image = open_with(&reference, &options(platform)).unwrap();
        assert_eq!(image.info.manifest_digest.as_ref(), Some(&wanted.manifest.digest));
        assert_eq!(image.info.target_digest.as_ref(), Some(&index.digest));
        assert_eq!(image.info.set_aside.len(), 2);
    }
    let error = open_with(&reference, &options("linux/s390x")).unwrap_err();
    assert!(matches!(&error, SourceError::Platform { available, .. } if available.len() == 2), "{error}");
}

#[test]
fn a_blob_that_was_discarded_is_read_from_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    let stored = store.image("k8s.io", &web());
    store.name("k8s.io", "docker.io/shop/web:2", &stored.manifest);
    store.write();
    let snapshots = store.root.join("io.containerd.snapshotter.v1.overlayfs/snapshots");
    std::fs::create_dir_all(snapshots.join("2/fs/etc")).unwrap();
    std::fs::write(snapshots.join("2/fs/etc/motd"), "hello").unwrap();
    std::fs::remove_file(store.blob_path(&stored.layers[1].digest)).unwrap();
    let image = open_in(folder.path(), "shop/web:2").unwrap();
    assert_eq!(image.info.layers[1].presence, Presence::Here);
    let entries = image.tree.entries(capas::layer::LayerIndex(2));
    let names: Vec<_> = entries.entries.iter().map(|entry| entry.size).collect();
    assert_eq!(names, [0, 5], "a folder and a file");
    assert_eq!(image.info.layers[1].diff_id, Some(Digest::of(&web().layers[1])));
    let never = AtomicBool::new(false);
    let reference = format!("containerd:[{}]shop/web:2", folder.path().display());
    let verified = capas::source::verify(&reference, &options("linux/amd64"), &|_| {}, &never).unwrap();
    let layer = verified.checks.iter().find(|check| check.subject.starts_with("layer 2")).unwrap();
    assert!(layer.ok && layer.message.contains("its blob was discarded"), "{layer:?}");

    // Neither blob nor files.
    std::fs::remove_dir_all(snapshots.join("2")).unwrap();
    let image = open_in(folder.path(), "shop/web:2").unwrap();
    assert!(matches!(image.info.layers[1].presence, Presence::Absent(_)));
    std::fs::remove_file(store.blob_path(&stored.config.digest)).unwrap();
    let error = open_in(folder.path(), "shop/web:2").unwrap_err().to_string();
    assert!(error.contains(stored.config.digest.hex()) && error.contains("config cannot be read"), "{error}");
}

#[test]
fn stores_are_found_where_they_are_put() {
    let folder = tempfile::tempdir().unwrap();
    let places = [
        "var/lib/containerd",
        "var/lib/docker/containerd/daemon",
        "var/lib/rancher/k3s/agent/containerd",
        "home/.local/share/containerd",
    ];
    for (at, place) in places.iter().enumerate() {
        let mut store = Store::new(&folder.path().join(place));
        let stored =
            store.image("default", &Image::new("x").step("ADD", Layer::new().file("n", format!("{at}"))));
        store.name("default", &format!("docker.io/library/x:{at}"), &stored.manifest);
        store.write();
    }
    let home = folder.path().join("home");
    let surroundings = Surroundings::new(folder.path(), 0, [("HOME", home)]);
    let options = Options { surroundings: Arc::new(surroundings), ..options("linux/amd64") };
    for at in 0..places.len() {
        let image = open_with(&format!("containerd:x:{at}"), &options).unwrap();
        assert_eq!(image.info.tags, [format!("x:{at}")]);
    }
    let error = open_with("containerd:x:9", &options).unwrap_err();
    assert!(matches!(error, SourceError::NotHere { .. }), "{error}");
    let data_root = format!("containerd:[{}]x:1", folder.path().join("var/lib/docker").display());
    assert_eq!(open_with(&data_root, &options).unwrap().info.tags, ["x:1"]);
    let error = open_with("containerd:x", &Options::default()).unwrap_err();
    assert!(matches!(error, SourceError::NoStore { .. }), "{error}");
}

#[test]
fn what_is_no_store_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    std::fs::write(store.root.join("io.containerd.metadata.v1.bolt/meta.db"), "no database").unwrap();
    let error = open_in(folder.path(), "x").unwrap_err().to_string();
    assert!(
        error.ends_with("meta.db: it is no bolt database, or both of its meta pages are damaged"),
        "{error}"
    );
    let empty = common::bolt::database(4096, &common::bolt::Keys::new());
    std::fs::write(store.root.join("io.containerd.metadata.v1.bolt/meta.db"), empty).unwrap();
    let error = open_in(folder.path(), "x").unwrap_err().to_string();
    assert!(error.ends_with("meta.db: it is no database of containerd: it has no bucket `v1`"), "{error}");
}
