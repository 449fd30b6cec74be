//! Histories of real builders, understood: base, rows, commands, merged texts, Dockerfiles.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use std::fmt::Write as _;
use std::sync::Arc;

use capas::build::{self, Barrier, BaseEvidence, Evidence, Form, NoText, Owner, RemarkKind, Story, Trust};
use capas::image::ImageInfo;
use capas::layer::{LayerIndex, NoteKind};
use capas::oci::Digest;
use capas::prose::story as prose;
use serde_json::{Value, json};

fn sample(name: &str) -> Arc<ImageInfo> {
    configs::image(&configs::sample(name), &[]).info
}

fn understood(name: &str) -> Story {
    Story::new(&sample(name), &Evidence::default())
}

/// An image of `created_by` texts of BuildKit; `-` before a text is a step without a layer.
fn image(texts: &[&str], env: &[&str]) -> Arc<ImageInfo> {
    let entry = |text: &&str| {
        let empty = text.starts_with('-');
        json!({"created_by": text.trim_start_matches('-'), "comment": "buildkit.dockerfile.v0", "empty_layer": empty})
    };
    let history: Vec<Value> = texts.iter().map(entry).collect();
    let layers = texts.iter().filter(|text| !text.starts_with('-')).count();
    let diff_ids: Vec<String> = (0..layers).map(|at| Digest::of(&[at as u8]).to_string()).collect();
    let config = json!({
        "os": "linux", "config": {"Env": env}, "history": history, "rootfs": {"diff_ids": diff_ids},
    });
    configs::image(config.to_string().as_bytes(), &[]).info
}

fn run(text: &str) -> String {
    format!("RUN /bin/sh -c {text} # buildkit")
}

/// All that is known, for a snapshot.
fn told(story: &Story) -> String {
    let mut text = format!("{}\n{} steps\n", prose::base(&story.base), story.base.steps);
    for span in &story.spans {
        let between: Vec<String> =
            span.between.iter().map(|it| format!("{} {:?}", it.step, it.class)).collect();
        let layers: Vec<String> = span.layers.iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "row {:?} layers {} between {between:?} until {:?}",
            span.runs,
            layers.join(" "),
            span.barrier_after
        )
        .unwrap();
        match story.merged(span.runs[0]..=*span.runs.last().unwrap()) {
            Ok(merged) => writeln!(text, "{merged}").unwrap(),
            Err(why) => writeln!(text, "{}", prose::no_text(why)).unwrap(),
        }
    }
    for remark in &story.remarks {
        writeln!(text, "{}", prose::remark(remark)).unwrap();
    }
    text
}

#[test]
fn histories_of_every_builder() {
    for name in [
        "docker-20.10-legacy-builder",
        "docker-28.5-legacy-builder",
        "docker-28.5-buildkit",
        "docker-commit",
        "buildah-1.28-layers",
        "buildah-1.43-layers",
        "buildah-1.43-nolayers",
        "kaniko",
        "kaniko-single-snapshot",
        "crane-flatten",
        "heredocs-buildkit",
        "heredocs-buildah",
        "shell-legacy",
    ] {
        insta::assert_snapshot!(format!("story-{name}"), told(&understood(&format!("{name}.json"))));
    }
}

#[test]
fn rows_end_at_barriers_and_carry_the_rest() {
    let info = image(
        &[
            "# debian.sh",
            "-ARG V=1",
            &run("a"),
            "-LABEL x=y",
            "WORKDIR /w",
            "-ENV E=f g",
            "-ARG LATE=1",
            &run("b"),
            "-VOLUME [/v]",
            "-CMD [\"c\"]",
            &run("c"),
            "-USER nobody",
            &run("d"),
            "COPY x /x # buildkit",
            &run("e"),
            &run("f"),
            "-EXPOSE [80/tcp]",
        ],
        &["PATH=/bin", "E=f g"],
    );
    let story = Story::new(&info, &Evidence { base_layers: Some(1), ..Evidence::default() });
    let rows: Vec<_> = story.spans.iter().map(|it| (it.runs.clone(), it.barrier_after)).collect();
    assert_eq!(rows, [(vec![3, 8, 11], Some((12, Barrier::User))), (vec![15, 16], None)]);
    let layers: Vec<u16> = story.spans[0].layers.iter().map(|layer| layer.0).collect();
    assert_eq!(layers, [2, 3, 4, 5], "that of WORKDIR is one of them");
    let merged = story.merged(3..=11).unwrap();
    assert_eq!(
        merged.to_string(),
        "ARG LATE=1\nRUN a \\\n && mkdir -p /w \\\n && cd /w \\\n && export E='f g' \\\n && b \\\n && c\n\
         LABEL x=y\nWORKDIR /w\nENV E=\"f g\"\nVOLUME /v\nCMD [\"c\"]"
    );
    assert!(merged.hides_flags, "BuildKit's history keeps no mounts");
    assert_eq!(story.merged(3..=8).unwrap().after, ["LABEL x=y", "WORKDIR /w", "ENV E=\"f g\""]);
    for (steps, why) in [(3..=4, 3), (3..=3, 3), (4..=8, 4), (0..=9, 0), (11..=15, 11), (99..=100, 99)] {
        assert_eq!(story.merged(steps), Err(NoText::NotARow(why)));
    }
    assert_eq!(story.span_of(8), story.spans.first());
    assert_eq!(story.span_of(13), None, "one RUN is no row");
}

