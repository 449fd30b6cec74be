//! References as typed: schemes, paths, and the image named after a path. May look whether a path exists, no more.

use std::io;
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
    /// A name without a scheme that is no path: the engines are asked in turn.
    Name(String),
    /// `docker:NAME`, `podman:NAME`: through the API of the engine.
    Engine {
        /// The engine.
        engine: Engine,
        /// Name, digest or beginning of an ID, as typed.
        name: String,
    },
    /// `docker-store:NAME` and its like: the files of a store, without its engine.
    Store {
        /// The kind of store.
        kind: StoreKind,
        /// Where it is, as far as that was typed.
        place: Place,
        /// Name, digest or beginning of an ID, as typed. In containerd's store a namespace may stand before it:
        /// `k8s.io/docker.io/library/x:1`.
        name: String,
    },
    /// `container:NAME`: a container of docker or podman, its image with the writable layer on top.
    Container(String),
}

/// An engine, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// containerd, which has a store only: its API is not spoken here.
    Containerd,
}

impl Engine {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Podman, Self::Containerd];

    /// Its command, which is its scheme too.
    pub fn command(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Containerd => "containerd",
        }
    }

    /// The store that it keeps its images in.
    pub fn store(self) -> StoreKind {
        match self {
            Self::Docker => StoreKind::Docker,
            Self::Podman => StoreKind::Containers,
            Self::Containerd => StoreKind::Containerd,
        }
    }
}

/// A kind of store on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Docker's own, with a graph driver: `docker-store:`.
    Docker,
    /// Of podman, buildah and CRI-O: `containers-storage:`.
    Containers,
    /// containerd's: `containerd:`.
    Containerd,
}

impl StoreKind {
    /// Its scheme, without the colon.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Docker => "docker-store",
            Self::Containers => "containers-storage",
            Self::Containerd => "containerd",
        }
    }
}

/// `[DRIVER@ROOT+RUNROOT:OPTIONS]`, as containers/image spells where a store is; all `None` where nothing stands.
/// Options are for mounting and have no meaning here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The storage driver: `overlay`, `overlay2`, `vfs`.
    pub driver: Option<String>,
    /// Its folder.
    pub root: Option<PathBuf>,
    /// The folder of what does not survive a reboot.
    pub run_root: Option<PathBuf>,
}

