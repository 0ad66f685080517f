//! What a large lineage and a report take, which have no bare counterpart: bounds, and not ratios.

use anyhow::Result;

use crate::{
    client::request,
    load::{cycle, measure},
    record::Record,
    stage::Stage,
    table::Fact,
};

/// Ten thousand publications in two hundred generations.
const LARGE: &str = include_str!("../../../tests/api/large_lineage.sql");

pub(crate) async fn facts(stage: &Stage, record: &Record) -> Result<[Fact; 2]> {
    record.write(LARGE).await?;
    let root = record.ask("SELECT md5('0-1')::uuid::text").await?;
    let lineage = request("GET", &format!("/v1/publications/{root}/lineage?depth=5"), "", "");
    let report = request("GET", "/v1/reports/spread?by=area&by=municipality", &stage.authorization, "");
    let half = async |request| -> Result<f64> {
        let measured = measure(stage.service.address, stage.duration, cycle(vec![request])).await?;
        Ok(measured.p50.as_secs_f64() * 1000.0)
    };
    Ok([
        Fact::at_most("lineage of 10 000, five steps, half within", half(lineage).await?, "ms", 50.0),
        Fact::new("spread report of a year, half within", half(report).await?, "ms"),
    ])
}