/// An ARG cannot go before a RUN that uses the variable, and only root makes any folder that a WORKDIR makes.
#[test]
fn what_a_merged_run_would_see_otherwise_is_a_barrier() {
    let rows = |between: &[&str], first: &str| {
        let (first, last) = (run(first), run("b"));
        let texts: Vec<&str> =
            ["# debian.sh", &first].into_iter().chain(between.iter().copied()).chain([&*last]).collect();
        let story =
            Story::new(&image(&texts, &[]), &Evidence { base_layers: Some(1), ..Evidence::default() });
        story.spans.len()
    };
    assert_eq!(rows(&["-ARG V=2"], "a $VV v"), 1);
    assert_eq!(rows(&["-ARG V=2"], "a $V"), 0);
    assert_eq!(rows(&["-ARG U=1 V=2"], "a \"${V:-1}\""), 0);
    let user = |user: &str| {
        let texts = ["# debian.sh", user, &run("a"), "WORKDIR /w", &run("b")].map(str::to_owned);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let story =
            Story::new(&image(&texts, &[]), &Evidence { base_layers: Some(1), ..Evidence::default() });
        story.spans.len()
    };
    assert_eq!((user("-USER app"), user("-USER 0:0"), user("-USER root"), user("-USER 1000")), (0, 1, 1, 0));
}

#[test]
fn mounts_of_buildah_are_barriers() {
    let entry = |text: &str| json!({"created_by": format!("/bin/sh -c {text}")});
    let mut history: Vec<Value> = [
        "#(nop) ADD file:aa in /      ",
        "one",
        "--mount=type=cache,target=/c two",
        "--mount=type=cache,target=/c three",
        "--network=none four",
        "five",
        "six",
    ]
    .map(entry)
    .into();
    history[1]["comment"] = json!("FROM scratch");
    let ids: Vec<String> = (0..7_u8).map(|at| Digest::of(&[at]).to_string()).collect();
    let config = json!({"history": history, "rootfs": {"diff_ids": ids}}).to_string();
    let story = Story::new(&configs::image(config.as_bytes(), &[]).info, &Evidence::default());
    let rows: Vec<_> = story.spans.iter().map(|it| (it.runs.clone(), it.barrier_after)).collect();
    assert_eq!(rows, [(vec![3, 4], Some((5, Barrier::Flags))), (vec![6, 7], None)]);
    let text = story.merged(3..=4).unwrap();
    assert_eq!(text.to_string(), "RUN --mount=type=cache,target=/c \\\n    two \\\n && three");
    assert!(!text.hides_flags);
}

#[test]
fn exec_forms_keep_their_words_or_say_that_they_are_lost() {
    let info = image(
        &[
            "# debian.sh",
            "-SHELL [/bin/bash -c]",
            "RUN /bin/bash -c one # buildkit",
            "RUN /bin/sh -c two; three # buildkit",
            "RUN /bin/busybox mkdir /x # buildkit",
        ],
        &[],
    );
    let story = Story::new(&info, &Evidence::default());
    let forms: Vec<_> = (3..=5).map(|step| story.command(step).unwrap().form.clone()).collect();
    let words = ["/bin/sh", "-c", "two; three"].map(str::to_owned).to_vec();
    assert_eq!(forms, [Form::Shell, Form::Exec(Some(words)), Form::Exec(None)]);
    assert_eq!(story.merged(3..=4).unwrap().run, "RUN one \\\n && /bin/sh -c 'two; three'");
    assert_eq!(story.merged(3..=5), Err(NoText::WordsLost(5)));
    assert_eq!(story.shell_at(1), ["/bin/sh", "-c"]);
    assert_eq!(story.shell_at(5), ["/bin/bash", "-c"]);
    assert!(story.shell_at(0).is_empty() && story.shell_at(6).is_empty());
}

#[test]
fn the_best_evidence_says_where_the_base_ends() {
    let base = ["# debian.sh", "-CMD [\"bash\"]", "RUN /bin/sh -c base # buildkit", "-CMD [\"python3\"]"];
    let own = ["-ENV A=1", "RUN /bin/sh -c own # buildkit", "-CMD [\"app\"]"];
    let info = image(&[&base[..], &own[..]].concat(), &[]);
    let ids = |count: usize| -> Vec<Digest> {
        info.layers[..count].iter().map(|layer| layer.diff_id.clone().unwrap()).collect()
    };
    let found = |evidence: &Evidence| {
        let base = Story::new(&info, evidence).base;
        (base.evidence, base.layers, base.steps, base.name)
    };
    let none = Evidence::default();
    assert_eq!(found(&none), (BaseEvidence::Cmd, 2, 4, None));
    let local = Evidence {
        base_diff_ids: vec![
            ("other".into(), vec![Digest::of(b"other")]),
            ("debian".into(), ids(1)),
            ("python".into(), ids(2)),
            ("itself".into(), ids(3)),
        ],
        ..none.clone()
    };
    assert_eq!(found(&local), (BaseEvidence::Local, 2, 4, Some("python".into())));
    let given = Evidence { base: Some(("debian".into(), ids(1))), ..local.clone() };
    assert_eq!(found(&given), (BaseEvidence::Given, 1, 2, Some("debian".into())));
    let wrong = Evidence { base: Some(("alpine".into(), vec![Digest::of(b"x")])), ..local.clone() };
    assert_eq!(found(&wrong).0, BaseEvidence::Local);
    let remarks = Story::new(&info, &wrong).remarks;
    assert!(remarks.iter().any(|it| it.kind == RemarkKind::NotTheBase && it.detail == "alpine"));
    let told = Evidence { base_layers: Some(9), ..given.clone() };
    let story = Story::new(&info, &told);
    assert_eq!(
        (story.base.evidence, story.base.layers, story.base.trust()),
        (BaseEvidence::Told, 3, Trust::Declared)
    );
    assert!(story.has(RemarkKind::TooManyBaseLayers));
    let nothing = Evidence { base_layers: Some(0), ..none.clone() };
    assert_eq!(found(&nothing), (BaseEvidence::Told, 0, 0, None));

    // A guess makes no layer the base's.
    let guess = Story::new(&info, &none);
    assert_eq!(guess.owner(LayerIndex(1)), Owner::Unknown);
    let known = Story::new(&info, &local);
    assert_eq!([1, 2, 3].map(|at| known.owner(LayerIndex(at)).word()), ["base", "base", "own"]);
}

