//! The tables, as the migrations make them.

mod kominn;
mod service;

pub use self::{
    kominn::{kominn_consent, kominn_item, kominn_link, kominn_run, kominn_step, kominn_target},
    service::{
        api_client, audit_entry, audit_head, audit_pending, client_assertion, idempotent_answer,
        quota_window, signing_key,
    },
};

diesel::table! {
    /// The tenants.
    municipality (id) {
        id -> Text,
        name -> Text,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
    }
}

diesel::table! {
    /// Municipality numbers through the reforms of 2020 and 2024.
    municipality_number (municipality_id, number) {
        municipality_id -> Text,
        number -> Text,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        former_name -> Nullable<Text>,
    }
}

diesel::table! {
    /// Groups of municipalities that see each other's regional publications.
    region (slug) {
        slug -> Text,
        name -> Text,
    }
}

diesel::table! {
    /// Who belongs to which region.
    region_member (region_slug, municipality_id) {
        region_slug -> Text,
        municipality_id -> Text,
    }
}

diesel::table! {
    /// The strategy's closed vocabularies.
    vocabulary_term (vocabulary, code) {
        vocabulary -> Text,
        code -> Text,
        rank -> Integer,
        nb -> Text,
        nn -> Text,
        en -> Text,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    /// Keys that every node shares.
    secret (name) {
        name -> Text,
        value -> Bytea,
    }
}

diesel::table! {
    /// A municipality's own working copies.
    project (id) {
        id -> Uuid,
        municipality_id -> Text,
        revision -> BigInt,
        content -> Jsonb,
        title -> Text,
        phase -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        credits -> Jsonb,
    }
}

diesel::table! {
    /// What others see of a project.
    publication (id) {
        id -> Uuid,
        municipality_id -> Text,
        audience -> Text,
        version -> Integer,
        shown_from -> Integer,
        project_revision -> BigInt,
        first_published_at -> Timestamptz,
        published_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        successor_id -> Nullable<Uuid>,
        external -> Nullable<Jsonb>,
    }
}

diesel::table! {
    /// The versions, immutable but for the contact that can be taken out of them.
    publication_version (publication_id, version) {
        publication_id -> Uuid,
        version -> Integer,
        municipality_id -> Text,
        content -> Jsonb,
        title -> Text,
        note -> Nullable<Text>,
        published_at -> Timestamptz,
        role -> Nullable<Text>,
        credits -> Jsonb,
        redacted_at -> Nullable<Timestamptz>,
        image_id -> Nullable<Text>,
    }
}

diesel::table! {
    /// The edges of the lineage.
    imitation (project_id, parent_id) {
        project_id -> Uuid,
        parent_id -> Uuid,
        parent_version -> Integer,
        parent_municipality_id -> Text,
        municipality_id -> Text,
        rank -> SmallInt,
        mode -> Text,
        intent -> Text,
        reason -> Text,
        imitated_at -> Timestamptz,
        detached_at -> Nullable<Timestamptz>,
        detachment_reason -> Nullable<Text>,
    }
}

diesel::table! {
    /// What imitations are compared from.
    imitation_base (project_id, parent_id) {
        project_id -> Uuid,
        parent_id -> Uuid,
        municipality_id -> Text,
        version -> Integer,
        fields -> Jsonb,
    }
}

diesel::table! {
    /// What became of projects at municipalities.
    adoption (subject_id, municipality_id) {
        municipality_id -> Text,
        project_id -> Nullable<Uuid>,
        publication_id -> Nullable<Uuid>,
        subject_id -> Uuid,
        state -> Text,
        since -> Date,
        first_used_on -> Nullable<Date>,
        content -> Jsonb,
        recorded_at -> Timestamptz,
    }
}

diesel::table! {
    /// The ledgers of that, append-only.
    adoption_entry (subject_id, municipality_id, nth) {
        municipality_id -> Text,
        subject_id -> Uuid,
        nth -> Integer,
        state -> Text,
        occurred_on -> Date,
        corrects -> Nullable<Integer>,
        content -> Jsonb,
        role -> Nullable<Text>,
        recorded_at -> Timestamptz,
    }
}

diesel::table! {
    /// What one municipality offers to another's publication.
    proposal (id) {
        id -> Uuid,
        publication_id -> Uuid,
        owner_id -> Text,
        municipality_id -> Text,
        role -> Text,
        revision -> BigInt,
        base_version -> Integer,
        fields -> Jsonb,
        reason -> Text,
        state -> Text,
        answer -> Nullable<Text>,
        taken -> Jsonb,
        created_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What the two say about it.
    proposal_comment (proposal_id, nth) {
        proposal_id -> Uuid,
        nth -> Integer,
        municipality_id -> Text,
        role -> Text,
        text -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// One row per visible fact.
    change (id) {
        id -> BigInt,
        position -> Nullable<BigInt>,
        kind -> Text,
        publication_id -> Uuid,
        municipality_id -> Text,
        version -> Integer,
        audience -> Text,
        occurred_at -> Timestamptz,
        audience_before -> Nullable<Text>,
        reader_id -> Nullable<Text>,
        actor_id -> Nullable<Text>,
        proposal_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// What municipalities want to be told of.
    follow (municipality_id, kind, target) {
        municipality_id -> Text,
        kind -> Text,
        target -> Text,
        followed_at -> Timestamptz,
    }
}

diesel::table! {
    /// What municipalities were told.
    notification (municipality_id, position) {
        municipality_id -> Text,
        position -> BigInt,
        kind -> Text,
        because -> Text,
        publication_id -> Uuid,
        owner_id -> Text,
        version -> Integer,
        actor_id -> Text,
        proposal_id -> Nullable<Uuid>,
        occurred_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// How far the change log was told, in one row.
    notified (single) {
        single -> Bool,
        position -> BigInt,
    }
}

diesel::table! {
    /// How far the change log reaches, in one row.
    change_log (single) {
        single -> Bool,
        head -> BigInt,
        compacted_through -> BigInt,
    }
}

diesel::table! {
    /// What municipalities keep looking for.
    saved_search (id) {
        id -> Uuid,
        municipality_id -> Text,
        revision -> BigInt,
        content -> Jsonb,
        public -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Pictures of projects.
    image (id) {
        id -> Uuid,
        municipality_id -> Text,
        media_type -> Text,
        bytes -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Diesel's own: which migrations were applied.
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    municipality,
    municipality_number,
    region,
    region_member,
    vocabulary_term,
    project,
    publication,
    publication_version,
    imitation,
    imitation_base,
    adoption,
    proposal,
    follow,
    notification,
    change,
    change_log,
    kominn_consent,
    kominn_link,
);
