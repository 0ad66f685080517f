//! What the list holds when somebody tries it out. All of it is invented.

use serde_json::{Map, Value, json};

use crate::stand_in::{Profile, StandIn};

/// A suggestion, as far as they differ.
struct Suggestion {
    title: &'static str,
    summary: &'static str,
    need: &'static str,
    solution: &'static str,
    useful: &'static str,
    /// The municipality's number and name.
    municipality: (&'static str, &'static str),
    location: &'static str,
    status: &'static str,
    handling: &'static str,
    goals: &'static [i64],
    /// Which of the suggestions before it was the example for it.
    inspired_by: Option<i64>,
}

const FREDRIKSTAD: (&str, &str) = ("3107", "Fredrikstad");
const HALDEN: (&str, &str) = ("3101", "Halden");

const SUGGESTIONS: [Suggestion; 8] = [
    Suggestion {
        title: "Fallsensorer på korttidsavdelingen",
        summary: "Sensorer i taket varsler vaktrommet når en pasient er på vei ut av senga.",
        need: "Nattevaktene går faste runder og kommer ofte for sent til den som faller.",
        solution: "Tolv rom fikk sensorer og varsling til telefon. Rundene ble byttet ut med tilsyn ved behov.",
        useful: "Regn med to måneder på å stille inn varslene før personalet stoler på dem.",
        municipality: FREDRIKSTAD,
        location: "59.2181,10.9298",
        status: "Publisert",
        handling: "Godtatt",
        goals: &[3, 9],
        inspired_by: None,
    },
    Suggestion {
        title: "Byttesentral for sportsutstyr på skolene",
        summary: "Elever låner ski, skøyter og sykler fra en container i skolegården.",
        need: "Mange barn blir hjemme på aktivitetsdager fordi de mangler utstyr.",
        solution: "Innbyggere gir bort det de ikke bruker. Elevrådet driver utlånet med hjelp fra vaktmesteren.",
        useful: "Avtal vedlikeholdet med en lokal forening før dere åpner.",
        municipality: FREDRIKSTAD,
        location: "59.2053,10.9523",
        status: "Suksess",
        handling: "Godtatt",
        goals: &[10, 12],
        inspired_by: None,
    },
    Suggestion {
        title: "Utlånsbod for friluftsutstyr ved biblioteket",
        summary: "Biblioteket låner ut telt, primus og kajakker på samme kort som bøkene.",
        need: "Familier med lav inntekt kommer sjelden ut i skjærgården.",
        solution: "En ombygd buss står ved biblioteket fra mai til september.",
        useful: "Lånesystemet til biblioteket tåler utstyr som egne eksemplarer.",
        municipality: HALDEN,
        location: "59.1248,11.3875",
        status: "Publisert",
        handling: "Vurderes",
        goals: &[10, 12, 17],
        inspired_by: Some(2),
    },
    Suggestion {
        title: "Matsvinn som middag på helsehuset",
        summary: "Kjøkkenet lager middag av varer som butikkene ellers ville kastet.",
        need: "Kommunen kjøper inn mat som finnes gratis i nabolaget.",
        solution: "Tre butikker leverer hver morgen. Menyen settes samme dag.",
        useful: "Mattilsynet vil se rutinene for merking først.",
        municipality: HALDEN,
        location: "59.1330,11.3700",
        status: "Publisert",
        handling: "Godtatt",
        goals: &[2, 12, 13],
        inspired_by: None,
    },
    Suggestion {
        title: "Elsykler til hjemmetjenesten",
        summary: "Hjemmetjenesten i sentrum byttet ut seks biler med elsykler.",
        need: "Bilene står i kø, og parkering tar mer tid enn besøkene.",
        solution: "Sykler med låsbar kasse, piggdekk om vinteren og fast service.",
        useful: "La de ansatte prøve i en måned før noen biler sies opp.",
        municipality: FREDRIKSTAD,
        location: "59.2100,10.9400",
        status: "Promotert",
        handling: "Løftes til linja",
        goals: &[3, 11, 13],
        inspired_by: None,
    },
    Suggestion {
        title: "Regnbed langs skoleveien",
        summary: "Grøfter ble til regnbed som elevene steller.",
        need: "Kjellerne i bydelen oversvømmes flere ganger i året.",
        solution: "Elleve regnbed tar imot vannet fra vei og tak.",
        useful: "Velg planter som tåler veisalt.",
        municipality: HALDEN,
        location: "59.1205,11.3921",
        status: "Publisert",
        handling: "Godtatt",
        goals: &[6, 11, 15],
        inspired_by: None,
    },
    Suggestion {
        title: "Klart språk i vedtak om barnehageplass",
        summary: "Vedtakene ble skrevet om sammen med foreldre, og telefonene ble halvert.",
        need: "Foreldre forstår ikke brevet og ringer for å få det forklart.",
        solution: "Fire verksteder med foreldre, jurister og saksbehandlere ga én ny mal.",
        useful: "Malen kan brukes som den er.",
        municipality: FREDRIKSTAD,
        location: "59.2170,10.9350",
        status: "Publisert",
        handling: "Godtatt",
        goals: &[4, 16],
        inspired_by: None,
    },
    Suggestion {
        title: "Felles vaktmesterlag for små skoler",
        summary: "Fire skoler deler ett lag i stedet for å ha hver sin halve stilling.",
        need: "Feil blir liggende til den dagen vaktmesteren er på skolen.",
        solution: "Et lag på tre med felles oppgaveliste og én bil.",
        useful: "Ikke prøvd ennå.",
        municipality: HALDEN,
        location: "59.1400,11.4000",
        status: "Sendt inn",
        handling: "Sendt inn",
        goals: &[],
        inspired_by: None,
    },
];