#[test]
fn a_pause_and_a_declared_name_are_guesses() {
    let mut info = ImageInfo::clone(&image(&["ADD a / # buildkit", &run("a"), &run("b")], &[]));
    for (step, time) in
        info.steps.iter_mut().zip(["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T02:00:00Z"])
    {
        time.clone_into(&mut step.created);
    }
    info.manifest_json = json!({"annotations": {"org.opencontainers.image.base.name": "debian:12"}})
        .to_string()
        .into_bytes()
        .into();
    let story = Story::new(&info, &Evidence::default());
    assert_eq!((story.base.evidence, story.base.layers), (BaseEvidence::Pause, 2));
    assert_eq!(story.base.name.as_deref(), Some("debian:12"));
    assert!(story.has(RemarkKind::BaseByNameOnly));
    assert!(story.spans.is_empty(), "a row does not cross a guessed boundary");
    for step in &mut info.steps {
        "1970-01-01T00:00:00Z".clone_into(&mut step.created);
    }
    let story = Story::new(&info, &Evidence::default());
    assert_eq!((story.base.evidence, story.base.layers), (BaseEvidence::FirstLayer, 1));
    assert_eq!(story.spans[0].runs, [2, 3]);
}

#[test]
fn secrets_are_nowhere_to_be_read() {
    let info = image(
        &[
            "# debian.sh",
            "-ARG NPM_TOKEN=hunter22 OTHER=1",
            "-ENV API_KEY=tops3cret GPG_KEY=ABCD PUBLIC_KEY=open",
            "RUN |2 NPM_TOKEN=hunter22 OTHER=1 /bin/sh -c npm ci --token hunter22 # buildkit",
            "RUN |2 NPM_TOKEN=hunter22 OTHER=1 /bin/sh -c curl -H tops3cret open # buildkit",
            "-ENV LATE_PASSWORD=pa55word",
            "RUN |2 NPM_TOKEN=hunter22 OTHER=1 /bin/sh -c x # buildkit",
        ],
        &["API_KEY=tops3cret", "GPG_KEY=ABCD", "PUBLIC_KEY=open", "LATE_PASSWORD=pa55word"],
    );
    let story = Story::new(&info, &Evidence::default());
    let keys: Vec<_> = build::secret_keys(&story.steps).into_iter().map(|it| (it.step, it.name)).collect();
    assert_eq!(keys, [(2, "NPM_TOKEN".into()), (3, "API_KEY".into()), (6, "LATE_PASSWORD".into())]);
    let shown: Vec<String> = story.steps.iter().map(|step| story.shown(step)).collect();
    assert_eq!(shown[1], "ARG NPM_TOKEN OTHER=1");
    assert_eq!(shown[2], "ENV API_KEY=**** GPG_KEY=ABCD PUBLIC_KEY=open");
    assert_eq!(shown[3], "RUN npm ci --token ****");
    assert_eq!(story.merged(4..=5).unwrap().run, "RUN npm ci --token **** \\\n && curl -H **** open");
    assert_eq!(story.merged(4..=7), Err(NoText::Secret(6)));
    let all = [build::reconstruct(&story), shown.join("\n")].concat();
    for secret in ["hunter22", "tops3cret", "pa55word"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn names_of_secrets_are_told_by_whole_words() {
    for (name, is_secret) in [
        ("TOKEN", true),
        ("npm_token", true),
        ("AWS_SECRET_ACCESS_KEY", true),
        ("DB_PASSWORD", true),
        ("APIKEY", true),
        ("TOKENS", false),
        ("MONKEY", false),
        ("KEYBOARD", false),
        ("GPG_KEY", false),
        ("SIGNING_PUBLIC_KEY", false),
        ("TOKEN_FILE", false),
        ("KEY_VERSION", false),
        ("PATH", false),
        ("", false),
    ] {
        assert_eq!(build::is_secret_name(name), is_secret, "{name}");
    }
}

#[test]
fn histories_that_lie_make_no_rows() {
    let info = image(&["# debian.sh", &run("a"), &run("b")], &[]);
    assert_eq!(Story::new(&info, &Evidence::default()).spans.len(), 1);
    for kind in [NoteKind::HistoryShort, NoteKind::HistoryLong, NoteKind::EmptyLayerIgnored] {
        let mut lying = ImageInfo::clone(&info);
        lying.notes.add(kind, None, b"4 steps with a layer, 3 layers");
        let story = Story::new(&lying, &Evidence::default());
        assert!(story.spans.is_empty());
        let remark = story.remarks.iter().find(|it| it.kind == RemarkKind::HistoryMismatch).unwrap();
        assert!(prose::remark(remark).contains("(4 steps with a layer, 3 layers)"));
    }
    // Nothing says how the layers came to be, and that is said.
    let mut silent = ImageInfo::clone(&image(&["", ""], &[]));
    silent.steps.iter_mut().for_each(|step| step.comment.clear());
    let story = Story::new(&silent, &Evidence::default());
    assert_eq!(story.remarks.iter().map(|it| it.kind).collect::<Vec<_>>(), [RemarkKind::NoHistory]);
    assert!(story.spans.is_empty());
    // A RUN of BuildKit without a layer: its files are nobody knows where.
    let info = image(&["# debian.sh", &run("a"), "-RUN /bin/sh -c b # buildkit", &run("c")], &[]);
    assert!(Story::new(&info, &Evidence::default()).spans.is_empty());
    for texts in [vec![], vec![""], vec!["-", "-"], vec!["-RUN", "RUN |99 A=1"], vec!["RUN |1 # buildkit"; 9]]
    {
        let story =
            Story::new(&image(&texts, &[]), &Evidence { base_layers: Some(u16::MAX), ..Evidence::default() });
        assert_eq!(story.steps.len(), texts.len());
        for step in 0..=texts.len() + 1 {
            _ = story.merged(step..=step + 1);
        }
    }
}

fn with_file(name: &str, file: &str) -> Story {
    let text = String::from_utf8(configs::sample(file)).unwrap();
    Story::new(&sample(name), &Evidence { dockerfile: Some((file.into(), text)), ..Evidence::default() })
}

#[test]
fn dockerfiles_lie_along_the_histories_that_they_made() {
    for (name, file) in [
        ("heredocs-buildkit", "Dockerfile.buildkit"),
        ("shell-legacy", "Dockerfile.legacy"),
        ("heredocs-buildah", "Dockerfile.buildah"),
        ("buildah-1.43-nolayers", "Dockerfile.buildah"),
        ("kaniko", "Dockerfile.kaniko"),
        ("stages-legacy", "Dockerfile.stages"),
        ("stages-buildkit", "Dockerfile.stages"),
    ] {
        let story = with_file(&format!("{name}.json"), file);
        let mut text = String::new();
        if let Some(file) = &story.dockerfile {
            writeln!(text, "FROM {} in line {}", file.base, file.base_line).unwrap();
        }
        for (at, instruction) in story.steps.iter().enumerate() {
            let aligned = story.dockerfile.as_ref().and_then(|file| file.step(at + 1));
            let lines = aligned.map(|it| format!("{}-{} {:?}", it.lines.start(), it.lines.end(), it.flags));
            let shown: String =
                instruction.to_string().lines().next().unwrap_or_default().chars().take(50).collect();
            writeln!(text, "{} {shown} <- {}", at + 1, lines.unwrap_or_default()).unwrap();
        }
        text.push_str(&told(&story));
        insta::assert_snapshot!(format!("file-{name}"), text);
    }
}

fn file(text: &str) -> Evidence {
    Evidence { dockerfile: Some(("Dockerfile".into(), text.into())), ..Evidence::default() }
}

#[test]
fn a_dockerfile_of_another_image_is_not_used_and_says_where() {
    let info = image(&["# debian.sh", &run("a  b"), "-USER me", "COPY x /y # buildkit", &run("c")], &[]);
    let story = Story::new(
        &info,
        &file("ARG V=12\nFROM debian:$V\nRUN a \\\n  b\nUSER me\nCOPY --link x /y\nRUN c\n"),
    );
    assert_eq!((story.base.evidence, story.base.layers), (BaseEvidence::Dockerfile, 1));
    assert_eq!(story.base.name.as_deref(), Some("debian:12"));
    let aligned = story.dockerfile.as_ref().unwrap();
    assert_eq!(aligned.step(2).unwrap().lines, 3..=4);
    assert_eq!(aligned.step(4).unwrap().flags, ["--link"]);
    assert_eq!((aligned.step(1), aligned.step(0), aligned.step(6)), (None, None, None));
    for (text, kind, detail) in [
        (
            "FROM x\nRUN a c\nUSER me\nCOPY x /y\nRUN c",
            RemarkKind::DockerfileMismatch,
            "Dockerfile:2: `RUN a c` is not step 2, `RUN a  b`",
        ),
        (
            "FROM x\nCOPY x /z\nRUN c",
            RemarkKind::DockerfileMismatch,
            "Dockerfile:2: `COPY x /z` is not step 4, `COPY x /y`",
        ),
        (
            "FROM x\nRUN c\n#\nRUN d",
            RemarkKind::DockerfileMismatch,
            "Dockerfile:4: `RUN d` is not step 5, `RUN c`",
        ),
        ("FROM scratch\nRUN c", RemarkKind::DockerfileMismatch, "Dockerfile:1: FROM scratch has no step 4"),
        ("FROM x\n", RemarkKind::DockerfileMismatch, "Dockerfile:1: nothing in it can be compared"),
        ("hello", RemarkKind::DockerfileBroken, "Dockerfile:1: unknown instruction HELLO"),
        ("", RemarkKind::DockerfileBroken, "Dockerfile has no FROM"),
    ] {
        let story = Story::new(&info, &file(text));
        assert_eq!(story.dockerfile, None);
        let remark = &story.remarks[0];
        assert_eq!((remark.kind, remark.detail.as_str()), (kind, detail));
        assert_eq!(story.base.trust(), Trust::Guess);
    }
    let more = "FROM x\nRUN 1\nRUN 2\nRUN a b\nUSER me\nCOPY x /y\nRUN c";
    let story =
        Story::new(&image(&[&run("a  b"), "-USER me", "COPY x /y # buildkit", &run("c")], &[]), &file(more));
    assert_eq!(story.remarks[0].detail, "Dockerfile:3: `RUN 2` has no step");
}

#[test]
fn stages_targets_and_triggers_are_followed() {
    let text = "FROM debian AS one\nRUN 1\nONBUILD RUN trigger\nFROM one AS two\nRUN 2\nFROM alpine\nRUN 3\n";
    let info = image(&["# debian.sh", &run("1"), &run("trigger"), &run("2")], &[]);
    let two = Evidence { target: Some("TWO".into()), ..file(text) };
    let story = Story::new(&info, &two);
    let aligned = story.dockerfile.as_ref().unwrap();
    assert_eq!((aligned.base.as_str(), aligned.base_line, aligned.first), ("debian", 1, 2));
    let stages: Vec<_> =
        aligned.steps.iter().map(|it| it.as_ref().map(|it| (it.stage.as_str(), *it.lines.start()))).collect();
    assert_eq!(stages, [Some(("one", 2)), Some(("one", 3)), Some(("two", 5))]);
    assert_eq!(aligned.silent, [(3, build::Kind::Onbuild)]);
    assert!(Story::new(&info, &file(text)).has(RemarkKind::DockerfileMismatch));
    assert!(Story::new(&info, &Evidence { target: Some("1".into()), ..file(text) }).dockerfile.is_some());
    let story = Story::new(&info, &Evidence { target: Some("three".into()), ..file(text) });
    assert_eq!(prose::remark(&story.remarks[0]), "the Dockerfile has no stage three and is not used");
}

/// BuildKit records no ONBUILD, also where the base's steps are another builder's.
#[test]
fn triggers_without_a_step_over_a_base_of_another_builder() {
    let info = image(&["/bin/sh -c #(nop) ADD file:0 in / ", "/bin/sh -c x", &run("1")], &[]);
    let mut info = ImageInfo::clone(&info);
    info.steps[0].comment.clear();
    info.steps[1].comment.clear();
    let text = "FROM debian\nONBUILD RUN a\nONBUILD RUN b\nRUN 1\n";
    let story = Story::new(&info, &file(text));
    assert_eq!(story.dockerfile.as_ref().map(|file| file.first), Some(3), "{:?}", story.remarks);
}

#[test]
fn a_dockerfile_gives_what_the_history_lost() {
    let info =
        image(&["# debian.sh", &run("/dev/pipes/EOF"), &run("make"), "RUN busybox mkdir /x # buildkit"], &[]);
    let text = "FROM x\nRUN <<EOF\n#!/usr/bin/perl\nx\nEOF\n# capas: ignore=ungrouped-run\n\
                RUN --mount=type=cache,target=/c make\nRUN --mount=type=cache,target=/c [\"busybox\", \"mkdir\", \"/x\"]\n";
    let story = Story::new(&info, &file(text));
    assert_eq!(story.spans.len(), 1);
    let merged = story.merged(3..=4).unwrap();
    assert_eq!(merged.run, "RUN --mount=type=cache,target=/c \\\n    make \\\n && busybox mkdir /x");
    assert!(!merged.hides_flags);
    assert_eq!(story.spans[0].runs, [3, 4], "the mount keeps the perl script apart");
    let file = story.dockerfile.unwrap();
    assert_eq!(file.step(3).unwrap().ignores, ["ungrouped-run"]);
    assert_eq!(file.places(&[1, 3, 4]).unwrap(), "Dockerfile:7-8", "step 1 is not of the file");
    assert_eq!(file.places(&[2, 4]).unwrap(), "Dockerfile:2-5, 8");
    assert_eq!(file.places(&[1]), None);
}

/// The image that `provenance-max.json` speaks of.
fn attested_image() -> ImageInfo {
    let mut info = ImageInfo::clone(&image(
        &[
            "ADD bb.tar / # buildkit",
            "-ARG V=1",
            "COPY /art /opt/art # buildkit",
            "WORKDIR /app",
            "RUN |1 V=1 /bin/sh -c echo $V > /v &&     dd if=/dev/zero of=/tmpfile bs=1k count=500 # buildkit",
            "RUN |1 V=1 /bin/sh -c echo hi > /root/.cache/x # buildkit",
            "RUN |1 V=1 /bin/sh -c rm /tmpfile # buildkit",
            "-CMD [\"/bin/sh\"]",
        ],
        &[],
    ));
    let statement: Value = serde_json::from_slice(&configs::sample("provenance-max.json")).unwrap();
    let metadata = &statement["predicate"]["metadata"]["https://mobyproject.org/buildkit@v1#metadata"];
    let chain = metadata["layers"]["step7:0"][0].as_array().unwrap();
    for (layer, blob) in info.layers.iter_mut().zip(chain) {
        layer.digest = Some(blob["digest"].as_str().unwrap().parse().unwrap());
    }
    assert_eq!(info.layers.len(), chain.len());
    info
}

fn attested(statements: &[Vec<u8>], info: &ImageInfo) -> Story {
    Story::new(info, &Evidence { provenance: statements.to_vec(), ..Evidence::default() })
}

#[test]
fn provenance_gives_lines_mounts_and_the_base() {
    let info = attested_image();
    let story = attested(&[configs::sample("provenance-max.json")], &info);
    assert_eq!(story.remarks, []);
    let provenance = story.provenance.as_ref().unwrap();
    let lines: Vec<_> = provenance.layers.iter().map(|it| (it.layer.0, it.lines.clone().unwrap())).collect();
    assert_eq!(lines, [(1, 2..=2), (2, 7..=7), (3, 8..=8), (4, 9..=10), (5, 11..=11), (6, 12..=12)]);
    let exec = provenance.layer(LayerIndex(5)).unwrap().exec.as_ref().unwrap();
    assert_eq!(exec.args, ["/bin/sh", "-c", "echo hi > /root/.cache/x"]);
    assert_eq!((exec.cwd.as_str(), exec.env.last().map(String::as_str)), ("/app", Some("V=1")));
    assert_eq!(
        exec.flags(),
        ["--mount=type=cache,target=/root/.cache"],
        "the network was forced from outside"
    );
    assert_eq!(
        (story.base.evidence, story.base.layers, story.base.name.clone()),
        (BaseEvidence::Provenance, 0, None)
    );
    // The attested Dockerfile is laid along the history: flags as they were written.
    let aligned = story.dockerfile.as_ref().unwrap();
    assert_eq!((aligned.file.as_str(), aligned.first), ("Dockerfile", 1));
    assert_eq!(aligned.step(3).unwrap().flags, ["--from=build"]);
    assert!(story.command(6).unwrap().flags_known);
    assert!(story.spans.is_empty(), "the mount stands between");

    // Without the Dockerfile the attested mounts do.
    let mut statement: Value = serde_json::from_slice(&configs::sample("provenance-max.json")).unwrap();
    let metadata = &mut statement["predicate"]["metadata"]["https://mobyproject.org/buildkit@v1#metadata"];
    metadata["source"]["infos"] = Value::Null;
    let story = attested(&[statement.to_string().into_bytes()], &info);
    assert_eq!((story.dockerfile.clone(), story.spans.len()), (None, 0));
    assert_eq!(story.command(6).unwrap().flags, exec.flags());
    assert_eq!(story.command(5).unwrap().form, Form::Shell);
}

#[test]
fn provenance_of_version_one_says_the_same() {
    let old: Value = serde_json::from_slice(&configs::sample("provenance-max.json")).unwrap();
    let old = &old["predicate"];
    let new = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [],
        "predicate": {
            "buildDefinition": {
                "externalParameters": {"request": {"args": {
                    "build-arg:V": "1", "build-arg:TOKEN": "hunter22", "target": "", "force-network-mode": "none",
                }}},
                "internalParameters": {"buildConfig": old["buildConfig"]},
                "resolvedDependencies": [
                    {"uri": "pkg:docker/docker/dockerfile@1"},
                    {"uri": "pkg:docker/debian@12?platform=linux%2Famd64", "digest": {"sha256": "ab".repeat(32)}},
                ],
            },
            "runDetails": {"metadata": {
                "buildkit_metadata": old["metadata"]["https://mobyproject.org/buildkit@v1#metadata"],
            }},
        },
    });
    let info = attested_image();
    let story = attested(&[b"{".to_vec(), new.to_string().into_bytes()], &info);
    let expected = attested(&[configs::sample("provenance-max.json")], &info);
    let (found, expected) = (story.provenance.as_ref().unwrap(), expected.provenance.unwrap());
    assert_eq!((&found.layers, &found.dockerfile), (&expected.layers, &expected.dockerfile));
    assert_eq!(found.args, ["TOKEN=hunter22", "V=1"]);
    assert_eq!(found.materials[1].0, "debian:12");
    assert_eq!(story.masked("x hunter22"), "x ****");
    assert!(story.has(RemarkKind::ProvenanceBroken));
}

