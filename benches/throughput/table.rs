//! What was measured, for people.
#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::time::Duration;

use crate::load::Measured;

/// A measurement and the limit that it is held against.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) measured: Measured,
    pub(crate) limit: Limit,
    /// The least ratio of the two rates.
    pub(crate) bar: f64,
    /// How many times longer a request may take with ten times the publications.
    pub(crate) growth: f64,
}

/// Flat: what is found by its key costs the same among any number. Noise blurs that by a half.
pub(crate) const FLAT: f64 = 1.5;

/// What the same work costs without the service.
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    /// How much of it a second.
    pub(crate) rate: f64,
}

/// A single number.
pub(crate) struct Fact {
    name: &'static str,
    value: String,
    /// What it may be at most, and whether it is.
    bar: Option<(String, bool)>,
}

/// All that was measured with as many publications.
pub(crate) struct Outcome {
    pub(crate) publications: usize,
    pub(crate) rows: Vec<Row>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) machine: String,
}

impl Fact {
    pub(crate) fn new(name: &'static str, value: f64, unit: &str) -> Self {
        Self { name, value: format!("{value:.2} {unit}"), bar: None }
    }

    pub(crate) fn at_most(name: &'static str, value: f64, unit: &str, bar: f64) -> Self {
        Self { bar: Some((format!("≤ {bar} {unit}"), value <= bar)), ..Self::new(name, value, unit) }
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

impl Outcome {
    pub(crate) fn print(&self) {
        println!("\n{} publications; {}\n", self.publications, self.machine);
        for Fact { name, value, bar } in &self.facts {
            let (bar, met) = bar.as_ref().map_or(("", ""), |(bar, met)| (bar.as_str(), verdict(*met)));
            println!("{name:<38} {value:>14}  {bar:<12} {met}");
        }
        println!(
            "\n{:<20} {:>10} {:>8} {:>8}  {:<16} {:>10} {:>6} {:>6}",
            "", "requests/s", "p50 ms", "p99 ms", "limit", "a second", "ratio", "bar"
        );
        self.rows.iter().for_each(Row::print);
    }
}

impl Row {
    fn print(&self) {
        let Self { name, measured: Measured { rate, p50, p99 }, limit, bar, .. } = self;
        let (p50, p99, ratio) = (milliseconds(*p50), milliseconds(*p99), rate / limit.rate);
        println!(
            "{name:<20} {rate:>10.0} {p50:>8.2} {p99:>8.2}  {:<16} {:>10.0} {ratio:>6.2} {bar:>6.2}  {}",
            limit.name,
            limit.rate,
            verdict(ratio >= *bar)
        );
    }
}

/// How much longer a request takes with more publications.
pub(crate) fn print_growth(small: &Outcome, large: &Outcome) {
    println!("\nFrom {} to {} publications\n", small.publications, large.publications);
    println!("{:<20} {:>9} {:>9} {:>7} {:>6}", "", "p50 ms", "p50 ms", "times", "bar");
    for (small, large) in small.rows.iter().zip(&large.rows) {
        let [before, after] = [small, large].map(|row| milliseconds(row.measured.p50));
        let (name, times, bar) = (large.name, after / before, large.growth);
        println!("{name:<20} {before:>9.2} {after:>9.2} {times:>7.2} {bar:>6.2}  {}", verdict(times <= bar));
    }
}
