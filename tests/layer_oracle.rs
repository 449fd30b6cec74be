//! Layers as GNU tar writes them, listed by us and by `tar tv`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]
mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use capas::layer::{Changeset, EntryKind, NO_ENTRY};
use common::changeset::{both, tree};

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.env("LC_ALL", "C").env("TZ", "UTC").output().expect("tar is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A small folder. `long`: names that need more than a v7 header.
fn folder(dir: &Path, long: bool) {
    let write = |path: &str, content: &str| {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("etc/passwd", "root:x:0:0\n");
    write("etc/empty", "");
    write("usr/bin/tool", &"#!".repeat(700));
    write("usr/bin.txt", "sorts between usr/bin and usr/bin/tool as text\n");
    fs::set_permissions(dir.join("usr/bin/tool"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(dir.join("etc"), fs::Permissions::from_mode(0o1711)).unwrap();
    fs::hard_link(dir.join("usr/bin/tool"), dir.join("usr/bin/twin")).unwrap();
    symlink("usr/bin", dir.join("bin")).unwrap();
    if long {
        let part = "p".repeat(60);
        write(&format!("{part}/{part}/{part}/file"), "in a ustar prefix");
    }
}

/// `-rwsr-xr-x 0/0 1400 2026-01-02 03:04:05 usr/bin/tool`, as `tar tv --numeric-owner --full-time` prints it, with one
/// space between the columns.
fn listing(layer: &Changeset) -> Vec<String> {
    let table = &layer.entries;
    let mut paths = vec![Vec::new(); table.entries.len()];
    let mut open = vec![(0, Vec::new())];
    while let Some((node, path)) = open.pop() {
        for child in layer.paths.children(node) {
            let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
            open.push((child, [&path, slash, layer.paths.name(child)].concat()));
        }
        let entry = layer.paths.nodes[node as usize].entry;
        if entry != NO_ENTRY {
            paths[entry as usize] = path;
        }
    }
    (0..table.entries.len() as u32)
        .map(|id| {
            let (attrs, entry) = (table.attrs(id), table.get(id));
            let letter = match attrs.kind {
                EntryKind::File => '-',
                EntryKind::Dir => 'd',
                EntryKind::Symlink => 'l',
                EntryKind::HardLink => 'h',
                EntryKind::Char => 'c',
                EntryKind::Block => 'b',
                EntryKind::Fifo => 'p',
            };
            let special = [(0o4000, 0o100, 's'), (0o2000, 0o010, 's'), (0o1000, 0o001, 't')];
            let mut mode: Vec<char> = (0..9)
                .map(|bit| if attrs.mode & (0o400 >> bit) == 0 { '-' } else { ['r', 'w', 'x'][bit % 3] })
                .collect();
            for (third, (bit, execute, letter)) in special.into_iter().enumerate() {
                if attrs.mode & bit != 0 {
                    mode[third * 3 + 2] =
                        if attrs.mode & execute == 0 { letter.to_ascii_uppercase() } else { letter };
                }
            }
            let mode: String = mode.into_iter().collect();
            let time = jiff::Timestamp::new(entry.mtime, table.nanos(id) as i32).unwrap();
            let time = time.strftime("%Y-%m-%d %H:%M:%S%.f");
            let name = String::from_utf8(paths[id as usize].clone()).unwrap();
            let rest = match (attrs.kind, table.link(id)) {
                (EntryKind::Dir, _) => "/".to_owned(),
                (EntryKind::Symlink, Some(link)) => format!(" -> {}", String::from_utf8_lossy(link)),
                (EntryKind::HardLink, Some(link)) => format!(" link to {}", String::from_utf8_lossy(link)),
                _ => String::new(),
            };
            let (uid, gid, size) = (attrs.uid, attrs.gid, table.apparent_size(id));
            format!("{letter}{mode} {uid}/{gid} {size} {time} {name}{rest}")
        })
        .collect()
}

/// What `tar` says, with one space between the columns.
fn expected(tar: &Path) -> Vec<String> {
    let listing = run(Command::new("tar").args(["-tv", "--numeric-owner", "--full-time", "-f"]).arg(tar));
    let listing = String::from_utf8(listing).unwrap();
    listing
        .lines()
        .map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Packs the folder.
fn pack(dir: &Path, arguments: &[&str]) -> Changeset {
    let mut command = Command::new("tar");
    command.args(["--sort=name", "--numeric-owner"]).args(arguments);
    run(command.arg("-cf").arg(dir.with_extension("tar")).arg("-C").arg(dir).args(names(dir)));
    let layer = both(&fs::read(dir.with_extension("tar")).unwrap());
    assert_eq!(layer.fault, None);
    tree(&layer);
    layer
}

/// Packs the folder and compares the listings.
fn compare(dir: &Path, arguments: &[&str]) -> Changeset {
    let layer = pack(dir, arguments);
    for (ours, theirs) in listing(&layer).iter().zip(expected(&dir.with_extension("tar"))) {
        assert_eq!(*ours, theirs, "{arguments:?}");
    }
    assert_eq!(layer.entries.entries.len(), expected(&dir.with_extension("tar")).len());
    layer
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_format_of_gnu_tar() {
    for (format, long) in [("v7", false), ("oldgnu", true), ("gnu", true), ("ustar", true), ("posix", true)] {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("root");
        folder(&dir, long);
        let format = format!("--format={format}");
        assert!(compare(&dir, &[&format]).notes.is_empty());
        compare(&dir, &[&format, "--mtime=1999-12-31 23:59:59"]);
        if long {
            compare(&dir, &[&format, "--owner=:1234567", "--group=:7654"]);
        }
    }
}

#[test]
fn names_of_any_length_and_owners_of_any_size() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("root");
    folder(&dir, true);
    for length in [99, 100, 101, 155, 156, 255] {
        let name = "n".repeat(length);
        fs::write(dir.join(&name), "x").unwrap();
        fs::create_dir_all(dir.join(format!("d{}", &name[1..]))).unwrap();
        symlink(format!("{name}/{name}"), dir.join(format!("l{}", &name[1..]))).unwrap();
    }
    for format in ["--format=gnu", "--format=posix"] {
        let layer = compare(&dir, &[format, "--owner=:4000000000", "--group=:2097152"]);
        assert_eq!(layer.entries.attrs(0).uid, 4_000_000_000);
        compare(&dir, &[format, "--mtime=1901-12-13 20:45:52"]);
        compare(&dir, &[format, "--mtime=2500-01-01 00:00:00"]);
    }
    // GNU tar writes -1.75 for it, which is right, and lists it as a second and a half later, which is not.
    let layer = pack(&dir, &["--format=posix", "--mtime=1969-12-31 23:59:58.25"]);
    assert_eq!((layer.entries.get(0).mtime, layer.entries.nanos(0)), (-2, 250_000_000));
}

#[test]
fn sparse_files_in_every_version() {
    use std::os::unix::fs::FileExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("root");
    fs::create_dir(&dir).unwrap();
    let file = fs::File::create(dir.join("holes")).unwrap();
    for piece in 0..40_u64 {
        file.write_all_at(&[piece as u8 + 1; 5000], piece * 1_000_000).unwrap();
    }
    file.set_len(80_000_000).unwrap();
    fs::write(dir.join("after"), "x").unwrap();
    for version in [
        &["--format=gnu"][..],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ] {
        let layer = compare(&dir, &[version, &["--sparse"]].concat());
        let sparse = layer.entries.sparse(1).expect("a sparse file");
        assert_eq!(sparse.size, 80_000_000);
        let stored: u64 = sparse.pieces.iter().map(|&(_, length)| length).sum();
        assert_eq!(stored, layer.entries.get(1).size);
        assert!(stored < 1_000_000, "{stored}");
        for piece in 0..40_u64 {
            let byte = piece * 1_000_000;
            assert!(
                sparse.pieces.iter().any(|&(at, length)| at <= byte && byte + 5000 <= at + length),
                "{piece}"
            );
        }
    }
}

#[test]
fn extended_attributes_of_gnu_tar() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("root");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("a"), "x").unwrap();
    let layer = compare(&dir, &["--format=posix", "--pax-option=SCHILY.xattr.user.note:=said by tar"]);
    let xattrs = &layer.entries.attrs(0).xattrs;
    assert_eq!((&*xattrs[0].name, &*xattrs[0].value), (&b"user.note"[..], &b"said by tar"[..]));
}
