//! `capas images`: what a list of local stores prints, in every format.

#[path = "common/cli.rs"]
mod cli;
mod common;

use capas::oci::Digest;
use cli::World;
use common::bolt::{Keys, database, insert};
use common::docker_store::{Image, Store};
use common::{Layer, containerd};
use serde_json::{Value, json};

const BASE: (&str, u64) = ("base", 164_000_000);
const PYTHON: (&str, u64) = ("python", 95_000_000);

/// The store of the picker's drawing: two versions of a web shop on one base, an old one, a container.
fn shop(world: &World) -> (String, Vec<Digest>) {
    let mut store = Store::new(&world.work().join("docker"));
    let base = store.image(&Image {
        names: &["debian:bookworm-slim"],
        layers: &[BASE],
        created: "2025-11-28T00:00:00Z",
        ..Image::default()
    });
    let new = store.image(&Image {
        names: &["shop/web:2.4", "shop/web:latest", &format!("shop/web@{}", Digest::of(b"pushed"))],
        layers: &[BASE, PYTHON, ("app 2.4", 316_000_000)],
        created: "2025-12-30T00:00:00Z",
        labels: json!({"tier": "front"}),
        ..Image::default()
    });
    let layers = [BASE, PYTHON, ("app 2.3", 163_000_000)];
    let old = store.image(&Image {
        names: &["shop/web:2.3"],
        layers: &layers,
        created: "2025-12-19T00:00:00Z",
        ..Image::default()
    });
    let dangling = store.image(&Image {
        layers: &[BASE, PYTHON, ("app 2.2", 181_000_000)],
        created: "2025-12-18T00:00:00Z",
        ..Image::default()
    });
    store.container("web-1", &old, &layers, true);
    store.write();
    (format!("docker-store:[{}]", store.root.display()), vec![base, new, old, dangling])
}

