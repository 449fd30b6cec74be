//! Images of an engine through its API: a thread that answers as engines do, and as they should not.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/engine.rs"]
mod engine;
#[path = "common/story.rs"]
mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use capas::oci::Digest;
use capas::source::{Failure, Opened, Options, Patience, Progress, SourceError, Surroundings, open};
use cli::World;
use engine::{Answer, Engine, id, version, with};
use serde_json::{Value, json};
use story::story;

/// A world with nothing in it but these variables.
fn calm(env: &[(&str, &str)]) -> Options {
    impatient(env, Patience::default())
}

fn impatient(env: &[(&str, &str)], patience: Patience) -> Options {
    let mut surroundings = Surroundings::new("/dev/null", 1000, env.iter().copied());
    surroundings.patience = patience;
    Options {
        surroundings: Arc::new(surroundings),
        platform: "linux/amd64".parse().ok(),
        ..Options::default()
    }
}

fn open_in(options: &Options, reference: &str) -> Result<Opened, SourceError> {
    open(reference, options, &|_| {}, &AtomicBool::new(false))
}

fn fails(options: &Options, reference: &str) -> SourceError {
    open_in(options, reference).err().unwrap_or_else(|| panic!("{reference} opened"))
}

#[test]
fn an_image_comes_with_what_only_its_engine_knows() {
    let engine = Engine::unix(with(&story()));
    let options = calm(&[("DOCKER_HOST", &engine.address)]);
    let opened = open_in(&options, "docker:shop/web:2.4").unwrap();
    let info = opened.info();
    assert_eq!((info.source.as_str(), &info.tags[..]), ("docker engine", &["shop/web:2.4".to_owned()][..]));
    assert_eq!(info.id.as_ref().unwrap().as_str(), id(&story()));
    assert_eq!(info.engine.id, None);
    assert_eq!(info.engine.repo_digests, ["shop/web@sha256:77"]);
    assert_eq!(info.engine.graph_driver.as_ref().unwrap().0, "overlay2");
    assert_eq!(
        info.layers.iter().map(|layer| layer.engine_bytes).collect::<Vec<_>>(),
        [Some(1000), Some(1002), Some(1003)]
    );
    let ancestors: Vec<_> = info.engine.ancestors.iter().map(|id| id.as_ref().map(Digest::short)).collect();
    assert_eq!(ancestors, [None, Some("000000000000"), None, Some("000000000000")]);
    let image = opened.load_quietly(&|_| {}, &AtomicBool::new(false)).unwrap();
    assert!(image.is_complete());
    assert_eq!(image.docker_bytes(capas::layer::LayerIndex(2)), Some(1002));

    let asked = engine.requests();
    assert_eq!(asked[0], "/version");
    assert_eq!(asked[1], "/v1.41/images/shop/web:2.4/json");
    assert!(asked[2..].iter().all(|path| path.starts_with(&format!("/v1.41/images/{}/", id(&story())))));
}

#[test]
fn the_steps_are_known_before_the_export_comes() {
    let engine = Engine::unix(with(&story()));
    let heard = std::sync::Mutex::new(Vec::new());
    let hear = |progress| heard.lock().unwrap().push(progress);
    let options = calm(&[("DOCKER_HOST", &engine.address)]);
    let opened = open("docker:shop/web:2.4", &options, &hear, &AtomicBool::new(false)).unwrap();
    let heard = heard.into_inner().unwrap();
    let [Progress::Known(known), Progress::Preparing, Progress::Spooled(_), ..] = &heard[..] else {
        panic!("{heard:?}")
    };
    let info = opened.info();
    let steps = |info: &capas::image::ImageInfo| -> Vec<_> {
        info.steps.iter().map(|step| (step.created_by.clone(), step.layer)).collect()
    };
    assert_eq!(steps(known), steps(info));
    assert_eq!((&known.source, &known.tags, &known.platform), (&info.source, &info.tags, &info.platform));
    let diff_ids = |info: &capas::image::ImageInfo| -> Vec<_> {
        info.layers.iter().map(|layer| layer.diff_id.clone()).collect()
    };
    assert_eq!(diff_ids(known), diff_ids(info));
}