impl Place {
    /// What stands between the brackets.
    pub fn parse(text: &str) -> Self {
        let text = text.split_once(':').map_or(text, |(text, _)| text);
        let (driver, roots) =
            text.split_once('@').map_or((None, text), |(driver, roots)| (Some(driver), roots));
        let (root, run_root) = roots.split_once('+').map_or((roots, None), |(root, run)| (root, Some(run)));
        let given = |text: &&str| !text.is_empty();
        Self {
            driver: driver.filter(given).map(str::to_owned),
            root: Some(root).filter(given).map(PathBuf::from),
            run_root: run_root.filter(given).map(PathBuf::from),
        }
    }
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

/// Sorts out what was typed. A scheme settles what it is; a file whose name looks like one is reached as `./docker:x`.
/// Without a scheme it is a path where that exists (a folder: with an image in it) or can be nothing else, and a name of an
/// image otherwise.
///
/// # Errors
///
/// [`SourceError::Unsupported`] for registries, [`SourceError::Reference`] for nothing and for a scheme without a name
/// or path. Whether a path is there is found out on opening.
pub fn parse_reference(text: &str) -> Result<Reference, SourceError> {
    match parse_with(text, &is_there)? {
        Reference::Path { path, layout: None, .. }
            if !is_clearly_a_path(text) && path.is_dir() && !may_be_layout(&path) =>
        {
            Ok(Reference::Name(text.to_owned()))
        }
        reference => Ok(reference),
    }
}

/// Whether there is a file, or something that cannot be looked at for another reason: opening it says which.
fn is_there(path: &Path) -> bool {
    // `alpine/git` beside a file `alpine` is a name.
    path.try_exists().unwrap_or_else(|error| error.kind() != io::ErrorKind::NotADirectory)
}

/// Whether a folder looks like one with an image in it. A folder of sources often has the name of the image that is
/// built from them.
fn may_be_layout(folder: &Path) -> bool {
    ["index.json", "manifest.json", "repositories"].iter().any(|name| is_there(&folder.join(name)))
}

fn parse_with(text: &str, exists: &dyn Fn(&Path) -> bool) -> Result<Reference, SourceError> {
    match text {
        "-" => return Ok(Reference::Stdin),
        "demo:" => return Ok(Reference::Demo),
        "" => return Err(names_nothing(text)),
        _ => {}
    }
    let Some((scheme, rest)) = text.split_once(':') else { return Ok(bare(text, exists)) };
    match scheme {
        "docker-archive" => archive(text, Layout::DockerArchive, rest, exists),
        "oci-archive" => archive(text, Layout::OciArchive, rest, exists),
        "oci" | "oci-dir" => archive(text, Layout::OciDir, rest, exists),
        "dir" => archive(text, Layout::Dir, rest, exists),
        "docker" => Ok(Reference::Engine { engine: Engine::Docker, name: named(text, rest)? }),
        "podman" => Ok(Reference::Engine { engine: Engine::Podman, name: named(text, rest)? }),
        "container" => Ok(Reference::Container(named(text, rest)?)),
        "docker-store" => store(text, StoreKind::Docker, rest),
        "containers-storage" => store(text, StoreKind::Containers, rest),
        "containerd" => store(text, StoreKind::Containerd, rest),
        "registry" => {
            let name = rest.strip_prefix("//").unwrap_or(rest);
            Err(SourceError::Unsupported { scheme: scheme.to_owned(), name: name.to_owned() })
        }
        _ => Ok(bare(text, exists)),
    }
}

/// Something without a scheme.
fn bare(text: &str, exists: &dyn Fn(&Path) -> bool) -> Reference {
    if is_clearly_a_path(text) || exists(Path::new(text)) {
        Reference::Path { path: text.into(), layout: None, image: None }
    } else {
        Reference::Name(text.to_owned())
    }
}

/// Whether a text cannot be meant as the name of an image.
pub(super) fn is_clearly_a_path(text: &str) -> bool {
    let endings = [".tar", ".tgz", ".gz", ".zst", ".xz", ".bz2", "/"];
    text.starts_with(['.', '/']) || endings.iter().any(|ending| text.ends_with(ending))
}

/// What stands behind `scheme:` or, as dive writes it, `scheme://`.
fn named(text: &str, rest: &str) -> Result<String, SourceError> {
    match rest.strip_prefix("//").unwrap_or(rest) {
        "" => Err(names_nothing(text)),
        name => Ok(name.to_owned()),
    }
}

fn names_nothing(text: &str) -> SourceError {
    SourceError::Reference { text: text.to_owned(), why: "it names nothing".to_owned() }
}

fn store(text: &str, kind: StoreKind, rest: &str) -> Result<Reference, SourceError> {
    let (place, name) = match rest.strip_prefix('[') {
        None => (Place::default(), rest),
        Some(rest) => {
            let open = || SourceError::Reference {
                text: text.to_owned(),
                why: "its bracket is not closed".to_owned(),
            };
            let (place, name) = rest.split_once(']').ok_or_else(open)?;
            (Place::parse(place), name)
        }
    };
    Ok(Reference::Store { kind, place, name: named(text, name)? })
}

fn archive(
    text: &str,
    layout: Layout,
    rest: &str,
    exists: &dyn Fn(&Path) -> bool,
) -> Result<Reference, SourceError> {
    // dive writes `docker-archive://PATH`, and an absolute path then has three slashes.
    let rest = if layout == Layout::DockerArchive { rest.strip_prefix("//").unwrap_or(rest) } else { rest };
    let (path, image) = match layout {
        Layout::Dir => (rest, None),
        _ => split_image(rest, exists),
    };
    match path {
        "" => Err(names_nothing(text)),
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
            ("a:b", Reference::Name("a:b".to_owned())),
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
    fn engines_stores_and_containers_have_schemes() {
        use StoreKind::{Containerd, Containers, Docker};
        let engine = |engine, name: &str| Reference::Engine { engine, name: name.to_owned() };
        let store = |kind, place: [&str; 3], name: &str| {
            let [driver, root, run_root] = place.map(|text| (!text.is_empty()).then_some(text));
            let place = Place {
                driver: driver.map(str::to_owned),
                root: root.map(PathBuf::from),
                run_root: run_root.map(PathBuf::from),
            };
            Reference::Store { kind, place, name: name.to_owned() }
        };
        let cases = [
            ("docker:alpine:3", engine(Engine::Docker, "alpine:3")),
            ("docker://alpine", engine(Engine::Docker, "alpine")),
            ("podman:localhost/x@sha256:00", engine(Engine::Podman, "localhost/x@sha256:00")),
            ("podman://x", engine(Engine::Podman, "x")),
            ("container:web", Reference::Container("web".to_owned())),
            ("docker-store:x:1", store(Docker, ["", "", ""], "x:1")),
            ("docker-store:[/mnt/docker]x:1", store(Docker, ["", "/mnt/docker", ""], "x:1")),
            ("containers-storage:x", store(Containers, ["", "", ""], "x")),
            (
                "containers-storage:[overlay@/r+/run:overlay.mountopt=x]localhost/x:1",
                store(Containers, ["overlay", "/r", "/run"], "localhost/x:1"),
            ),
            ("containers-storage:[vfs@/r]x", store(Containers, ["vfs", "/r", ""], "x")),
            ("containers-storage:[]x", store(Containers, ["", "", ""], "x")),
            ("containerd:k8s.io/x", store(Containerd, ["", "", ""], "k8s.io/x")),
            ("containerd:[/c]moby/x:1", store(Containerd, ["", "/c", ""], "moby/x:1")),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse_with(text, &|_| false).expect(text), wanted);
        }
    }

    #[test]
    fn a_bare_text_is_a_path_or_a_name() {
        let exists = |path: &Path| path == Path::new("shop/web");
        for name in ["alpine", "alpine:3", "ghcr.io/a/b:1", "x@sha256:00", "localhost:5000/x", "3f5a"] {
            assert_eq!(parse_with(name, &exists).expect(name), Reference::Name(name.to_owned()));
        }
        for text in ["shop/web", "./alpine", "/x/y", "../z", "web.tar", "web.tar.gz", "web/"] {
            assert_eq!(parse_with(text, &exists).expect(text), path(text, None, None));
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in ["docker:", "docker://", "podman:", "container:", "docker-store:[/x]", "containerd:[/x"] {
            assert!(matches!(parse_with(text, &|_| false), Err(SourceError::Reference { .. })), "{text}");
        }
        let error = parse_with("registry:ghcr.io/a/b", &|_| false).expect_err("no registries yet");
        assert_eq!(error.to_string(), "`registry:` is not supported yet");
    }

    #[test]
    fn a_scheme_without_a_path_is_refused() {
        for text in ["", "oci:", "docker-archive:", "docker-archive://", "dir:", "oci::x"] {
            assert!(matches!(parse_reference(text), Err(SourceError::Reference { .. })), "{text}");
        }
    }
}
