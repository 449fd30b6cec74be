//! Docker's own output as known answers: recorded from the real command line, held against ours to the byte.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use capas::image::Image;
use capas::report::docker::history::{self, Clock, Options};
use capas::report::docker::{Reader, inspect};
use jiff::tz::TimeZone;
use serde_json::Value;

fn recorded(name: &str) -> Value {
    serde_json::from_slice(&configs::data(&format!("docker/{name}.json"))).unwrap()
}

fn image(recorded: &Value, case: &Value) -> Image {
    let sizes: Vec<u64> = recorded["sizes"].as_array().unwrap().iter().map(|s| s.as_u64().unwrap()).collect();
    configs::image(&configs::data(case["config"].as_str().unwrap()), &sizes)
}

fn options(args: &Value) -> Options {
    let mut options = Options::default();
    let mut args = args.as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
    while let Some(arg) = args.next() {
        match arg {
            "--no-trunc" => options.no_trunc = true,
            "-q" => options.quiet = true,
            "--human=false" => options.human = false,
            "--format" => options.format = args.next().map(str::to_owned),
            other => panic!("{other}"),
        }
    }
    options
}

fn print_history(image: &Image, options: &Options, clock: &Clock, reader: Reader) -> Option<String> {
    let mut out = Vec::new();
    history::write(&mut out, image, options, clock, reader).ok()?;
    Some(String::from_utf8(out).unwrap())
}

fn print_inspect(images: &[&Image], format: Option<&str>, reader: Reader) -> Result<String, String> {
    let mut out = Vec::new();
    inspect::write(&mut out, images, format, reader).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

fn clock(now: &str, zone: &str) -> Clock {
    Clock { now: now.parse().unwrap(), zone: TimeZone::get(zone).unwrap() }
}

#[test]
fn history_is_dockers_to_the_byte() {
    let recorded = recorded("history");
    let clock = clock(recorded["now"].as_str().unwrap(), "UTC");
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let image = image(&recorded, case);
        let ours = print_history(&image, &options(&case["args"]), &clock, Reader::Program);
        assert_eq!(ours.as_deref(), case["stdout"].as_str(), "{} {}", case["config"], case["args"]);
    }
}

#[test]
fn inspect_and_its_templates_are_dockers_to_the_byte() {
    let recorded = recorded("inspect");
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() > 150);
    for case in cases {
        let image = image(&recorded, case);
        let ours = print_inspect(&[&image], case["format"].as_str(), Reader::Program);
        assert_eq!(
            ours.as_deref().ok(),
            case["stdout"].as_str(),
            "{} {} {ours:?}",
            case["config"],
            case["format"]
        );
    }
}