#[test]
fn inspect_and_history_are_the_engines_own() {
    let engine = Engine::unix(with(&story()));
    let world = World::new().env("DOCKER_HOST", &engine.address);
    let inspected = world.run(&["inspect", "docker:shop/web:2.4"]).fine();
    assert!(inspected.text().starts_with("[\n    {\n        \"Id\""), "{}", inspected.text());
    assert_eq!(inspected.json()[0]["Zeta"], "<only this engine>");
    let line = world.run(&["inspect", "-f", "{{.Size}} {{.RepoDigests}}", "docker:shop/web:2.4"]).fine();
    assert_eq!(line.text(), "4242 [shop/web@sha256:77]\n");
    let own = world.run(&["inspect", "-f", "{{.Zeta}}", "docker:shop/web:2.4"]).fine();
    assert_eq!(own.text(), "<only this engine>\n");
    let history = world.run(&["history", "--format", "{{.ID}} {{.Size}}", "docker:shop/web:2.4"]).fine();
    let id = id(&story());
    let short = &id["sha256:".len()..][..12];
    assert_eq!(
        history.text(),
        format!("{short} 0B\n<missing> 1kB\n000000000000 1kB\n<missing> 0B\n000000000000 1kB\n")
    );
    let layers = world.run(&["layers", "--format", "json", "docker:shop/web:2.4"]).fine();
    assert_eq!(layers.json()["image"]["source"], "docker engine");
}

#[test]
fn the_version_is_one_that_both_understand() {
    for (newest, oldest, spoken) in
        [("1.24", "1.12", "1.24"), ("1.41", "", "1.41"), ("1.55", "1.40", "1.51"), ("1.70", "1.60", "1.60")]
    {
        let answers = with(&story());
        let engine = Engine::unix(move |path| match path {
            "/version" => version(newest, oldest),
            path => answers(path),
        });
        let options = calm(&[("DOCKER_HOST", &engine.address)]);
        open_in(&options, "docker:shop/web:2.4").unwrap();
        let asked = engine.requests();
        assert!(asked[1].starts_with(&format!("/v{spoken}/images/")), "{asked:?}");
        // The platform is asked for where the engine understands it.
        let export = asked.iter().find(|path| path.contains("/get")).unwrap();
        let platform = "?platform=%7B%22os%22:%22linux%22%2C%22architecture%22:%22amd64%22%7D";
        assert_eq!(export.ends_with(platform), spoken > "1.48", "{export}");
    }
}

