//! What to type to open an image of a listing.

use std::path::Path;

use super::{Access, Engine, LocalStore, Row};

impl LocalStore {
    /// The reference of an image: of a store's files with their place, since another store may have the same name.
    pub fn reference(&self, row: &Row) -> String {
        let image = &self.images[row.image];
        let id = || image.id.as_ref().map_or(String::new(), ToString::to_string);
        let name = match (&row.repository, &row.tag) {
            (Some(repository), Some(tag)) => format!("{repository}:{tag}"),
            _ => id(),
        };
        if let Access::Api(_) = self.access {
            let engine = if self.engine == Engine::Podman { "podman" } else { "docker" };
            return format!("{engine}:{name}");
        }
        let root = shown(&self.root);
        let driver = if self.driver.is_empty() { String::new() } else { format!("{}@", self.driver) };
        match self.engine {
            Engine::Docker => format!("docker-store:[{driver}{root}]{name}"),
            Engine::Podman => format!("containers-storage:[{driver}{root}]{name}"),
            Engine::DockerContainerd => format!("containerd:[{root}]moby/{name}"),
            Engine::Containerd => {
                let namespace = self.name.strip_prefix("containerd ").unwrap_or(&self.name);
                format!("containerd:[{root}]{namespace}/{name}")
            }
        }
    }

    /// How it was read, for people: `docker (overlay2, read directly)`.
    pub fn title(&self) -> String {
        let access = match &self.access {
            Access::Direct => "read directly".to_owned(),
            Access::Api(address) => format!("through {address}"),
        };
        let parts = [self.driver.as_str(), &access];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("{} ({})", self.name, parts.join(", "))
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
