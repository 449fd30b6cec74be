//! The stores of graph drivers on disk: the same model as the archive of the same image, and what is wrong with them
//! said plainly.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "common/stores.rs"]
mod stores;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::image::{Image as Model, Presence};
use capas::layer::{Bodies, EntryKind, LayerIndex};
use capas::oci::Digest;
use capas::source::{Opened, Options, SourceError, Surroundings, open, open_reader};
use capas::tree::{Changed, NodeId, View};
use common::{Image, Layer};
use serde_json::json;
use stores::{Docker, Storage, write};

fn options() -> Options {
    Options { platform: Some("linux/amd64".parse().unwrap()), ..Options::default() }
}

fn try_open(reference: &str) -> Result<Opened, SourceError> {
    open(reference, &options(), &|_| {}, &AtomicBool::new(false))
}

fn load(opened: &Opened) -> Arc<Model> {
    opened.load_quietly(&|_| {}, &AtomicBool::new(false)).unwrap()
}

fn archive(image: &Image) -> Opened {
    open_reader(&image.docker_archive()[..], &options(), &|_| {}, &AtomicBool::new(false)).unwrap()
}

/// Contents of all files, as they are found through the entries; errors as they are said.
fn contents(model: &Model, bodies: &dyn Bodies) -> Vec<Result<Vec<u8>, String>> {
    let mut contents = Vec::new();
    for layer in &model.info.layers {
        let entries = model.tree.entries(layer.index);
        for id in 0..entries.entries.len() as u32 {
            if entries.kind(id) == EntryKind::File {
                let read = |mut stream: Box<dyn std::io::Read + Send + '_>| {
                    let mut bytes = Vec::new();
                    stream.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
                    Ok(bytes)
                };
                let opened = bodies.open(layer.index, entries.get(id)).map_err(|error| error.to_string());
                contents.push(opened.and_then(read));
            }
        }
    }
    contents
}

/// The same paths, lives, facts, changes, figures and contents.
fn assert_same(store: &Opened, archive: &Opened) {
    let (one, other) = (load(store), load(archive));
    assert_eq!(one.info.config_json, other.info.config_json);
    assert_eq!((&one.info.id, &one.info.platform), (&other.info.id, &other.info.platform));
    assert_eq!(one.info.steps, other.info.steps);
    assert_eq!(one.info.layers.len(), other.info.layers.len());
    for (one, other) in one.info.layers.iter().zip(&other.info.layers) {
        assert_eq!((&one.diff_id, &one.presence, one.step), (&other.diff_id, &other.presence, other.step));
        assert!(one.folder.as_ref().unwrap().is_dir() && !one.writable);
    }
    for (one, other) in one.figures.iter().zip(&other.figures) {
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
    let notes = |model: &Model| format!("{:?}", model.notes);
    assert_eq!(notes(&one), notes(&other));
    for layer in &one.info.layers {
        let (one, other) = (one.tree.entries(layer.index), other.tree.entries(layer.index));
        assert_eq!(one.entries, other.entries);
        assert_eq!((&one.attrs, &one.links, &one.sparse), (&other.attrs, &other.links, &other.sparse));
    }
    assert_eq!(one.tree.len(), other.tree.len());
    for node in (0..one.tree.len() as u32).map(NodeId) {
        let path = one.tree.path(node).escape_ascii().to_string();
        assert_eq!(one.tree.path(node), other.tree.path(node));
        assert_eq!(one.tree.events(node), other.tree.events(node), "{path}");
        for layer in &one.info.layers {
            let facts = |model: &Model| format!("{:?}", model.tree.facts(node, layer.index));
            assert_eq!(facts(&one), facts(&other), "{path}");
            let view = View::Changeset(layer.index);
            assert_eq!(one.tree.change(node, view), other.tree.change(node, view), "{path}");
        }
    }
    assert_eq!(contents(&one, &*store.bodies()), contents(&other, &*archive.bodies()));
    let checks =
        |opened: &Opened| capas::source::check(reopen(opened), &|_| {}, &AtomicBool::new(false)).unwrap();
    let checks = checks(store).checks;
    assert!(checks.iter().all(|check| check.ok), "{checks:?}");
    assert!(
        checks.iter().filter(|check| check.subject.contains("DiffID sha256:")).count()
            == one.info.layers.len()
    );
}

fn reopen(opened: &Opened) -> Opened {
    try_open(&opened.info().reference).unwrap()
}

/// Everything that layers hold: links within and between layers, names of all kinds, rewritten files, whiteouts.
fn image() -> Image {
    let long = format!("deep/{}/file", "n".repeat(120));
    Image::new("shop/web:1")
        .step(
            "base",
            Layer::new()
                .dir("./a")
                .big("./a/big", 70_001, 1)
                .owner(1000, 8)
                .mode(0o4755)
                .file("./a/same", "same bytes")
                .file("./a/tied", "one")
                .file("./empty", "")
                .symlink("./link", "a"),
        )
        .step(
            "odd names",
            Layer::new()
                .dir("t")
                .symlink("s", "t")
                .file("s/inside", "through a symlink")
                .file(b"caf\xe9", "latin")
                .file("<&>", "html")
                .xattr("user.note", "x")
                .file(&long, "long")
                .hardlink("hard", "<&>"),
        )
        .step("rewritten", Layer::new().mtime(5).file("a/same", "same bytes").file("a/tied", "two"))
        .empty("CMD")
        .step("gone", Layer::new().whiteout("a/big").dir("t").opaque("t").file("t/new", "n"))
}

#[test]
fn docker_gives_the_model_of_the_archive() {
    for driver in ["overlay2", "vfs"] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Docker::new(dir.path(), driver);
        let image = image();
        let id = store.add(&image, &["shop/web:1", "shop/web@sha256:00"]);
        let archive = archive(&image);
        for name in ["shop/web:1", "docker.io/shop/web:1", id.as_str(), &id.hex()[..7], "shop/web@sha256:00"]
        {
            let opened = try_open(&store.reference(name)).unwrap();
            assert_eq!(opened.info().id.as_ref(), Some(&id), "{name}");
        }
        let opened = try_open(&store.reference("shop/web:1")).unwrap();
        assert_eq!(
            (&opened.info().source[..], &opened.info().tags[..]),
            ("docker store", &["shop/web:1".to_owned()][..])
        );
        assert_eq!(opened.info().engine.repo_digests, ["shop/web@sha256:00"]);
        assert_same(&opened, &archive);
    }
}

