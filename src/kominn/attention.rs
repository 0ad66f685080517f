//! What a person should do about a publication and its item, in the reader's language.

use super::model::{ANOTHERS, Link, LinkState};
use crate::platform::language::Language;

/// None when there is nothing to do.
pub(super) fn attention(link: &Link, language: Language) -> Option<&'static str> {
    let [nb, nn, en] = texts(link)?;
    Some(match language {
        Language::Nb => nb,
        Language::Nn => nn,
        Language::En => en,
    })
}

fn texts(link: &Link) -> Option<[&'static str; 3]> {
    match link.state {
        LinkState::Conflict => Some([
            "Teksten er endret både her og i KOMINN. Velg hva som skal gjelde.",
            "Teksten er endra både her og i KOMINN. Vel kva som skal gjelde.",
            "The text was changed both here and in KOMINN. Choose what counts.",
        ]),
        LinkState::Rejected => Some([
            "KOMINN tok ikke imot. Les feilen, og publiser en ny versjon eller prøv igjen.",
            "KOMINN tok ikkje imot. Les feilen, og publiser ein ny versjon eller prøv igjen.",
            "KOMINN refused it. Read the error, and publish a new version or try again.",
        ]),
        LinkState::Gone if link.error.as_deref() == Some(ANOTHERS) => Some([
            "Forslaget kan ikke lenger kjennes igjen som deres. Be saksbehandleren i KOMINN se etter før dere prøver igjen: da lages et nytt.",
            "Forslaget kan ikkje lenger kjennast att som dykkar. Be saksbehandlaren i KOMINN sjå etter før de prøver igjen: då blir det laga eit nytt.",
            "The item can no longer be told to be yours. Ask the case worker in KOMINN to look before you try again: that makes another.",
        ]),
        LinkState::Gone => Some([
            "Forslaget er slettet i KOMINN. Prøv igjen hvis det skal lages på nytt.",
            "Forslaget er sletta i KOMINN. Prøv igjen dersom det skal lagast på nytt.",
            "The item was deleted in KOMINN. Try again if it is to be made anew.",
        ]),
        LinkState::Dead => Some([
            "Det har feilet for mange ganger. Prøv igjen når årsaken er borte.",
            "Det har feila for mange gonger. Prøv igjen når årsaka er borte.",
            "It failed too often. Try again when the cause is gone.",
        ]),
        LinkState::Synced if link.withdrawn && link.item_id.is_some() => Some([
            "Innholdet er trukket tilbake. Be saksbehandleren i KOMINN fjerne forslaget.",
            "Innhaldet er trekt tilbake. Be saksbehandlaren i KOMINN fjerne forslaget.",
            "The content was taken back. Ask the case worker in KOMINN to remove the item.",
        ]),
        LinkState::Synced | LinkState::Pending | LinkState::InFlight => None,
    }
}
