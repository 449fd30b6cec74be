//! Where package managers keep their caches, and how they are told not to.

/// A package manager.
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// What is only a cache: patterns as of [`crate::advice::patterns`]; `~/` is any home.
    pub paths: &'static [&'static str],
    /// Variables that name such a folder, and what follows their value.
    pub variables: &'static [(&'static str, &'static str)],
    /// What empties it in the same RUN; empty where nothing does but `rm`.
    pub clean: &'static str,
    /// A command, and the same with the flag that keeps the cache from being written.
    pub flag: Option<(&'static str, &'static str)>,
    /// What a cache mount is mounted over, and its options.
    pub mounts: &'static [&'static str],
    /// How its index comes to be, where a later step may need what an earlier one fetched.
    pub index: Option<Index>,
    /// Whether programs may load from here when they run, so that it may be more than a cache.
    pub at_run_time: bool,
}

/// An index of packages that one command fetches and others read.
pub struct Index {
    /// Names of the program.
    pub programs: &'static [&'static str],
    /// The verb that fetches it.
    pub fetches: &'static str,
    /// Verbs that need it; none: all do.
    pub reads: &'static [&'static str],
    /// What fetches it, where a step that finds it empty fails instead of fetching it itself.
    pub fetch: &'static str,
}

const NONE: Tool = Tool {
    name: "",
    paths: &[],
    variables: &[],
    clean: "",
    flag: None,
    mounts: &[],
    index: None,
    at_run_time: false,
};

