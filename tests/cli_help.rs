//! Help, manual page, completions: what a newcomer reads first.

#[path = "common/cli.rs"]
mod cli;

use cli::World;

const COMMANDS: [&str; 14] = [
    "advise",
    "history",
    "images",
    "inspect",
    "layers",
    "tree",
    "ls",
    "cat",
    "extract",
    "verify",
    "demo",
    "config",
    "completions",
    "man",
];

#[test]
fn the_short_help_fits_a_screen() {
    let world = World::new();
    for command in COMMANDS {
        let help = world.run(&[command, "-h"]).fine();
        assert!(help.text().lines().count() <= 40, "{command}: {}", help.text().lines().count());
    }
    let help = world.run(&["-h"]).fine();
    assert!(help.text().lines().count() <= 36, "{}", help.text().lines().count());
    insta::assert_snapshot!("help-short", help.text());
}

#[test]
fn the_long_help_has_examples_and_everything_else() {
    let world = World::new();
    insta::assert_snapshot!("help-long", world.run(&["--help"]).fine().text());
    let long: Vec<String> = COMMANDS
        .iter()
        .map(|command| format!("## {command}\n{}", world.run(&[command, "--help"]).fine().text()))
        .collect();
    insta::assert_snapshot!("help-of-commands", long.join("\n"));
}

#[test]
fn the_manual_page_is_roff_and_names_every_command() {
    let world = World::new();
    let page = world.run(&["man"]).fine();
    let page = page.text();
    assert!(page.starts_with(".ie") && page.contains(".TH capas 1"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(&format!("capas\\-{command}(1)")), "{command}");
    }
    // `-h` hides these; the manual does not.
    assert!(page.contains("Bytes that standard input may take"), "{page}");
    world.run(&["man", "--all", "pages"]).fine();
    let layers = std::fs::read_to_string(world.work().join("pages/capas-layers.1")).unwrap();
    assert!(layers.contains("Stop a layer that inflates") && layers.contains("Colour: auto"), "{layers}");
    for command in COMMANDS {
        let page = std::fs::read_to_string(world.work().join(format!("pages/capas-{command}.1"))).unwrap();
        assert!(page.contains(&format!(".TH capas-{command} 1")), "{command}");
    }
}

#[test]
fn every_shell_has_its_completions() {
    let world = World::new();
    for (shell, word) in [
        ("bash", "complete -F _capas"),
        ("zsh", "#compdef capas"),
        ("fish", "complete -c capas"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = world.run(&["completions", shell]).fine();
        assert!(script.text().contains(word), "{shell}");
        assert!(script.text().contains("no-trunc"), "{shell}");
    }
}

#[test]
fn usage_mistakes_are_2_and_say_what_helps() {
    let world = World::new();
    for (args, words) in [
        (&["layers"][..], "<IMAGE>"),
        (&["layers", "--fromat", "json", "x"], "--format"),
        (&["layers", "--format", "yaml", "x"], "table, plain, json, ndjson"),
        (&["completions", "tcsh"], "bash"),
        (&["x.tar", "layers"], "the command stands before the image"),
        (&["tree", "--layer", "1", "--layers", "1..2", "x"], "cannot be used with"),
        (&["layrs", "x.tar"], "there is no command `layrs`\nhint: the command is `capas layers`"),
        // Clap tells words that resemble a command from others.
        (&["layrs", "web-1.tgz"], "there is no command `layrs`\nhint: the command is `capas layers`"),
        (&["--platform", "linux/arm64", "layrs", "web-1.tgz"], "there is no command `layrs`"),
        (&["fetch", "web-1.tgz"], "there is no command `fetch`\nhint: `capas --help` lists"),
        (&["a.tar", "web-1.tgz"], "unexpected argument 'web-1.tgz'"),
        (&["layers", "a.tar", "web-1.tgz"], "unexpected argument 'web-1.tgz'"),
        (&["--ascii", "fetch", "x.tar"], "there is no command `fetch`\nhint: `capas --help` lists"),
        (&["help"], "`capas COMMAND --help` explains one"),
        (&[], "capas demo"),
    ] {
        let ran = world.run(args);
        assert!(ran.fails(2).contains(words), "{args:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{args:?}");
    }
}

#[test]
fn the_version_is_the_package_s() {
    let ran = World::new().run(&["--version"]).fine();
    assert_eq!(ran.text(), format!("capas {}\n", env!("CARGO_PKG_VERSION")));
}
