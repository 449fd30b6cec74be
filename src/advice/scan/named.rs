//! Files whose names say that they hold credentials, and files in which none are looked for.

use super::super::patterns::fits;

/// A kind of file with credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is.
    pub what: &'static str,
    /// The end of its path, component by component; `*` in a component is any part of it.
    paths: &'static [&'static str],
    /// What its text holds where there is a credential in it, one of them; empty where the name says enough.
    pub markers: &'static [&'static str],
}

const NAMED: &[Named] = &[
    Named {
        what: "SSH key",
        paths: &["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"],
        markers: &["PRIVATE KEY"],
    },
    Named { what: "npm credentials", paths: &[".npmrc"], markers: &["_authToken=", "_auth=", "_password="] },
    Named { what: "PyPI credentials", paths: &[".pypirc"], markers: &["password"] },
    Named { what: "netrc", paths: &[".netrc", "_netrc"], markers: &["password"] },
    Named { what: "git credentials", paths: &[".git-credentials"], markers: &["@"] },
    Named {
        what: "registry credentials",
        paths: &[".dockercfg", ".docker/config.json", "containers/auth.json"],
        markers: &["\"auth\"", "\"identitytoken\""],
    },
    Named { what: "AWS credentials", paths: &[".aws/credentials"], markers: &["aws_secret_access_key"] },
    Named {
        what: "Kubernetes configuration",
        paths: &[".kube/config"],
        markers: &["client-key-data:", "token:", "password:"],
    },
    Named {
        what: "Google Cloud credentials",
        paths: &["gcloud/credentials.db", "gcloud/*/credentials.db", "application_default_credentials.json"],
        markers: &[],
    },
    Named { what: "service account", paths: &["service-account*.json"], markers: &["\"private_key\""] },
    Named { what: "password hashes", paths: &[".htpasswd"], markers: &[":"] },
    Named { what: "key store", paths: &["*.p12", "*.pfx", "*.kdbx"], markers: &[] },
    Named { what: "VPN profile", paths: &["*.ovpn"], markers: &["PRIVATE KEY", "<secret>"] },
    Named {
        what: "Terraform state or credentials",
        paths: &["terraform.tfstate", ".terraform.d/credentials*"],
        markers: &["password", "secret", "token", "private_key"],
    },
    Named {
        what: "cargo credentials",
        paths: &[".cargo/credentials", ".cargo/credentials.toml"],
        markers: &["token"],
    },
    Named { what: "Maven passwords", paths: &[".m2/settings.xml"], markers: &["<password>"] },
    Named { what: "RubyGems credentials", paths: &[".gem/credentials"], markers: &[":"] },
    Named { what: "GitHub login", paths: &[".config/gh/hosts.yml"], markers: &["oauth_token"] },
];

/// The kind of credentials that a path promises, if it promises any.
pub fn named(path: &[u8]) -> Option<&'static Named> {
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
    named.markers.is_empty()
        || text.split(|byte| *byte == b'\n').any(|line| {
            // `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` is how it should be.
            memchr::memmem::find(line, b"${").is_none()
                && named.markers.iter().any(|marker| memchr::memmem::find(line, marker.as_bytes()).is_some())
        })
}