#[test]
fn an_image_as_base_is_the_source_of_the_first_layers() {
    let mut statement: Value = serde_json::from_slice(&configs::sample("provenance-max.json")).unwrap();
    statement["predicate"]["buildConfig"]["llbDefinition"][3]["op"]["Op"] =
        json!({"source": {"identifier": "docker-image://docker.io/library/debian:12@sha256:abc"}});
    let story = attested(&[statement.to_string().into_bytes()], &attested_image());
    assert_eq!((story.base.layers, story.base.name.as_deref()), (2, Some("debian:12")));
    // `mode=min` names the image only.
    let minimal = json!({
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [{"digest": {"sha256": "cd".repeat(32)}}],
        "predicate": {"materials": [{"uri": "pkg:docker/research/deb@base?platform=linux%2Famd64"}]},
    });
    let mut info = attested_image();
    let bytes = minimal.to_string().into_bytes();
    let other = attested(std::slice::from_ref(&bytes), &info);
    assert_eq!((other.provenance.clone(), other.has(RemarkKind::ProvenanceMismatch)), (None, true));
    info.manifest_digest = Some(format!("sha256:{}", "cd".repeat(32)).parse().unwrap());
    let story = attested(&[bytes], &info);
    assert_eq!((story.base.trust(), story.base.name.as_deref()), (Trust::Guess, Some("research/deb:base")));
    assert!(story.has(RemarkKind::BaseByNameOnly));
}

