//! `capas images` over 200 images of 20 layers each, in a store of every kind that it writes itself.

use std::path::Path;

use super::CAPAS;
use super::common::{Image, Layer, containerd};
use super::measure::{Run, median};
use super::stores::{Docker, Storage};

const IMAGES: usize = 200;
const LAYERS: usize = 20;
/// Layers that all images have in common.
const SHARED: usize = 5;
/// What the project wants to stay below, in milliseconds.
const TARGET: f64 = 100.0;

/// Writes the stores and times the list of each.
pub fn list(dir: &Path, runs: usize) {
    println!("\nimages: {IMAGES} images of {LAYERS} layers, {SHARED} of them the same in all");
    let dir = dir.join("images");
    let root = |name: &str| dir.join(name);
    let mut docker = Docker::new(&root("docker"), "overlay2");
    let mut podman = Storage::new(&root("podman"), "overlay");
    let mut containerd = containerd::Store::new(&root("containerd"));
    for number in 0..IMAGES {
        let (image, name) = (image(number), format!("docker.io/team/app{number}:1.0"));
        docker.add(&image, &[&name]);
        podman.add(&image, &[&name]);
        let stored = containerd.image("moby", &image);
        containerd.name("moby", &name, &stored.manifest);
    }
    containerd.write();
    println!("{:<20}{:>12}{:>10}", "", "capas", "target");
    for (scheme, name) in
        [("docker-store", "docker"), ("containers-storage", "podman"), ("containerd", "containerd")]
    {
        let store = format!("{scheme}:[{}]", root(name).display());
        let run = Run::program(CAPAS, &["images", "--store", &store]);
        run.once();
        let time = median(&run.times(runs));
        let verdict = if time <= TARGET { "" } else { "  missed" };
        println!("{scheme:<20}{time:>9.0} ms{TARGET:>7.0} ms{verdict}");
    }
}

fn image(number: usize) -> Image {
    let step = |image: Image, layer: usize| {
        let owner = if layer < SHARED { 0 } else { number };
        let file = format!("opt/{owner}/{layer}");
        image.step("RUN make # buildkit", Layer::new().file(&file, &file)).empty("ENV A=1")
    };
    (0..LAYERS).fold(Image::new("app"), step)
}