#[test]
fn containers_storage_gives_the_model_of_the_archive() {
    for driver in ["overlay", "vfs"] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Storage::new(dir.path(), driver);
        let image = image();
        let id = store.add(&image, &["localhost/shop/web:1", "docker.io/library/other:latest"]);
        for name in
            ["shop/web:1", "web:1", "localhost/shop/web:1", "other", "docker.io/library/other", &id, &id[..5]]
        {
            let opened = try_open(&store.reference(name)).unwrap();
            assert_eq!(opened.info().id.as_ref().map(Digest::hex), Some(&id[..]), "{name}");
        }
        let digest = store.images[0]["digest"].as_str().unwrap();
        let opened = try_open(&store.reference(&format!("localhost/shop/web@{digest}"))).unwrap();
        let names = ["localhost/shop/web", "docker.io/library/other"].map(|name| format!("{name}@{digest}"));
        assert_eq!(
            (&opened.info().source[..], &opened.info().engine.repo_digests[..]),
            ("containers-storage", &names[..])
        );
        assert_same(&try_open(&store.reference("web:1")).unwrap(), &archive(&image));
    }
}

/// Whoever asks for another platform than the one that is there gets it with the note that an archive has.
#[test]
fn another_platform_is_noted() {
    let dir = tempfile::tempdir().unwrap();
    let mut docker = Docker::new(&dir.path().join("docker"), "overlay2");
    docker.add(&image(), &["x:1"]);
    let mut storage = Storage::new(&dir.path().join("storage"), "overlay");
    storage.add(&image(), &["localhost/x:1"]);
    for reference in [docker.reference("x:1"), storage.reference("x:1")] {
        let notes = |platform: &str| {
            let options = Options { platform: platform.parse().ok(), ..options() };
            let opened = open(&reference, &options, &|_| {}, &AtomicBool::new(false)).unwrap();
            opened.info().notes.iter().map(|note| note.kind).collect::<Vec<_>>()
        };
        assert_eq!(notes("linux/arm64"), [capas::layer::NoteKind::OtherPlatform], "{reference}");
        assert_eq!(notes("linux/amd64"), [], "{reference}");
    }
}

/// Every file and folder below: its name, length, and when it was last changed in any way.
fn state(root: &Path) -> Vec<(PathBuf, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut found = Vec::new();
    let mut ahead = vec![root.to_owned()];
    while let Some(path) = ahead.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            ahead.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.push((path, metadata.len(), metadata.ctime(), metadata.ctime_nsec()));
    }
    found.sort();
    found
}

