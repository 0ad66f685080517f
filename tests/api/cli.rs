//! The binary, as an operator meets it.

use std::process::{Command, Output};

use uuid::Uuid;

use crate::support::FREDRIKSTAD;

fn glomma(arguments: &[&str]) -> Output {
    let folder = std::env::temp_dir().join(format!("glomma-cli-{}", Uuid::now_v7()));
    let output = Command::new(env!("CARGO_BIN_EXE_glomma"))
        .args(arguments)
        .env("GLOMMA_DATA", &folder)
        .output()
        .unwrap();
    drop(std::fs::remove_dir_all(folder));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn openapi_prints_the_committed_document() {
    assert_eq!(text(&glomma(&["openapi"]).stdout), include_str!("../../openapi/openapi.json"));
}

#[test]
fn a_token_is_signed_for_a_municipality_by_name_or_number() {
    for municipality in ["Fredrikstad", "fredrikstad", FREDRIKSTAD] {
        let output = glomma(&["token", "--municipality", municipality, "--role", "reader,contributor"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).trim().split('.').count(), 3);
    }
    let unknown = glomma(&["token", "--municipality", "Oslo", "--role", "reader"]);
    assert!(text(&unknown.stderr).contains("no municipality is called Oslo"));
    assert!(!glomma(&["token", "--municipality", "Fredrikstad", "--role", "king"]).status.success());
}

#[test]
fn what_cannot_be_served_is_said_before_anything_is_started() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = glomma(&["serve", "--listen", &address]);
    assert!(
        text(&output.stderr).contains(&format!("{address} cannot be served")),
        "{}",
        text(&output.stderr)
    );
    let output = glomma(&["migrate", "--database-url", "postgres://nobody@127.0.0.1:1/nothing"]);
    assert!(text(&output.stderr).contains("connecting to the database"), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("panicked"));
}
