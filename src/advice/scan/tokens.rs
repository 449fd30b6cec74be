//! Formats of credentials that a fixed prefix gives away.
//!
//! The prefixes are searched all at once; only where one stands is the format's expression tried. Formats are those that
//! their issuers publish. General patterns of high entropy are not among them: they find hashes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::advice::Severity;
use crate::oci::Digest;

/// A format of credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    /// What people call it.
    pub name: &'static str,
    /// How bad it is to ship one.
    pub severity: Severity,
    /// What it begins with, one of them.
    prefixes: &'static [&'static str],
    /// What follows the prefix.
    rest: &'static str,
    /// Whether a number stands before the prefix.
    after_number: bool,
}

const fn token(name: &'static str, prefixes: &'static [&'static str], rest: &'static str) -> Token {
    Token { name, severity: Severity::Critical, prefixes, rest, after_number: false }
}

/// All formats. A private key is one whatever its kind.
static TOKENS: [Token; 42] = [
    Token {
        name: "private key",
        severity: Severity::Critical,
        prefixes: &["-----BEGIN "],
        // The body, in one line or in many, with line ends written out as in JSON. Shorter ones are samples.
        rest: r"(?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[rn])+(?:[A-Za-z0-9+/=]|\s|\\[rn]){64,}",
        after_number: false,
    },
    token("AWS access key", &["AKIA", "ASIA", "ABIA", "ACCA"], r"[A-Z2-7]{16}"),
    token("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"[0-9A-Za-z]{36}"),
    token("GitHub fine-grained token", &["github_pat_"], r"[0-9A-Za-z_]{82}"),
    token("GitLab token", &["glpat-", "gldt-", "glrt-", "glcbt-"], r"[0-9A-Za-z_-]{20,50}"),
    token("Slack token", &["xoxb-", "xoxa-", "xoxp-", "xoxr-", "xoxs-"], r"[0-9A-Za-z-]{20,}"),
    token(
        "Slack webhook",
        &["hooks.slack.com/services/"],
        r"T[0-9A-Z]{8,12}/B[0-9A-Z]{8,12}/[0-9A-Za-z]{24}",
    ),
    token("Stripe key", &["sk_live_", "rk_live_"], r"[0-9A-Za-z]{16,99}"),
    token("npm token", &["npm_"], r"[0-9A-Za-z]{36}"),
    token("PyPI token", &["pypi-AgEIcHlwaS5vcmc"], r"[0-9A-Za-z_-]{50,}"),
    token("Google API key", &["AIza"], r"[0-9A-Za-z_-]{35}"),
    token("Google OAuth secret", &["GOCSPX-"], r"[0-9A-Za-z_-]{28}"),
    token("Azure storage key", &["AccountKey="], r"[0-9A-Za-z+/]{86}=="),
    token("DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"[0-9a-f]{64}"),
    token("Hugging Face token", &["hf_"], r"[A-Za-z]{34}"),
    token("Anthropic key", &["sk-ant-"], r"[0-9A-Za-z_-]{80,}"),
    token("OpenAI key", &["sk-proj-", "sk-svcacct-"], r"[0-9A-Za-z_-]{40,}"),
    token("OpenAI key", &["sk-"], r"[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}"),
    token("SendGrid key", &["SG."], r"[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}"),
    token("Twilio key", &["SK"], r"[0-9a-f]{32}"),
    Token { after_number: true, ..token("Telegram bot token", &[":AA"], r"[0-9A-Za-z_-]{33}") },
    token("Vault token", &["hvs.", "hvb."], r"[0-9A-Za-z_-]{24,}"),
    token("Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."], r"[0-9A-Za-z.]{40,60}"),
    token("age key", &["AGE-SECRET-KEY-1"], r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    token("Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"[0-9a-fA-F]{32}"),
    token("Square secret", &["sq0csp-"], r"[0-9A-Za-z_-]{43}"),
    token("Mailgun key", &["key-"], r"[0-9a-f]{32}"),
    token("Linear key", &["lin_api_"], r"[0-9A-Za-z]{40}"),
    token("Docker Hub token", &["dckr_pat_"], r"[0-9A-Za-z_-]{27}"),
    token("Databricks token", &["dapi"], r"[0-9a-f]{32}"),
    token("Grafana token", &["glsa_"], r"[0-9A-Za-z]{32}_[0-9a-f]{8}"),
    token("New Relic key", &["NRAK-"], r"[0-9A-Z]{27}"),
    token("PlanetScale token", &["pscale_tkn_", "pscale_pw_"], r"[0-9A-Za-z_=.-]{32,64}"),
    token("Pulumi token", &["pul-"], r"[0-9a-f]{40}"),
    token("RubyGems key", &["rubygems_"], r"[0-9a-f]{48}"),
    token("Supabase token", &["sbp_"], r"[0-9a-f]{40}"),
    token("Atlassian token", &["ATATT3"], r"[0-9A-Za-z_=-]{180,200}"),
    token("Postman key", &["PMAK-"], r"[0-9a-f]{24}-[0-9a-f]{34}"),
    token("Tailscale key", &["tskey-auth-", "tskey-api-"], r"[0-9A-Za-z]{8,20}-[0-9A-Za-z]{20,50}"),
    token("Heroku key", &["HRKU-"], r"[0-9A-Za-z_-]{36,65}"),
    token("Sentry token", &["sntrys_", "sntryu_"], r"[0-9A-Za-z+/=_]{40,}"),
    Token {
        severity: Severity::Low,
        ..token("JSON web token", &["eyJ"], r"[0-9A-Za-z_-]{15,}\.eyJ[0-9A-Za-z_-]{15,}\.[0-9A-Za-z_-]{20,}")
    },
];

/// So much of a window is looked at again with what follows it; of a longer token only the start is told.
pub const LONGEST: usize = 8 << 10;

struct Formats {
    /// Any prefix.
    any: Regex,
    /// Each prefix with its format's place in [`TOKENS`].
    prefixes: Vec<(&'static str, usize)>,
    /// What follows a prefix, by format.
    rest: Vec<Option<Regex>>,
}

static FORMATS: LazyLock<Option<Formats>> = LazyLock::new(|| {
    let prefixes: Vec<(&str, usize)> = TOKENS
        .iter()
        .enumerate()
        .flat_map(|(at, token)| token.prefixes.iter().map(move |prefix| (*prefix, at)))
        .collect();
    let any: Vec<String> = prefixes.iter().map(|(prefix, _)| regex::escape(prefix)).collect();
    Some(Formats {
        any: Regex::new(&any.join("|")).ok()?,
        rest: TOKENS.iter().map(|token| Regex::new(&format!("^(?-u:{})", token.rest)).ok()).collect(),
        prefixes,
    })
});

/// The credentials in `bytes`, in order: their formats and places. `from` on is new; what stands before it only tells
/// whether a word begins there.
pub fn tokens_in(bytes: &[u8], from: usize) -> Vec<(&'static Token, Range<usize>)> {
    let mut found = Vec::new();
    let Some(formats) = &*FORMATS else { return found };
    let mut at = from;
    while let Some(prefix) = formats.any.find_at(bytes, at) {
        let start = prefix.start();
        let hit = formats
            .prefixes
            .iter()
            .filter(|(prefix, _)| bytes[start..].starts_with(prefix.as_bytes()))
            .find_map(|(prefix, format)| whole(bytes, start, prefix, *format, formats));
        at = hit.as_ref().map_or(start + 1, |(_, range)| range.end.max(start + 1));
        found.extend(hit.filter(|(_, range)| !is_sample(&bytes[range.clone()])));
    }
    found
}

/// The token whose prefix begins at `start`, if it is one of this format.
fn whole(
    bytes: &[u8],
    start: usize,
    prefix: &str,
    format: usize,
    formats: &Formats,
) -> Option<(&'static Token, Range<usize>)> {
    let token = &TOKENS[format];
    let rest = formats.rest[format].as_ref()?.find(&bytes[start + prefix.len()..])?;
    let end = start + prefix.len() + rest.end();
    let mut start = start;
    if token.after_number {
        let digits = bytes[..start].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        if !(8..=10).contains(&digits) {
            return None;
        }
        start -= digits;
    }
    // `task-...` is no `sk-...`, and what goes on is something longer.
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_whole = !is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) && !is_word(bytes.get(end));
    (is_whole || token.prefixes[0].starts_with('-')).then_some((token, start..end))
}

/// Whether a value is one of a manual: a word that says so, a row of the alphabet, too few different characters; or a
/// private key that a password protects.
fn is_sample(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let words: [&[u8]; 9] = [
        b"example",
        b"changeme",
        b"xxxx",
        b"0123456789",
        b"1234567890",
        b"abcdefghij",
        b"redacted",
        b"${",
        // `1234567890` in the sample that every page on JSON web tokens has.
        b"ixmjm0nty3odkw",
    ];
    let mut different = [false; 256];
    for byte in value {
        different[usize::from(*byte)] = true;
    }
    let is_locked = value.starts_with(b"-----BEGIN OPENSSH")
        // `openssh-key-v1`, then the name of the cipher: `none`.
        && memchr::memmem::find(value, b"b3BlbnNzaC1rZXktdjEAAAAABG5vbm").is_none();
    is_locked
        || different.iter().filter(|is| **is).count() < 9
        || words.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// What may be shown of a secret: its first four characters, its length, and enough of its digest to tell it from
/// others.
pub fn mask(value: &[u8]) -> String {
    let start: String = value
        .iter()
        .take(4)
        .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' })
        .collect();
    let digest = Digest::of(value);
    format!("{start}… {} characters, sha256 {}", value.len(), &digest.hex()[..8])
}

/// A text without the credentials in it.
pub fn hide(text: &mut String) {
    for (_, range) in tokens_in(text.as_bytes(), 0).into_iter().rev() {
        // Tokens are ASCII, so that their ends are ends of characters.
        if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
            text.replace_range(range, "****");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let formats = FORMATS.as_ref().expect("the prefixes");
        assert!(formats.rest.iter().all(Option::is_some));
    }
}
