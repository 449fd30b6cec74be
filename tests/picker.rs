//! No image was named: the list of this machine's images, from what it shows to what Enter opens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::build::Evidence;
use capas::ledger::Ledger;
use capas::local::{
    Access, Engine, Holder, Listing, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, Unread,
};
use capas::oci::{Digest, Platform};
use capas::source::local::{Wanted, list};
use capas::source::{Options, Surroundings, open_reader};
use capas::tui::app::{App, Start, update};
use capas::tui::effect::{Effect, Generation};
use capas::tui::event::Event;
use capas::tui::insight::Insight;
use capas::tui::keymap::Key;
use capas::tui::{Headless, Setup};
use common::Layer;
use common::containerd::Store;

/// 2026-01-02T03:04:05Z.
const NOW: i64 = 1_767_323_045;
const DAY: i64 = 86_400;

fn layers(of: &[(&str, u64)]) -> Vec<Piece> {
    let piece = |&(id, bytes): &(&str, u64)| Piece {
        kind: PieceKind::Layer,
        id: id.to_owned(),
        diff_id: None,
        bytes: Some(bytes),
    };
    of.iter().map(piece).collect()
}

fn image(names: &[&str], days: i64, of: &[(&str, u64)]) -> LocalImage {
    let pieces = layers(of);
    LocalImage {
        id: Some(Digest::of(format!("{names:?}{of:?}").as_bytes())),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        created: Some(NOW - days * DAY),
        size: Some(of.iter().map(|(_, bytes)| bytes).sum()),
        platform: "linux/amd64".parse::<Platform>().unwrap(),
        pieces,
        ..LocalImage::default()
    }
}

/// The machine of the drawing.
fn machine() -> Listing {
    let base = ("base", 164_000_000);
    let python = ("python", 95_000_000);
    let old = image(&["shop/web:2.3"], 14, &[base, python, ("app 2.3", 163_000_000)]);
    let web = LocalContainer {
        id: "c1".to_owned(),
        name: "web-1".to_owned(),
        image: old.id.clone(),
        running: true,
        ..LocalContainer::default()
    };
    let docker = LocalStore {
        name: "docker".to_owned(),
        driver: "overlay2".to_owned(),
        root: "/var/lib/docker".into(),
        images: vec![
            image(&["shop/web:2.4", "shop/web:latest"], 3, &[base, python, ("app 2.4", 316_000_000)]),
            old,
            image(&[], 15, &[base, python, ("app 2.2", 181_000_000)]),
            image(&["debian:bookworm-slim"], 35, &[base]),
        ],
        containers: vec![web],
        holders: vec![Holder {
            what: "the build cache".to_owned(),
            pieces: vec![(PieceKind::Layer, "app 2.4".to_owned())],
        }],
        ..LocalStore::default()
    };
    let podman = LocalStore {
        name: "podman".to_owned(),
        engine: Engine::Podman,
        driver: "overlay".to_owned(),
        access: Access::Direct,
        root: "/var/lib/containers/storage".into(),
        images: vec![image(&["localhost/evil\u{1b}[2J:1"], 400, &[("own", 1234)])],
        ..LocalStore::default()
    };
    let unread =
        Unread { what: "containerd".to_owned(), why: "/var/lib/containerd cannot be read".to_owned() };
    Listing { stores: vec![docker, podman], unread: vec![unread], ..Listing::default() }
}

fn user(listing: Listing, width: u16, height: u16) -> Headless {
    let setup = Setup { listing: Some(Arc::new(listing)), ..Setup::default() };
    Headless::open(&setup, (width, height), NOW).unwrap()
}

fn after(keys: &str) -> String {
    let mut user = user(machine(), 120, 24);
    user.keys(keys).unwrap();
    user.text()
}

/// The row with the mark of the selection.
fn selected(screen: &str) -> &str {
    screen.lines().find(|line| line.contains('▶')).unwrap()
}

#[test]
fn the_list_at_each_size() {
    for (width, height) in [(120, 24), (80, 24), (40, 12)] {
        let user = user(machine(), width, height);
        insta::assert_snapshot!(format!("picker_{width}x{height}"), user.text());
    }
}

#[test]
fn moving_sorting_and_filtering() {
    assert!(selected(&after("")).contains("2.4"));
    assert!(selected(&after("jj")).contains("2.3") && selected(&after("jj")).contains("in use"));
    assert!(selected(&after("G")).contains("demo: a small image with a story"));
    // The selected image stays selected when the order changes.
    let by_own = after("jjs");
    assert!(selected(&by_own).contains("2.3"), "{by_own}");
    assert!(by_own.contains("sorted by own bytes"), "{by_own}");
    let filtered = after("/dangling");
    assert!(filtered.contains("Filter: dangling") && filtered.contains("1 found"), "{filtered}");
    assert!(!filtered.contains("shop/web"), "{filtered}");
    let kept = after("/web 2.3<enter>");
    assert!(selected(&kept).contains("2.3") && !kept.contains("debian"), "{kept}");
    assert!(after("/web<enter><esc>").contains("debian") && after("/web<esc>").contains("debian"));
    assert!(after("/nothing").contains("demo: a small image"));
    assert!(!after("").contains('\u{1b}') && after("").contains("evil\\x1b["));
}

