//! Names of tar members as paths: bytes, relative to the root, in one spelling.

/// A member's name in normal form: no leading or trailing slash, no empty component, no `.` and no `..`.
pub(super) struct Normal<'a> {
    /// Empty for the root.
    pub(super) path: &'a [u8],
    /// A `..` would have left the root and was dropped.
    pub(super) clamped: bool,
    /// Some component begins with a dot: only then can there be a whiteout.
    pub(super) dotted: bool,
}

/// Normalises by spelling alone (as Go's `filepath.Clean` does), writing to `scratch` only where it must.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the sweep takes many bytes at once: a third"
)]
pub(super) fn normalise<'a>(name: &'a [u8], scratch: &'a mut Vec<u8>) -> Normal<'a> {
    let mut path = name;
    while let [b'/', rest @ ..] | [b'.', b'/', rest @ ..] = path {
        path = rest;
    }
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    let (mut dotted, mut doubled) = (path.first() == Some(&b'.'), false);
    // One sweep: this runs over every byte of a million names.
    for (&byte, &next) in path.iter().zip(path.get(1..).unwrap_or_default()) {
        dotted |= (byte == b'/') & (next == b'.');
        doubled |= (byte == b'/') & (next == b'/');
    }
    let special = |part: &[u8]| matches!(part, b"." | b"..");
    if !(doubled || dotted && path.split(|&byte| byte == b'/').any(special)) {
        return Normal { path, clamped: false, dotted };
    }
    scratch.clear();
    let mut clamped = false;
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if scratch.is_empty() => clamped = true,
            b".." => scratch.truncate(scratch.iter().rposition(|&byte| byte == b'/').unwrap_or(0)),
            _ => {
                if !scratch.is_empty() {
                    scratch.push(b'/');
                }
                scratch.extend_from_slice(part);
            }
        }
    }
    Normal { path: scratch, clamped, dotted }
}

/// A path of a Windows layer as a container sees it: the drive is in `Files` (hcsshim, `ociwclayer`).
pub(super) fn on_drive(path: &[u8]) -> &[u8] {
    match path.strip_prefix(b"Files") {
        Some([]) => &[],
        Some([b'/', rest @ ..]) => rest,
        _ => path,
    }
}

/// Directory and last component.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

/// What a last component says of other paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker<'a> {
    /// `.wh.name`.
    Whiteout(&'a [u8]),
    /// `.wh..wh..opq`.
    Opaque,
    /// Other `.wh..wh.` names.
    Aufs,
    /// `.wh.`, `.wh..`, `.wh...`: they would name the directory itself or the one above.
    Bad,
}

/// Tells a marker by a path's last component; AUFS keeps its own files in directories with such names too.
pub(super) fn marker(path: &[u8]) -> Option<Marker<'_>> {
    let (dir, base) = split(path);
    let aufs = |part: &[u8]| part.starts_with(b".wh..wh.");
    if dir.split(|&byte| byte == b'/').any(aufs) {
        return Some(Marker::Aufs);
    }
    let hidden = base.strip_prefix(b".wh.")?;
    Some(match hidden {
        b".wh..opq" => Marker::Opaque,
        b"" | b"." | b".." => Marker::Bad,
        _ if aufs(base) => Marker::Aufs,
        _ => Marker::Whiteout(hidden),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_one_spelling() {
        for (name, path, clamped) in [
            ("a/b", "a/b", false),
            ("./a/b/", "a/b", false),
            ("././/a", "a", false),
            ("/abs", "abs", false),
            ("d//one", "d/one", false),
            ("d/./two", "d/two", false),
            ("a/../b", "b", false),
            ("a/b/../../c", "c", false),
            ("../escape", "escape", true),
            ("q/../../e", "e", true),
            ("a/..", "", false),
            ("..", "", true),
            ("./", "", false),
            (".", "", false),
            ("", "", false),
            ("/", "", false),
            ("..a/.b", "..a/.b", false),
            ("a/.../b", "a/.../b", false),
        ] {
            let mut scratch = Vec::new();
            let normal = normalise(name.as_bytes(), &mut scratch);
            assert_eq!((normal.path, normal.clamped), (path.as_bytes(), clamped), "{name}");
        }
    }

    #[test]
    fn markers() {
        for (path, expected) in [
            ("a/.wh.b", Some(Marker::Whiteout(b"b"))),
            (".wh..hidden", Some(Marker::Whiteout(b".hidden"))),
            (".wh....", Some(Marker::Whiteout(b"..."))),
            ("a/.wh..wh..opq", Some(Marker::Opaque)),
            (".wh..wh.plnk", Some(Marker::Aufs)),
            ("a/.wh..wh.orph/x", Some(Marker::Aufs)),
            (".wh..wh..opq/x", Some(Marker::Aufs)),
            (".wh.", Some(Marker::Bad)),
            ("a/.wh..", Some(Marker::Bad)),
            (".wh...", Some(Marker::Bad)),
            ("a.wh.b", None),
            (".white", None),
            (".wh.d/x", None),
        ] {
            assert_eq!(marker(path.as_bytes()), expected, "{path}");
        }
    }
}