#[test]
fn engines_are_reached_by_tcp_and_through_contexts() {
    let engine = Engine::tcp(with(&story()));
    open_in(&calm(&[("DOCKER_HOST", &engine.address)]), "docker:shop/web:2.4").unwrap();

    let world = World::new().env("DOCKER_HOST", "");
    // `printf remote | sha256sum`.
    let key = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";
    let meta = world.home().join(".docker/contexts/meta").join(key);
    std::fs::create_dir_all(&meta).unwrap();
    let document = json!({ "Name": "remote", "Endpoints": { "docker": { "Host": engine.address } } });
    std::fs::write(meta.join("meta.json"), document.to_string()).unwrap();
    std::fs::write(world.home().join(".docker/config.json"), r#"{"currentContext":"remote"}"#).unwrap();
    world.run(&["layers", "docker:shop/web:2.4"]).fine();
    let home = world.home().display().to_string();
    let failed = fails(&calm(&[("HOME", &home), ("DOCKER_CONTEXT", "gone")]), "docker:x");
    assert!(failed.to_string().contains("the context `gone`, named by DOCKER_CONTEXT"), "{failed}");
    assert!(failed.hints()[0].contains("docker context ls"));
}

#[test]
fn ssh_is_asked_for_dial_stdio() {
    let engine = Engine::tcp(with(&story()));
    let port = engine.address.rsplit(':').next().unwrap();
    let world = World::new();
    let said = world.work().join("said");
    let script = format!(
        "#!/bin/bash\necho \"$@\" >>{}\nexec 3<>/dev/tcp/127.0.0.1/{port}\ncat <&3 &\ncat >&3\nwait\n",
        said.display()
    );
    world.script("ssh", script);
    let path = format!("{}:{}", world.work().display(), std::env::var("PATH").unwrap());
    let world = world.env("PATH", &path).env("DOCKER_HOST", "ssh://me@build:2222");
    world.run(&["layers", "docker:shop/web:2.4"]).fine();
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(
        said.lines().next(),
        Some("-o ConnectTimeout=15 -T -l me -p 2222 -- build docker system dial-stdio")
    );

    world.script("ssh", "#!/bin/bash\necho 'me@build: Permission denied (publickey).' >&2\nexit 255\n");
    let ran = world.run(&["layers", "docker:x"]);
    let error =
        "error: docker at ssh://me@build:2222 (DOCKER_HOST): me@build: Permission denied (publickey).";
    assert!(ran.fails(2).starts_with(error), "{}", ran.err);
}

#[test]
fn who_accepts_and_says_nothing_is_left() {
    let silent = |quiet: &'static str| {
        let answers = with(&story());
        Engine::unix(move |path| if path.contains(quiet) { Answer::Silence } else { answers(path) })
    };
    // An engine that answers has time to: what it must not do is keep silent.
    let second = Patience { answer: Duration::from_secs(1), ..Patience::default() };
    let export = Patience { export: Duration::from_millis(60), ..Patience::default() };
    for (quiet, patience) in [("/version", second), ("/json", second), ("/get", export)] {
        let engine = silent(quiet);
        let failed = fails(&impatient(&[("DOCKER_HOST", &engine.address)], patience), "docker:shop/web:2.4");
        let SourceError::Engine { failure: Failure::Silent(limit), .. } = &failed else {
            panic!("{failed:?}")
        };
        let expected = if quiet == "/get" { patience.export } else { patience.answer };
        assert_eq!(*limit, expected);
        let said = format!("(DOCKER_HOST): it gives no answer within {} s", expected.as_secs_f32());
        assert!(failed.to_string().ends_with(&said), "{failed}");
    }
    // The history is a nicety: without it the image's own is shown. What else is asked is answered, in its own time.
    let patience = Patience { answer: Duration::from_secs(5), ..Patience::default() };
    open_in(&impatient(&[("DOCKER_HOST", &silent("/history").address)], patience), "docker:shop/web:2.4")
        .unwrap();
}

#[test]
fn an_export_that_breaks_off_is_said_to() {
    let archive = story().docker_archive();
    let half = archive[..archive.len() / 2].to_vec();
    let answered = |export: Answer, patience: Patience| {
        let answers = with(&story());
        let engine =
            Engine::unix(move |path| if path.contains("/get") { export.clone() } else { answers(path) });
        fails(&impatient(&[("DOCKER_HOST", &engine.address)], patience), "docker:shop/web:2.4").to_string()
    };
    let with_export = |export| answered(export, Patience::default());
    let cut = with_export(Answer::Cut(half.clone()));
    assert!(cut.contains("the stream breaks off after") && cut.contains("before its manifest"), "{cut}");
    let short = Patience { stall: Duration::from_millis(300), ..Patience::default() };
    let stalled = answered(Answer::Stall(half.clone()), short);
    assert!(stalled.contains("it stops in the middle of its answer for 0.3 s"), "{stalled}");
    let mut told = half;
    told.extend_from_slice(
        b"{\"errorDetail\":{\"message\":\"file integrity checksum failed\"},\"error\":\"\"}\r\n",
    );
    let told = with_export(Answer::Chunks(told));
    assert!(told.ends_with("the engine stops with `file integrity checksum failed`"), "{told}");
    let empty = with_export(Answer::Chunks(Vec::new()));
    assert!(empty.contains("it is empty"), "{empty}");
    let refused = with_export(Answer::Json(500, json!({ "message": "no space left on device" })));
    assert!(refused.ends_with("no space left on device (HTTP 500)"), "{refused}");
}

#[test]
fn what_is_no_engine_is_told_from_one() {
    let page = Engine::tcp(|_| Answer::Json(404, json!("<html>")));
    let failed = fails(&calm(&[("DOCKER_HOST", &page.address)]), "docker:x").to_string();
    assert!(failed.ends_with("what answers there is no engine (HTTP 404)"), "{failed}");
    let other = Engine::tcp(|_| Answer::Json(200, json!({ "status": "fine" })));
    let failed = fails(&calm(&[("DOCKER_HOST", &other.address)]), "docker:x").to_string();
    assert!(failed.ends_with("what answers there is no engine: it does not say its version"), "{failed}");
    let nonsense = fails(&calm(&[("DOCKER_HOST", "fd://x")]), "docker:x");
    assert!(nonsense.to_string().ends_with("`fd://` is not supported; unix, tcp and ssh are"), "{nonsense}");
    assert!(nonsense.hints()[0].starts_with("DOCKER_HOST says where it is"), "{:?}", nonsense.hints());
}

