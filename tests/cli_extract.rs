//! `capas extract`: what lands on disk, and what never does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cli::{Ran, World};
use common::{Image, Layer, TIME};
use stories::story;

fn world() -> World {
    let world = World::new();
    world.file("web.tar", story().docker_archive());
    world
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

/// Everything below a folder, by path.
fn all(dir: &Path) -> Vec<String> {
    fn walk(base: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.strip_prefix(base).unwrap().to_string_lossy().into_owned());
            if path.symlink_metadata().unwrap().is_dir() {
                walk(base, &path, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(dir, dir, &mut found);
    found.sort();
    found
}

#[test]
fn the_whole_filesystem() {
    let world = world();
    let ran = world.run(&["extract", "web.tar", "/", "-o", "out"]);
    done(&ran);
    let out = world.work().join("out");
    assert_eq!(std::fs::read(out.join("etc/os-release")).unwrap(), b"NAME=capas\n");
    assert_eq!(std::fs::read_link(out.join("lib")).unwrap(), Path::new("usr/lib"));
    assert_eq!(std::fs::read_link(out.join("app/conf")).unwrap(), Path::new("/etc/../etc/os-release"));
    assert_eq!((mode(&out.join("bin/sh")), mode(&out.join("etc/passwd"))), (0o755, 0o600));
    assert_eq!((mode(&out.join("tmp")), mode(&out.join("usr"))), (0o1777, 0o755));
    assert_eq!(mode(&out.join("usr/bin/sudo")), 0o755, "setuid is dropped");
    let ino = |path: &str| out.join(path).metadata().unwrap().ino();
    assert_eq!(ino("bin/sh"), ino("bin/bash"), "one file with two names");
    for path in ["etc/os-release", "tmp", "bin", "lib"] {
        assert_eq!(out.join(path).symlink_metadata().unwrap().mtime(), TIME as i64, "{path}");
    }
    assert!(!out.join("app/.secret").exists() && !out.join("dev/null").exists());
    assert!(
        ran.err.contains("skipped dev/null: a device") && ran.err.contains("skipped run/pipe: a named pipe")
    );
    assert_eq!(all(&out).iter().filter(|path| path.starts_with("srv/")).count(), 3, "odd names are kept");
}

#[test]
fn files_folders_layers_and_ranges() {
    let world = world();
    let extract = |args: &[&str], dir: &str| {
        done(&world.run(&[&["extract", "web.tar", "-o", dir], args].concat()));
        all(&world.work().join(dir))
    };
    assert_eq!(extract(&["etc/passwd"], "a"), ["etc", "etc/passwd"]);
    assert_eq!(extract(&["lib/libc.so"], "b"), ["usr", "usr/lib", "usr/lib/libc.so"], "where the link leads");
    assert_eq!(
        extract(&["app", "bin/sh"], "c"),
        ["app", "app/conf", "app/loop", "app/main.py", "bin", "bin/sh"]
    );
    assert_eq!(extract(&["/", "--layer", "3"], "d"), ["etc", "etc/passwd"], "what the layer states");
    assert!(extract(&["app", "--rootfs", "2"], "e").contains(&"app/.secret".to_owned()));
    let range = extract(&["/", "--layers", "2..3"], "f");
    assert!(range.contains(&"etc/passwd".to_owned()) && range.contains(&"app/main.py".to_owned()));
    assert!(!range.iter().any(|path| path.starts_with("bin") || path == "app/.secret"), "{range:?}");
}

#[test]
fn compressed_layers_and_sparse_files() {
    let world = World::new();
    world.file("web.oci.tar", story().oci_archive());
    done(&world.run(&["extract", "web.oci.tar", "/", "-o", "out"]));
    assert_eq!(std::fs::read(world.work().join("out/app/main.py")).unwrap(), b"print('hello')\n");
    // A terabyte of hole costs nothing.
    let mut stored = b"1\n1000000000000\n3\n".to_vec();
    stored.resize(512, 0);
    stored.extend_from_slice(b"end");
    let layer = Layer::new()
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.name", "holes")
        .pax("GNU.sparse.realsize", "1000000000003")
        .file("GNUSparseFile.0/holes", stored);
    world.file("sparse.tar", Image::new("s:1").step("COPY holes /", layer).docker_archive());
    done(&world.run(&["extract", "sparse.tar", "holes", "-o", "out"]));
    let holes = world.work().join("out/holes").metadata().unwrap();
    assert_eq!(holes.len(), 1_000_000_000_003);
    assert!(holes.blocks() < 1000);
}

#[test]
fn what_exists_is_kept_unless_forced() {
    let world = world();
    world.file("out/etc/passwd", "mine");
    let ran = world.run(&["extract", "web.tar", "etc", "-o", "out"]);
    let said = ran.fails(2);
    assert!(
        said.contains("skipped etc/passwd: it is there already") && said.contains("hint: --force"),
        "{said}"
    );
    let read = |path: &str| std::fs::read_to_string(world.work().join(path)).unwrap();
    assert_eq!(
        (read("out/etc/passwd").as_str(), read("out/etc/os-release").as_str()),
        ("mine", "NAME=capas\n")
    );
    // A second name of the file outside keeps its content: the name is replaced, not the file behind it.
    std::fs::hard_link(world.work().join("out/etc/passwd"), world.work().join("precious")).unwrap();
    done(&world.run(&["extract", "web.tar", "/", "-o", "out", "--force"]));
    assert_eq!((read("out/etc/passwd").as_str(), read("precious").as_str()), ("root:x:0:0\n", "mine"));
    done(&world.run(&["extract", "web.tar", "/", "-o", "out", "--force"]));
    // A folder that may not be entered is a folder all the same; root may enter all.
    if !rustix::process::geteuid().is_root() {
        let allow = |mode| {
            let folder = world.work().join("out/etc");
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(0o000);
        let ran = world.run(&["extract", "web.tar", "etc/passwd", "-o", "out"]);
        allow(0o755);
        assert!(ran.fails(2).starts_with("skipped etc/passwd: Permission denied"), "{}", ran.err);
    }
}

/// Links that stood in the target before lead nowhere, whether they stand for a folder or a file.
#[test]
fn links_in_the_target_are_never_followed() {
    for force in [&[][..], &["--force"]] {
        let world = world();
        let outside = world.work().join("outside");
        std::fs::create_dir_all(outside.join("etc")).unwrap();
        std::fs::write(outside.join("file"), "precious").unwrap();
        std::fs::create_dir_all(world.work().join("out/app")).unwrap();
        symlink(outside.join("etc"), world.work().join("out/etc")).unwrap();
        symlink(outside.join("file"), world.work().join("out/app/main.py")).unwrap();
        let args = [&["extract", "web.tar", "etc", "app/main.py", "-o", "out"], force].concat();
        let ran = world.run(&args);
        assert_eq!(ran.code, Some(if force.is_empty() { 2 } else { 0 }), "{ran:?}");
        assert_eq!(all(&outside), ["etc", "file"], "nothing was written outside");
        assert_eq!(std::fs::read(outside.join("file")).unwrap(), b"precious");
    }
}

/// Names and links that try to climb out, in every way that a tar can say it.
#[test]
fn hostile_names_stay_inside() {
    let world = World::new();
    let outside = world.work().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let out = outside.to_str().unwrap();
    let first = Layer::new()
        .file("../up", "1")
        .file("/../../abs", "2")
        .file("a/../../../climb", "3")
        .symlink("link", out)
        .file("link/through", "4")
        .symlink("rel", "../outside")
        .file("rel/through", "5")
        .hardlink("hard", "../../../../etc/passwd")
        .symlink("dir", "..")
        .file("dir/outside/via-dir", "6");
    let second = Layer::new().file("link/later", "7").file("rel/later", "8").file("dir/outside/later", "9");
    let image = Image::new("evil:1").step("COPY . /", first).step("COPY . /", second);
    world.file("evil.tar", image.docker_archive());
    let before = all(&world.work());
    for layer in [&[][..], &["--layer", "1"], &["--layer", "2"], &["--rootfs", "1"], &["--layers", "1..2"]] {
        for force in [&[][..], &["--force"]] {
            let ran = world.run(&[&["extract", "evil.tar", "/", "-o", "out"], layer, force].concat());
            assert!(matches!(ran.code, Some(0 | 2)), "{ran:?}");
        }
    }
    let after: Vec<String> =
        all(&world.work()).into_iter().filter(|path| path != "out" && !path.starts_with("out/")).collect();
    assert_eq!(after, before, "only the target folder has changed");
    let up: PathBuf = world.work().join("..");
    assert_eq!(
        all(&up).iter().filter(|path| path.ends_with("up") || path.ends_with("abs")).count(),
        2,
        "inside"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let world = world();
    let ran = world.run(&["extract", "web.tar", "nothing", "-o", "out"]);
    assert!(ran.fails(2).starts_with("error: there is no nothing in the image"), "{}", ran.err);
    assert!(!world.work().join("out").exists(), "no folder is made for nothing");
    world.file("file", "x");
    let ran = world.run(&["extract", "web.tar", "etc", "-o", "file"]);
    assert!(ran.fails(2).starts_with("error: file: "), "{}", ran.err);
    let ran = world.run(&["extract", "web.tar", "etc"]);
    assert!(ran.fails(2).contains("--output <DIR>"), "{}", ran.err);
}

#[test]
fn owners_are_kept_when_root_asks() {
    let world = world();
    let ran = world.run(&["extract", "web.tar", "/", "-o", "out", "--same-owner"]);
    if !rustix::process::geteuid().is_root() {
        assert!(ran.fails(2).contains("--same-owner needs root"));
        return;
    }
    done(&ran);
    let out = world.work().join("out");
    let owner = |path: &str| {
        let metadata = out.join(path).symlink_metadata().unwrap();
        (metadata.uid(), metadata.gid())
    };
    assert_eq!((owner("app"), owner("app/main.py"), owner("etc")), ((1000, 1000), (1000, 1000), (0, 0)));
    assert_eq!(mode(&out.join("usr/bin/sudo")), 0o4755, "setuid after the owner");
}

/// Long chains of folders are opened from where the path before left off, and each lands in its own place.
#[test]
fn deep_chains_of_folders() {
    let deep = |name: &str| ["d"; 300].join("/") + name;
    let fork = ["d"; 130].join("/") + "/e/" + &["d"; 100].join("/") + "/f";
    let layer = Layer::new()
        .pax("path", deep("/a"))
        .file("a", "one")
        .pax("path", deep("x/b"))
        .file("b", "two")
        .pax("path", &fork)
        .file("f", "three")
        .symlink("z", "d");
    let world = World::new();
    world.file("deep.tar", Image::new("deep:1").step("COPY . /", layer).docker_archive());
    let ran = world.run(&["extract", "deep.tar", "/", "-o", "out"]);
    done(&ran);
    assert!(ran.err.contains("3 files, 402 folders, 1 link, 11 B in out"), "{}", ran.err);
    let read = |path: &str| std::fs::read_to_string(world.work().join("out").join(path)).unwrap();
    assert_eq!(
        (read(&deep("/a")), read(&deep("x/b")), read(&fork)),
        ("one".into(), "two".into(), "three".into())
    );
}

#[test]
fn extended_attributes_are_written_or_told() {
    let world = World::new();
    let layer = Layer::new()
        .xattr("user.origin", "https://example.org/\0x")
        .xattr("security.capability", "\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
        .file("tool", "#!")
        .mode(0o555)
        .xattr("user.kind", "folder")
        .dir("data");
    world.file("x.tar", Image::new("x:1").step("COPY . /", layer).docker_archive());
    let ran = world.run(&["extract", "x.tar", "/", "-o", "out"]);
    done(&ran);
    let get = |path: &str, name: &str| {
        let mut value = [0; 100];
        let read = rustix::fs::getxattr(world.work().join(path), name, &mut value[..]);
        read.ok().map(|len| value[..len].to_vec())
    };
    let probe = world.work().join("out");
    if rustix::fs::setxattr(&probe, "user.probe", b"1", rustix::fs::XattrFlags::empty()).is_ok() {
        assert_eq!(get("out/tool", "user.origin").as_deref(), Some(&b"https://example.org/\0x"[..]));
        assert_eq!(get("out/data", "user.kind").as_deref(), Some(&b"folder"[..]));
        assert!(ran.err.contains("not written: 1 extended attribute ("), "{}", ran.err);
    } else {
        assert!(ran.err.contains("not written: 3 extended attributes ("), "{}", ran.err);
    }
    assert_eq!(get("out/tool", "security.capability"), None, "rights are not given away");
}
