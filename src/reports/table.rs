//! A report as a table that a spreadsheet opens (RFC 4180): a line for each row, the reasons one after the other.

use anyhow::Context;

use super::model::{Spread, SpreadReport};
use crate::platform::error::Result;

const HEAD: [&str; 14] = [
    "area",
    "organisation_number",
    "municipality",
    "year",
    "published",
    "copied",
    "put_to_use",
    "planned",
    "piloting",
    "in_use",
    "evaluated",
    "discontinued",
    "median_days_to_first_use",
    "reasons_for_discontinuing",
];

pub(super) fn csv(report: &SpreadReport) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEAD).context("writing CSV")?;
    for row in &report.rows {
        table.write_record(line(row)).context("writing CSV")?;
    }
    Ok(table.into_inner().map_err(csv::IntoInnerError::into_error).context("writing CSV")?)
}

fn line(row: &Spread) -> [String; 14] {
    let owner = row.municipality.as_ref();
    let counts = [
        row.published,
        row.copied,
        row.put_to_use,
        row.planned,
        row.piloting,
        row.in_use,
        row.evaluated,
        row.discontinued,
    ];
    let [published, copied, put_to_use, planned, piloting, in_use, evaluated, discontinued] =
        counts.map(|count| count.to_string());
    [
        row.area.clone().unwrap_or_default(),
        owner.map(|owner| owner.organisation_number.to_string()).unwrap_or_default(),
        owner.map(|owner| owner.name.clone()).unwrap_or_default(),
        row.year.map(|year| year.to_string()).unwrap_or_default(),
        published,
        copied,
        put_to_use,
        planned,
        piloting,
        in_use,
        evaluated,
        discontinued,
        row.median_days_to_first_use.map(|days| days.to_string()).unwrap_or_default(),
        inert(&row.reasons_for_discontinuing.join(" | ")),
    ]
}

/// A text that no spreadsheet takes for a formula: others wrote it.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_text_is_never_a_formula() {
        assert_eq!(inert("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(inert("For dyrt"), "For dyrt");
    }
}
