//! What is known of KOMINN.

diesel::table! {
    /// What is known of each site between runs.
    kominn_target (name) {
        name -> Text,
        source_id -> Text,
        read_through -> Nullable<Timestamptz>,
        swept_at -> Nullable<Timestamptz>,
        blocked_until -> Nullable<Timestamptz>,
        last_wait -> Integer,
        highest_item -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Who lets its public publications be sent where.
    kominn_consent (target, municipality_id) {
        target -> Text,
        municipality_id -> Text,
        given_at -> Timestamptz,
    }
}

diesel::table! {
    /// The ledger of what was sent.
    kominn_link (id) {
        id -> Uuid,
        target -> Text,
        project_id -> Uuid,
        municipality_id -> Text,
        state -> Text,
        item_id -> Nullable<BigInt>,
        etag -> Nullable<Text>,
        pushed -> Jsonb,
        sending -> Jsonb,
        version -> Integer,
        withdrawn -> Bool,
        mapping -> Text,
        attempts -> Integer,
        retry_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        conflicts -> Jsonb,
        choices -> Jsonb,
        remote_status -> Nullable<Text>,
        induct -> Nullable<Text>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Which external publication shows which item.
    kominn_item (target, item_id) {
        target -> Text,
        item_id -> BigInt,
        publication_id -> Uuid,
        hash -> Text,
        inspired -> Array<BigInt>,
        deleted -> Bool,
    }
}

diesel::table! {
    /// Every run, and those that somebody asked for.
    kominn_run (id) {
        id -> Uuid,
        target -> Text,
        asked_by -> Nullable<Text>,
        dry -> Bool,
        state -> Text,
        asked_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        counts -> Jsonb,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    /// What a run did, or would do.
    kominn_step (run_id, nth) {
        run_id -> Uuid,
        nth -> Integer,
        municipality_id -> Text,
        project_id -> Nullable<Uuid>,
        item_id -> Nullable<BigInt>,
        action -> Text,
        differences -> Jsonb,
        error -> Nullable<Text>,
    }
}
