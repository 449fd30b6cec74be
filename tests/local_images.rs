//! Whose bytes they are and what removing images would free: against naive models, and as engines' rules have it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use capas::local::{
    Engine, Filter, Found, Holder, Listing, LocalContainer, LocalImage, LocalStore, Meant, NotFound, Outcome,
    Piece, PieceKind, Prune, Reclaim, Sort, State,
};
use capas::oci::Digest;
use proptest::prelude::*;

fn id(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn layer(number: u8) -> Piece {
    let bytes = Some(size(number));
    Piece { kind: PieceKind::Layer, id: format!("sha256:{number:064x}"), diff_id: None, bytes }
}

fn size(number: u8) -> u64 {
    1 << (number % 40)
}

fn sum(layers: impl IntoIterator<Item = u8>) -> u64 {
    layers.into_iter().collect::<BTreeSet<u8>>().into_iter().map(size).sum()
}

/// An image of these layers; its ID is that of its first name.
fn image(names: &[&str], layers: &[u8]) -> LocalImage {
    LocalImage {
        id: Some(id(names.first().unwrap_or(&"nameless"))),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        pieces: layers.iter().map(|&number| layer(number)).collect(),
        ..LocalImage::default()
    }
}

fn nameless(seed: &str, layers: &[u8]) -> LocalImage {
    LocalImage { id: Some(id(seed)), ..image(&[], layers) }
}

fn child(parent: &str, image: LocalImage) -> LocalImage {
    LocalImage { parent: Some(id(parent)), ..image }
}

fn store(images: Vec<LocalImage>) -> LocalStore {
    LocalStore { name: "docker".to_owned(), images, ..LocalStore::default() }
}

fn container(name: &str, image: &str, layers: &[u8], running: bool) -> LocalContainer {
    LocalContainer {
        id: name.to_owned(),
        name: name.to_owned(),
        image: Some(id(image)),
        running,
        layers: layers.iter().map(|&number| layer(number).id).collect(),
        ..LocalContainer::default()
    }
}

fn reclaim(store: &LocalStore, names: &[&str]) -> Reclaim {
    let listing = Listing { stores: vec![store.clone()], ..Listing::default() };
    let found: Vec<Found> = names.iter().flat_map(|name| listing.find(name).unwrap()).collect();
    listing.reclaim(&found)
}

fn prune(store: &LocalStore, prune: Prune) -> (u64, Vec<String>) {
    let listing = Listing { stores: vec![store.clone()], ..Listing::default() };
    let reclaim = listing.prune(prune);
    let removed = reclaim.removals.iter().filter(|removal| removal.outcome == Outcome::Removed);
    let mut names: Vec<String> = removed.map(|removal| removal.name.clone()).collect();
    names.sort();
    (reclaim.freed, names)
}

proptest! {
    /// Own bytes are what the union of all layers loses without the image; own and shared are the image.
    #[test]
    fn own_bytes_are_the_difference_of_unions(images in prop::collection::vec(prop::collection::vec(0u8..12, 0..6), 0..6)) {
        let store = store(images.iter().map(|layers| image(&["x"], layers)).collect());
        let union = |skip: Option<usize>| {
            let all = images.iter().enumerate().filter(|(at, _)| Some(*at) != skip);
            sum(all.flat_map(|(_, layers)| layers.iter().copied()))
        };
        prop_assert_eq!(store.image_bytes(), union(None));
        for (at, share) in store.shares().into_iter().enumerate() {
            prop_assert_eq!(share.own, union(None) - union(Some(at)));
            prop_assert_eq!(share.total(), sum(images[at].iter().copied()));
            prop_assert!(!share.partial);
        }
    }

    /// Removing any set of images frees what the union of all layers loses by it, whatever the order; containers and the
    /// build cache keep theirs.
    #[test]
    fn reclaim_is_the_difference_of_unions(
        images in prop::collection::vec(prop::collection::vec(0u8..12, 0..6), 1..6),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        cached in prop::collection::vec(0u8..12, 0..3),
        mounted in prop::collection::vec(0u8..12, 0..3),
    ) {
        let names: Vec<String> = (0..images.len()).map(|at| format!("x:{at}")).collect();
        let mut store = store(images.iter().zip(&names).map(|(layers, name)| image(&[name], layers)).collect());
        let pieces = cached.iter().map(|&number| (PieceKind::Layer, layer(number).id)).collect();
        store.holders.push(Holder { what: "the build cache".to_owned(), pieces });
        store.containers.push(container("orphan", "an image that has gone", &mounted, true));
        let removed: Vec<usize> = removed.iter().map(|index| index.index(images.len())).collect();
        let left = (0..images.len()).filter(|at| !removed.contains(at)).flat_map(|at| images[at].clone());
        let held: BTreeSet<u8> = left.chain(cached.clone()).chain(mounted.clone()).collect();
        let all: BTreeSet<u8> = images.iter().flatten().copied().collect();
        let typed: Vec<&str> = removed.iter().map(|&at| names[at].as_str()).collect();
        let answer = reclaim(&store, &typed);
        prop_assert_eq!(answer.freed, sum(all.difference(&held).copied()));
        prop_assert_eq!(answer.removals.iter().map(|removal| removal.freed).sum::<u64>(), answer.freed);
        // What is not freed of them and no image has is what the others keep.
        let kept: BTreeSet<u8> = (0..images.len()).filter(|at| !removed.contains(at)).flat_map(|at| images[at].clone()).collect();
        let gone: BTreeSet<u8> = removed.iter().flat_map(|&at| images[at].clone()).collect();
        let by_others = gone.iter().copied().filter(|number| !kept.contains(number) && held.contains(number));
        prop_assert_eq!(answer.held.iter().map(|(_, bytes)| bytes).sum::<u64>(), sum(by_others));
    }

    /// The tree of layers has each layer of each image once, and each image where its last layer is.
    #[test]
    fn the_tree_has_every_layer_once(images in prop::collection::vec(prop::collection::vec(0u8..3, 0..6), 0..8)) {
        // A layer's ID stands for all below it.
        let chained = |layers: &[u8]| -> Vec<Piece> {
            (0..layers.len()).map(|at| Piece { id: format!("{:?}", &layers[..=at]), ..layer(layers[at]) }).collect()
        };
        let images: Vec<LocalImage> =
            images.iter().map(|layers| LocalImage { pieces: chained(layers), ..image(&["x"], &[]) }).collect();
        let store = store(images);
        let mut found = vec![Vec::new(); store.images.len()];
        let mut ahead: Vec<(Vec<String>, capas::local::Branch)> =
            store.branches().into_iter().map(|branch| (Vec::new(), branch)).collect();
        let mut bytes = 0;
        while let Some((mut below, branch)) = ahead.pop() {
            bytes += branch.bytes();
            below.extend(branch.layers.iter().map(|layer| layer.id.clone()));
            for &at in &branch.images {
                prop_assert!(found[at].is_empty());
                found[at].clone_from(&below);
            }
            ahead.extend(branch.above.into_iter().map(|branch| (below.clone(), branch)));
        }
        let wanted: Vec<Vec<String>> =
            store.images.iter().map(|image| image.pieces.iter().map(|piece| piece.id.clone()).collect()).collect();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(bytes, store.image_bytes());
    }
}

#[test]
fn a_size_that_is_not_known_is_not_counted_as_nothing() {
    let mut store = store(vec![image(&["a"], &[1, 2]), image(&["b"], &[2])]);
    store.images[0].pieces[0].bytes = None;
    let shares = store.shares();
    assert_eq!((shares[0].own, shares[0].shared, shares[0].partial), (0, size(2), true));
    assert!(!shares[1].partial);
    assert!(reclaim(&store, &["a"]).partial && !reclaim(&store, &["b"]).partial);
}

#[test]
fn one_of_two_names_only_untags() {
    let store = store(vec![image(&["web:1", "web:latest"], &[1, 2]), image(&["db:1"], &[1, 3])]);
    let one = reclaim(&store, &["web:1"]);
    assert_eq!(one.removals[0].outcome, Outcome::Untagged(vec!["web:latest".to_owned()]));
    assert_eq!(one.freed, 0);
    let both = reclaim(&store, &["web:1", "web"]);
    assert_eq!((&both.removals[1].outcome, both.freed), (&Outcome::Removed, size(2)));
    // The order in which they go decides who frees the layer that both have, not how much is freed.
    let all = reclaim(&store, &["web:1", "web", "db:1"]);
    assert_eq!(
        all.removals.iter().map(|removal| removal.freed).collect::<Vec<_>>(),
        [0, size(2), size(1) + size(3)]
    );
    let by_id = reclaim(&store, &[id("web:1").hex()]);
    assert!(matches!(&by_id.removals[0].outcome, Outcome::SeveralNames(names) if names.len() == 2));
    assert_eq!(reclaim(&store, &[id("db:1").short()]).freed, size(3));
}

#[test]
fn a_container_blocks_the_last_name() {
    let mut store = store(vec![image(&["web:1", "web:2"], &[1]), image(&["db:1"], &[2])]);
    store.containers = vec![
        container("stopped", "web:1", &[1], false),
        container("running", "web:1", &[1], true),
        container("idle", "db:1", &[2], false),
    ];
    let one = reclaim(&store, &["web:1"]);
    assert_eq!(one.removals[0].outcome, Outcome::Untagged(vec!["web:2".to_owned()]));
    let both = reclaim(&store, &["web:1", "web:2", "db:1"]);
    let used = |container: &str, running| Outcome::UsedBy { container: container.to_owned(), running };
    assert_eq!(both.removals[1].outcome, used("running", true));
    assert_eq!(both.removals[2].outcome, used("idle", false));
    assert_eq!((both.freed, prune(&store, Prune::All).0), (0, 0));
}

#[test]
fn parents_stay_for_their_children_and_go_with_the_last_one() {
    // The classic builder: base <- step <- two images, and a dangling one on the base.
    let images = vec![
        image(&["base:1"], &[1]),
        child("base:1", nameless("step", &[1, 2])),
        child("step", image(&["a:1"], &[1, 2, 3])),
        child("step", image(&["b:1"], &[1, 2, 4])),
        child("base:1", nameless("old", &[1, 5])),
    ];
    let docker = store(images);
    let states: Vec<State> = docker.states();
    assert_eq!(states[1], State::Intermediate);
    assert_eq!((states[0], states[4]), (State::Named, State::Dangling));
    // The step holds nothing against those that were made from it.
    assert_eq!(docker.shares()[2].own, size(3));
    assert_eq!(reclaim(&docker, &["base:1"]).removals[0].outcome, Outcome::HasChildren(2));
    assert_eq!(reclaim(&docker, &["a:1"]).freed, size(3));
    assert_eq!(reclaim(&docker, &["a:1", "b:1"]).freed, size(2) + size(3) + size(4));
    // A name that goes first does not come back: the base goes as the last nameless parent.
    let all = reclaim(&docker, &["base:1", "a:1", "b:1", id("old").hex()]);
    assert_eq!(all.freed, sum([1, 2, 3, 4, 5]));
    let (freed, names) = prune(&docker, Prune::Dangling);
    assert_eq!((freed, names), (size(5), vec![id("old").short().to_owned()]));
    assert_eq!(prune(&docker, Prune::All).0, sum([1, 2, 3, 4, 5]));

    // In containerd each image holds all that it needs: a parent goes whoever was made from it, and prune takes steps.
    let containerd = LocalStore { engine: Engine::DockerContainerd, ..docker.clone() };
    assert_eq!(reclaim(&containerd, &["base:1"]).removals[0].outcome, Outcome::Removed);
    assert_eq!(reclaim(&containerd, &["base:1"]).freed, 0);
    assert_eq!(prune(&containerd, Prune::Dangling).1.len(), 2);

    // podman removes the parent that is named, whose layers stay for its children; a nameless one waits for the last.
    let mut podman = LocalStore { engine: Engine::Podman, ..docker };
    let config = Piece { kind: PieceKind::Blob, id: "config".to_owned(), diff_id: None, bytes: Some(7) };
    podman.images[0].pieces.push(config);
    let base = reclaim(&podman, &["base:1"]);
    assert_eq!((&base.removals[0].outcome, base.freed), (&Outcome::Removed, 7));
    assert_eq!(prune(&podman, Prune::Dangling).1, [id("old").short()]);
    // `prune -a` takes the steps, too, also below an image that a container keeps.
    podman.containers.push(container("keeps", "a:1", &[1, 2, 3], true));
    let config = Piece { kind: PieceKind::Blob, id: "step".to_owned(), diff_id: None, bytes: Some(9) };
    podman.images[1].pieces.push(config);
    assert_eq!(prune(&podman, Prune::All).0, size(4) + size(5) + 7 + 9);
    podman.containers.clear();
    assert_eq!(reclaim(&podman, &["a:1"]).freed, size(3));
    assert_eq!(reclaim(&podman, &["a:1", "b:1"]).freed, size(2) + size(3) + size(4) + 9);
}

#[test]
fn digests_of_a_repository_go_with_its_last_tag() {
    let digest = format!("web@{}", id("manifest"));
    let mut pulled = image(&["web:1"], &[1]);
    pulled.repo_digests = vec![digest.clone()];
    let docker = store(vec![pulled]);
    assert_eq!(reclaim(&docker, &["web:1"]).freed, size(1));
    let mut two = image(&["web:1"], &[1]);
    two.repo_digests = vec![digest, format!("other@{}", id("manifest"))];
    let docker = store(vec![two]);
    let outcome = &reclaim(&docker, &["web:1"]).removals[0].outcome;
    assert!(
        matches!(outcome, Outcome::Untagged(left) if left.len() == 1 && left[0].starts_with("other@")),
        "{outcome:?}"
    );
    // Nothing but a digest: dangling to `docker images`, and `prune` takes it.
    let mut bare = nameless("bare", &[1]);
    bare.repo_digests = vec![format!("web@{}", id("manifest"))];
    let docker = store(vec![bare]);
    assert_eq!((docker.states()[0], prune(&docker, Prune::Dangling).0), (State::Dangling, size(1)));
}

#[test]
fn images_are_found_by_name_or_by_the_beginning_of_an_id() {
    let docker = store(vec![image(&["shop/web:2", "ghcr.io/shop/web:2"], &[1]), image(&["x:latest"], &[2])]);
    let podman = LocalStore {
        name: "podman".to_owned(),
        images: vec![image(&["localhost/x:latest"], &[3]), image(&["docker.io/library/deb:1"], &[4])],
        ..LocalStore::default()
    };
    let listing = Listing { stores: vec![docker, podman], ..Listing::default() };
    let find = |typed: &str| -> Vec<(usize, usize)> {
        listing.find(typed).unwrap().iter().map(|found| (found.store, found.image)).collect()
    };
    assert_eq!(find("x"), [(0, 1), (1, 0)]);
    assert_eq!(find("docker.io/shop/web:2"), [(0, 0)]);
    assert_eq!(find("deb:1"), [(1, 1)]);
    assert_eq!(find(&id("x:latest").as_str()[..20]), [(0, 1)]);
    let meant = &listing.find("ghcr.io/shop/web:2").unwrap()[0].meant;
    assert_eq!(*meant, Meant::Name("ghcr.io/shop/web:2".to_owned()));
    assert_eq!(listing.find("shop/web"), Err(NotFound::Nothing("shop/web".to_owned())));
    let many = store((0..300).map(|at| image(&[&format!("x:{at}")], &[])).collect());
    let error = many.find("0").unwrap_err();
    assert!(matches!(&error, NotFound::Several { names, .. } if names.len() > 1), "{error}");
}

#[test]
fn rows_are_filtered_as_docker_filters_them() {
    let at = |created: i64, image: LocalImage| LocalImage { created: Some(created), ..image };
    let mut labelled = at(30, image(&["shop/web:2", "shop/web:latest"], &[1]));
    labelled.labels = [("tier".to_owned(), "front".to_owned())].into();
    let images = vec![
        labelled,
        at(20, image(&["deb:1"], &[2])),
        at(10, nameless("old", &[3])),
        at(5, nameless("step", &[4])),
        at(40, child("step", image(&["app:1"], &[4, 5]))),
    ];
    let listing = Listing { stores: vec![store(images)], ..Listing::default() };
    let rows = |filter: &Filter| -> Vec<String> {
        let row = |row: capas::local::Row| {
            format!("{}:{}", row.repository.unwrap_or_default(), row.tag.unwrap_or_default())
        };
        listing.rows(filter, Sort::Created).into_iter().map(row).collect()
    };
    let filter = Filter::default;
    assert_eq!(rows(&filter()), ["app:1", "shop/web:2", "shop/web:latest", "deb:1", ":"]);
    assert_eq!(rows(&Filter { all: true, ..filter() }).len(), 6);
    assert_eq!(rows(&Filter { dangling: Some(true), ..filter() }), [":"]);
    assert_eq!(rows(&Filter { dangling: Some(false), ..filter() }).len(), 4);
    let reference = |pattern: &str| rows(&Filter { references: vec![pattern.to_owned()], ..filter() });
    assert_eq!(reference("shop/*"), ["shop/web:2", "shop/web:latest"]);
    assert_eq!(reference("*:1"), ["app:1", "deb:1"]);
    assert_eq!(reference("shop/web:2"), ["shop/web:2"]);
    assert_eq!(reference("web"), [""; 0]);
    assert_eq!(rows(&Filter { before: Some(30), since: Some(10), ..filter() }), ["deb:1"]);
    let label = |value: Option<&str>| {
        rows(&Filter { labels: vec![("tier".to_owned(), value.map(str::to_owned))], ..filter() }).len()
    };
    assert_eq!((label(None), label(Some("front")), label(Some("back"))), (2, 2, 0));
    let by = |sort: Sort| listing.rows(&filter(), sort)[0].repository.clone().unwrap_or_default();
    assert_eq!((by(Sort::Name), by(Sort::Own)), ("app".to_owned(), "app".to_owned()));
    let totals = listing.totals();
    assert_eq!((totals.images, totals.dangling, totals.dangling_bytes), (4, 1, size(3)));
    assert_eq!(totals.bytes, sum([1, 2, 3, 4, 5]));
}
