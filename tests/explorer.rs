//! The explorer with its jobs, in memory: what effects do outside the screen.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::path::Path;

use capas::build::Evidence;
use capas::source::Options;
use capas::tui::{Headless, Setup};
use common::{Image, Layer};

const SIZE: (u16, u16) = (120, 40);

fn open(path: &Path) -> Headless {
    let setup = Setup { reference: path.to_str().unwrap().to_owned(), ..Setup::default() };
    Headless::open(&setup, SIZE, 0).unwrap()
}

/// An image in a folder of its own.
fn saved(image: &Image) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    std::fs::write(&path, image.docker_archive()).unwrap();
    (folder, path)
}

fn small() -> Image {
    Image::new("small:1").step("COPY notes.txt /", Layer::new().file("notes.txt", "one\ntwo\n"))
}

#[test]
fn a_file_is_previewed_and_its_content_copied() {
    let (_folder, path) = saved(&small());
    let mut explorer = open(&path);
    explorer.keys("<tab>o").unwrap();
    let text = explorer.text();
    assert!(text.contains("one") && text.contains("two"), "{text}");
    explorer.keys("Y").unwrap();
    assert_eq!(explorer.copied(), b"one\ntwo\n");
}

#[test]
fn what_is_too_large_for_the_clipboard_is_refused_with_a_reason() {
    let (_folder, path) = saved(&Image::new("big:1").step("COPY big /", Layer::new().big("big", 80_000, 1)));
    let mut explorer = open(&path);
    explorer.keys("<tab>Y").unwrap();
    assert_eq!(explorer.copied(), b"");
    assert!(explorer.text().contains("too much for a terminal's clipboard"), "{}", explorer.text());
}

#[test]
fn a_file_is_extracted_to_the_folder_that_is_typed() {
    let (folder, path) = saved(&small());
    let target = folder.path().join("out");
    let mut explorer = open(&path);
    explorer.keys("<tab>x<ctrl-u>").unwrap();
    explorer.keys(&format!("{}<enter>", target.display())).unwrap();
    assert_eq!(std::fs::read(target.join("notes.txt")).unwrap(), b"one\ntwo\n", "{}", explorer.text());
    assert!(explorer.text().contains("8 B in 1 file written to"), "{}", explorer.text());
    explorer.keys(&format!("x{}<enter>", target.display())).unwrap();
    assert!(explorer.text().contains("nothing written to"), "{}", explorer.text());
}

#[test]
fn a_sparse_file_is_shown_with_its_holes() {
    let map = "GNU.sparse.map";
    let layer = Layer::new()
        .pax("GNU.sparse.size", "6")
        .pax("GNU.sparse.numblocks", "1")
        .pax(map, "3,2")
        .file("sparse", "ab");
    let (_folder, path) = saved(&Image::new("sparse:1").step("COPY sparse /", layer));
    let mut explorer = open(&path);
    explorer.keys("<tab>Y").unwrap();
    assert_eq!(explorer.copied(), b"\0\0\0ab\0");
}

#[test]
fn an_image_that_is_not_there_is_a_state_of_the_screen() {
    let explorer = open(Path::new("no/such/image.tar"));
    assert!(explorer.text().contains("no/such/image.tar"), "{}", explorer.text());
}

