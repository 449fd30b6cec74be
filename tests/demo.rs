//! The sample image `assets/demo.tar`: what it tells is written here, and the file is what this code writes.
//!
//! `CAPAS_WRITE_DEMO=1 cargo test --test demo` rewrites the file. The image is a Python web shop whose Dockerfile
//! (`tests/demo/app/Dockerfile`) makes the usual mistakes: packages, caches, a secret and the whole application are
//! shipped and then removed or shipped again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "demo/files.rs"]
mod files;
#[path = "demo/generate.rs"]
mod generate;

use std::path::Path;

use capas::oci::Digest;
use common::{Image, Layer};
use files::Files;
use serde_json::{Value, json};

/// The base was made on 2026-01-05, the application built on 2026-02-11.
const BASE: u64 = 1_767_571_200;
const BUILT: u64 = 1_770_818_400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_sample_is_what_the_code_writes() {
    let path = root().join("assets/demo.tar");
    let built = demo();
    if std::env::var_os("CAPAS_WRITE_DEMO").is_some() {
        std::fs::create_dir_all(root().join("assets")).unwrap();
        std::fs::write(&path, &built).unwrap();
    }
    let there = std::fs::read(&path).unwrap();
    assert!(
        there == built,
        "assets/demo.tar is not what tests/demo.rs builds: CAPAS_WRITE_DEMO=1 cargo test --test demo"
    );
}

#[test]
fn the_sample_is_small() {
    let bytes = demo().len();
    assert!(bytes < 1_000_000, "{bytes} bytes");
}

/// As `docker save` of Docker 25 and later writes it: an OCI layout with plain layers, and the older documents beside.
fn demo() -> Vec<u8> {
    let image = image();
    let layer_type = "application/vnd.oci.image.layer.v1.tar";
    let mut files = image.oci_files(layer_type, <[u8]>::to_vec);
    let (_, index) = files.pop().unwrap();
    let mut index: Value = serde_json::from_slice(&index).unwrap();
    index["mediaType"] = json!("application/vnd.oci.image.index.v1+json");
    index["manifests"][0]["annotations"] = json!({
        "io.containerd.image.name": "docker.io/shop/web:2.4",
        "org.opencontainers.image.ref.name": "2.4",
    });
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", Digest::of(bytes).hex());
    let layers: Vec<String> = image.layers.iter().map(|tar| blob(tar)).collect();
    let sources: Value = image
        .layers
        .iter()
        .map(|tar| {
            let digest = Digest::of(tar).to_string();
            (digest.clone(), json!({"mediaType": layer_type, "size": tar.len(), "digest": digest}))
        })
        .collect::<serde_json::Map<_, _>>()
        .into();
    let config = blob(&image.config_json());
    let top = Digest::of(image.layers.last().unwrap()).hex().to_owned();
    files.push(("index.json".to_owned(), serde_json::to_vec(&index).unwrap()));
    let manifest =
        json!([{"Config": config, "RepoTags": [image.name], "Layers": layers, "LayerSources": sources}]);
    files.push(("manifest.json".to_owned(), serde_json::to_vec(&manifest).unwrap()));
    files.push(("repositories".to_owned(), json!({"shop/web": {"2.4": top}}).to_string().into_bytes()));
    files.sort();
    let outer = Layer::new().mtime(BUILT).dir("blobs").mtime(BUILT).dir("blobs/sha256");
    files.into_iter().fold(outer, |outer, (path, content)| outer.mtime(BUILT).file(path, content)).tar()
}

/// The steps of the Dockerfile, on a base of two.
fn image() -> Image {
    let mut build = Build::new();
    build.base();
    build.application();
    build.image
}

/// An image in the making, with the clock of its builder.
struct Build {
    image: Image,
    now: u64,
}

impl Build {
    fn new() -> Self {
        Self { image: Image::new("shop/web:2.4"), now: BASE }
    }

    fn base(&mut self) {
        let digest = Digest::of(b"example linux").hex().to_owned();
        self.legacy(&format!("/bin/sh -c #(nop) ADD file:{digest} in / "), Some(generate::base(BASE)));
        self.legacy("/bin/sh -c #(nop)  CMD [\"bash\"]", None);
        self.now = BUILT;
    }

