//! What each step of the sample leaves behind. Texts that are read stand as files beside this one; bulk is generated.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::files::Files;

/// `(package, version, installed size in kB, what it is)`.
const BASE_PACKAGES: [(&str, &str, u32, &str); 16] = [
    ("apt", "2.6.1", 4232, "commandline package manager"),
    ("base-files", "12.4", 341, "base system miscellaneous files"),
    ("bash", "5.2.15-2", 7164, "GNU Bourne Again SHell"),
    ("ca-certificates", "20230311", 382, "Common CA certificates"),
    ("coreutils", "9.1-1", 18062, "GNU core utilities"),
    ("dash", "0.5.12-2", 191, "POSIX-compliant shell"),
    ("debconf", "1.5.82", 520, "configuration management system"),
    ("dpkg", "1.21.22", 6358, "package management system"),
    ("gzip", "1.12-1", 255, "GNU compression utilities"),
    ("libc6", "2.36-9", 12985, "GNU C Library: Shared libraries"),
    ("libssl3", "3.0.15-1", 6022, "Secure Sockets Layer toolkit - shared libraries"),
    ("login", "4.13-1", 2616, "system login tools"),
    ("passwd", "4.13-1", 3084, "change and administer password and group data"),
    ("perl-base", "5.36.0-7", 7857, "minimal Perl system"),
    ("tzdata", "2025b-0", 2930, "time zone and daylight-saving time data"),
    ("zlib1g", "1.2.13-1", 168, "compression library - runtime"),
];

/// What `apt-get install` adds.
const NEW_PACKAGES: [(&str, &str, u32, &str); 6] = [
    ("libexpat1", "2.5.0-1", 412, "XML parsing C library - runtime library"),
    ("libpython3-stdlib", "3.11.2-1", 35, "interactive high-level object-oriented language"),
    ("libsqlite3-0", "3.40.1-2", 1699, "SQLite 3 shared library"),
    ("media-types", "10.0.0", 107, "List of standard media types and their usual file extension"),
    ("python3", "3.11.2-1", 84, "interactive high-level object-oriented language"),
    ("python3-pip", "23.0.1", 6796, "Python package installer"),
];

const PYTHON: &str = "usr/local/lib/python3.11/dist-packages";

fn beside(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/demo").join(name)
}

/// The base: a small Debian-like root filesystem.
pub fn base(now: u64) -> Files {
    let net_raw = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut files = Files::new(now).folder(&beside("base"), "");
    for dir in [
        "boot",
        "dev",
        "home",
        "media",
        "mnt",
        "opt",
        "proc",
        "run/lock",
        "srv",
        "sys",
        "var/lib/apt/lists/partial",
    ] {
        files = files.dir(dir);
    }
    files = files.dir_mode("root", 0o700).dir_mode("tmp", 0o1777).dir_mode("var/tmp", 0o1777);
    files = files.mode(0o2775).owner(0, 8).dir("var/mail").mode(0o640).owner(0, 42);
    let shadow = std::fs::read(beside("base/etc/shadow")).unwrap();
    files = files.file("etc/shadow", shadow).symlink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC");
    for (link, target) in [("bin", "usr/bin"), ("lib", "usr/lib"), ("sbin", "usr/sbin"), ("var/run", "/run")]
    {
        files = files.symlink(link, target);
    }
    for (name, size) in
        [("bash", 42_000), ("cat", 4_400), ("cp", 9_100), ("curl", 18_000), ("dash", 9_300), ("gzip", 7_600)]
    {
        files = files.program(&format!("usr/bin/{name}"), program(name, size));
    }
    files = files
        .program("usr/bin/ls", program("ls", 11_000))
        .program("usr/bin/perl", program("perl", 24_000))
        .hardlink("usr/bin/perl5.36.0", "usr/bin/perl")
        .program(
            "usr/bin/gunzip",
            "#!/bin/sh\n# Uncompresses files; gzip does the work.\nexec gzip -d \"$@\"\n",
        )
        .hardlink("usr/bin/uncompress", "usr/bin/gunzip")
        .symlink("usr/bin/sh", "dash")
        .mode(0o4755)
        .file("usr/bin/passwd", program("passwd", 6_800))
        .mode(0o4755)
        .file("usr/bin/su", program("su", 7_100))
        .mode(0o755)
        .xattr("security.capability", &net_raw)
        .file("usr/bin/ping", program("ping", 9_000))
        .program("usr/sbin/useradd", program("useradd", 14_000))
        .file("usr/lib/x86_64-linux-gnu/libc.so.6", program("libc", 52_000))
        .file("usr/lib/x86_64-linux-gnu/libssl.so.3", program("libssl", 30_000))
        .file("usr/lib/x86_64-linux-gnu/libz.so.1.2.13", program("libz", 8_000))
        .symlink("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13")
        .file("usr/share/zoneinfo/Etc/UTC", b"TZif2\0\0\0UTC0\n".as_slice())
        .file("var/lib/dpkg/status", status(&BASE_PACKAGES))
        .file("var/lib/dpkg/lock", "")
        .file("var/log/dpkg.log", log(&BASE_PACKAGES));
    for (package, ..) in BASE_PACKAGES {
        files = files.file(
            &format!("usr/share/doc/{package}/copyright"),
            format!("{package} is free software.\nSee /usr/share/common-licenses for the licences.\n"),
        );
    }
    files
}

