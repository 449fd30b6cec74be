//! Layouts of writers that need no file of theirs here: what is peculiar about each is built.

mod common;

use std::sync::atomic::AtomicBool;

use capas::image::{ImageInfo, Presence};
use capas::layer::NoteKind;
use capas::oci::Digest;
use capas::source::{Options, SourceError, open, open_reader};
use common::{Image, Layer, gzip};
use serde_json::{Value, json};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn read(bytes: &[u8]) -> Result<ImageInfo, SourceError> {
    let options =
        Options { platform: Some("linux/amd64".parse().expect("a platform")), ..Options::default() };
    open_reader(bytes, &options, &|_| {}, &AtomicBool::new(false)).map(|opened| (**opened.info()).clone())
}

fn image() -> Image {
    Image::new("shop/web:1")
        .step("one", Layer::new().file("a", "1"))
        .step("two", Layer::new().file("b", "22"))
}

fn config_name(image: &Image) -> String {
    format!("{}.json", Digest::of(&image.config_json()).hex())
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// An OCI layout in the making.
#[derive(Default)]
struct Blobs(Vec<(String, Vec<u8>)>);

impl Blobs {
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = Digest::of(&bytes);
        let descriptor = json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
        self.0.push((format!("blobs/sha256/{}", digest.hex()), bytes));
        descriptor
    }

    fn image(&mut self, image: &Image) -> Value {
        let layers: Vec<Value> = image.layers.iter().map(|tar| self.add(LAYER, tar.clone())).collect();
        let config = self.add("application/vnd.oci.image.config.v1+json", image.config_json());
        self.add(MANIFEST, text(&json!({"schemaVersion": 2, "config": config, "layers": layers})))
    }

    fn archive(self, manifests: &Value) -> Vec<u8> {
        let index = json!({"schemaVersion": 2, "manifests": manifests});
        let outer = self.0.into_iter().fold(Layer::new(), |outer, (name, bytes)| outer.file(name, bytes));
        outer.file("index.json", text(&index)).tar()
    }
}

fn presences(info: &ImageInfo) -> Vec<Presence> {
    info.layers.iter().map(|layer| layer.presence.clone()).collect()
}

const HERE: [Presence; 2] = [Presence::Here, Presence::Here];

#[test]
fn layers_that_are_links_to_layers() {
    // docker save of 24 and before links a repeated layer to the first, podman links legacy names, bazel whatever it likes.
    let tar = Layer::new().file("same", "bytes").tar();
    let image = Image::new("x:1").step_tar("one", tar.clone()).step_tar("two", tar.clone());
    let manifest = json!([{"Config": config_name(&image), "RepoTags": ["x:1"], "Layers": ["b/layer.tar", "c/layer.tar"]}]);
    for link in [
        |outer: Layer| {
            outer.symlink("b/layer.tar", "../a/layer.tar").symlink("c/layer.tar", "../a/layer.tar")
        },
        |outer: Layer| outer.symlink("b/layer.tar", "../c/layer.tar").symlink("c/layer.tar", "/a/layer.tar"),
        |outer: Layer| outer.hardlink("b/layer.tar", "a/layer.tar").hardlink("c/layer.tar", "./a/layer.tar"),
        |outer: Layer| {
            outer.symlink("./b/layer.tar", "../../../a/./layer.tar").symlink("c//layer.tar", "../b/layer.tar")
        },
    ] {
        let outer = link(Layer::new().file("a/layer.tar", &tar).dir("b"));
        let info = read(
            &outer
                .file(config_name(&image), image.config_json())
                .file("manifest.json", text(&manifest))
                .tar(),
        );
        let info = info.expect("an image");
        assert_eq!(presences(&info), HERE);
        assert_eq!(info.layers[1].stored_bytes, tar.len() as u64);
    }
}

