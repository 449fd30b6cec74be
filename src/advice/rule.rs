//! The rules by name, in the order of their worth.

/// A rule. The order is the order in which findings are shown, and in which they claim bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words of the table below say it")]
pub enum Rule {
    UngroupedRun,
    MetadataReship,
    DeletedLater,
    PackageCache,
    OverwrittenLater,
    SecretInLayer,
    CommittedLayer,
    MovedLater,
    RecopiedIdentical,
    BrokenHardlinks,
    DuplicateContent,
    ContextJunk,
    BuildDepsInRuntime,
    DevDependencies,
    DocsLocale,
    Bytecode,
    LogsTempCores,
    LargeFiles,
    LargeTrees,
    SparseExpanded,
    UnstrippedBinaries,
    LayerOrder,
    Compression,
    LayerCount,
    EmptyLayer,
    NoopRun,
    BaseImage,
    RunsAsRoot,
    SetuidFiles,
    WorldWritable,
    FileCapabilities,
    EmptyPassword,
    SshHostKeys,
    EnvSecret,
    ArgSecret,
    SudoInstalled,
    AddRemote,
    AddArchiveKept,
    HealthcheckMissing,
    LabelsMissing,
    ShellFormEntrypoint,
    SensitiveVolume,
    VolumeDiscards,
    AptGetUpdateAlone,
    DistUpgrade,
    PackageManagerPresent,
}

/// Each rule with its id and what it looks for.
const RULES: &[(Rule, &str, &str)] = &[
    (
        Rule::UngroupedRun,
        "ungrouped-run",
        "RUN steps in a row that ship the same files again or delete each other's",
    ),
    (Rule::MetadataReship, "metadata-reship", "chown, chmod and touch, which ship whole files again"),
    (Rule::DeletedLater, "deleted-later", "deleted in a later step, shipped all the same"),
    (Rule::PackageCache, "package-cache", "caches of package managers"),
    (Rule::OverwrittenLater, "overwritten-later", "written, then written again"),
    (Rule::SecretInLayer, "secret-in-layer", "credentials in a layer, deleted ones too"),
    (Rule::CommittedLayer, "committed-layer", "layers of docker commit, which nobody can rebuild"),
    (Rule::MovedLater, "moved-later", "moved or renamed in a later step"),
    (Rule::RecopiedIdentical, "recopied-identical", "the same file copied again unchanged"),
    (Rule::BrokenHardlinks, "broken-hardlinks", "hard links that a later step copied apart"),
    (Rule::DuplicateContent, "duplicate-content", "the same bytes at several paths"),
    (Rule::ContextJunk, "context-junk", "files that came from the build context by accident"),
    (Rule::BuildDepsInRuntime, "build-deps-in-runtime", "compilers, headers, static libraries"),
    (Rule::DevDependencies, "dev-dependencies", "development parts of language dependencies"),
    (Rule::DocsLocale, "docs-locale", "documentation, manual pages, locales"),
    (Rule::Bytecode, "bytecode", "compiled Python beside its source"),
    (Rule::LogsTempCores, "logs-temp-cores", "logs, temporary files, core dumps"),
    (Rule::LargeFiles, "large-files", "the largest files of the image's own layers"),
    (Rule::LargeTrees, "large-trees", "the largest directories of the image's own layers"),
    (Rule::SparseExpanded, "sparse-expanded", "sparse files shipped as zeros"),
    (Rule::UnstrippedBinaries, "unstripped-binaries", "programs with their debugging symbols"),
    (Rule::LayerOrder, "layer-order", "sources copied before an installation that does not need them"),
    (Rule::Compression, "compression", "layers stored without compression, or with gzip"),
    (Rule::LayerCount, "layer-count", "more layers than engines take gladly"),
    (Rule::EmptyLayer, "empty-layer", "layers without anything in them"),
    (Rule::NoopRun, "noop-run", "RUN steps that leave no file behind"),
    (Rule::BaseImage, "base-image", "what of the image is its base"),
    (Rule::RunsAsRoot, "runs-as-root", "a container that runs as root"),
    (Rule::SetuidFiles, "setuid-files", "programs that run as another user"),
    (Rule::WorldWritable, "world-writable", "files that everybody may write"),
    (Rule::FileCapabilities, "file-capabilities", "programs with capabilities"),
    (Rule::EmptyPassword, "empty-password", "accounts without a password"),
    (Rule::SshHostKeys, "ssh-host-keys", "private keys that every container shares"),
    (Rule::EnvSecret, "env-secret", "environment variables named as secrets"),
    (Rule::ArgSecret, "arg-secret", "build arguments named as secrets"),
    (Rule::SudoInstalled, "sudo-installed", "sudo"),
    (Rule::AddRemote, "add-remote", "ADD of an address without a checksum"),
    (Rule::AddArchiveKept, "add-archive-kept", "archives that ship although a step unpacks them"),
    (Rule::HealthcheckMissing, "healthcheck-missing", "no HEALTHCHECK"),
    (Rule::LabelsMissing, "labels-missing", "no labels that say where the image is from"),
    (Rule::ShellFormEntrypoint, "shell-form-entrypoint", "a shell as process 1"),
    (Rule::SensitiveVolume, "sensitive-volume", "a volume over /proc, /sys or /dev"),
    (Rule::VolumeDiscards, "volume-discards", "files written below a VOLUME, which are lost"),
    (Rule::AptGetUpdateAlone, "apt-get-update-alone", "apt-get update in a step of its own"),
    (Rule::DistUpgrade, "dist-upgrade", "upgrades of the whole system"),
    (Rule::PackageManagerPresent, "package-manager-present", "a package manager in the container"),
];

impl Rule {
    /// All rules, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.iter().map(|(rule, _, _)| *rule)
    }

    /// Its id: `ungrouped-run`.
    pub fn id(self) -> &'static str {
        RULES[self as usize].1
    }

    /// What it looks for, in a few words.
    pub fn about(self) -> &'static str {
        RULES[self as usize].2
    }

    /// The rule of an id.
    pub fn parse(id: &str) -> Option<Self> {
        RULES.iter().find(|(_, name, _)| *name == id).map(|(rule, _, _)| *rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_rules() {
        for (at, (rule, id, _)) in RULES.iter().enumerate() {
            assert_eq!(*rule as usize, at);
            assert_eq!(Rule::parse(id), Some(*rule));
        }
        assert!(Rule::all().is_sorted());
    }
}
