//! `capas advise`: findings for people and for scripts, rules by name, the Dockerfile beside the image, the rebuild.

#[path = "common/cli.rs"]
mod cli;
mod common;

use cli::World;
use common::{Image, Layer};
use serde_json::{Value, json};

const DOCKERFILE: &str = "\
FROM debian AS build
RUN make

FROM debian
# an index that nobody needs later
RUN apt-get update
RUN apt-get install -y curl
RUN rm -rf /var/lib/apt/lists/*
COPY app /app
RUN chown -R 7:7 /app
CMD [\"/app/run\"]
";

const INDEX: usize = 400_000;

fn base() -> Image {
    Image::new("shop/web:1")
        .step("/bin/sh -c #(nop) ADD file:0123 in / ", Layer::new().dir("etc").file("etc/motd", "hello"))
        .empty("/bin/sh -c #(nop)  CMD [\"bash\"]")
}

fn app(image: Image) -> Image {
    image
        .step("COPY app /app # buildkit", Layer::new().dir("app").big("app/run", 90_000, 4))
        .step(
            "RUN /bin/sh -c chown -R 7:7 /app # buildkit",
            Layer::new().owner(7, 7).big("app/run", 90_000, 4),
        )
        .empty("CMD [\"/app/run\"]")
}

fn image() -> Image {
    app(base()
        .step(
            "RUN /bin/sh -c apt-get update # buildkit",
            Layer::new().big("var/lib/apt/lists/index", INDEX, 1),
        )
        .step(
            "RUN /bin/sh -c apt-get install -y curl # buildkit",
            Layer::new().big("usr/bin/curl", 70_000, 2),
        )
        .step(
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists/* # buildkit",
            Layer::new().dir("var/lib/apt/lists").whiteout("var/lib/apt/lists/index"),
        ))
}

fn grouped() -> Image {
    app(base().step("RUN /bin/sh -c all of it # buildkit", Layer::new().big("usr/bin/curl", 70_000, 2)))
}

fn world() -> World {
    let world = World::new();
    world.file("web.tar", image().docker_archive());
    world.file("Dockerfile", DOCKERFILE);
    world.file(".dockerignore", "target\n");
    world
}

#[test]
fn advice_for_people() {
    let world = world();
    let rules = ["--rule", "ungrouped-run", "--rule", "metadata-reship"];
    let args = [&["advise", "web.tar", "--base-layers", "1"], &rules[..]].concat();
    insta::assert_snapshot!("advise", world.run(&args).fine().text());
    let args = [&["advise", "web.tar", "-f", "Dockerfile"], &rules[..]].concat();
    insta::assert_snapshot!("advise-dockerfile", world.run(&args).fine().text());
    let args = [&["advise", "web.tar", "--format", "plain"], &rules[..]].concat();
    insta::assert_snapshot!("advise-plain", world.run(&args).fine().text());
}

#[test]
fn advice_for_scripts() {
    let world = world();
    let document = world.run(&["advise", "web.tar", "-f", "Dockerfile", "--format", "json"]).fine().json();
    let span = &document["spans"][0];
    assert_eq!(
        (&span["steps"], &span["bytes"], &span["verdict"]),
        (&json!([3, 4, 5]), &json!(INDEX), &json!("merge"))
    );
    let finding = &document["findings"][0];
    assert_eq!((&finding["rule"], &finding["layers"]), (&json!("ungrouped-run"), &json!([2, 3, 4])));
    assert_eq!((&finding["uniqueBytes"], &finding["owner"]), (&json!(INDEX), &json!("own")));
    assert_eq!(finding["paths"], json!({"count": 1, "sample": [{"path": "var/lib/apt/lists/index"}]}));
    assert!(finding["fix"]["diff"].as_str().unwrap().starts_with("--- a/Dockerfile\n+++ b/Dockerfile\n@@ "));
    let runs: Vec<&str> = DOCKERFILE.lines().collect();
    for place in finding["places"].as_array().unwrap() {
        assert_eq!((&place["file"], &place["line"]), (&json!("Dockerfile"), &place["endLine"]));
        assert!(runs[place["line"].as_u64().unwrap() as usize - 1].starts_with("RUN "), "{place}");
    }
    assert_eq!(finding["places"].as_array().unwrap().len(), finding["steps"].as_array().unwrap().len());
    let unique: u64 =
        document["findings"].as_array().unwrap().iter().map(|it| it["uniqueBytes"].as_u64().unwrap()).sum();
    assert_eq!(document["avoidableWithGuessesBytes"], json!(unique));
    let lines = world.run(&["advise", "web.tar", "-f", "Dockerfile", "--format", "ndjson"]).fine();
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (findings, spans) = (document["findings"].as_array().unwrap(), document["spans"].as_array().unwrap());
    assert_eq!(lines, [&findings[..], &spans[..]].concat());
    // Only what is asked for.
    let one =
        world.run(&["advise", "web.tar", "--rule", "metadata-reship", "--format", "json"]).fine().json();
    assert_eq!((one["findings"].as_array().unwrap().len(), &one["spans"]), (1, &json!([])));
    let none = world.run(&["advise", "web.tar", "--min-bytes", "1GB", "--format", "json"]).fine().json();
    assert_eq!(none["spans"][0]["verdict"], json!("leave"));
}

/// The diff of the fix is one that `patch` takes, and the result is the grouped file.
#[test]
fn the_diff_applies() {
    let world = world();
    let document = world.run(&["advise", "web.tar", "-f", "Dockerfile", "--format", "json"]).fine().json();
    world.file("fix.diff", document["findings"][0]["fix"]["diff"].as_str().unwrap());
    let mut patch = std::process::Command::new("patch");
    let patched = patch.args(["-p1", "-i", "fix.diff"]).current_dir(world.work()).output().unwrap();
    assert!(patched.status.success(), "{patched:?}");
    let patched = std::fs::read_to_string(world.work().join("Dockerfile")).unwrap();
    let runs = "RUN apt-get update\nRUN apt-get install -y curl\nRUN rm -rf /var/lib/apt/lists/*\n";
    let merged = "RUN apt-get update \\\n && apt-get install -y curl \\\n && rm -rf /var/lib/apt/lists/*\n";
    assert_eq!(patched, DOCKERFILE.replace(runs, merged));
}

/// Two findings that change one line say so: after the first diff the other does not apply.
#[test]
fn diffs_that_change_the_same_steps_are_told() {
    let world = World::new();
    let owned = |layer: Layer| layer.owner(7, 7).big("app/run", 90_000, 4);
    let image = base()
        .step("COPY app /app # buildkit", Layer::new().dir("app").big("app/run", 90_000, 4))
        .step("RUN /bin/sh -c chown -R 7:7 /app # buildkit", owned(Layer::new()))
        .step("RUN /bin/sh -c chmod -R 755 /app # buildkit", owned(Layer::new().mode(0o755)));
    world.file("web.tar", image.docker_archive());
    world.file("Dockerfile", "FROM debian\nCOPY app /app\nRUN chown -R 7:7 /app\nRUN chmod -R 755 /app\n");
    let text = world.run(&["advise", "web.tar", "-f", "Dockerfile"]).fine().text().to_owned();
    assert!(text.contains("\nThe diffs of findings 1, 2 change the same steps,"), "{text}");
    let world = self::world();
    let text = world.run(&["advise", "web.tar", "-f", "Dockerfile"]).fine().text().to_owned();
    assert!(!text.contains("change the same steps"), "{text}");
}

/// Wherever the Dockerfile was named from, the diff names it so that it can be applied.
#[test]
fn the_diff_names_the_file_from_here() {
    let world = world();
    let below = world.work().join("Dockerfile");
    let heads = |file: &str| {
        let document = world.run(&["advise", "web.tar", "-f", file, "--format", "json"]).fine().json();
        let diff = document["findings"][0]["fix"]["diff"].as_str().unwrap().to_owned();
        diff.lines().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(heads(below.to_str().unwrap()), ["--- a/Dockerfile", "+++ b/Dockerfile"]);
    assert_eq!(heads("./Dockerfile"), ["--- a/Dockerfile", "+++ b/Dockerfile"]);
    // One that is elsewhere keeps its whole path, as git has it.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("Dockerfile");
    std::fs::copy(&below, &file).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(heads(file), [format!("--- a{file}"), format!("+++ b{file}")]);
}

#[test]
fn mistakes_are_told_with_what_helps() {
    let world = world();
    let rule = world.run(&["advise", "web.tar", "--rule", "ungrouped-runs"]);
    assert!(rule.fails(2).contains("the rule is `ungrouped-run`"), "{rule:?}");
    assert!(world.run(&["advise", "web.tar", "--rule", "help"]).fine().text().contains("deleted-later"));
    let size = world.run(&["advise", "web.tar", "--min-bytes", "much"]);
    assert!(size.fails(2).contains("`much` is no size"));
    let file = world.run(&["advise", "web.tar", "-f", "Containerfile"]);
    assert!(file.fails(2).contains("Containerfile"));
    let verify = world.run(&["advise", "web.tar", "--verify"]);
    assert!(verify.fails(2).contains("-f Dockerfile"), "{verify:?}");
    world.file("Other", "FROM a\nRUN something else\n");
    let other = world.run(&["advise", "web.tar", "-f", "Other"]).fine();
    assert!(other.text().contains("does not match this image"), "{}", other.text());
    let verify = world.run(&["advise", "web.tar", "-f", "Other", "--verify"]);
    assert!(verify.fails(2).contains("a Dockerfile that matches"), "{verify:?}");
}

#[test]
fn the_dockerfile_of_the_history() {
    let text = world().run(&["advise", "web.tar", "--dockerfile"]).fine();
    for line in ["RUN apt-get update", "COPY app /app", "CMD [\"/app/run\"]"] {
        assert!(text.text().contains(line), "{}", text.text());
    }
}

/// An engine that builds nothing and saves what it is given: what is grouped is built, compared and told.
#[test]
fn the_rebuild_is_measured_beside_the_prediction() {
    let world = world();
    world.script(
        "bin/docker",
        "#!/bin/sh\n\
         case \"$1\" in\n\
         build) cp \"$5\" \"$OUT/$(basename \"$5\")\"; shift 5; echo \"$@\" > \"$OUT/words\" ;;\n\
         save) case \"$4\" in *original*) cp \"$OUT/web.tar\" \"$3\" ;; *) cp \"$OUT/grouped.tar\" \"$3\" ;; esac ;;\n\
         rmi) echo \"$2\" >> \"$OUT/removed\" ;;\n\
         esac\n",
    );
    world.file("grouped.tar", grouped().docker_archive());
    let path = format!("{}:/usr/bin:/bin", world.work().join("bin").display());
    let out = world.work().display().to_string();
    let world = world.env("PATH", &path).env("OUT", &out);
    let told = world.run(&["advise", "web.tar", "-f", "Dockerfile", "--verify"]).fine();
    insta::assert_snapshot!("advise-verify", told.text());
    let built = std::fs::read_to_string(world.work().join("Dockerfile.grouped")).unwrap();
    assert!(built.contains("RUN apt-get update \\\n && apt-get install -y curl \\\n && rm -rf"), "{built}");
    assert_eq!(std::fs::read_to_string(world.work().join("Dockerfile.original")).unwrap(), DOCKERFILE);
    let removed = std::fs::read_to_string(world.work().join("removed")).unwrap();
    assert_eq!(removed.lines().count(), 2);
    let document =
        world.run(&["advise", "web.tar", "-f", "Dockerfile", "--verify", "--format", "json"]).fine().json();
    let rebuild = &document["rebuild"];
    assert_eq!((&rebuild["predictedBytes"], &rebuild["measuredBytes"]), (&json!(INDEX), &json!(INDEX)));
    let schema: Value = serde_json::from_str(include_str!("../assets/capas.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document), "{document}");
    // What the build needs is handed on; without a build it is a mistake.
    let words = ["--build-arg", "A=x y", "--build-arg", "B", "--network", "host"];
    let args = [&["advise", "web.tar", "-f", "Dockerfile", "--verify"][..], &words].concat();
    world.run(&args).fine();
    let words = std::fs::read_to_string(world.work().join("words")).unwrap();
    assert!(words.starts_with("--build-arg A=x y --build-arg B --network host "), "{words}");
    world.run(&["advise", "web.tar", "--network", "host"]).fails(2);
    // A build that saves nothing is exit code 1.
    world.file("grouped.tar", image().docker_archive());
    let not = world.run(&["advise", "web.tar", "-f", "Dockerfile", "--verify"]);
    not.fails(1);
    assert!(not.text().contains("Not what was predicted."));
}
