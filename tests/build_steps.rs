//! History entries of real builders, as instructions.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use capas::build::{self, Builder, Instruction, Kind, command_lines};
use capas::image::Step;
use serde_json::json;

fn step(created_by: &str, comment: &str, author: &str) -> Step {
    Step {
        index: 1,
        created: String::new(),
        created_by: created_by.to_owned(),
        author: author.to_owned(),
        comment: comment.to_owned(),
        empty_layer: false,
        layer: None,
        synthetic: false,
    }
}

fn read(created_by: &str) -> Instruction {
    build::instruction(&step(created_by, "", ""), &[])
}

fn read_with(created_by: &str, comment: &str, author: &str) -> Instruction {
    build::instruction(&step(created_by, comment, author), &[])
}

/// Every entry of real configs, by the builder and version that wrote them.
#[test]
fn steps_of_real_images_read_as_their_dockerfiles() {
    for name in [
        "docker-20.10-legacy-builder",
        "docker-28.5-legacy-builder",
        "docker-28.5-buildkit",
        "docker-commit",
        "buildah-1.28-layers",
        "buildah-1.43-layers",
        "buildah-1.43-nolayers",
        "kaniko",
        "crane-flatten",
    ] {
        let image = configs::image(&configs::sample(&format!("{name}.json")), &[]);
        let lines: Vec<String> = build::instructions(&image.info)
            .iter()
            .map(|i| format!("{} {} {:?} {:?}", i.builder.word(), i.kind.word(), i.args, i.to_string()))
            .collect();
        insta::assert_snapshot!(name, lines.join("\n"));
    }
}