#[test]
fn hostile_provenance_is_told_of_and_not_used() {
    let info = attested_image();
    let sample = String::from_utf8(configs::sample("provenance-max.json")).unwrap();
    let deep = format!("{{\"predicate\": {}", "[".repeat(100_000));
    let long = vec![b' '; (16 << 20) + 1];
    let many = format!(
        "{{\"predicateType\": \"https://slsa.dev/provenance/v1\", \"subject\": [{}{{}}]}}",
        "{},".repeat(300_000)
    );
    let statements: Vec<Vec<u8>> = ["", "null", "3", "{", &sample[..sample.len() / 2], &deep, &many]
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .chain([long, vec![0xff; 10]])
        .collect();
    for statement in statements {
        let story = attested(&[statement], &info);
        assert_eq!(story.provenance, None);
        assert!(story.has(RemarkKind::ProvenanceBroken));
        for remark in &story.remarks {
            assert!(prose::remark(remark).len() < 400);
        }
    }
    // Of ten megabytes, whatever the numbers in it are.
    let wild = sample
        .replace("\"line\": 9", "\"line\": 18446744073709551615")
        .replace("step7", "step99999999999999999999999")
        .replace("\"data\": \"", "\"data\": \"!");
    let padded = wild.replacen('{', &format!("{{\"x\": \"{}\",", "y".repeat(10 << 20)), 1);
    let story = attested(&[padded.into_bytes()], &info);
    assert_eq!(story.provenance, None, "no result is the whole image any more");
    // A statement of another kind is no news.
    let sbom = json!({"predicateType": "https://spdx.dev/Document", "predicate": {}}).to_string();
    assert_eq!(attested(&[sbom.into_bytes()], &info).remarks, attested(&[], &info).remarks);
}

