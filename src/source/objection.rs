//! Why what was opened is no image, told by what it looks like.

use super::outer::Outer;
use super::store::{Files, Store};
use crate::layer::Media;

/// Why something that begins with these bytes, [`Media::PREFIX`] of them or all, is no archive.
pub fn objection(start: &[u8]) -> Option<&'static str> {
    match start {
        [] => Some("it is empty"),
        start if start.iter().all(|&byte| byte == 0) => {
            Some("it begins with zeros: an empty archive, or none")
        }
        start => (Media::sniff(start) != Media::None).then(|| not_a_tar(start)),
    }
}

fn not_a_tar(start: &[u8]) -> &'static str {
    match start {
        _ if Media::sniff(start) != Media::Unknown => "it is compressed twice: decompress it once",
        [b'P', b'K', 3, 4, ..] => "it is a zip file, not a tar",
        [0x7f, b'E', b'L', b'F', ..] => "it is a program, not a tar",
        [b'h', b's', b'q', b's', ..] => "it is a squashfs image, not a tar",
        [b'{' | b'[', ..] => "it is a JSON document, not a tar",
        _ => "it is not a tar",
    }
}

/// Archives that look like layouts without their documents are no root filesystems.
pub fn rootfs_objection(files: &Files) -> Option<&'static str> {
    if files.has("oci-layout") || files.has("blobs/sha256") {
        return Some("it looks like an OCI layout, but index.json is not there");
    }
    // An archive that was cut between two members still has the layers and configs that no root filesystem has.
    let saved = |outer: &Outer| outer.names().any(is_of_docker_save) || holds_only_layers(outer);
    let is_saved = matches!(&files.store, Store::Archive(outer) if saved(outer));
    if is_saved || files.has("repositories") {
        return Some("it looks like a docker archive, but manifest.json is not there");
    }
    // So does one that was cut behind its first folders.
    let is_bare = |outer: &Outer| outer.names().all(|name| outer.find(name).is_err());
    matches!(&files.store, Store::Archive(outer) if is_bare(outer)).then_some("there is no file in it")
}

fn is_of_docker_save(name: &[u8]) -> bool {
    let id = name.strip_suffix(b"/layer.tar").or_else(|| name.strip_suffix(b".json"));
    id.is_some_and(|id| id.len() == 64 && id.iter().all(u8::is_ascii_hexdigit))
}

/// Layers and JSON and nothing else, whatever their names: tools other than docker write short ones.
fn holds_only_layers(outer: &Outer) -> bool {
    let ends = |name: &[u8], ends: &[&str]| ends.iter().any(|end| name.ends_with(end.as_bytes()));
    let is_layer = |name: &[u8]| ends(name, &[".tar", ".tar.gz", ".tgz"]);
    let is_part = |name: &[u8]| is_layer(name) || ends(name, &[".json", "/json", "/VERSION"]);
    let files = || outer.names().filter(|name| outer.find(name).is_ok());
    files().any(is_layer) && files().all(is_part)
}