/// An engine may hold its locks for as long as it likes, and finds its store as it left it.
#[test]
fn a_store_is_only_read_and_no_lock_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut docker = Docker::new(&dir.path().join("docker"), "overlay2");
    let id = docker.add(&image(), &["x:1"]);
    docker.container(&"c".repeat(64), "app", &id);
    let mut storage = Storage::new(&dir.path().join("storage"), "overlay");
    storage.add(&image(), &["localhost/x:1"]);
    let mut containerd = common::containerd::Store::new(&dir.path().join("containerd"));
    let stored = containerd.image("moby", &image());
    containerd.name("moby", "docker.io/library/x:1", &stored.manifest);
    containerd.write();
    let locks = [
        "docker/image/overlay2/repositories.json",
        "storage/storage.lock",
        "storage/overlay-images/images.lock",
        "storage/overlay-layers/layers.lock",
        "containerd/io.containerd.metadata.v1.bolt/meta.db",
        "containerd/io.containerd.snapshotter.v1.overlayfs/metadata.db",
    ];
    let locked = locks.map(|path| {
        let path = dir.path().join(path);
        let file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.try_lock().unwrap();
        file
    });
    let before = state(dir.path());
    let containerd = format!("containerd:[{}]moby/x:1", containerd.root.display());
    for reference in [docker.reference("x:1"), storage.reference("x:1"), containerd] {
        let opened = try_open(&reference).unwrap();
        let model = load(&opened);
        assert!(contents(&model, &*opened.bodies()).iter().all(Result::is_ok), "{reference}");
    }
    let wanted = ["docker-store:[", "containers-storage:[", "containerd:["]
        .iter()
        .zip(["docker", "storage", "containerd"])
        .map(|(scheme, folder)| format!("{scheme}{}]", dir.path().join(folder).display()))
        .map(|text| capas::source::local::Wanted::parse(&text).unwrap())
        .collect::<Vec<_>>();
    let listing = capas::source::local::list(&Surroundings::default(), &wanted);
    assert_eq!((listing.stores.len(), listing.unread), (3, Vec::new()));
    assert!(state(dir.path()) == before, "something was written");
    drop(locked);
}

#[test]
fn looking_for_a_file_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Docker::new(dir.path(), "overlay2");
    let layer = Layer::new().big("large", 9 << 20, 1).file("small", "text");
    store.add(&Image::new("x").step("base", layer), &["x:1"]);
    let opened = try_open(&store.reference("x:1")).unwrap();
    let model = load(&opened);
    let bodies = opened.bodies();
    let layer = LayerIndex(1);
    let small = model.tree.entries(layer).entries.iter().find(|entry| entry.size == 4).unwrap();
    let passed = std::cell::Cell::new(0);
    let stop = |bytes| {
        passed.set(bytes);
        false
    };
    assert!(bodies.open_heard(layer, small, &stop).is_err());
    assert!(passed.get() > 9 << 20, "{passed:?}");
    // Nothing is kept of what was given up.
    let mut text = String::new();
    bodies.open(layer, small).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "text");
}

/// Newer podman keeps `--rm` containers in lists of their own; a reboot takes some of those along.
#[test]
fn containers_of_a_run_count_like_others() {
    let dir = tempfile::tempdir().unwrap();
    let (root, run) = (dir.path().join("root"), dir.path().join("run"));
    let mut store = Storage::new(&root, "overlay");
    let id = store.add(&image(), &["localhost/x:1"]);
    let top = store.layers.last().unwrap()["id"].clone();
    let add = |folder: &Path, name: &str| {
        let rw = format!("{name}rw");
        write(
            folder.join("overlay-layers/volatile-layers.json"),
            json!([{"id": rw, "parent": top}]).to_string(),
        );
        let container = json!([{"id": format!("c0ffee{name}"), "names": [name], "image": id, "layer": rw}]);
        write(folder.join("overlay-containers/volatile-containers.json"), container.to_string());
        fs::create_dir_all(store.files(&rw)).unwrap();
    };
    add(&root, "kept");
    add(&run, "gone");
    // A second tree must not make one container two.
    Storage::new(&root, "vfs").add(&image(), &["localhost/y:1"]);
    let place = format!("containers-storage:[{}+{}]", root.display(), run.display());
    let wanted = capas::source::local::Wanted::parse(&place).unwrap();
    let listing = capas::source::local::list(&Surroundings::default(), &[wanted]);
    assert_eq!(listing.unread, []);
    let containers = &listing.stores[0].containers;
    let names: Vec<&str> = containers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["kept", "gone"]);
    assert!(containers.iter().all(|it| it.layers.len() == image().layers.len()), "{containers:?}");
}

/// A layer that both engines know by checksums, and one that is known by its bytes only: what ties is read again.
#[test]
fn checksums_and_bytes_are_not_compared() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Docker::new(dir.path(), "overlay2");
    let image = image();
    let id = store.add(&image, &["x:1"]);
    // Without tar-split, the layer that rewrites files is walked, and its contents have no hash.
    let diff_ids: Vec<Digest> = image.layers.iter().map(|tar| Digest::of(tar)).collect();
    fs::remove_file(store.layer(&Digest::chain(&diff_ids)[2]).join("tar-split.json.gz")).unwrap();
    let model = load(&try_open(&store.reference(id.as_str())).unwrap());
    let changed = |path: &str| {
        let node = model.tree.find(path.as_bytes()).unwrap();
        model.tree.change(node, View::Changeset(LayerIndex(3))).changed
    };
    assert!(!changed("a/same").has(Changed::CONTENT), "the same bytes");
    assert!(changed("a/tied").has(Changed::CONTENT), "other bytes of the same length");
    assert!(model.figures[2].fault.is_none() && model.figures[2].entries == 3);
}

