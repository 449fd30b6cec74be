//! Lock files that say which packages are for development only.

use serde_json::Value;

use crate::tree::{NodeId, Tree};

/// Whether a file is a lock that is understood here.
pub(super) fn is_lock(name: &[u8]) -> bool {
    matches!(name, b"package-lock.json" | b".package-lock.json" | b"composer.lock")
}

/// The folders of the packages that the lock at `node` marks as for development, where they are installed.
pub(super) fn development(tree: &Tree, node: NodeId, text: &[u8]) -> Vec<NodeId> {
    let Ok(lock) = serde_json::from_slice::<Value>(text) else { return Vec::new() };
    let dir = tree.parent(node);
    let (dir, paths): (NodeId, Vec<String>) = if tree.name(node) == b"composer.lock" {
        let packages = lock["packages-dev"].as_array().into_iter().flatten();
        (dir, packages.filter_map(|package| Some(format!("vendor/{}", package["name"].as_str()?))).collect())
    } else {
        let packages = lock["packages"].as_object().into_iter().flatten();
        let is_dev = |package: &Value| package["dev"] == true || package["devOptional"] == true;
        let dir = if tree.name(node) == b".package-lock.json" { tree.parent(dir) } else { dir };
        (dir, packages.filter(|(_, package)| is_dev(package)).map(|(path, _)| path.clone()).collect())
    };
    let folder = |path: &String| {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts
            .into_iter()
            .try_fold(dir, |dir, part| tree.child(dir, part.as_bytes()))
            .filter(|found| *found != dir)
    };
    paths.iter().filter_map(folder).collect()
}
