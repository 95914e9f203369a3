//! Finds conditions that a document states only in prose. No schema expresses them, so no code checks them: a person must read
//! them.
//!
//! A sentence is a condition if it makes one part of a request depend on another. Lists of values, defaults, formats and
//! advice are not.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// Sentences that always relate two parts of a request. Names in braces stand for [`FRAGMENTS`].
const RELATIONS: &[&str] = &[
    // Exclusive alternatives
    r"mutually (exclusive|incompatible|required)",
    r"(not|never|cannot) both|all or none of|(can not|can t|must not|may not|must|should not) both",
    r"{one} (of|is|must|has|(can|may) be {set})|{one}( \S+){0,2} (field|parameter|param|propert|attribute|argument|option|key)(s|y|ies)?|one of .*({required}|must be {set}|has to be)",
    r"{one}( \S+){0,3} (must|has to|should) be {set}",
    r"({not}|must|(can|may) only|only) (be )?({set}|{give})( \S+){0,5}? (both|together|at the same time|simultaneously|in (combination|conjunction|the same request)|alongside)",
    r"({not}|must|(can|may) only|only) (be )?({set}|{give}|come|appear) (\S+ )?(with|without)|must be accompanied|(cannot|can not|must not|may not) be {set} (for|by)",
    r"(in (combination|conjunction)|together|{set}) with( \S+){1,3} only",
    r"neither .* nor .*(must|(may|can) be|should|allowed|permitted)",
    r"either .*(must|required|needed|mandatory|has to|have to|needs to|should be {set})",
    r"(^|, |must |has to |have to |needs? to |should |please ){give} either|(requires?|either|needs?) (either|needs?)",
    r"both .*(must|required|needed|have to|error|rejected)|(if|when) both( \S+)* {set}",
    r"conflicts? with|incompatible with|not compatible with",
    r"(takes?|has|have|given) (precedence|priority)|prevails|(wins|superseded|overridden) (over|by|if|when)",
    r"(^|, )alternative to|(can|may|must|should|is|to) be {set} (instead|in place) of",
    r"(it|this|values?|format|meaning|effect|limit|maximum|minimum|requirements?|default|contents?|type|length|size) depends? on|^depends on|must be .* in order to",
    // Restrictions
    r"only (ever )?(be )?({applicable}|{required}|possible|works?|(has|have) (an )?effect|makes sense|true|false|{set})( \S+){0,3}? (if|when|whenever|for|with|to|in|on|while|by|where|alongside|together|unless)",
    r"only (if|when|whenever|with|together|in combination|in conjunction|while|for|unless)|for( \S+){1,2} only|^(\S+ ){1,2}only( ,|$)",
    r"(can|may|must|should) only {give}( \S+){0,6}? (if|when|with|for|together|in combination|while|one of)",
    r"({applicable}|available|not used|unused|invalid) (only |just |solely )?(when|if|whenever|unless|in combination|in conjunction|together|while)",
    r"applicable (only |just |solely )?(to|for|with)|{applicable} only (to|for|with|in|on)",
    r"(^|is |are |be |and |, |fallback )used (only |just |solely )?(if|when|whenever|in combination|in conjunction|together)",
    r"no effect (if|when|unless|on|for|in|with|without)|(nothing|null|empty|absent) unless|^(restricted|limited|exclusive) (to|with)",
    // Obligations
    r"{required} (only |also |but |and \S+ )?(if|when|whenever|unless|except|while|as long as|in case|in the case|in combination|in conjunction|together|where)",
    r"(is|are|becomes?|field|only|also|not|conditionally|always|and|or|but) {required} (only |also )?(for|with|without|in|by|on)",
    r"(^|, )(valid|relevant|{required}|ignored|not \S+|(omit|leave) \S+) (for|with|without|in|by|on)",
    r"ignored (if|when|whenever|unless|for|in|with|by|while)|excluded (if|when|unless)|(will be|is|are|gets?) (ignored|disregarded)",
    r"(must (not )?|needs? to )be {set}( \S+){0,4}? (if|when|unless|together|alongside|while)",
    r"must (not )?be (null|empty|absent|omitted|unset|blank|zero|0|true|false) (for|in|with|on)",
    r"(requir(es?|ing)|needs) (that |the )?(\S+ ){1,6}?to (also )?be|requires? that|^(in order )?to \S+ [^,]*, (you |\S+ )*?must|(setting|using|giving) .* requires|^(for|with|without) [^,]* , .*({required}|must)|implies that|must (not )?be \S+ than (or equal to )?(the )?[a-z]+_\w+|^requires \w+$",
];

