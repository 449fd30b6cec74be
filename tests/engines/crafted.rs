//! Layers that no builder writes, loaded into dockerd: what a container sees of them against our rootfs.

use std::process::Command;

use super::case::{folder, run};
use super::common::{Image, Layer};
use super::listing;

/// The lower layer of every case.
fn base() -> Layer {
    Layer::new()
        .dir("etc")
        .dir("d")
        .file("d/one", "1")
        .file("d/two", "22")
        .dir("d/sub")
        .file("d/sub/three", "333")
        .file("file", "content")
        .dir("real")
        .file("real/x", "x")
        .symlink("link", "real")
        .symlink("abslink", "/real")
        .dir("op")
        .file("op/a", "a")
        .dir("op/c")
        .file("op/c/d", "d")
        .file("hl", "hard")
        .hardlink("hl2", "hl")
}

/// The upper layers: what is in them is in the name.
fn cases() -> Vec<(&'static str, Layer)> {
    let new = Layer::new;
    vec![
        ("whiteout-of-a-file", new().dir("d").whiteout("d/one")),
        ("whiteout-of-a-directory", new().whiteout("d")),
        ("whiteout-of-nothing", new().whiteout("absent").dir("d").whiteout("d/absent")),
        ("whiteout-in-an-absent-directory", new().whiteout("absent/name")),
        ("whiteout-then-file", new().whiteout("file").file("file", "new content")),
        ("whiteout-then-directory", new().whiteout("d").dir("d").file("d/new", "n")),
        ("opaque-first", new().dir("op").opaque("op").file("op/new", "n")),
        ("opaque-last", new().dir("op").file("op/new", "n").opaque("op")),
        ("opaque-without-its-directory", new().opaque("op")),
        ("opaque-at-the-root", new().file(".wh..wh..opq", "").file("new", "n")),
        ("opaque-in-a-new-directory", new().dir("fresh").opaque("fresh").file("fresh/f", "f")),
        ("file-over-directory", new().file("d", "now a file")),
        ("directory-over-file", new().dir("file").file("file/inside", "i")),
        ("directory-over-directory", new().mode(0o700).owner(5, 6).dir("d")),
        ("symlink-over-directory", new().symlink("d", "real")),
        ("directory-over-symlink", new().dir("link").file("link/y", "y")),
        ("file-behind-a-lower-symlink", new().file("link/y", "y")),
        ("file-behind-a-lower-absolute-symlink", new().file("abslink/y", "y")),
        ("file-behind-a-symlink-of-the-same-layer", new().dir("t").symlink("s", "t").file("s/inside", "i")),
        ("implied-directories", new().file("a/b/c", "c")),
        ("dot-slash", new().dir("./d").file("./d/one", "one again")),
        ("absolute-name", new().file("/abs", "a")),
        ("double-slash-and-dot", new().file("d//three", "3").file("d/./four", "4")),
        ("hard-link-in-the-layer", new().file("h0", "h").hardlink("h1", "h0").hardlink("h2", "/h0")),
        ("hard-link-to-a-symlink", new().symlink("sl", "file").hardlink("sl2", "sl")),
        ("one-of-two-hard-links-removed", new().whiteout("hl")),
        ("one-of-two-hard-links-rewritten", new().file("hl", "rewritten")),
        ("setuid-and-sticky", new().mode(0o6755).file("suid", "s").mode(0o1777).dir("sticky")),
        ("type-bits-in-the-mode", new().mode(0o100_755).file("bits", "b")),
        ("devices-and-a-fifo", new().device("null", b'3', 1, 3).device("loop", b'4', 7, 0).fifo("pipe")),
        ("device-0-0", new().device("file", b'3', 0, 0)),
        ("large-owner", new().pax("uid", "3000000").pax("gid", "3000001").file("large", "l")),
        (
            "odd-names",
            new().file(".white", "w").file("a.wh.b", "w").file(b"caf\xe9", "latin").file("tab\tnl\n", "c"),
        ),
        ("long-name", new().file(format!("{}/{}", "n".repeat(120), "m".repeat(130)), "long")),
        ("nothing", new()),
    ]
}

/// Loads each case into dockerd 20.10 and compares; one text for each that differs.
pub fn compare() -> Vec<String> {
    let socket = format!("unix://{}", folder().join("d20/sock").display());
    let docker =
        |arguments: &[&str]| run(Command::new("/usr/bin/docker").args(["-H", &socket]).args(arguments));
    let work = folder().join("crafted");
    std::fs::create_dir_all(&work).unwrap();
    let mut failures = Vec::new();
    for (name, layer) in cases() {
        let tag = format!("crafted/{name}:1");
        let image = Image::new(&tag).step("base", base()).step(name, layer);
        let archive = work.join(format!("{name}.tar"));
        std::fs::write(&archive, image.docker_archive()).unwrap();
        let path = archive.to_str().unwrap();
        docker(&["load", "-q", "-i", path]);
        let id = docker(&["create", "--network", "none", &tag, "none"]);
        let exported = work.join(format!("{name}.export"));
        docker(&["export", "-o", exported.to_str().unwrap(), id.trim()]);
        docker(&["rm", id.trim()]);
        let root = work.join(format!("{name}.root"));
        std::fs::create_dir_all(&root).unwrap();
        let unpack = ["--numeric-owner", "--same-permissions", "-xf", exported.to_str().unwrap()];
        run(Command::new("tar").arg("-C").arg(&root).args(unpack));
        let format = "%y\t%m\t%U\t%G\t%s\t%T@\t%n\t%i\t%P\\0%l\\0";
        let found =
            Command::new("find").current_dir(&root).args([".", "-mindepth", "1", "-printf", format]).output();
        let theirs = listing::of_find(&found.unwrap().stdout);
        let output =
            Command::new(env!("CARGO_BIN_EXE_capas")).args(["tree", path, "--format", "json"]).output();
        let ours = listing::of_tree(&String::from_utf8(output.unwrap().stdout).unwrap());
        // dockerd gives a directory that a layer names without stating it the time of loading.
        let [theirs, ours] = [theirs, ours].map(listing::without_times_of_directories);
        let differences = listing::differences(&theirs, &ours);
        if theirs.len() < 5 || !differences.is_empty() {
            failures.push(format!("{name}: {} files\n{}", theirs.len(), differences.join("\n")));
        }
    }
    failures
}