/// All of them.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "apt",
        paths: &[
            "var/lib/apt/lists/*",
            "var/cache/apt/archives/*.deb",
            "var/cache/apt/archives/partial/*",
            "var/cache/apt/pkgcache.bin",
            "var/cache/apt/srcpkgcache.bin",
        ],
        clean: "apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin",
        mounts: &["/var/cache/apt,sharing=locked", "/var/lib/apt,sharing=locked"],
        index: Some(Index {
            programs: &["apt-get", "apt", "aptitude"],
            fetches: "update",
            reads: &["install", "build-dep", "upgrade", "dist-upgrade", "full-upgrade", "download", "source"],
            fetch: "apt-get update",
        }),
        ..NONE
    },
    Tool {
        name: "apk",
        paths: &["var/cache/apk/*", "etc/apk/cache/*", "lib/apk/cache/*"],
        clean: "rm -rf /var/cache/apk/* /etc/apk/cache/* /lib/apk/cache/*",
        flag: Some(("apk add", "apk add --no-cache")),
        mounts: &["/var/cache/apk"],
        index: Some(Index {
            programs: &["apk"],
            fetches: "update",
            reads: &["add", "upgrade", "fetch"],
            fetch: "",
        }),
        ..NONE
    },
    Tool {
        name: "dnf",
        paths: &["var/cache/yum", "var/cache/dnf", "var/cache/libdnf5", "var/lib/dnf/history*"],
        clean: "rm -rf /var/cache/yum /var/cache/dnf /var/cache/libdnf5 /var/lib/dnf/history*",
        mounts: &["/var/cache/dnf", "/var/cache/libdnf5"],
        index: Some(Index {
            programs: &["dnf", "yum", "microdnf", "dnf5"],
            fetches: "makecache",
            reads: &["install", "update", "upgrade", "groupinstall", "module"],
            fetch: "",
        }),
        ..NONE
    },
    Tool {
        name: "zypper",
        paths: &["var/cache/zypp"],
        clean: "zypper clean -a",
        mounts: &["/var/cache/zypp"],
        ..NONE
    },
    Tool {
        name: "pacman",
        paths: &["var/cache/pacman/pkg/*", "var/lib/pacman/sync/*"],
        clean: "pacman -Scc --noconfirm && rm -rf /var/lib/pacman/sync/*",
        mounts: &["/var/cache/pacman/pkg"],
        ..NONE
    },
    Tool {
        name: "pip",
        paths: &["~/.cache/pip"],
        variables: &[("PIP_CACHE_DIR", "")],
        flag: Some(("pip install", "pip install --no-cache-dir")),
        mounts: &["/root/.cache/pip"],
        ..NONE
    },
    Tool {
        name: "uv",
        paths: &["~/.cache/uv"],
        variables: &[("UV_CACHE_DIR", "")],
        mounts: &["/root/.cache/uv"],
        ..NONE
    },
    Tool {
        name: "poetry, pipenv and pdm",
        paths: &["~/.cache/pypoetry", "~/.cache/pipenv", "~/.cache/pdm"],
        variables: &[("POETRY_CACHE_DIR", "")],
        flag: Some(("poetry install", "poetry install --no-cache")),
        mounts: &["/root/.cache/pypoetry"],
        ..NONE
    },
    Tool {
        name: "conda",
        paths: &["opt/conda/pkgs", "~/miniconda3/pkgs", "~/anaconda3/pkgs"],
        variables: &[("CONDA_PKGS_DIRS", "")],
        clean: "conda clean -afy",
        mounts: &["/opt/conda/pkgs"],
        ..NONE
    },
    Tool {
        name: "npm",
        paths: &["~/.npm/_cacache", "~/.npm/_logs", "~/.npm/_npx"],
        variables: &[("npm_config_cache", "/_cacache"), ("NPM_CONFIG_CACHE", "/_cacache")],
        clean: "npm cache clean --force",
        mounts: &["/root/.npm"],
        ..NONE
    },
    Tool {
        name: "yarn",
        paths: &["usr/local/share/.cache/yarn", "~/.cache/yarn", "~/.yarn/berry/cache", "**/.yarn/cache"],
        variables: &[("YARN_CACHE_FOLDER", "")],
        clean: "yarn cache clean",
        mounts: &["/usr/local/share/.cache/yarn"],
        ..NONE
    },
    Tool {
        name: "pnpm",
        paths: &["~/.local/share/pnpm/store", "**/.pnpm-store"],
        clean: "pnpm store prune",
        mounts: &["/root/.local/share/pnpm/store"],
        ..NONE
    },
    Tool {
        name: "bun and deno",
        paths: &["~/.bun/install/cache", "~/.cache/deno"],
        mounts: &["/root/.bun/install/cache"],
        ..NONE
    },
    Tool {
        name: "cargo",
        paths: &[
            "usr/local/cargo/registry/cache",
            "usr/local/cargo/registry/src",
            "usr/local/cargo/registry/index",
            "usr/local/cargo/git",
            "~/.cargo/registry/cache",
            "~/.cargo/registry/src",
            "~/.cargo/registry/index",
            "~/.cargo/git",
            "~/.rustup/downloads",
            "**/target/debug/deps",
            "**/target/debug/build",
            "**/target/debug/incremental",
            "**/target/release/deps",
            "**/target/release/build",
            "**/target/release/incremental",
        ],
        variables: &[
            ("CARGO_HOME", "/registry/cache"),
            ("CARGO_HOME", "/registry/src"),
            ("CARGO_HOME", "/registry/index"),
            ("CARGO_HOME", "/git"),
        ],
        mounts: &["/usr/local/cargo/registry"],
        index: Some(Index { programs: &["cargo"], fetches: "", reads: &[], fetch: "" }),
        ..NONE
    },
    Tool {
        name: "go",
        paths: &["go/pkg/mod", "~/go/pkg/mod", "~/.cache/go-build"],
        variables: &[("GOMODCACHE", ""), ("GOCACHE", ""), ("GOPATH", "/pkg/mod")],
        mounts: &["/go/pkg/mod", "/root/.cache/go-build"],
        index: Some(Index { programs: &["go"], fetches: "", reads: &[], fetch: "" }),
        at_run_time: true,
        ..NONE
    },
    Tool {
        name: "maven, gradle and sbt",
        paths: &[
            "~/.m2/repository",
            "~/.gradle/caches",
            "~/.gradle/wrapper/dists",
            "~/.gradle/daemon",
            "~/.ivy2",
            "~/.cache/coursier",
        ],
        variables: &[("GRADLE_USER_HOME", "/caches")],
        mounts: &["/root/.m2", "/root/.gradle"],
        index: Some(Index {
            programs: &["mvn", "mvnw", "gradle", "gradlew", "sbt"],
            fetches: "",
            reads: &[],
            fetch: "",
        }),
        at_run_time: true,
        ..NONE
    },
    Tool {
        name: "bundler",
        paths: &["usr/local/bundle/cache/*.gem", "**/gems/*/cache/*.gem", "~/.bundle/cache"],
        mounts: &["/usr/local/bundle/cache"],
        ..NONE
    },
    Tool {
        name: "composer",
        paths: &["~/.composer/cache", "~/.cache/composer"],
        variables: &[("COMPOSER_HOME", "/cache")],
        clean: "composer clear-cache",
        mounts: &["/root/.cache/composer"],
        ..NONE
    },
    Tool {
        name: "nuget",
        paths: &[
            "~/.nuget/packages",
            "~/.local/share/NuGet/http-cache",
            "~/.local/share/NuGet/v3-cache",
            "~/.local/share/NuGet/plugins-cache",
        ],
        variables: &[("NUGET_PACKAGES", "")],
        clean: "dotnet nuget locals all --clear",
        mounts: &["/root/.nuget/packages"],
        index: Some(Index { programs: &["dotnet"], fetches: "", reads: &[], fetch: "" }),
        at_run_time: true,
        ..NONE
    },
    Tool {
        name: "downloads of tools",
        paths: &[
            "~/.cache/huggingface",
            "~/.cache/torch",
            "~/.cache/matplotlib",
            "~/.cache/electron",
            "~/.cache/ms-playwright",
            "~/.cache/Cypress",
            "~/.cache/node-gyp",
            "~/.cache/pre-commit",
        ],
        at_run_time: true,
        ..NONE
    },
];