#[test]
fn what_only_docker_knows_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Docker::new(dir.path(), "overlay2");
    let base = Image::new("x:1").step("base", Layer::new().file("f", "1"));
    let middle = Image::new("x:1").step("base", Layer::new().file("f", "1")).empty("ENV");
    let top = Image::new("x:1")
        .step("base", Layer::new().file("f", "1"))
        .empty("ENV")
        .step("RUN", Layer::new().file("g", "2"));
    let (base, middle) = (store.add(&base, &["base:1"]), store.add(&middle, &[]));
    let id = store.add(&top, &["x:1", "localhost:5000/x:1"]);
    store.note(&id, "parent", middle.as_str());
    store.note(&id, "lastUpdated", "2026-11-21T18:00:00.123456789Z");
    store.note(&middle, "parent", base.as_str());
    let opened = try_open(&store.reference("x:1")).unwrap();
    let info = opened.info();
    assert_eq!(info.parent, Some(middle.clone()));
    assert_eq!(info.engine.ancestors, [Some(middle.clone()), Some(base)]);
    assert_eq!(info.engine.last_tag_time.as_deref(), Some("2026-11-21T18:00:00.123456789Z"));
    assert_eq!(info.tags, ["x:1", "localhost:5000/x:1"]);
    let (driver, data) = info.engine.graph_driver.as_ref().unwrap();
    let folders: Vec<&Path> = info.layers.iter().map(|layer| layer.folder.as_deref().unwrap()).collect();
    assert_eq!((&driver[..], data.len()), ("overlay2", 4));
    assert_eq!((data["UpperDir"].as_ref(), data["LowerDir"].as_ref()), (folders[1], folders[0]));
    // An image without a name is found by its ID alone, and an ancestor that is its own ends somewhere.
    store.note(&middle, "parent", middle.as_str());
    let dangling = try_open(&store.reference(middle.as_str())).unwrap();
    assert!(dangling.info().tags.is_empty() && dangling.info().engine.ancestors.len() == 2);
}

#[test]
fn the_images_of_the_steps_are_ancestors() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Storage::new(dir.path(), "overlay");
    let base = || Image::new("x").step("base", Layer::new().file("f", "1"));
    let other = Image::new("x").step("another base", Layer::new().file("f", "1"));
    let ids = [
        store.add(&other, &["localhost/other:1"]),
        store.add(&base().empty("ENV").step("RUN", Layer::new().file("g", "3")), &[]),
        store.add(&base(), &["localhost/base:1"]),
        store.add(&base().empty("ENV"), &[]),
        store.add(
            &base().empty("ENV").step("RUN", Layer::new().file("g", "2")).empty("CMD"),
            &["localhost/x:1"],
        ),
    ];
    let info = try_open(&store.reference("x:1")).unwrap();
    let id = |at: usize| Some(Digest::from_sha256(&hex(&ids[at])));
    assert_eq!(info.info().engine.ancestors, [None, id(3), id(2)]);
    assert_eq!(info.info().parent, None);
    let info = try_open(&store.reference(&ids[3])).unwrap();
    assert_eq!((&info.info().engine.ancestors[..], &info.info().parent), (&[id(2)][..], &id(2)));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn a_name_that_is_not_clear_is_an_error_that_helps() {
    let dir = tempfile::tempdir().unwrap();
    let mut docker = Docker::new(dir.path(), "overlay2");
    let mut storage = Storage::new(dir.path(), "overlay");
    // Some two of twenty share the first digit of their ID.
    for number in 0..20 {
        let image = Image::new("x").step("base", Layer::new().file("f", format!("{number}")));
        docker.add(&image, &[&format!("x:{number}")]);
        storage.add(&image, &[&format!("localhost/x:{number}")]);
    }
    let shared = (0..16).map(|digit| format!("{digit:x}")).find(|digit| {
        storage.images.iter().filter(|image| image["id"].as_str().unwrap().starts_with(digit)).count() > 1
    });
    let shared = shared.unwrap();
    for reference in [docker.reference(&shared), storage.reference(&shared)] {
        let Err(SourceError::Ambiguous { names, wanted, .. }) = try_open(&reference) else {
            panic!("{reference}")
        };
        assert!(names.len() > 1 && names.iter().all(|name| name.starts_with(&shared) && name.contains("x:")));
        assert_eq!(wanted, shared);
    }
    for name in ["absent", "x:20", "../../etc/passwd", "sha256:zz", "@", "x@sha256:1", "/"] {
        for reference in [docker.reference(name), storage.reference(name)] {
            assert!(matches!(try_open(&reference), Err(SourceError::NotHere { .. })), "{reference}");
        }
    }
    // Whose store it is does not depend on what its folder is called.
    for (reference, command) in
        [(docker.reference("absent:1"), "docker"), (storage.reference("absent:1"), "podman")]
    {
        let hints = try_open(&reference).err().unwrap().hints();
        assert_eq!(
            hints,
            [format!("`{command} pull absent:1` fetches it; `{command} images` lists what is here")]
        );
    }
    let nowhere = dir.path().join("nowhere");
    for scheme in ["docker-store", "containers-storage"] {
        let reference = format!("{scheme}:[{}]x", nowhere.display());
        assert!(matches!(try_open(&reference), Err(SourceError::NoStore { .. })), "{reference}");
    }
}

