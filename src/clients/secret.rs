//! Secrets of clients: made here, shown once, kept as argon2id.

use std::{sync::LazyLock, time::Duration};

use anyhow::Context;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::platform::error::{Code, Error, Result};

/// A secret and the one before.
const SECRETS: usize = 2;
/// How long one waits for room.
const PATIENCE: Duration = Duration::from_secs(5);
/// 256 bits.
const BYTES: usize = 32;
/// Hashings at a time; each takes 19 MiB and some 20 ms of a core.
static ROOM: Semaphore = Semaphore::const_new(2);
/// What a secret is held against when there is no such client, so that it takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now(b"nobody").ok());

/// A new secret, and what is kept of it.
pub(crate) async fn make() -> Result<(String, String)> {
    let mut random = [0; BYTES];
    aws_lc_rs::rand::fill(&mut random).ok().context("the machine gives no randomness")?;
    let secret = URL_SAFE_NO_PAD.encode(random);
    let hashed = secret.clone();
    let hash = run(move || hash_now(hashed.as_bytes())).await??;
    Ok((secret, hash))
}

/// Whether a secret is one of those that were kept. Takes as long when none is.
pub(crate) async fn is_one_of(secret: String, kept: Vec<String>) -> Result<bool> {
    let verified = run(move || {
        // Always as many, or the time would tell how many secrets there are.
        let others = NOBODY.iter().cycle().take(SECRETS.saturating_sub(kept.len()));
        let verified = kept.iter().filter(|hash| matches(secret.as_bytes(), hash)).count();
        let nobody = others.filter(|hash| matches(secret.as_bytes(), hash)).count();
        verified > 0 && nobody == 0
    });
    verified.await
}

fn hash_now(secret: &[u8]) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(secret);
    Ok(hash.map_err(|cause| anyhow::anyhow!("hashing a secret: {cause}"))?.to_string())
}

fn matches(secret: &[u8], hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(secret, &hash).is_ok())
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let room = timeout(PATIENCE, ROOM.acquire()).await.ok().and_then(std::result::Result::ok);
    let room = room.ok_or_else(|| Error::new(Code::Unavailable, "Too many ask for tokens. Try again."))?;
    // The room is taken for as long as the work runs, also when nobody waits for it any more.
    let work = move || {
        let _room = room;
        work()
    };
    Ok(spawn_blocking(work).await.context("hashing a secret")?)
}

#[cfg(test)]
mod tests {
    use super::{hash_now, is_one_of, make};

    #[tokio::test]
    async fn a_secret_is_known_again_and_no_other_is() {
        let (one, hash) = make().await.unwrap();
        let (other, other_hash) = make().await.unwrap();
        assert!(one.len() == 43 && one != other && hash.starts_with("$argon2id$") && !hash.contains(&one));
        assert!(is_one_of(one.clone(), vec![hash.clone()]).await.unwrap());
        assert!(is_one_of(one.clone(), vec![other_hash, hash.clone()]).await.unwrap());
        assert!(!is_one_of(other, vec![hash]).await.unwrap());
        assert!(!is_one_of(one, Vec::new()).await.unwrap());
        assert!(
            !is_one_of("nobody".to_owned(), vec![hash_now(b"nobody").unwrap()]).await.unwrap(),
            "nobody's is nobody's"
        );
    }
}