#[test]
fn the_exec_form_of_the_legacy_builder_is_no_commit() {
    let texts = |steps: &[&str], cmd: &[&str]| {
        let history: Vec<_> = steps
            .iter()
            .map(|it| json!({ "created_by": it, "empty_layer": it.contains("#(nop)") }))
            .collect();
        let config = json!({ "config": { "Cmd": cmd }, "history": history });
        let image = configs::image(config.to_string().as_bytes(), &[]);
        build::instructions(&image.info).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let nop = |text: &str| format!("/bin/sh -c #(nop)  {text}");
    let (cmd, user) = (nop("CMD [\"serve\", \"--all\"]"), nop("USER app"));
    let (make, pip) = ("/bin/sh -c make", "pip install flask");
    assert_eq!(texts(&[make, pip, &user], &["sh"])[1], "RUN pip install flask");
    assert_eq!(texts(&[make, pip], &["sh"])[1], "RUN pip install flask");
    assert_eq!(texts(&[make, pip, pip, "mkdir x", &user], &["sh"])[2], "RUN pip install flask");
    // Containers that ran what the image says, what they were told, or a shell.
    assert_eq!(texts(&[make, &cmd, "serve --all", &user], &["sh"])[2], "(commit) serve --all");
    assert_eq!(texts(&[make, pip], &["pip", "install", "flask"])[1], "(commit) pip install flask");
    assert_eq!(texts(&[make, "/bin/bash", &user], &["sh"])[1], "(commit) /bin/bash");
    // No step of that builder beside it.
    assert_eq!(texts(&["RUN /bin/sh -c make # buildkit", pip], &["sh"])[1], "(commit) pip install flask");
}

#[test]
fn every_step_has_an_instruction() {
    let image = configs::image(&configs::sample("docker-28.5-buildkit.json"), &[]);
    assert_eq!(build::instructions(&image.info).len(), image.info.steps.len());
}

#[test]
fn tools_are_known_by_their_marks() {
    for (created_by, comment, author, builder, kind, text) in [
        ("RUN mkdir -p /a", "", "kaniko", Builder::Kaniko, Kind::Run, "RUN mkdir -p /a"),
        ("WORKDIR /a", "buildkit.dockerfile.v0", "", Builder::BuildKit, Kind::Workdir, "WORKDIR /a"),
        ("COPY a b # buildkit", "", "", Builder::BuildKit, Kind::Copy, "COPY a b"),
        ("RUN make", "", "", Builder::Unknown, Kind::Run, "RUN make"),
        ("jib-maven-plugin:3.4", "dependencies", "Jib", Builder::Jib, Kind::Tool, "dependencies"),
        (
            "ko build ko://x",
            "go build output, at /ko-app/x",
            "ko",
            Builder::Ko,
            Kind::Tool,
            "go build output, at /ko-app/x",
        ),
        ("apko", "This is an apko layer", "apko", Builder::Apko, Kind::Tool, "This is an apko layer"),
        (
            "Layer: 'jre', Created by buildpack: paketo/jvm@1",
            "",
            "",
            Builder::Buildpacks,
            Kind::Tool,
            "Layer: 'jre', Created by buildpack: paketo/jvm@1",
        ),
        ("bazel build @@//a:b", "", "", Builder::Bazel, Kind::Tool, "bazel build @@//a:b"),
        ("", "store paths: ['/nix/store/x']", "", Builder::Nix, Kind::Tool, "store paths: ['/nix/store/x']"),
        ("umoci repack", "", "", Builder::Umoci, Kind::Tool, "umoci repack"),
        (
            "# debian.sh --arch 'amd64' out/ 'trixie' '@1782172800'",
            "debuerreotype 0.17",
            "",
            Builder::Debuerreotype,
            Kind::Rootfs,
            "# debian.sh --arch 'amd64' out/ 'trixie' '@1782172800'",
        ),
        (
            "mkdir /proc, mkdir /sys",
            "buildkit.exporter.image.v0",
            "",
            Builder::BuildKit,
            Kind::Tool,
            "mkdir /proc, mkdir /sys",
        ),
        ("", "Imported from -", "", Builder::Docker, Kind::Import, "(import) Imported from -"),
        (
            "",
            "merge sha256:aa to sha256:bb",
            "",
            Builder::Legacy,
            Kind::Squash,
            "(squash) merge sha256:aa to sha256:bb",
        ),
        ("", "", "", Builder::Unknown, Kind::Unknown, "(not recorded)"),
        ("/bin/bash", "", "", Builder::Docker, Kind::Commit, "(commit) /bin/bash"),
        // A commit of a container that ran a shell command looks like a RUN but for its comment.
        ("/bin/sh -c make", "before the demo", "", Builder::Docker, Kind::Commit, "(commit) /bin/sh -c make"),
        ("/bin/sh -c make", "FROM debian:12", "", Builder::Buildah, Kind::Run, "RUN make"),
    ] {
        let found = read_with(created_by, comment, author);
        assert_eq!(
            (found.builder, found.kind, found.to_string().as_str()),
            (builder, kind, text),
            "{created_by}"
        );
    }
}

#[test]
fn arguments_end_where_the_shell_begins() {
    let run = read("|2 NAME=a b VER=9 /bin/sh -c echo $VER");
    assert_eq!((run.args.clone(), run.body.as_str()), (vec!["NAME=a b".into(), "VER=9".into()], "echo $VER"));
    // A value that is a command itself: the first shell decides, which is the best that can be had.
    let run = read("RUN |1 A=/bin/sh /bin/bash -c id # buildkit");
    assert_eq!((run.args.clone(), run.body.as_str()), (vec!["A=/bin/sh".into()], "id"));
    // A shell that only the config knows.
    let shell = ["/usr/bin/fish".to_owned(), "-c".to_owned()];
    let run = build::instruction(&step("|1 A=x y /usr/bin/fish -c id", "", ""), &shell);
    assert_eq!((run.kind, run.args.clone(), run.body.as_str()), (Kind::Run, vec!["A=x y".into()], "id"));
    // The exec form has no shell.
    let run = read("RUN |2 A=1 B=2 /bin/busybox mkdir /x # buildkit");
    assert_eq!((run.args.len(), run.body.as_str()), (2, "/bin/busybox mkdir /x"));
    for odd in
        ["|", "|x", "|9999999999999999999999 A=1", "|3 A=1", "|0 /bin/sh -c id", "|18446744073709551615 a b"]
    {
        assert!(!read(odd).to_string().is_empty(), "{odd}");
    }
}

#[test]
fn bodies_are_as_an_author_would_write_them() {
    for (created_by, text) in [
        ("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]"),
        (
            "CMD [\"sh\" \"-c\" \"echo \\\"x\\\" \\u00e9\\n\"]",
            "CMD [\"sh\", \"-c\", \"echo \\\"x\\\" é\\n\"]",
        ),
        ("ENTRYPOINT []", "ENTRYPOINT []"),
        ("EXPOSE map[443/tcp:{} 80/tcp:{}]", "EXPOSE 443/tcp 80/tcp"),
        ("ENV PATH=/a:/b EMPTY= X=$HOME", "ENV PATH=/a:/b EMPTY=\"\" X=\"$HOME\""),
        ("ENV NAME old style", "ENV NAME old style"),
        ("LABEL org.opencontainers.image.title=A B", "LABEL org.opencontainers.image.title=\"A B\""),
        ("COPY --from=build /a /b # buildkit", "COPY --from=build /a /b"),
        ("/bin/sh -c #(nop) ADD file:x in y", "ADD file:x in y"),
        (
            "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -f http://x || exit 1\"] \"30s\" \"3s\" \"0s\" \"0s\" '\\x03'}",
            "HEALTHCHECK --interval=30s --timeout=3s --retries=3 CMD curl -f http://x || exit 1",
        ),
        (
            "/bin/sh -c #(nop)  HEALTHCHECK &{[CMD-SHELL test a] 1m0s 0s 5s 0s 2}",
            "HEALTHCHECK --interval=1m0s --start-period=5s --retries=2 CMD test a",
        ),
        (
            "HEALTHCHECK &{[\"CMD\" \"a]\"] \"0s\" \"0s\" \"0s\" '\\n'}",
            "HEALTHCHECK --retries=10 CMD [\"a]\"]",
        ),
        ("HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}", "HEALTHCHECK NONE"),
        ("HEALTHCHECK &{nonsense", "HEALTHCHECK &{nonsense"),
        ("MAINTAINER me <me@x>", "MAINTAINER me <me@x>"),
        ("RUN", "RUN"),
    ] {
        assert_eq!(read(created_by).to_string(), text, "{created_by}");
    }
}

#[test]
fn a_step_that_was_made_up_says_nothing() {
    let made_up = Step { synthetic: true, ..step("RUN x", "", "") };
    assert_eq!(build::instruction(&made_up, &[]).kind, Kind::Unknown);
}

#[test]
fn commands_break_at_their_joints() {
    for (text, lines) in [
        ("a && b || c; d", vec!["a", "&& b", "|| c;", "d"]),
        (
            "set -eux; \tapt-get update; \tapt-get install -y x",
            vec!["set -eux;", "apt-get update;", "apt-get install -y x"],
        ),
        ("echo 'a && b; c' && echo \"d ; \\\" && e\"", vec!["echo 'a && b; c'", "&& echo \"d ; \\\" && e\""]),
        ("x=$(a && b; c) && (cd /y && make; id)", vec!["x=$(a && b; c)", "&& (cd /y && make; id)"]),
        ("{ a; b; } && c", vec!["{ a; b; }", "&& c"]),
        ("case $x in a) y ;; esac", vec!["case $x in a) y ;;", "esac"]),
        ("find . -exec rm {} \\; && b", vec!["find . -exec rm {} \\;", "&& b"]),
        ("a & b | c", vec!["a & b | c"]),
        ("cat <<EOF\none; two\nEOF", vec!["cat <<EOF", "one;", "two", "EOF"]),
        ("echo 'it is\nunclosed && x", vec!["echo 'it is", "unclosed && x"]),
        ("a \\", vec!["a \\"]),
        ("a \\\n  b", vec!["a \\", "b"]),
        ("", vec![]),
        ("é && ü", vec!["é", "&& ü"]),
        ("a))) && b", vec!["a)))", "&& b"]),
    ] {
        assert_eq!(command_lines(text), lines, "{text}");
    }
}
