//! The README keeps its word: its tour runs, line by line, and its configuration is that of the binary.

use std::{
    fmt::Write as _,
    io::Write,
    process::{Command, Stdio},
};

use glomma::platform::auth::permission::Role;
use serde_json::Value;

use crate::support::{FREDRIKSTAD, HVALER, RADE, SARPSBORG, TestApp};

const README: &str = include_str!("../../README.md");

/// The fenced blocks of a section with their languages.
fn blocks(section: &str) -> Vec<(String, String)> {
    let section = README.split("\n## ").find(|part| part.starts_with(section)).expect(section);
    let fenced = section.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            block.split_once('\n').map(|(language, text)| (language.to_owned(), text.to_owned())).unwrap()
        })
        .collect()
}

/// Whether an answer has all that the README shows of it; "…" stands for anything.
fn shows(shown: &Value, real: &Value) -> bool {
    match (shown, real) {
        (Value::String(text), _) if text == "…" => true,
        (Value::Object(shown), Value::Object(real)) => {
            shown.iter().all(|(name, value)| real.get(name).is_some_and(|real| shows(value, real)))
        }
        (Value::Array(shown), Value::Array(real)) => {
            let open = shown.last().is_some_and(|last| last == "…");
            let named = shown.len() - usize::from(open);
            (if open { real.len() >= named } else { real.len() == named })
                && shown.iter().take(named).zip(real).all(|(shown, real)| shows(shown, real))
        }
        _ => shown == real,
    }
}

const MARK: &str = "-----8<-----";

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_works_line_by_line() {
    walk("Tour", 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_tour_works_line_by_line() {
    walk("Second tour", 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_tour_works_line_by_line() {
    walk("Third tour", 5).await;
}

async fn walk(section: &str, answers_at_least: usize) {
    let app = TestApp::start().await;
    let blocks = blocks(section);
    let mut script = format!("set -euo pipefail\napi=http://{}\n", app.address);
    for (name, municipality) in
        [("fredrikstad", FREDRIKSTAD), ("sarpsborg", SARPSBORG), ("hvaler", HVALER), ("rade", RADE)]
    {
        writeln!(script, "{name}={}", app.token(municipality, Role::Coordinator, None)).unwrap();
    }
    writeln!(script, "administrator={}", app.token(FREDRIKSTAD, Role::Administrator, None)).unwrap();
    let mut expected = Vec::new();
    for (language, text) in &blocks {
        match language.as_str() {
            // The tour's own preparations point at a server of `make run`; here they point at this test's.
            "sh" => script.extend(
                text.lines()
                    .filter(|line| !line.contains("glomma token") && !line.starts_with("api="))
                    .map(|line| format!("{line}\n")),
            ),
            "json" => {
                writeln!(script, "\necho '{MARK}'").unwrap();
                expected.push(text);
            }
            other => panic!("a block of {other} in the tour"),
        }
    }
    let output = tokio::task::spawn_blocking(move || bash(&script)).await.unwrap();
    let answers: Vec<&str> = output.split(MARK).collect();
    assert!(expected.len() >= answers_at_least, "the tour is whole");
    for (shown, answer) in expected.iter().zip(answers) {
        let real: Value =
            serde_json::from_str(answer.trim()).unwrap_or_else(|cause| panic!("{cause}: {answer}"));
        let shown: Value = serde_json::from_str(shown).unwrap_or_else(|cause| panic!("{cause}: {shown}"));
        assert!(shows(&shown, &real), "the README shows\n{shown:#}\nand the answer was\n{real:#}");
    }
}

fn bash(script: &str) -> String {
    let mut bash = Command::new("bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_configuration_is_what_help_says() {
    let help = Command::new(env!("CARGO_BIN_EXE_glomma"))
        .args(["serve", "--help"])
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let shown = blocks("Configuration").into_iter().find(|(language, _)| language == "text").unwrap().1;
    let trimmed =
        |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned();
    assert_eq!(trimmed(&shown), trimmed(&help));
}

#[test]
fn the_map_of_src_names_every_module() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        let named = README.contains(&format!("`{module}`"))
            || README.contains(&format!("`{module}/`"))
            || README.contains(&format!("`{name}`"));
        assert!(named, "the README does not say what src/{name} is");
    }
}
