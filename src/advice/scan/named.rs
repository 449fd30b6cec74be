//! Files whose names say that they hold credentials, and files in which none are looked for.

use crate::advice::Subject;
use crate::advice::patterns::{find as find_nodes, fits};
use crate::build::is_secret_name;
use crate::layer::{EntryKind, NO_ENTRY};
use crate::tree::{EntryRef, Event, NodeId};

/// A kind of file with credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub what: &'static str,
    /// The end of its path, component by component; `*` in a component is any part of it.
    paths: &'static [&'static str],
    /// What its text holds where there is a credential in it, one of them; empty where the name says enough.
    pub markers: &'static [&'static str],
    /// Whether the name says enough where nobody read the text.
    pub alone: bool,
}

const ENVIRONMENT: &str = "environment file";

const NAMED: &[Named] = &[
    Named { what: ENVIRONMENT, paths: &[".env", ".env.*"], markers: &["="], alone: false },
    Named {
        what: "SSH key",
        paths: &["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"],
        markers: &["PRIVATE KEY"],
        alone: true,
    },
    Named {
        what: "npm credentials",
        paths: &[".npmrc"],
        markers: &["_authToken=", "_auth=", "_password="],
        alone: false,
    },
    Named { what: "PyPI credentials", paths: &[".pypirc"], markers: &["password"], alone: true },
    Named { what: "netrc", paths: &[".netrc", "_netrc"], markers: &["password"], alone: true },
    Named { what: "git credentials", paths: &[".git-credentials"], markers: &["@"], alone: true },
    Named {
        what: "registry credentials",
        paths: &[".dockercfg", ".docker/config.json", "containers/auth.json"],
        markers: &["\"auth\"", "\"identitytoken\""],
        alone: false,
    },
    Named {
        what: "AWS credentials",
        paths: &[".aws/credentials"],
        markers: &["aws_secret_access_key"],
        alone: true,
    },
    Named {
        what: "Kubernetes configuration",
        paths: &[".kube/config"],
        markers: &["client-key-data:", "token:", "password:"],
        alone: false,
    },
    Named {
        what: "Google Cloud credentials",
        paths: &["gcloud/credentials.db", "gcloud/*/credentials.db", "application_default_credentials.json"],
        markers: &[],
        alone: true,
    },
    Named {
        what: "service account",
        paths: &["service-account*.json"],
        markers: &["\"private_key\""],
        alone: false,
    },
    Named { what: "password hashes", paths: &[".htpasswd"], markers: &[":"], alone: false },
    Named { what: "key store", paths: &["*.p12", "*.pfx", "*.jks", "*.kdbx"], markers: &[], alone: true },
    Named { what: "VPN profile", paths: &["*.ovpn"], markers: &["PRIVATE KEY", "<secret>"], alone: false },
    Named {
        what: "Terraform state or credentials",
        paths: &["terraform.tfstate", ".terraform.d/credentials*"],
        markers: &["password", "secret", "token", "private_key"],
        alone: false,
    },
    Named {
        what: "cargo credentials",
        paths: &[".cargo/credentials", ".cargo/credentials.toml"],
        markers: &["token"],
        alone: true,
    },
    Named { what: "Maven passwords", paths: &[".m2/settings.xml"], markers: &["<password>"], alone: false },
    Named { what: "RubyGems credentials", paths: &[".gem/credentials"], markers: &[":"], alone: true },
    Named { what: "GitHub login", paths: &[".config/gh/hosts.yml"], markers: &["oauth_token"], alone: true },
];

/// The kind of credentials that a path promises, if it promises any.
pub fn find(path: &[u8]) -> Option<&'static Named> {
    // Samples beside the real thing.
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    if [&b"example"[..], b"sample", b"template"].iter().any(|word| memchr::memmem::find(name, word).is_some())
    {
        return None;
    }
    NAMED.iter().find(|named| named.paths.iter().any(|end| ends(path, end)))
}

/// Whether a path ends with these components.
fn ends(path: &[u8], end: &str) -> bool {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    end.rsplit('/').all(|pattern| parts.next().is_some_and(|part| fits(pattern, part)))
}

/// The files of the image's own layers whose names alone say it, deleted ones too.
pub fn in_tree(subject: &Subject<'_>) -> Vec<(EntryRef, NodeId)> {
    let tree = &subject.image.tree;
    let certain = NAMED.iter().filter(|named| named.alone).flat_map(|named| named.paths);
    let patterns: Vec<String> = certain.map(|path| format!("**/{path}")).collect();
    let nodes = find_nodes(tree, patterns.iter().map(String::as_str));
    let nodes = nodes.into_iter().filter(|node| {
        let path = tree.path(*node);
        !is_quiet(&path) && find(&path).is_some()
    });
    let files = nodes.flat_map(|node| tree.events(node).iter().map(move |event| (node, *event)));
    let file = |(node, event): (NodeId, Event)| {
        let file = EntryRef { layer: event.layer, entry: event.entry };
        let is_file = event.entry != NO_ENTRY && tree.entries(file.layer).kind(file.entry) == EntryKind::File;
        (is_file && subject.bytes(file) > 0 && !subject.is_base(file.layer)).then_some((file, node))
    };
    files.filter_map(file).collect()
}

/// Folders with samples, tests and other people's files.
const QUIET: &[&str] =
    &["usr/share/", "usr/include/", "usr/lib/", "usr/local/go/", "usr/src/", "usr/lib64/", "proc/", "sys/"];
/// Directories of such files anywhere.
const QUIET_PARTS: &[&str] = &[
    "locale*",
    "*.dist-info",
    "vendor",
    "test",
    "tests",
    "testdata",
    "__tests__",
    "example",
    "examples",
    "fixtures",
    "node_modules",
    "site-packages",
    "dist-packages",
    "gems",
    "doc",
    "docs",
    ".git",
];
/// Every installation of these has one, which a rule of its own tells about; and texts about credentials.
const QUIET_NAMES: &[&str] = &["ssl-cert-snakeoil.key", "ssh_host_*", "*.md", "*.html", "*.js.map", "*.css"];

/// Whether no credentials are looked for in a file.
pub(super) fn is_quiet(path: &[u8]) -> bool {
    if QUIET.iter().any(|start| path.starts_with(start.as_bytes())) {
        return true;
    }
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let name = parts.next().unwrap_or_default();
    QUIET_NAMES.iter().any(|pattern| fits(pattern, name))
        || parts.any(|part| QUIET_PARTS.iter().any(|pattern| fits(pattern, part)))
}

/// Whether a text of such a kind holds a credential.
pub(super) fn holds(named: &Named, text: &[u8]) -> bool {
    let is_secret = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
        line.split_once('=').is_some_and(|(name, value)| is_secret_name(name.trim()) && value.len() > 4)
    };
    named.markers.is_empty()
        || text.split(|byte| *byte == b'\n').any(|line| {
            // `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` is how it should be.
            memchr::memmem::find(line, b"${").is_none()
                && (named.what != ENVIRONMENT || is_secret(line))
                && named.markers.iter().any(|marker| memchr::memmem::find(line, marker.as_bytes()).is_some())
        })
}
