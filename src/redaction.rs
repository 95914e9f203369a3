//! Credentials in what a server says: it may repeat one as it came, or as JSON, a URL, HTML or Rust's `{:?}` spell it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::Secret;
use crate::secret::REDACTED;

/// A shorter credential is not looked for: it would be found everywhere.
const SHORTEST: usize = 6;

/// What escapes begin with.
const ESCAPES: [u8; 3] = *b"\\%&";

/// What HTML has names for.
const NAMED: [(char, &str); 5] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&apos;")];

/// Replaces credentials in what is shown of a response.
#[derive(Clone)]
pub(crate) struct Redaction(Arc<Credentials>);

struct Credentials {
    secrets: Vec<Secret>,
    /// Whether that byte may begin one of them.
    begins: [bool; 256],
}

impl Redaction {
    pub(crate) fn of<'a>(credentials: impl IntoIterator<Item = &'a Secret>) -> Self {
        let long = credentials.into_iter().filter(|secret| secret.expose_secret().len() >= SHORTEST);
        let secrets: Vec<_> = long.cloned().collect();
        let mut begins = [false; 256];
        let bytes = secrets.iter().map(|secret| secret.expose_secret().as_bytes()[0]).chain(ESCAPES);
        bytes.for_each(|byte| begins[usize::from(byte)] = true);
        Self(Arc::new(Credentials { secrets, begins }))
    }

    /// What both replace.
    pub(crate) fn and(self, other: &Self) -> Self {
        let is_same = Arc::ptr_eq(&self.0, &other.0);
        if is_same { self } else { Self::of(self.0.secrets.iter().chain(&other.0.secrets)) }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    pub(crate) fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let (mut shown, mut end, mut at) = (Vec::new(), 0, 0);
        while let Some(start) = bytes[at..].iter().position(|byte| self.0.begins[usize::from(*byte)]) {
            at += start;
            let lengths = self.0.secrets.iter().filter_map(|secret| spelled(secret.expose_secret(), &bytes[at..]));
            // One may begin with another.
            if let Some(length) = lengths.max() {
                shown.extend_from_slice(&bytes[end..at]);
                shown.extend_from_slice(REDACTED.as_bytes());
                at += length;
                end = at;
            } else {
                at += 1;
            }
        }
        if end == 0 {
            return Cow::Borrowed(bytes);
        }
        shown.extend_from_slice(&bytes[end..]);
        Cow::Owned(shown)
    }
}

/// How much of the start of a text is a credential, each character of which may be spelled in any way. The text may also
/// break off within it.
fn spelled(credential: &str, text: &[u8]) -> Option<usize> {
    if text.starts_with(credential.as_bytes()) {
        return Some(credential.len());
    }
    let mut at = 0;
    for (index, character) in credential.chars().enumerate() {
        let rest = &text[at..];
        match length(character, rest) {
            Some(length) => at += length,
            None if index >= SHORTEST && spellings(character).any(|spelling| begins(&spelling, rest)) => {
                return Some(text.len());
            }
            None => return None,
        }
    }
    Some(at)
}

/// How long the character is at the start of a text. More backslashes may come before it where a text is quoted in another.
fn length(character: char, text: &[u8]) -> Option<usize> {
    if !ESCAPES.contains(text.first()?) {
        return text.starts_with(character.encode_utf8(&mut [0; 4]).as_bytes()).then_some(character.len_utf8());
    }
    let quotes = text.iter().take_while(|byte| **byte == b'\\').count();
    [0, quotes.saturating_sub(1), quotes].into_iter().find_map(|skipped| {
        let spelling = spellings(character).find(|spelling| begins(&text[skipped..], spelling));
        spelling.map(|spelling| skipped + spelling.len())
    })
}

/// In either case: escapes have digits from a to f in them.
fn begins(text: &[u8], with: &[u8]) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// How a character is written. The plain character comes last, because it may begin one of the others.
fn spellings(character: char) -> impl Iterator<Item = Vec<u8>> {
    let number = u32::from(character);
    let json: Vec<_> = character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let url: Vec<_> = character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02x}")).collect();
    let html =
        [format!("&#{number};"), format!("&#{number:03};"), format!("&#x{number:x};"), format!("&#x{number:02x};")];
    let named = NAMED.iter().filter(move |(named, _)| *named == character).map(|(_, name)| (*name).to_owned());
    let rust = [character.escape_unicode().to_string(), character.escape_debug().to_string()];
    let quoted = character.is_ascii_punctuation().then(|| format!("\\{character}"));
    let all =
        [json.concat(), json.join("\\"), url.concat()].into_iter().chain(html).chain(named).chain(rust).chain(quoted);
    all.chain([character.to_string()]).map(String::into_bytes)
}
