//! Settings: precedence as a table, files, and `capas config`.

#[path = "common/cli.rs"]
mod cli;

use std::path::PathBuf;

use capas::settings::{ColorChoice, Flags, Origin, parse_size, resolve};
use cli::World;

fn none(_: &str) -> Option<String> {
    None
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who says what, from the strongest to the weakest, and who wins.
#[test]
fn flag_then_variable_then_near_file_then_far_file_then_default() {
    let near = (PathBuf::from("/p/.capas.toml"), "# ours\ncolor = \"never\"\niec = true\n".to_owned());
    let far = (PathBuf::from("/h/config.toml"), "color = \"always\"\nascii = true\n".to_owned());
    let flag = Flags { color: Some("always".into()), ..Flags::default() };
    let env = |name: &str| (name == "CAPAS_COLOR").then(|| "auto".to_owned());
    let table: [(&Flags, Env<'_>, &[_], ColorChoice, Origin); 5] = [
        (&flag, &env, &[near.clone(), far.clone()], ColorChoice::Always, Origin::Flag("--color")),
        (
            &Flags::default(),
            &env,
            &[near.clone(), far.clone()],
            ColorChoice::Auto,
            Origin::Env("CAPAS_COLOR".into()),
        ),
        (
            &Flags::default(),
            &none,
            &[near.clone(), far.clone()],
            ColorChoice::Never,
            Origin::File("/p/.capas.toml".into(), 2),
        ),
        (
            &Flags::default(),
            &none,
            std::slice::from_ref(&far),
            ColorChoice::Always,
            Origin::File("/h/config.toml".into(), 1),
        ),
        (&Flags::default(), &none, &[], ColorChoice::Auto, Origin::Default),
    ];
    for (flags, env, files, value, origin) in table {
        let color = resolve(flags, env, files).unwrap().color;
        assert_eq!((color.value, color.origin), (value, origin));
    }
    let both = resolve(&Flags::default(), &none, &[near, far]).unwrap();
    assert!(both.iec.value && both.ascii.value, "each key is looked for by itself");
}

#[test]
fn every_key_is_read() {
    let text = r#"
color = "always"
ascii = true
iec = true
theme = "contrast"
keymap = "dive"
mouse = false
platform = "linux/arm64"
max_spool = "20GB"
[keys]
quit = "Q"
down = ["j", "ctrl-n"]
"#;
    let all = resolve(&Flags::default(), &none, &[("/c".into(), text.into())]).unwrap();
    assert_eq!(all.color.value, ColorChoice::Always);
    assert!(all.ascii.value && all.iec.value && !all.mouse.value);
    assert_eq!((all.theme.value.as_str(), all.keymap.value.as_str()), ("contrast", "dive"));
    assert_eq!(all.platform.value.unwrap().to_string(), "linux/arm64");
    assert_eq!(
        (all.max_spool.value, all.max_spool.origin),
        (Some(20_000_000_000), Origin::File("/c".into(), 9))
    );
    assert_eq!(all.keys["down"].value, ["j", "ctrl-n"]);
    assert_eq!(all.keys["quit"].value, ["Q"]);
}

#[test]
fn what_is_wrong_is_named_with_file_and_line() {
    for (text, expected) in [
        ("iec = true\ncolour = \"never\"\n", "/c/.capas.toml:2: unknown field `colour`"),
        ("color = \"blue\"", "/c/.capas.toml:1: `blue` is no color: expected auto, always or never"),
        ("\n\nmouse = \"yes\"", "/c/.capas.toml:3: invalid type: string \"yes\", expected a boolean"),
        ("a b", "/c/.capas.toml:1: "),
        ("platform = \"linux\"", "/c/.capas.toml:1: `linux` is no platform"),
        ("\nmax_spool = \"many\"", "/c/.capas.toml:2: `many` is no max_spool"),
    ] {
        let error = resolve(&Flags::default(), &none, &[("/c/.capas.toml".into(), text.into())]).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    let env = |name: &str| (name == "CAPAS_MOUSE").then(|| "maybe".to_owned());
    let error = resolve(&Flags::default(), &env, &[]).unwrap_err();
    assert_eq!(error.to_string(), "CAPAS_MOUSE: `maybe` is no mouse: expected true or false");
}

#[test]
fn sizes_as_people_write_them() {
    for (text, bytes) in [
        ("0", Some(0)),
        ("12", Some(12)),
        ("20MB", Some(20_000_000)),
        ("20 MiB", Some(20 << 20)),
        ("1.5G", Some(1_500_000_000)),
        ("2k", Some(2000)),
        ("1TiB", Some(1 << 40)),
        ("", None),
        ("MB", None),
        ("-1", None),
        ("1.2.3", None),
        ("12 parsecs", None),
        ("99999999999999999999", None),
        ("99999999999T", None),
    ] {
        assert_eq!(parse_size(text), bytes, "{text}");
    }
}

#[test]
fn colour_is_wanted_as_the_conventions_say() {
    use ColorChoice::{Always, Auto, Never};
    for (choice, env, terminal, expected) in [
        (Auto, &[][..], true, true),
        (Auto, &[], false, false),
        (Auto, &[("NO_COLOR", "1")], true, false),
        (Auto, &[("NO_COLOR", "")], true, true),
        (Auto, &[("CLICOLOR_FORCE", "1")], false, true),
        (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
        (Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
        (Auto, &[("TERM", "dumb")], true, false),
        (Auto, &[("CLICOLOR", "0")], true, false),
        (Always, &[("NO_COLOR", "1")], false, true),
        (Never, &[("CLICOLOR_FORCE", "1")], true, false),
    ] {
        let env = |name: &str| {
            env.iter().find(|(key, _): &&(&str, &str)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(choice.wants(&env, terminal), expected, "{choice}");
    }
}

#[test]
fn config_says_what_is_in_force_and_why() {
    let world = World::new().env("CAPAS_THEME", "dark").env("CAPAS_PLATFORM", "linux/amd64");
    std::fs::create_dir_all(world.home().join(".config/capas")).unwrap();
    std::fs::write(world.home().join(".config/capas/config.toml"), "mouse = false\n").unwrap();
    // Found upwards: the program runs below it.
    world.file("../.capas.toml", "iec = true\n[keys]\nquit = 'x'\n");
    let ran = world.run(&["config", "--color", "never"]).fine();
    let root = world.work().parent().unwrap().canonicalize().unwrap();
    let text =
        ran.text().replace(root.to_str().unwrap(), "").replace(world.home().to_str().unwrap(), "/home");
    insta::assert_snapshot!(text, @r"
    SETTING    VALUE                   FROM
    color      never                   --color
    ascii      false                   default
    iec        true                    /.capas.toml:1
    theme      dark                    CAPAS_THEME
    keymap     default                 default
    mouse      false                   /home/.config/capas/config.toml:1
    platform   linux/amd64             CAPAS_PLATFORM
    max_spool  90 % of the free space  default
    keys.quit  x                       /.capas.toml:3
    ");
}

#[test]
fn a_bad_file_stops_every_command() {
    let world = World::new();
    world.file(".capas.toml", "theme = \"dark\"\ncolours = 16\n");
    let ran = world.run(&["layers", "none.tar"]);
    let said = ran.fails(2);
    assert!(said.starts_with("error: ") && said.contains(".capas.toml:2: unknown field `colours`"), "{said}");
    assert!(ran.out.is_empty());
}

#[test]
fn names_of_the_explorer_are_wrong_for_every_command() {
    for (file, expected) in [
        ("iec = true\ntheme = 'neon'\n", ".capas.toml:2: there is no theme `neon`: there are ansi, dark"),
        ("keymap = 'emacs'\n", ".capas.toml:1: there is no key map `emacs`"),
        ("[keys]\nquit = 'x'\nfly = 'y'\n", ".capas.toml:3: `fly` is no action"),
        ("[keys]\nquit = 'hyper-x'\n", ".capas.toml:2: `hyper-x` is no key"),
        ("[keys]\nhelp = 'x'\nquit = 'x'\n", ".capas.toml:3: `x` is both `help` and `quit`"),
    ] {
        let world = World::new();
        world.file(".capas.toml", file);
        for command in [&["config"][..], &["layers", "demo:"]] {
            let ran = world.run(command);
            assert!(ran.fails(2).contains(expected), "{}", ran.err);
            assert!(ran.out.is_empty());
        }
    }
    let world = World::new();
    assert!(
        world.run(&["config", "--theme", "neon"]).fails(2).starts_with("error: --theme: there is no theme")
    );
    world.run(&["config", "--theme", "light", "--keymap", "dive"]).fine();
}

/// What lies in a folder above may be anybody's.
#[test]
fn what_has_no_end_is_no_file_of_settings() {
    let world = World::new();
    std::fs::create_dir_all(world.home().join(".config/capas")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", world.home().join(".config/capas/config.toml")).unwrap();
    let ran = world.run(&["config"]);
    assert!(ran.fails(2).contains("config.toml: no file of settings"), "{}", ran.err);
}

#[test]
fn a_folder_that_may_not_be_entered_has_no_settings() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let folder = world.home().join(".config");
    std::fs::create_dir(&folder).unwrap();
    let allow = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o000);
    world.run(&["config"]).fine();
    allow(0o755);
    std::fs::create_dir(folder.join("capas")).unwrap();
    let file = folder.join("capas/config.toml");
    std::fs::write(&file, "iec = true\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if !rustix::process::geteuid().is_root() {
        let ran = world.run(&["config"]);
        assert!(ran.fails(2).contains("config.toml: Permission denied"), "{}", ran.err);
    }
}
