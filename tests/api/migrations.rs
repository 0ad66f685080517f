//! Every migration can be taken back, and the two directions are inverses.

use glomma::platform::db::migrate;

use crate::support::{Database, TestApp, cluster};

/// The whole schema as text: what `pg_dump --schema-only` says, from the same catalogue, without needing the program.
const SCHEMA: &str = "
    SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
        || coalesce(column_default, '') || ' ' || is_generated || ' ' || coalesce(generation_expression, '')
    FROM information_schema.columns WHERE table_schema IN ('public', 'rehearsal')
    UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, to_regnamespace('rehearsal'))
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname IN ('public', 'rehearsal')
    UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || roles::text || ' '
        || coalesce(qual, '') || ' ' || coalesce(with_check, '') FROM pg_policies WHERE schemaname IN ('public', 'rehearsal')
    UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'comment ' || objoid::regclass || ' ' || objsubid || ' ' || description
    FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid >= 16384
    UNION ALL SELECT 'grant ' || relname || ' ' || relacl::text || ' ' || relrowsecurity || relforcerowsecurity
    FROM pg_class WHERE relnamespace IN ('public'::regnamespace, to_regnamespace('rehearsal')) AND relacl IS NOT NULL
    ORDER BY 1";

async fn schema(database: &Database) -> Vec<String> {
    database.owner().await.query(SCHEMA, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn up_down_up_is_up() {
    let database = cluster().await.empty_database().await;
    migrate::run(&database.owner_url).await.unwrap();
    let up = schema(&database).await;
    assert!(up.len() > 100, "{}", up.len());
    migrate::revert(&database.owner_url).await.unwrap();
    let left: Vec<_> = schema(&database)
        .await
        .into_iter()
        .filter(|line| !line.contains("__diesel_schema_migrations"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    migrate::run(&database.owner_url).await.unwrap();
    assert_eq!(schema(&database).await, up);
    migrate::run(&database.owner_url).await.expect("nothing to do is no error");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_commented() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let bare = owner.query("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'rehearsal'::regnamespace) \
        AND relname <> '__diesel_schema_migrations' AND obj_description(oid) IS NULL", &[]).await.unwrap();
    assert!(bare.is_empty(), "{bare:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_binary_is_refused() {
    let database = cluster().await.database().await;
    let owner = database.owner().await;
    owner.batch_execute("INSERT INTO __diesel_schema_migrations VALUES ('99990101000000')").await.unwrap();
    let cause = migrate::run(&database.owner_url).await.expect_err("a newer schema");
    assert!(format!("{cause:#}").contains("newer"), "{cause:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_that_the_code_knows_are_those_of_the_migrations() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let columns = "SELECT table_name || '.' || column_name FROM information_schema.columns \
        WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
    let mut real: Vec<String> =
        owner.query(columns, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let mut known = Vec::new();
    let mut table = "";
    let tables = [
        include_str!("../../src/platform/db/schema/mod.rs"),
        include_str!("../../src/platform/db/schema/service.rs"),
        include_str!("../../src/platform/db/schema/kominn.rs"),
    ];
    for line in tables.iter().flat_map(|text| text.lines()).map(str::trim) {
        match line.split_once(' ') {
            Some((name, rest)) if rest.starts_with('(') && rest.ends_with('{') => table = name,
            Some((name, rest)) if rest.starts_with("->") => known.push(format!("{table}.{name}")),
            _ => {}
        }
    }
    real.sort();
    known.sort();
    assert_eq!(known, real);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_the_rehearsal_is_as_the_one_that_it_stands_for() {
    let app = TestApp::start().await;
    let owner = app.database.owner().await;
    let other = "SELECT coalesce(here.table_name, there.table_name)::text FROM \
            (SELECT * FROM information_schema.columns WHERE table_schema = 'rehearsal') AS here \
        FULL JOIN (SELECT * FROM information_schema.columns WHERE table_schema = 'public' AND table_name IN \
            (SELECT tablename FROM pg_tables WHERE schemaname = 'rehearsal')) AS there \
        USING (table_name, column_name, ordinal_position, data_type, is_nullable) \
        WHERE here.table_schema IS NULL OR there.table_schema IS NULL";
    assert!(owner.query(other, &[]).await.unwrap().is_empty());
    let keys = "SELECT indexname::text FROM pg_indexes WHERE schemaname = 'rehearsal' AND indexdef LIKE '% UNIQUE %' ORDER BY 1";
    let keys = owner.query(keys, &[]).await.unwrap();
    let keys: Vec<String> = keys.iter().map(|row| row.get(0)).collect();
    assert_eq!(keys.len(), 5, "by which it is written: {keys:?}");
    let copied = "SELECT count(*) FROM pg_tables WHERE schemaname = 'rehearsal'";
    assert_eq!(owner.query_one(copied, &[]).await.unwrap().get::<_, i64>(0), 2);
}