/// Where stores are looked for when nothing is said.
#[test]
fn stores_are_found_where_settings_say() {
    let dir = tempfile::tempdir().unwrap();
    let world = dir.path();
    let image = Image::new("x").step("base", Layer::new().file("f", "1"));
    Docker::new(&world.join("data/docker"), "overlay2").add(&image, &["x:1"]);
    Docker::new(&world.join("home/.local/share/docker"), "fuse-overlayfs").add(&image, &["mine:1"]);
    Docker::new(&world.join("data/docker/100000.100000"), "vfs").add(&image, &["mapped:1"]);
    write(world.join("etc/docker/daemon.json"), r#"{"data-root": "/data/docker"}"#);
    Storage::new(&world.join("data/containers"), "overlay").add(&image, &["localhost/x:1"]);
    Storage::new(&world.join("extra"), "overlay").add(&image, &["localhost/extra:1"]);
    Storage::new(&world.join("home/.local/share/containers/storage"), "vfs")
        .add(&image, &["localhost/mine:1"]);
    let conf = "[storage]\ndriver = \"overlay\"\ngraphroot = \"/data/containers\"\n[storage.options]\nadditionalimagestores = [\"/extra\"]\n";
    write(world.join("etc/containers/storage.conf"), conf);
    let has = |user: u32, reference: &str| {
        let surroundings = Surroundings::new(world, user, [("HOME", world.join("home"))]);
        let options = Options { surroundings: Arc::new(surroundings), ..options() };
        open(reference, &options, &|_| {}, &AtomicBool::new(false)).is_ok()
    };
    for (user, reference, there) in [
        (0, "docker-store:x:1", true),
        (0, "docker-store:mapped:1", true),
        (1000, "docker-store:mine:1", true),
        (1000, "docker-store:x:1", true),
        (0, "docker-store:absent", false),
        (0, "containers-storage:x:1", true),
        (0, "containers-storage:extra:1", true),
        (0, "containers-storage:mine:1", false),
        (1000, "containers-storage:mine:1", true),
        (1000, "containers-storage:x:1", false),
        (1000, "containers-storage:[vfs@]mine:1", true),
    ] {
        assert_eq!(has(user, reference), there, "{user} {reference}");
    }
}

#[test]
fn a_list_of_images_has_one_for_each_platform() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Storage::new(dir.path(), "overlay");
    let of = |platform: &str| {
        let architecture = platform.strip_prefix("linux/").unwrap().to_owned();
        let layer = Layer::new().file("platform", platform);
        Image { architecture, ..Image::new("x").step("base", layer) }
    };
    let platforms = ["linux/s390x", "linux/arm"];
    let ids = platforms.map(|platform| store.add(&of(platform), &[]));
    let manifests: Vec<_> = platforms
        .iter()
        .zip(&store.images)
        .map(|(platform, image)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            json!({"digest": image["digest"], "size": 1, "platform": {"os": os, "architecture": architecture}})
        })
        .collect();
    let (list, single) = ("a".repeat(64), "b".repeat(64));
    for (id, name, manifests) in
        [(&list, "localhost/x:1", &manifests[..]), (&single, "localhost/y:1", &manifests[..1])]
    {
        let manifest = json!({"schemaVersion": 2, "manifests": manifests}).to_string();
        write(store.lists("images").join(id).join("manifest"), manifest);
        store.images.push(json!({"id": id, "names": [name], "big-data-names": ["manifest"]}));
    }
    store.write_lists();
    let open_for = |name: &str, platform: Option<&str>| {
        let options = Options { platform: platform.map(|text| text.parse().unwrap()), ..options() };
        open(&store.reference(name), &options, &|_| {}, &AtomicBool::new(false))
    };
    for (platform, id) in platforms.iter().zip(&ids) {
        let opened = open_for("x:1", Some(platform)).unwrap();
        assert_eq!(opened.info().id.as_ref().map(Digest::hex), Some(id.as_str()));
        assert_eq!(opened.info().notes.iter().count(), 0, "{platform}");
    }
    let Err(SourceError::Platform { wanted, available, .. }) = open_for("x:1", Some("linux/riscv64")) else {
        panic!("neither is for this platform")
    };
    assert_eq!((wanted.as_str(), &available[..]), ("linux/riscv64", &platforms.map(str::to_owned)[..]));
    // In the list of images it is one without a config, and nothing is wrong with that.
    let wanted = capas::source::local::Wanted::parse(&store.reference("")).unwrap();
    let listing = capas::source::local::list(&Surroundings::default(), &[wanted]);
    assert_eq!((listing.stores[0].images.len(), &listing.stores[0].unread[..]), (4, &[][..]));
    // The only one there is does, with a note.
    let only = open_for("y:1", Some("linux/riscv64")).unwrap();
    assert_eq!(
        only.info().notes.iter().next().map(|note| note.kind),
        Some(capas::layer::NoteKind::OtherPlatform)
    );
}