/// Puts them in, under the names that the columns have in this generation.
pub(crate) fn fill(kominn: &StandIn, profile: Profile) {
    for suggestion in &SUGGESTIONS {
        let fields = fields(suggestion, profile);
        let named = fields.into_iter().map(|(name, value)| (named(name, profile), value));
        kominn.add(Value::Object(named.collect::<Map<_, _>>()));
    }
}

fn fields(suggestion: &Suggestion, profile: Profile) -> Vec<(&'static str, Value)> {
    let (number, city) = suggestion.municipality;
    // The goals' own ids, as they happen to be on this site.
    let goals: Vec<i64> = suggestion.goals.iter().map(|number| 101 + 3 * number).collect();
    let benefit = match profile {
        Profile::V1_0 => json!("Folk"),
        Profile::V1_1 => json!("Tjenesteutvikling/Tjenesteinnovasjon"),
        Profile::Climate | Profile::V2 => json!(["Bærekraftig forbruk"]),
    };
    let mut fields = vec![
        ("Title", json!(suggestion.title)),
        ("Summary", json!(suggestion.summary)),
        ("Challenges", json!(suggestion.need)),
        ("SuggestedSolution", json!(suggestion.solution)),
        ("UsefulForOthers", json!(suggestion.useful)),
        ("UsefulnessType", benefit),
        ("Tags", json!(["Kommunalt"])),
        ("Location", json!(suggestion.location)),
        ("Status", json!(suggestion.status)),
        ("Name", json!(format!("Innovasjonskoordinator, {city} kommune"))),
        ("City", json!(city)),
        ("CountyCode", json!(number)),
        ("SustainabilityGoalsId", json!(goals)),
        ("InspiredById", json!(suggestion.inspired_by.iter().collect::<Vec<_>>())),
    ];
    if profile != Profile::V1_0 {
        fields.push(("CaseWorkerStatus", json!(suggestion.handling)));
    }
    fields
}

fn named(name: &str, profile: Profile) -> String {
    match (profile, name) {
        (Profile::V1_0, "SustainabilityGoalsId") => "B_x00e6_rekraftsm_x00e5_lId".to_owned(),
        (_, "Title") | (Profile::V1_0, _) => name.to_owned(),
        _ => format!("Kmi{name}"),
    }
}
