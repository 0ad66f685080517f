//! That forgetting the tenant is impossible: by row level security, whatever the code does.

use serde_json::json;
use tokio_postgres::Client;

use crate::support::{FREDRIKSTAD, HVALER, SARPSBORG, TestApp, complete, idea};

async fn column(client: &Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).await.expect(sql).iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_row_level_security_enabled_and_forced_and_a_policy() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let tables = column(
        &owner,
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
        AND relnamespace IN ('public'::regnamespace, 'rehearsal'::regnamespace) AND relname <> '__diesel_schema_migrations' ORDER BY 1",
    )
    .await;
    assert!(tables.len() >= 11, "{tables:?}");
    let unguarded = column(
        &owner,
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') \
        AND relnamespace IN ('public'::regnamespace, 'rehearsal'::regnamespace) AND relname <> '__diesel_schema_migrations' \
        AND NOT (relrowsecurity AND relforcerowsecurity \
            AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))",
    )
    .await;
    assert_eq!(unguarded, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_a_municipality_is_guarded_by_who_that_is() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let unguarded = column(
        &owner,
        "SELECT table_name::text FROM information_schema.columns \
        WHERE table_schema = 'public' AND column_name = 'municipality_id' AND NOT EXISTS (SELECT FROM pg_policies \
            WHERE tablename = table_name AND concat(qual, with_check) LIKE '%app_municipality()%') ORDER BY 1",
    )
    .await;
    assert_eq!(unguarded, ["municipality_number", "region_member"], "reference data, which everybody reads");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_the_service_own_nothing_and_bypass_nothing() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let roles = "('glomma', 'glomma_app', 'glomma_system')";
    let found = column(&owner, &format!("SELECT rolname::text FROM pg_roles WHERE rolname IN {roles}")).await;
    assert_eq!(found.len(), 3);
    let mighty = column(
        &owner,
        &format!(
            "SELECT rolname::text FROM pg_roles WHERE rolname IN {roles} \
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit)"
        ),
    )
    .await;
    assert_eq!(mighty, Vec::<String>::new());
    let owned = column(
        &owner,
        &format!(
            "SELECT relname::text FROM pg_class \
        WHERE pg_get_userbyid(relowner) IN {roles}"
        ),
    )
    .await;
    assert_eq!(owned, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_a_tenant_reads_no_project() {
    let app = TestApp::start().await;
    app.of(FREDRIKSTAD).create(idea("Utkast")).await;
    app.of(FREDRIKSTAD).publish_new(complete("Regional"), "region").await;
    app.of(FREDRIKSTAD).publish_new(complete("Åpen"), "public").await;
    let login = app.database.login().await;
    assert!(login.query("SELECT FROM project", &[]).await.is_err(), "the login has no right of its own");
    login.batch_execute("SET ROLE glomma_app").await.unwrap();
    let count = async |table: &str| {
        let row = login.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
        row.get::<_, i64>(0)
    };
    assert_eq!(count("project").await, 0);
    assert_eq!(count("publication").await, 1, "what is public");
    assert_eq!(count("publication_version").await, 1);
    assert!(login.query("SELECT FROM secret", &[]).await.is_err());
    assert!(
        login.query("SELECT id FROM change", &[]).await.is_err(),
        "the order of writing is nobody's to read"
    );
    login.execute("SELECT set_config('app.municipality_id', $1, false)", &[&HVALER]).await.unwrap();
    assert_eq!((count("project").await, count("publication").await), (0, 2));
    login.execute("SELECT set_config('app.municipality_id', $1, false)", &[&FREDRIKSTAD]).await.unwrap();
    assert_eq!((count("project").await, count("publication").await), (3, 2));
    login.batch_execute("RESET ROLE; SET ROLE glomma_system").await.unwrap();
    assert!(login.query("SELECT FROM project", &[]).await.is_err(), "the system sees no project");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_can_write_nothing_in_another_s_name() {
    let app = TestApp::start().await;
    let (id, _) = app.of(FREDRIKSTAD).publish_new(complete("Åpen"), "public").await;
    let login = app.database.login().await;
    login.batch_execute("SET ROLE glomma_app").await.unwrap();
    login.execute("SELECT set_config('app.municipality_id', $1, false)", &[&HVALER]).await.unwrap();
    for forbidden in [
        format!(
            "INSERT INTO project (id, municipality_id, content, created_at, updated_at) \
            VALUES (gen_random_uuid(), '{FREDRIKSTAD}', '{{\"title\": \"abc\", \"phase\": \"idea\"}}', now(), now())"
        ),
        format!(
            "INSERT INTO change (kind, publication_id, municipality_id, version, audience, occurred_at) \
            VALUES ('withdrawn', '{id}', '{FREDRIKSTAD}', 1, 'public', now())"
        ),
        format!(
            "INSERT INTO publication_version (publication_id, version, municipality_id, content, published_at) \
            VALUES ('{id}', 2, '{FREDRIKSTAD}', '{{\"title\": \"abc\"}}', now())"
        ),
    ] {
        let cause = login.batch_execute(&forbidden).await.expect_err(&forbidden);
        assert_eq!(cause.code().unwrap().code(), "42501", "{forbidden}: {cause}");
    }
    for hanging in [
        format!(
            "INSERT INTO publication_version (publication_id, version, municipality_id, content, published_at) \
            VALUES ('{id}', 99, '{HVALER}', '{{\"title\": \"abc\"}}', now())"
        ),
        format!(
            "INSERT INTO change (kind, publication_id, municipality_id, version, audience, occurred_at) \
            VALUES ('withdrawn', '{id}', '{HVALER}', 1, 'public', now())"
        ),
    ] {
        let cause = login.batch_execute(&hanging).await.expect_err(&hanging);
        assert_eq!(cause.code().unwrap().code(), "23503", "no row hangs on another's: {cause}");
    }
    let changed = login.execute("UPDATE publication SET audience = 'region'", &[]).await.unwrap();
    assert_eq!(changed, 0, "another's publication is not there to be changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn hvaler_gets_404_on_the_drafts_of_fredrikstad_everywhere() {
    let app = TestApp::start().await;
    let (id, etag) = app.of(FREDRIKSTAD).create(complete("Hemmelig")).await;
    let stranger = app.of(HVALER);
    let unknown = "00000000-0000-7000-8000-000000000000";
    let project = |id: &str| format!("/v1/projects/{id}");
    let publication = |id: &str, rest: &str| format!("/v1/publications/{id}{rest}");
    let imitation = json!({ "mode": "copied", "intent": "will_do", "reason": "x" });
    for id in [id.as_str(), unknown] {
        for answer in [
            stranger.get(&project(id)).await,
            stranger.patch(&project(id), &etag, json!({})).await,
            stranger.delete(&project(id), &etag).await,
            stranger.get(&format!("{}/publication", project(id))).await,
            stranger.publish(id, &etag, "public").await,
            stranger.delete(&format!("{}/publication", project(id)), &etag).await,
            stranger.get(&publication(id, "")).await,
            stranger.get(&publication(id, "/versions")).await,
            stranger.get(&publication(id, "/versions/1")).await,
            stranger.get(&publication(id, "/imitations")).await,
            stranger.get(&publication(id, "/lineage")).await,
            stranger.post(&publication(id, "/imitations"), imitation.clone()).await,
        ] {
            let mut body = answer.refused(404, "not-found").body;
            body.as_object_mut().unwrap().remove("instance");
            assert_eq!(
                body,
                json!({
                    "type": "/problems/not-found", "title": "Finnes ikke", "status": 404, "code": "not-found",
                    "detail": "Nothing that you may see is here."
                })
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_append_only_can_be_neither_changed_nor_deleted() {
    let app = TestApp::start().await;
    let (parent, _) = app.of(FREDRIKSTAD).publish_new(complete("Fallsensorer"), "public").await;
    app.of(SARPSBORG).imitate(&parent).await;
    let offer = json!({ "fields": { "need": "Bedre" }, "reason": "Lært" });
    let made =
        app.of(SARPSBORG).post(&format!("/v1/publications/{parent}/proposals"), offer).await.expect(201).id();
    app.of(SARPSBORG)
        .post(&format!("/v1/proposals/{made}/comments"), json!({ "text": "Hei" }))
        .await
        .expect(201);
    let owner = app.database.owner().await;
    owner
        .batch_execute(&format!("SET ROLE glomma_app; SET app.municipality_id = '{SARPSBORG}'"))
        .await
        .unwrap();
    for table in ["adoption_entry", "publication_version", "proposal_comment"] {
        let seen: i64 = owner.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        assert!(seen > 0, "{table}");
        for statement in
            [format!("DELETE FROM {table}"), format!("UPDATE {table} SET municipality_id = municipality_id")]
        {
            let refused = owner.batch_execute(&statement).await.expect_err(&statement);
            assert_eq!(
                refused.code().map(tokio_postgres::error::SqlState::code),
                Some("42501"),
                "{statement}"
            );
        }
    }
    // A proposal is closed by whose it is to close, and once; and nobody proposes to what it cannot see.
    let accept = "UPDATE proposal SET state = 'accepted', closed_at = now()";
    assert!(owner.batch_execute(accept).await.is_err(), "the proposer does not accept");
    owner.batch_execute("UPDATE proposal SET state = 'withdrawn', closed_at = now()").await.unwrap();
    let reopen = "UPDATE proposal SET state = 'open', closed_at = NULL";
    assert!(owner.batch_execute(reopen).await.is_err(), "what is closed stays closed");
    let foreign = "INSERT INTO change (kind, publication_id, municipality_id, version, audience, occurred_at) \
        SELECT 'published', id, municipality_id, 1, 'public', now() FROM publication";
    assert!(owner.batch_execute(foreign).await.is_err(), "nobody tells of another's publication");
}