#[test]
fn a_wait_can_be_interrupted() {
    let cancel = Arc::new(AtomicBool::new(false));
    let (answers, pulled) = (with(&story()), Arc::clone(&cancel));
    let engine = Engine::unix(move |path| {
        if path.contains("/get") {
            pulled.store(true, Ordering::Relaxed);
            return Answer::Silence;
        }
        answers(path)
    });
    let options = calm(&[("DOCKER_HOST", &engine.address)]);
    let ended = open("docker:shop/web:2.4", &options, &|_| {}, &cancel).err().unwrap();
    assert!(matches!(ended, SourceError::Cancelled), "{ended:?}");
}

#[test]
fn a_name_that_is_not_here_and_an_id_of_two() {
    let answers = with(&story());
    let engine = Engine::unix(move |path| match path {
        "/images/json?all=1" => Answer::Json(
            200,
            json!([
                { "Id": format!("sha256:abcd{:060}", 1), "RepoTags": ["shop/web:1"] },
                { "Id": format!("sha256:abcd{:060}", 2), "RepoTags": null },
                { "Id": format!("sha256:eeee{:060}", 2), "RepoTags": ["<none>:<none>"] },
            ]),
        ),
        path => answers(path),
    });
    let options = calm(&[("DOCKER_HOST", &engine.address)]);
    let failed = fails(&options, "docker:shop/wep:2.4");
    assert_eq!(
        failed.to_string(),
        format!("docker at {} (DOCKER_HOST) has no image `shop/wep:2.4`", engine.address)
    );
    assert_eq!(failed.hints(), ["`docker pull shop/wep:2.4` fetches it; `docker images` lists what is here"]);
    let failed = fails(&options, "docker:abcd");
    assert!(failed.to_string().ends_with("holds several images whose ID begins with `abcd`"), "{failed}");
    assert_eq!(failed.hints(), ["give more of it: abcd00000000, abcd00000000 (shop/web:1)"]);
    let failed = fails(&options, "docker:eeee");
    assert_eq!(failed.hints(), ["`docker images -a` lists the images that are here"]);
}

#[test]
fn podman_is_recognised_wherever_it_answers() {
    let answers = with(&story());
    let engine = Engine::unix(move |path| match path {
        "/version" => {
            Answer::Json(200, json!({ "ApiVersion": "1.41", "Components": [{ "Name": "Podman Engine" }] }))
        }
        path => answers(path),
    });
    for (name, reference) in
        [("DOCKER_HOST", "docker:shop/web:2.4"), ("CONTAINER_HOST", "podman:shop/web:2.4")]
    {
        let opened = open_in(&calm(&[(name, &engine.address)]), reference).unwrap();
        assert_eq!(opened.info().source, "podman engine");
    }
}

/// A world whose root is this folder.
fn world_at(root: &std::path::Path, engine: Option<capas::source::Engine>) -> Options {
    let home = root.join("home").display().to_string();
    let surroundings = Surroundings::new(root, 0, [("HOME", home.as_str())]);
    Options { surroundings: Arc::new(surroundings), engine, ..calm(&[]) }
}