#[test]
fn what_removing_would_free_is_said_before_anything_is_removed() {
    // All names of the selected image.
    let one = after("R");
    assert!(one.contains("only untags: shop/web:latest stays"), "{one}");
    assert!(one.contains("Removing these 2 names frees 0 B."), "{one}");
    assert!(one.contains("316.0 MB of them stay in the build cache"), "{one}");
    let used = after("jjR");
    assert!(used.contains("shop/web:2.3: stays: the container web-1 runs on it"), "{used}");
    // Marked ones: the dangling image, and the base, whose layer others need.
    let marked = after("jjj G<up><up> R");
    assert!(marked.contains("181.0 MB") && marked.contains("debian:bookworm-slim: removed"), "{marked}");
    assert!(marked.contains("Removing these 2 names frees 181.0 MB."), "{marked}");
    for closed in ["R<esc>", "RR", "Rq", "tt"] {
        let screen = after(closed);
        assert!(!screen.contains("closes") && screen.contains("REPOSITORY"), "{closed}: {screen}");
    }
    assert!(after("t").contains("Images by the layers that they share"));
}

#[test]
fn the_tree_of_shared_layers() {
    let tree = after("t");
    let wanted = [
        "164.0 MB  1 layer",
        "95.0 MB  1 layer  shared by 3 images",
        "└─ 163.0 MB  1 layer",
        "podman (overlay",
    ];
    for part in wanted {
        assert!(tree.contains(part), "{part}: {tree}");
    }
}

#[test]
fn help_and_mouse_free_keys() {
    let help = after("?");
    assert!(help.contains("The images of this machine") && help.contains("would free"), "{help}");
    // What means nothing in the list is said to mean nothing.
    assert!(after("2").contains("no image is open yet"), "{}", after("2"));
    let mut user = user(machine(), 120, 24);
    user.keys("<esc><esc>").unwrap();
    assert!(user.text().contains("images on this machine"), "Esc never quits");
}

#[test]
fn enter_opens_the_sample_or_the_image() {
    let sample = after("G<enter>");
    assert!(!sample.contains("images on this machine") && sample.contains("Layers"), "{sample}");

    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(folder.path());
    let image = common::Image::new("x").step("COPY hello.txt /", Layer::new().file("hello.txt", "hi"));
    let stored = store.image("moby", &image);
    store.name("moby", "docker.io/library/hello:1", &stored.manifest);
    // Another one on the same layer.
    let layer = || Layer::new().file("hello.txt", "hi");
    let more =
        common::Image::new("y").step("COPY hello.txt /", layer()).step("RUN x", Layer::new().file("x", "1"));
    let stored = store.image("moby", &more);
    store.name("moby", "docker.io/library/more:1", &stored.manifest);
    store.write();
    let wanted = Wanted::parse(&format!("containerd:[{}]", folder.path().display())).unwrap();
    let listing = list(&Surroundings::default(), &[wanted]);
    let options = Options { platform: Some("linux/amd64".parse().unwrap()), ..Options::default() };
    let setup = Setup { listing: Some(Arc::new(listing)), options, ..Setup::default() };
    let mut user = Headless::open(&setup, (120, 40), NOW).unwrap();
    user.keys("/hello<enter>").unwrap();
    assert!(selected(&user.text()).contains("hello"), "{}", user.text());
    user.keys("<enter>").unwrap();
    let opened = user.text();
    assert!(opened.contains("hello:1") && opened.contains("containerd store"), "{opened}");
    assert!(opened.contains("COPY hello.txt /"), "{opened}");
    user.keys("<tab><tab>z").unwrap();
    assert!(user.text().contains("Shared    with more:1"), "{}", user.text());

    // Out of the zoom, back to the layers, then back to the list as it was left, and from there nowhere.
    user.keys("<esc><esc>").unwrap();
    assert!(!user.text().contains("images on this machine"), "{}", user.text());
    user.keys("<esc>").unwrap();
    let list = user.text();
    assert!(list.contains("images on this machine") && selected(&list).contains("hello"), "{list}");
    assert!(!list.contains("more"), "the filter stays: {list}");
    user.keys("<esc><esc><esc>").unwrap();
    let list = user.text();
    assert!(!user.has_quit() && list.contains("more") && selected(&list).contains("hello"), "{list}");
    // Nothing is left of the image before.
    user.keys("/more<enter><enter>").unwrap();
    let other = user.text();
    assert!(other.contains("more:1") && other.contains("RUN x") && other.contains("[1 Layers]"), "{other}");
    user.keys("4").unwrap();
    assert!(!user.text().contains("hello:1"), "{}", user.text());
}

