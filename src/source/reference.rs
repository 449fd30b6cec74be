//! References as typed: schemes, paths, and the image named after a path. May look whether a path exists, no more.

use std::path::{Path, PathBuf};

use super::SourceError;

/// A reference as typed, sorted into kinds (`interface.md`: image references).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Standard input.
    Stdin,
    /// A file or folder, with the layout that a scheme insists on, and the image named after a colon.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// What the scheme says it must be.
        layout: Option<Layout>,
        /// `:REF` of `oci:PATH:REF`.
        image: Option<String>,
    },
    /// The sample, embedded in the binary.
    Demo,
}

/// What a scheme insists on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `docker-archive:`
    DockerArchive,
    /// `oci-archive:`
    OciArchive,
    /// `oci:`, `oci-dir:`
    OciDir,
    /// `dir:`
    Dir,
}

/// Engines and stores that are known by name, and not read yet.
const UNSUPPORTED: [&str; 7] =
    ["docker", "podman", "containerd", "containers-storage", "docker-store", "registry", "container"];

/// Sorts out what was typed. A scheme settles what it is; a file whose name looks like one is reached as `./docker:x`.
///
/// # Errors
///
/// [`SourceError::Unsupported`] for engines and stores, [`SourceError::NoFile`] for an empty text. Whether a path is
/// there is found out on opening.
pub fn parse_reference(text: &str) -> Result<Reference, SourceError> {
    parse_with(text, &|path| path.exists())
}

fn parse_with(text: &str, exists: &dyn Fn(&Path) -> bool) -> Result<Reference, SourceError> {
    match text {
        "-" => return Ok(Reference::Stdin),
        "demo:" => return Ok(Reference::Demo),
        "" => return Err(SourceError::NoFile { name: String::new() }),
        _ => {}
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return Ok(Reference::Path { path: text.into(), layout: None, image: None });
    };
    let layout = match scheme {
        "docker-archive" => Layout::DockerArchive,
        "oci-archive" => Layout::OciArchive,
        "oci" | "oci-dir" => Layout::OciDir,
        "dir" => Layout::Dir,
        scheme if UNSUPPORTED.contains(&scheme) => {
            let name = rest.strip_prefix("//").unwrap_or(rest);
            return Err(SourceError::Unsupported { scheme: scheme.to_owned(), name: name.to_owned() });
        }
        _ => return Ok(Reference::Path { path: text.into(), layout: None, image: None }),
    };
    // dive writes `docker-archive://PATH`, and an absolute path then has three slashes.
    let rest = if layout == Layout::DockerArchive { rest.strip_prefix("//").unwrap_or(rest) } else { rest };
    let (path, image) = match layout {
        Layout::Dir => (rest, None),
        _ => split_image(rest, exists),
    };
    match path {
        "" => Err(SourceError::NoFile { name: text.to_owned() }),
        "-" => Ok(Reference::Stdin),
        path => {
            Ok(Reference::Path { path: path.into(), layout: Some(layout), image: image.map(str::to_owned) })
        }
    }
}

/// `PATH[:REF]`. Names of both kinds hold colons, so what exists decides: the whole text, else the shortest path that
/// exists; where nothing does, the first colon, as containers/image splits.
fn split_image<'a>(text: &'a str, exists: &dyn Fn(&Path) -> bool) -> (&'a str, Option<&'a str>) {
    if exists(Path::new(text)) {
        return (text, None);
    }
    let mut splits = text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let first = splits.clone().next();
    let (path, image) =
        splits.find(|(path, _)| !path.is_empty() && exists(Path::new(path))).or(first).unwrap_or((text, ""));
    (path, (!image.is_empty()).then_some(image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str, layout: Option<Layout>, image: Option<&str>) -> Reference {
        Reference::Path { path: path.into(), layout, image: image.map(str::to_owned) }
    }

    #[test]
    fn schemes_paths_and_images_are_told_apart() {
        use Layout::{Dir, DockerArchive, OciArchive, OciDir};
        let there = ["/x/a:b", "/x/layout", "a.tar"];
        let cases = [
            ("-", Reference::Stdin),
            ("demo:", Reference::Demo),
            ("a.tar", path("a.tar", None, None)),
            ("./docker:x", path("./docker:x", None, None)),
            ("C:x.tar", path("C:x.tar", None, None)),
            ("docker-archive:a.tar", path("a.tar", Some(DockerArchive), None)),
            ("docker-archive:a.tar:shop/web:2", path("a.tar", Some(DockerArchive), Some("shop/web:2"))),
            ("docker-archive://a.tar", path("a.tar", Some(DockerArchive), None)),
            ("docker-archive:///x/y.tar", path("/x/y.tar", Some(DockerArchive), None)),
            ("docker-archive:-", Reference::Stdin),
            ("oci-archive:/x/a:b", path("/x/a:b", Some(OciArchive), None)),
            ("oci-archive:/x/a:b:1", path("/x/a:b", Some(OciArchive), Some("1"))),
            ("oci-archive:missing:n:1", path("missing", Some(OciArchive), Some("n:1"))),
            ("oci:/x/layout:latest", path("/x/layout", Some(OciDir), Some("latest"))),
            ("oci-dir:/x/layout", path("/x/layout", Some(OciDir), None)),
            ("oci:/x/layout:", path("/x/layout", Some(OciDir), None)),
            ("dir:/x/y:z", path("/x/y:z", Some(Dir), None)),
        ];
        let exists = |path: &Path| there.iter().any(|name| Path::new(name) == path);
        for (text, wanted) in cases {
            assert_eq!(parse_with(text, &exists).expect(text), wanted, "{text}");
        }
    }

    #[test]
    fn engines_and_stores_are_answered_with_what_works_today() {
        let cases = [
            ("docker:alpine:3", "docker", "docker save alpine:3 | capas -"),
            ("docker://alpine", "docker", "docker save alpine | capas -"),
            ("podman://x", "podman", "podman save x | capas -"),
            ("podman:", "podman", "podman save NAME | capas -"),
            ("containerd:k8s.io/x", "containerd", "docker save k8s.io/x | capas -"),
            ("containers-storage:x", "containers-storage", "podman save x | capas -"),
            ("docker-store:x", "docker-store", "docker save x | capas -"),
            (
                "registry:ghcr.io/a/b",
                "registry",
                "docker pull ghcr.io/a/b; docker save ghcr.io/a/b | capas -",
            ),
            ("container:web", "container", "commit it first: docker commit web x; docker save x | capas -"),
        ];
        for (text, wanted, hint) in cases {
            let error = parse_reference(text).expect_err(text);
            assert_eq!(error.to_string(), format!("`{wanted}:` is not supported yet"));
            assert_eq!(error.hint().as_deref(), Some(hint), "{text}");
        }
    }

    #[test]
    fn a_scheme_without_a_path_is_refused() {
        for text in ["", "oci:", "docker-archive:", "docker-archive://", "dir:", "oci::x"] {
            assert!(matches!(parse_reference(text), Err(SourceError::NoFile { .. })), "{text}");
        }
    }
}
