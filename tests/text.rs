//! The gate from bytes to terminal text, by the attacks that it stops; and text that fits its columns.

use capas::text::{
    compact_path, display, display_multiline, pad_left, pad_right, prefix, truncate, truncate_middle, width,
};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

#[test]
fn an_ordinary_name_is_itself() {
    for name in ["etc/passwd", "café", "日本語.txt", "a b", "e\u{301}", "❤\u{fe0f}", "عربي", "C:\\new\\table"]
    {
        assert_eq!(display(name.as_bytes()), name);
    }
}

#[test]
fn osc52_clipboard_payload_is_shown_and_not_sent() {
    assert_eq!(display(b"a\x1b]52;c;cm0gLXJmIC8=\x07b"), "a\\x1b]52;c;cm0gLXJmIC8=\\x07b");
}

#[test]
fn one_byte_csi_of_c1_is_escaped() {
    assert_eq!(display("\u{9b}31m".as_bytes()), "\\u{9b}31m", "as a character");
    assert_eq!(display(b"\x9b31m"), "\\x9b31m", "as a byte");
}

#[test]
fn line_breaks_in_names_do_not_fake_rows() {
    assert_eq!(display(b"a\nb\rc\td\x0b\x7f"), "a\\x0ab\\x0dc\\x09d\\x0b\\x7f");
    assert_eq!(display("a\u{2028}b\u{2029}\u{85}".as_bytes()), "a\\u{2028}b\\u{2029}\\u{85}");
}

#[test]
fn trojan_source_bidi_overrides_are_escaped() {
    let every =
        "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}";
    let shown = display(every.as_bytes());
    assert!(shown.is_ascii(), "{shown}");
    assert_eq!(display("photo\u{202e}gpj.sh".as_bytes()), "photo\\u{202e}gpj.sh");
}

#[test]
fn zero_width_twins_look_different() {
    for twin in [
        "pass\u{200b}wd",
        "pass\u{200d}wd",
        "pass\u{2060}wd",
        "pass\u{feff}wd",
        "pass\u{ad}wd",
        "passwd\u{3164}",
    ] {
        assert_ne!(display(twin.as_bytes()), "passwd");
        assert!(width(&display(twin.as_bytes())) > 6, "{twin:?}");
    }
}

#[test]
fn tag_characters_cannot_smuggle_a_message() {
    let hidden: String = "rm".chars().map(|c| char::from_u32(0xe0000 + c as u32).expect("a tag")).collect();
    assert_eq!(display(format!("ok{hidden}").as_bytes()), "ok\\u{e0072}\\u{e006d}");
    assert_eq!(display("a\u{e0100}".as_bytes()), "a\\u{e0100}", "nor can variation selectors");
}

#[test]
fn invalid_utf8_shows_its_bytes() {
    assert_eq!(display(b"caf\xe9"), "caf\\xe9");
    assert_eq!(display(b"\xf0\x9f\x98"), "\\xf0\\x9f\\x98", "a cut emoji");
    assert_eq!(display(b"\xed\xa0\x80"), "\\xed\\xa0\\x80", "a surrogate");
    assert_eq!(display(b"\xc0\xaf"), "\\xc0\\xaf", "an overlong slash");
}

#[test]
fn stacked_marks_do_not_bleed_over_other_lines() {
    let zalgo = format!("a{}", "\u{300}".repeat(100));
    assert_eq!(display(zalgo.as_bytes()).matches('\u{300}').count(), 8);
}

#[test]
fn a_mark_alone_does_not_stand_on_what_is_printed_before() {
    assert_eq!(display("\u{301}x".as_bytes()), "\\u{301}x");
}

#[test]
fn a_name_that_spells_an_escape_differs_from_the_name_it_spells() {
    assert_eq!(display(b"a\x1bb"), "a\\x1bb");
    assert_eq!(display(b"a\\x1bb"), "a\\\\x1bb");
    assert_eq!(display(b"a\\\x1bb"), "a\\\\\\x1bb");
    assert_eq!(display(b"a\\\xff"), "a\\\\\\xff");
    assert_eq!(display(b"a\\u{202e}"), "a\\\\u{202e}");
    assert_eq!(display(b"system-getty\\x2dinit.slice"), "system-getty\\x2dinit.slice");
}

#[test]
fn previews_keep_lines_and_expand_tabs() {
    assert_eq!(
        display_multiline(b"a\tb\r\n\tc\n\x1b[2J\\x1b\xff"),
        "a       b\n        c\n\\x1b[2J\\x1b\\xff"
    );
    assert_eq!(display_multiline("日\tb\n\u{202e}".as_bytes()), "日      b\n\\u{202e}");
    assert_eq!(display_multiline(b"a\rb"), "a\\x0db", "a lone return would overwrite the line");
}

#[test]
fn widths_are_those_of_the_terminal() {
    for (text, columns) in [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("e\u{301}", 1),
        ("❤", 1),
        ("❤\u{fe0f}", 2),
        ("👨\u{200d}👩\u{200d}👧", 2),
        ("🇪🇸", 2),
        ("ｶ\u{ff9e}", 2),
        ("…", 1),
    ] {
        assert_eq!(width(text), columns, "{text:?}");
    }
}