/// The application as it is copied in, with the third-party script that somebody checked in.
pub fn application(now: u64) -> Files {
    Files::new(now)
        .folder(&beside("app"), "srv/shop")
        .file("srv/shop/assets/js/teapot3d.min.js", script(14_000))
        .file("srv/shop/static/js/teapot3d.min.js", script(14_000))
        .file("srv/shop/static/js/legacy.js", script(5_000))
        .symlink("srv/shop/current", "shop")
}

/// The package lists: 90 kB of text that no container reads.
pub fn apt_update(now: u64) -> Files {
    let mut files = Files::new(now).dir_mode("var/lib/apt/lists/partial", 0o700).mode(0o640);
    files = files.file("var/lib/apt/lists/lock", "").dir("var/lib/apt/lists/auxfiles");
    for (suite, count) in [("bookshelf", 230), ("bookshelf-updates", 12), ("bookshelf-security", 60)] {
        let name = format!("var/lib/apt/lists/deb.example.org_example_dists_{suite}");
        let release =
            format!("Origin: Example\nSuite: {suite}\nComponents: main\nArchitectures: amd64 arm64\n");
        files = files
            .file(&format!("{name}_InRelease"), release)
            .file(&format!("{name}_main_binary-amd64_Packages"), lists(suite, count));
    }
    files
}

/// Python, and what installing it rewrites: the package database, its log, the cache of the package manager.
pub fn apt_install(now: u64) -> Files {
    let all: Vec<_> = BASE_PACKAGES.iter().chain(&NEW_PACKAGES).copied().collect();
    let mut files = Files::new(now)
        .program("usr/bin/python3.11", program("python3.11", 48_000))
        .symlink("usr/bin/python3", "python3.11")
        .program(
            "usr/bin/pip",
            "#!/usr/bin/python3\nimport sys\n\nfrom pip import main\n\nsys.exit(main())\n",
        )
        .hardlink("usr/bin/pip3", "usr/bin/pip")
        .file("usr/lib/x86_64-linux-gnu/libsqlite3.so.0", program("libsqlite3", 22_000))
        .file(
            "etc/mime.types",
            "text/html\thtml htm\ntext/css\tcss\nimage/svg+xml\tsvg svgz\nimage/x-teapot\ttpt\n",
        )
        .file("var/lib/dpkg/status", status(&all))
        .file("var/lib/dpkg/status-old", status(&BASE_PACKAGES))
        .file("var/lib/dpkg/lock", "")
        .file("var/log/dpkg.log", log(&all))
        .file("var/cache/apt/pkgcache.bin", program("pkgcache", 36_000))
        .file("var/cache/apt/srcpkgcache.bin", program("srcpkgcache", 34_000));
    for module in
        ["argparse", "asyncio/events", "collections/__init__", "dataclasses", "decimal", "email/message"]
    {
        files = files.file(&format!("usr/lib/python3.11/{module}.py"), module_source(module, 90));
    }
    for module in ["json/decoder", "json/encoder", "pathlib", "shutil", "socket", "sqlite3/dbapi2", "typing"]
    {
        files = files.file(&format!("usr/lib/python3.11/{module}.py"), module_source(module, 60));
    }
    files
}

/// The packages of the application, and the cache that makes a second installation fast that never comes.
pub fn pip_install(now: u64) -> Files {
    let packages = [
        ("tinyweb", "3.1.2", 110),
        ("jot_templates", "1.8.0", 70),
        ("moneybag", "0.9.4", 40),
        ("acme_payments", "2.0.1", 55),
    ];
    let mut files = Files::new(now);
    for (at, (name, version, lines)) in packages.into_iter().enumerate() {
        for part in ["__init__", "core", "errors"] {
            let source = module_source(&format!("{name}.{part}"), if part == "core" { lines } else { 12 });
            files = files.file(&format!("{PYTHON}/{name}/{part}.py"), source).file(
                &format!("{PYTHON}/{name}/__pycache__/{part}.cpython-311.pyc"),
                program(part, lines * 30),
            );
        }
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        files = files.file(&format!("{PYTHON}/{name}-{version}.dist-info/METADATA"), metadata);
        let cached = format!("root/.cache/pip/http/{at}/a/{at}c/{at}ac0ffee{at}");
        files = files.mode(0o600).file(&cached, program(name, 14_000));
    }
    files.mode(0o600).file("root/.cache/pip/selfcheck.json", "{\"last_check\":\"2026-02-11T14:00:31Z\"}\n")
}