#[test]
fn a_bare_name_is_looked_for_in_turn() {
    use capas::source::Engine::{Docker, Podman};
    let root = tempfile::tempdir().unwrap();
    let docker = Engine::unix_at(&root.path().join("var/run/docker.sock"), with(&story()));
    let mut other = story();
    other.name = "localhost/other:1".to_owned();
    let podman = Engine::unix_at(&root.path().join("run/podman/podman.sock"), with(&other));
    let everywhere = world_at(root.path(), None);
    let opened = open_in(&everywhere, "shop/web:2.4").unwrap();
    assert_eq!(
        (opened.info().source.as_str(), opened.info().reference.as_str()),
        ("docker engine", "shop/web:2.4")
    );
    assert!(podman.requests().is_empty());
    open_in(&everywhere, "localhost/other:1").unwrap();
    let asked_of_docker = docker.requests().len();
    open_in(&world_at(root.path(), Some(Podman)), "localhost/other:1").unwrap();
    assert_eq!(docker.requests().len(), asked_of_docker);

    let failed = fails(&world_at(root.path(), Some(Docker)), "localhost/other:1");
    let SourceError::Nowhere { tried, .. } = &failed else { panic!("{failed:?}") };
    let at = |path: &str| root.path().join(path).display().to_string();
    let said: Vec<String> = tried.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with(&format!("no docker store at {}", at("var/lib/docker"))), "{said:?}");
    assert_eq!(
        said[1],
        format!("docker at unix://{} has no image `localhost/other:1`", at("var/run/docker.sock"))
    );
    assert_eq!(
        failed.hints(),
        ["`docker pull localhost/other:1` fetches it; `docker images` lists what is here"]
    );
}

#[test]
fn a_new_user_is_told_what_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let failed = fails(&world_at(root.path(), None), "alpine:3");
    assert_eq!(
        failed.to_string(),
        "`alpine:3` is no file, and no engine could be asked for an image of that name"
    );
    // What is not installed cannot be started.
    assert_eq!(failed.hints(), ["without an engine, capas opens archives and OCI layouts: capas web.tar"]);
    let asked = fails(&world_at(root.path(), None), "docker:alpine:3");
    assert!(asked.to_string().ends_with("there is no such socket, and no command `docker`"), "{asked}");
    assert_eq!(
        asked.hints(),
        ["an archive needs no engine: `docker save -o image.tar NAME` where docker is, then capas image.tar"]
    );
    std::fs::write(root.path().join("docker"), "").unwrap();
    let installed = Surroundings::new(root.path(), 0, [("PATH", root.path())]);
    let failed = fails(&Options { surroundings: Arc::new(installed), ..calm(&[]) }, "alpine:3");
    assert_eq!(
        failed.hints(),
        [
            "the daemon does not run: sudo systemctl start docker (Docker Desktop: start the application)",
            "without an engine, capas opens archives and OCI layouts: capas web.tar",
        ]
    );
    let world = World::new();
    let ran = world.run(&["layers", "alpine:3"]);
    let said = ran.fails(2);
    assert!(
        said.lines().nth(1).unwrap().starts_with("  docker at unix:///nonexistent/docker.sock"),
        "{said}"
    );
    // A file of that name wins.
    world.file("alpine:3", "no image");
    assert!(world.run(&["layers", "alpine:3"]).fails(2).starts_with("error: alpine:3 holds no image"));
}

#[test]
fn the_source_is_named_and_can_be_chosen_as_dive_spells_it() {
    let engine = Engine::unix(with(&story()));
    let world = World::new().env("DOCKER_HOST", &engine.address);
    let ran = world.run(&["layers", "-q", "shop/web:2.4"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "shop/web:2.4: from the docker engine\n"));
    world.file("shop/web:2.4", "a file of the same name");
    assert!(world.run(&["layers", "shop/web:2.4"]).fails(2).contains("holds no image"));
    let chosen = world.run(&["layers", "-q", "--source", "docker", "shop/web:2.4"]);
    assert_eq!((chosen.code, chosen.out), (Some(0), ran.out));
    let podman = world.run(&["layers", "--source", "podman", "shop/web:2.4"]);
    assert!(podman.fails(2).contains("podman at unix:///nonexistent/podman.sock"), "{}", podman.err);
    world.file("web.tar", story().docker_archive());
    world.run(&["layers", "--source", "docker-archive", "web.tar"]).fine();
    world.file("layout", story().oci_archive());
    assert!(
        world.run(&["layers", "--source", "docker-archive", "layout"]).fails(2).contains("no docker archive")
    );
    assert!(world.run(&["layers", "--source", "ftp", "x"]).fails(2).contains("docker-archive"));
}

