//! Names of images, as engines print and match them.

use crate::oci::Digest;

/// A name as engines print it: `docker.io/library/x:1` is `x:1`, `docker.io/shop/web:1` is `shop/web:1`.
pub fn familiar(name: &str) -> String {
    let rest = ["docker.io/", "index.docker.io/"].iter().find_map(|domain| name.strip_prefix(domain));
    match rest {
        Some(rest) => rest.strip_prefix("library/").unwrap_or(rest).to_owned(),
        None => name.strip_prefix("library/").unwrap_or(name).to_owned(),
    }
}

/// A name with its registry: `x:1` is `docker.io/library/x:1`. Engines sort by it.
pub fn canonical(name: &str) -> String {
    let name = familiar(name);
    match name.split_once('/') {
        Some((domain, _)) if domain.contains(['.', ':']) || domain == "localhost" => name,
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}

/// A name with the tag `latest` if it has neither tag nor digest. Of a name with both, the digest counts.
pub fn tagged(name: &str) -> String {
    let untagged = |name: &str| {
        let last = name.rfind('/').map_or(0, |at| at + 1);
        name[last..].find(':').map_or(name.to_owned(), |at| name[..last + at].to_owned())
    };
    match name.split_once('@') {
        Some((name, digest)) => format!("{}@{digest}", untagged(name)),
        None if untagged(name) == name => format!("{name}:latest"),
        None => name.to_owned(),
    }
}

/// The tag of `repo:tag`; the whole of a name that is nothing but a tag.
pub fn tag_of(name: &str) -> Option<&str> {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let last = name.rsplit('/').next().unwrap_or(name);
    match last.rsplit_once(':') {
        Some((_, tag)) => Some(tag),
        None => (!name.contains('/')).then_some(name),
    }
}

/// Whether `text` is the beginning of a digest, with or without its algorithm.
pub fn is_id_prefix(text: &str, digest: &Digest) -> bool {
    if let Some((algorithm, hex)) = text.split_once(':') {
        return algorithm == digest.algorithm() && !hex.is_empty() && digest.hex().starts_with(hex);
    }
    text.len() >= 4 && digest.hex().starts_with(text)
}

/// The digest that a file name states: `<hex>`, `<hex>.json`, `<hex>.tar`, `<hex>.tar.gz`, `sha256:<hex>`, alone or
/// below `blobs/sha256/`. Other files in folders state none: `<hex>/layer.tar` is a version 1 image ID.
pub fn stated_digest(name: &str) -> Option<Digest> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = name.strip_prefix("blobs/sha256/").unwrap_or(name);
    let name = name.strip_prefix("sha256:").unwrap_or(name);
    let hex = [".json", ".tar.gz", ".tar.zst", ".tar"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    format!("sha256:{hex}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printed_as_engines_print_them() {
        for (full, wanted) in [
            ("docker.io/library/x:1", "x:1"),
            ("docker.io/shop/web:2.4", "shop/web:2.4"),
            ("index.docker.io/library/x", "x"),
            ("localhost/x:latest", "localhost/x:latest"),
            ("ghcr.io/a/b:1", "ghcr.io/a/b:1"),
            ("docker.iox/library/y", "docker.iox/library/y"),
        ] {
            assert_eq!(familiar(full), wanted);
        }
    }

    #[test]
    fn tags_are_found_behind_ports() {
        for (name, tag) in [
            ("x:1", Some("1")),
            ("localhost:5000/x:1", Some("1")),
            ("localhost:5000/x", None),
            ("latest", Some("latest")),
            ("a/b@sha256:00", None),
            ("x:2@sha256:00", Some("2")),
        ] {
            assert_eq!(tag_of(name), tag, "{name}");
        }
    }

    #[test]
    fn file_names_state_digests_only_where_they_are_digests() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let good = ["{}", "{}.json", "{}.tar", "{}.tar.gz", "sha256:{}", "blobs/sha256/{}", "./{}.tar"];
        for pattern in good {
            let name = pattern.replace("{}", hex);
            assert_eq!(stated_digest(&name).as_ref().map(Digest::hex), Some(hex), "{name}");
        }
        for pattern in ["{}/layer.tar", "config.json", "{}.json.json", "blobs/sha512/{}", "../{}"] {
            assert_eq!(stated_digest(&pattern.replace("{}", hex)), None, "{pattern}");
        }
        let digest = Digest::of(b"");
        assert!(is_id_prefix("e3b0", &digest) && is_id_prefix("sha256:e3", &digest));
        assert!(
            !is_id_prefix("e3b", &digest)
                && !is_id_prefix("sha512:e3", &digest)
                && !is_id_prefix("sha256:", &digest)
        );
    }
}