#[test]
fn reconstructed_dockerfiles() {
    for name in [
        "docker-20.10-legacy-builder",
        "docker-28.5-buildkit",
        "docker-commit",
        "buildah-1.43-layers",
        "buildah-1.43-nolayers",
        "kaniko",
        "crane-flatten",
        "heredocs-buildkit",
        "shell-legacy",
        "stages-buildkit",
    ] {
        let info = sample(&format!("{name}.json"));
        let text = build::reconstruct(&Story::new(&info, &Evidence::default()));
        insta::assert_snapshot!(format!("reconstructed-{name}"), text);
        assert!(!Story::new(&info, &file(&text)).has(RemarkKind::DockerfileBroken), "{text}");
    }
    let info = attested_image();
    let story = attested(&[configs::sample("provenance-max.json")], &info);
    insta::assert_snapshot!("reconstructed-provenance", build::reconstruct(&story));
}

#[test]
fn a_reconstructed_dockerfile_matches_its_own_image() {
    let info = image(
        &[
            "# debian.sh",
            "-ARG V=a b",
            "-ENV A=1 B=x y",
            "WORKDIR /w",
            "RUN |1 V=a b /bin/sh -c set -eux; \tapt-get update; \tfind . -exec rm {} \\; && echo '$V  x' # buildkit",
            "-SHELL [/bin/bash -o pipefail -c]",
            "RUN |1 V=a b /bin/bash -o pipefail -c a\ncat <<X\nSCRIPT\nX\n # buildkit",
            "RUN |1 V=a b /bin/sh -c if a; then b; fi # buildkit",
            "COPY --chown=1:1 a b /c/ # buildkit",
            "-EXPOSE [80/tcp]",
            "-VOLUME [/v]",
            "-HEALTHCHECK &{[\"CMD-SHELL\" \"x\"] \"5s\" \"0s\" \"0s\" \"0s\" '\\x00'}",
            "-USER me",
            "-LABEL a=b c",
            "-STOPSIGNAL SIGINT",
            "-ENTRYPOINT [\"/bin/sh\" \"-c\" \"x y\"]",
            "-CMD [\"a b\"]",
        ],
        &["A=1", "B=x y"],
    );
    let told = Evidence { base_layers: Some(1), ..Evidence::default() };
    let text = build::reconstruct(&Story::new(&info, &told));
    let story = Story::new(&info, &file(&text));
    assert_eq!(story.remarks, [], "{text}");
    let aligned = story.dockerfile.unwrap();
    assert_eq!((aligned.first, aligned.steps.iter().flatten().count()), (2, 16), "{text}");
}