#[test]
fn of_several_images_one_is_chosen() {
    let files = |image: &Image| image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let other = Image::new("other:2").step("COPY second.txt /", Layer::new().file("second.txt", "2"));
    let (mut all, second) = (files(&small()), files(&other));
    let index = |files: &[(String, Vec<u8>)]| {
        let (_, index) = files.iter().find(|(path, _)| path == "index.json").unwrap();
        serde_json::from_slice::<serde_json::Value>(index).unwrap()
    };
    let mut both = index(&all);
    let more = index(&second)["manifests"][0].clone();
    both["manifests"].as_array_mut().unwrap().push(more);
    all.retain(|(path, _)| path != "index.json");
    all.extend(second.into_iter().filter(|(path, _)| path.starts_with("blobs/")));
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in all.iter().chain([&("index.json".to_owned(), serde_json::to_vec(&both).unwrap())])
    {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let mut explorer = open(folder.path());
    assert!(
        explorer.text().contains("other:2") && explorer.text().contains("small:1"),
        "{}",
        explorer.text()
    );
    let list = explorer.text();
    explorer.keys("j<enter>").unwrap();
    assert!(explorer.text().contains("second.txt"), "{}", explorer.text());
    explorer.keys("<esc>").unwrap();
    assert!(explorer.text().contains("▶ other:2"), "{}", explorer.text());
    explorer.keys("k<esc>").unwrap();
    assert_eq!(explorer.text(), list, "the list as it was, and Esc never quits");
    explorer.keys("<enter>").unwrap();
    let text = explorer.text();
    assert!(text.contains("notes.txt") && !text.contains("second.txt"), "{text}");
}

#[test]
fn sizes_have_the_units_of_the_settings_in_every_pane() {
    let (_folder, path) = saved(&Image::new("big:1").step("COPY big /", Layer::new().big("big", 80_000, 1)));
    let reference = path.to_str().unwrap().to_owned();
    for (iec, yes, no) in [(true, "78.1 KiB", " kB"), (false, "80.0 kB", "KiB")] {
        let setup = Setup { reference: reference.clone(), iec, ..Setup::default() };
        let mut explorer = Headless::open(&setup, SIZE, 0).unwrap();
        for keys in ["", "<tab>", "4"] {
            explorer.keys(keys).unwrap();
            let text = explorer.text();
            assert!(text.contains(yes) && !text.contains(no), "{keys}: {text}");
        }
    }
}

#[test]
fn q_quits_and_settings_that_do_not_exist_are_refused() {
    let (_folder, path) = saved(&small());
    let mut explorer = open(&path);
    explorer.keys("q").unwrap();
    assert!(explorer.has_quit());
    let reference = path.to_str().unwrap().to_owned();
    let theme = Setup { theme: "sepia".to_owned(), reference: reference.clone(), ..Setup::default() };
    let refused = Headless::open(&theme, SIZE, 0).err().unwrap();
    assert!(refused.to_string().contains("there is no theme `sepia`"), "{refused}");
    let keymap =
        Setup { keymap: "emacs".to_owned(), reference, options: Options::default(), ..Setup::default() };
    assert!(Headless::open(&keymap, SIZE, 0).is_err());
    assert!(explorer.keys("<hyper-x>").is_err());
}

#[test]
fn with_the_dockerfile_a_fix_is_a_diff_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(root.join("tests/demo/app/Dockerfile")).unwrap();
    let evidence =
        Evidence { dockerfile: Some(("Dockerfile".to_owned(), file.clone())), ..Evidence::default() };
    let reference = root.join("assets/demo.tar").display().to_string();
    let setup = Setup { reference, evidence, ..Setup::default() };
    let mut explorer = Headless::open(&setup, SIZE, 0).unwrap();
    explorer.keys("jjjjjjj3Y").unwrap();
    let diff = String::from_utf8(explorer.copied().to_vec()).unwrap();
    assert!(diff.starts_with("--- a/Dockerfile\n+++ b/Dockerfile\n@@"), "{diff}");
    let gone: Vec<&str> = diff.lines().skip(3).filter_map(|line| line.strip_prefix('-')).collect();
    assert!(gone.len() > 1 && gone.iter().all(|line| file.lines().any(|other| other == *line)), "{diff}");
    explorer.keys("y").unwrap();
    let text = String::from_utf8(explorer.copied().to_vec()).unwrap();
    assert!(text.starts_with("RUN ") && text.contains(" && "), "{text}");
    assert!(explorer.text().contains("copied the fix"), "{}", explorer.text());
}

#[test]
fn steps_say_where_they_stand_in_the_dockerfile() {
    let small = Layer::new().big("etc/a", 80_000, 1);
    let image = Image::new("lines:1")
        .step("RUN /bin/sh -c one && two # buildkit", small)
        .step("RUN /bin/sh -c chown 7 /etc/a # buildkit", Layer::new().owner(7, 7).big("etc/a", 80_000, 1));
    let (_folder, reference) = saved(&image);
    let file = "FROM scratch\nRUN one && \\\n    two\nRUN chown 7 /etc/a\n".to_owned();
    let evidence = Evidence { dockerfile: Some(("app/Dockerfile".to_owned(), file)), ..Evidence::default() };
    let reference = reference.display().to_string();
    let setup = Setup { reference: reference.clone(), evidence, ..Setup::default() };
    let mut explorer = Headless::open(&setup, SIZE, 0).unwrap();
    assert!(explorer.text().contains("Line      Dockerfile:2-3"), "{}", explorer.text());
    explorer.keys("j").unwrap();
    assert!(explorer.text().contains("Line      Dockerfile:4"), "{}", explorer.text());
    explorer.keys("3").unwrap();
    let text = explorer.text();
    assert!(text.contains("step 1 · layer 1 · lines 2–3  RUN one && two"), "{text}");
    assert!(text.contains("step 2 · layer 2 · line 4  RUN chown 7 /etc/a"), "{text}");

    let setup = Setup { reference, ..Setup::default() };
    let mut explorer = Headless::open(&setup, SIZE, 0).unwrap();
    assert!(!explorer.text().contains("Line   "), "without a file, no line: {}", explorer.text());
    explorer.keys("3").unwrap();
    assert!(explorer.text().contains("step 1 · layer 1  RUN one && two"), "{}", explorer.text());
}

#[test]
fn the_account_of_the_explorer_is_that_of_the_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let setup = Setup { reference: root.join("assets/demo.tar").display().to_string(), ..Setup::default() };
    let mut explorer = Headless::open(&setup, SIZE, 0).unwrap();
    explorer.keys("2").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_capas"));
    let printed = command.args(["waste", &setup.reference]).env_clear().output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let dead = printed.split_once("dead ").unwrap().1.split_once(" (").unwrap().0.to_owned();
    assert!(explorer.text().contains(&format!("dead {dead} of ")), "{dead}\n{}", explorer.text());
    explorer.keys("/apt<enter>").unwrap();
    assert!(explorer.text().contains("apt · bytes"), "{}", explorer.text());
}