#[test]
fn what_cannot_be_opened_leads_back_to_the_list() {
    let mut user = user(machine(), 120, 24);
    user.keys("jj<enter>").unwrap();
    let failed = user.text();
    assert!(failed.contains("cannot be opened") && failed.contains("Esc goes back to the list."), "{failed}");
    user.keys("<esc>").unwrap();
    assert!(selected(&user.text()).contains("2.3"), "{}", user.text());
    user.keys("G<enter>").unwrap();
    assert!(user.text().contains("[1 Layers]"), "{}", user.text());
}

/// An image in memory, read.
fn read(image: &common::Image) -> Arc<capas::image::Image> {
    let cancel = AtomicBool::new(false);
    let options = Options { platform: Some("linux/amd64".parse().unwrap()), ..Options::default() };
    let opened = open_reader(&image.docker_archive()[..], &options, &|_| {}, &cancel).unwrap();
    opened.load(&|_| {}, &cancel).unwrap()
}

#[test]
fn what_was_asked_about_the_image_before_is_not_answered_about_the_next() {
    let mut app = App::new(Start { size: (120, 40), ..Start::default() });
    let key = |name: &str| Event::Key(Key::parse(name).unwrap().event());
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Account { generation, .. } => Some(*generation),
            _ => None,
        })
    };
    let first = read(&common::Image::new("a:1").step("COPY a /", Layer::new().file("a", "1")));
    let second = read(&common::Image::new("b:2").step("COPY b /", Layer::new().file("b", "2")));
    update(&mut app, Event::Several(vec!["a:1".to_owned(), "b:2".to_owned()]));
    assert!(!app.is_moving(), "a list that waits for the user is at rest");
    assert_eq!(update(&mut app, key("enter")), [Effect::Open("a:1".to_owned())]);
    update(&mut app, Event::Merged(Arc::clone(&first)));
    let generation = asked(&update(&mut app, Event::Loaded)).unwrap();
    let insight = Arc::new(Insight::new(&first, Ledger::new(&first), &Evidence::default(), true));

    assert_eq!(update(&mut app, key("esc")), [Effect::CloseImage]);
    assert!(app.image().is_none() && app.info().is_none());
    update(&mut app, key("down"));
    assert_eq!(update(&mut app, key("enter")), [Effect::Open("b:2".to_owned())]);
    update(&mut app, Event::Merged(second));
    let neighbours = Some(vec![vec!["c:3".to_owned()]]);
    update(&mut app, Event::Neighbours { generation: Generation(1), neighbours });
    assert_eq!(app.neighbours, None, "they are those of the image before");
    update(&mut app, Event::Accounted { generation, insight: Arc::clone(&insight) });
    assert!(app.insight().is_none(), "an answer about the image before");
    let generation = asked(&update(&mut app, Event::Loaded)).unwrap();
    update(&mut app, Event::Accounted { generation, insight });
    assert!(app.insight().is_some(), "this one was asked for");
}

#[test]
fn what_was_hidden_stays_hidden_and_figures_are_those_of_the_image() {
    let mut user = user(machine(), 120, 40);
    user.keys("G<enter>3").unwrap();
    let all = user.text();
    user.keys("i").unwrap();
    assert!(user.text().contains("1 hidden"), "{}", user.text());
    user.keys("<esc><esc>").unwrap();
    assert!(user.text().contains("images on this machine"), "{}", user.text());
    user.keys("<enter>3").unwrap();
    assert!(user.text().contains("1 hidden"), "{}", user.text());
    user.keys("Ig").unwrap();
    assert_eq!(user.text(), all, "the same as at first");
}

#[test]
fn a_layer_says_which_other_images_hold_it() {
    let machine = machine();
    let web = machine.stores[0].images[0].id.clone().unwrap();
    let held = machine.neighbours(&[&web], 3).unwrap();
    let unnamed = machine.stores[0].images[2].id.as_ref().unwrap().short().to_owned();
    assert_eq!(held[0], ["shop/web:2.3", &unnamed, "debian:bookworm-slim"]);
    assert_eq!(held[1], ["shop/web:2.3", &unnamed]);
    assert!(held[2].is_empty(), "what the build cache holds is no image: {held:?}");
    assert_eq!(
        machine.neighbours(&[&web], 2),
        None,
        "another number of layers: it is not known which is which"
    );
    assert_eq!(machine.neighbours(&[&Digest::of(b"elsewhere")], 3), None);
}

#[test]
fn a_machine_without_images_still_has_the_sample() {
    let mut user = user(Listing::default(), 80, 24);
    let text = user.text();
    assert!(text.contains("no local store") && text.contains("demo: a small image with a story"), "{text}");
    user.keys("R").unwrap();
    assert!(user.text().contains("there is no image to remove"));
    user.keys("<enter>").unwrap();
    assert!(!user.text().contains("images on this machine"));
}