/// Texts of strangers: nothing they say gets out of its comment or instruction.
#[test]
fn hostile_histories_reconstruct_to_dockerfiles() {
    for evil in [
        "x\nFROM evil",
        "x\\",
        "x\r\nUSER root",
        "<<EOF",
        "a <<'",
        "\u{1b}[31m",
        "\"",
        "${",
        "`",
        "{{{",
        "é\u{202e}",
        "",
    ] {
        let mut texts: Vec<String> = [
            "ENV A=",
            "LABEL a=",
            "USER ",
            "CMD ",
            "COPY a ",
            "HEALTHCHECK ",
            "ARG X=",
            "SHELL ",
            "ONBUILD ",
            "VOLUME ",
            "JUNK ",
        ]
        .map(|keyword| format!("-{keyword}{evil}"))
        .into();
        texts.extend([
            format!("RUN /bin/sh -c {evil} # buildkit"),
            evil.to_owned(),
            format!("RUN |9 A={evil}"),
        ]);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let info = image(&texts, &[evil]);
        let mut story = Story::new(&info, &Evidence { base_layers: Some(0), ..Evidence::default() });
        story.base.name = Some(evil.to_owned());
        let text = build::reconstruct(&story);
        let again = Story::new(&info, &file(&text));
        assert!(!again.has(RemarkKind::DockerfileBroken), "{evil:?} {:?}\n{text}", again.remarks);
        let hidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}';
        assert!(!text.contains(hidden), "{text:?}");
        // Inside a heredoc everything is a script.
        let mut is_script = false;
        let outside = text.lines().filter(|line| {
            is_script = (is_script && *line != "SCRIPT") || line.starts_with("RUN <<'SCRIPT'");
            !is_script
        });
        let outside: Vec<&str> = outside.collect();
        assert_eq!(outside.iter().filter(|line| line.starts_with("FROM")).count(), 1, "{text}");
        assert!(!outside.iter().any(|line| line.starts_with("USER root")), "{text}");
    }
}