#[test]
fn truncation_never_cuts_a_character() {
    assert_eq!(truncate("abcdef", 6), "abcdef");
    assert_eq!(truncate("abcdef", 5), "abcd…");
    assert_eq!(truncate("日本語", 5), "日本…");
    assert_eq!(truncate("日本語", 4), "日…", "half a character is none");
    assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
    assert_eq!(truncate("👨\u{200d}👩\u{200d}👧x", 2), "…");
    assert_eq!((truncate("abc", 1), truncate("abc", 0)), ("…".into(), "".into()));
}

#[test]
fn middle_truncation_keeps_the_extension() {
    assert_eq!(truncate_middle("archive_of_everything.tar.gz", 13), "archiv…tar.gz");
    assert_eq!(truncate_middle("日本語日本語", 6), "日…語");
    assert_eq!((truncate_middle("abc", 1), truncate_middle("abc", 0)), ("…".into(), "".into()));
}

#[test]
fn paths_lose_their_middle_components_first() {
    let path = "usr/lib/python3/dist-packages/setuptools/__init__.py";
    for (columns, expected) in [
        (52, path),
        (51, "usr/…/python3/dist-packages/setuptools/__init__.py"),
        (43, "usr/…/dist-packages/setuptools/__init__.py"),
        (30, "usr/…/setuptools/__init__.py"),
        (18, "usr/…/__init__.py"),
        (16, "…/__init__.py"),
        (13, "…/__init__.py"),
        (12, "__init__.py"),
        (10, "__ini…_.py"),
    ] {
        let compact = compact_path(path, columns);
        assert_eq!(compact, expected, "{columns}");
        assert!(width(&compact) <= columns, "{compact}");
    }
}

#[test]
fn padding_aligns_by_columns() {
    assert_eq!(pad_left("日", 4), "  日");
    assert_eq!(pad_right("日", 4), "日  ");
    assert_eq!(pad_left("12.9 MB", 3), "12.9 MB");
}

/// The bytes that a displayed name stands for.
fn undisplay(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.len() - rest.trim_start_matches('\\').len();
        let behind = &rest[run..];
        let hex =
            behind.strip_prefix('x').and_then(|b| b.get(..2)).and_then(|d| u8::from_str_radix(d, 16).ok());
        let hex = hex.filter(|byte| !(0x20..0x7f).contains(byte));
        if run > 0 && (hex.is_some() || behind.starts_with("u{")) {
            bytes.extend(std::iter::repeat_n(b'\\', run / 2));
            rest = behind;
            if run % 2 == 1 {
                if let Some(byte) = hex {
                    bytes.push(byte);
                    rest = &behind[3..];
                } else {
                    let end = behind.find('}').expect("a closing brace");
                    let code = u32::from_str_radix(&behind[2..end], 16).expect("a code point");
                    let c = char::from_u32(code).expect("a character");
                    bytes.extend_from_slice(c.to_string().as_bytes());
                    rest = &behind[end + 1..];
                }
            }
        } else if run > 0 {
            bytes.extend(std::iter::repeat_n(b'\\', run));
            rest = behind;
        } else {
            let c = rest.chars().next().expect("not empty");
            bytes.extend_from_slice(c.to_string().as_bytes());
            rest = &rest[c.len_utf8()..];
        }
    }
    bytes
}

/// Names made of what is dangerous together: backslashes, what reads like escapes, controls, marks, broken UTF-8.
fn names() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 18] = [
        b"\\",
        b"x",
        b"1b",
        b"2d",
        b"ff",
        b"u{",
        b"}",
        b"\x1b",
        b"\xff",
        b"\xe2\x80",
        "\u{202e}".as_bytes(),
        "\u{301}".as_bytes(),
        "日".as_bytes(),
        "👩\u{200d}👧".as_bytes(),
        "\u{fe0f}".as_bytes(),
        b"\t",
        b"/",
        b"a",
    ];
    let hostile =
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|p| p.concat());
    prop_oneof![
        hostile,
        prop::collection::vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes)
    ]
}

proptest! {
    #[test]
    fn no_output_holds_a_control_character(name in names()) {
        let text = display(&name);
        prop_assert!(!text.chars().any(char::is_control), "{text:?}");
        let lines = display_multiline(&name);
        prop_assert!(!lines.chars().any(|c| c.is_control() && c != '\n'), "{lines:?}");
    }

    #[test]
    fn what_is_displayed_can_be_read_back(name in names()) {
        prop_assert_eq!(undisplay(&display(&name)), name);
    }

    #[test]
    fn cuts_fit_and_never_split_a_grapheme(name in names(), columns in 0usize..20) {
        let text = display(&name);
        for cut in [truncate(&text, columns), truncate_middle(&text, columns), compact_path(&text, columns)] {
            prop_assert!(width(&cut) <= columns, "{cut:?} of {text:?}");
        }
        let start = prefix(&text, columns);
        prop_assert!(text.grapheme_indices(true).any(|(at, _)| at == start.len()) || start == text);
    }
}