/// `docker build -t web web`: a folder of sources is called like the image that is made of them.
#[test]
fn a_folder_of_sources_does_not_hide_the_image_of_its_name() {
    let engine = Engine::unix(with(&story()));
    let world = World::new().env("DOCKER_HOST", &engine.address);
    world.file("shop/web:2.4/main.c", "int main;");
    let ran = world.run(&["layers", "-q", "shop/web:2.4"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "shop/web:2.4: from the docker engine\n"));
    // What is clearly a path is meant as one.
    let path = world.run(&["layers", "./shop/web:2.4"]);
    assert!(path.fails(2).starts_with("error: ./shop/web:2.4 holds no image"), "{}", path.err);
    let neither = world.run(&["layers", "shop"]);
    let said = neither.fails(2);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "error: `shop` is no image by itself, and no engine has an image of that name");
    assert!(lines[1].starts_with("  shop holds no image: "), "{said}");
}

/// A container that changed a file, made a folder, deleted a file, and replaced a folder by a new one.
fn container(path: &str, image: &str) -> Option<Answer> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let export = || {
        common::Layer::new()
            .file(".dockerenv", "")
            .dir("app")
            .mode(0o600)
            .owner(7, 8)
            .xattr("user.note", "kept")
            .file("app/main.py", "print('bye')\n")
            .file(format!("app/{}", "long".repeat(40)), "long")
            .dir("bin")
            .file("bin/sh", "#!shell\n")
            .hardlink("bin/bash", "bin/sh")
            .dir("etc")
            .file("etc/new", "new")
            .symlink("etc/link", "new")
            .tar()
    };
    let changes = json!([
        { "Path": "/app", "Kind": 0 },
        { "Path": "/app/main.py", "Kind": 0 },
        { "Path": format!("/app/{}", "long".repeat(40)), "Kind": 1 },
        { "Path": "/app/conf", "Kind": 2 },
        { "Path": "/etc", "Kind": 2 },
        { "Path": "/etc/new", "Kind": 1 },
        { "Path": "/etc/link", "Kind": 1 },
        { "Path": "/srv", "Kind": 2 },
    ]);
    let settings = json!({
        "Id": "c0ffee", "Name": "/web", "Image": image, "Created": "2026-01-02T03:04:05Z",
        "Path": "python3", "Args": ["app/main.py"],
    });
    match path {
        "/containers/web/json" => Some(Answer::Json(200, settings)),
        "/containers/c0ffee/changes" => Some(Answer::Json(200, changes)),
        "/containers/c0ffee/export" => Some(Answer::Chunks(export())),
        path if path.starts_with("/containers/") => Some(Answer::missing("No such container")),
        _ => None,
    }
}

#[test]
fn a_container_is_its_image_and_what_it_wrote() {
    let (answers, image) = (with(&story()), id(&story()));
    let engine = Engine::unix(move |path| container(path, &image).unwrap_or_else(|| answers(path)));
    let world = World::new().env("DOCKER_HOST", &engine.address);
    let ran = world.run(&["tree", "--layer", "4", "--format", "plain", "container:web"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(0), "container:web: from the docker engine, container web\n")
    );
    insta::assert_snapshot!("container-changes", ran.text());
    let read = world.run(&["cat", "container:web", "app/main.py"]);
    assert_eq!(String::from_utf8(read.out).unwrap(), "print('bye')\n");
    let layers = world.run(&["layers", "--format", "json", "container:web"]).json();
    assert_eq!(layers["layers"].as_array().unwrap().len(), 4);

    // As the store of the engine tells it.
    let steps = world.run(&["history", "--format", "json", "container:web"]).json();
    let made_by =
        steps["steps"].as_array().unwrap().last().unwrap()["createdBy"].as_str().unwrap().to_owned();
    assert!(made_by.starts_with("container web, not part of the image: "), "{made_by}");

    let failed = world.run(&["layers", "container:nope"]);
    assert!(failed.fails(2).contains("no engine has a container of that name"), "{}", failed.err);
    assert!(failed.err.contains("hint: `docker ps -a` lists the containers that are here"), "{}", failed.err);
}

/// A `docker` that says what it was asked, touches a file and ends with this code.
fn builder(world: &World, code: u8) {
    let script = format!(
        "#!/bin/bash\necho \"docker $*\"\n[ {code} = 0 ] || {{ echo 'no such Dockerfile' >&2; exit {code}; }}\n\
         while [ $# -gt 0 ]; do [ \"$1\" = --iidfile ] && cat {} >\"$2\"; shift; done\ntouch {}\n",
        world.work().join("id").display(),
        world.work().join("built").display()
    );
    world.script("docker", script);
}

