//! Names of images as people type them and as engines print them, told apart as little as engines do.

use super::{Listing, LocalImage, LocalStore};
use crate::oci::Digest;

/// The repository and the tag of a name; `None` for a part that it does not have.
pub fn split(name: &str) -> (&str, Option<&str>) {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// A name without the parts that engines fill in: `docker.io/library/x` is `x`, and so is podman's `localhost/x`.
pub fn short(name: &str) -> &str {
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    name.strip_prefix("localhost/").unwrap_or(name)
}

/// Whether two names mean the same: a name without a tag means `latest`.
fn is_same(name: &str, typed: &str) -> bool {
    if typed.contains('@') {
        return short(name) == short(typed);
    }
    let parts = |text| {
        let (repository, tag) = split(text);
        (short(repository), tag.unwrap_or("latest"))
    };
    !name.contains('@') && parts(name) == parts(typed)
}

/// Whether a text is the beginning of an ID, with or without `sha256:`.
fn begins(id: Option<&Digest>, typed: &str) -> bool {
    let typed = typed.strip_prefix("sha256:").unwrap_or(typed);
    !typed.is_empty() && id.is_some_and(|id| id.hex().starts_with(typed))
}

/// How an image was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// By this name of it.
    Name(String),
    /// By its ID.
    Id,
}

/// An image of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The store, in [`Listing::stores`].
    pub store: usize,
    /// The image, in [`LocalStore::images`].
    pub image: usize,
    /// How it was meant.
    pub meant: Meant,
}

/// Why no image was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// Nothing is called so.
    #[error("no local image `{0}`")]
    Nothing(String),
    /// Several IDs begin so.
    #[error("several local images whose ID begins with `{typed}`: {}", names.join(", "))]
    Several {
        /// As typed.
        typed: String,
        /// Short IDs, and a name where there is one.
        names: Vec<String>,
    },
}

impl Listing {
    /// The image that is meant, in every store that has it: by a name, else by the beginning of its ID.
    ///
    /// # Errors
    ///
    /// There is none, or a store has several.
    pub fn find(&self, typed: &str) -> Result<Vec<Found>, NotFound> {
        let mut found = Vec::new();
        for (at, store) in self.stores.iter().enumerate() {
            if let Some((image, meant)) = store.find(typed)? {
                found.push(Found { store: at, image, meant });
            }
        }
        if found.is_empty() { Err(NotFound::Nothing(typed.to_owned())) } else { Ok(found) }
    }
}

impl LocalStore {
    /// The image that is meant.
    ///
    /// # Errors
    ///
    /// Several IDs begin so.
    pub fn find(&self, typed: &str) -> Result<Option<(usize, Meant)>, NotFound> {
        for (at, image) in self.images.iter().enumerate() {
            let mut names = image.names.iter().chain(&image.repo_digests);
            if let Some(name) = names.find(|name| is_same(name, typed)) {
                return Ok(Some((at, Meant::Name(name.clone()))));
            }
        }
        let of_id =
            |image: &&LocalImage| begins(image.id.as_ref(), typed) || begins(image.config_id.as_ref(), typed);
        let mut found = self.images.iter().enumerate().filter(|(_, image)| of_id(image));
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some((at, _)), None) => Ok(Some((at, Meant::Id))),
            _ => {
                let names = self.images.iter().filter(of_id).map(LocalImage::label).collect();
                Err(NotFound::Several { typed: typed.to_owned(), names })
            }
        }
    }
}

impl LocalImage {
    /// A short ID, and a name where there is one.
    pub fn label(&self) -> String {
        let id = self.id.as_ref().map_or("", |id| id.short());
        self.names.first().map_or(id.to_owned(), |name| format!("{id} ({name})"))
    }
}

/// Go's `path.Match`, by which engines match names: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are one
/// character, a backslash takes the next one literally. A pattern that is none matches nothing.
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // The last star, and how much of the name it has taken: one is enough to go back to.
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
                continue;
            }
            Some(_) => name.get(of).and_then(|&c| one(&pattern[at..], c)),
            None if of == name.len() => return true,
            None => None,
        };
        if let Some(taken) = step {
            at += taken;
            of += 1;
            continue;
        }
        match star {
            Some((back, taken)) if name.get(taken).is_some_and(|&c| c != '/') => {
                star = Some((back, taken + 1));
                (at, of) = (back + 1, taken + 1);
            }
            _ => return false,
        }
    }
}

/// Whether the first element of a pattern matches a character, and how long it is.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => (c != '/').then_some(1),
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        ['[', rest @ ..] => {
            let (negated, rest) = match rest {
                ['^', rest @ ..] => (true, rest),
                rest => (false, rest),
            };
            let end = rest.iter().position(|&c| c == ']').filter(|&end| end > 0)?;
            let mut set = &rest[..end];
            let mut found = false;
            while let [low, after @ ..] = set {
                (found, set) = match after {
                    ['-', high, after @ ..] => (found || (*low..=*high).contains(&c), after),
                    after => (found || *low == c, after),
                };
            }
            (found != negated).then_some(end + 2 + usize::from(negated))
        }
        [literal, ..] => (*literal == c).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_where_engines_say_so() {
        for (name, typed) in [
            ("x:latest", "x"),
            ("x:1", "docker.io/library/x:1"),
            ("localhost/x:1", "x:1"),
            ("docker.io/library/x:1", "x:1"),
            ("a:5000/b:1", "a:5000/b:1"),
            ("a:5000/b:latest", "a:5000/b"),
        ] {
            assert!(is_same(name, typed), "{name} {typed}");
        }
        for (name, typed) in
            [("x:1", "x"), ("x:1", "y:1"), ("a/x:1", "x:1"), ("x@sha256:0", "x"), ("x:1", "")]
        {
            assert!(!is_same(name, typed), "{name} {typed}");
        }
    }

    #[test]
    fn patterns_are_gos() {
        for (pattern, name) in [
            ("shop/*", "shop/web"),
            ("*", "web"),
            ("*:2", "web:2"),
            ("w?b", "web"),
            ("[a-x]eb", "web"),
            ("[^a]eb", "web"),
            ("a*c*e", "abcde"),
            ("\\*", "*"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", "shop/web"),
            ("shop", "shop/web"),
            ("w?b", "w/b"),
            ("[a", "a"),
            ("[]", "x"),
            ("", "x"),
            ("a*b", "ac"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