/// What Go has and we have not is refused, with the construct in the message.
#[test]
fn what_is_not_known_is_refused() {
    let image = configs::image(&configs::data("docker/every-field.json"), &[1]);
    for (format, quoted) in [
        ("{{range $k, $v := .Config.Labels}}{{$k}}{{end}}", "`{{range $k, $v := .Config.Labels}}`"),
        ("{{$x := .Os}}", "`{{$x := .Os}}`"),
        ("{{printf \"%s\" .Os}}", "function `printf` is not supported"),
        ("{{.Os | html}}", "function `html`"),
        ("{{if gt 1 2}}{{end}}", "`{{if gt 1 2}}`"),
        ("{{template \"x\"}}", "`{{template \"x\"}}`"),
        ("{{define \"x\"}}{{end}}", "`{{define \"x\"}}`"),
        ("{{block \"x\" .}}{{end}}", "`{{block \"x\" .}}`"),
        ("{{break}}", "`{{break}}`"),
        ("{{call .Os}}", "function `call`"),
        ("{{'a'}}", "`'a'`"),
        ("{{1.5}}", "`1.5`"),
        ("{{.Os", "unclosed action `{{.Os`"),
        ("{{if .Os}}", "no `{{end}}` for `{{if .Os}}`"),
        ("{{end}}", "unexpected `{{end}}`"),
        ("{{.Missing}}", "there is no `.Missing` here"),
        // What an image says does not reach the terminal through an error.
        ("{{index .Config.Env 9}}", "`[A=<b>&\\u{2028} B=\\x01\\x7f\\u{202e}]`"),
    ] {
        let error = print_inspect(&[&image], Some(format), Reader::Program).unwrap_err();
        assert!(error.contains(quoted), "{format}: {error}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let image = configs::image(&configs::data("docker/every-field.json"), &[1]);
    let deep = 100_000;
    for format in [
        format!("{{{{{}.Os{}}}}}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}{}", "{{if .Os}}".repeat(deep), "{{end}}".repeat(deep)),
        format!("{{{{if .Os}}}}{}{{{{end}}}}", "{{else if .Os}}".repeat(deep)),
    ] {
        let error = print_inspect(&[&image], Some(&format), Reader::Program).unwrap_err();
        assert!(error.contains("inside each other"), "{error:.200}");
    }
}

#[test]
fn several_images_are_one_array() {
    let one = configs::image(&configs::data("docker/every-field.json"), &[1]);
    let two = configs::image(&configs::sample("docker-commit.json"), &[2, 3]);
    let json: Value =
        serde_json::from_str(&print_inspect(&[&one, &two], None, Reader::Program).unwrap()).unwrap();
    let sizes: Vec<u64> = json.as_array().unwrap().iter().map(|i| i["Size"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [1, 5]);
    assert_eq!(print_inspect(&[&one, &two], Some("{{.Os}}"), Reader::Program).unwrap(), "windows\nlinux\n");
    assert_eq!(print_inspect(&[], None, Reader::Program).unwrap(), "[]\n");
}

/// Engines before 28.2 print what a container left in the config, and later ones do not: we do, where it is set.
#[test]
fn what_a_container_left_in_the_config_is_shown() {
    let image = configs::image(&configs::sample("docker-commit.json"), &[2, 3]);
    let json: Value =
        serde_json::from_str(&print_inspect(&[&image], None, Reader::Program).unwrap()).unwrap();
    let config = &json[0]["Config"];
    assert_eq!((&config["Hostname"], &config["AttachStdout"]), (&"b8903bf1b6f3".into(), &true.into()));
    assert_eq!(config.get("Domainname"), None);
    assert_eq!(json[0].get("Container"), None);
}

#[test]
fn what_is_not_known_is_not_invented() {
    let mut image = configs::image(&configs::sample("docker-commit.json"), &[5]);
    let clock = clock("2026-11-21T12:00:00Z", "UTC");
    let table = print_history(&image, &Options::default(), &clock, Reader::Program).unwrap();
    assert!(table.lines().nth(1).unwrap().contains("   N/A       my commit"), "{table}");
    assert!(!print_inspect(&[&image], None, Reader::Program).unwrap().contains("\"Size\""));
    // No config, no ID.
    std::sync::Arc::get_mut(&mut image.info).unwrap().id = None;
    assert!(
        print_history(&image, &Options::default(), &clock, Reader::Program).unwrap().contains("\n<missing>")
    );
}

#[test]
fn a_parent_that_the_archive_names_is_the_second_id() {
    let mut image = configs::image(&configs::sample("docker-commit.json"), &[5, 6]);
    let parent = capas::oci::Digest::of(b"parent");
    std::sync::Arc::get_mut(&mut image.info).unwrap().parent = Some(parent.clone());
    let clock = clock("2026-11-21T12:00:00Z", "UTC");
    let ids = Options { quiet: true, ..Options::default() };
    let ids = print_history(&image, &ids, &clock, Reader::Program).unwrap();
    assert_eq!(ids.lines().nth(1), Some(parent.short()));
    assert_eq!(
        print_inspect(&[&image], Some("{{.Parent}}"), Reader::Program).unwrap(),
        format!("{parent}\n")
    );
}

#[test]
fn times_are_local() {
    let image = configs::image(&configs::sample("docker-commit.json"), &[5, 6]);
    let format = Some("{{.CreatedAt}}".to_owned());
    let options = Options { format, ..Options::default() };
    for (zone, first) in [
        ("UTC", "2026-11-21T10:42:10Z"),
        ("Asia/Kolkata", "2026-11-21T16:12:10+05:30"),
        ("America/St_Johns", "2026-11-21T07:12:10-03:30"),
        ("Europe/London", "2026-11-21T10:42:10Z"),
    ] {
        let clock = clock("2026-11-21T12:00:00Z", zone);
        let times = print_history(&image, &options, &clock, Reader::Program).unwrap();
        assert_eq!(times.lines().next(), Some(first));
    }
}

/// A terminal gets no control characters from an image, whatever is asked for.
#[test]
fn a_terminal_is_safe() {
    let is_safe = |text: &str| {
        text.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control())
            && !text.contains(['\u{202e}', '\u{200b}', '\u{2028}'])
    };
    let clock = clock("2026-11-21T12:00:00Z", "UTC");
    let odd = configs::image(&configs::data("docker/odd-text.json"), &[5]);
    for format in [None, Some("{{json .}}"), Some("{{.CreatedBy}} {{.Comment}}")] {
        let options = Options { format: format.map(str::to_owned), no_trunc: true, ..Options::default() };
        assert!(is_safe(&print_history(&odd, &options, &clock, Reader::Terminal).unwrap()), "{format:?}");
    }
    let image = configs::image(&configs::data("docker/every-field.json"), &[5]);
    for format in [None, Some("json"), Some("{{.Config.Env}}"), Some("{{json .Config.Env}}")] {
        assert!(is_safe(&print_inspect(&[&image], format, Reader::Terminal).unwrap()), "{format:?}");
    }
    // JSON stays JSON, and says the same.
    let json =
        |reader| -> Value { serde_json::from_str(&print_inspect(&[&image], None, reader).unwrap()).unwrap() };
    assert_eq!(json(Reader::Terminal), json(Reader::Program));
}