#[test]
fn a_build_is_the_engines_and_its_result_is_opened() {
    let before = story();
    let mut after = common::Image::new("shop/web:2.4")
        .step_tar("ADD base", before.layers[0].clone())
        .step("COPY app", common::Layer::new().big("app/data", 5000, 3));
    after.architecture = "amd64".to_owned();
    let (old, new, after_id) = (with(&before), with(&after), id(&after));
    let world = World::new();
    let built = world.work().join("built");
    let engine = Engine::unix(move |path| if built.exists() { new(path) } else { old(path) });
    let path = format!("{}:{}", world.work().display(), std::env::var("PATH").unwrap());
    let world = world.env("PATH", &path).env("DOCKER_HOST", &engine.address);
    world.file("id", &after_id);

    builder(&world, 17);
    let failed = world.run(&["build", "-t", "shop/web:2.4", "."]);
    assert_eq!((failed.fails(17), failed.text().contains("build --iidfile")), ("no such Dockerfile\n", true));

    builder(&world, 0);
    let ran = world.run(&["build", "-t", "shop/web:2.4", "--pull=false", "."]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (first, summary) = ran.text().split_once('\n').unwrap();
    assert!(
        first.starts_with("docker build --iidfile ") && first.ends_with(" -t shop/web:2.4 --pull=false .")
    );
    assert!(summary.starts_with("shop/web:2.4"), "{summary}");
    let old_id = &id(&before)["sha256:".len()..][..12];
    // The fake engine counts 1,000 bytes a layer and its step; the first layer stays.
    let line = format!(
        "; the old image has no name now and holds at most 2.0 kB of its own: docker image rm {old_id}\n"
    );
    assert!(
        ran.err.starts_with("shop/web:2.4: 8.0 kB ships, 0 B of it dead; before 3.1 kB ships, "),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(&line), "{}", ran.err);

    // The same again: nothing to compare. Without a tag the ID is opened.
    let again = world.run(&["build", "-t", "shop/web:2.4", "."]);
    assert_eq!(again.err, "shop/web:2.4: from the docker engine\n");
    let nameless = world.run(&["build", "."]);
    assert_eq!(nameless.err, format!("{after_id}: from the docker engine\n"));
}

/// An engine of three images: one of two names and a dangling one on the same layer, and a step of the latter.
fn of_three_images(ids: [String; 3], cached: u64) -> Engine {
    let layer = |name: &str| Digest::of(name.as_bytes()).to_string();
    Engine::unix(move |path| {
        let row = |at: usize, tags: Value, size: u64, shared: i64| {
            json!({"Id": ids[at], "ParentId": if at == 1 { ids[2].as_str() } else { "" }, "RepoTags": tags,
                "RepoDigests": null, "Created": 1_767_323_045, "Size": size, "SharedSize": shared, "Labels": null})
        };
        let images = json!([
            row(0, json!(["web:1", "web:2"]), 500, -1),
            row(1, json!(["<none>:<none>"]), 300, -1),
            row(2, Value::Null, 200, -1),
        ]);
        let inspect = |top: &str| {
            json!({"Os": "linux", "Architecture": "arm64", "Variant": "v8", "Parent": "",
                "RootFS": {"Type": "layers", "Layers": [layer("base"), layer(top)]}})
        };
        let history = |size: u64| {
            let row =
                |size: u64, command: &str| json!({"Id": "<missing>", "Size": size, "CreatedBy": command});
            Answer::Json(200, json!([row(0, "CMD x"), row(size, "COPY x /"), row(200, "ADD base /")]))
        };
        let of = |at: usize, what: &str| format!("/images/{}/{what}", ids[at]);
        match path {
            "/version" => version("1.41", "1.12"),
            "/images/json?all=1" => Answer::Json(200, images),
            "/info" => {
                Answer::Json(200, json!({"Driver": "overlay2", "DriverStatus": [["Backing", "extfs"]]}))
            }
            "/system/df?type=image&type=build-cache" => {
                let used = [row(0, json!(["web:1", "web:2"]), 500, 200), row(1, Value::Null, 300, 200)];
                let record = |shared: bool, size: u64| json!({"ID": "r", "Shared": shared, "Size": size});
                let cache = [record(true, cached), record(false, 999)];
                Answer::Json(200, json!({"LayersSize": 600, "Images": used, "BuildCache": cache}))
            }
            "/containers/json?all=1" => Answer::Json(
                200,
                json!([{"Id": "c1", "Names": ["/shop"], "ImageID": ids[1], "State": "exited"}]),
            ),
            path if path == of(0, "json") => Answer::Json(200, inspect("web")),
            path if path == of(1, "json") => Answer::Json(200, inspect("db")),
            path if path == of(0, "history") => history(300),
            path if path == of(1, "history") => history(100),
            _ => Answer::missing("no such page"),
        }
    })
}

#[test]
fn images_are_listed_through_the_api() {
    use capas::local::{Access, Listing, Outcome, Prune, Sort};
    let ids = ["web", "db", "step"].map(|name| Digest::of(name.as_bytes()).to_string());
    let list = |engine: &Engine| {
        let surroundings = Surroundings::new("/nowhere", 1000, [("DOCKER_HOST", engine.address.as_str())]);
        let wanted = capas::source::local::Wanted::parse("docker").expect("a store");
        capas::source::local::list(&surroundings, &[wanted])
    };
    let engine = of_three_images(ids.clone(), 0);
    let listing: Listing = list(&engine);
    assert_eq!(listing.unread, []);
    let store = &listing.stores[0];
    assert_eq!((store.name.as_str(), store.driver.as_str()), ("docker", "overlay2"));
    assert!(matches!(&store.access, Access::Api(at) if at.contains("engine.sock")), "{:?}", store.access);
    let rows = listing.rows(&capas::local::Filter::default(), Sort::Name);
    assert_eq!(rows.len(), 3, "two names and a dangling one; the step is hidden");
    assert_eq!((rows[0].share.own, rows[0].share.shared), (300, 200));
    assert_eq!((rows[2].share.own, rows[2].share.shared), (100, 200));
    assert_eq!(store.images[0].platform.to_string(), "linux/arm64/v8");
    assert_eq!(store.image_bytes(), 600);
    assert_eq!(store.reference(&rows[0]), "docker:web:1");
    assert!(!engine.requests().iter().any(|asked| asked.contains(&ids[2])), "a step is not asked about");
    // Which layers are shared is known: the tree forks at the base.
    let tree = store.branches();
    assert_eq!((tree.len(), tree[0].bytes(), tree[0].above.len()), (1, 200, 2));
    let one = listing.reclaim(&listing.find("web:1").expect("an image"));
    assert!(matches!(one.removals[0].outcome, Outcome::Untagged(_)) && one.freed == 0);
    let used = listing.reclaim(&listing.find(&ids[1]).expect("an image"));
    assert!(matches!(&used.removals[0].outcome, Outcome::UsedBy { container, .. } if container == "shop"));
    let all = listing.prune(Prune::All);
    assert_eq!((all.freed, all.partial, all.uncertain), (300, false, 0));

    // What the build cache holds, too, is told as a sum: so much less may be freed.
    let cached = list(&of_three_images(ids, 250)).prune(Prune::All);
    assert_eq!((cached.freed, cached.uncertain), (300, 250));
    assert_eq!(capas::prose::removal::bound(&cached), "at most ");

    // An engine that answers half of it is listed by half, and one that is not there is said not to be.
    let half = Engine::unix(|path| match path {
        "/version" => version("1.41", "1.12"),
        "/images/json?all=1" => Answer::Json(200, json!([])),
        _ => Answer::missing("no such page"),
    });
    for (address, said) in
        [(half.address.as_str(), "no such page"), ("unix:///nowhere/x.sock", "no such socket")]
    {
        let surroundings = Surroundings::new("/nowhere", 1000, [("DOCKER_HOST", address)]);
        let listing = capas::source::local::list(&surroundings, &[]);
        let within = listing.stores.iter().flat_map(|store| &store.unread);
        let all: Vec<String> = listing.unread.iter().chain(within).map(|unread| unread.why.clone()).collect();
        assert!(all.iter().any(|why| why.contains(said)), "{all:?}");
    }
}