/// Everything but ages, which depend on today.
fn without_ages(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        words.into_iter().filter(|word| !word.ends_with(" ago")).collect::<Vec<_>>().join(" | ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_table_says_what_is_own_and_what_is_shared() {
    let world = World::new();
    let (store, ids) = shop(&world);
    let table = world.run(&["images", "--store", &store]).fine();
    let [base, new, old, dangling] = [0, 1, 2, 3].map(|at| ids[at].short());
    let wanted = format!(
        "\
REPOSITORY | TAG | IMAGE ID | CREATED | SIZE | OWN | SHARED | PLATFORM | STORE | STATE
shop/web | 2.4 | {new} | 575MB | 316MB | 259MB | linux/amd64 | docker
shop/web | latest | {new} | 575MB | 316MB | 259MB | linux/amd64 | docker
shop/web | 2.3 | {old} | 422MB | 163MB | 259MB | linux/amd64 | docker | used by web-1
<none> | <none> | {dangling} | 440MB | 181MB | 259MB | linux/amd64 | docker | dangling
debian | bookworm-slim | {base} | 164MB | 0B | 164MB | linux/amd64 | docker"
    );
    assert_eq!(without_ages(table.text()), wanted);
    assert_eq!(table.err, "");
    let exact = world.run(&["images", "--store", &store, "-H=false", "shop/web:2.3"]).fine();
    assert!(exact.text().contains("422000000  163000000  259000000"), "{}", exact.text());
}

#[test]
fn filters_and_formats_are_dockers() {
    let world = World::new();
    let (store, ids) = shop(&world);
    let run = |args: &[&str]| {
        let all = [&["images", "--store", &store], args].concat();
        world.run(&all).fine().text().to_owned()
    };
    assert_eq!(run(&["-q"]).lines().count(), 5);
    assert_eq!(run(&["-q", "--no-trunc", "--filter", "dangling=true"]), format!("{}\n", ids[3]));
    assert_eq!(run(&["-q", "-f", "label=tier=front"]), format!("{0}\n{0}\n", ids[1].short()));
    assert_eq!(run(&["-q", "-f", "label=tier=back"]), "");
    assert_eq!(
        run(&["-q", "-f", "reference=*/web:2.?"]),
        format!("{}\n{}\n", ids[1].short(), ids[2].short())
    );
    assert_eq!(
        run(&["-q", "-f", "before=shop/web:2.3", "-f", "since=debian:bookworm-slim"]),
        format!("{}\n", ids[3].short())
    );
    assert_eq!(run(&["-q", "debian"]), format!("{}\n", ids[0].short()));
    let digest = Digest::of(b"pushed");
    assert_eq!(
        run(&[
            "--format",
            "{{.Repository}}:{{.Tag}} {{.Size}} {{.UniqueSize}} {{.Containers}} {{.Digest}}",
            "shop/web:2.4"
        ]),
        format!("shop/web:2.4 575MB 316MB 0 {digest}\n")
    );
    assert_eq!(
        run(&["--format", "table {{.ID}}\t{{.CreatedAt}}", "debian"]),
        format!("IMAGE ID       CREATED AT\n{}   2025-11-28 00:00:00 +0000 UTC\n", ids[0].short())
    );
    let line: Value = serde_json::from_str(&run(&["--format", "{{json .}}", "debian"])).unwrap();
    assert_eq!(line["Repository"], "debian");
    assert_eq!(line.as_object().unwrap().len(), 11);
    assert_eq!(
        run(&["--format", "plain", "shop/web:2.3"]),
        format!(
            "shop/web\t2.3\t{}\t2025-12-19T00:00:00Z\t422000000\t163000000\t259000000\t\tlinux/amd64\tdocker\tweb-1\n",
            ids[2]
        )
    );
    for (filter, why) in [
        ("dangling=maybe", "`dangling=maybe` is neither true nor false"),
        ("size=1", "`size=1` is no filter"),
        ("dangling", "`dangling` has no value"),
        ("before=nothing", "no local image `nothing`"),
    ] {
        let ran = world.run(&["images", "--store", &store, "-f", filter]);
        assert!(ran.fails(2).contains(why), "{}", ran.err);
    }
}

#[test]
fn reclaim_says_what_goes_what_stays_and_why() {
    let world = World::new();
    let (store, ids) = shop(&world);
    let run = |args: &[&str]| {
        let all = [&["images", "--store", &store, "--reclaim"], args].concat();
        world.run(&all).fine().text().to_owned()
    };
    insta::assert_snapshot!(
        run(&["shop/web:latest", "shop/web:2.4", "shop/web:2.3", "debian:bookworm-slim"]),
        @r"
    IMAGE                 STORE   FREES  WHAT HAPPENS
    shop/web:latest       docker     0B  only untags: shop/web:2.4 stays
    shop/web:2.4          docker  316MB  removed
    shop/web:2.3          docker     0B  stays: the container web-1 runs on it
    debian:bookworm-slim  docker     0B  removed
    frees 316MB of 919MB
    "
    );
    let dangling = run(&["--prune"]);
    assert!(dangling.ends_with("frees 181MB of 919MB\n") && dangling.contains(ids[3].short()), "{dangling}");
    let all = run(&["--prune=all"]);
    assert!(all.ends_with("frees 497MB of 919MB\n"), "{all}");
    assert_eq!(all.matches("removed").count(), 3, "{all}");
    let plain = run(&["--format", "plain", "debian:bookworm-slim"]);
    assert_eq!(plain, format!("debian:bookworm-slim\t{}\tdocker\tremoved\t0\n", ids[0]));
    let ran = world.run(&["images", "--store", &store, "--reclaim", "shop/wob"]);
    assert!(ran.fails(2).contains("no local image `shop/wob`"), "{}", ran.err);
    let ran = world.run(&["images", "--store", &store, "--reclaim"]);
    assert!(ran.fails(2).contains("--reclaim: no image named"), "{}", ran.err);
}

/// BuildKit's cache holds layers of the store as long as it has a record of them.
#[test]
fn the_build_cache_keeps_layers() {
    let world = World::new();
    let (store, _) = shop(&world);
    let folder = world.work().join("docker/buildkit");
    std::fs::create_dir_all(&folder).unwrap();
    let chain = |last: &str| {
        Digest::chain(&[Digest::of(b"base"), Digest::of(b"python"), Digest::of(last.as_bytes())])[2].clone()
    };
    let mut snapshots = Keys::new();
    insert(&mut snapshots, &["kept", "chainid"], chain("app 2.4").as_str().as_bytes());
    insert(&mut snapshots, &["pruned", "chainid"], chain("app 2.2").as_str().as_bytes());
    insert(&mut snapshots, &["mutable", "parent"], b"kept");
    let mut records = Keys::new();
    insert(&mut records, &["_main", "kept", "cache.usageCount"], br#"{"value":1}"#);
    std::fs::write(folder.join("snapshots.db"), database(4096, &snapshots)).unwrap();
    std::fs::write(folder.join("metadata_v2.db"), database(4096, &records)).unwrap();
    let run = |args: &[&str]| {
        let all = [&["images", "--store", &store, "--reclaim"], args].concat();
        world.run(&all).fine().text().to_owned()
    };
    let said = run(&["shop/web:2.4", "shop/web:latest"]);
    let hint = "316MB of them stay in the build cache until it is pruned, too: docker builder prune";
    assert!(said.contains("frees 0B of 919MB") && said.contains(hint), "{said}");
    assert!(run(&["--prune"]).contains("frees 181MB"), "{said}");
    std::fs::write(folder.join("snapshots.db"), "damaged").unwrap();
    let ran = world.run(&["images", "--store", &store]);
    assert!(ran.err.contains("snapshots.db: it is no bolt database"), "{}", ran.err);
}

#[test]
fn the_tree_joins_images_at_the_layers_they_share() {
    let world = World::new();
    let (store, ids) = shop(&world);
    let [base, new, old, dangling] = [0, 1, 2, 3].map(|at| ids[at].short());
    let tree = world.run(&["images", "--store", &store, "--tree"]).fine();
    let wanted = format!(
        "\
docker  overlay2
└─ 164MB  1 layer  debian:bookworm-slim {base}
   └─ 95MB  1 layer  shared by 3 images
      ├─ 316MB  1 layer  shop/web:2.4, shop/web:latest {new}
      ├─ 181MB  1 layer  <none> {dangling}
      └─ 163MB  1 layer  shop/web:2.3 {old}
"
    );
    assert_eq!(tree.text(), wanted);
}

#[test]
fn documents_keep_to_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../assets/capas.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let world = World::new();
    let (store, ids) = shop(&world);
    let commands: [&[&str]; 5] = [
        &[],
        &["--all", "--sort", "own"],
        &["--tree"],
        &["--reclaim", "shop/web:2.3", "shop/web:2.4"],
        &["--reclaim", "--prune=all"],
    ];
    for command in commands {
        let all = [&["images", "--store", &store, "--format", "json"], command].concat();
        let document = world.run(&all).fine().json();
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{command:?}: {errors:?}\n{document}");
    }
    let document =
        world.run(&["images", "--store", &store, "--format", "json", "shop/web:2.3"]).fine().json();
    let image = &document["images"][0];
    assert_eq!(image["id"], ids[2].as_str());
    assert_eq!((&image["sizeBytes"], &image["ownBytes"]), (&json!(422_000_000), &json!(163_000_000)));
    assert_eq!(
        image["containers"],
        json!([{"id": Digest::of(b"web-1").hex(), "name": "web-1", "running": true}])
    );
    assert_eq!(document["stores"][0]["bytes"], 919_000_000);
    let lines = world.run(&["images", "--store", &store, "--format", "ndjson"]).fine();
    assert_eq!(lines.text().lines().count(), 5);
}

#[test]
fn a_store_that_is_damaged_in_part_is_listed_in_part() {
    let world = World::new();
    let (store, ids) = shop(&world);
    let meta = world.work().join("docker/image/overlay2");
    std::fs::write(meta.join("imagedb/content/sha256").join(ids[3].hex()), "{").unwrap();
    // A layer whose size is not there: the figure is left out.
    let chain = Digest::chain(&[Digest::of(b"base"), Digest::of(b"python"), Digest::of(b"app 2.4")]);
    std::fs::remove_file(meta.join("layerdb/sha256").join(chain[2].hex()).join("size")).unwrap();
    let ran = world.run(&["images", "--store", &store, "--format", "json"]);
    let document = ran.json();
    assert_eq!(document["images"].as_array().unwrap().len(), 4);
    for figure in ["sizeBytes", "ownBytes", "sharedBytes"] {
        assert!(document["images"][0].get(figure).is_none(), "{}", document["images"][0]);
    }
    let table = world.run(&["images", "--store", &store, "shop/web:2.4"]);
    assert_eq!(table.text().matches(" ? ").count(), 3, "{}", table.text());
    let sizes = "{{.Size}} {{.SharedSize}} {{.UniqueSize}}";
    let sizes = world.run(&["images", "--store", &store, "shop/web:2.4", "--format", sizes]);
    assert_eq!(sizes.text(), "N/A N/A N/A\n");
    assert!(ran.err.starts_with("note: ") && ran.err.contains(ids[3].hex()), "{}", ran.err);
    let freed = world.run(&["images", "--store", &store, "--reclaim", "shop/web:2.4", "shop/web:latest"]);
    assert!(freed.text().contains("frees at least 0B"), "{}", freed.text());
    std::fs::write(meta.join("repositories.json"), r#"{"Repositories": 3}"#).unwrap();
    let ran = world.run(&["images", "--store", &store]);
    assert!(ran.fails(2).contains("repositories.json: it is no valid JSON"), "{}", ran.err);
    let ran = world.run(&["images", "--store", "docker-store:[nowhere]"]);
    assert!(ran.fails(2).contains("no docker store at nowhere"), "{}", ran.err);
    let ran = world.run(&["images", "--store", "dokcer"]);
    assert!(ran.fails(2).contains("--store: `dokcer` is no store"), "{}", ran.err);
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let world = World::new();
    let mut store = Store::new(&world.work().join("docker"));
    store.image(&Image { names: &["evil\u{1b}[2J:1"], layers: &[BASE], ..Image::default() });
    store.write();
    let place = format!("docker-store:[{}]", store.root.display());
    for more in [&[][..], &["--tree"], &["--format", "plain"], &["--reclaim", "evil\u{1b}[2J:1"]] {
        let text = world.run(&[&["images", "--store", &place], more].concat()).fine();
        assert!(text.text().contains("evil\\x1b[2J") && !text.text().contains('\u{1b}'), "{}", text.text());
    }
}

/// containerd's own: blobs and snapshots, what leases hold, what other namespaces have.
#[test]
fn containerd_is_counted_by_blob_and_snapshot() {
    let world = World::new();
    let mut store = containerd::Store::new(&world.work().join("containerd"));
    let base = Layer::new().big("lib", 200_000, 1).tar();
    let image = |name: &str, size: usize| {
        common::Image::new(name).step_tar("ADD", base.clone()).step("COPY", Layer::new().big("app", size, 7))
    };
    let (one, two) = (image("one", 50_000), image("two", 90_000));
    let stored = [store.image("moby", &one), store.image("moby", &two)];
    store.name("moby", "docker.io/shop/one:1", &stored[0].manifest);
    store.name("moby", &format!("moby-dangling@{}", stored[1].manifest.digest), &stored[1].manifest);
    store.image("k8s.io", &one);
    store.name("k8s.io", "docker.io/shop/one:1", &stored[0].manifest);
    store.container("k8s.io", "pod", "docker.io/shop/one:1", &stored[0].chain[1], 10);
    store.lease("moby", "cache", &stored[1].layers[1].digest, None);
    store.lease("moby", "old", &stored[1].config.digest, Some("2020-01-01T00:00:00Z"));
    store.write();
    let place = format!("containerd:[{}]", store.root.display());
    let document = world.run(&["images", "--store", &place, "--format", "json"]).fine().json();
    let rows: Vec<(&str, &Value)> = document["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| (image["store"].as_str().unwrap(), image))
        .collect();
    assert_eq!(
        rows.iter().map(|(store, _)| *store).collect::<Vec<_>>(),
        ["docker", "docker", "containerd k8s.io"]
    );
    let blobs = |at: usize| {
        let it = &stored[at];
        (it.manifest.size + it.config.size + it.layers.iter().map(|layer| layer.size).sum::<usize>()) as u64
    };
    let tars = |image: &common::Image| image.layers.iter().map(|tar| tar.len() as u64 + 4096).sum::<u64>();
    let shared = (stored[0].layers[0].size + one.layers[0].len() + 4096) as u64;
    let dangling = rows.iter().find(|(_, image)| image["dangling"] == true).unwrap().1;
    assert_eq!(dangling["id"], stored[1].manifest.digest.as_str());
    assert_eq!(dangling["configId"], stored[1].config.digest.as_str());
    assert_eq!(dangling["sizeBytes"], blobs(1) + tars(&two));
    assert_eq!(dangling["sharedBytes"], shared);
    assert_eq!(rows[2].1["containers"][0]["name"], "pod");

    // The lease keeps a layer of the dangling image; of the other one, its blobs are those of the second namespace.
    let prune =
        world.run(&["images", "--store", &place, "--reclaim", "--prune", "--format", "json"]).fine().json();
    let leased = stored[1].layers[1].size as u64;
    assert_eq!(prune["reclaim"]["freedBytes"], blobs(1) + tars(&two) - shared - leased);
    assert_eq!(prune["reclaim"]["held"], json!([{"by": "the build cache", "bytes": leased}]));
    let both = world
        .run(&["images", "--store", &place, "--reclaim", "shop/one:1", "--format", "json"])
        .fine()
        .json();
    let outcomes: Vec<&Value> =
        both["reclaim"]["images"].as_array().unwrap().iter().map(|it| &it["outcome"]).collect();
    assert_eq!(outcomes, ["removed", "refused"]);
    assert_eq!(both["reclaim"]["freedBytes"], one.layers[1].len() as u64 + 4096);
}