    fn application(&mut self) {
        self.empty("LABEL org.opencontainers.image.title=shop/web org.opencontainers.image.version=2.4");
        self.empty("ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 SHOP_CURRENCY=EUR");
        self.step("WORKDIR /srv/shop", |now| Files::new(now).dir("srv/shop"));
        self.step("COPY .netrc /root/.netrc # buildkit", |now| {
            let secret = std::fs::read(root().join("tests/demo/secret/netrc")).unwrap();
            Files::new(now).dir_mode("root", 0o700).mode(0o600).file("root/.netrc", secret)
        });
        let copied = generate::application(self.now);
        self.step("COPY app/ . # buildkit", |_| copied.clone());
        self.run("apt-get update", generate::apt_update);
        self.run("apt-get install -y python3 python3-pip", generate::apt_install);
        self.run("pip install -r requirements.txt", generate::pip_install);
        self.run("rm -rf /root/.cache /var/lib/apt/lists/*", |now| {
            let lists = generate::apt_update(now).under("var/lib/apt/lists");
            lists
                .into_iter()
                .fold(Files::new(now).whiteout("root/.cache"), |files, path| files.whiteout(&path))
        });
        self.run("rm /root/.netrc", |now| Files::new(now).whiteout("root/.netrc"));
        let owned = copied.clone().owned(999, 999);
        self.run("useradd --system --uid 999 shop && chown -R shop:shop /srv/shop", |now| {
            generate::useradd(now).and(owned.clone())
        });
        let closed = owned.without_others();
        self.run("chmod -R o-rwx /srv/shop", |_| closed.clone());
        self.run("rm -rf static && python3 -m shop.collect --output static", |now| {
            generate::collect(now, &closed)
        });
        self.step("COPY --chmod=755 app/entrypoint.sh /usr/local/bin/entrypoint # buildkit", |now| {
            let script = std::fs::read(root().join("tests/demo/app/entrypoint.sh")).unwrap();
            Files::new(now).mode(0o755).file("usr/local/bin/entrypoint", script)
        });
        self.empty("EXPOSE [8000/tcp]");
        self.empty("VOLUME [/srv/shop/media]");
        self.empty("USER shop");
        let check = "curl -fsS http://localhost:8000/health || exit 1";
        self.empty(&format!(
            "HEALTHCHECK &{{[\"CMD-SHELL\" \"{check}\"] \"30s\" \"3s\" \"0s\" \"0s\" '\\x00'}}"
        ));
        self.empty("ENTRYPOINT [\"entrypoint\"]");
        self.empty("CMD [\"serve\" \"--workers\" \"2\"]");
        self.image.created = self.clock();
        self.image.config = json!({
            "User": "shop",
            "ExposedPorts": {"8000/tcp": {}},
            "Env": [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONUNBUFFERED=1",
                "PIP_DISABLE_PIP_VERSION_CHECK=1",
                "SHOP_CURRENCY=EUR",
            ],
            "Entrypoint": ["entrypoint"],
            "Cmd": ["serve", "--workers", "2"],
            "Healthcheck": {
                "Test": ["CMD-SHELL", check],
                "Interval": 30_000_000_000_u64,
                "Timeout": 3_000_000_000_u64,
            },
            "Volumes": {"/srv/shop/media": {}},
            "WorkingDir": "/srv/shop",
            "Labels": {
                "org.opencontainers.image.title": "shop/web",
                "org.opencontainers.image.version": "2.4",
            },
            "ArgsEscaped": true,
            "OnBuild": null,
        });
    }

    /// A step of the classic builder, which made the base.
    fn legacy(&mut self, created_by: &str, files: Option<Files>) {
        let mut entry = json!({"created": self.clock(), "created_by": created_by});
        match files {
            Some(files) => self.image.layers.push(files.tar()),
            None => entry["empty_layer"] = json!(true),
        }
        self.image.history.push(entry);
    }

    fn step(&mut self, created_by: &str, files: impl FnOnce(u64) -> Files) {
        self.now += 7;
        self.image.layers.push(files(self.now).tar());
        let entry =
            json!({"created": self.clock(), "created_by": created_by, "comment": "buildkit.dockerfile.v0"});
        self.image.history.push(entry);
    }

    fn run(&mut self, command: &str, files: impl FnOnce(u64) -> Files) {
        self.step(&format!("RUN /bin/sh -c {command} # buildkit"), files);
    }

    fn empty(&mut self, created_by: &str) {
        let entry = json!({
            "created": self.clock(), "created_by": created_by, "comment": "buildkit.dockerfile.v0", "empty_layer": true,
        });
        self.image.history.push(entry);
    }

    fn clock(&self) -> String {
        let time = jiff::Timestamp::from_second(i64::try_from(self.now).unwrap()).unwrap();
        time.to_string()
    }
}