/// The main clause of a condition whose other clause is about another part.
const OBLIGATION: &str = r"\b(required|mandatory|compulsory|obligatory|must|needed|necessary|needs? to be|has to|have to|forbidden|prohibited|disallowed|not (allowed|permitted|supported)|(cannot|can not|can t|may not) be|should (not |also |only |always )*(be|{give})|(can|may) be (omitted|left|skipped)|(do not|don t) (also )?{give}|need not|no need|ignored|rejected|refused|(results? in|returns?|with) (an? )?(\w+ )?error|overrides|(^|, )(please )?(omit|leave|exclude))\b";

/// The main clause of a condition whose other clause is only about the presence of the part itself.
const OBLIGATION_ON_PRESENCE: &str = r"\b(required|mandatory|needed|(must|has to|have to|needs? to|should)( not| also| always| only)* (be )?({set}|{give})|(do not|don t) (also )?{give}|(cannot|can not|can t|may not|must not) be {set}|ignored)\b";

/// A clause about the presence of the part itself: "if omitted", "unless it is set to true".
const OWN_PRESENCE: &str = r"\b(if|when|where|unless|whenever) ((it|they|this|this \S+|the (field|value|parameter|property)) (is|are|was|has|have) )?((not|also|explicitly|otherwise|been|left|already) )*((omitted|provided|given|set|specified|supplied|included|present|passed|sent|used|defined|empty|null|blank|absent|unset|missing|out|unspecified|true|false|enabled|disabled|needed|required|necessary|possible|applicable|available|desired|none|0)( or| to| not)*( |$)){1,4}(explicitly|here|in the request|as empty)?";

/// A clause about the caller's intention.
const INTENTION: &str = r"^(if|when) you (want|wish|would like|prefer|need|are|have|don t want|do not want)\b";

/// Sentences about something else: rights, advice, responses.
const OTHER_SUBJECTS: &str = r"\b(permissions?|privileges?|scopes?|following roles|paid plan|sandbox|access_?token|access token|rate limit|recommend(ed|s)?|prefer(red)?|consider using|we suggest|encouraged?|advised?|best practice)\b";
const RESPONSES: &str = r"\b(returned|returns|in the response|will return)\b";
const REQUESTS: &str = r"\b(required|must|mandatory|mutually|cannot|not both|applicable|error)\b";

/// Clauses that only look like conditions, such as the explanation of a flag.
const ASIDES: &str = r"^(whether|(indicates?|determines?|specif(y|ies)|controls?) (if|whether)|(a |the )?(boolean|bool|flag)\b[^,]* (if|whether))[^,]*|\bused (if|when) \w+ing\b|\bmay be required\b|\bfor the default\b|\b(read|write) only\b|\bfor( \S+)? (internal|testing|test|own|use|convenience|purposes?|information|reference)( use| purposes?)? only\b";

const FRAGMENTS: [(&str, &str); 6] = [
    ("{one}", "(exactly|precisely|at least|at most|only|no more than|not more than|just) (one|1)"),
    ("{not}", "(cannot|can not|can t|must not|may not|should not|do not|don t|never)"),
    (
        "{set}",
        "(provided|given|set|specified|supplied|included|present|passed|sent|submitted|used|defined|entered|filled( in| out)?|selected|empty|null|blank|omitted|absent|unset|excluded|missing|left (out|empty|blank|off|unset)|undefined|unspecified|chosen|combined|mixed|enabled|changed|assigned|added|applied)",
    ),
    (
        "{give}",
        "(provide|give|set|specify|supply|include|pass|send|submit|use|define|enter|fill in|omit|combine|mix|add|choose|select)",
    ),
    (
        "{applicable}",
        "(applicable|applies|apply|applied|valid|relevant|supported|effective|meaningful|takes effect|considered|evaluated|respected|honou?red|usable|allowed|permitted|accepted)",
    ),
    (
        "{required}",
        "(required|mandatory|compulsory|obligatory|necessary|needed|forbidden|prohibited|disallowed|optional)",
    ),
];

static WORDING: LazyLock<Wording> = LazyLock::new(Wording::new);

struct Wording {
    relations: RegexSet,
    obligation: Regex,
    obligation_on_presence: Regex,
    own_presence: Regex,
    intention: Regex,
    other_subjects: Regex,
    responses: Regex,
    requests: Regex,
    asides: Regex,
}

/// The conditions that are new in a text, or else the removed ones, shortened for a reader.
pub fn conditions(old: &str, new: &str) -> Vec<String> {
    const MOST: usize = 4;
    const LONGEST: usize = 200;
    let [old, new] = [old, new].map(all_conditions);
    let without = |conditions: &[String], others: &[String]| {
        let changed = conditions.iter().filter(|condition| !others.contains(condition)).take(MOST);
        changed.map(|condition| condition.chars().take(LONGEST).collect()).collect::<Vec<String>>()
    };
    let added = without(&new, &old);
    if added.is_empty() { without(&old, &new) } else { added }
}

