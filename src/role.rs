//! What a span of text means. Reports map roles to ANSI styles, the terminal UI maps them to its theme; no
//! other code speaks of colours.

/// The meaning of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Plain,
    /// Text of lesser weight: empty steps, `0 B`, implied directories.
    Dim,
    /// Column headings and pane titles.
    Heading,
    /// A path or byte that a layer adds. Its glyph is `+`.
    Added,
    /// A path that a layer changes. Its glyph is `~`.
    Modified,
    /// A path that a layer removes. Its glyph is `-`.
    Removed,
    /// A directory's name.
    Directory,
    /// A symlink's name or target.
    Link,
    /// An executable's name.
    Executable,
    /// Bytes that reach the container.
    Live,
    /// Bytes that ship and are never seen.
    Dead,
    /// Something to look at: setuid, a mismatch.
    Warning,
    /// Something wrong.
    Error,
    /// The part of a name that a filter matched.
    Match,
    /// A key in a hint.
    Key,
    /// An instruction keyword of a build step.
    Keyword,
}