#[test]
fn buildah_from_scratch_has_no_base() {
    let history = json!([
        {"created_by": "/bin/sh -c #(nop) COPY dir:1a in / "},
        {"created_by": "/bin/sh -c echo a > /a", "comment": "FROM 01d0134a844a"},
        {"created_by": "/bin/sh -c #(nop) CMD [\"sh\"]", "comment": "FROM e84289292e14", "empty_layer": true},
        {"created_by": "/bin/sh -c echo b > /b", "comment": "FROM localhost/one:x"},
        {"created_by": "/bin/sh -c echo c > /c", "comment": "FROM 87a0076eed4f"},
    ]);
    let base = |entries: &[Value]| {
        let ids: Vec<String> = (0..entries.len() as u8).map(|at| Digest::of(&[at]).to_string()).collect();
        let config = json!({"history": entries, "rootfs": {"diff_ids": ids}}).to_string();
        Story::new(&configs::image(config.as_bytes(), &[]).info, &Evidence::default()).base
    };
    let all = history.as_array().unwrap();
    let one = base(&all[..3]);
    assert_eq!((one.evidence, one.layers, one.steps, one.name), (BaseEvidence::Comment, 0, 0, None));
    let two = base(all);
    assert_eq!((two.evidence, two.layers, two.steps), (BaseEvidence::Comment, 2, 3));
    assert_eq!(two.name.as_deref(), Some("localhost/one:x"), "the stage between has an ID only");
}

#[test]
fn a_row_ends_with_its_stage_and_at_its_triggers() {
    let text = "FROM debian AS one\nRUN 1\nONBUILD RUN trigger\nFROM one\nRUN 2\nRUN 3\n";
    let info = image(&["# debian.sh", &run("0"), &run("1"), &run("trigger"), &run("2"), &run("3")], &[]);
    let story = Story::new(&info, &file(&text.replace("RUN 1", "RUN 0\nRUN 1")));
    let rows: Vec<_> = story.spans.iter().map(|it| (it.runs.clone(), it.barrier_after)).collect();
    assert_eq!(rows, [(vec![2, 3], Some((4, Barrier::Trigger))), (vec![5, 6], None)]);
    let story = Story::new(&info, &Evidence::default());
    assert_eq!(story.spans[0].runs, [2, 3, 4, 5, 6], "BuildKit's history knows neither stages nor triggers");
}

/// Nothing that grows with the square of a history: this one would take hours.
#[test]
fn long_histories_are_understood_in_time() {
    let texts: Vec<String> = (0..40_000)
        .map(|at| match at % 4 {
            0 => run("x"),
            1 => format!("-ENV SECRET_TOKEN_{at}=value{at}"),
            2 => "-ARG A=$B".to_owned(),
            _ => "-ONBUILD RUN y".to_owned(),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let dockerfile = format!("{}FROM $X\nRUN z", "ARG X=$X\n".repeat(40_000));
    let mut evidence = file(&dockerfile);
    evidence.base_layers = Some(0);
    let story = Story::new(&image(&texts, &[]), &evidence);
    assert_eq!(story.spans.len(), 0, "each ARG needs an ENV: a barrier");
    assert!(story.has(RemarkKind::DockerfileMismatch));
    let texts: Vec<String> = texts
        .iter()
        .filter(|text| !text.starts_with("-ARG") && !text.starts_with("-ENV"))
        .map(|&text| text.to_owned())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let story = Story::new(&image(&texts, &[]), &Evidence { base_layers: Some(0), ..Evidence::default() });
    assert_eq!(story.spans[0].runs.len(), 10_000);
    let merged = story.merged(1..=*story.spans[0].runs.last().unwrap()).unwrap();
    assert_eq!(merged.run.matches('x').count(), 10_000);
    assert!(build::reconstruct(&story).lines().count() > 20_000);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever stands in them, nothing panics, and what matches covers each step at most once.
    #[test]
    fn dockerfiles_of_any_kind_are_read(
        text in "(FROM x\n)?((RUN|COPY|ENV|ARG|ONBUILD RUN|FROM|#|LABEL|WORKDIR|SHELL)( |\t|\\\\\n|<<E|'|\"|\\$\\{?[A-Z:-]*|--f=|é|a|E\n|\\[|\\]|,|`){0,8}\n){0,6}",
        steps in proptest::collection::vec("(RUN|COPY|ENV|ARG|WORKDIR|SHELL)( |\t|\n|<<E|'|\"|\\$\\{?[A-Z:-]*|--f=|--mount=|é|a|\\[|\\]|,|`|\\||1){0,8}", 0..5),
    ) {
        let texts: Vec<&str> = steps.iter().map(String::as_str).collect();
        let story = Story::new(&image(&texts, &["A=1"]), &file(&text));
        if let Some(file) = &story.dockerfile {
            assert_eq!(file.first - 1 + file.steps.len(), texts.len());
        }
        let again = build::reconstruct(&story);
        assert!(!Story::new(&image(&texts, &[]), &file(&again)).has(RemarkKind::DockerfileBroken), "{again}");
        for span in &story.spans {
            _ = story.merged(span.runs[0]..=*span.runs.last().unwrap());
        }
    }
}