/// Whether a text names a field that identifies a MantaGO client. `platform` is also a common word.
pub fn is_about_identification(text: &str) -> bool {
    const FIELDS: [&str; 2] = ["clientId", "platformClientId"];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c: char| !is_word(c)).any(|word| FIELDS.contains(&word))
        || text.to_lowercase().contains("client identification")
}

/// Whether two texts differ in more than white space and the final full stop.
pub fn differ(old: &str, new: &str) -> bool {
    words(old) != words(new)
}

fn words(text: &str) -> Vec<&str> {
    text.trim().trim_end_matches('.').split_whitespace().collect()
}

/// The sentences of a text that state a condition.
fn all_conditions(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace("\n-", "\n\n").replace("\n*", "\n\n");
    let paragraphs = text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "));
    let sentences = paragraphs.flat_map(|lines| lines.split(". ").map(str::to_owned).collect::<Vec<_>>());
    let conditions = sentences.filter(|sentence| WORDING.is_condition(sentence));
    conditions.map(|sentence| sentence.trim_end_matches('.').to_owned()).collect()
}

impl Wording {
    fn new() -> Self {
        let expand =
            |pattern: &str| FRAGMENTS.iter().fold(pattern.to_owned(), |text, (name, of)| text.replace(name, of));
        let regex = |pattern: &str| Regex::new(&expand(pattern)).expect("the pattern is valid");
        let relations = RELATIONS.iter().map(|pattern| format!(r"(^|\W)({})(\W|$)", expand(pattern)));
        Self {
            relations: RegexSet::new(relations).expect("the patterns are valid"),
            obligation: regex(OBLIGATION),
            obligation_on_presence: regex(OBLIGATION_ON_PRESENCE),
            own_presence: regex(&format!("{OWN_PRESENCE}( ,|$)")),
            intention: regex(INTENTION),
            other_subjects: regex(OTHER_SUBJECTS),
            responses: regex(RESPONSES),
            requests: regex(REQUESTS),
            asides: regex(ASIDES),
        }
    }

    fn is_condition(&self, sentence: &str) -> bool {
        let sentence = self.asides.replace_all(&normalized(sentence), "").trim_matches([' ', ',']).to_owned();
        let is_about_response = self.responses.is_match(&sentence) && !self.requests.is_match(&sentence);
        if is_about_response || self.other_subjects.is_match(&sentence) {
            return false;
        }
        let Clauses { main, conditions } = Clauses::of(&sentence);
        let binds_presence = self.obligation_on_presence.is_match(&main);
        let without_defaults =
            if binds_presence { (&sentence).into() } else { self.own_presence.replace_all(&sentence, ",") };
        if self.relations.is_match(&without_defaults) {
            return true;
        }
        let (own, others): (Vec<&str>, Vec<&str>) = conditions
            .into_iter()
            .filter(|clause| !self.intention.is_match(clause))
            .partition(|clause| self.own_presence.find(clause).is_some_and(|found| found.start() == 0));
        if others.is_empty() {
            return binds_presence && !own.is_empty();
        }
        let is_about_response = self.responses.is_match(&main) && !self.requests.is_match(&main);
        !is_about_response && self.obligation.is_match(&main)
    }
}

/// A sentence in lower case, reduced to words, with commas between clauses.
fn normalized(sentence: &str) -> String {
    let mut text = String::new();
    for c in sentence.replace(" - ", ",").to_lowercase().chars() {
        match c {
            _ if c.is_alphanumeric() || c == '_' => text.push(c),
            ',' | ';' | ':' | '(' | ')' | '[' | ']' | '–' | '—' => text.push_str(" , "),
            _ => text.push(' '),
        }
    }
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

/// The clauses of a sentence.
struct Clauses<'s> {
    main: String,
    /// Clauses that begin with "if" or a similar conjunction.
    conditions: Vec<&'s str>,
}

impl<'s> Clauses<'s> {
    fn of(sentence: &'s str) -> Self {
        const CONJUNCTIONS: [&str; 8] =
            ["if ", "when ", "whenever ", "unless ", "except ", "as long as ", "in case ", "while "];
        let (mut main, mut conditions) = (Vec::new(), Vec::new());
        for clause in sentence.split(" , ") {
            let starts = clause.match_indices(' ').map(|(space, _)| space + 1);
            let start = std::iter::once(0)
                .chain(starts)
                .find(|start| CONJUNCTIONS.iter().any(|word| clause[*start..].starts_with(word)));
            if clause.split(' ').any(|word| word == "otherwise") {
                main.push(clause);
                conditions.push(clause);
            } else if let Some(start) = start {
                main.push(&clause[..start]);
                conditions.push(&clause[start..]);
            } else {
                main.push(clause);
            }
        }
        main.retain(|clause| !clause.is_empty());
        Self { main: main.join(" , "), conditions }
    }
}