#[test]
fn a_container_is_its_image_with_what_it_wrote_on_top() {
    let dir = tempfile::tempdir().unwrap();
    let image = image();
    for driver in ["overlay2", "vfs"] {
        let mut store = Docker::new(&dir.path().join(driver), driver);
        let id = store.add(&image, &["x:1"]);
        let files = store.container("c0ffee", "web", &id);
        if driver == "vfs" {
            // Docker copies the image twice: once for what every container has, once for this one.
            let init = store.files("rwc0ffee-init");
            image.layers.iter().for_each(|layer| stores::unpack(layer, &init));
            fs::remove_dir(&files).unwrap();
            let copied = std::process::Command::new("cp").arg("-a").arg(&init).arg(&files).status();
            assert!(copied.unwrap().success());
            fs::remove_file(files.join("empty")).unwrap();
        }
        write(files.join("a/log"), "what it said");
        write(files.join("a/tied"), "changed");
        let surroundings = Surroundings::new(dir.path().join("w"), 0, [("HOME", "/nowhere")]);
        write(dir.path().join("w/etc/docker/daemon.json"), "{}");
        let place = dir.path().join("w/var/lib/docker");
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&place);
        std::os::unix::fs::symlink(&store.root, &place).unwrap();
        let options = Options { surroundings: Arc::new(surroundings), ..options() };
        for name in ["web", "c0ffee", "c0f"] {
            let opened =
                open(&format!("container:{name}"), &options, &|_| {}, &AtomicBool::new(false)).unwrap();
            let info = Arc::clone(opened.info());
            assert_eq!((&info.id, info.engine.container.as_deref()), (&Some(id.clone()), Some("web")));
            assert_eq!(
                info.layers.iter().map(|layer| layer.writable).collect::<Vec<_>>(),
                [false, false, false, false, true]
            );
            let said = capas::build::instructions(&info).pop().unwrap();
            assert_eq!(said.kind, capas::build::Kind::Container);
            assert_eq!(
                info.steps.last().unwrap().created_by,
                "container web, not part of the image: sh -c true"
            );
            let model = load(&opened);
            let top = info.layers.len();
            let changes: Vec<String> = (1..model.tree.len() as u32)
                .map(NodeId)
                .filter(|node| model.tree.is_in(*node, View::Changeset(LayerIndex(top as u16))))
                .map(|node| model.tree.path(node).escape_ascii().to_string())
                .collect();
            let expected: &[&str] =
                if driver == "vfs" { &["a", "a/log", "a/tied", "empty"] } else { &["a", "a/log", "a/tied"] };
            assert_eq!(changes, expected, "{driver}");
            let written = contents(&model, &*opened.bodies());
            assert_eq!(written[written.len() - 2..], [Ok(b"what it said".to_vec()), Ok(b"changed".to_vec())]);
            // What `commit` would write: a header for each, data in whole blocks, and the end.
            let entries = expected.len() as u64;
            assert_eq!(model.figures[top - 1].tar_bytes, 512 * entries + 2 * 512 + 1024);
        }
    }
}

#[test]
fn the_writable_layer_of_an_overlay_has_whiteouts_as_devices() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Storage::new(dir.path(), "overlay");
    let image = Image::new("x").step("base", Layer::new().dir("d").file("d/old", "1").file("f", "2"));
    let id = store.add(&image, &["localhost/x:1"]);
    let base = store.layers[0]["id"].as_str().unwrap().to_owned();
    store.layers.push(json!({"id": "abc0", "parent": base, "created": ""}));
    store.write_lists();
    let containers = json!([{"id": "c1", "names": ["web"], "image": id, "layer": "abc0", "created": "2026-01-02T03:04:05Z"}]);
    write(store.lists("containers").join("containers.json"), containers.to_string());
    let files = store.files("abc0");
    write(files.join("d/new"), "3");
    write(files.join("two"), "linked");
    fs::hard_link(files.join("two"), files.join("three")).unwrap();
    let device = rustix::fs::mknodat(
        rustix::fs::CWD,
        files.join("f"),
        rustix::fs::FileType::CharacterDevice,
        rustix::fs::Mode::empty(),
        0,
    );
    let opaque =
        rustix::fs::setxattr(files.join("d"), "user.overlay.opaque", b"y", rustix::fs::XattrFlags::empty());
    let surroundings = Surroundings::new(dir.path(), 0, [("HOME", "/nowhere")]);
    write(dir.path().join("etc/containers/storage.conf"), format!("[storage]\ngraphroot = \"{}\"\n", "/"));
    let options = Options { surroundings: Arc::new(surroundings), ..options() };
    let opened = open("container:web", &options, &|_| {}, &AtomicBool::new(false)).unwrap();
    let model = load(&opened);
    let lives = |path: &str| {
        let node = model.tree.find(path.as_bytes()).unwrap();
        model
            .tree
            .events(node)
            .iter()
            .map(|event| format!("{} {:?}", event.layer, event.what))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(lives("two"), "2 Stated");
    assert_eq!(model.tree.entries(LayerIndex(2)).kind(3 - u32::from(device.is_err())), EntryKind::HardLink);
    // Making devices needs root; attributes need a filesystem that has them.
    if device.is_ok() {
        assert_eq!(lives("f"), "1 Stated, 2 Whiteout");
    }
    if opaque.is_ok() {
        assert_eq!(
            (lives("d"), lives("d/old")),
            ("1 Stated, 2 Opaque, 2 Stated".to_owned(), "1 Stated, 2 Hidden".to_owned())
        );
    }
}

