//! Norwegian-like text: it has the lengths, the endings, the compounds and the frequencies of the real thing, and
//! means nothing.

use std::collections::BTreeSet;

use crate::random::{Random, Skewed};

/// How many different words there are.
const WORDS: usize = 30_000;
/// How many different tags there are.
const TAGS: usize = 3_000;
const TOPICS: usize = 300;
const WORDS_OF_A_TOPIC: usize = 25;
/// How much of a text is its topic's own words. Without any, words would never be found together.
const TOPICAL: f64 = 0.15;
/// The words that people search for: neither those of every text nor those of hardly any, counted from the most
/// frequent.
const MIDDLE: std::ops::Range<usize> = 150..4_000;

const FUNCTION_WORDS: &str =
    "og i for å det som til er på av en med de at har den et ikke vi kan om ved fra skal
    eller også mer så ble var når flere alle sin men etter der blir over hvor mellom under uten deres";
const STEMS: &str = "adferd alarm analyse anbud ansatt app arbeid arkiv avfall avtale bad ball bane barn bedrift
    beredskap bibliotek bil bok bolig brann bro bruker brød budsjett buss by bygd bygg bærekraft båt camp data dele
    demens drone dør effekt elev energi evaluering familie film fisk fjord flom forskning forsøk frivillig frokost
    fugl fylke følge gate gevinst gjenbruk gjest glass gulv gård hage hall havn helg helse hjelp hjem hus hverdag høst
    idrett innbygger innkjøp innovasjon institusjon is jobb jord kafé kai kamera kart kjeller kjøkken klage klasse
    klima kloakk kompetanse kompost kontor kort kost kraft kultur kunnskap kunst kurs kvalitet kveld kyst lag laks
    lampe lege leir lek leder luft lyd lys lærer lærling løsning mat matavfall medarbeider medisin melding melk
    metall metode miljø modell museum musikk måling måltid nabo natt natur nemnd nett næring nød offer omsorg område
    oppgave oppvekst ord pakke papir park partner pasient pilot plan plass plast pleie post prosess prosjekt prøve
    pumpe ras rapport regn region reparasjon resultat ressurs robot rolle rom rute råd røyk rør samarbeid samtale
    samtykke sensor senter seng signal sikkerhet skatt skilt skjema skjerm skog skole skred skyss slam slott snø sol
    språk stasjon stat stemme stol strand strøm støtte støv støy stue svar svømming sykehus sykkel system søknad tak
    tall tavle team teater tekst tema teknologi tid tiltak time tjeneste tog torg trapp trening trygghet tur turisme
    tørke ung ungdom utstyr utvalg utvikling vakt valg vann varme varsel vedlikehold vedtak vei vekst velferd venn
    verksted verktøy vern vind vindu vinter virkning voksen vår øy økonomi øre åker år årsak";
const ENDINGS: [&str; 6] = ["", "en", "et", "ene", "er", "ar"];

/// Words, the tags among them, and the topics that texts are about.
pub(crate) struct Vocabulary {
    words: Skewed<String>,
    tags: Skewed<String>,
    topics: Skewed<Topic>,
}

/// What a text is about: words that come up in it more often than elsewhere.
pub(crate) struct Topic(Vec<String>);

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let mut random = Random::new(WORDS);
        let words = content_words(&mut random);
        let middle = words.get(MIDDLE).unwrap_or_default();
        let topics = (0..TOPICS).map(|_| Topic::of(middle, &mut random)).collect::<Vec<_>>();
        let tags = words.iter().skip(MIDDLE.start).step_by(WORDS / TAGS - 1).take(TAGS).cloned();
        Self {
            tags: Skewed::zipf(tags),
            topics: Skewed::zipf(topics),
            words: Skewed::zipf(FUNCTION_WORDS.split_whitespace().map(ToOwned::to_owned).chain(words)),
        }
    }

    pub(crate) fn topic(&self, random: &mut Random) -> Option<&Topic> {
        self.topics.draw(random)
    }

    pub(crate) fn tags(&self, random: &mut Random) -> Vec<&String> {
        self.tags.some(random, 2, 6)
    }

    /// Sentences of about `length` words in all.
    pub(crate) fn text(&self, random: &mut Random, topic: Option<&Topic>, length: usize) -> String {
        let mut left = length * 3 / 4 + random.below(length / 2);
        let mut sentences = Vec::new();
        while left > 0 {
            let length = left.min(6 + random.below(12));
            sentences.push(self.phrase(random, topic, length) + ".");
            left -= length;
        }
        sentences.join(" ")
    }

    /// Words in a row, the first with a capital letter.
    pub(crate) fn phrase(&self, random: &mut Random, topic: Option<&Topic>, length: usize) -> String {
        let words: Vec<&str> =
            (0..length).filter_map(|_| self.word(random, topic)).map(String::as_str).collect();
        capitalized(&words.join(" "))
    }

    fn word<'t>(&'t self, random: &mut Random, topic: Option<&'t Topic>) -> Option<&'t String> {
        match topic {
            Some(topic) if random.chance(TOPICAL) => random.pick(&topic.0),
            _ => self.words.draw(random),
        }
    }
}

impl Topic {
    fn of(words: &[String], random: &mut Random) -> Self {
        Self((0..WORDS_OF_A_TOPIC).filter_map(|_| random.pick(words).cloned()).collect())
    }

    /// What somebody would type to find it: one to three words.
    pub(crate) fn query(&self, random: &mut Random) -> String {
        let words: BTreeSet<_> =
            (0..=random.below(3)).filter_map(|_| random.pick(&self.0).cloned()).collect();
        Vec::from_iter(words).join(" ")
    }
}

/// The most frequent first: all forms of the stems, then compounds.
fn content_words(random: &mut Random) -> Vec<String> {
    let stems: Vec<&str> = STEMS.split_whitespace().collect();
    let mut words: Vec<String> =
        stems.iter().flat_map(|stem| ENDINGS.map(|ending| format!("{stem}{ending}"))).collect();
    random.shuffle(&mut words);
    let mut known: BTreeSet<String> = words.iter().cloned().collect();
    while words.len() < WORDS {
        let [first, second] = [(); 2].map(|()| random.pick(&stems).copied().unwrap_or_default());
        let word = format!("{first}{second}{}", random.pick(&ENDINGS).copied().unwrap_or_default());
        if known.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