/// `useradd` rewrites five small files.
pub fn useradd(now: u64) -> Files {
    let with = |name: &str, line: &str| {
        let mut text = std::fs::read_to_string(beside("base/etc").join(name)).unwrap();
        text.push_str(line);
        text
    };
    let old = |name: &str| std::fs::read(beside("base/etc").join(name)).unwrap();
    Files::new(now)
        .file("etc/passwd", with("passwd", "shop:x:999:999::/srv/shop:/bin/sh\n"))
        .file("etc/passwd-", old("passwd"))
        .file("etc/group", with("group", "shop:x:999:\n"))
        .file("etc/group-", old("group"))
        .mode(0o640)
        .owner(0, 42)
        .file("etc/shadow", with("shadow", "shop:!:20495::::::\n"))
}

/// `static` removed and made again in one step: the new directory is opaque.
pub fn collect(now: u64, application: &Files) -> Files {
    let dir = "srv/shop/static";
    let mut files = Files::new(now).opaque(dir).and(application.only("srv/shop"));
    let mut names = String::from("{\n");
    for (at, (path, content)) in application.contents("srv/shop/assets").into_iter().enumerate() {
        let name = path.rsplit('/').next().unwrap();
        let (stem, extension) = name.rsplit_once('.').unwrap();
        let digest = capas::oci::Digest::of(&content);
        let digest = &digest.hex()[..8];
        let comma = if at == 0 { "" } else { ",\n" };
        write!(names, "{comma}  \"{path}\": \"{stem}.{digest}.{extension}\"").unwrap();
        files = files.file(&format!("{dir}/{stem}.{digest}.{extension}"), content);
    }
    names.push_str("\n}\n");
    files.file(&format!("{dir}/manifest.json"), names)
}

/// Stands for a binary: the magic number, a few strings, and bytes that compress a little.
fn program(name: &str, size: usize) -> Vec<u8> {
    let size = size * 3 / 5;
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    bytes.extend_from_slice(format!("\0{name}\0GLIBC_2.36\0/lib64/ld-linux-x86-64.so.2\0").as_bytes());
    let mut state = name.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes()[..3]);
        bytes.extend_from_slice(b"\x48\x8b\x05\0\0");
    }
    bytes.truncate(size);
    bytes
}

fn status(packages: &[(&str, &str, u32, &str)]) -> String {
    let mut sorted = packages.to_vec();
    sorted.sort_unstable();
    let mut text = String::new();
    for (package, version, size, what) in sorted {
        write!(
            text,
            "Package: {package}\nStatus: install ok installed\nPriority: required\nSection: base\n\
             Installed-Size: {size}\nMaintainer: Example Maintainers <{package}@packages.example.org>\n\
             Architecture: amd64\nVersion: {version}\nDepends: libc6 (>= 2.34)\nDescription: {what}\n\
             \x20This package is part of the sample that shows how capas looks at an image.\n\n"
        )
        .unwrap();
    }
    text
}

fn log(packages: &[(&str, &str, u32, &str)]) -> String {
    packages.iter().fold(String::new(), |mut text, (package, version, ..)| {
        for state in ["install", "status half-installed", "status unpacked", "status installed"] {
            writeln!(text, "2026-01-05 00:00:00 {state} {package}:amd64 {version}").unwrap();
        }
        text
    })
}

fn lists(suite: &str, count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        write!(
            text,
            "Package: {suite}-library-{at}\nVersion: {}.{}-1\nArchitecture: amd64\nInstalled-Size: {}\n\
             Filename: pool/main/l/{suite}-library-{at}_amd64.deb\nSize: {}\nSHA256: {}\nDescription: one of many\n\n",
            at % 7,
            at % 13,
            40 + at * 17 % 900,
            9_000 + at * 311 % 70_000,
            capas::oci::Digest::of(format!("{suite}{at}").as_bytes()).hex()
        )
        .unwrap();
    }
    text
}

fn module_source(name: &str, functions: usize) -> String {
    let mut text = format!("\"\"\"{name}: part of the sample, generated.\"\"\"\n\nimport sys\n");
    for at in 1..=functions {
        write!(
            text,
            "\n\ndef step_{at}(value, limit={}):\n    \"\"\"Adds {at} up to a limit.\"\"\"\n    \
             return min(value + {at}, limit)\n",
            at * 100
        )
        .unwrap();
    }
    text
}

fn script(size: usize) -> String {
    let mut text = String::from("/*! teapot3d 1.9.75 | the Utah teapot, 306 points */\n!function(t){");
    let mut at = 0_u64;
    while text.len() < size {
        write!(text, "t.p({},{},{});", at * 7919 % 1000, at * 104_729 % 1000, at * 1_299_709 % 1000).unwrap();
        at += 1;
    }
    text.push_str("}(window.teapot={p(x,y,z){(this.v=this.v||[]).push([x,y,z])}});\n");
    text
}
