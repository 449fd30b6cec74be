//! Steps that no Dockerfile made, by the marks that tools leave.

use super::{Builder, Instruction, Kind, bare};
use crate::image::Step;

/// The step of a tool that writes its name somewhere; kaniko is not among them, as it writes instructions.
pub fn recognise(step: &Step) -> Option<Instruction> {
    let by = step.created_by.trim();
    let comment = step.comment.trim();
    // The longer of the two says more: tools put their own name in one and what they did in the other.
    let said = if comment.is_empty() { by } else { comment };
    let tool = |builder| Some(bare(Kind::Tool, builder, said));
    match step.author.as_str() {
        "Jib" => return tool(Builder::Jib),
        "ko" => return tool(Builder::Ko),
        "apko" => return tool(Builder::Apko),
        _ => {}
    }
    if by.starts_with("ko build ") {
        tool(Builder::Ko)
    } else if by.starts_with("jib-") {
        tool(Builder::Jib)
    } else if by.starts_with("apko") {
        tool(Builder::Apko)
    } else if by.starts_with("bazel build") {
        Some(bare(Kind::Tool, Builder::Bazel, by))
    } else if by.starts_with("umoci ") {
        Some(bare(Kind::Tool, Builder::Umoci, by))
    } else if by.starts_with("crane flatten") {
        // The comment is the old history as JSON: too long for a line.
        Some(bare(Kind::Squash, Builder::Crane, by))
    } else if comment == "debuerreotype"
        || comment.starts_with("debuerreotype ")
        || by.starts_with("# debian.sh")
    {
        Some(bare(Kind::Rootfs, Builder::Debuerreotype, by))
    } else if comment.starts_with("store paths:") {
        Some(bare(Kind::Tool, Builder::Nix, comment))
    } else if is_buildpack(by) {
        Some(bare(Kind::Tool, Builder::Buildpacks, by))
    } else if comment == "buildkit.exporter.image.v0" {
        Some(bare(Kind::Tool, Builder::BuildKit, by))
    } else if by.is_empty()
        && (comment.starts_with("merge sha256:") || comment.starts_with("create new from "))
    {
        Some(bare(Kind::Squash, Builder::Legacy, comment))
    } else {
        None
    }
}

fn is_buildpack(by: &str) -> bool {
    let named = by.starts_with("Layer: '") && by.contains("Created by buildpack:");
    named
        || by.starts_with("Application Slice: ")
        || [
            "Application Layer",
            "Buildpacks Launcher Config",
            "Buildpacks Application Launcher",
            "Buildpacks Process Types",
            "Software Bill-of-Materials",
        ]
        .contains(&by)
}