#[test]
fn podman_names_layers_by_diff_id_and_links_the_old_names() {
    let image = image();
    let names: Vec<String> =
        image.layers.iter().map(|tar| format!("{}.tar", Digest::of(tar).hex())).collect();
    let mut outer = Layer::new();
    for (name, tar) in names.iter().zip(&image.layers) {
        outer = outer.file(name, tar);
    }
    let manifest =
        json!([{"Config": config_name(&image), "RepoTags": ["docker.io/library/x:1"], "Layers": names}]);
    let outer = outer
        .file(config_name(&image), image.config_json())
        .symlink("v1/layer.tar", format!("../{}", names[0]))
        .file("repositories", r#"{"docker.io/library/x": {"1": "v1"}}"#)
        .file("manifest.json", text(&manifest));
    let info = read(&outer.tar()).expect("an image");
    assert_eq!((info.tags.as_slice(), presences(&info)), (&["x:1".to_owned()][..], HERE.to_vec()));
    assert_eq!(info.layers[0].digest, info.layers[0].diff_id);
}

#[test]
fn crane_and_kaniko_name_the_config_by_its_digest_and_pack_layers() {
    let image = image();
    let id = Digest::of(&image.config_json());
    let packed: Vec<Vec<u8>> = image.layers.iter().map(|tar| gzip(tar)).collect();
    let names: Vec<String> = packed.iter().map(|blob| format!("{}.tar.gz", Digest::of(blob).hex())).collect();
    let manifest = json!([{"Config": id.as_str(), "RepoTags": ["x:1"], "Layers": names}]);
    let mut outer = Layer::new().file(id.as_str(), image.config_json());
    for (name, blob) in names.iter().zip(&packed) {
        outer = outer.file(name, blob);
    }
    let info = read(&outer.file("manifest.json", text(&manifest)).tar()).expect("an image");
    assert_eq!((info.id.as_ref(), presences(&info)), (Some(&id), HERE.to_vec()));
    assert_eq!(info.layers[1].digest, Some(Digest::of(&packed[1])));
}

#[test]
fn docker_25_wrote_indexes_of_nothing_and_manifests_without_layers() {
    let image = image();
    let names: Vec<String> =
        image.layers.iter().map(|tar| format!("blobs/sha256/{}", Digest::of(tar).hex())).collect();
    let config = format!("blobs/sha256/{}", Digest::of(&image.config_json()).hex());
    let entry = json!([{"Config": config, "RepoTags": ["shop/web:1"], "Layers": names, "Parent": Digest::of(b"p").as_str()}]);
    let with = |outer: Layer, index: Value| {
        let outer = names.iter().zip(&image.layers).fold(outer, |outer, (name, tar)| outer.file(name, tar));
        let outer = outer
            .file("index.json", text(&index))
            .file("oci-layout", "{}")
            .file(&config, image.config_json());
        read(&outer.file("manifest.json", text(&entry)).tar()).expect("an image")
    };
    let nothing = with(Layer::new(), json!({"schemaVersion": 2, "manifests": null}));
    let mut blobs = Blobs::default();
    let config_descriptor = blobs.add("application/vnd.oci.image.config.v1+json", image.config_json());
    let manifest =
        blobs.add(MANIFEST, text(&json!({"schemaVersion": 2, "config": config_descriptor, "layers": null})));
    let (name, bytes) = blobs.0.pop().expect("the manifest");
    let bare = with(Layer::new().file(name, bytes), json!({"schemaVersion": 2, "manifests": [manifest]}));
    for info in [nothing, bare] {
        assert_eq!((presences(&info), info.tags.as_slice()), (HERE.to_vec(), &["shop/web:1".to_owned()][..]));
        assert_eq!((info.parent.as_ref(), info.source.as_str()), (Some(&Digest::of(b"p")), "docker archive"));
        assert_eq!(info.layers[0].digest, info.layers[0].diff_id);
        assert!(info.notes.is_empty(), "{:?}", info.notes);
    }
}

#[test]
fn names_come_from_both_indexes_and_two_tags_are_one_image() {
    let image = image();
    let mut blobs = Blobs::default();
    let descriptor = blobs.image(&image);
    let tagged = |name: &str, tag: &str| {
        let mut descriptor = descriptor.clone();
        descriptor["annotations"] =
            json!({"io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag});
        descriptor
    };
    let manifests = json!([tagged("docker.io/library/x:1", "1"), tagged("docker.io/shop/x:2", "2")]);
    let info = read(&blobs.archive(&manifests)).expect("an image");
    assert_eq!(info.tags, ["x:1", "shop/x:2"]);
}

#[test]
fn platforms_in_the_root_index_are_one_image() {
    let mut arm = image();
    arm.architecture = "arm64".into();
    let mut blobs = Blobs::default();
    let mut manifests = vec![blobs.image(&arm), blobs.image(&image())];
    for (descriptor, architecture) in manifests.iter_mut().zip(["arm64", "amd64"]) {
        descriptor["platform"] = json!({"architecture": architecture, "os": "linux"});
    }
    let info = read(&blobs.archive(&json!(manifests))).expect("an image");
    assert_eq!((info.platform.to_string(), info.set_aside.len()), ("linux/amd64".into(), 1));
    assert_eq!((info.set_aside[0].what.as_str(), info.target_digest), ("linux/arm64", info.manifest_digest));
}

#[test]
fn manifests_of_other_platforms_need_not_be_there() {
    let mut blobs = Blobs::default();
    let mut here = blobs.image(&image());
    here["platform"] = json!({"architecture": "s390x", "os": "linux"});
    let absent = Digest::of(b"elsewhere");
    let elsewhere = json!({"mediaType": MANIFEST, "digest": absent.as_str(), "size": 9,
        "platform": {"architecture": "amd64", "os": "linux"}});
    let index = blobs.add(INDEX, text(&json!({"schemaVersion": 2, "manifests": [here, elsewhere]})));
    let info = read(&blobs.archive(&json!([index]))).expect("the only one here");
    assert_eq!(info.notes.iter().map(|note| note.kind).collect::<Vec<_>>(), [NoteKind::OtherPlatform]);
    assert_eq!(info.set_aside[0].what, "linux/amd64, not here");
    let mut blobs = Blobs::default();
    let index = blobs.add(INDEX, text(&json!({"schemaVersion": 2, "manifests": [elsewhere]})));
    match read(&blobs.archive(&json!([index]))) {
        Err(SourceError::Broken { why, .. }) => {
            assert_eq!(why, format!("the manifest {absent} cannot be read: it is not there"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn foreign_layers_are_absent_with_their_address() {
    let image = image();
    let mut blobs = Blobs::default();
    let layers = [
        json!({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "size": 77,
            "digest": Digest::of(b"far").as_str(), "urls": ["https://example.com/far"]}),
        json!({"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar", "size": 5,
            "digest": Digest::of(b"off").as_str()}),
    ];
    let config = blobs.add("application/vnd.oci.image.config.v1+json", image.config_json());
    let manifest = blobs.add(MANIFEST, text(&json!({"config": config, "layers": layers})));
    let info = read(&blobs.archive(&json!([manifest]))).expect("an image");
    let why = [
        "a foreign layer, to be had from https://example.com/far",
        "a foreign layer, which engines do not export",
    ];
    assert_eq!(presences(&info), why.map(|why| Presence::Absent(why.to_owned())));
    assert_eq!((info.layers[0].stored_bytes, info.layers[1].stored_bytes), (77, 5));
}

#[test]
fn artifacts_are_named_not_parsed() {
    let empty = json!({"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"});
    let cases = [
        (
            json!({"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": Digest::of(b"h").as_str()},
            "layers": []}),
            "it is the artifact application/vnd.cncf.helm.config.v1+json",
        ),
        (
            json!({"artifactType": "application/x-thing", "config": empty, "layers": [empty]}),
            "it is the artifact application/x-thing",
        ),
        (
            json!({"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest::of(b"c").as_str()},
            "layers": [{"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": Digest::of(b"s").as_str()}]}),
            "it is the artifact application/vnd.dev.cosign.simplesigning.v1+json",
        ),
        (
            json!({"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": Digest::of(b"c").as_str()},
            "layers": [{"mediaType": "application/vnd.in-toto+json", "digest": Digest::of(b"s").as_str()}]}),
            "it is the attestation",
        ),
    ];
    for (manifest, wanted) in cases {
        let mut blobs = Blobs::default();
        let descriptor = blobs.add(MANIFEST, text(&manifest));
        match read(&blobs.archive(&json!([descriptor]))) {
            Err(SourceError::NoImage { why, .. }) => assert_eq!(why, wanted),
            other => panic!("{other:?}"),
        }
        // Beside an image it is set aside.
        let mut blobs = Blobs::default();
        let descriptors = json!([blobs.add(MANIFEST, text(&manifest)), blobs.image(&image())]);
        let info = read(&blobs.archive(&descriptors)).expect("the image");
        assert_eq!((info.set_aside.len(), info.layers.len()), (1, 2));
    }
}

#[test]
fn archives_from_before_manifests() {
    let layer = |name: &str| Layer::new().file(name, "x").tar();
    let v1 = |id: &str, parent: Option<&str>, command: &str| {
        let parent = parent.map_or(json!({}), |parent| json!({"parent": parent}));
        let mut json = json!({"id": id, "architecture": "amd64", "os": "linux", "created": "2014-01-01T00:00:00Z",
            "container_config": {"Cmd": ["/bin/sh", "-c", command]}, "config": {"Cmd": ["run"]}});
        json.as_object_mut().expect("an object").extend(parent.as_object().expect("an object").clone());
        text(&json)
    };
    let outer = |base: Option<&str>| {
        Layer::new()
            .file("top/json", v1("top", Some("base"), "make"))
            .file("top/layer.tar", layer("t"))
            .file("base/json", v1("base", base, "#(nop) ADD"))
            .file("base/layer.tar", layer("b"))
            .file("repositories", r#"{"shop/web": {"1": "top"}}"#)
            .tar()
    };
    let info = read(&outer(None)).expect("an image");
    assert_eq!(
        (info.tags.as_slice(), presences(&info), info.id.as_ref()),
        (&["shop/web:1".to_owned()][..], HERE.to_vec(), None)
    );
    let commands: Vec<&str> = info.steps.iter().map(|step| step.created_by.as_str()).collect();
    assert_eq!(commands, ["/bin/sh -c #(nop) ADD", "/bin/sh -c make"]);
    assert_eq!(info.config.config.cmd.as_deref(), Some(&["run".to_owned()][..]));
    match read(&outer(Some("top"))) {
        Err(SourceError::Broken { path, why }) => {
            assert_eq!(
                (path.as_str(), why.as_str()),
                ("standard input: top/json", "its parents lead in a circle")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn schema_1_lists_the_top_layer_first_and_drops_empty_ones() {
    let (base, top) = (Layer::new().file("b", "1").tar(), Layer::new().file("t", "1").tar());
    let sums = [&top, &base, &base].map(|tar| json!({"blobSum": Digest::of(tar).as_str()}));
    let old = |command: &str, throwaway: bool| {
        json!({"v1Compatibility": json!({"os": "linux", "architecture": "amd64", "throwaway": throwaway,
            "container_config": {"Cmd": [command]}}).to_string()})
    };
    let history = [old("top", false), old("ENV", true), old("base", false)];
    let manifest =
        json!({"schemaVersion": 1, "name": "shop/web", "tag": "1", "fsLayers": sums, "history": history});
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [
        (Digest::of(&base).hex(), &base),
        (Digest::of(&top).hex(), &top),
        ("manifest.json", &text(&manifest)),
    ] {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let path = folder.path().display().to_string();
    for reference in [path.clone(), format!("dir:{path}")] {
        let opened =
            open(&reference, &Options::default(), &|_| {}, &AtomicBool::new(false)).expect("an image");
        let info = opened.info();
        assert_eq!((info.tags.as_slice(), presences(info)), (&["shop/web:1".to_owned()][..], HERE.to_vec()));
        assert_eq!(info.layers[0].digest, Some(Digest::of(&base)));
        let steps: Vec<_> = info
            .steps
            .iter()
            .map(|step| (step.created_by.as_str(), step.layer.map(|layer| layer.0)))
            .collect();
        assert_eq!(steps, [("base", Some(1)), ("ENV", None), ("top", Some(2))]);
    }
}

#[test]
fn a_dir_layout_of_all_platforms() {
    let image = image();
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    let mut blobs = Blobs::default();
    let descriptor = blobs.image(&image);
    for (name, bytes) in &blobs.0 {
        put(name.trim_start_matches("blobs/sha256/"), bytes);
    }
    let (name, bytes) = blobs.0.last().expect("the manifest");
    put("manifest.json", bytes);
    let path = folder.path().display().to_string();
    let opened = open(&path, &Options::default(), &|_| {}, &AtomicBool::new(false)).expect("an image");
    assert_eq!((presences(opened.info()), opened.info().source.as_str()), (HERE.to_vec(), "dir layout"));
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    put(&format!("{}.manifest.json", name.trim_start_matches("blobs/sha256/")), bytes);
    put("manifest.json", &text(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]})));
    let all = open(&path, &Options::default(), &|_| {}, &AtomicBool::new(false)).expect("an image");
    assert_eq!(all.info().manifest_digest, opened.info().manifest_digest);
    assert_ne!(all.info().target_digest, opened.info().target_digest);
}