/// Layers whose store has lost or changed something: the rest is shown, and what is wrong is said where it is met.
#[test]
fn a_damaged_layer_is_told_and_the_others_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Docker::new(dir.path(), "overlay2");
    let image = image();
    store.add(&image, &["x:1"]);
    let reference = store.reference("x:1");
    let diff_ids: Vec<Digest> = image.layers.iter().map(|tar| Digest::of(tar)).collect();
    let chain = Digest::chain(&diff_ids);
    let split = store.layer(&chain[1]).join("tar-split.json.gz");
    let whole = fs::read(&split).unwrap();
    let lines = stores::tar_split_lines(&image.layers[1]);
    let first = lines.find('\n').unwrap();
    let is_data = |line: &&str| !line.contains("s/inside");
    let without_data = lines.lines().filter(is_data).collect::<Vec<_>>().join("\n");
    let broken: [(&str, Vec<u8>); 9] = [
        ("a gzip cut short", whole[..whole.len() - 60].to_vec()),
        ("no JSON", common::gzip(format!("{}nonsense\n", &lines[..=first]).as_bytes())),
        ("no base64", common::gzip(b"{\"type\":2,\"payload\":\"*\",\"position\":0}\n")),
        ("another type", common::gzip(format!("{}{{\"type\":7}}\n", &lines[..=first]).as_bytes())),
        ("a size below zero", common::gzip(lines.replacen("\"size\":17", "\"size\":-17", 1).as_bytes())),
        ("no header", common::gzip(&lines.as_bytes()[first + 1..])),
        ("no data", common::gzip(without_data.as_bytes())),
        ("no lines", Vec::new()),
        ("not compressed, cut", lines.as_bytes()[..lines.len() / 2].to_vec()),
    ];
    for (what, bytes) in &broken {
        write(&split, bytes);
        let model = load(&try_open(&reference).unwrap());
        let fault = model.figures[1].fault.as_ref();
        assert!(fault.is_some() || *what == "no lines", "{what}");
        assert!(
            model.figures.iter().all(|figures| figures.loaded) && model.figures[0].entries == 6,
            "{what}"
        );
        let checks = capas::source::check(try_open(&reference).unwrap(), &|_| {}, &AtomicBool::new(false))
            .unwrap()
            .checks;
        let failed: Vec<_> = checks.iter().filter(|check| !check.ok).collect();
        assert!(
            matches!(failed[..], [check] if check.subject.contains(diff_ids[1].as_str())),
            "{what}: {failed:?}"
        );
    }
    write(&split, &whole);

    // What is wrong with a folder is met when a file of it is read.
    let opened = try_open(&reference).unwrap();
    let folder = opened.info().layers[1].folder.clone().unwrap();
    let errors = || {
        let opened = try_open(&reference).unwrap();
        let model = load(&opened);
        assert!(model.figures.iter().all(|figures| figures.fault.is_none()));
        contents(&model, &*opened.bodies()).into_iter().filter_map(Result::err).collect::<Vec<_>>()
    };
    assert_eq!(errors(), [""; 0]);
    write(folder.join("<&>"), "HTML");
    let said = errors();
    assert!(matches!(&said[..], [error] if error.contains("has not the checksum")), "{said:?}");
    write(folder.join("<&>"), "longer than it was");
    let said = errors();
    assert!(matches!(&said[..], [error] if error.contains("has 18 bytes, the layer's file 4")), "{said:?}");
    fs::remove_file(folder.join("<&>")).unwrap();
    // A symlink in its place leads nowhere: neither out of the folder nor within it.
    std::os::unix::fs::symlink("/etc/passwd", folder.join("<&>")).unwrap();
    assert_eq!(errors().len(), 1);
    fs::remove_file(folder.join("<&>")).unwrap();
    let pipe = rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("<&>"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    );
    pipe.unwrap();
    let said = errors();
    assert!(matches!(&said[..], [error] if error.contains("is no regular file")), "{said:?}");
    fs::rename(&folder, folder.with_file_name("elsewhere")).unwrap();
    let said = errors();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said.iter().all(|error| error.contains("is not there: the store has changed, or lost it")));

    // A layer that is not there at all is absent.
    fs::remove_dir_all(store.layer(&chain[1])).unwrap();
    let model = load(&try_open(&reference).unwrap());
    assert!(matches!(&model.info.layers[1].presence, Presence::Absent(why) if why.contains("is not there")));
    assert!(model.figures[2].loaded && !model.figures[1].loaded);
}

