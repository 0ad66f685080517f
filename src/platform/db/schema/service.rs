//! What the service keeps of its callers.

diesel::table! {
    /// What was done or refused, and is not in its chain yet.
    audit_pending (id) {
        id -> BigInt,
        chain -> Text,
        entry -> Bytea,
    }
}

diesel::table! {
    /// The audit trail.
    audit_entry (chain, position) {
        chain -> Text,
        position -> BigInt,
        hash -> Bytea,
        entry -> Text,
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    /// Where each chain of the audit trail ends.
    audit_head (chain) {
        chain -> Text,
        position -> BigInt,
        hash -> Bytea,
        dropped_through -> BigInt,
        dropped_hash -> Bytea,
    }
}

diesel::table! {
    /// Keys of the built-in issuer.
    signing_key (id) {
        id -> Text,
        public -> Jsonb,
        sealed -> Bytea,
        created_at -> Timestamptz,
        signs_from -> Timestamptz,
    }
}

diesel::table! {
    /// Software that gets tokens from the built-in issuer.
    api_client (id) {
        id -> Uuid,
        municipality_id -> Nullable<Text>,
        revision -> BigInt,
        name -> Text,
        role -> Nullable<Text>,
        scopes -> Jsonb,
        keys -> Nullable<Jsonb>,
        secret_hash -> Nullable<Text>,
        secret_made_at -> Nullable<Timestamptz>,
        previous_hash -> Nullable<Text>,
        previous_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Assertions of clients that were used.
    client_assertion (client_id, jti) {
        client_id -> Uuid,
        jti -> Text,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Answers to requests that carried an `Idempotency-Key`.
    idempotent_answer (holder, client, route, key_hash) {
        holder -> Text,
        client -> Text,
        route -> Text,
        key_hash -> Bytea,
        request_hash -> Bytea,
        status -> SmallInt,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Bytea,
        answered_at -> Timestamptz,
    }
}

diesel::table! {
    /// How much the nodes have taken of each quota.
    quota_window (bucket, window_start) {
        bucket -> Text,
        window_start -> Timestamptz,
        taken -> Integer,
        granted -> Integer,
    }
}