/// A folder whose symlinks lead out of it: a name is looked up as if the folder were the root.
#[test]
fn names_never_leave_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path().join("secret"), "hidden");
    let mut store = Docker::new(&dir.path().join("store"), "overlay2");
    let layer = || Layer::new().dir("etc").file("etc/f", "inside").file("plain", "hidden");
    let image = Image::new("x").step("base", layer());
    store.add(&image, &["x:1"]);
    let opened = try_open(&store.reference("x:1")).unwrap();
    let folder = opened.info().layers[0].folder.clone().unwrap();
    let diff_id = Digest::of(&image.layers[0]);
    let split = store.layer(&diff_id).join("tar-split.json.gz");
    let outside = dir.path().join("secret");
    let climbing = format!("{}secret", "../".repeat(40));
    for (name, is_there) in [
        (climbing.as_str(), false),
        (outside.to_str().unwrap(), false),
        ("/plain", true),
        ("up/secret", false),
        ("plain\u{0}x", false),
    ] {
        let lines = stores::tar_split_lines(&image.layers[0])
            .replace("\"name\":\"plain\"", &format!("\"name\":{}", json!(name)));
        write(&split, common::gzip(lines.as_bytes()));
        let _ = fs::remove_file(folder.join("up"));
        std::os::unix::fs::symlink("../../../..", folder.join("up")).unwrap();
        let opened = try_open(&store.reference("x:1")).unwrap();
        let last = contents(&load(&opened), &*opened.bodies()).pop().unwrap();
        assert_eq!(last.is_ok(), is_there, "{name}: {last:?}");
    }
}

#[test]
fn names_in_the_lists_of_a_store_are_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let image = Image::new("x").step("base", Layer::new().file("f", "1"));
    let mut docker = Docker::new(&dir.path().join("d"), "overlay2");
    let id = docker.add(&image, &["x:1"]);
    let meta = docker.layer(&Digest::of(&image.layers[0]));
    for name in ["../../secret", "", "/etc", "a/b"] {
        write(meta.join("cache-id"), name);
        assert!(matches!(try_open(&docker.reference("x:1")), Err(SourceError::Broken { .. })), "{name}");
    }
    write(meta.join("cache-id"), "cache0");
    assert!(try_open(&docker.reference("x:1")).is_ok());
    let config = docker.meta().join("imagedb/content/sha256").join(id.hex());
    let bytes = fs::read(&config).unwrap();
    write(&config, [&bytes[..], b" "].concat());
    let Err(SourceError::Broken { why, .. }) = try_open(&docker.reference("x:1")) else {
        panic!("a wrong config")
    };
    assert!(why.contains("should have the digest"), "{why}");
    let verified =
        capas::source::verify(&docker.reference("x:1"), &options(), &|_| {}, &AtomicBool::new(false))
            .unwrap();
    assert!(verified.checks.iter().any(|check| !check.ok && check.subject.starts_with("config")));
    write(&config, &bytes);
    for (text, broken) in
        [("{", true), ("[", true), (r#"{"Repositories": {"x": {"x:1": "no ID"}}}"#, true), ("{}", false)]
    {
        write(docker.meta().join("repositories.json"), text);
        assert_eq!(
            matches!(try_open(&docker.reference("x:1")), Err(SourceError::Broken { .. })),
            broken,
            "{text}"
        );
    }

    let mut storage = Storage::new(&dir.path().join("s"), "overlay");
    storage.add(&image, &["localhost/x:1"]);
    let good = (storage.images.clone(), storage.layers.clone());
    let opens = |storage: &Storage| {
        storage.write_lists();
        try_open(&storage.reference("x:1"))
    };
    assert!(opens(&storage).is_ok());
    storage.images[0]["id"] = "../../secret".into();
    assert!(matches!(opens(&storage), Err(SourceError::Broken { .. })));
    storage.images.clone_from(&good.0);
    storage.layers[0]["id"] = "../../secret".into();
    storage.images[0]["layer"] = "../../secret".into();
    assert!(matches!(opens(&storage), Err(SourceError::Broken { .. })));
    (storage.images, storage.layers) = good.clone();
    storage.layers[0]["flags"] = json!({"incomplete": true});
    let absent = |opened: Result<Opened, SourceError>| match &opened.unwrap().info().layers[0].presence {
        Presence::Absent(why) => why.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(absent(opens(&storage)), "it has not been pulled to its end");
    storage.layers.clear();
    assert!(absent(opens(&storage)).starts_with("the store has no layer "));
    for list in ["images", "layers"] {
        storage.write_lists();
        write(storage.lists(list).join(format!("{list}.json")), "[{");
        assert!(matches!(try_open(&storage.reference("x:1")), Err(SourceError::Broken { .. })), "{list}");
    }
    // A parent that is its own, and layers that are in a list that does not survive a reboot.
    storage.layers.clone_from(&good.1);
    storage.layers[0]["parent"] = storage.layers[0]["id"].clone();
    assert!(opens(&storage).is_ok());
    write(storage.lists("layers").join("layers.json"), "null");
    write(storage.lists("layers").join("volatile-layers.json"), json!(good.1).to_string());
    let model = load(&try_open(&storage.reference("x:1")).unwrap());
    assert_eq!(model.figures[0].entries, 1);
}
